"""Samples as they stand in a file, to float32 at full scale ±1.

Each way is as few passes over a block as NumPy needs, in buffers that are made once: a block stays in the processor's
second-level cache from the first pass to the last.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.decode.scratch import Scratch
    from audiokit.decode.wav_header import WavHeader

__all__ = ["MARGIN_BYTES", "Converter", "g711_table"]

MARGIN_BYTES = 8  # around the bytes of a block: samples of odd widths are read as words that reach beyond them
_NATIVE_IS_BIG = sys.byteorder == "big"
_UPPER_HALF = np.int32(-0x10000)
_FULL_WORD = np.float32(2.0**-31)


class Converter:
    """Convert blocks of one file.

    Integers are scaled by their full range: 1 / 2 ** (bits of the container - 1), and so are A-law and mu-law by that
    of the 16 bits which they stand for. Nothing is clipped; each sample is rounded once.

    Parameters
    ----------
    header : WavHeader
        How the samples are written.
    frames : int
        Samples in each channel of the largest block.
    scratch : Scratch
        To work in.
    """

    def __init__(self, header: WavHeader, frames: int, scratch: Scratch) -> None:
        self._channels = header.channels
        self._width = width = header.bytes_per_sample
        self._order = ">" if header.big_endian else "<"
        self._native = header.big_endian == _NATIVE_IS_BIG or width == 1
        self._frames = frames
        count = frames * header.channels
        self._table = g711_table(header.encoding) if header.encoding in ("alaw", "mulaw") else None
        is_ready = header.encoding == "float" and self._native and width == 4
        self._out: NDArray[np.float32] = scratch.empty(0 if is_ready else count, np.float32)
        self._words: NDArray[Any] = np.empty(0, np.int32)
        if self._table is not None:
            self._convert = self._looked_up
        elif header.encoding == "float":
            self._convert = self._floats
        elif width == 1:
            self._words = scratch.empty(count, np.uint8)
            self._convert = self._unsigned_bytes
        elif width == 2 and header.channels == 2 and self._native and not _NATIVE_IS_BIG:
            self._words = scratch.empty(frames, np.int32)
            self._out = self._out.reshape(2, frames)
            self._convert = self._pairs
        elif width in (2, 4, 8):
            self._convert = self._integers
        else:
            self._words = scratch.empty(count, np.int32 if width == 3 else np.int64)
            self._convert = self._odd_widths

    def __call__(self, memory: NDArray[np.uint8], at: int, frames: int) -> NDArray[np.float32]:
        """Convert a block.

        Parameters
        ----------
        memory : ndarray of uint8
            Contiguous; `MARGIN_BYTES` of it lie before and behind the block, whatever they hold.
        at : int
            First byte of the block in it.
        frames : int
            Samples in each channel.

        Returns
        -------
        ndarray of float32, shape (channels, frames)
            Overwritten by the next call, or a view of `memory`.
        """
        return self._convert(memory, at, frames)

    def _view(self, kind: str, memory: NDArray[np.uint8], at: int, frames: int) -> NDArray[Any]:
        return np.ndarray((frames * self._channels,), self._order + kind, memory, at)

    def _interleaved(self, flat: NDArray[np.float32]) -> NDArray[np.float32]:
        return flat.reshape(-1, self._channels).T

    def _integers(self, memory: NDArray[np.uint8], at: int, frames: int) -> NDArray[np.float32]:
        out = self._out[: frames * self._channels]
        out[:] = self._view(f"i{self._width}", memory, at, frames)
        np.multiply(out, np.float32(2.0 ** (1 - 8 * self._width)), out=out)
        return self._interleaved(out)

    def _pairs(self, memory: NDArray[np.uint8], at: int, frames: int) -> NDArray[np.float32]:
        """16-bit stereo: a frame is one word, the left sample in its lower half.

        Either half is brought to the top of a word and the other one cleared, which is exact in float32, and much
        faster than a step of two samples: whole words are what the processor's vectors are made of.
        """
        frame = np.ndarray((frames,), "<i4", memory, at)
        words, out = self._words, self._out
        if frames != self._frames:
            words, out = words[:frames], out[:, :frames]
        np.left_shift(frame, 16, out=words)
        out[0] = words
        np.bitwise_and(frame, _UPPER_HALF, out=words)
        out[1] = words
        np.multiply(out, _FULL_WORD, out=out)
        return out

    def _odd_widths(self, memory: NDArray[np.uint8], at: int, frames: int) -> NDArray[np.float32]:
        """3, 5, 6 or 7 bytes: words that overlap, with the sample at the top and the neighbour's bytes cleared.

        The words are read channel by channel, which costs no more than in the order of the file.
        """
        width, word = self._width, self._words.itemsize
        first = at if self._order == ">" else at - (word - width)
        overlapping = np.ndarray(
            (self._channels, frames), f"{self._order}i{word}", memory, first, (width, width * self._channels)
        )
        words = self._words[: frames * self._channels].reshape(self._channels, frames)
        out = self._out[: frames * self._channels].reshape(self._channels, frames)
        words[:] = overlapping
        np.bitwise_and(words, words.dtype.type(-(1 << 8 * (word - width))), out=words)
        out[:] = words
        np.multiply(out, np.float32(2.0 ** (1 - 8 * word)), out=out)
        return out

    def _unsigned_bytes(self, memory: NDArray[np.uint8], at: int, frames: int) -> NDArray[np.float32]:
        count = frames * self._channels
        out, signed = self._out[:count], self._words[:count]
        np.bitwise_xor(memory[at : at + count], 0x80, out=signed)  # 128 is silence: offset binary to two's complement
        out[:] = signed.view(np.int8)
        np.multiply(out, np.float32(2.0**-7), out=out)
        return self._interleaved(out)

    def _looked_up(self, memory: NDArray[np.uint8], at: int, frames: int) -> NDArray[np.float32]:
        assert self._table is not None
        count = frames * self._channels
        out = self._out[:count]
        np.take(self._table, memory[at : at + count], out=out, mode="clip")  # "clip" spares a check of all indices
        return self._interleaved(out)

    def _floats(self, memory: NDArray[np.uint8], at: int, frames: int) -> NDArray[np.float32]:
        samples = self._view(f"f{self._width}", memory, at, frames)
        if not self._out.size:
            return self._interleaved(samples)
        out = self._out[: frames * self._channels]
        with np.errstate(over="ignore", invalid="ignore"):  # beyond float32: infinite, which is counted and told
            out[:] = samples
        return self._interleaved(out)


def g711_table(law: str) -> NDArray[np.float32]:
    """What each of the 256 codes of ITU-T G.711 stands for, computed from its segments.

    Parameters
    ----------
    law : str
        ``"alaw"`` or ``"mulaw"``.

    Examples
    --------
    >>> g711_table("mulaw")[[0xFF, 0x00, 0x80]] * 32768
    array([     0., -32124.,  32124.], dtype=float32)
    >>> g711_table("alaw")[[0xD5, 0x55]] * 32768
    array([ 8., -8.], dtype=float32)
    """
    code = np.arange(256)
    code ^= 0xFF if law == "mulaw" else 0x55  # mu-law inverts all bits on the line, A-law every other one
    segment, step = (code >> 4) & 7, code & 15
    if law == "mulaw":
        size = (((step << 3) + 0x84) << segment) - 0x84  # a bias of 33 in 14 bits, here in the top of 16
        positive = code < 0x80
    else:
        size = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 0x108) << np.maximum(segment - 1, 0))
        positive = code >= 0x80
    return (np.where(positive, size, -size) * 2.0**-15).astype(np.float32)
