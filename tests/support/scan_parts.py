"""Sounds to scan, in memory and in files."""

import io

import numpy as np
import soundfile

from audiokit_widgets.scan import Scan

FULL = np.float32(32767 / 32768)


def noise(channels, frames, seed=0, odd=0.0):
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.2, (channels, frames)).astype(np.float32)
    for value in (np.nan, np.inf, -np.inf, 1.0, -1.5, FULL):
        samples[rng.random(samples.shape) < odd] = value
    return samples


def wav(samples, rate=16_000, subtype="FLOAT"):
    out = io.BytesIO()
    soundfile.write(out, samples.T, rate, format="WAV", subtype=subtype)
    return out.getvalue()


def finished(source, **options):
    scan = Scan(source, **options)
    scan.finish()
    return scan
