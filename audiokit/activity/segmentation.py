"""From a track of speech probabilities to spans of speech, by the rules that Silero VAD publishes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SpanWalker", "VadSettings", "speech_spans"]


@dataclass(frozen=True, slots=True)
class VadSettings:
    """How probabilities become segments; the defaults are Silero's.

    Parameters
    ----------
    threshold : float
        A frame whose probability reaches this is speech.
    neg_threshold : float, optional
        Inside speech, a frame below this is silence; between the two the state is kept. None means
        ``max(threshold - 0.15, 0.01)``.
    min_speech_ms : float
        Shorter speech is dropped.
    max_speech_seconds : float
        Longer speech is cut, at a pause where there is one.
    min_silence_ms : float
        Speech ends after this much silence.
    speech_pad_ms : float
        Added before and after each segment; neighbours share the gap where it is too small for both.
    min_silence_at_max_speech_ms : float
        A pause at which overlong speech may be cut is longer than this.
    cut_at_longest_pause : bool
        Whether overlong speech is cut at the longest such pause (else at the last one).

    Raises
    ------
    ParameterError
        If a value is out of its range.

    Examples
    --------
    >>> VadSettings(threshold=0.5).exit_threshold
    0.35
    """

    threshold: float = 0.5
    neg_threshold: float | None = None
    min_speech_ms: float = 250
    max_speech_seconds: float = math.inf
    min_silence_ms: float = 100
    speech_pad_ms: float = 30
    min_silence_at_max_speech_ms: float = 98
    cut_at_longest_pause: bool = True

    def __post_init__(self) -> None:
        for name in ("threshold", "neg_threshold"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ParameterError(f"{name} must lie between 0 and 1, got {value!r}.")
        for name in ("min_speech_ms", "min_silence_ms", "speech_pad_ms", "min_silence_at_max_speech_ms"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise ParameterError(f"{name} must be a finite number of milliseconds >= 0, got {value!r}.")
        if not self.max_speech_seconds > 0:
            raise ParameterError(f"max_speech_seconds must be > 0, got {self.max_speech_seconds!r}.")

    @property
    def exit_threshold(self) -> float:
        """The probability below which speech turns into silence."""
        return max(self.threshold - 0.15, 0.01) if self.neg_threshold is None else self.neg_threshold


def speech_spans(
    probabilities: NDArray[np.float32], settings: VadSettings, *, sample_rate: int, frame_length: int, frames: int
) -> list[tuple[int, int]]:
    """Spans of speech in samples, equal to what Silero's own ``get_speech_timestamps_from_probs`` finds.

    Parameters
    ----------
    probabilities : ndarray, shape (windows,)
        Speech probability of each window of ``frame_length`` samples.
    settings : VadSettings
        Thresholds and durations.
    sample_rate : int
        Of the signal that the probabilities describe, in Hz.
    frame_length : int
        Samples in a window.
    frames : int
        Length of the signal in samples; the last window may reach beyond it.

    Returns
    -------
    list of (int, int)
        First sample and first sample after, ordered, not overlapping.

    Notes
    -----
    The rules are those of the MIT-licensed silero-vad, version 6.2.3: hysteresis between two thresholds, a minimum of
    silence to end and of speech to be kept, overlong speech cut at a pause, padding last.

    Examples
    --------
    >>> track = np.array([0.1] * 10 + [0.9] * 20 + [0.1] * 10, dtype=np.float32)
    >>> speech_spans(track, VadSettings(), sample_rate=16000, frame_length=512, frames=20480)
    [(4640, 15840)]
    """
    walker = SpanWalker(settings, sample_rate=sample_rate, frame_length=frame_length)
    spans = [span for probability in np.asarray(probabilities).tolist() for span in walker.step(probability)]
    spans += walker.finish(frames)
    return _padded(spans, walker.pad, frames)


class SpanWalker:
    """Finds spans of speech, without their padding, as probabilities come; what it keeps does not grow.

    Parameters
    ----------
    settings : VadSettings
        Thresholds and durations.
    sample_rate, frame_length : int
        See `speech_spans`.

    Attributes
    ----------
    start : int or None
        First sample of the speech that is running.
    here : int
        First sample that no probability has described yet.
    pad : float
        Samples of padding.
    """

    def __init__(self, settings: VadSettings, *, sample_rate: int, frame_length: int) -> None:
        self._enter, self._leave = settings.threshold, settings.exit_threshold
        self._min_speech = sample_rate * settings.min_speech_ms / 1000
        self._min_silence = sample_rate * settings.min_silence_ms / 1000
        self._frame_length = frame_length
        # the limit holds for the padded segment, and the window that passes it is already in
        self.pad = sample_rate * settings.speech_pad_ms / 1000
        self._longest = sample_rate * settings.max_speech_seconds - frame_length - 2 * self.pad
        self.start: int | None = None
        self.here = 0
        self._frames: float = math.inf
        self._quiet = _Quiet(sample_rate * settings.min_silence_at_max_speech_ms / 1000, settings.cut_at_longest_pause)

    def step(self, probability: float) -> Sequence[tuple[int, int]]:
        """Take the probability of the next frame; return the spans that ended by it, two at most."""
        here = self.here
        self.here += self._frame_length
        quiet = self._quiet
        if probability >= self._enter:
            quiet.ended(here)
            if self.start is None:
                self.start = here
                return ()
        if self.start is None:
            return ()
        found = []
        if here - self.start > self._longest:
            cut, resumed = quiet.best() or (here, None)
            found.append((self.start, cut))
            self.start = resumed
            quiet.clear()
            if self.start is None:
                return found
        if probability < self._leave and quiet.lasts(here) >= self._min_silence:
            if quiet.begin - self.start > self._min_speech:
                found.append((self.start, quiet.begin))
            self.start = None
            quiet.clear()
        return found

    def ends_at(self, frames: int) -> None:
        """Say where the signal ends, before the last frame, which may reach beyond it."""
        self._frames = frames

    def finish(self, frames: int) -> Sequence[tuple[int, int]]:
        """Return the span that the end of the signal ends, if there is one."""
        if self.start is None or frames - self.start <= self._min_speech:
            return ()
        return ((self.start, frames),)

    @property
    def certain(self) -> bool:
        """Whether the running speech is long enough to be a span, whatever comes."""
        if self.start is None:
            return False
        end = self._quiet.begin if self._quiet.begin >= 0 else min(self.here, self._frames)
        return end - self.start > self._min_speech

    @property
    def undecided_from(self) -> int:
        """The first sample at which the running speech may yet be ended."""
        points = [self.here]
        if self._quiet.begin >= 0:
            points.append(self._quiet.begin)
        pause = self._quiet.best() if self._longest < math.inf else None
        if pause is not None:
            points.append(pause[0])
        return min(points)


class _Quiet:
    """The silence inside one stretch of speech: how long it lasts, and where overlong speech may be cut."""

    def __init__(self, min_pause: float, at_longest: bool) -> None:
        self._min_pause = min_pause
        self._at_longest = at_longest
        self.clear()

    def clear(self) -> None:
        """Another stretch begins."""
        self.begin = -1  # sample at which the running silence began; -1: there is none
        # the longest pause, or the last one, as the rule is: (begin, where speech resumed; None: not yet)
        self._pause: tuple[int, int | None] | None = None

    def lasts(self, here: int) -> int:
        """Length so far of the silence that is running, or begins here."""
        if self.begin < 0:
            self.begin = here
        # only the rule of the last pause may cut at one that has not ended
        if not self._at_longest and here - self.begin > self._min_pause:
            self._pause = (self.begin, None)
        return here - self.begin

    def ended(self, here: int) -> None:
        """Speech is heard."""
        if self.begin < 0:
            return
        if self._at_longest:
            length = here - self.begin
            longest = -1 if self._pause is None else (self._pause[1] or self._pause[0]) - self._pause[0]
            if length > self._min_pause and length > longest:
                self._pause = (self.begin, here)
        elif self._pause == (self.begin, None):
            self._pause = (self.begin, here)
        self.begin = -1

    def best(self) -> tuple[int, int | None] | None:
        """Where to cut, and where speech resumes after it."""
        return self._pause


def _padded(spans: list[tuple[int, int]], pad: float, frames: int) -> list[tuple[int, int]]:
    padded: list[tuple[int, int]] = []
    first = 0
    for index, (start, end) in enumerate(spans):
        if index == 0:
            first = int(max(0, start - pad))
        if index + 1 == len(spans):
            padded.append((first, int(min(frames, end + pad))))
            break
        following = spans[index + 1][0]
        gap = following - end
        if gap < 2 * pad:  # not room enough for both: half of the gap each
            padded.append((first, end + gap // 2))
            first = max(0, following - gap // 2)
        else:
            padded.append((first, int(min(frames, end + pad))))
            first = int(max(0, following - pad))
    return padded
