"""From probabilities of speech, music and noise to segments, and to where a mood expert may listen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError
from audiokit.results import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["CLASSES", "ContentThresholds", "both", "label_cells", "mood_cells", "runs_of", "smoothed", "sure_runs"]

CLASSES = ("speech", "music", "noise")
SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class ContentThresholds:
    """How probabilities become segments.

    Parameters
    ----------
    silence_dbfs : float
        A cell whose RMS level lies below is silence, whatever the network says.
    speech : float
        A cell whose smoothed probability of speech reaches this is speech; else music or noise, whichever is likelier.
    smoothing_seconds : float
        Probabilities are averaged over so much time; 0 for none.
    min_segment_seconds : float
        A shorter segment joins the longer of its neighbours.
    mood_speech : float
        Where mood may be judged the probability of speech, averaged over `mood_smoothing_seconds`, reaches this.
    mood_smoothing_seconds : float
        Longer than a sung line that sounds spoken.
    mood_keep : float
        Mood may go on being judged, before and after where it may be, as long as the averages stay at this or above;
        `mood_speech` where that is less.

    Raises
    ------
    ParameterError
        If a value is out of its range.
    """

    silence_dbfs: float = -60.0
    speech: float = 0.5
    smoothing_seconds: float = 2.0
    min_segment_seconds: float = 1.0
    mood_speech: float = 0.5
    mood_smoothing_seconds: float = 6.0
    mood_keep: float = 1.0

    def __post_init__(self) -> None:
        for name in ("speech", "mood_speech", "mood_keep"):
            if not 0 <= getattr(self, name) <= 1:
                raise ParameterError(f"{name} must lie between 0 and 1, got {getattr(self, name)!r}.")
        for name in ("smoothing_seconds", "min_segment_seconds", "mood_smoothing_seconds"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ParameterError(f"{name} must be a finite number of seconds >= 0, got {getattr(self, name)!r}.")
        if not -math.inf <= self.silence_dbfs <= 0:  # also refuses NaN
            raise ParameterError(f"silence_dbfs must be at most 0 dBFS, got {self.silence_dbfs!r}.")


def smoothed(
    probabilities: NDArray[np.float32], audible: NDArray[np.bool_], seconds: float, hop_seconds: float
) -> NDArray[np.float32]:
    """Average over time; what is silent counts for nothing.

    Parameters
    ----------
    probabilities : ndarray, shape (cells, classes)
    audible : ndarray of bool, shape (cells,)
    seconds, hop_seconds : float
        Length averaged over, centred; of a cell.

    Returns
    -------
    ndarray, shape (cells, classes), float32
        Zeros where nothing near is audible.
    """
    reach = round(seconds / hop_seconds / 2)
    weight = audible.astype(np.float64)
    sums = np.cumsum(np.pad(probabilities * weight[:, np.newaxis], ((1, 0), (0, 0))), axis=0, dtype=np.float64)
    counts = np.cumsum(np.pad(weight, (1, 0)))
    cells = np.arange(len(weight))
    first, last = np.maximum(cells - reach, 0), np.minimum(cells + reach + 1, len(weight))
    total = counts[last] - counts[first]
    mean = (sums[last] - sums[first]) / np.maximum(total, 1e-9)[:, np.newaxis]
    return np.where(total[:, np.newaxis] > 0.5, mean, 0.0).astype(np.float32)


def label_cells(
    probabilities: NDArray[np.float32],
    levels_dbfs: NDArray[np.float32],
    thresholds: ContentThresholds,
    hop_seconds: float,
) -> NDArray[np.int64]:
    """Label every cell: an index into `CLASSES`, or 3 for silence."""
    audible = levels_dbfs >= thresholds.silence_dbfs
    mean = smoothed(probabilities, audible, thresholds.smoothing_seconds, hop_seconds)
    labels = np.where(mean[:, 0] >= thresholds.speech, 0, 1 + mean[:, 1:].argmax(axis=1))
    return np.where(audible, labels, len(CLASSES))


def mood_cells(
    probabilities: NDArray[np.float32],
    levels_dbfs: NDArray[np.float32],
    thresholds: ContentThresholds,
    hop_seconds: float,
) -> NDArray[np.bool_]:
    """Cells that are speech for sure enough to judge a mood by: speech by themselves and among their neighbours.

    What is a little less sure but joins such cells counts too.
    """
    audible = levels_dbfs >= thresholds.silence_dbfs
    near = smoothed(probabilities, audible, thresholds.smoothing_seconds, hop_seconds)[:, 0]
    wide = smoothed(probabilities, audible, thresholds.mood_smoothing_seconds, hop_seconds)[:, 0]
    return np.asarray(audible & sure_runs(near, wide, np.diff(audible, prepend=False), thresholds))


def sure_runs(
    near: NDArray[np.float32], wide: NDArray[np.float32], breaks: NDArray[np.bool_], thresholds: ContentThresholds
) -> NDArray[np.bool_]:
    """Runs of cells that stay above the lower threshold and reach the upper one somewhere (hysteresis).

    Parameters
    ----------
    near, wide : ndarray, shape (cells,)
        Probability of speech, averaged over the shorter and the longer time.
    breaks : ndarray of bool, shape (cells,)
        Cells with which a run ends, whatever they are: where silence begins and ends, or another sound.
    thresholds : ContentThresholds
        ``speech``, ``mood_speech`` and ``mood_keep`` are used.

    Returns
    -------
    ndarray of bool, shape (cells,)
    """
    least = min(thresholds.mood_keep, thresholds.mood_speech)
    sure = (near >= thresholds.speech) & (wide >= thresholds.mood_speech)
    kept = sure | ((near >= min(least, thresholds.speech)) & (wide >= least))
    if not len(kept):
        return kept
    run = np.cumsum(np.diff(kept, prepend=False) | breaks)
    return np.asarray(kept & (np.bincount(run, sure)[run] > 0))


def runs_of(
    labels: NDArray[np.int64], hop_seconds: float, audio_seconds: float, min_segment_seconds: float
) -> list[tuple[float, float, int]]:
    """Spans of equal labels, ``(start_seconds, end_seconds, label)``, that cover the whole sound.

    A span shorter than allowed joins the longer of its neighbours, the shortest first.
    """
    edges = np.flatnonzero(np.diff(labels)) + 1
    bounds = [0, *edges.tolist(), len(labels)] if len(labels) else [0]
    spans = [[bounds[n], bounds[n + 1], int(labels[bounds[n]])] for n in range(len(bounds) - 1)]
    least = min_segment_seconds / hop_seconds
    while len(spans) > 1:
        shortest = min(range(len(spans)), key=lambda n: spans[n][1] - spans[n][0])
        first, last, _ = spans[shortest]
        if last - first >= least - 1e-9:
            break
        beside = [n for n in (shortest - 1, shortest + 1) if 0 <= n < len(spans)]
        host = max(beside, key=lambda n: spans[n][1] - spans[n][0])
        spans[shortest][2] = spans[host][2]
        spans = _joined(spans)
    return [(first * hop_seconds, min(last * hop_seconds, audio_seconds), label) for first, last, label in spans]


def _joined(spans: list[list[int]]) -> list[list[int]]:
    joined = [spans[0]]
    for span in spans[1:]:
        if span[2] == joined[-1][2]:
            joined[-1][1] = span[1]
        else:
            joined.append(span)
    return joined


def both(
    first: Iterable[Segment], second: Iterable[tuple[float, float]], *, least_seconds: float
) -> tuple[Segment, ...]:
    """Parts of the first segments that lie within spans of the second; labels and scores are the first's.

    Examples
    --------
    >>> [(s.start_seconds, s.end_seconds) for s in both([Segment(0, 4, "speech")], [(1, 2), (3, 9)], least_seconds=0.5)]
    [(1, 2), (3, 4)]
    """
    spans = list(second)
    shared = []
    for segment in first:
        for begin, end in spans:
            start, stop = max(segment.start_seconds, begin), min(segment.end_seconds, end)
            if stop - start >= least_seconds:
                shared.append(Segment(start, stop, segment.label, segment.score))
    return tuple(shared)
