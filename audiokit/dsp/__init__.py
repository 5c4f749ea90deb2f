"""Arrays in, arrays out: resampling, mel spectrograms, loudness and waveform peaks.

Everything here takes plain arrays in librosa's shape, ``(channels, time)`` or ``(time,)`` with full scale ±1.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

# These two functions share their module's name. Importing the modules here, once, settles what `dsp.peaks` is: the
# function, whichever import a program does first. Neither module imports more than numpy.
from audiokit.dsp.peaks import peaks
from audiokit.dsp.resample import resample

if TYPE_CHECKING:
    from audiokit.dsp.loudness import Loudness as Loudness
    from audiokit.dsp.loudness import measure_loudness as measure_loudness
    from audiokit.dsp.mel import MEL_PRESETS as MEL_PRESETS
    from audiokit.dsp.mel import MelPreset as MelPreset
    from audiokit.dsp.mel import mel_filterbank as mel_filterbank
    from audiokit.dsp.mel import mel_spectrogram as mel_spectrogram

__all__ = [
    "MEL_PRESETS",
    "Loudness",
    "MelPreset",
    "measure_loudness",
    "mel_filterbank",
    "mel_spectrogram",
    "peaks",
    "resample",
]

_HOME = {
    "MEL_PRESETS": "audiokit.dsp.mel",
    "Loudness": "audiokit.dsp.loudness",
    "MelPreset": "audiokit.dsp.mel",
    "measure_loudness": "audiokit.dsp.loudness",
    "mel_filterbank": "audiokit.dsp.mel",
    "mel_spectrogram": "audiokit.dsp.mel",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'audiokit.dsp' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
