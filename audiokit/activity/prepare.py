"""One clean channel at the rate that a network wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import mean_of_channels
from audiokit.dsp.resample import resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["mono_at"]

_BLOCK = 1 << 20  # samples looked at in one go: hours of sound need no hours of flags


def mono_at(audio: Audio, sample_rate: int) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Mix to one channel, make every sample finite, resample; say what was done.

    Samples that are not numbers become silence and infinite ones full scale: a single one would otherwise spread
    over a whole resampled stretch, and turn every later output of a recurrent network into NaN.

    Parameters
    ----------
    audio : Audio
        Any rate, channels and length.
    sample_rate : int
        Wanted rate in Hz.

    Returns
    -------
    samples : ndarray, shape (time,), float32
        The mean of the channels; the input itself where nothing had to be done.
    notes : tuple of str
        What was done, in words.

    Examples
    --------
    >>> from audiokit import Audio
    >>> samples, notes = mono_at(Audio(np.zeros((2, 44100)), 44100), 16000)
    >>> samples.shape, notes
    ((16000,), ('mean of 2 channels', 'resampled from 44100 to 16000 Hz'))
    """
    notes = []
    samples = audio.samples
    blocks = (samples[:, first : first + _BLOCK] for first in range(0, audio.frames, _BLOCK))
    bad = sum(block.size - int(np.count_nonzero(np.isfinite(block))) for block in blocks)
    if bad:
        notes.append(f"{bad} sample(s) that are no finite number read as silence or full scale")
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    if audio.channels > 1:
        notes.append(f"mean of {audio.channels} channels")
    mono = mean_of_channels(samples)
    if audio.sample_rate != sample_rate:
        notes.append(f"resampled from {audio.sample_rate} to {sample_rate} Hz")
        if mono.size:
            mono = resample(mono, audio.sample_rate, sample_rate).astype(np.float32, copy=False)
    return mono, tuple(notes)
