"""SRT and WebVTT."""

from __future__ import annotations

import pytest

from audiokit.annotations import AnnotationLossWarning, Annotations, Tier, read_annotations, write_annotations
from audiokit.errors import LossyFormat, MalformedAnnotations
from audiokit.results import Segment

SRT = "1\n00:00:01,500 --> 00:00:02,000\nGood morning.\n\n2\n01:00:00,000 --> 01:00:02,040\nTwo\nlines.\n\n"
# After W3C, "WebVTT: The Web Video Text Tracks Format": header, comment, style, identifier, settings, voice, marks, escapes
VTT = """WEBVTT - a title
Kind: captions

NOTE a comment
of two lines

STYLE
::cue { color: red }

first
00:01.500 --> 00:02.000 align:start line:0
<v Anna B.>Rock &amp; <i>roll</i></v>

01:00:00.000 --> 01:00:02.040
a &lt; b
second line
"""


def test_srt_is_read_and_written():
    found = read_annotations(SRT, strict=True)
    assert found.segments == (Segment(1.5, 2.0, "Good morning."), Segment(3600.0, 3602.04, "Two\nlines."))
    assert write_annotations(found, format="srt", strict=True) == SRT


def test_srt_without_numbers_or_last_line():
    assert read_annotations("00:00:01.500 --> 00:00:02.000\nx", "srt").segments == (Segment(1.5, 2.0, "x"),)


def test_webvtt_is_read():
    with pytest.warns(AnnotationLossWarning, match=r"comments, styles and regions \(2\); marks within labels \(1\)"):
        found = read_annotations(VTT)
    assert found == Annotations(
        [
            Tier(
                "labels",
                [Segment(1.5, 2.0, "Rock & roll"), Segment(3600.0, 3602.04, "a < b\nsecond line")],
                extra={"voice": ("Anna B.", ""), "cue_id": ("first", ""), "cue_settings": ("align:start line:0", "")},
            )
        ]
    )
    with pytest.raises(LossyFormat):
        read_annotations(VTT, strict=True)


def test_webvtt_is_written():
    tier = Tier(
        "labels",
        [Segment(1.5, 2, "a & b --> c")],
        extra={"voice": ["Anna"], "cue_id": ["7"], "cue_settings": ["line:0"]},
    )
    text = write_annotations(Annotations([tier]), format="webvtt", strict=True)
    assert text == "WEBVTT\n\n7\n00:00:01.500 --> 00:00:02.000 line:0\n<v Anna>a &amp; b --&gt; c\n\n"
    assert read_annotations(text, strict=True).tiers[0] == tier


@pytest.mark.parametrize("name", ["srt", "webvtt"])
def test_times_are_rounded_to_milliseconds_and_that_is_said(name):
    with pytest.warns(AnnotationLossWarning, match=r"times between milliseconds, now rounded \(1\)"):
        text = write_annotations([Segment(59.9996, 61, "x")], format=name)
    assert read_annotations(text).segments == (Segment(60.0, 61.0, "x"),)
    for seconds in (-0.5, 1e300):
        with pytest.raises(LossyFormat, match="times are from 0"):
            write_annotations([Segment(min(seconds, 0), max(seconds, 0), "x")], format=name)


@pytest.mark.parametrize("name", ["srt", "webvtt"])
def test_blank_lines_in_labels_are_left_out_and_that_is_said(name):
    with pytest.warns(AnnotationLossWarning, match="blank lines"):
        text = write_annotations([Segment(0, 1, "a\n \n\nb\n"), Segment(1, 2, "c")], format=name)
    assert [s.label for s in read_annotations(text, strict=True).segments] == ["a\nb", "c"]


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("1\n00:00:01,500 --> soon\nx\n", "srt", "Line 2: .*wanted a timing"),
        ("1\n00:00:03,000 --> 00:00:02,000\nx\n", "srt", "Line 2: .*wanted an end that is not before"),
        ("Dear diary\n", "srt", "Line 1: .*wanted a number, a timing and text"),
        ("1\n00:00:01,500 --> 00:75:00,000\nx\n", "srt", "Line 2"),
        ("VTT\n", "webvtt", "Line 1: got 'VTT', wanted WEBVTT"),
        ("WEBVTT\n\n\n00:01 --> 00:02\nx\n", "webvtt", "Line 4: .*wanted a timing"),
    ],
)
def test_errors_name_the_line(text, name, words):
    with pytest.raises(MalformedAnnotations, match=words):
        read_annotations(text, name)
