"""What a decoder backend is, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.decode.sniff import Sniffed
    from audiokit.decode.source import Source

__all__ = ["AudioInfo", "Backend", "CannotDecode", "Decoded", "not_finite_warning"]


@dataclass(frozen=True)
class AudioInfo:
    """What a file is, read without decoding it.

    Parameters
    ----------
    name : str
        File name, printable.
    container, codec : str
        Short names, for example ``"mp4"`` and ``"aac"``; PCM codecs carry their width, ``"pcm_s16le"``.
    sample_rate : int
        Hz.
    channels : int
        Of the first sound track.
    frames : int or None
        Samples in each channel where the file states them; None where only decoding would tell.
    duration_seconds : float or None
        As the file states it.
    bit_rate_bps : int or None
        Bits a second of the sound track; for a file that is all sound, its size over its duration.
    size_bytes : int
        Of the whole file.
    tracks : int
        Sound tracks in the file.
    has_video : bool
        Whether moving pictures are in it too.
    backend : str
        Which decoder reads it.
    """

    name: str
    container: str
    codec: str
    sample_rate: int
    channels: int
    frames: int | None
    duration_seconds: float | None
    bit_rate_bps: int | None
    size_bytes: int
    tracks: int
    has_video: bool
    backend: str


@dataclass(frozen=True)
class Decoded:
    """Samples as the file holds them.

    Parameters
    ----------
    samples : ndarray of float32, shape (channels, time)
        Full scale ±1, at the file's own rate.
    sample_rate : int
        Hz.
    warnings : tuple of str
        What was lost, in sentences.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    warnings: tuple[str, ...] = field(default=())


class CannotDecode(Exception):
    """A backend gives up; the router asks the next one.

    Parameters
    ----------
    reason : str
        What the decoder said.
    no_audio_track : bool
        The container was understood and holds no sound.
    """

    def __init__(self, reason: str, *, no_audio_track: bool = False) -> None:
        self.reason = reason
        self.no_audio_track = no_audio_track
        super().__init__(reason)


def not_finite_warning(samples: NDArray[np.float32]) -> tuple[str, ...]:
    """Say how many samples of a floating-point file are no numbers, or beyond float32.

    Examples
    --------
    >>> not_finite_warning(np.array([0.0, np.nan, np.inf], np.float32))
    ('2 samples are not finite numbers.',)
    """
    count = samples.size - int(np.count_nonzero(np.isfinite(samples)))
    return (f"{count:,} samples are not finite numbers.",) if count else ()


class Backend(Protocol):
    """A decoder.

    Offsets are counted in the file's own frames, ``int(seconds * sample_rate)``, as librosa does; a duration beyond
    the end gives what is there.
    """

    name: str

    def info(self, source: Source, sniffed: Sniffed) -> AudioInfo:
        """Describe the file without decoding it; raise `CannotDecode` if it is not this backend's."""
        ...

    def read(self, source: Source, sniffed: Sniffed, offset_seconds: float, duration_seconds: float | None) -> Decoded:
        """Decode a span; raise `CannotDecode` if nothing of it can be decoded."""
        ...
