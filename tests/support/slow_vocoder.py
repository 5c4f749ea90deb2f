"""The phase vocoder as its words have it: double precision, angles, a loop over frames, bins one by one."""

from __future__ import annotations

import numpy as np

from audiokit.training.augment.phase_locking import AS_STRONG, ONSET_POWER_RATIO, PEAK_REACH

OVERLAP = 4


def slow_peaks(strength):
    """Places of the bins that none within reach is stronger than."""
    return [
        b
        for b, value in enumerate(strength)
        if value >= AS_STRONG * strength[max(0, b - PEAK_REACH) : b + PEAK_REACH + 1].max()
    ]


def slow_angles(now, earlier, delay, size):
    """By which angle each bin is turned, (frames, bins), from spectra (channels, frames, bins)."""
    bins = now.shape[2]
    turned = np.zeros(now.shape[1:])
    locked = np.zeros(now.shape[1:])
    strength, before = (np.sqrt((np.abs(x) ** 2).sum(axis=0)) for x in (now, earlier))
    for t in range(now.shape[1]):
        if t:
            turned[t] = turned[t - 1] + np.angle((now[:, t - 1] * earlier[:, t].conj()).sum(axis=0))
        onset = strength[t] > np.sqrt(ONSET_POWER_RATIO) * before[t] + 1e-15
        if t == 0:
            onset[:] = True
        turned[t, onset] = (-2 * np.pi / size * delay[t] * np.arange(bins))[onset]
        peaks = np.array(slow_peaks(strength[t]))
        nearest = [peaks[np.argmin(np.abs(peaks - b))] for b in range(bins)]  # of two the first, which is the lower
        locked[t] = turned[t, nearest]
    return locked


def slow_stretch(samples, size, rate):
    """Stretch (channels, time); the length of a frame is given."""
    length = max(1, round(samples.shape[1] / rate))
    hop = size // OVERLAP
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    count = -(-(length - 1) // hop) + OVERLAP // 2
    starts = [round(t * hop * rate) for t in range(count)]
    around = np.pad(samples.astype(np.float64), ((0, 0), (size // 2 + hop, starts[-1] + size)))
    framed = np.stack([around[:, s + hop : s + hop + size] * window for s in starts], axis=1)
    now = np.fft.rfft(framed)
    earlier = np.fft.rfft(np.stack([around[:, s : s + size] * window for s in starts], axis=1))
    energy = (framed**2).sum(axis=0)
    centre = (energy * (np.arange(size) - size // 2)).sum(axis=1) / (energy.sum(axis=1) + 1e-30)
    turned = now * np.exp(1j * slow_angles(now, earlier, centre * (1 / rate - 1), size))
    out = np.zeros((samples.shape[0], size + count * hop))
    weight = np.zeros(size + count * hop)
    for t, grain in enumerate(np.fft.irfft(turned, size).transpose(1, 0, 2)):
        out[:, t * hop : t * hop + size] += grain * window
        weight[t * hop : t * hop + size] += window**2
    out = (out / np.maximum(weight, 1e-3))[:, size // 2 : size // 2 + length]
    has, wants = np.mean(out**2), np.mean(samples.astype(np.float64) ** 2)
    return out * np.sqrt(wants / has) if has > 0 else out
