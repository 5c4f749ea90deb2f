from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.annotations import Annotations, Tier, read_annotations, write_annotations
from audiokit.annotations.csv_text import records
from audiokit.errors import MalformedAnnotations
from audiokit.results import Segment, segments_table


def test_what_is_written():
    segments = [Segment(0.5, 1, 'say "hi", twice', 0.25), Segment(1, 2, "two\nlines")]
    assert write_annotations(segments, format="csv", strict=True) == (
        'start_seconds,end_seconds,label,score\n0.5,1.0,"say ""hi"", twice",0.25\n1.0,2.0,"two\nlines",\n'
    )
    tiers = Annotations([Tier("a", segments[:1]), Tier("b", [Segment(3, 3, "x")], "point", {"who": ["me"]})])
    assert write_annotations(tiers, format="tsv", strict=True) == (
        'tier\tstart_seconds\tend_seconds\tlabel\tscore\twho\na\t0.5\t1.0\t"say ""hi"", twice"\t0.25\t\nb\t3.0\t3.0\tx\t\tme\n'
    )


ONE = (Segment(0.1, 0.3, "dog", 0.5),)


@pytest.mark.parametrize(
    ("text", "segments", "extra"),
    [
        ("onset,offset,event_label,confidence\n0.1,0.3,dog,0.5\n", ONE, {}),
        ("filename;Onset;Duration;Class;Score\nyard.wav;0,1;0,2;dog;0,5\n", ONE, {"filename": ("yard.wav",)}),
        (
            "Begin Time (s)\tEnd Time (s)\tAnnotation\tProb\tLow Freq (Hz)\n0.1\t0.3\tdog\t.5\t400\n",
            ONE,
            {"Low Freq (Hz)": ("400",)},
        ),
        ("start|end|text|speaker|conf\n0.1|0.3|dog|anna|5e-1\n", ONE, {"speaker": ("anna",)}),
        (",start,stop,name,score\n0,0.1,0.3,dog,0.5\n", ONE, {"": ("0",)}),
        ("start,end,label,score,,\r\n0.1,0.3,dog,0.5,,\r\n\r\n,,,,,\r\n", ONE, {}),
        ("time,label\n0.1,dog\n", (Segment(0.1, 0.1, "dog"),), {}),
        ("start,end,score\n0.1,0.3,NaN\n", (Segment(0.1, 0.3),), {}),
        ("start,end,label\n0.1,0.3\n", (Segment(0.1, 0.3),), {}),
        ('start,end,label\n0.1,0.3,"a\r\n""b"""\n', (Segment(0.1, 0.3, 'a\r\n"b"'),), {}),
        ("label,start,end,Label\nours,0.1,0.3,theirs\n", (Segment(0.1, 0.3, "ours"),), {"Label": ("theirs",)}),
        (" start , end , label \n 0.1 , 0.3 , spaces stay\n", (Segment(0.1, 0.3, " spaces stay"),), {}),
    ],
)
def test_what_others_write(text, segments, extra):
    tier = read_annotations(text).tiers[0]
    assert tier.segments == segments
    assert tier.extra == extra


def test_a_duration_is_added_as_a_decimal():
    assert read_annotations("start,duration,label\n0.1,0.2,x\n").segments[0].end_seconds == 0.3


def test_tiers_come_in_the_order_of_their_first_rows():
    found = read_annotations("tier,start,end,label\nb,0,1,x\na,0,0,y\nb,2,3,z\n")
    assert found.names == ("b", "a")
    assert [tier.kind for tier in found.tiers] == ["interval", "point"]
    assert [s.label for s in found.tier("b").segments] == ["x", "z"]


def test_tables_of_ours_are_read_with_every_column():
    text = segments_table([Segment(0, 1.5, "speech", 0.5)]).to_csv(index=False)
    tier = read_annotations(text).tiers[0]
    assert tier.segments == (Segment(0, 1.5, "speech", 0.5),)
    assert tier.extra == {"duration_seconds": ("1.5",)}


def test_a_column_named_as_a_tier_does_not_become_one():
    annotations = Annotations([Tier("labels", [Segment(0, 1, "x")], extra={"layer": ["upper"]})])
    assert read_annotations(write_annotations(annotations, format="csv", strict=True)) == annotations


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("start_ms,end_ms,label\n0,1,x\n", "Line 1: .*wanted a header with start_seconds"),
        ("start,end\n0,1\nsoon,2\n", "Line 3: got 'soon', wanted the start"),
        ('start,end,label\n0,1,"a\nb"\n0,,x\n', "Line 4: got '', wanted the end"),
        ("start,end\n1,0.5\n", r"Line 2: got '1.0 .. 0.5', wanted an end"),
        ("start,duration\n1,-1\n", "Line 2: got '-1', wanted the duration"),
        ("start,end,score\n0,1,good\n", "Line 2: got 'good', wanted a score"),
        ("start,end,note,note\n0,1,a,b\n", "Line 1: got 'note', wanted a column name that stands only once"),
        ("start,end\n0,1,2\n", "Line 2: .*wanted 2 fields"),
        ('start,end,label\n0,1,"open\n', "Line 2: .*wanted a field whose quotes are closed"),
        ('start,end,label\n0,1,"a"b\n', "Line 2: .*wanted a field whose quotes are closed"),
        ("start,end\n0,1,5\n", "Line 2"),
    ],
)
def test_errors_name_the_line(text, words):
    with pytest.raises(MalformedAnnotations, match=words):
        read_annotations(text, "csv")


@given(
    st.lists(st.lists(st.text('a",;\n\r\t \x85\u2028', max_size=5), min_size=1, max_size=4), max_size=6),
    st.sampled_from(",;\t|"),
)
def test_records_are_those_of_the_standard_library(rows, delimiter):
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    text = written.getvalue()
    found = list(records(text, delimiter))
    assert (
        [fields for _, fields in found] == list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) == rows
    )
    for line, fields in found:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert lines[line - 1].startswith(
            '"' + fields[0].replace("\r\n", "\n").replace("\r", "\n").split("\n")[0].replace('"', '""')
        )
