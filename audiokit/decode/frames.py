"""FFmpeg's frames, in any of its sample formats, as float32 arrays: one by one, or one after the other in a buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.audio import mean_of_channels
from audiokit.decode.timeline import LOUDEST_PLAUSIBLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FrameBuffer", "to_float"]

# Integers are scaled by their full range; FFmpeg gives 24-bit samples in the top bits of 32.
_SAMPLE_FORMATS: dict[str, tuple[np.dtype[Any], float]] = {
    "u8": (np.dtype(np.uint8), 2.0**7),
    "s16": (np.dtype(np.int16), 2.0**15),
    "s32": (np.dtype(np.int32), 2.0**31),
    "s64": (np.dtype(np.int64), 2.0**63),
    "flt": (np.dtype(np.float32), 1.0),
    "dbl": (np.dtype(np.float64), 1.0),
}
# Formats that go straight into a buffer, without an array between
_STRAIGHT: dict[str, tuple[Any, np.float32]] = {
    "s16": (np.int16, np.float32(2.0**-15)),
    "s32": (np.int32, np.float32(2.0**-31)),
    "flt": (np.float32, np.float32(1.0)),
}
_BLOCK_SAMPLES = 65_536  # of one channel: two of them still lie in a processor's second cache
_PLANES_THAT_PYAV_COUNTS_RIGHTLY = 8  # AV_NUM_DATA_POINTERS: so many fill the list, and no end mark follows


def _packed(frame: Any) -> Any:
    """Interleave a planar frame; no sample changes."""
    import av

    packed = av.AudioResampler(format=frame.format.packed.name).resample(frame)
    if sum(part.samples for part in packed) != frame.samples or len(packed) != 1:
        raise ValueError(f"a frame of {len(frame.layout.channels)} channels cannot be interleaved")
    return packed[0]


def to_float(frame: Any) -> NDArray[np.float32]:
    """(channels, time) float32 at full scale ±1 from any sample format."""
    # From 8 channels on, PyAV looks for the end of FFmpeg's list of planes behind its end, and crashes.
    if frame.format.is_planar and len(frame.layout.channels) >= _PLANES_THAT_PYAV_COUNTS_RIGHTLY:
        frame = _packed(frame)
    kind = frame.format.name.removesuffix("p")
    dtype, full_scale = _SAMPLE_FORMATS[kind]
    channels = len(frame.layout.channels)
    # Planes are longer than their samples (alignment), and PyAV's own conversion knows no 64-bit integers.
    if frame.format.is_planar:
        array = np.stack([np.frombuffer(plane, dtype)[: frame.samples] for plane in frame.planes])
    else:
        array = np.frombuffer(frame.planes[0], dtype)[: frame.samples * channels].reshape(-1, channels).T
    if dtype.kind == "f":
        return array.astype(np.float32)
    offset = np.float32(full_scale) if kind == "u8" else np.float32(0.0)
    return (array.astype(np.float32) - offset) * np.float32(1.0 / full_scale)


class FrameBuffer:
    """Frames one after the other in one planar array that is used again and again.

    A change of rate or layout in mid-stream is conformed to the beginning. The last frame stays in the buffer until
    the next one has come, because what follows may show that it was not sound.

    Parameters
    ----------
    sample_rate, channels : int
        Of the beginning, in Hz.

    Attributes
    ----------
    last : int
        Samples of the frame that came last.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate, self._channels = sample_rate, channels
        self._use(np.empty((channels, _BLOCK_SAMPLES + 16_384), np.float32))
        self._filled = self.last = 0
        self._kept: int | None = None  # samples at the end that move to the front once a block taken is done with
        self._changed: set[str] = set()

    @property
    def byte_rows(self) -> list[memoryview] | None:
        """The channels as bytes, for a caller that copies planes itself; None where PyAV miscounts planes.

        It asks `begin` where, stays below `block_samples` and one frame more, and says by `commit` how far it got.
        """
        return self._rows if self._channels < _PLANES_THAT_PYAV_COUNTS_RIGHTLY else None

    @property
    def block_samples(self) -> int:
        """How much makes a full block, the last frame not counted."""
        return _BLOCK_SAMPLES

    @property
    def longest_frame(self) -> int:
        """How long a frame may be for which there is room behind a full block."""
        return int(self._array.shape[1] - _BLOCK_SAMPLES) // 2

    def begin(self) -> int:
        """Return how many samples are in the buffer."""
        if self._kept is not None:
            self._settle()
        return self._filled

    def commit(self, filled: int, last: int) -> None:
        """Take over what a caller copied: so many samples in all, so many of them in the last frame."""
        self._filled, self.last = filled, last

    def add(self, frame: Any) -> int:
        """Append a frame; return how many samples it had at the rate of the beginning."""
        if self._kept is not None:
            self._settle()
        samples: int = frame.samples
        name = frame.format.name
        start, end = self._filled, self._filled + samples
        if (
            name == "fltp"
            and end <= self._array.shape[1]
            and frame.sample_rate == self._rate
            and frame.layout.nb_channels == self._channels < _PLANES_THAT_PYAV_COUNTS_RIGHTLY
        ):
            # The usual case of lossy codecs. Copying between memoryviews takes half of what numpy takes for it.
            size = 4 * samples
            for row, plane in zip(self._rows, frame.planes, strict=True):
                row[4 * start : 4 * end] = memoryview(plane)[:size]
            self._filled, self.last = end, samples
            return samples
        return self._add_other(frame, name, samples)

    def _add_other(self, frame: Any, name: str, samples: int) -> int:
        channels = frame.layout.nb_channels
        kind = _STRAIGHT.get(name.removesuffix("p"))
        is_planar = name[-1] == "p"
        if (
            kind is None
            or frame.sample_rate != self._rate
            or channels != self._channels
            or (is_planar and channels >= _PLANES_THAT_PYAV_COUNTS_RIGHTLY)
        ):
            return self._append(self._conformed(frame))
        into = self._space(samples)
        dtype, scale = kind
        if is_planar:
            for row, plane in zip(into, frame.planes, strict=True):
                np.multiply(np.frombuffer(plane, dtype, samples), scale, out=row, casting="same_kind")
        else:
            packed = np.frombuffer(frame.planes[0], dtype, samples * channels).reshape(samples, channels)
            for row, column in zip(into, packed.T, strict=True):
                np.multiply(column, scale, out=row, casting="same_kind")
        return samples

    def add_silence(self, samples: int) -> None:
        """Append zeros, which count as one frame."""
        self._space(samples)[:] = 0.0

    def drop(self, samples: int) -> None:
        """Take samples off the end of the last frame."""
        self._settle()
        self._filled -= samples
        self.last -= samples

    def silence_last(self) -> None:
        """Put zeros for the last frame."""
        self._settle()
        self._array[:, self._filled - self.last : self._filled] = 0.0

    @property
    def is_last_plausible(self) -> bool:
        """Whether the last frame is of a level that sound has: finite, and at most 8 times full scale."""
        last = self._array[:, self._filled - self.last : self._filled]  # where it stands even if a block was taken
        return bool(np.abs(last).max(initial=0.0) <= LOUDEST_PLAUSIBLE)  # False for NaN, too

    @property
    def is_full(self) -> bool:
        """Whether there is a block to take."""
        return self._filled - self.last >= _BLOCK_SAMPLES

    def take(self, *, last_too: bool = False) -> NDArray[np.float32]:
        """Return what is in the buffer, without the last frame, as a view that the next `add` overwrites."""
        self._settle()
        self._kept = 0 if last_too else self.last
        return self._array[:, : self._filled - self._kept]

    def _use(self, array: NDArray[np.float32]) -> None:
        self._array = array
        self._rows = [memoryview(row).cast("B") for row in array]

    def _settle(self) -> None:
        if self._kept is not None:
            held = self._array[:, self._filled - self._kept : self._filled]
            self._array[:, : self._kept] = held
            self._filled = self.last = self._kept
            self._kept = None

    def changes(self) -> tuple[str, ...]:
        """Tell what changed midway."""
        return tuple(f"The stream changes midway: {what}." for what in sorted(self._changed))

    def _space(self, samples: int) -> NDArray[np.float32]:
        self._settle()
        start, self._filled = self._filled, self._filled + samples
        if self._filled > self._array.shape[1]:
            grown = np.empty((self._channels, 2 * self._filled), np.float32)
            grown[:, :start] = self._array[:, :start]
            self._use(grown)
        self.last = samples
        return self._array[:, start : self._filled]

    def _append(self, samples: NDArray[np.float32]) -> int:
        self._space(samples.shape[1])[:] = samples
        return int(samples.shape[1])

    def _conformed(self, frame: Any) -> NDArray[np.float32]:
        samples = to_float(frame)
        if frame.sample_rate != self._rate:
            from audiokit.dsp import resample

            self._changed.add(f"sample rate {frame.sample_rate} Hz, resampled to {self._rate} Hz")
            samples = resample(samples, frame.sample_rate, self._rate)
        if samples.shape[0] != self._channels:
            self._changed.add(f"{samples.shape[0]} channel(s), mixed to {self._channels}")
            samples = np.repeat(mean_of_channels(samples)[np.newaxis], self._channels, axis=0)
        return samples
