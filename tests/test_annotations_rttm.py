from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.annotations import AnnotationLossWarning, Annotations, Tier, read_annotations, write_annotations
from audiokit.annotations.tokens import from_token, to_token
from audiokit.errors import LossyFormat, MalformedAnnotations, ParameterError
from audiokit.results import Segment

# Typed after NIST's RT-09 evaluation plan, Appendix A: ten fields, <NA> for nothing, comments begin with two semicolons.
MEETINGS = """;; who spoke when
SPKR-INFO meeting-1 1 <NA> <NA> <NA> adult_female anna <NA> <NA>
SPEAKER meeting-1 1 0.50 1.25 <NA> <NA> anna 0.9 <NA>
SPEAKER meeting-1 1 1.50 2.00 <NA> <NA> ben <NA> <NA>
SPEAKER meeting-2 2 0.10 0.20 <NA> <NA> carla <NA>
"""


def test_one_recording_of_several():
    with pytest.raises(
        ParameterError, match="2 recordings, wanted one: 'meeting-1', 'meeting-2'.*recording='meeting-1'"
    ):
        read_annotations(MEETINGS)
    with pytest.warns(AnnotationLossWarning, match=r"left out: lines of type SPKR-INFO \(1\)"):
        first = read_annotations(MEETINGS, recording="meeting-1")
    assert first == Annotations(
        [Tier("labels", [Segment(0.5, 1.75, "anna", 0.9), Segment(1.5, 3.5, "ben")])], None, "meeting-1"
    )
    with pytest.raises(LossyFormat):
        read_annotations(MEETINGS, recording="meeting-1", strict=True)
    with pytest.warns(AnnotationLossWarning):
        second = read_annotations(MEETINGS, recording="meeting-2").tiers[0]
    assert (second.segments, second.extra) == ((Segment(0.1, 0.3, "carla"),), {"channel": ("2",)})
    with pytest.raises(ParameterError, match="'meeting-3'"):
        read_annotations(MEETINGS, recording="meeting-3")


def test_what_is_written():
    segments = [Segment(0.1, 0.3, "anna"), Segment(2, 2.5, "ben b", 0.25), Segment(3, 3)]
    assert write_annotations(segments, format="rttm", recording="talk 1", strict=True) == (
        "SPEAKER talk%201 1 0.1 0.2 <NA> <NA> anna <NA> <NA>\n"
        "SPEAKER talk%201 1 2.0 0.5 <NA> <NA> ben%20b 0.25 <NA>\n"
        "SPEAKER talk%201 1 3.0 0.0 <NA> <NA> <NA> <NA> <NA>\n"
    )


@given(st.text() | st.text("%0aAfF \t\n\x85\u2028\u3000<NA>"))
def test_any_text_is_one_word_and_back(text):
    token = to_token(text)
    assert token.split() == [token]
    assert token.splitlines() == [token]
    assert from_token(token) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_onset_and_duration_add_up_to_the_very_end(one, other):
    segment = Segment(min(one, other), max(one, other), "x")
    try:
        text = write_annotations([segment], format="rttm")
    except LossyFormat:
        assert segment.end_seconds - segment.start_seconds == float("inf")
    else:
        assert read_annotations(text.encode()).segments == (segment,)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("SPEAKER a 1 0 1 <NA> <NA> x", "9 or 10 fields"),
        ("SPEAKER a 1 0 1 <NA> <NA> two words <NA> <NA>", "9 or 10 fields"),
        ("SPEAKER a 1 soon 1 <NA> <NA> x <NA> <NA>", "got 'soon', wanted the onset"),
        ("SPEAKER a 1 0 -1 <NA> <NA> x <NA> <NA>", "got '-1', wanted the duration"),
        ("SPEAKER a 1 0 1 <NA> <NA> x good <NA>", "got 'good', wanted a score"),
        ("SPEAKER a 1 1.7e308 1.7e308 <NA> <NA> x <NA> <NA>", "float64"),
        ("speaker a 1 0 1 <NA> <NA> x <NA> <NA>", "wanted SPEAKER"),
    ],
)
def test_errors_name_the_line(line, words):
    with pytest.raises(MalformedAnnotations, match=f"Line 3: .*{words}"):
        read_annotations(f";; comment\n\n{line}\n", "rttm")
