"""A long sound as one clean channel at another rate, piece by piece: memory does not grow with its length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import mean_of_channels
from audiokit.dsp.resample_stream import ResampleStream, resampled_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["mono_blocks", "what_is_done"]

_BLOCK = 1 << 19


def what_is_done(audio: Audio, sample_rate: int) -> tuple[int, tuple[str, ...]]:
    """Length after resampling, and what `mono_blocks` does to the sound, in the words of `mono_at`."""
    notes = []
    bad = 0
    for first in range(0, audio.frames, _BLOCK):
        block = audio.samples[:, first : first + _BLOCK]
        bad += block.size - int(np.count_nonzero(np.isfinite(block)))
    if bad:
        notes.append(f"{bad} sample(s) that are no finite number read as silence or full scale")
    if audio.channels > 1:
        notes.append(f"mean of {audio.channels} channels")
    if audio.sample_rate != sample_rate:
        notes.append(f"resampled from {audio.sample_rate} to {sample_rate} Hz")
    return resampled_length(audio.frames, audio.sample_rate, sample_rate), tuple(notes)


def mono_blocks(audio: Audio, sample_rate: int) -> Iterator[NDArray[np.float32]]:
    """Yield the mean of the channels at another rate, in order; together the samples of `mono_at`.

    Parameters
    ----------
    audio : Audio
        Any rate, channels and length. Samples that are not numbers become silence, infinite ones full scale.
    sample_rate : int
        Wanted rate in Hz.

    Yields
    ------
    ndarray, shape (any length,), float32
    """
    stream = ResampleStream(audio.sample_rate, sample_rate)
    for first in range(0, audio.frames, _BLOCK):
        block = audio.samples[:, first : first + _BLOCK]
        if not np.isfinite(block).all():
            block = np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0)
        yield stream.push(mean_of_channels(block)[np.newaxis])[0]
    yield stream.finish()[0]
