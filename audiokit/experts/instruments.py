"""Play pieces with instruments made here: plucked strings, FM bells, bowed and blown tones, synthesisers, drums."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from audiokit.experts.composition import Piece

    _Play: TypeAlias = Callable[[float, float, np.random.Generator], NDArray[np.floating]]

__all__ = ["render_with_instruments"]

_RATE = float(SAMPLE_RATE)


def render_with_instruments(piece: Piece, generator: np.random.Generator) -> NDArray[np.float32]:
    """Play a piece; each program becomes one of our instruments, drawn at random.

    Returns
    -------
    ndarray, shape (seconds * 16000,), float32
        Peak 0.7.
    """
    out = np.zeros(int((piece.seconds + 4) * SAMPLE_RATE))
    players: dict[int, _Play] = {}
    gains: dict[int, float] = {}
    kit = _Kit(generator)
    for note in piece.notes:
        if note.program < 0:
            sound = kit.strike(note.key)
        else:
            if note.program not in players:
                players[note.program] = _drawn(generator)
                gains[note.program] = float(generator.uniform(0.4, 1.0))
            hertz = 440.0 * 2 ** ((note.key - 69) / 12)
            sound = players[note.program](hertz, min(note.seconds, 4.0), generator) * gains[note.program]
        begin = int(note.start_seconds * SAMPLE_RATE)
        end = min(begin + sound.size, out.size)
        out[begin:end] += sound[: end - begin] * (note.velocity / 127) ** 1.5
    out = out[: int(piece.seconds * SAMPLE_RATE)]
    if generator.random() < 0.25:
        drive = generator.uniform(1, 6)
        out = np.tanh(drive * out / max(float(np.abs(out).max()), 1e-6))
    return (out * (0.7 / max(float(np.abs(out).max()), 1e-6))).astype(np.float32)


def _drawn(generator: np.random.Generator) -> _Play:
    kind = generator.integers(6)
    if kind == 0:
        bright = generator.uniform(0.1, 0.9)
        return lambda hertz, seconds, g: _plucked(hertz, seconds, g, bright)
    if kind == 1:
        ratio, depth = float(generator.choice([1.0, 1.41, 2.0, 3.0, 3.5])), generator.uniform(0.5, 6)
        return lambda hertz, seconds, _: _bell(hertz, seconds, ratio, depth)
    if kind == 2:
        fall, attack = generator.uniform(0.6, 1.6), generator.uniform(0.02, 0.15)
        return lambda hertz, seconds, g: _bowed(hertz, seconds, g, fall, attack)
    if kind == 3:
        shape, cut = int(generator.integers(3)), generator.uniform(1.5, 12)
        return lambda hertz, seconds, g: _synthesiser(hertz, seconds, g, shape, cut)
    if kind == 4:
        drawbars = generator.uniform(0, 1, size=8)
        return lambda hertz, seconds, _: _organ(hertz, seconds, drawbars)
    stiff, decay = generator.uniform(0, 4e-4), generator.uniform(1.5, 5)
    return lambda hertz, seconds, _: _struck(hertz, seconds, stiff, decay)


def _time(seconds: float) -> NDArray[np.floating]:
    return np.arange(max(int(seconds * _RATE), 64)) / _RATE


def _edges(size: int, attack: float, release: float) -> NDArray[np.floating]:
    up, down = max(int(attack * _RATE), 1), max(int(release * _RATE), 1)
    shape = np.ones(size)
    up, down = min(up, size), min(down, size)
    shape[:up] *= np.linspace(0, 1, up)
    shape[-down:] *= np.linspace(1, 0, down)
    return shape


def _plucked(hertz: float, seconds: float, generator: np.random.Generator, bright: float) -> NDArray[np.floating]:
    """Karplus and Strong (1983): noise in a loop of one period, a little duller each time."""
    import scipy.signal

    period = max(int(_RATE / hertz - 0.5), 2)
    size = _time(seconds + 1.0).size
    noise = np.zeros(size)
    noise[:period] = generator.uniform(-1, 1, period)
    noise[:period] = scipy.signal.lfilter([bright], [1, bright - 1], noise[:period])
    loop = np.zeros(period + 2)
    loop[0], loop[period], loop[period + 1] = 1.0, -0.498, -0.498
    return np.asarray(np.asarray(scipy.signal.lfilter([1.0], loop, noise)) * _edges(size, 0.001, 0.3))


def _bell(hertz: float, seconds: float, ratio: float, depth: float) -> NDArray[np.floating]:
    """Chowning (1973): one sine bends the phase of another, less and less."""
    time = _time(seconds + 0.8)
    fade = np.exp(-3 * time / max(seconds, 0.2))
    tone = np.sin(2 * np.pi * hertz * time + depth * fade * np.sin(2 * np.pi * hertz * ratio * time))
    return np.asarray(0.5 * tone * np.exp(-2.5 * time / max(seconds, 0.3)) * _edges(time.size, 0.004, 0.1))


def _bowed(
    hertz: float, seconds: float, generator: np.random.Generator, fall: float, attack: float
) -> NDArray[np.floating]:
    time = _time(seconds + 0.1)
    vibrato = 1 + generator.uniform(0, 0.008) * np.sin(2 * np.pi * generator.uniform(4.5, 6.5) * time) * np.clip(
        time / 0.4, 0, 1
    )
    phase = 2 * np.pi * np.cumsum(hertz * vibrato) / _RATE
    count = min(int(7000 / hertz), 24)
    tone = sum(np.sin(n * phase + n) / n**fall for n in range(1, max(count, 1) + 1))
    breath = generator.standard_normal(time.size) * 0.02
    return 0.35 * (np.asarray(tone) + breath) * _edges(time.size, attack, 0.12)


def _synthesiser(
    hertz: float, seconds: float, generator: np.random.Generator, shape: int, cut: float
) -> NDArray[np.floating]:
    import scipy.signal

    time = _time(seconds + 0.1)
    tone = np.zeros(time.size)
    for detune in generator.normal(0, 0.004, size=3):
        turns = hertz * (1 + detune) * time + generator.random()
        if shape == 0:
            tone += 2 * (turns % 1) - 1
        elif shape == 1:
            tone += np.sign(np.sin(2 * np.pi * turns))
        else:
            tone += 2 * np.abs(2 * (turns % 1) - 1) - 1
    edge = min(hertz * cut, 7000) / (_RATE / 2)
    b, a = scipy.signal.butter(2, edge)
    return 0.25 * np.asarray(scipy.signal.lfilter(b, a, tone)) * _edges(time.size, 0.01, 0.08)


def _organ(hertz: float, seconds: float, drawbars: NDArray[np.floating]) -> NDArray[np.floating]:
    time = _time(seconds + 0.05)
    tone = np.zeros(time.size)
    for level, multiple in zip(drawbars, (0.5, 1, 1.5, 2, 3, 4, 5, 6), strict=True):
        if hertz * multiple < 7500:
            tone += level * np.sin(2 * np.pi * hertz * multiple * time)
    return 0.3 * tone * _edges(time.size, 0.01, 0.04)


def _struck(hertz: float, seconds: float, stiff: float, decay: float) -> NDArray[np.floating]:
    time = _time(seconds + 0.6)
    tone = np.zeros(time.size)
    for n in range(1, min(int(7000 / hertz), 14) + 1):
        partial = n * hertz * np.sqrt(1 + stiff * n * n)
        if partial < 7600:
            tone += np.sin(2 * np.pi * partial * time) * np.exp(-decay * n**0.7 * time) / n
    return 0.5 * tone * _edges(time.size, 0.002, 0.25)


class _Kit:
    """Drums with a sound of their own for each piece."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self._kick_hertz = generator.uniform(42, 65)
        self._kick_fall = generator.uniform(5, 25)
        self._snare_hertz = generator.uniform(160, 260)
        self._hat_fall = generator.uniform(25, 90)
        self._made: dict[int, NDArray[np.floating]] = {}

    def strike(self, key: int) -> NDArray[np.floating]:
        """One stroke."""
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def _make(self, key: int) -> NDArray[np.floating]:
        import scipy.signal

        noise = self._generator.standard_normal
        if key in {35, 36}:
            time = _time(0.45)
            turns = np.cumsum(self._kick_hertz * (1 + 4 * np.exp(-time * 45))) / _RATE
            return np.asarray(np.sin(2 * np.pi * turns) * np.exp(-self._kick_fall * time))
        if key in {37, 38, 39, 40}:
            time = _time(0.25)
            tone = np.sin(2 * np.pi * self._snare_hertz * time) * np.exp(-30 * time) * (key != 39)
            return np.asarray(0.6 * tone + 0.4 * noise(time.size) * np.exp(-self._generator.uniform(14, 35) * time))
        if key in {41, 43, 45, 47, 48, 50, 61, 62, 63, 64}:
            time = _time(0.4)
            turns = np.cumsum((80 + 3 * (key - 40)) * 1.6 * (1 + 0.5 * np.exp(-time * 30))) / _RATE
            return np.asarray(0.7 * np.sin(2 * np.pi * turns) * np.exp(-9 * time))
        long = key in {46, 49, 51, 57}
        time = _time(0.9 if long else 0.15)
        b, a = scipy.signal.butter(2, 0.6, "high")
        fall = 5.0 if long else self._hat_fall
        return np.asarray(0.4 * np.asarray(scipy.signal.lfilter(b, a, noise(time.size))) * np.exp(-fall * time))
