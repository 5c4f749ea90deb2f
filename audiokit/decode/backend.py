"""What a decoder backend is: it describes a file, and opens its sound as a stream of blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from audiokit.decode.scratch import ScratchPool
    from audiokit.decode.sniff import Sniffed
    from audiokit.decode.source import Source
    from audiokit.results import Segment

__all__ = ["AudioInfo", "Backend", "CannotDecode", "Stream", "not_finite_warning"]


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


class Stream(Protocol):
    """One sound track, opened for one pass from one sample to another.

    Attributes
    ----------
    sample_rate : int
        Hz.
    channels : int
        Of every block.
    frames : int or None
        Samples in each channel of the whole track, where the file states them and they can be believed; None where only
        decoding tells.
    splits : bool
        Whether other streams on the same source, each beginning anywhere, give the very same samples, cheaply and
        without the GIL: then several of them may decode one file side by side.
    is_compared : bool
        Set by the reader, before `blocks`, to True where it will compare the first samples with what a neighbouring
        stream makes of them: a decoder with a memory need not prove by itself then that it has forgotten.
    scratch : ScratchPool
        Memory to work in, which the reader uses too; a backend's streams share one.
    warnings : list of str
        What is wrong with the file, in sentences; complete when the blocks have ended.
    lost : list of Segment
        What damage took, in seconds from the beginning of the track; the label says why. Complete when the blocks have
        ended. Silence stands in the blocks where sound was lost, so that what follows keeps its time, wherever the
        backend knows how long the loss is.
    """

    sample_rate: int
    channels: int
    frames: int | None
    splits: bool
    is_compared: bool
    scratch: ScratchPool
    warnings: list[str]
    lost: list[Segment]

    def blocks(self, start: int, stop: int | None) -> Iterator[NDArray[np.float32]]:
        """Decode the samples [start, stop) of the track; once in the life of a stream.

        Parameters
        ----------
        start, stop : int
            Counted in samples from the beginning of the track; None is the end. A stop beyond the end gives what is
            there.

        Yields
        ------
        ndarray of float32, shape (channels, samples)
            Full scale ±1, in any memory order, together exactly the span. An array may be a buffer that the next
            one overwrites: use it or copy it before asking on.

        Raises
        ------
        CannotDecode
            Before the first block, if nothing can be decoded; damage later on ends up in `warnings` and `lost`.
        """
        ...


class Backend(Protocol):
    """A decoder.

    Attributes
    ----------
    name : str
        As routes and results name it.
    version : str
        Of the library that decodes; cached sound of another version is not used.
    """

    name: str

    @property
    def version(self) -> str:
        """Of the library that decodes."""
        ...

    def info(self, source: Source, sniffed: Sniffed, track: int) -> AudioInfo:
        """Describe a track without decoding it; raise `CannotDecode` if the file is not this backend's."""
        ...

    def open(self, source: Source, sniffed: Sniffed, track: int) -> AbstractContextManager[Stream]:
        """Open a sound track, counted from 0; raise `CannotDecode` if the file is not this backend's.

        A track that is not there is a `CannotDecode` with ``no_audio_track`` set.
        """
        ...
