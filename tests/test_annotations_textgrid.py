from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.annotations import AnnotationLossWarning, Annotations, Tier, read_annotations, write_annotations
from audiokit.errors import MalformedAnnotations, ParameterError
from audiokit.results import Segment

# Typed after the Praat manual, "TextGrid file formats": the minimal grid of a sound of 2.3 seconds, then with contents,
# in the long format, in the short one, and with the decoration changed.
MINIMAL = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "Mary"
        xmin = 0
        xmax = 2.3
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2.3
            text = ""
    item [2]:
        class = "IntervalTier"
        name = "John"
        xmin = 0
        xmax = 2.3
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2.3
            text = ""
    item [3]:
        class = "TextTier"
        name = "bell"
        xmin = 0
        xmax = 2.3
        points: size = 0
"""
SHORT = """File type = "ooTextFile"
Object class = "TextGrid"

0
2.3
<exists>
2
"IntervalTier"
"Mary"
0
2.3
3
0
0.7
""
0.7
1.6
"so they say ""hi"",
and wave"
1.6
2.3
""
"TextTier"
"bell"
0
2.3
2
0.8
"ding"
1.1
"dong"
"""
OLD_SHORT = SHORT.replace(
    'File type = "ooTextFile"\nObject class = "TextGrid"', 'File type = "ooTextFile short"\n"TextGrid"'
)
FREE = """"ooTextFile" "TextGrid"
! who speaks, and when
0s 2.3s <exists> 2 tiers
"IntervalTier" called "Mary" from 0 to 2.3 : 3 intervals ! of which one has text
0 0.7 "" 0.7 1.6 "so they say ""hi"",
and wave" 1.6 2.3 ""
"TextTier" "bell" 0 2.3 2
0.8 "ding" 1.1 "dong"
"""
CONTENT = Annotations(
    [
        Tier("Mary", [Segment(0.7, 1.6, 'so they say "hi",\nand wave')]),
        Tier("bell", [Segment(0.8, 0.8, "ding"), Segment(1.1, 1.1, "dong")], "point"),
    ],
    2.3,
)


def test_the_manual_s_minimal_grid():
    found = read_annotations(MINIMAL)
    assert found == Annotations([Tier("Mary"), Tier("John"), Tier("bell", kind="point")], 2.3)
    written = write_annotations(found, format="textgrid", strict=True)
    assert written.replace("= 0.0\n", "= 0\n") == MINIMAL


@pytest.mark.parametrize("text", [SHORT, OLD_SHORT, FREE], ids=["short", "old short", "free"])
def test_all_forms_say_the_same(text):
    assert read_annotations(text) == CONTENT
    assert read_annotations(write_annotations(CONTENT, format="textgrid", strict=True)) == CONTENT


def test_empty_intervals_are_kept_if_asked_for():
    mary = read_annotations(SHORT, keep_empty=True).tier("Mary")
    assert [(s.start_seconds, s.end_seconds, s.label[:2]) for s in mary.segments] == [
        (0, 0.7, ""),
        (0.7, 1.6, "so"),
        (1.6, 2.3, ""),
    ]


def test_line_breaks_in_labels_of_a_windows_file_are_line_breaks():
    assert read_annotations(SHORT.replace("\n", "\r\n").encode("utf-16")) == CONTENT


def test_no_tiers():
    text = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 5\ntiers? <absent>\n'
    assert read_annotations(text) == Annotations([], 5.0)


def test_what_overlaps_stands_in_further_tiers_and_comes_back():
    tier = Tier(
        "talk", [Segment(0, 2, "a"), Segment(1, 3, "b"), Segment(1, 3, "c"), Segment(2, 2, "!"), Segment(2, 4, "d")]
    )
    annotations = Annotations([tier, Tier("other", [Segment(0, 5, "x")])], 5.0)
    text = write_annotations(annotations, format="textgrid", strict=True)
    names = [line.split('"')[1] for line in text.splitlines() if line.strip().startswith("name =")]
    assert names == ["talk", "talk [overlap 2]", "talk [overlap 3]", "talk [points]", "other"]
    assert read_annotations(text) == annotations


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=12), st.integers(10, 20))
def test_written_interval_tiers_tile_the_whole_time(spans, duration):
    segments = [Segment(start / 7, (start + length) / 7, f"{i}") for i, (start, length) in enumerate(spans)]
    text = write_annotations(Annotations([Tier("t", segments)], duration), format="textgrid", strict=True)
    everything = read_annotations(text.replace("[overlap", "[lane").replace("[points", "[dots"), keep_empty=True)
    assert sum(bool(s.label) for s in everything.segments) == len(segments)
    for tier in everything.tiers:
        if tier.kind == "point":
            times = [s.start_seconds for s in tier.segments]
            assert len(set(times)) == len(times)
            continue
        bounds = [(s.start_seconds, s.end_seconds) for s in tier.segments]
        assert bounds[0][0] == 0
        assert bounds[-1][1] == duration
        assert all(start < end for start, end in bounds)
        assert all(before[1] == after[0] for before, after in pairwise(bounds))


def test_losses_are_named():
    tier = Tier("t", [Segment(0, 1, "", 0.5), Segment(2, 3, "x")], extra={"note": ["a", "b"]})
    pretender = Tier("t [overlap 2]", [Segment(0, 1, "y")])
    with pytest.warns(AnnotationLossWarning) as caught:
        text = write_annotations(Annotations([tier, pretender], 2.5), format="textgrid")
    for part in (
        "scores (1)",
        "column 'note'",
        "without a label",
        "end before the last segment",
        "named as if they went on",
    ):
        assert part in str(caught[0].message)
    assert read_annotations(text) == Annotations([Tier("t", [Segment(0, 1, "y"), Segment(2, 3, "x")])], 3.0)


def test_a_grid_covers_time():
    with pytest.raises(ParameterError, match="duration_seconds"):
        write_annotations(Annotations([Tier("t")]), format="textgrid")
    assert read_annotations(write_annotations(Annotations([Tier("t")], 1), format="textgrid")).duration_seconds == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("xmax = 2.3", "xmax = later", "Line 6: got '<exists>', wanted xmax"),
        ("<exists>", "<maybe>", "Line 6: got '<maybe>', wanted <exists> or <absent>"),
        ("size = 3", "size = 4", "Line 35: got 'the end of the file', wanted the class of a tier"),
        ("size = 3", "size = 2", "Line 30: got '\"TextTier\"', wanted the end of the file"),
        (
            "size = 3",
            "size = 999999999999",
            "Line 7: got '999999999999', wanted the number of tiers, no more than follow",
        ),
        ("size = 3", "size = 2.5", "Line 7: got '2.5', wanted the number of tiers"),
        ("size = 3", "size = -1", "Line 7: got '-1', wanted the number of tiers"),
        ('"IntervalTier"', '"Tear"', 'Line 10: got \'"Tear"\', wanted "IntervalTier" or "TextTier"'),
        ('name = "Mary"', "name = Mary", "Line 12: got '0', wanted the name of a tier"),
        (
            'name = "John"',
            'name = "John',
            "Line 30: got .*wanted xmin of the tier. A double quote on a line above may not be closed",
        ),
        ('text = ""', "text = none", 'Line 21: got \'"John"\', wanted "IntervalTier" or'),
        (
            "intervals [1]:\n            xmin = 0",
            "intervals [1]:\n            xmin = 1.2.3",
            "Line 16: got '1.2.3', wanted a time in seconds",
        ),
        ('"bell"', '"bell', "Line 31: got '\"', wanted the name of a tier. A double quote is not closed"),
        ('"TextGrid"', '"PitchTier"', 'got \'"PitchTier"\', wanted the text "TextGrid"'),
    ],
)
def test_errors_name_the_line(old, new, words):
    with pytest.raises(MalformedAnnotations, match=words):
        read_annotations(MINIMAL.replace(old, new, 1), "textgrid")


def test_an_interval_that_ends_before_it_starts_is_named_by_its_line():
    text = SHORT.replace("1.6\n2.3\n", "1.6\n1.5\n").replace('1.5\n""', '1.5\n"x"')
    with pytest.raises(MalformedAnnotations, match="Line 21: got '1.5', wanted an interval that does not end before"):
        read_annotations(text)


def test_a_file_cut_short():
    with pytest.raises(MalformedAnnotations, match="Line 34: got 'the end of the file'.*cut short"):
        read_annotations(MINIMAL[: MINIMAL.index("points: size")].rstrip(" "))


@pytest.mark.parametrize("kept", range(1, 6))
def test_a_file_cut_short_within_a_tier(kept):
    values = ["0", "1", '"a"', "1", "2", '"b"'][:kept]
    text = '"ooTextFile" "TextGrid" 0 2 <exists> 1 "IntervalTier" "t" 0 2 2 ' + " ".join(values)
    wanted = "the number of intervals or points, no more than follow it" if kept == 1 else "2 intervals or points"
    with pytest.raises(MalformedAnnotations, match=f"Line 1: got .*, wanted {wanted}"):
        read_annotations(text.encode())
