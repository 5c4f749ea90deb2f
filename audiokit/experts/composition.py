"""Pieces of music drawn at random: key, chords, melody, bass and drums in many styles, as notes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audiokit.experts.music_styles import DRUMS, STYLES
from audiokit.experts.tonality import Tonality, draw_tonality

__all__ = ["Note", "Piece", "compose"]

_PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 3), (0, 3, 0, 4), (5, 3, 0, 4), (0, 6, 5, 4), (1, 4, 0, 0),
                 (0, 2, 3, 4), (0, 0, 3, 3, 4, 3, 0, 4), (0, 5, 1, 4), (0, 0, 0, 0),
                 (0, 3, 6, 2, 5, 1, 4, 0))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Parameters
    ----------
    start_seconds, seconds : float
        When and how long.
    key : int
        MIDI number: 69 is 440 Hz; on the drum channel an instrument of the General MIDI drum map.
    velocity : int
        1 to 127.
    program : int
        General MIDI program, 0 to 127; -1 for drums.
    """

    start_seconds: float
    seconds: float
    key: int
    velocity: int
    program: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Notes and what they were made with.

    Parameters
    ----------
    notes : tuple of Note
        In no order.
    seconds : float
        Length.
    beat_seconds : float
        A quarter note.
    tonality : Tonality
        Of the melody.
    style : str
        One of `STYLES`.
    """

    notes: tuple[Note, ...]
    seconds: float
    beat_seconds: float
    tonality: Tonality
    style: str


def compose(generator: np.random.Generator, seconds: float, style: str = "") -> Piece:
    """Draw a piece.

    Parameters
    ----------
    generator : numpy.random.Generator
        For everything that is left to chance.
    seconds : float
        Length; the piece does not end, it stops.
    style : str, optional
        One of `STYLES`; drawn if empty.

    Returns
    -------
    Piece
    """
    name = style or str(generator.choice(list(STYLES)))
    manner = STYLES[name]
    tonality = draw_tonality(generator, manner.scales)
    beat = 60.0 / generator.uniform(*manner.tempo)
    per_bar = int(generator.choice([4, 4, 4, 3])) if not manner.drums else 4
    bar = per_bar * beat
    progression = _PROGRESSIONS[int(generator.integers(len(_PROGRESSIONS)))]
    parts = {part: _pick(getattr(manner, part), generator) for part in ("chords", "lead", "bass")}
    if generator.random() < 0.25 and parts["chords"] is not None and manner.drums:
        parts["lead"] = None
    notes: list[Note] = []
    bars = int(seconds / bar) + 1
    comping = manner.comping
    if comping == "mixed":
        comping = str(generator.choice(["block", "arpeggio", "eighths", "pad"]))
    figure = _figure(comping, per_bar, generator)
    motif = _motif(per_bar, generator)
    drums = _drum_bar(manner.drums, generator)
    for index in range(bars):
        degree = progression[index % len(progression)]
        begin = index * bar
        if parts["chords"] is not None:
            notes += _chord_bar(tonality, degree, parts["chords"], figure, begin, beat, generator)
        if parts["bass"] is not None:
            notes += _bass_bar(tonality, degree, parts["bass"], begin, beat, per_bar, generator)
        if parts["lead"] is not None and generator.random() > manner.sparse:
            if generator.random() < 0.4:
                motif = _motif(per_bar, generator)
            notes += _lead_bar(tonality, degree, parts["lead"], motif, begin, beat, generator)
        for key, velocity, place in drums:
            if generator.random() > 0.06:
                late = manner.swing * beat if place % 4 == 2 else 0.0
                notes.append(Note(begin + place * beat / 4 + late, 0.2, key, velocity, -1))
    loose = generator.uniform(0.0, 0.012)
    played = [
        Note(max(n.start_seconds + float(generator.normal(0, loose)), 0.0), n.seconds, n.key,
             int(np.clip(n.velocity + generator.integers(-12, 13), 20, 127)), n.program)
        for n in notes if n.start_seconds < seconds
    ]  # fmt: skip
    return Piece(tuple(played), seconds, beat, tonality, name)


def _pick(programs: tuple[int, ...], generator: np.random.Generator) -> int | None:
    return int(generator.choice(programs)) if programs else None


def _key(tonality: Tonality, degree: int, lowest: int) -> int:
    octave, step = divmod(degree, len(tonality.scale))
    key = 57 + tonality.root + tonality.scale[step] + 12 * octave
    while key >= lowest + 12:
        key -= 12
    while key < lowest:
        key += 12
    return key


def _figure(  # noqa: PLR0911 - one return for each manner
    comping: str, per_bar: int, generator: np.random.Generator
) -> list[tuple[float, float, int]]:
    """(beat, beats, which note of the chord; -1 for all) for one bar."""
    if comping == "pad":
        return [(0.0, float(per_bar), -1)]
    if comping == "eighths":
        return [(n / 2, 0.45, -1) for n in range(2 * per_bar)]
    if comping == "sixteenths":
        return [(n / 4, 0.22, int(generator.integers(4))) for n in range(4 * per_bar) if generator.random() < 0.8]
    if comping == "offbeat":
        return [(n + 0.5, 0.3, -1) for n in range(per_bar)]
    if comping == "sparse":
        return [
            (n / 2, float(generator.uniform(0.3, 1.2)), -1) for n in range(2 * per_bar) if generator.random() < 0.35
        ]
    if comping == "arpeggio":
        order = generator.permutation(4)
        step = float(generator.choice([0.25, 0.5, 1 / 3]))
        return [(n * step, step * generator.uniform(1, 4), int(order[n % 4])) for n in range(int(per_bar / step))]
    return [(float(n), 0.9, -1) for n in range(0, per_bar, int(generator.choice([1, 2])))]


def _chord_bar(
    tonality: Tonality,
    degree: int,
    program: int,
    figure: list[tuple[float, float, int]],
    begin: float,
    beat: float,
    generator: np.random.Generator,
) -> list[Note]:
    steps = (0, 2, 4, 6) if generator.random() < 0.3 else (0, 2, 4, 7)
    keys = [_key(tonality, degree + step, 52 + 3 * n) for n, step in enumerate(steps)]
    notes = []
    for at, beats, which in figure:
        struck = keys if which < 0 else [keys[which]]
        notes += [Note(begin + at * beat, beats * beat, key, 72, program) for key in struck]
    return notes


def _bass_bar(
    tonality: Tonality,
    degree: int,
    program: int,
    begin: float,
    beat: float,
    per_bar: int,
    generator: np.random.Generator,
) -> list[Note]:
    step = float(generator.choice([0.5, 1.0, 1.0, 2.0]))
    count = int(per_bar / step)
    walk = generator.choice([0, 0, 0, 4, 2], size=count)
    return [
        Note(begin + n * step * beat, step * beat * 0.9, _key(tonality, degree + int(walk[n]), 31), 88, program)
        for n in range(count)
        if n == 0 or generator.random() < 0.85
    ]


def _motif(per_bar: int, generator: np.random.Generator) -> list[tuple[float, float, int]]:
    motif = []
    at, step = 0.0, int(generator.integers(0, 7))
    while at < per_bar:
        length = float(generator.choice([0.25, 0.5, 0.5, 1.0, 1.0, 1.5, 2.0]))
        step = int(np.clip(step + generator.integers(-3, 4), -3, 10))
        if generator.random() < 0.85:
            motif.append((at, length, step))
        at += length
    return motif


def _lead_bar(
    tonality: Tonality,
    degree: int,
    program: int,
    motif: list[tuple[float, float, int]],
    begin: float,
    beat: float,
    generator: np.random.Generator,
) -> list[Note]:
    lowest = 50 if program in {42, 43, 57, 58, 70} else 62
    shift = degree if generator.random() < 0.5 else 0
    return [
        Note(begin + at * beat, length * beat * generator.uniform(0.7, 1.02),
             _key(tonality, 0, lowest) + _relative(tonality, step + shift), 98, program)
        for at, length, step in motif
    ]  # fmt: skip


def _relative(tonality: Tonality, degree: int) -> int:
    octave, step = divmod(degree, len(tonality.scale))
    return tonality.scale[step] + 12 * octave


def _drum_bar(name: str, generator: np.random.Generator) -> list[tuple[int, int, int]]:
    """(key, velocity, sixteenth) for one bar, with some strokes moved."""
    if not name:
        return []
    strokes = []
    for key, pattern in DRUMS[name].items():
        for place, mark in enumerate(pattern):
            if mark == "x":
                strokes.append((key, 100 if place % 4 == 0 else 78, place))
        if generator.random() < 0.4:
            strokes.append((key, 60, int(generator.integers(16))))
    return strokes
