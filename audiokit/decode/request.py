"""What to read from a source, checked before anything is opened."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.decode.assemble import Plan
from audiokit.decode.limits import NO_OTHER_LIMITS, Limits
from audiokit.dsp.resample import QUALITIES
from audiokit.errors import DamagedAudio, ParameterError

if TYPE_CHECKING:
    from audiokit.decode.backend import Stream
    from audiokit.decode.source import Source

__all__ = ["Request", "refuse_if_strict"]

# librosa's names of soxr's recipes, without and with their prefix
_QUALITIES = {name: name for name in QUALITIES} | {name.removeprefix("soxr_").upper(): name for name in QUALITIES}


@dataclass(frozen=True, slots=True)
class Request:
    """What to read from a source, checked: the options that `read`, `blocks` and `read_many` share.

    Parameters
    ----------
    sample_rate : int or None
        Target in Hz; None keeps the file's own.
    mono : bool
        Mean of the channels.
    offset_seconds, duration_seconds : float
        Span.
    quality : str
        Of the resampling.
    track : int
        Sound track, counted from 0.
    strict : bool
        Raise where something is lost.
    workers : int or None
        Threads for one file; None for as many as `audiokit.decode.segments.default_workers` says.
    limits : Limits
        What is refused.
    """

    sample_rate: int | None = None
    mono: bool = False
    offset_seconds: float = 0.0
    duration_seconds: float | None = None
    quality: str = "soxr_hq"
    track: int = 0
    strict: bool = False
    workers: int | None = 1
    limits: Limits = NO_OTHER_LIMITS

    def __post_init__(self) -> None:
        if not (math.isfinite(self.offset_seconds) and self.offset_seconds >= 0):
            raise ParameterError(f"The offset must be 0 or more seconds, got {self.offset_seconds}.")
        duration = self.duration_seconds
        if duration is not None and not (math.isfinite(duration) and duration >= 0):
            raise ParameterError(f"The duration must be 0 or more seconds, got {duration}.")
        rate = self.sample_rate
        if rate is not None and (rate <= 0 or int(rate) != rate):
            raise ParameterError(f"sample_rate must be a positive whole number of Hz, got {rate!r}.")
        if self.quality not in _QUALITIES:
            raise ParameterError(
                f"Unknown resampling quality {self.quality!r}.", cure=f"Use one of {', '.join(QUALITIES)}."
            )
        if self.track < 0 or (self.workers is not None and self.workers < 1):
            raise ParameterError(f"track must be 0 or more and workers 1 or more, got {self.track} and {self.workers}.")

    def plan(self, stream: Stream) -> Plan:
        """Turn seconds into samples of the file, ``int(seconds * rate)`` as librosa does."""
        rate = stream.sample_rate
        start = int(self.offset_seconds * rate)
        stop = None if self.duration_seconds is None else start + int(self.duration_seconds * rate)
        target = rate if self.sample_rate is None else int(self.sample_rate)
        return Plan(start, stop, self.mono, rate, target, _QUALITIES[self.quality])

    @property
    def is_whole(self) -> bool:
        """Whether all of the file is asked for."""
        return not self.offset_seconds and self.duration_seconds is None


def refuse_if_strict(source: Source, request: Request, warnings: tuple[str, ...]) -> None:
    """Raise DamagedAudio for the first warnings of a source, if that was asked for."""
    if request.strict and warnings:
        raise DamagedAudio(f"{source.name}: {' '.join(warnings)}", cure="Without strict=True the rest of it is read.")
