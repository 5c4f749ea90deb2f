"""Arrays in, arrays out: resampling, mel spectrograms, loudness, less noise and waveform peaks.

Everything here takes plain arrays in librosa's shape, ``(channels, time)`` or ``(time,)`` with full scale ±1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# These two functions share their module's name. Importing the modules here, once, settles what `dsp.peaks` is: the
# function, whichever import a program does first. Neither module imports more than numpy.
from audiokit.dsp.peaks import peaks
from audiokit.dsp.resample import resample
from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.dsp.loudness import Loudness as Loudness
    from audiokit.dsp.loudness import measure_loudness as measure_loudness
    from audiokit.dsp.mel import MEL_PRESETS as MEL_PRESETS
    from audiokit.dsp.mel import MelPreset as MelPreset
    from audiokit.dsp.mel import mel_filterbank as mel_filterbank
    from audiokit.dsp.mel import mel_spectrogram as mel_spectrogram
    from audiokit.dsp.mel_inputs import genre_image_input as genre_image_input
    from audiokit.dsp.mel_inputs import mel_input as mel_input
    from audiokit.dsp.noise_reduction import reduce_noise as reduce_noise

__all__ = [
    "MEL_PRESETS",
    "Loudness",
    "MelPreset",
    "genre_image_input",
    "measure_loudness",
    "mel_filterbank",
    "mel_input",
    "mel_spectrogram",
    "peaks",
    "reduce_noise",
    "resample",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "mel": "",
        "Loudness": ".loudness",
        "MEL_PRESETS": ".mel",
        "MelPreset": ".mel",
        "genre_image_input": ".mel_inputs",
        "measure_loudness": ".loudness",
        "mel_filterbank": ".mel",
        "mel_input": ".mel_inputs",
        "mel_spectrogram": ".mel",
        "reduce_noise": ".noise_reduction",
    },
)
