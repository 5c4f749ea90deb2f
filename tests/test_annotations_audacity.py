from __future__ import annotations

import pytest

from audiokit.annotations import AnnotationLossWarning, Annotations, Tier, read_annotations, write_annotations
from audiokit.errors import MalformedAnnotations
from audiokit.results import Segment

# Typed after the Audacity Manual, "Importing and Exporting Labels": standard format, and extended with frequencies.
STANDARD = "2.150000\t2.150000\tpoint label at 2.15 seconds\n3.400000\t6.100000\tregion label from 3.4 to 6.1 seconds\n"
EXTENDED = (
    "1.000000\t1.000000\tThis point was clicked at 6928.456055 Hz\n"
    "\\\t6928.456055\t6928.456055\n"
    "2.000000\t2.500000\tLow frequency undefined, High frequency 6334.588867 Hz\n"
    "\\\t-1.000000\t6334.588867\n"
    "3.000000\t3.500000\tLow frequency 8908.015625, High frequency undefined\n"
    "\\\t8908.015625\t-1.000000\n"
    "4.000000\t4.500000\tLow frequency 1484.669312 Hz, High frequency 2969.338523 Hz\n"
    "\\\t1484.669312\t2969.338523\n"
)


def test_the_manual_s_standard_example():
    annotations = read_annotations(STANDARD)
    assert annotations.segments == (
        Segment(2.15, 2.15, "point label at 2.15 seconds"),
        Segment(3.4, 6.1, "region label from 3.4 to 6.1 seconds"),
    )
    assert annotations.tiers[0].kind == "interval"
    assert write_annotations(annotations, format="audacity", strict=True) == STANDARD


def test_the_manual_s_example_with_frequencies():
    annotations = read_annotations(EXTENDED, strict=True)
    assert annotations.tiers[0].extra == {
        "low_hz": ("6928.456055", "", "8908.015625", "1484.669312"),
        "high_hz": ("6928.456055", "6334.588867", "", "2969.338523"),
    }
    assert write_annotations(annotations, format="audacity", strict=True) == EXTENDED


def test_frequencies_stay_with_their_labels_when_the_file_is_not_sorted():
    tier = read_annotations("5\t6\tb\n\\\t50\t60\n1\t2\ta\n\\\t10\t20\n3\t4\tnone\n").tiers[0]
    assert [s.label for s in tier.segments] == ["a", "none", "b"]
    assert tier.extra == {"low_hz": ("10", "", "50"), "high_hz": ("20", "", "60")}


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("1,5\t2,5\tcomma, decimal\n", Segment(1.5, 2.5, "comma, decimal")),
        ("1.5\told style\n", Segment(1.5, 1.5, "old style")),
        ("1.5\t2.5", Segment(1.5, 2.5, "")),
        ("1.5\t2.5\t\r\n", Segment(1.5, 2.5, "")),
        ("1.5\t2.5\t  spaces stay  \n", Segment(1.5, 2.5, "  spaces stay  ")),
        ("1.5\t2.5\t7\n", Segment(1.5, 2.5, "7")),
        ("-0.25\t1e-3\tearly\n", Segment(-0.25, 0.001, "early")),
        ("\ufeff1.5\t2.5\tmark\n", Segment(1.5, 2.5, "mark")),
    ],
)
def test_what_is_read(text, segment):
    assert read_annotations(text, "audacity").segments == (segment,)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.15, "2.150000"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1 / 3, "0.3333333333333333"),
        (7.0, "7.000000"),
        (1e-7, "1e-07"),
    ],
)
def test_six_decimals_and_as_many_as_the_value_needs(seconds, text):
    assert write_annotations([Segment(seconds, seconds, "x")], format="audacity") == f"{text}\t{text}\tx\n"


def test_what_a_line_cannot_hold_is_a_space_and_a_warning():
    with pytest.warns(
        AnnotationLossWarning, match=r"labels with a tab or a line break, where a space now stands \(2\)"
    ):
        text = write_annotations([Segment(0, 1, "a\tb"), Segment(1, 2, "c\r\nd")], format="audacity")
    assert text == "0.000000\t1.000000\ta b\n1.000000\t2.000000\tc d\n"


def test_several_tiers_become_one_track_and_a_warning():
    annotations = Annotations([Tier("a", [Segment(2, 3, "late")]), Tier("b", [Segment(0, 1, "early")])])
    with pytest.warns(AnnotationLossWarning, match=r"tiers, which are one from now on \(2\)"):
        text = write_annotations(annotations, format="audacity")
    assert [s.label for s in read_annotations(text).segments] == ["early", "late"]


def test_further_lines_below_a_label_are_left_out_with_a_warning():
    with pytest.warns(AnnotationLossWarning, match=r"Of an Audacity label file, left out: further lines"):
        read_annotations("0\t1\ta\n\\\t1\t2\n\\\tof the future\n")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("0\t1\ta\nlabel\n", 2, "start, end and label, separated by tabs"),
        ("0\t1\ta\n\n2\tnever\tb\n", 3, "the end in seconds"),
        ("0\t1\ta\n3\t2\tb\n", 2, "an end that is not before the start"),
        ("\\\t1\t2\n", 1, "a label before its frequencies"),
        ("0\t1\ta\n\\\t1\n", 2, "the low and the high frequency in Hz"),
        ("0\tinf\tx\n", 1, "the end in seconds"),
        ("1_0\t20\tx\n", 1, "start, end and label"),
    ],
)
def test_errors_name_the_line(text, line, words):
    with pytest.raises(MalformedAnnotations, match=f"Line {line}: got .*wanted.*{words}"):
        read_annotations(text.encode(), "audacity")
