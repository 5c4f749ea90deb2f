"""The lip-sync mel of sound that is still coming in: any pieces give the very frames of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.stft import pad_centre
from audiokit.errors import ParameterError
from audiokit.lipsync.frames import RECIPE, make_frames, pre_emphasise
from audiokit.lipsync.mel import Padding, checked_pad, checked_precision, one_channel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

    from audiokit.audio import Audio

__all__ = ["StreamingMel"]

_HALF = RECIPE.n_fft // 2
_HOP = RECIPE.hop_length


class StreamingMel:
    """`mel_spectrogram`, piece by piece.

    What is put in has to be at 16 kHz, mono; `audiokit.dsp.resample_stream.ResampleStream` brings other rates there.
    All that is kept between two calls is the last sample and at most 800 pre-emphasised ones. Frame ``m`` is given
    out as soon as sample ``200 m + 399``, the last that its window looks at, has come in.

    Parameters
    ----------
    pad : {"zero", "reflect"}
        What lies beyond the ends; see `mel_spectrogram`. With ``"reflect"`` the first two frames wait for one sample
        more, since what lies before them mirrors samples 1 to 400.
    dtype : dtype
        float64, exact; or float32.

    Raises
    ------
    ParameterError
        For another padding or dtype.

    Examples
    --------
    >>> stream = StreamingMel()
    >>> [len(stream.push(np.zeros(10_240))), len(stream.push(np.zeros(10_240))), len(stream.flush())]
    [50, 51, 2]
    """

    def __init__(self, *, pad: Padding = "zero", dtype: DTypeLike = np.float64) -> None:
        checked_pad(pad)
        self._pad: Padding = pad
        self._precision = checked_precision(dtype)
        self._begin()

    def _begin(self) -> None:
        self._samples = self._frames = 0
        self._before = 0.0  # the last raw sample
        self._begun = self._pad == "zero"
        self._tail: NDArray[Any] = np.zeros(_HALF if self._begun else 0, self._precision)
        self._ended = False

    @property
    def samples(self) -> int:
        """How many samples have come in."""
        return self._samples

    @property
    def frames(self) -> int:
        """How many frames have been given out."""
        return self._frames

    def push(self, chunk: ArrayLike | Audio) -> NDArray[np.floating[Any]]:
        """Take the next samples, and give the frames that are complete now.

        Parameters
        ----------
        chunk : array_like, shape (time,) or (1, time), or Audio
            Full scale ±1, any number of samples, also none. A NaN makes the frames that hold it NaN, and no others.

        Returns
        -------
        ndarray, shape (frames, 80), of the stream's dtype

        Raises
        ------
        ParameterError
            For more than one channel, whole numbers, an `Audio` at another rate, or a stream that has been flushed.
        """
        if self._ended:
            raise ParameterError("This stream has been flushed.", cure="Make another StreamingMel, or `reset()` it.")
        signal = one_channel(chunk)
        if signal.size:
            longer = np.empty(self._tail.size + signal.size, self._precision)
            longer[: self._tail.size] = self._tail
            pre_emphasise(signal, longer[self._tail.size :], before=self._before)
            self._tail = longer
            self._before = float(signal[-1])
            self._samples += signal.size
        if not self._begun:
            if self._samples <= _HALF:
                return self._none()
            self._tail = np.concatenate([self._tail[_HALF:0:-1], self._tail])
            self._begun = True
        return self._give()

    def flush(self) -> NDArray[np.floating[Any]]:
        """End the stream, and give the frames whose windows reach beyond its end.

        Returns
        -------
        ndarray, shape (frames, 80), of the stream's dtype
            All frames together are ``1 + samples // 200``; where no sample came in there is none at all.

        Raises
        ------
        ParameterError
            If it has been flushed already.
        """
        if self._ended:
            raise ParameterError("This stream has been flushed.", cure="Make another StreamingMel, or `reset()` it.")
        self._ended = True
        if not self._samples:
            return self._none()
        if not self._begun:  # too short to be mirrored at one end before it is whole
            self._tail = pad_centre(self._tail, _HALF, mode="reflect")
            self._begun = True
        elif self._pad == "reflect":
            self._tail = np.concatenate([self._tail, self._tail[-2 : -_HALF - 2 : -1]])
        else:
            self._tail = np.concatenate([self._tail, np.zeros(_HALF, self._precision)])
        given = self._give()
        self._tail = self._tail[:0]
        return given

    def reset(self) -> None:
        """Forget everything, and begin anew."""
        self._begin()

    def _give(self) -> NDArray[np.floating[Any]]:
        ready = 1 + (self._tail.size - RECIPE.n_fft) // _HOP
        if ready <= 0:
            return self._none()
        frames = make_frames(self._tail, ready)
        self._tail = self._tail[ready * _HOP :].copy()  # a view would keep all that came in
        self._frames += ready
        return frames

    def _none(self) -> NDArray[np.floating[Any]]:
        return np.empty((0, RECIPE.n_mels), self._precision)
