"""Which stretches of a sound an expert hears: few, short, and always the same ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError
from audiokit.results import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from audiokit.activity.vad import VadResult
    from audiokit.audio import Audio

__all__ = ["LONGEST_MOOD_SECONDS", "SHORTEST_MOOD_SECONDS", "cut", "joined", "mood_windows", "music_windows"]

LONGEST_MOOD_SECONDS = 3.0
SHORTEST_MOOD_SECONDS = 0.5
_JOIN_SECONDS = 0.3  # a breath between two spans of speech does not part them
_HOP_SECONDS = 1.0  # between two places where a window of music is tried


def mood_windows(
    spans: Iterable[Segment],
    vad: VadResult,
    *,
    most: int,
    longest_seconds: float = LONGEST_MOOD_SECONDS,
    shortest_seconds: float = SHORTEST_MOOD_SECONDS,
) -> tuple[Segment, ...]:
    """Choose what the mood expert hears: the windows with the most speech in them.

    Spans that a breath of 0.3 s parts are joined; each is cut into windows of `longest_seconds` from its beginning,
    and the last one ends where the span ends. A window counts as many seconds of speech as the speech probabilities
    inside add up to; the fullest come first, of equals the earlier. None overlaps another.

    Parameters
    ----------
    spans : iterable of Segment
        Where the expert may listen.
    vad : VadResult
        Whose probabilities say how dense the speech is.
    most : int
        The budget: no more windows than this.
    longest_seconds, shortest_seconds : float
        Length of a window; what is shorter is not heard.

    Returns
    -------
    tuple of Segment
        In the order of time; the score is the share of speech inside.

    Raises
    ------
    ParameterError
        If the budget is below 1, or a length is none.
    """
    if most < 1:
        raise ParameterError(f"The budget of windows must be 1 or more, got {most}.")
    if not 0 < shortest_seconds <= longest_seconds < math.inf:
        raise ParameterError(
            f"Windows want 0 < shortest <= longest seconds, got {shortest_seconds} and {longest_seconds}."
        )
    speech = _Cumulative(vad.probabilities, vad.frame_seconds)
    candidates = [
        (start, end)
        for span in joined(spans, _JOIN_SECONDS)
        for start, end in _tiles(span.start_seconds, span.end_seconds, longest_seconds)
        if end - start >= shortest_seconds - 1e-9
    ]
    ranked = sorted(candidates, key=lambda w: (-round(speech.between(*w), 6), w[0]))
    chosen = _without_overlap(ranked, most)
    return tuple(
        Segment(start, end, "speech", min(1.0, speech.between(start, end) / (end - start))) for start, end in chosen
    )


def music_windows(spans: Iterable[Segment], audio_seconds: float, *, most: int, seconds: float) -> tuple[Segment, ...]:
    """Choose what the genre expert hears: the windows with the most music in them.

    Windows are tried every second, and at the very end; those with more music come first, of equals the earlier, and
    none overlaps another. A sound that is shorter than a window is heard as a whole.

    Parameters
    ----------
    spans : iterable of Segment
        Where there is music.
    audio_seconds : float
        Length of the sound.
    most : int
        No more windows than this.
    seconds : float
        Length of a window.

    Returns
    -------
    tuple of Segment
        In the order of time, labelled ``"music"``; the score is the share of music inside.

    Raises
    ------
    ParameterError
        If `most` is below 1, or a window has no length.
    """
    if most < 1 or not 0 < seconds < math.inf:
        raise ParameterError(f"Wants at least one window with a length, got {most} of {seconds} s.")
    music = joined(spans, 0.0)
    if not music or audio_seconds <= 0:
        return ()
    length = min(seconds, audio_seconds)
    last = audio_seconds - length
    starts = sorted({*np.arange(0.0, last, _HOP_SECONDS).tolist(), last})
    inside = [sum(_shared(span, start, start + length) for span in music) for start in starts]
    ranked = sorted(zip(starts, inside, strict=True), key=lambda found: (-round(found[1], 6), found[0]))
    chosen = _without_overlap([(start, start + length) for start, held in ranked if held > 0], most)
    held = dict(zip(starts, inside, strict=True))
    return tuple(Segment(start, end, "music", min(1.0, held[start] / length)) for start, end in chosen)


def joined(spans: Iterable[Segment], gap_seconds: float) -> tuple[Segment, ...]:
    """Join spans that overlap, or that no more than a gap parts.

    Examples
    --------
    >>> [(s.start_seconds, s.end_seconds) for s in joined([Segment(2, 3), Segment(0, 1), Segment(1.2, 1.9)], 0.3)]
    [(0, 3)]
    """
    found: list[Segment] = []
    for span in sorted(spans, key=lambda s: (s.start_seconds, s.end_seconds)):
        if found and span.start_seconds - found[-1].end_seconds <= gap_seconds + 1e-9:
            found[-1] = Segment(found[-1].start_seconds, max(found[-1].end_seconds, span.end_seconds), found[-1].label)
        else:
            found.append(Segment(span.start_seconds, span.end_seconds, span.label))
    return tuple(found)


def cut(audio: Audio, windows: Sequence[Segment]) -> list[NDArray[np.float32]]:
    """Samples of each window, of a sound with one channel; copies, so that the whole can go."""
    return [audio.between(w.start_seconds, w.end_seconds).samples[0].copy() for w in windows]


class _Cumulative:
    """Seconds of speech between two times, from a probability for each frame."""

    def __init__(self, probabilities: NDArray[np.float32], frame_seconds: float) -> None:
        self._sums = np.concatenate([[0.0], np.cumsum(probabilities, dtype=np.float64)]) * frame_seconds
        self._times = np.arange(len(self._sums)) * frame_seconds

    def between(self, start: float, end: float) -> float:
        low, high = np.interp([start, end], self._times, self._sums)
        return float(high - low)


def _tiles(start: float, end: float, seconds: float) -> list[tuple[float, float]]:
    if end - start <= seconds:
        return [(start, end)]
    count = math.floor((end - start) / seconds + 1e-9)
    tiles = [(start + i * seconds, start + (i + 1) * seconds) for i in range(count)]
    if end - tiles[-1][1] > 1e-6:
        tiles.append((end - seconds, end))
    return tiles


def _without_overlap(ranked: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    chosen: list[tuple[float, float]] = []
    for start, end in ranked:
        if len(chosen) == most:
            break
        if all(end <= other_start + 1e-9 or start >= other_end - 1e-9 for other_start, other_end in chosen):
            chosen.append((start, end))
    return sorted(chosen)


def _shared(span: Segment, start: float, end: float) -> float:
    return max(min(span.end_seconds, end) - max(span.start_seconds, start), 0.0)
