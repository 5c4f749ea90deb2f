"""Sound for a page that must hear every sample: FLAC by whole numbers, as fine as the difference needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError
from audiokit.levels import quantised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["as_kept", "bits_needed", "without_traces"]

_FINE_ENOUGH = 0.1  # rounding may add this part of a difference's own amplitude: 20 dB below it
_BLOCK = 1 << 18
_STREAMINFO_END = 4 + 4 + 34  # "fLaC", the block's header, its content: RFC 9639, section 8.2
_FRAME_SIZES = slice(12, 18)  # the smallest and the largest
_MD5 = slice(_STREAMINFO_END - 16, _STREAMINFO_END)
_APPLICATION, _LAST = 2, 0x80
_LEAST_FILLING = 8  # a block's header, and the four letters that name an application
_LARGEST_BLOCK = (1 << 24) - 1


def as_kept(samples: NDArray[np.float32], bits: int) -> NDArray[np.float64]:
    """Give samples as a file of whole numbers gives them back.

    Parameters
    ----------
    samples : ndarray, shape (channels, time), float32
        Finite; what lies beyond full scale is clipped.
    bits : {16, 24}
        Of each sample.

    Returns
    -------
    ndarray, shape (channels, time), float64
    """
    whole = quantised(samples, bits)  # 24 bits stand in the upper bytes of 32
    return whole / 2.0 ** (8 * whole.itemsize - 1)


def bits_needed(sounds: Sequence[NDArray[np.float32]], gains: Sequence[float]) -> int:
    """Tell whether 16 bits keep the differences of the sounds, as they are played.

    For each pair the difference is taken before and after rounding to 16 bits. Where rounding changes it by more than
    a tenth of its own amplitude (both as root mean square), 24 bits are needed.

    Parameters
    ----------
    sounds : sequence of ndarray, shape (channels, time), float32
        All of one shape; finite and within ±1.
    gains : sequence of float
        Factors by which they are played.

    Returns
    -------
    int
        16 or 24.
    """
    count = len(sounds)
    different, rounding = np.zeros((count, count)), np.zeros((count, count))
    for start in range(0, sounds[0].shape[1], _BLOCK):
        parts = [s[:, start : start + _BLOCK].astype(np.float64) * g for s, g in zip(sounds, gains, strict=True)]
        errors = [
            as_kept(s[:, start : start + _BLOCK], 16) * g - part
            for s, g, part in zip(sounds, gains, parts, strict=True)
        ]
        for i in range(count):
            for k in range(i):
                different[i, k] += float(np.sum((parts[i] - parts[k]) ** 2))
                rounding[i, k] += float(np.sum((errors[i] - errors[k]) ** 2))
    return 24 if bool(np.any(rounding > _FINE_ENOUGH**2 * different)) else 16


def without_traces(flac: bytes, size: int, generator: np.random.Generator) -> bytes:
    """Write the same sound as a file whose length, checksum and digest say nothing of which sound it is.

    The checksum of the samples and the sizes of frames in STREAMINFO are set to 0, which means unknown, and APPLICATION
    blocks of random bytes fill the file up (RFC 9639, sections 8.2 and 8.4).

    Parameters
    ----------
    flac : bytes
        As `audiokit.embed.encode_flac` gives it.
    size : int
        Bytes of the result; at least 8 more than `flac` has.
    generator : numpy.random.Generator
        Draws the filling.

    Returns
    -------
    bytes
        Exactly `size` of them, different ones on every call.

    Raises
    ------
    ParameterError
        If `size` leaves no room.
    """
    room = size - len(flac)
    if room < _LEAST_FILLING:
        raise ParameterError(f"size must be at least {len(flac) + _LEAST_FILLING} bytes, got {size}.")
    blocks = []
    while room:
        length = min(room, _LARGEST_BLOCK)
        if 0 < room - length < _LEAST_FILLING:
            length -= _LEAST_FILLING
        content = b"fill" + generator.bytes(length - _LEAST_FILLING)
        blocks.append(bytearray([_APPLICATION, *len(content).to_bytes(3, "big")]) + content)
        room -= length
    start = bytearray(flac[:_STREAMINFO_END])
    if start[4] & _LAST:  # STREAMINFO was the only block: now the filling is the last
        start[4] &= ~_LAST & 0xFF
        blocks[-1][0] |= _LAST
    start[_FRAME_SIZES] = bytes(6)
    start[_MD5] = bytes(16)
    return bytes(start) + b"".join(blocks) + flac[_STREAMINFO_END:]
