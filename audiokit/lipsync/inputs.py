"""What a lip-sync model is given, with the time of each frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.mel_inputs import mel_band_hz
from audiokit.lipsync.mel import RECIPE, Padding, mel_spectrogram
from audiokit.model_input import ModelInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from audiokit.audio import Audio

__all__ = ["model_input"]


def model_input(samples: ArrayLike | Audio, *, pad: Padding = "zero") -> ModelInput:
    """Compute the lip-sync mel as the tensor that Wav2Lip and its descendants get, with the time of its frames.

    Parameters
    ----------
    samples : array_like, shape (time,) or (1, time), or Audio
        16 kHz, full scale ±1; see `mel_spectrogram`.
    pad : {"zero", "reflect"}
        See `mel_spectrogram`.

    Returns
    -------
    ModelInput
        Values of shape (1 + time // 200, 80) in -4 .. 4: computed in float64 and rounded to float32 once, as Wav2Lip's
        ``torch.FloatTensor`` does. Frame ``m`` is centred on sample ``200 m`` and looks at 800 samples about it.

    Raises
    ------
    EmptySource
        If there are no samples.
    ParameterError
        For more than one channel, an `Audio` at another rate, or another padding.

    Examples
    --------
    >>> model_input(np.zeros(3200))
    ModelInput('lip-sync mel', 17 frames of 80 bands, one in 12.5 ms from -0.00625 s, -4 .. -4)
    """
    return ModelInput(
        mel_spectrogram(samples, pad=pad).astype(np.float32),
        hop_seconds=RECIPE.hop_seconds,
        start_seconds=-RECIPE.hop_seconds / 2,
        name="lip-sync mel",
        band_hz=mel_band_hz(RECIPE),
        window_seconds=RECIPE.win_length / RECIPE.sample_rate,
    )
