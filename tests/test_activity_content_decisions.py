"""From probabilities to segments: smoothing, labels, short runs, and where mood may be judged."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.activity.content_decisions import (
    CLASSES,
    ContentThresholds,
    both,
    label_cells,
    mood_cells,
    runs_of,
    smoothed,
    sure_runs,
)
from audiokit.errors import ParameterError
from audiokit.results import Segment

HOP = 0.5


def chances(text):
    """s, m, n: sure of speech, music, noise."""
    return np.eye(3, dtype=np.float32)[["smn".index(letter) for letter in text]]


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=40), st.floats(0, 6))
def test_smoothing_is_the_mean_of_the_audible_neighbours(cells, seconds):
    values = np.array([[value, 1 - value, 0] for value, _ in cells], dtype=np.float32)
    audible = np.array([heard for _, heard in cells])
    got = smoothed(values, audible, seconds, HOP)
    reach = round(seconds / HOP / 2)
    for index in range(len(cells)):
        near = [n for n in range(max(index - reach, 0), min(index + reach + 1, len(cells))) if audible[n]]
        wanted = values[near].mean(axis=0) if near else np.zeros(3)
        np.testing.assert_allclose(got[index], wanted, atol=1e-5)


def test_labels():
    levels = np.array([-20, -20, -20, -90, -20], dtype=np.float32)
    thresholds = ContentThresholds(smoothing_seconds=0)
    assert label_cells(chances("smnss"), levels, thresholds, HOP).tolist() == [0, 1, 2, 3, 0]
    unsure = np.array([[0.45, 0.3, 0.25]], dtype=np.float32)
    assert label_cells(unsure, levels[:1], thresholds, HOP).tolist() == [1]
    assert label_cells(unsure, levels[:1], ContentThresholds(speech=0.4, smoothing_seconds=0), HOP).tolist() == [0]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.floats(0, 4))
def test_runs_cover_everything_and_are_long_enough(labels, least):
    seconds = len(labels) * HOP - 0.2
    runs = runs_of(np.array(labels), HOP, seconds, least)
    assert runs[0][0] == 0
    assert runs[-1][1] == pytest.approx(seconds)
    for (_, end, label), (start, _, following) in itertools.pairwise(runs):
        assert end == start
        assert label != following
    if len(runs) > 1:
        assert all(end - start >= least - 0.2 - 1e-9 for start, end, _ in runs)
    if least <= HOP:
        assert [label for _, _, label in runs] == [x for n, x in enumerate(labels) if n == 0 or labels[n - 1] != x]


def test_a_short_run_joins_the_longer_neighbour():
    runs = runs_of(np.array([0, 0, 0, 2, 1, 1, 1, 1, 1]), HOP, 4.5, 1.0)
    assert runs == [(0.0, 1.5, 0), (1.5, 4.5, 1)]


def test_mood_wants_speech_here_and_around():
    levels = np.full(24, -20, dtype=np.float32)
    thresholds = ContentThresholds(smoothing_seconds=1.0, mood_smoothing_seconds=6.0, mood_speech=0.5)
    assert mood_cells(chances("s" * 24), levels, thresholds, HOP).all()
    line = chances("m" * 10 + "ssss" + "m" * 10)  # a spoken line in a song
    assert not mood_cells(line, levels, thresholds, HOP).any()
    assert mood_cells(line, levels, ContentThresholds(mood_smoothing_seconds=1.0), HOP).any()
    assert not mood_cells(chances("s" * 24), levels - 80, thresholds, HOP).any()


@given(
    st.lists(st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32), st.booleans()), max_size=30),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_runs_reach_the_upper_threshold_and_stay_above_the_lower(cells, upper, lower):
    near, wide = (np.array([cell[n] for cell in cells], dtype=np.float32) for n in (0, 1))
    breaks = np.array([cell[2] for cell in cells], dtype=bool)
    thresholds = ContentThresholds(mood_speech=upper, mood_keep=lower)
    got = sure_runs(near, wide, breaks, thresholds)
    least = min(lower, upper)
    sure = [a >= thresholds.speech and b >= upper for a, b, _ in cells]
    kept = [
        here or (a >= min(least, thresholds.speech) and b >= least) for here, (a, b, _) in zip(sure, cells, strict=True)
    ]
    for index in range(len(cells)):  # the slow way: walk to both sides
        wanted = False
        if kept[index]:
            first = last = index
            while first and kept[first - 1] and not breaks[first]:
                first -= 1
            while last + 1 < len(cells) and kept[last + 1] and not breaks[last + 1]:
                last += 1
            wanted = any(sure[first : last + 1])
        assert got[index] == wanted


def test_mood_goes_on_where_it_is_a_little_less_sure():
    levels = np.full(12, -20, dtype=np.float32)
    fading = np.zeros((12, 3), dtype=np.float32)
    fading[:, 0] = [0.9, 0.9, 0.9, 0.9, 0.7, 0.6, 0.55, 0.55, 0.3, 0.1, 0.55, 0.55]
    options = {"smoothing_seconds": 0.0, "mood_smoothing_seconds": 0.0, "mood_speech": 0.8}
    assert mood_cells(fading, levels, ContentThresholds(**options), HOP).sum() == 4
    kept = mood_cells(fading, levels, ContentThresholds(**options, mood_keep=0.5), HOP)
    assert kept.tolist() == [True] * 8 + [False] * 4
    levels[5] = -90  # silence ends it
    assert mood_cells(fading, levels, ContentThresholds(**options, mood_keep=0.5), HOP).sum() == 5


@given(st.lists(st.floats(0, 20), min_size=2, max_size=12), st.lists(st.floats(0, 20), min_size=2, max_size=12))
def test_both_is_what_lies_in_both(first, second):
    ours = [Segment(a, b, "speech") for a, b in zip(sorted(first)[::2], sorted(first)[1::2], strict=False)]
    theirs = list(zip(sorted(second)[::2], sorted(second)[1::2], strict=False))
    shared = both(ours, theirs, least_seconds=0.0)
    for moment in np.linspace(0.013, 19.9, 97):
        inside = any(s.start_seconds < moment < s.end_seconds for s in ours) and any(a < moment < b for a, b in theirs)
        near_edge = any(abs(moment - edge) < 1e-6 for edge in [*first, *second])
        assert near_edge or inside == any(s.start_seconds < moment < s.end_seconds for s in shared)
    assert not both(ours, theirs, least_seconds=100.0)


@pytest.mark.parametrize("change", [{"speech": 1.5}, {"mood_speech": -0.1}, {"mood_keep": 2.0}, {"smoothing_seconds": float("nan")},
                                    {"min_segment_seconds": -1}, {"silence_dbfs": 3.0}])  # fmt: skip
def test_thresholds_out_of_range_are_refused(change):
    with pytest.raises(ParameterError):
        ContentThresholds(**change)


def test_classes():
    assert CLASSES == ("speech", "music", "noise")
