"""How much a file may ask for: a few kilobytes can claim hours, and a damaged header thousands of channels."""

from __future__ import annotations

import time
from dataclasses import dataclass

from audiokit.errors import DecodeTimeout, LimitExceeded, ParameterError

__all__ = ["NO_OTHER_LIMITS", "Limits", "Patience"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused.

    Parameters
    ----------
    max_seconds : float
        Of decoded sound in one array.
    max_channels : int
        Of a track.
    max_sample_rate : int
        In Hz.

    Raises
    ------
    ParameterError
        If one is not above 0.
    """

    max_seconds: float = 12 * 3600.0
    max_channels: int = 256
    max_sample_rate: int = 1_536_000

    def __post_init__(self) -> None:
        for name in ("max_seconds", "max_channels", "max_sample_rate"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"{name} must be above 0, got {getattr(self, name)!r}.")

    def check_format(self, name: str, sample_rate: int, channels: int) -> None:
        """Raise LimitExceeded for a rate or a number of channels beyond what is allowed."""
        if channels > self.max_channels:
            raise LimitExceeded(
                f"{name}: it has {channels:,} channels, and at most {self.max_channels:,} are read.",
                cure="If that is right, pass limits=Limits(max_channels=...).",
            )
        if sample_rate > self.max_sample_rate:
            raise LimitExceeded(
                f"{name}: its sample rate is {sample_rate:,} Hz, and at most {self.max_sample_rate:,} Hz are read.",
                cure="If that is right, pass limits=Limits(max_sample_rate=...).",
            )

    def check_length(self, name: str, frames: int, sample_rate: int) -> None:
        """Raise LimitExceeded for more decoded sound than is allowed."""
        if frames > self.max_seconds * sample_rate:
            raise LimitExceeded(
                f"{name}: it holds more than {self.max_seconds:,.0f} s of sound, the most that is read into one array.",
                cure="Go through it with blocks(...), read a span, or pass limits=Limits(max_seconds=...).",
            )


NO_OTHER_LIMITS = Limits()
"""Where none are given."""


class Patience:
    """A soft limit on time, looked at between blocks.

    Parameters
    ----------
    name : str
        Of the source, for the message.
    time_limit_seconds : float or None
        From now on; None waits for as long as it takes.
    """

    def __init__(self, name: str, time_limit_seconds: float | None) -> None:
        if time_limit_seconds is not None and not time_limit_seconds > 0:
            raise ParameterError(f"time_limit_seconds must be above 0, got {time_limit_seconds}.")
        self._name, self._limit = name, time_limit_seconds
        self._end = None if time_limit_seconds is None else time.monotonic() + time_limit_seconds

    def check(self) -> None:
        """Raise DecodeTimeout when the time is up."""
        if self._end is not None and time.monotonic() > self._end:
            raise DecodeTimeout(
                f"{self._name}: decoding took longer than the {self._limit:g} s allowed.",
                cure="Allow more with time_limit_seconds, or read spans of the file.",
            )
