"""FFmpeg's frames, in any of its sample formats, as float32 arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["to_float"]

# Integers are scaled by their full range; FFmpeg gives 24-bit samples in the top bits of 32.
_SAMPLE_FORMATS: dict[str, tuple[np.dtype[Any], float]] = {
    "u8": (np.dtype(np.uint8), 2.0**7),
    "s16": (np.dtype(np.int16), 2.0**15),
    "s32": (np.dtype(np.int32), 2.0**31),
    "s64": (np.dtype(np.int64), 2.0**63),
    "flt": (np.dtype(np.float32), 1.0),
    "dbl": (np.dtype(np.float64), 1.0),
}
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
