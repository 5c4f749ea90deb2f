"""Sounds and measurements for the tests of augmentations."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

RATE = 16_000


def tone(frequency_hz, seconds=2.0, sample_rate=RATE, amplitude=0.3):
    return (
        amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * sample_rate)) / sample_rate)
    ).astype(np.float32)[np.newaxis]


def pitch_hz(samples, sample_rate=RATE):
    """The strongest frequency in the middle half, between the bins of a long transform by a parabola."""
    middle = samples[0, samples.shape[1] // 4 : -(samples.shape[1] // 4)].astype(np.float64)
    size = 1 << 20
    power = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), size))
    peak = int(power.argmax())
    left, top, right = np.log(power[peak - 1 : peak + 2])
    return (peak + 0.5 * (left - right) / (left - 2 * top + right)) * sample_rate / size


def level_db(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)))


def close_db(got, wanted):
    """How far below `wanted` the difference to it stands, in dB."""
    wrong = np.mean(np.square(got.astype(np.float64) - wanted))
    return 10 * np.log10(np.mean(np.square(wanted, dtype=np.float64)) / max(wrong, 1e-30))


def voice(seconds=2.0, sample_rate=RATE, seed=0):
    """Something like a voice: harmonics of a gliding pitch under a changing envelope, with breath and pauses."""
    generator = np.random.default_rng(seed)
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    pitch = 130 + 30 * np.sin(2 * np.pi * 0.7 * time + seed)
    phase = 2 * np.pi * np.cumsum(pitch) / sample_rate
    harmonics = sum(np.sin(order * phase) / order**1.3 for order in range(1, 30))
    envelope = np.clip(np.sin(2 * np.pi * 2.1 * time), 0, None) ** 0.5
    return (0.15 * envelope * (harmonics + 0.1 * generator.standard_normal(time.size))).astype(np.float32)[np.newaxis]


def music(seconds=3.0, sample_rate=RATE, seed=0):
    """Something like music: chords that are struck and die away, each with a beat of noise."""
    generator = np.random.default_rng(seed)
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    out = np.zeros(time.size)
    for beat, start in enumerate(np.arange(0, seconds, 0.25)):
        since = np.clip(time - start, 0, None)
        struck = (time >= start) * np.exp(-6 * since)
        for semitones in (0, 4, 7, 12)[: 2 + beat % 3]:
            out += 0.1 * struck * np.sin(2 * np.pi * 220 * 2 ** ((semitones + beat % 4) / 12) * since)
        out += 0.1 * (time >= start) * np.exp(-60 * since) * generator.standard_normal(time.size)
    return out.astype(np.float32)[np.newaxis]


@st.composite
def sounds(draw, longest=3000):
    """(channels 1..4, any length >= 1): noise, silence, a constant, full scale, a click."""
    channels = draw(st.integers(1, 4))
    frames = draw(st.one_of(st.integers(1, 12), st.integers(1, longest)))
    kind = draw(st.sampled_from(["noise", "silence", "constant", "full scale", "click"]))
    samples = np.zeros((channels, frames), dtype=np.float32)
    if kind == "noise":
        samples += 0.1 * np.random.default_rng(frames).standard_normal(samples.shape).astype(np.float32)
    elif kind == "constant":
        samples += 0.5
    elif kind == "full scale":
        samples[:] = np.where(np.random.default_rng(frames).random(samples.shape) < 0.5, -1, 1)
    elif kind == "click":
        samples[:, frames // 2] = 1.0
    return samples
