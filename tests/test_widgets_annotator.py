"""What is annotated is in Python at once, and goes through files without loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit import Audio, Segment
from audiokit.annotations import Annotations, Tier, read_annotations
from audiokit.errors import ParameterError
from audiokit_widgets import Annotator

RATE = 8000
SOUND = Audio(np.zeros(10 * RATE, np.float32), RATE, name="ten seconds")
SEGMENTS = [Segment(1.0, 2.5, "speech", 0.75), Segment(0.125, 0.5, "<b>click</b>")]


def mark(start, end, label="", score=None, tier="labels"):
    return {"start": start, "end": end, "label": label, "score": score, "tier": tier}


def test_it_begins_with_what_it_is_given():
    annotator = Annotator(SOUND, SEGMENTS, labels=["speech", "noise", "speech"], tiers=["more"])
    assert annotator.tiers == ["labels", "more"]
    assert annotator.labels == ["speech", "noise"]
    assert annotator.segments == sorted(SEGMENTS, key=lambda s: s.start_seconds)
    assert annotator.chosen == -1


def test_an_edit_of_the_page_is_in_the_table_at_once():
    annotator = Annotator(SOUND, SEGMENTS)
    seen = []
    end = annotator.on_edit(seen.append)
    annotator.set_state({"marks": [mark(3.0, 4.0, "drawn", tier="who")]})  # as the page sends it
    assert seen[-1].to_dict("records") == [
        {
            "tier": "who",
            "start_seconds": 3.0,
            "end_seconds": 4.0,
            "label": "drawn",
            "score": pytest.approx(float("nan"), nan_ok=True),
        }
    ]
    assert annotator.annotations.names == ("labels", "who")
    end()
    annotator.marks = []
    assert len(seen) == 1
    assert len(annotator.dataframe) == 0


def test_without_annotations_there_is_a_lane_to_draw_on():
    annotator = Annotator(SOUND)
    assert annotator.tiers == ["labels"]
    assert annotator.annotations == Annotations((Tier("labels", ()),), 10.0)


@pytest.mark.parametrize(
    "wrong", [mark(2, 1), mark(-1, 1), mark(1, 11), mark(0, float("nan")), mark(float("inf"), float("inf"))]
)
def test_a_mark_that_cannot_be_is_refused(wrong):
    annotator = Annotator(SOUND, SEGMENTS)
    before = list(annotator.marks)
    with pytest.raises(ParameterError):
        annotator.marks = [wrong]
    assert annotator.marks == before


def test_annotations_of_a_longer_recording_are_refused():
    with pytest.raises(ParameterError, match="belong to this recording"):
        Annotator(SOUND, [Segment(9, 12, "beyond")])


times = st.floats(0, 10, allow_nan=False).map(abs)
labels = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
segments = st.lists(
    st.builds(
        lambda a, b, text, score: Segment(min(a, b), max(a, b), text, score),
        times,
        times,
        labels,
        st.none() | st.floats(0, 1),
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(segments, min_size=1, max_size=3))
def test_what_goes_in_comes_out_and_through_a_file(tiers):
    document = Annotations(tuple(Tier(f"tier {i}", held) for i, held in enumerate(tiers)), 10.0)
    annotator = Annotator(SOUND, document)
    assert annotator.annotations == document
    again = Annotator(SOUND, annotator.dataframe)
    full = [t for t in document.tiers if t.segments]
    assert [t.segments for t in again.annotations.tiers if t.segments] == [t.segments for t in full]


def test_points_and_further_columns_survive():
    points = Tier("beats", [Segment(1, 1, "1"), Segment(2, 2, "2")], "point", {"low_hz": ("100", "")})
    annotator = Annotator(SOUND, Annotations((points,), 10.0))
    assert annotator.annotations.tiers == (points,)
    annotator.marks = [*annotator.marks, mark(3, 4, "long", tier="beats")]
    (drawn,) = annotator.annotations.tiers
    assert drawn.kind == "interval"
    assert drawn.extra["low_hz"] == ("100", "", "")


@pytest.mark.parametrize("ending", ["txt", "TextGrid", "csv", "rttm"])
def test_save_and_read_again(tmp_path, ending):
    annotator = Annotator(SOUND, [Segment(0.1, 0.30000000000000004, "one"), Segment(1, 2, "two")])
    path = tmp_path / f"labels.{ending}"
    annotator.save(path)
    assert [(s.start_seconds, s.end_seconds, s.label) for s in read_annotations(path).segments] == [
        (0.1, 0.30000000000000004, "one"),
        (1.0, 2.0, "two"),
    ]
    assert [s.label for s in Annotator(SOUND, path).segments] == ["one", "two"]


def test_the_static_page_lists_the_spans_as_text():
    data, _ = Annotator(SOUND, SEGMENTS)._repr_mimebundle_()
    assert "&lt;b&gt;click&lt;/b&gt;" in data["text/html"]
    assert "<b>click" not in data["text/html"]
    assert "2 segments" in data["text/plain"]
