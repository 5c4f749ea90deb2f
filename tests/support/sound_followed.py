"""Noise of which no two spans are alike, and how closely a cursor has to follow it."""

import numpy as np

RATE = 16_000
WITHIN_SECONDS = 0.010


def noise(seconds, rate=RATE, channels=1, seed=0):
    """Noise under 3 kHz, which every codec keeps and no two spans of which are alike."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal((channels, int(seconds * rate))))
    hz = np.fft.rfftfreq(int(seconds * rate), 1 / rate)
    samples = np.fft.irfft(spectrum * ((hz > 100) & (hz < 3000)), int(seconds * rate))
    return (0.3 * samples / np.abs(samples).max()).astype(np.float32)
