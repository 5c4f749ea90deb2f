"""What can be said about a feature, in librosa's words, and the constants that follow from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.dsp.arrays import checked_rate
from audiokit.dsp.stft import hann_window
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FeatureName", "FeatureOptions"]

FeatureName = Literal["spectrogram", "mel", "log_mel", "mfcc"]
"""Magnitudes, mel bands, mel bands in decibels, and the cosine transform of those."""

_DCT_NORMS = ("ortho", None)


@dataclass(frozen=True, slots=True)
class FeatureOptions:
    """A feature and how to compute it; names and defaults are librosa 0.11's.

    Parameters
    ----------
    name : {"spectrogram", "mel", "log_mel", "mfcc"}
        Which feature.
    sample_rate : int
        Of the samples, in Hz.
    n_fft, hop_length : int
        Transform and hop in samples.
    win_length : int, optional
        Window in samples, a periodic Hann in the middle of the transform; `n_fft` if None.
    center : bool
        Whether frame ``t`` is centred on sample ``t * hop_length`` (silence beyond the ends), or begins there.
    power : float
        1 for magnitudes, 2 for energies.
    n_mels, fmin, fmax, htk, norm
        Of the filters, see `audiokit.dsp.mel_filterbank`.
    top_db : float or None
        Decibels lie at most this far below the greatest of the item; None is no limit.
    amin : float
        What counts as nothing before the logarithm.
    n_mfcc : int
        How many coefficients are kept.
    dct_type : {1, 2, 3}
        scipy's number of the cosine transform.
    dct_norm : {"ortho", None}
        Its scaling.
    lifter : float
        0 is none; otherwise coefficient ``n`` is multiplied by ``1 + lifter / 2 * sin(pi (n + 1) / lifter)``.

    Raises
    ------
    ParameterError
        For a value that is none of these.
    """

    name: FeatureName
    sample_rate: int = 16_000
    n_fft: int = 512
    hop_length: int = 160
    win_length: int | None = None
    center: bool = True
    power: float = 2.0
    n_mels: int = 80
    fmin: float = 0.0
    fmax: float | None = None
    htk: bool = False
    norm: Literal["slaney"] | None = "slaney"
    top_db: float | None = 80.0
    amin: float = 1e-10
    n_mfcc: int = 20
    dct_type: int = 2
    dct_norm: Literal["ortho"] | None = "ortho"
    lifter: float = 0.0

    def __post_init__(self) -> None:
        checked_rate(self.sample_rate)
        for name in ("n_fft", "hop_length", "n_mels", "n_mfcc"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ParameterError(f"{name} must be a whole number of at least 1, got {value!r}.")
        if self.n_fft < 2:
            raise ParameterError(f"n_fft must be at least 2, got {self.n_fft}.")
        if self.win_length is not None and not 1 <= self.win_length <= self.n_fft:
            raise ParameterError(
                f"win_length must lie between 1 and n_fft ({self.n_fft}), got {self.win_length}.",
                cure="Raise n_fft, or leave win_length out.",
            )
        for name in ("power", "amin"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ParameterError(f"{name} must be above 0, got {getattr(self, name)!r}.")
        if (self.top_db is not None and not self.top_db >= 0) or not self.lifter >= 0:
            raise ParameterError(f"top_db and lifter must not be negative, got {self.top_db!r} and {self.lifter!r}.")
        if self.dct_type not in (1, 2, 3) or self.dct_norm not in _DCT_NORMS:
            raise ParameterError(
                f"There is no cosine transform of type {self.dct_type!r} with norm {self.dct_norm!r}.",
                cure='Types are 1, 2, 3; norms "ortho" and None.',
            )
        if self.name == "mfcc" and (self.n_mfcc > self.n_mels or (self.dct_type == 1 and self.n_mels < 2)):
            raise ParameterError(
                f"{self.n_mels} mel bands give at most as many coefficients, n_mfcc is {self.n_mfcc}.",
                cure="Raise n_mels or lower n_mfcc.",
            )

    @property
    def bands(self) -> int:
        """Rows of the feature."""
        return {"spectrogram": self.n_fft // 2 + 1, "mfcc": self.n_mfcc}.get(self.name, self.n_mels)

    def frames_of(self, length: int) -> int:
        """How many frames an item of `length` samples has, whatever it is padded to in a batch.

        Examples
        --------
        >>> FeatureOptions("mel").frames_of(16000), FeatureOptions("mel", center=False).frames_of(16000)
        (101, 97)
        """
        around = 2 * (self.n_fft // 2) if self.center else 0
        return max(0, 1 + (length + around - self.n_fft) // self.hop_length)

    def checked_length(self, length: int) -> int:
        """Return the frames of an item; raise ParameterError if it has none."""
        frames = self.frames_of(length) if length > 0 else 0
        if frames == 0:
            raise ParameterError(
                f"{self.name} has no frame in {length} samples.",
                cure=f"Without center an item needs n_fft = {self.n_fft} samples."
                if not self.center
                else "Leave empty items out.",
            )
        return frames

    def window(self) -> NDArray[np.float64]:
        """Return the window, as long as the transform."""
        win_length = self.win_length or self.n_fft
        out = np.zeros(self.n_fft)
        start = (self.n_fft - win_length) // 2
        out[start : start + win_length] = hann_window(win_length)
        return out

    def filters(self) -> NDArray[np.floating[Any]]:
        """Return the mel filters, (n_mels, 1 + n_fft // 2), float32."""
        from audiokit.dsp import mel_filterbank

        return mel_filterbank(
            sample_rate=self.sample_rate,
            n_fft=self.n_fft,
            n_mels=self.n_mels,
            fmin=self.fmin,
            fmax=self.fmax,
            htk=self.htk,
            norm=self.norm,
        )

    def cosines(self) -> NDArray[np.float32]:
        """Return the cosine transform, liftered, as a matrix (n_mfcc, n_mels)."""
        import scipy.fft

        rows = scipy.fft.dct(np.eye(self.n_mels), type=self.dct_type, norm=self.dct_norm, axis=0)[: self.n_mfcc]
        weights = self.lifter_weights()
        return np.asarray(rows if weights is None else rows * weights[:, np.newaxis], dtype=np.float32)

    def lifter_weights(self) -> NDArray[np.float32] | None:
        """Return what each of the `n_mfcc` coefficients is multiplied by; None for nothing."""
        if self.lifter <= 0:
            return None
        order = np.arange(1, 1 + self.n_mfcc)
        return np.asarray(1.0 + self.lifter / 2.0 * np.sin(np.pi * order / self.lifter), dtype=np.float32)
