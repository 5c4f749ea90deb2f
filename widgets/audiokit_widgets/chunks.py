"""A long sound in pieces of about ten seconds, lossless in 16 bits, that a page puts one behind the other."""

from __future__ import annotations

import io
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["Pieces", "fragment"]

_BLOCK_FRAMES = 4096  # of FLAC: pieces hold whole blocks, so that only the last of the sound is shorter
_PIECE_SECONDS = 10.0
_MOST_RATE_HZ = 192_000
_REDUCED_RATE_HZ = 48_000
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}  # FLAC's own, RFC 9639
_MOVFLAGS = "empty_moov+default_base_moof+skip_trailer"


class Pieces:
    """Pieces of a file, decoded as they are asked for: the next one goes on where the last one ended.

    Parameters
    ----------
    source : Path or bytes
        What `audiokit.decode.blocks` takes.
    sample_rate, channels, frames : int
        Of the sound.

    Attributes
    ----------
    played_rate : int
        Hz of the pieces: the sound's own up to 192 kHz, and 48 kHz beyond.
    played_channels : int
        Up to 8 its own, beyond one: their mean.
    seconds : float
        Length of each piece but the last.
    count : int
        How many there are.
    """

    def __init__(self, source: Path | bytes, *, sample_rate: int, channels: int, frames: int) -> None:
        self._source = source
        self.played_rate = sample_rate if sample_rate <= _MOST_RATE_HZ else _REDUCED_RATE_HZ
        self.played_channels = channels if channels in _LAYOUTS else 1
        self._frames = max(1, round(_PIECE_SECONDS * self.played_rate / _BLOCK_FRAMES)) * _BLOCK_FRAMES
        self.seconds = self._frames / self.played_rate
        self.count = max(1, math.ceil(frames / sample_rate / self.seconds - 1e-9))
        self._next = 0
        self._coming: Iterator[Audio] = iter(())

    def piece(self, index: int) -> bytes:
        """Encode one piece.

        Parameters
        ----------
        index : int
            From 0 to ``count - 1``.

        Returns
        -------
        bytes
            See `fragment`.

        Raises
        ------
        ParameterError
            If there is no such piece.
        InputError
            If the file cannot be decoded there.
        """
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < self.count:
            raise ParameterError(f"The sound has {self.count} pieces, counted from 0; got {index!r}.")
        if index != self._next or not index:
            self._coming = self._from(index)
        self._next = index + 1
        block = next(self._coming, None)
        if block is None or not block.frames:
            raise ParameterError(f"The sound ends before {index * self.seconds:.1f} s, though its header says more.")
        return fragment(block.samples, self.played_rate, index * self._frames)

    def _from(self, index: int) -> Iterator[Audio]:
        from audiokit.decode import blocks

        # Lengths are cut to samples: half a sample more makes them exact whatever the division rounds
        return blocks(
            self._source,
            (self._frames + 0.5) / self.played_rate,
            offset_seconds=(index * self._frames + 0.5) / self.played_rate if index else 0.0,
            sample_rate=None if self.played_rate != _REDUCED_RATE_HZ else self.played_rate,
            mono=self.played_channels == 1,
        )


def fragment(samples: NDArray[np.float32], sample_rate: int, start_frame: int) -> bytes:
    """Encode samples as a fragment of MP4 with FLAC, 16 bits, which MediaSource takes as it is.

    Parameters
    ----------
    samples : ndarray, shape (channels, time)
        1 to 8 channels; beyond full scale they are clipped, and what is not finite is silence.
    sample_rate : int
        Hz.
    start_frame : int
        Where the first sample stands in the whole, exactly.

    Returns
    -------
    bytes
        An initialisation segment and a fragment (ISO/IEC 14496-12).
    """
    import av

    layout = _LAYOUTS[len(samples)]
    clock = Fraction(1, sample_rate)
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    whole = np.clip(np.rint(finite * 32768), -32768, 32767).astype(np.int16)
    out = io.BytesIO()
    with av.open(out, "w", format="mp4", options={"movflags": _MOVFLAGS}) as container:
        stream: Any = container.add_stream("flac", rate=sample_rate, layout=layout)
        stream.codec_context.format = av.AudioFormat("s16")
        stream.codec_context.options = {"compression_level": "2", "frame_size": str(_BLOCK_FRAMES)}
        stream.time_base = clock
        stream.codec_context.open()
        size = stream.codec_context.frame_size
        for start in range(0, whole.shape[1], size):
            packed = np.ascontiguousarray(whole[:, start : start + size].T.reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = sample_rate, start, clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return _moved(out.getvalue(), start_frame)


def _moved(data: bytes, start_frame: int) -> bytes:
    """Write the time of the first sample into the fragment's header (box ``tfdt``); muxers begin at 0."""
    moof = data.index(b"moof")
    at = data.index(b"tfdt", moof) + 4
    if data[at] != 1:
        raise ValueError("The fragment's time has 32 bits, where 64 were expected.")
    return data[: at + 4] + start_frame.to_bytes(8, "big") + data[at + 12 :]
