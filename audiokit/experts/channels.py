"""What lies between a mouth and a file: rooms, microphones, lines, levels, and other sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["compressed", "equalised", "in_room", "mixed", "narrowed", "overdriven", "resampled_by", "telephoned"]

_RATE = float(SAMPLE_RATE)


def in_room(
    sound: NDArray[np.float32], generator: np.random.Generator, *, longest_seconds: float = 0.9
) -> NDArray[np.float32]:
    """A room: the direct sound, early reflections and decaying noise that grows dull."""
    import scipy.signal

    seconds = float(np.exp(generator.uniform(np.log(0.12), np.log(longest_seconds))))
    size = int(seconds * _RATE)
    time = np.arange(size) / _RATE
    tail = generator.standard_normal(size) * np.exp(-6.9 * time / seconds)
    b, a = scipy.signal.butter(1, generator.uniform(1500, 6500), fs=_RATE)
    tail = scipy.signal.lfilter(b, a, tail)
    gap = int(generator.uniform(0.002, 0.02) * _RATE)
    response = np.zeros(size + gap)
    response[gap:] = tail / max(float(np.sqrt(np.square(tail).sum())), 1e-9) * 10 ** (-generator.uniform(-3, 14) / 20)
    for _ in range(6):
        response[int(generator.integers(20, max(size // 3, 40)))] += generator.uniform(-0.4, 0.4)
    response[0] = 1.0
    return _like(scipy.signal.fftconvolve(sound, response)[: sound.size], sound)


def equalised(
    sound: NDArray[np.float32], generator: np.random.Generator, *, strength_db: float = 8.0
) -> NDArray[np.float32]:
    """A microphone or tone control: a smooth curve over frequency, and a tilt."""
    spectrum = np.fft.rfft(sound)
    hertz = np.maximum(np.fft.rfftfreq(sound.size, 1 / _RATE), 50)
    octaves = np.log2(hertz / 1000)
    curve = np.interp(octaves, np.arange(-5, 4), generator.normal(0, strength_db / 2, size=9))
    curve += generator.normal(0, 1.5) * octaves
    return _like(np.fft.irfft(spectrum * 10 ** (np.clip(curve, -24, 24) / 20), sound.size), sound)


def narrowed(sound: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Less bandwidth: an old recording, a lossy codec, a cheap microphone."""
    import scipy.signal

    high = float(generator.choice([3400, 4000, 5000, 5500, 6500]))
    sections = scipy.signal.butter(8, high, fs=_RATE, output="sos")
    return _like(scipy.signal.sosfilt(sections, sound), sound)


def telephoned(sound: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """A telephone: 300 to 3400 Hz, eight bits by the mu-law of G.711."""
    import scipy.signal

    low = generator.uniform(200, 350)
    sections = scipy.signal.butter(4, [low, 3400], "band", fs=_RATE, output="sos")
    line = scipy.signal.sosfilt(sections, sound)
    line = line / max(float(np.abs(line).max()), 1e-6)
    squeezed = np.sign(line) * np.log1p(255 * np.abs(line)) / np.log(256)
    squeezed = np.round(squeezed * 127) / 127
    back = np.sign(squeezed) * (256 ** np.abs(squeezed) - 1) / 255
    return _like(scipy.signal.sosfilt(sections, back), sound)


def overdriven(sound: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Too loud for the microphone or converter: the highest part of the wave is cut off, hard or softly."""
    power = np.square(sound[: sound.size // 400 * 400].reshape(-1, 400)).mean(axis=1)
    loud = float(np.sqrt(np.percentile(power, 95))) if power.size else 0.0
    if loud <= 0:
        return sound
    drive = 10 ** (generator.uniform(-2, 10) / 20)
    driven = sound * np.float32(drive / (2.5 * loud))
    cut = np.clip(driven, -1, 1) if generator.random() < 0.5 else np.tanh(driven)
    return _like(cut, sound)


def compressed(sound: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Levelled as for radio: quiet parts up."""
    import scipy.ndimage

    power = scipy.ndimage.uniform_filter1d(
        np.square(sound, dtype=np.float64), int(generator.uniform(0.02, 0.3) * _RATE)
    )
    loud = np.sqrt(np.maximum(power, 1e-8))
    return _like(sound * (loud / loud.max()) ** -generator.uniform(0.2, 0.6), sound)


def mixed(sound: NDArray[np.float32], other: NDArray[np.float32], ratio_db: float) -> NDArray[np.float32]:
    """Sound with another under it, which is so many dB quieter; loudness is measured where each is not silent."""
    other = np.resize(other, sound.shape)
    gain = _active_level(sound) / max(_active_level(other), 1e-6) * 10 ** (-ratio_db / 20)
    both = sound + other * gain
    return (both * min(0.9 / max(float(np.abs(both).max()), 1e-6), 1.0)).astype(np.float32)


def resampled_by(sound: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Played faster and higher (above 1), or slower and lower."""
    places = np.arange(0, sound.size - 1, factor)
    return np.asarray(np.interp(places, np.arange(sound.size), sound).astype(np.float32))


def _active_level(sound: NDArray[np.float32]) -> float:
    power = np.square(sound[: sound.size // 400 * 400].reshape(-1, 400), dtype=np.float64).mean(axis=1)
    if power.size == 0:
        return float(np.sqrt(np.mean(np.square(sound)))) if sound.size else 0.0
    return float(np.sqrt(power[power >= power.max() * 1e-3].mean()))


def _like(changed: NDArray[np.floating], sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """With the level of the original, where that is no silence."""
    had, has = float(np.abs(sound).max(initial=0.0)), float(np.abs(changed).max(initial=0.0))
    return np.asarray(changed * (had / max(has, 1e-9)), dtype=np.float32)
