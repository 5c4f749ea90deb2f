"""Triangular mel filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.arrays import checked_rate
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["band_powers", "hz_to_mel", "mel_filterbank", "mel_to_hz"]

# Slaney's scale: 15 mel a kHz up to 1 kHz, then 27 mel for each factor of 6.4.
_LINEAR_HZ = 200.0 / 3.0
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27.0


def hz_to_mel(frequencies: NDArray[np.float64], *, htk: bool = False) -> NDArray[np.float64]:
    """Convert Hz to mel: Slaney's (Auditory Toolbox, 1998), or HTK's ``2595 log10(1 + f / 700)``."""
    hz = np.asarray(frequencies, dtype=np.float64)
    if htk:
        return np.asarray(2595.0 * np.log10(1.0 + hz / 700.0))
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz >= _BREAK_HZ, above, hz / _LINEAR_HZ)


def mel_to_hz(mels: NDArray[np.float64], *, htk: bool = False) -> NDArray[np.float64]:
    """Convert mel back to Hz: the inverse of `hz_to_mel`."""
    mel = np.asarray(mels, dtype=np.float64)
    if htk:
        return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel >= _BREAK_MEL, above, _LINEAR_HZ * mel)


def mel_filterbank(
    *,
    sample_rate: int,
    n_fft: int,
    n_mels: int,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | None = "slaney",
    dtype: DTypeLike = np.float32,
) -> NDArray[np.floating[Any]]:
    """Triangular filters, evenly spaced in mel, that sum FFT bins into mel bins.

    The definition of Slaney's Auditory Toolbox (1998) as librosa, Whisper and Wav2Lip use it.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    n_fft : int
        Length of the Fourier transform, in samples.
    n_mels : int
        Number of filters.
    fmin, fmax : float
        Lowest and highest edge in Hz; `fmax` None is half the sample rate.
    htk : bool
        HTK's mel formula in place of Slaney's.
    norm : {"slaney", None}
        "slaney" divides each triangle by half its width in Hz, so that all have the same area; None leaves the peak
        near 1.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    ndarray, shape (n_mels, 1 + n_fft // 2)
        Weights in 1/Hz for "slaney", plain for None.

    Raises
    ------
    ParameterError
        If the edges do not satisfy ``0 <= fmin < fmax <= sample_rate / 2``, a size is not positive, or the norm is
        another.

    Examples
    --------
    >>> mel_filterbank(sample_rate=16000, n_fft=400, n_mels=80).shape
    (80, 201)
    """
    rate = checked_rate(sample_rate)
    if n_fft < 2 or n_mels < 1:
        raise ParameterError(f"A filterbank wants n_fft >= 2 and n_mels >= 1, got {n_fft} and {n_mels}.")
    top = rate / 2.0 if fmax is None else float(fmax)
    if not 0.0 <= fmin < top <= rate / 2.0:
        raise ParameterError(
            f"A filterbank wants 0 <= fmin < fmax <= {rate / 2:g} Hz (half the sample rate), got {fmin:g} .. {top:g}."
        )
    if norm not in ("slaney", None):
        raise ParameterError(f"Unknown filter norm {norm!r}.", cure='Use "slaney" or None.')
    bin_hz = np.fft.rfftfreq(n_fft, 1.0 / rate)
    ends = hz_to_mel(np.array([fmin, top]), htk=htk)
    edges = mel_to_hz(np.linspace(ends[0], ends[1], n_mels + 2), htk=htk)
    widths = np.diff(edges)
    distance = edges[:, np.newaxis] - bin_hz  # how far each bin lies below each edge, in Hz
    rising = -distance[:-2] / widths[:-1, np.newaxis]
    falling = distance[2:] / widths[1:, np.newaxis]
    weights = np.maximum(0.0, np.minimum(rising, falling)).astype(dtype)
    if norm == "slaney":
        # In place: float32 weights are rounded once before and once after, which makes them librosa's to the bit.
        weights *= (2.0 / (edges[2:] - edges[:-2]))[:, np.newaxis]
    return weights


def band_powers(power: NDArray[Any], filters: NDArray[Any]) -> NDArray[Any]:
    """Sum the bins of each frame by filters, without BLAS.

    A bin lies in two mel filters at most, so most of a dense product is zeros; and BLAS divides it among threads of its
    own, which keep all cores busy waiting for each other where other threads have work of their own.

    Parameters
    ----------
    power : ndarray, shape (frames, bins)
        Powers, or magnitudes.
    filters : ndarray, shape (bands, bins)
        As `mel_filterbank` makes them.

    Returns
    -------
    ndarray, shape (frames, bands)
        ``power @ filters.T``, but for rounding.

    Examples
    --------
    >>> band_powers(np.array([[1.0, 2.0, 4.0]]), np.array([[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]])).tolist()
    [[2.0, 5.0]]
    """
    import scipy.sparse

    return np.ascontiguousarray((scipy.sparse.csr_array(filters) @ power.T).T)
