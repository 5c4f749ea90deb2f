"""Sound from a log-mel spectrogram without a trained vocoder: rough, and named in every result.

Mel bands are spread over frequencies by non-negative least squares, and phases found by the fast Griffin-Lim algorithm
(Griffin and Lim, IEEE TASSP 32(2), 1984; Perraudin, Balazs and Søndergaard, WASPAA 2013), both by librosa.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.speech.voice_network import facts_of, needed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["ITERATIONS", "GriffinLim", "MelParameters"]

ITERATIONS = 32
"""Rounds of phase finding."""

_STATED = ("sampling_rate", "num_mel_bins", "hop_length", "win_length", "fmin", "fmax")
_MOMENTUM = 0.99
_LOUDEST_LOG10 = 4.0  # a band above this would be 80 dB beyond any sound: the network ran away


@dataclass(frozen=True, slots=True)
class MelParameters:
    """How a network's spectrogram was made: what its ``preprocessor_config.json`` says.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    bands : int
        Mel bands (Slaney's scale and norm, as transformers makes them).
    hop_length, win_length, n_fft : int
        In samples; the window is Hann's.
    lowest_hz, highest_hz : float
        Edges of the filters.
    """

    sample_rate: int
    bands: int
    hop_length: int
    win_length: int
    n_fft: int
    lowest_hz: float
    highest_hz: float

    @classmethod
    def of(cls, place: Path) -> MelParameters:
        """Read them from a checkpoint's folder, written there by SpeechT5's feature extractor (lengths in ms).

        Raises
        ------
        ModelUnavailable
            If the checkpoint does not say them: a spectrogram of unknown making cannot be turned into sound.
        """
        facts = facts_of(place, "preprocessor_config.json")
        missing = [name for name in _STATED if not isinstance(facts.get(name), int | float)]
        if missing:
            raise ModelUnavailable(
                f"{place.name} does not say how its spectrogram is made: preprocessor_config.json lacks "
                f"{', '.join(missing)}, without which Griffin-Lim would be guessing.",
                cure="Take a trained vocoder: vocoder=PATH of a HiFi-GAN.",
            )
        if str(facts.get("win_function", "hann_window")) != "hann_window":
            raise ModelUnavailable(f"{place.name} has a window of its own, {facts['win_function']!r}.")
        rate = int(facts["sampling_rate"])
        window = int(facts["win_length"]) * rate // 1000
        return cls(
            sample_rate=rate,
            bands=int(facts["num_mel_bins"]),
            hop_length=int(facts["hop_length"]) * rate // 1000,
            win_length=window,
            n_fft=1 << (window - 1).bit_length(),
            lowest_hz=float(facts["fmin"]),
            highest_hz=float(facts["fmax"]),
        )

    def filters(self) -> NDArray[np.float64]:
        """Weights, shape (bands, 1 + n_fft // 2)."""
        from librosa.filters import mel as mel_filters

        weights: NDArray[np.float64] = mel_filters(
            sr=self.sample_rate, n_fft=self.n_fft, n_mels=self.bands, fmin=self.lowest_hz, fmax=self.highest_hz,
            htk=False, norm="slaney", dtype=np.float64,
        )  # fmt: skip
        return weights


@dataclass(frozen=True)
class GriffinLim:
    """A vocoder without weights, for spectrograms that are log10 of mel-weighted magnitudes."""

    mel: MelParameters
    name: str = f"Griffin-Lim, {ITERATIONS} iterations"

    @classmethod
    def of(cls, place: Path) -> GriffinLim:
        """Read the mel parameters that lie beside a network."""
        needed(["librosa"], "Griffin-Lim")
        return cls(MelParameters.of(place))

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        return self.mel.sample_rate

    @property
    def hop_length(self) -> int:
        """Samples for each frame."""
        return self.mel.hop_length

    def __call__(self, log_mel: Any) -> NDArray[np.float32]:
        """Make sound of a spectrogram.

        Parameters
        ----------
        log_mel : ndarray or tensor, shape (frames, bands)
            log10 of magnitudes.

        Returns
        -------
        ndarray, shape (frames x hop_length,), float32
        """
        import librosa

        array = np.asarray(log_mel.cpu() if hasattr(log_mel, "cpu") else log_mel, np.float64)
        if array.ndim != 2 or array.shape[1] != self.mel.bands:
            raise ParameterError(f"The spectrogram has shape {array.shape}, ({self.mel.bands},) a frame is wanted.")
        magnitudes = librosa.util.nnls(self.mel.filters(), 10.0 ** np.minimum(array.T, _LOUDEST_LOG10))
        # silence behind it, so that the last frame is whole and a short one is longer than the window
        quiet = np.zeros((len(magnitudes), self.mel.n_fft // self.hop_length + 2))
        wave = librosa.griffinlim(
            np.concatenate([magnitudes, quiet], axis=1), n_iter=ITERATIONS, momentum=_MOMENTUM, init="random",
            random_state=0, n_fft=self.mel.n_fft, hop_length=self.hop_length, win_length=self.mel.win_length,
        )[: len(array) * self.hop_length]  # fmt: skip
        samples: NDArray[np.float32] = np.clip(wave, -1.0, 1.0).astype(np.float32)
        return samples
