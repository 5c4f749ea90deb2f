"""Which stretches the experts hear."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import Segment
from audiokit.errors import ParameterError
from audiokit.tagging.stages import Stage, Timeline
from audiokit.tagging.windows import joined, mood_windows, music_windows

FRAME = 0.032


def vad(seconds, probability=0.9):
    return SimpleNamespace(
        probabilities=np.full(int(np.ceil(seconds / FRAME)), probability, np.float32), frame_seconds=FRAME
    )


def spans_of(found):
    return [(round(s.start_seconds, 3), round(s.end_seconds, 3)) for s in found]


def test_the_longest_stretch_is_heard_first():
    spans = [Segment(0, 1), Segment(2, 4.5), Segment(6, 7.5)]
    assert spans_of(mood_windows(spans, vad(10), most=1)) == [(2, 4.5)]
    assert spans_of(mood_windows(spans, vad(10), most=2)) == [(2, 4.5), (6, 7.5)]


def test_of_equals_the_earlier_is_heard():
    assert spans_of(mood_windows([Segment(5, 7), Segment(1, 3)], vad(10), most=1)) == [(1, 3)]


def test_the_denser_of_two_is_heard():
    found = vad(10)
    found.probabilities[: int(3 / FRAME)] = 0.5
    (window,) = mood_windows([Segment(0, 3), Segment(4, 7)], found, most=1)
    assert (window.start_seconds, window.score) == (4, pytest.approx(0.9))


def test_a_long_stretch_is_cut_into_three_seconds_and_the_last_ends_with_it():
    assert spans_of(mood_windows([Segment(1, 8)], vad(10), most=9)) == [(1, 4), (4, 7)]
    # the last window would be [5, 8], which overlaps: it is heard if the speech is there
    found = vad(10)
    found.probabilities[: int(5 / FRAME)] = 0.1
    assert spans_of(mood_windows([Segment(1, 8)], found, most=1)) == [(5, 8)]


def test_a_breath_does_not_part_and_what_is_short_is_not_heard():
    assert spans_of(mood_windows([Segment(0, 0.3), Segment(0.5, 0.9)], vad(2), most=1)) == [(0, 0.9)]
    assert mood_windows([Segment(0, 0.3), Segment(1, 1.4)], vad(2), most=3) == ()
    assert mood_windows([], vad(2), most=3) == ()


@given(
    bounds=st.lists(st.floats(0, 60), min_size=2, max_size=16, unique=True),
    most=st.integers(1, 6),
    seed=st.integers(0, 9),
)
def test_windows_lie_in_the_speech_are_short_and_apart(bounds, most, seed):
    bounds = sorted(bounds)
    spans = [Segment(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=False)]
    detected = vad(60)
    detected.probabilities[:] = np.random.default_rng(seed).random(len(detected.probabilities))
    found = mood_windows(spans, detected, most=most)
    assert found == mood_windows(list(reversed(spans)), detected, most=most)
    assert len(found) <= most
    allowed = joined(spans, 0.3)
    for one in found:
        assert 0.5 - 1e-6 <= one.duration_seconds <= 3 + 1e-6
        assert 0 <= one.score <= 1
        assert any(
            s.start_seconds - 1e-6 <= one.start_seconds and one.end_seconds <= s.end_seconds + 1e-6 for s in allowed
        )
    for one, two in pairwise(found):
        assert one.end_seconds <= two.start_seconds + 1e-6


def test_music_is_heard_where_there_is_most_of_it():
    spans = [Segment(3, 5), Segment(20, 40)]
    assert spans_of(music_windows(spans, 60, most=1, seconds=10)) == [(20, 30)]
    assert spans_of(music_windows(spans, 60, most=2, seconds=10)) == [(20, 30), (30, 40)]
    assert spans_of(music_windows(spans, 60, most=3, seconds=10))[0] == (0, 10)
    assert spans_of(music_windows([Segment(2, 4)], 4, most=3, seconds=10)) == [(0, 4)]
    assert music_windows([], 60, most=1, seconds=10) == ()
    (last,) = music_windows([Segment(57.5, 60)], 60, most=1, seconds=2.5)
    assert (last.start_seconds, last.score) == (57.5, pytest.approx(1))


@pytest.mark.parametrize("call", [
    lambda: mood_windows([], vad(1), most=0),
    lambda: mood_windows([], vad(1), most=1, shortest_seconds=4),
    lambda: music_windows([], 1, most=0, seconds=1),
    lambda: music_windows([], 1, most=1, seconds=0),
])  # fmt: skip
def test_what_does_not_fit(call):
    with pytest.raises(ParameterError):
        call()


def test_stages_of_several_threads_stand_by_their_beginning():
    timeline = Timeline()
    timeline.add(Stage("b", "mood", 2, 3))
    timeline.add(Stage("a", "sound", 0, 2))
    with pytest.raises(ZeroDivisionError), timeline.stage("c", "genre"):
        1 / 0  # noqa: B018
    names = [stage.name for stage in timeline.stages]
    assert names.index("a") < names.index("b")
    assert {stage.name for stage in timeline.stages} == {"a", "b", "c"}  # what raises is timed too
