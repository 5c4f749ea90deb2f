"""Features in NumPy, for workers that need no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.arrays import checked_samples
from audiokit.dsp.stft import magnitude_blocks, pad_centre
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from audiokit.training.features.options import FeatureOptions

__all__ = ["ArrayFeatures"]


class ArrayFeatures:
    """One feature of one item, in NumPy; equal to the module of the same options (see `module.FeatureModule`).

    Parameters
    ----------
    options : FeatureOptions
        Which feature, and how.

    Examples
    --------
    >>> import numpy as np
    >>> from audiokit.training.features import FeatureOptions
    >>> ArrayFeatures(FeatureOptions("log_mel"))(np.zeros(16000, np.float32)).shape
    (80, 101)
    """

    def __init__(self, options: FeatureOptions) -> None:
        self.options = options
        # Sparse, because a bin lies in two filters at most; and because a dense product is divided among BLAS's own
        # threads, which on busy cores wait for each other a hundred times as long as they work.
        self._filters = None if options.name == "spectrogram" else _sparse(options.filters())

    def __call__(self, samples: ArrayLike) -> NDArray[np.float32]:
        """Compute the feature.

        Parameters
        ----------
        samples : array_like, shape (time,) or (1, time), floating-point
            At the options' sample rate.

        Returns
        -------
        ndarray, shape (bands, frames), float32

        Raises
        ------
        ParameterError
            For several channels, or too few samples for a frame.
        """
        array = checked_samples(samples, wanted_by=self.options.name)
        if array.ndim == 2 and array.shape[0] != 1:
            raise ParameterError(
                f"{self.options.name} wants one channel, got shape {array.shape}.", cure="Mix down with `audio.mono()`."
            )
        found = self._linear(array.reshape(-1).astype(np.float32, copy=False))
        if self.options.name in ("spectrogram", "mel"):
            return found
        decibels = np.float32(10.0) * np.log10(np.maximum(np.float32(self.options.amin), found))
        if self.options.top_db is not None:
            decibels = np.maximum(decibels, decibels.max() - np.float32(self.options.top_db))
        return decibels if self.options.name == "log_mel" else self._cepstrum(decibels)

    def _cepstrum(self, decibels: NDArray[np.float32]) -> NDArray[np.float32]:
        import scipy.fft

        options = self.options
        found = scipy.fft.dct(decibels, type=options.dct_type, norm=options.dct_norm, axis=0)[: options.n_mfcc]
        lifter = options.lifter_weights()
        return np.ascontiguousarray(found if lifter is None else found * lifter[:, np.newaxis])

    def frames_of(self, length: int) -> int:
        """How many frames an item of `length` samples has."""
        return self.options.frames_of(length)

    def _linear(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        options = self.options
        frames = options.checked_length(signal.size)
        padded: NDArray[Any] = signal
        if options.center:
            padded = pad_centre(signal, options.n_fft // 2, mode="constant")
        out = np.empty((options.bands if self._filters is None else options.n_mels, frames), dtype=np.float32)
        win_length = options.win_length or options.n_fft
        for first, magnitude in magnitude_blocks(
            padded,
            frames,
            n_fft=options.n_fft,
            win_length=win_length,
            hop_length=options.hop_length,
            dtype=np.float32,
        ):
            raised = magnitude if options.power == 1.0 else magnitude ** np.float32(options.power)
            out[:, first : first + len(magnitude)] = raised.T if self._filters is None else self._filters @ raised.T
        return out


def _sparse(filters: NDArray[np.floating[Any]]) -> Any:
    import scipy.sparse

    return scipy.sparse.csr_array(filters)
