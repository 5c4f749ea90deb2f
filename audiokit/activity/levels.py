"""The level gate: whatever is loud enough counts. The baseline that voice activity detection has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.activity.prepare import mono_at
from audiokit.errors import ParameterError
from audiokit.results import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["frame_levels", "loud_segments", "seconds_within"]

_FLOOR_DBFS = -120.0


def frame_levels(audio: Audio, *, frame_seconds: float = 0.032) -> NDArray[np.float64]:
    """RMS level of each frame of the mean of the channels.

    Parameters
    ----------
    audio : Audio
        Any rate, channels and length.
    frame_seconds : float
        Length of a frame.

    Returns
    -------
    ndarray, shape (ceil(time / frame),), float64
        In dB relative to a full-scale square wave; -120 for digital silence.

    Raises
    ------
    ParameterError
        If a frame holds no sample.

    Examples
    --------
    >>> from audiokit import Audio
    >>> frame_levels(Audio(np.full(1024, 0.1), 16000)).round(2).tolist()
    [-20.0, -20.0]
    """
    frame = round(frame_seconds * audio.sample_rate) if frame_seconds > 0 else 0
    if frame < 1:
        raise ParameterError(f"A frame of {frame_seconds} s holds no sample at {audio.sample_rate} Hz.")
    mono, _ = mono_at(audio, audio.sample_rate)
    starts = np.arange(0, mono.size, frame)
    power = np.square(mono, dtype=np.float64)
    sums = np.add.reduceat(power, starts) if starts.size else np.zeros(0)
    means = sums / np.minimum(frame, mono.size - starts)
    return np.asarray(10 * np.log10(np.maximum(means, 10 ** (_FLOOR_DBFS / 10))))


def loud_segments(
    audio: Audio, *, threshold_dbfs: float = -40.0, min_silence_ms: float = 100, frame_seconds: float = 0.032
) -> tuple[Segment, ...]:
    """Spans whose level reaches a threshold.

    Parameters
    ----------
    audio : Audio
        Any rate, channels and length.
    threshold_dbfs : float
        Level in dB relative to full scale.
    min_silence_ms : float
        A shorter quiet does not end a span.
    frame_seconds : float
        Length of a frame.

    Returns
    -------
    tuple of Segment
        Labelled ``"loud"``, in order. It knows nothing of speech: music and noise are as loud.
    """
    loud = frame_levels(audio, frame_seconds=frame_seconds) >= threshold_dbfs
    edges = np.flatnonzero(np.diff(loud, prepend=False, append=False))
    frame = round(frame_seconds * audio.sample_rate) / audio.sample_rate
    spans: list[tuple[float, float]] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        start, end = first * frame, min(last * frame, audio.duration_seconds)
        if spans and start - spans[-1][1] < min_silence_ms / 1000:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(Segment(start, end, "loud") for start, end in spans)


def seconds_within(found: Iterable[Segment], parts: Iterable[Segment]) -> dict[str, float]:
    """Seconds of what was found inside each kind of part.

    Parameters
    ----------
    found, parts : iterable of Segment
        Neither overlaps itself.

    Returns
    -------
    dict
        Label of the parts -> seconds; zero where nothing was found.

    Examples
    --------
    >>> seconds_within([Segment(1.0, 4.0)], [Segment(0.0, 2.0, "speech"), Segment(2.0, 9.0, "music")])
    {'speech': 1.0, 'music': 2.0}
    """
    spans = list(found)
    totals: dict[str, float] = {}
    for part in parts:
        shared = sum(
            max(min(span.end_seconds, part.end_seconds) - max(span.start_seconds, part.start_seconds), 0.0)
            for span in spans
        )
        totals[part.label] = totals.get(part.label, 0.0) + shared
    return totals
