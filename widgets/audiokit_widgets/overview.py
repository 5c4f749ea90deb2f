"""A recording at a glance: the outline of its waveform, its clipped samples and its mel spectrogram, for one picture.

The memory needed beside the samples themselves does not grow with their number.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["MAGMA", "MelPicture", "Outline", "mel_picture", "outline"]

_BINS = 2048  # columns of the outline: more than a screen has room for
_BLOCK = 1 << 18  # samples looked at in one go
_FULL_SCALE = 32767 / 32768  # the highest value that 16 bits hold: at or beyond it a sample counts as clipped

_COLUMNS = 1000
_BANDS = 80
_LEVELS = 64
_RANGE_DB = 80.0
_WINDOWS_PER_COLUMN = 64
_TICKS_HZ = (0, 100, 200, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000)

# Nine stations of matplotlib's magma (CC0), between which the palette runs straight.
_STATIONS = (
    (0, 0, 4),
    (28, 16, 68),
    (79, 18, 123),
    (129, 37, 129),
    (181, 54, 122),
    (229, 80, 100),
    (251, 135, 97),
    (254, 194, 135),
    (252, 253, 191),
)


def _palette() -> NDArray[np.uint8]:
    stations = np.array(_STATIONS, dtype=np.float64)
    at = np.linspace(0, len(stations) - 1, _LEVELS)
    channels = [np.interp(at, np.arange(len(stations)), stations[:, c]) for c in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


MAGMA = _palette()


@dataclass(frozen=True, slots=True)
class Outline:
    """The waveform in a fixed number of bins.

    Parameters
    ----------
    peaks : ndarray, shape (bins, 2), float32
        Lowest and highest sample of each bin over all channels, at true amplitude.
    clipped : ndarray, shape (bins,), uint32
        Samples at or beyond full scale in each bin, over all channels.
    not_finite : int
        Samples that are NaN or infinite; they count as 0 everywhere else.
    """

    peaks: NDArray[np.float32]
    clipped: NDArray[np.uint32]
    not_finite: int

    @property
    def clipped_samples(self) -> int:
        """All samples at or beyond full scale."""
        return int(self.clipped.sum(dtype=np.int64))

    @property
    def peak(self) -> float:
        """The largest magnitude; 1.0 is full scale."""
        return float(np.abs(self.peaks).max())


@dataclass(frozen=True, slots=True)
class MelPicture:
    """A mel spectrogram as a small palette picture.

    Parameters
    ----------
    levels : ndarray, shape (bands, columns), uint8
        Indices into `MAGMA`; row 0 is the highest band, columns are equal spans of time.
    axis : dict
        For JSON: ``max_hz``, ``bands``, ``range_db`` and ``ticks``, a list of ``{"hz", "fraction"}`` where the
        fraction is 0 at the bottom of the picture and 1 at its top; ``sampled`` is the part of the sound that the
        windows covered.
    """

    levels: NDArray[np.uint8]
    axis: dict[str, Any]

    def png(self) -> bytes:
        """Encode as a palette PNG."""
        from PIL import Image

        image = Image.fromarray(self.levels)
        image.putpalette(MAGMA.tobytes())
        out = io.BytesIO()
        image.save(out, format="PNG", optimize=True)
        return out.getvalue()


def outline(audio: Audio, *, bins: int = _BINS) -> Outline:
    """Measure peaks, clipped samples and the count of what is not a number.

    Parameters
    ----------
    audio : Audio
        At least one frame. With several channels the outline encloses them all.
    bins : int
        At most this many; one for each sample where there are fewer.

    Returns
    -------
    Outline
    """
    from audiokit.dsp import peaks

    bins = min(bins, audio.frames)
    starts = np.arange(bins, dtype=np.int64) * audio.frames // bins
    clipped = np.zeros(bins, dtype=np.uint32)
    not_finite = 0
    step = max(1, _BLOCK // audio.channels)
    for first in range(0, audio.frames, step):
        block = audio.samples[:, first : first + step]
        with np.errstate(invalid="ignore"):
            high = np.abs(block) >= _FULL_SCALE
        if high.any():
            finite = np.isfinite(block)
            hits = np.nonzero((high & finite).any(axis=0))[0]
            counts = (high & finite)[:, hits].sum(axis=0)
            np.add.at(clipped, np.searchsorted(starts, hits + first, side="right") - 1, counts.astype(np.uint32))
        total = block.sum(dtype=np.float64)
        if not math.isfinite(total):  # one NaN or infinity makes the sum one: the count is rarely needed
            not_finite += int(block.size - np.count_nonzero(np.isfinite(block)))
    return Outline(peaks(audio.samples, bins), clipped, not_finite)


def mel_picture(audio: Audio, *, columns: int = _COLUMNS) -> MelPicture:
    """Draw the mel spectrogram at the audio's own rate, 80 dB deep, in at most `columns` columns.

    Each column is the mean power of up to 64 Hann windows of about 40 ms, evenly spaced in its span, averaged over the
    channels (so what is out of phase does not vanish). The windows touch or overlap up to about half an hour; beyond
    that they sample their span, and ``axis["sampled"]`` says how much of it. 0 dB is the loudest cell.

    Parameters
    ----------
    audio : Audio
        At least one frame.
    columns : int
        At most this many.

    Returns
    -------
    MelPicture
    """
    from audiokit.dsp.mel import mel_filterbank

    if audio.frames == 0:
        raise ParameterError("A mel picture wants at least one sample, got none.")
    rate = audio.sample_rate
    n_fft = max(16, 2 ** round(math.log2(max(rate * 0.04, 16))))
    columns = min(columns, max(1, math.ceil(audio.frames / (n_fft // 8))))
    span = audio.frames / columns
    windows = min(_WINDOWS_PER_COLUMN, max(1, math.ceil(span / (n_fft // 2))))
    bands = min(_BANDS, n_fft // 4)
    filters = mel_filterbank(sample_rate=rate, n_fft=n_fft, n_mels=bands, fmin=0.0, fmax=rate / 2)
    power = np.empty((bands, columns), dtype=np.float32)
    step = max(1, _BLOCK // (n_fft * windows))
    for first in range(0, columns, step):
        last = min(first + step, columns)
        centres = (np.arange(first * windows, last * windows) + 0.5) * (span / windows)
        spectrum = _mean_power(audio.samples, centres.astype(np.int64), n_fft)
        pooled = spectrum.reshape(last - first, windows, -1).mean(axis=1)
        power[:, first:last] = filters @ pooled.T
    db = 10.0 * np.log10(np.maximum(power, 1e-20))
    top = max(float(db.max()), -120.0)  # silence stays dark
    levels = np.clip((db - top + _RANGE_DB) * ((_LEVELS - 1) / _RANGE_DB), 0, _LEVELS - 1).round().astype(np.uint8)
    axis = {
        "max_hz": rate / 2,
        "bands": bands,
        "range_db": _RANGE_DB,
        "ticks": _ticks(rate / 2, bands),
        "sampled": round(min(1.0, windows * n_fft / span), 3),
    }
    return MelPicture(np.ascontiguousarray(levels[::-1]), axis)


def _mean_power(samples: NDArray[np.float32], centres: NDArray[np.int64], n_fft: int) -> NDArray[np.float32]:
    # Zeros stand before the start and after the end, and for what is not a number.
    frames = samples.shape[1]
    low, high = int(centres[0]) - n_fft // 2, int(centres[-1]) + n_fft // 2
    window = np.hanning(n_fft + 1)[:-1].astype(np.float32)
    window /= window.sum()
    total = np.zeros((len(centres), n_fft // 2 + 1), dtype=np.float32)
    contiguous = high - low <= 4 * len(centres) * n_fft  # sparse windows are gathered one by one
    for channel in samples:
        if contiguous:
            block = np.zeros(high - low, dtype=np.float32)
            a, b = max(low, 0), min(high, frames)
            block[a - low : b - low] = channel[a:b]
            rows = np.lib.stride_tricks.sliding_window_view(block, n_fft)[centres - n_fft // 2 - low]
        else:
            rows = np.zeros((len(centres), n_fft), dtype=np.float32)
            for row, centre in zip(rows, centres.tolist(), strict=True):
                a, b = max(centre - n_fft // 2, 0), min(centre + n_fft // 2, frames)
                row[a - centre + n_fft // 2 : b - centre + n_fft // 2] = channel[a:b]
        rows = np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0) * window
        spectrum = np.fft.rfft(rows, axis=1)
        total += spectrum.real**2 + spectrum.imag**2
    return total / np.float32(samples.shape[0])


def _ticks(max_hz: float, bands: int) -> list[dict[str, float]]:
    from audiokit.dsp.filterbank import hz_to_mel

    top = float(hz_to_mel(np.array([max_hz]))[0])
    ticks: list[dict[str, float]] = []
    for hz in _TICKS_HZ:
        if hz > max_hz:
            break
        # filter m is centred at (m + 1) / (bands + 1) of the scale, and drawn at (m + 0.5) / bands of the height
        at = (float(hz_to_mel(np.array([float(hz)]))[0]) / top * (bands + 1) - 0.5) / bands
        fraction = min(1.0, max(0.0, at))
        if not ticks or fraction - ticks[-1]["fraction"] >= 0.13:
            ticks.append({"hz": hz, "fraction": round(fraction, 4)})
    return ticks
