"""Where the samples of a sound come from: memory, or a file of which only spans are ever held."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from audiokit.audio import Audio
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.decode import AudioInfo

__all__ = ["FileReader", "MemoryReader", "Reader", "held_or_left", "reader_of"]

_MOST_IN_MEMORY = 64 << 20  # bytes of decoded samples: what is larger stays in its file
_BLOCK_SAMPLES = 1 << 18  # in one block of a pass: a few hundredths of a second of work
_SPAN_FRAMES = 1 << 16
_CACHE_BYTES = 32 << 20


class Reader(Protocol):
    """A sound's samples, float32 (channels, time), by frame.

    Attributes
    ----------
    sample_rate, channels : int
        Of the sound.
    frames : int or None
        Its exact length; None where only a pass to its end tells.
    probable_frames : int or None
        Its length as a file's header has it, exact or not; None where nothing tells.
    """

    sample_rate: int
    channels: int
    frames: int | None
    probable_frames: int | None

    def blocks(self) -> Iterator[tuple[NDArray[np.float32], tuple[str, ...]]]:
        """Go through the whole sound: samples, and what became known to be wrong with them, in sentences."""

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the frames [start, stop) as far as there are any; for a few seconds."""

    def pieces(self, start: int, stop: int) -> Iterator[NDArray[np.float32]]:
        """Return the same piece by piece; for a span of any length."""


class MemoryReader:
    """Samples that are there; see `Reader`.

    Parameters
    ----------
    audio : Audio
        At least one frame.
    """

    def __init__(self, audio: Audio) -> None:
        self.sample_rate, self.channels = audio.sample_rate, audio.channels
        self.frames: int | None = audio.frames
        self.probable_frames: int | None = audio.frames
        self._audio = audio

    def blocks(self) -> Iterator[tuple[NDArray[np.float32], tuple[str, ...]]]:
        """See `Reader.blocks`."""
        for piece in self.pieces(0, self._audio.frames):
            yield piece, ()

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """See `Reader.read`."""
        return self._audio.samples[:, max(start, 0) : max(stop, 0)]

    def pieces(self, start: int, stop: int) -> Iterator[NDArray[np.float32]]:
        """See `Reader.pieces`."""
        step = _block_frames(self.channels)
        for at in range(max(start, 0), min(stop, self._audio.frames), step):
            yield self.read(at, min(at + step, stop))


class FileReader:
    """A file that is decoded where it is looked at; see `Reader`.

    The spans decoded last are kept, up to 32 MB, so that looking a little to the left or right costs nothing. At
    construction only the header is read.

    Parameters
    ----------
    source : path or bytes
        What `audiokit.decode.read` takes.
    told : AudioInfo, optional
        What `audiokit.decode.info` said of it: asking takes a while where no header says how long a file is.

    Raises
    ------
    InputError
        As `audiokit.decode.info`.
    """

    def __init__(self, source: str | Path | bytes, told: AudioInfo | None = None) -> None:
        from audiokit.decode import info

        found = told or info(source)
        self.sample_rate, self.channels = found.sample_rate, found.channels
        self.frames: int | None = None  # a header's word is taken once the end was seen
        lasts = found.duration_seconds
        self.probable_frames = found.frames or (round(lasts * found.sample_rate) if lasts else None)
        self.name = found.name
        self._source = source
        self._lock = threading.Lock()
        self._spans: OrderedDict[int, NDArray[np.float32]] = OrderedDict()
        self._most_spans = max(2, _CACHE_BYTES // (_SPAN_FRAMES * self.channels * 4))

    def blocks(self) -> Iterator[tuple[NDArray[np.float32], tuple[str, ...]]]:
        """See `Reader.blocks`."""
        yield from self._decoded(0, None)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """See `Reader.read`; what is missing of it is decoded in one go."""
        start, stop = max(start, 0), max(stop, 0)
        first, last = start // _SPAN_FRAMES, -(-stop // _SPAN_FRAMES)
        with self._lock:
            held = {number: self._spans[number] for number in range(first, last) if number in self._spans}
            missing = [number for number in range(first, last) if number not in held]
            if missing:
                a, b = missing[0], missing[-1] + 1
                decoded = self._decode(a * _SPAN_FRAMES, b * _SPAN_FRAMES)
                for number in range(a, b):
                    at = (number - a) * _SPAN_FRAMES
                    held[number] = decoded[:, at : at + _SPAN_FRAMES].copy()
            for number in sorted(held):
                self._spans[number] = held[number]
                self._spans.move_to_end(number)
            while len(self._spans) > self._most_spans:
                self._spans.popitem(last=False)
        if not held:
            return np.empty((self.channels, 0), dtype=np.float32)
        joined = np.concatenate([held[number] for number in sorted(held)], axis=1)
        return joined[:, start - first * _SPAN_FRAMES : stop - first * _SPAN_FRAMES]

    def pieces(self, start: int, stop: int) -> Iterator[NDArray[np.float32]]:
        """See `Reader.pieces`; a span that the cache has room for comes as one piece."""
        if stop - max(start, 0) <= self._most_spans * _SPAN_FRAMES // 2:
            yield self.read(start, stop)
        else:
            yield from (samples for samples, _ in self._decoded(max(start, 0), stop))

    def _decode(self, start: int, stop: int) -> NDArray[np.float32]:
        from audiokit.decode import read

        found = read(self._source, offset_seconds=self._seconds(start), duration_seconds=self._seconds(stop - start))
        return self._checked(found)

    def _decoded(self, start: int, stop: int | None) -> Iterator[tuple[NDArray[np.float32], tuple[str, ...]]]:
        from audiokit.decode import blocks

        for block in blocks(
            self._source,
            self._seconds(_block_frames(self.channels)),
            offset_seconds=self._seconds(start) if start else 0.0,
            duration_seconds=None if stop is None else self._seconds(stop - start),
        ):
            yield self._checked(block), block.warnings

    def _seconds(self, frames: int) -> float:
        # read() counts int(seconds * rate) samples: half a sample more makes that exact whatever the division rounds
        return (frames + 0.5) / self.sample_rate

    def _checked(self, found: Audio) -> NDArray[np.float32]:
        if (found.sample_rate, found.channels) != (self.sample_rate, self.channels):
            raise ParameterError(
                f"{self.name} promises {self.channels} channel(s) at {self.sample_rate} Hz, and decodes to "
                f"{found.channels} at {found.sample_rate} Hz.",
                cure="Read it whole: audiokit.read(path).",
            )
        return found.samples


def _block_frames(channels: int) -> int:
    return max(1, _BLOCK_SAMPLES // channels)


def reader_of(source: object, told: AudioInfo | None = None) -> Reader:
    """Read samples where they are: an `Audio` in memory, a path or bytes as a file; ParameterError for all else."""
    if isinstance(source, Audio):
        if not source.frames:
            raise ParameterError(f"There is nothing to scan: {source.name or 'the audio'} holds no samples.")
        return MemoryReader(source)
    if isinstance(source, str | Path | bytes):
        return FileReader(source, told)
    raise ParameterError(
        f"Cannot scan {type(source).__name__}.", cure="Pass an audiokit.Audio, a path, or use Scan.of(source)."
    )


def held_or_left(source: object, sample_rate: int | None) -> Audio | str | Path | bytes:
    """Decode what a widget may be given, unless it is a file that decodes to more than 64 MB, or to nobody knows what.

    Parameters
    ----------
    source, sample_rate
        As `audiokit_widgets.coerce.as_audio`.

    Returns
    -------
    Audio, or the file
        What `reader_of` takes.
    """
    from audiokit_widgets.coerce import as_audio

    if sample_rate is None and isinstance(source, str | Path | bytes | bytearray | memoryview):
        file = source if isinstance(source, str | Path) else bytes(source)
        reader = FileReader(file)
        if reader.probable_frames is None or reader.probable_frames * reader.channels * 4 > _MOST_IN_MEMORY:
            return file
    return as_audio(source, sample_rate=sample_rate)
