"""Sounds that are neither speech nor music, made of filtered noise, clicks and sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["NOISES", "babble", "make_noise"]

_RATE = float(SAMPLE_RATE)


def make_noise(kind: str, seconds: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """Make a noise.

    Parameters
    ----------
    kind : str
        One of `NOISES`.
    seconds : float
        Length.
    generator : numpy.random.Generator
        For everything that is left to chance.

    Returns
    -------
    ndarray, shape (seconds * 16000,), float32
        Peak 0.5.
    """
    sound = NOISES[kind](int(seconds * SAMPLE_RATE), generator)
    return (sound * (0.5 / max(float(np.abs(sound).max()), 1e-9))).astype(np.float32)


def babble(
    voices: Sequence[NDArray[np.float32]], seconds: float, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Many people talking at once, none of whom can be followed; at least five voices."""
    size = int(seconds * SAMPLE_RATE)
    out = np.zeros(size)
    for _ in range(int(generator.integers(6, 14))):
        voice = voices[int(generator.integers(len(voices)))]
        begin = int(generator.integers(voice.size))
        rolled = np.resize(np.roll(voice, -begin), size)
        out += rolled / max(float(np.sqrt(np.mean(np.square(rolled)))), 1e-4) * generator.uniform(0.6, 1.4)
    return (out * (0.5 / max(float(np.abs(out).max()), 1e-9))).astype(np.float32)


def _coloured(size: int, generator: np.random.Generator, slope: float) -> NDArray[np.floating]:
    """Noise whose power falls with the frequency to the power of `slope`: 0 white, 1 pink, 2 brown."""
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / _RATE), 20.0)
    spectrum = (generator.standard_normal(hertz.size) + 1j * generator.standard_normal(hertz.size)) * hertz ** (
        -slope / 2
    )
    return np.asarray(np.fft.irfft(spectrum, size))


def _band(signal: NDArray[np.floating], low: float, high: float) -> NDArray[np.floating]:
    import scipy.signal

    sections = scipy.signal.butter(2, [max(low, 20), min(high, 7800)], "band", fs=_RATE, output="sos")
    return np.asarray(scipy.signal.sosfilt(sections, signal))


def _swell(size: int, generator: np.random.Generator, hertz: float, depth: float) -> NDArray[np.floating]:
    """A slow random loudness around 1."""
    points = max(int(size / _RATE * hertz), 2) + 2
    curve = np.interp(np.linspace(0, points - 1, size), np.arange(points), generator.standard_normal(points))
    return np.exp(depth * curve)


def _events(size: int, generator: np.random.Generator, rate: float) -> NDArray[np.int64]:
    return np.sort(generator.integers(0, size, size=max(int(generator.poisson(rate * size / _RATE)), 1)))


def _placed(size: int, places: NDArray[np.int64], make: Callable[[], NDArray[np.floating]]) -> NDArray[np.floating]:
    out = np.zeros(size)
    for place in places:
        sound = make()
        end = min(int(place) + sound.size, size)
        out[place:end] += sound[: end - int(place)]
    return out


def _steady(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    return _coloured(size, generator, generator.uniform(-0.5, 2.2)) * _swell(
        size, generator, 0.5, generator.uniform(0, 0.2)
    )


def _rain(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    hiss = _band(generator.standard_normal(size), generator.uniform(400, 1500), 7500)
    drops = np.zeros(size)
    drops[_events(size, generator, generator.uniform(50, 800))] = 1
    ring = _band(drops * generator.standard_normal(size), 1000, 7000)
    return np.asarray(hiss * 0.05 * _swell(size, generator, 1, 0.2) + ring / max(float(np.abs(ring).max()), 1e-9) * 0.3)


def _wind(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    gusts = _swell(size, generator, generator.uniform(0.3, 2), generator.uniform(0.4, 1.0))
    whistle = _band(generator.standard_normal(size), 300, generator.uniform(500, 1500)) * 0.1 * gusts**2
    return _coloured(size, generator, generator.uniform(1.5, 2.8)) * 30 * gusts + whistle


def _engine(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    turning = generator.uniform(20, 90) * _swell(size, generator, 0.4, generator.uniform(0.02, 0.25))
    phase = 2 * np.pi * np.cumsum(turning) / _RATE
    strength = generator.uniform(0, 1, size=25) / np.arange(1, 26) ** 0.7
    tone = sum(level * np.sin(n * phase + n * n) for n, level in enumerate(strength, 1))
    rough = 1 + 0.5 * np.sin(phase)
    return np.asarray(tone) + generator.uniform(0.2, 1.5) * rough * _band(generator.standard_normal(size), 100, 3000)


def _hum(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    base = float(generator.choice([50.0, 60.0, 100.0, 120.0, 400.0]))
    time = np.arange(size) / _RATE
    tone = sum(generator.uniform(0, 1) / n * np.sin(2 * np.pi * base * n * time + n) for n in range(1, 12))
    return np.asarray(np.asarray(tone) + generator.uniform(0.02, 0.4) * _coloured(size, generator, 1) * 10)


def _clicks(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    ring, fall = generator.uniform(300, 5000), generator.uniform(60, 900)
    time = np.arange(int(0.08 * _RATE)) / _RATE

    def click() -> NDArray[np.floating]:
        body = np.sin(2 * np.pi * ring * generator.uniform(0.8, 1.2) * time) + generator.standard_normal(time.size)
        return body * np.exp(-fall * time) * generator.uniform(0.2, 1)

    return _placed(size, _events(size, generator, generator.uniform(0.5, 12)), click)


def _keyboard(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    time = np.arange(int(0.06 * _RATE)) / _RATE
    bright = generator.uniform(1500, 5000)

    def stroke() -> NDArray[np.floating]:
        down = generator.standard_normal(time.size) * np.exp(-generator.uniform(150, 500) * time)
        return _band(down, bright * 0.4, bright * 1.6) * generator.uniform(0.3, 1)

    places = np.cumsum(generator.gamma(2.0, generator.uniform(0.05, 0.15), size=400) * _RATE).astype(np.int64)
    return _placed(size, places[places < size], stroke) + 0.002 * generator.standard_normal(size)


def _birds(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    base = generator.uniform(1800, 5000)

    def chirp() -> NDArray[np.floating]:
        pieces = []
        for _ in range(int(generator.integers(1, 7))):
            time = np.arange(int(generator.uniform(0.03, 0.25) * _RATE)) / _RATE
            sweep = base * generator.uniform(0.8, 1.25) * np.exp(generator.uniform(-3, 3) * time)
            trill = 1 + generator.uniform(0, 0.1) * np.sin(2 * np.pi * generator.uniform(10, 60) * time)
            tone = np.sin(2 * np.pi * np.cumsum(np.minimum(sweep * trill, 7500)) / _RATE)
            pieces += [tone * np.hanning(time.size), np.zeros(int(generator.uniform(0.01, 0.12) * _RATE))]
        return np.concatenate(pieces) * generator.uniform(0.3, 1)

    return _placed(size, _events(size, generator, generator.uniform(0.3, 2.5)), chirp) + 0.01 * _coloured(
        size, generator, 1
    )


def _water(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    def bubble() -> NDArray[np.floating]:
        time = np.arange(int(generator.uniform(0.01, 0.06) * _RATE)) / _RATE
        pitch = generator.uniform(400, 3000) * (1 + generator.uniform(0, 8) * time)
        return np.sin(2 * np.pi * np.cumsum(pitch) / _RATE) * np.exp(-60 * time) * generator.uniform(0.2, 1)

    stream = _band(_coloured(size, generator, 0.8), 200, 6000)
    stream /= max(float(np.abs(stream).max()), 1e-9)
    return (
        _placed(size, _events(size, generator, generator.uniform(20, 150)), bubble) + generator.uniform(0.1, 1) * stream
    )


def _siren(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    time = np.arange(size) / _RATE
    low, high, rate = generator.uniform(400, 700), generator.uniform(800, 1600), generator.uniform(0.15, 4)
    turn = (rate * time) % 1
    shape = int(generator.integers(3))
    sweep = np.sin(np.pi * turn) if shape == 0 else turn if shape == 1 else (turn > 0.5).astype(float)
    phase = 2 * np.pi * np.cumsum(low + (high - low) * sweep) / _RATE
    harmonics = sum(np.sin(n * phase) / n ** generator.uniform(0.8, 2) for n in range(1, 5))
    return np.asarray(np.asarray(harmonics) * _swell(size, generator, 0.3, 0.4) + 0.1 * _coloured(size, generator, 1))


def _alarm(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    time = np.arange(size) / _RATE
    hertz = generator.uniform(500, 3500)
    period, share = generator.uniform(0.15, 2.5), generator.uniform(0.2, 0.8)
    tone = np.sin(2 * np.pi * hertz * time) + generator.uniform(0, 0.5) * np.sin(6 * np.pi * hertz * time)
    return tone * ((time % period) < share * period) + 0.02 * generator.standard_normal(size)


def _footsteps(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    time = np.arange(int(0.2 * _RATE)) / _RATE
    low = generator.uniform(60, 300)

    def step() -> NDArray[np.floating]:
        body = _band(generator.standard_normal(time.size), low, low * generator.uniform(4, 20))
        return body * np.exp(-generator.uniform(20, 80) * time) * generator.uniform(0.5, 1)

    places = (np.arange(0, size / _RATE, generator.uniform(0.35, 0.8)) * _RATE).astype(np.int64)
    jitter = generator.integers(0, 800, size=places.size)
    return _placed(size, np.minimum(places + jitter, size - 1), step) + 0.01 * _coloured(size, generator, 1)


def _applause(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    claps = np.zeros(size)
    np.add.at(claps, _events(size, generator, generator.uniform(40, 600)), 1.0)
    body = _band(generator.standard_normal(int(0.02 * _RATE)), 600, 4000) * np.hanning(int(0.02 * _RATE))
    return np.convolve(claps * generator.uniform(0.3, 1, size), body, "same") + 0.02 * _coloured(size, generator, 1)


def _machine(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    period = int(generator.uniform(0.06, 0.8) * _RATE)
    once = _coloured(period, generator, generator.uniform(0, 1.5)) * np.exp(
        -np.linspace(0, generator.uniform(2, 12), period)
    )
    strokes = np.resize(once, size) * _swell(size, generator, 1, 0.1)
    return np.asarray(strokes + generator.uniform(0.01, 0.3) * once.std() * generator.standard_normal(size))


def _animal(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    """Barks, moos and croaks: short, rough, one formant, falling pitch."""
    base, length, centre = generator.uniform(70, 700), generator.uniform(0.12, 0.9), generator.uniform(500, 2500)

    def call() -> NDArray[np.floating]:
        time = np.arange(int(length * generator.uniform(0.8, 1.2) * _RATE)) / _RATE
        bend = np.sin(np.pi * time / time[-1]) * generator.uniform(0, 0.6) - generator.uniform(0, 0.4) * time / time[-1]
        turns = np.cumsum(base * (1 + bend) * (1 + 0.05 * generator.standard_normal(time.size))) / _RATE
        rough = 2 * (turns % 1) - 1 + generator.uniform(0.1, 1.2) * generator.standard_normal(time.size)
        return _band(rough, centre * 0.5, centre * 1.8) * np.hanning(time.size) * generator.uniform(0.5, 1)

    return _placed(size, _events(size, generator, generator.uniform(0.3, 2)), call) + 0.005 * _coloured(
        size, generator, 1
    )


def _crackle(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    pops = generator.standard_normal(size) * (generator.random(size) < generator.uniform(0.0005, 0.01))
    return _band(pops, 300, 7000) * 3 + 0.1 * _coloured(size, generator, 1.5) * _swell(size, generator, 2, 0.4)


def _surf(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    time = np.arange(size) / _RATE
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * time / generator.uniform(3, 9) + generator.uniform(0, 6))
    return _coloured(size, generator, generator.uniform(0.3, 1.3)) * (0.1 + wave**2)


def _crickets(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    time = np.arange(size) / _RATE
    out = np.zeros(size)
    for _ in range(int(generator.integers(1, 5))):
        pulse = np.sin(2 * np.pi * generator.uniform(15, 60) * time) > 0
        group = np.sin(2 * np.pi * generator.uniform(0.5, 4) * time + generator.uniform(0, 6)) > generator.uniform(
            -0.8, 0.5
        )
        out += np.sin(2 * np.pi * generator.uniform(2500, 6500) * time) * pulse * group * generator.uniform(0.2, 1)
    return out + 0.02 * _coloured(size, generator, 1)


def _drilling(size: int, generator: np.random.Generator) -> NDArray[np.floating]:
    on = _swell(size, generator, 0.7, 1.5) > 0.7
    turns = np.cumsum(generator.uniform(60, 250) * _swell(size, generator, 1, 0.05)) / _RATE
    buzz = (2 * (turns % 1) - 1) * 0.6 + generator.standard_normal(size) * 0.6
    return _band(buzz, 200, 6500) * (0.02 + on)


NOISES: dict[str, Callable[[int, np.random.Generator], NDArray[np.floating]]] = {
    "steady": _steady, "rain": _rain, "wind": _wind, "engine": _engine, "hum": _hum, "clicks": _clicks,
    "keyboard": _keyboard, "birds": _birds, "water": _water, "siren": _siren, "alarm": _alarm, "footsteps": _footsteps,
    "applause": _applause, "machine": _machine, "animal": _animal, "crackle": _crackle, "surf": _surf,
    "crickets": _crickets, "drilling": _drilling,
}  # fmt: skip
"""What can be made, by name."""
