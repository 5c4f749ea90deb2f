"""WAV by our own hand: the samples are in the file, and only have to be scaled."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Self

import numpy as np

from audiokit.decode.backend import AudioInfo, CannotDecode
from audiokit.decode.scratch import ScratchPool
from audiokit.decode.wav_header import WavHeader, read_header
from audiokit.decode.wav_samples import MARGIN_BYTES, Converter
from audiokit.results import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.decode.sniff import Sniffed
    from audiokit.decode.source import Source

__all__ = ["WavBackend", "WavStream"]

# Of all channels. Every call of NumPy gives the GIL away and takes it back, which costs threads that work side by side
# more than what a block of a quarter of this size would gain in the cache.
_BLOCK_SAMPLES = 1 << 18
_VERSION = "1"  # goes up when the same file would give other samples


class WavBackend:
    """Read PCM of any width, IEEE float, A-law and mu-law from RIFF, RIFX, RF64 and BW64.

    Other codecs in WAV are left to other decoders, and so is a header that contradicts itself.
    """

    name = "wav"

    def __init__(self) -> None:
        self._scratch = ScratchPool()

    @property
    def version(self) -> str:
        """Of this parser."""
        return _VERSION

    def info(self, source: Source, sniffed: Sniffed, track: int) -> AudioInfo:
        """Read the header; the frames are those that are really in the file."""
        with self.open(source, sniffed, track) as stream:
            header = stream.header
        return AudioInfo(
            name=source.name,
            container=sniffed.container or "wav",
            codec=header.codec,
            sample_rate=header.sample_rate,
            channels=header.channels,
            frames=header.frames,
            duration_seconds=header.frames / header.sample_rate,
            bit_rate_bps=8 * header.bytes_per_frame * header.sample_rate,
            size_bytes=source.size_bytes,
            tracks=1,
            has_video=False,
            backend=self.name,
        )

    def open(self, source: Source, sniffed: Sniffed, track: int) -> WavStream:  # noqa: ARG002
        """Read the header, and keep the file open for the blocks."""
        if track:
            raise CannotDecode(f"it has one sound track, and no track {track}", no_audio_track=True)
        handle = source.open_once()
        try:
            return WavStream(source, handle, self._scratch)
        except BaseException:
            handle.close()
            raise


class WavStream:
    """A `Stream` of a WAV file; its attributes are described there. At the end of a ``with`` its file is closed.

    Parameters
    ----------
    source : Source
        The file.
    handle : BinaryIO
        Open on it; without a buffer will do.
    scratch : ScratchPool, optional
        Memory to work in; of its own if None.

    Raises
    ------
    CannotDecode
        As `read_header`.
    """

    def __init__(self, source: Source, handle: BinaryIO, scratch: ScratchPool | None = None) -> None:
        self.scratch = scratch or ScratchPool()
        self._data = None if source.data is None else np.frombuffer(source.data, np.uint8)
        self._handle = handle
        self._head = source.head
        try:
            self.header: WavHeader = read_header(self._read, source.size_bytes)
        except OSError as error:
            raise CannotDecode(f"it cannot be read ({error.strerror or error})") from error
        self.sample_rate = self.header.sample_rate
        self.channels = self.header.channels
        self.frames: int | None = self.header.frames
        self.splits = True
        self.is_compared = False
        self.warnings: list[str] = []
        self.lost: list[Segment] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.close()

    def blocks(self, start: int, stop: int | None) -> Iterator[NDArray[np.float32]]:
        """Yield the samples [start, stop) in blocks that fit the processor's cache."""
        header = self.header
        end = header.frames if stop is None else min(stop, header.frames)
        if start >= end:
            return
        block_frames = min(max(1, _BLOCK_SAMPLES // header.channels), end - start)
        not_finite = 0
        with self.scratch.lend() as scratch:
            convert = Converter(header, block_frames, scratch)
            buffer = scratch.empty(block_frames * header.bytes_per_frame + 2 * MARGIN_BYTES, np.uint8)
            for first in range(start, end, block_frames):
                wanted = min(block_frames, end - first)
                memory, at, got = self._fetch(header.data_start + first * header.bytes_per_frame, wanted, buffer)
                if got:
                    block = convert(memory, at, got)
                    if header.encoding == "float":
                        flat = block.ravel(order="K")  # a view: in the order of memory, which is many times faster
                        not_finite += flat.size - int(np.count_nonzero(np.isfinite(flat)))
                    yield block
                if got < wanted:
                    self._tell_loss(first + got, end)
                    break
        if not_finite:
            self.warnings.append(f"{not_finite:,} samples are not finite numbers.")

    def _tell_loss(self, first: int, end: int) -> None:
        """The header was checked against the file's size, so that only a change or a broken disk gets here."""
        span = first / self.sample_rate, end / self.sample_rate
        self.lost.append(Segment(*span, "the file became shorter, or could not be read on"))
        self.warnings.append(
            f"The samples from {span[0]:.3f} s on could not be read: the file changed meanwhile, or its disk is broken."
        )

    def _fetch(self, position: int, frames: int, buffer: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int, int]:
        """(memory, first byte of the block in it, whole frames); bytes in memory are taken where they are."""
        length = frames * self.header.bytes_per_frame
        data = self._data
        if data is not None:
            if position + length + MARGIN_BYTES <= data.size:  # and before them lies the header
                return data, position, frames
            buffer[MARGIN_BYTES : MARGIN_BYTES + length] = data[position : position + length]
            return buffer, MARGIN_BYTES, frames
        room = buffer.data[MARGIN_BYTES : MARGIN_BYTES + length]
        got = 0
        try:
            self._handle.seek(position)
            while got < length:
                count = self._handle.readinto(room[got:])  # type: ignore[attr-defined]
                if not count:
                    break
                got += count
        except OSError:
            pass  # a broken disk: what came before it counts, and what is missing is told
        return buffer, MARGIN_BYTES, got // self.header.bytes_per_frame

    def _read(self, position: int, length: int) -> bytes:
        if position + length <= len(self._head):
            return self._head[position : position + length]
        self._handle.seek(position)
        return self._handle.read(length)
