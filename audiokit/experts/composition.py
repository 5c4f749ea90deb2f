"""Pieces of music drawn at random: key, chords, melody, bass and drums in many styles, as notes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["STYLES", "Note", "Piece", "Tonality", "compose", "draw_tonality"]

_SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "blues": (0, 3, 5, 6, 7, 10),
    "hijaz": (0, 1, 4, 5, 7, 8, 10),
}
_PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 3), (0, 3, 0, 4), (5, 3, 0, 4), (0, 6, 5, 4), (1, 4, 0, 0),
                 (0, 2, 3, 4), (0, 0, 3, 3, 4, 3, 0, 4), (0, 5, 1, 4), (0, 0, 0, 0),
                 (0, 3, 6, 2, 5, 1, 4, 0))  # fmt: skip
DRUM_CHANNEL = 9
_KICK, _SNARE, _CLAP, _HAT, _OPEN_HAT, _RIDE, _CRASH, _TOM, _SHAKER, _CONGA, _RIM = (
    36,
    38,
    39,
    42,
    46,
    51,
    49,
    45,
    70,
    63,
    37,
)


@dataclass(frozen=True, slots=True)
class Tonality:
    """A scale at a pitch.

    Parameters
    ----------
    root : int
        Semitones above A, 0 to 11.
    scale : tuple of int
        Semitones of its degrees.
    """

    root: int
    scale: tuple[int, ...]

    def semitones(self, degree: int) -> float:
        """Semitones above A1 less three octaves of a degree that may lie below or above the octave; relative."""
        octave, step = divmod(degree, len(self.scale))
        return float(self.root % 12 - 12 * (self.root % 12 > 6) + self.scale[step] + 12 * octave)


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


@dataclass(frozen=True, slots=True)
class _Style:
    chords: tuple[int, ...] = ()  # programs to choose from
    lead: tuple[int, ...] = ()
    bass: tuple[int, ...] = ()
    drums: str = ""
    tempo: tuple[float, float] = (70, 140)
    comping: str = "block"
    scales: tuple[str, ...] = ("major", "minor")
    swing: float = 0.0
    sparse: float = 0.0


_ANY_LEAD = tuple(range(40, 46)) + tuple(range(56, 80))
STYLES: dict[str, _Style] = {
    "rock": _Style((29, 30, 27), (29, 30, 27, 18), (33, 34), "rock", (100, 170), "eighths", ("minor", "mixolydian")),
    "metal": _Style((30,), (30, 29), (34,), "double", (130, 200), "eighths", ("phrygian", "minor", "harmonic")),
    "pop": _Style((0, 4, 25, 27, 90, 48), (80, 4, 73, 26), (33, 38), "rock", (80, 130), "mixed"),
    "ballad": _Style((0, 4, 24, 89), (0, 40, 73, 52), (32, 33), "soft", (55, 80), "arpeggio"),
    "house": _Style((81, 90, 4, 62), (80, 81, 87), (38, 39), "four", (118, 140), "offbeat", ("minor", "dorian")),
    "trance": _Style((90, 81, 50), (81, 84), (38, 39), "four", (130, 150), "sixteenths", ("minor",)),
    "hip_hop": _Style((4, 0, 48, 11), (11, 80, 73), (38, 32), "boom_bap", (75, 105), "sparse", ("minor", "dorian")),
    "trap": _Style((88, 52, 46, 0), (80, 79, 11), (38,), "trap", (65, 85), "sparse", ("minor", "phrygian")),
    "drum_and_bass": _Style((89, 90), (81, 80), (38, 39), "break", (165, 178), "pad", ("minor",)),
    "jazz": _Style((0, 26, 4), (65, 66, 56, 11, 26), (32,), "swing", (90, 220), "sparse", ("dorian", "mixolydian"),
                   0.16),
    "bossa": _Style((24, 0), (73, 65, 26), (32,), "latin", (110, 140), "sparse", ("major", "dorian")),
    "salsa": _Style((0,), (56, 57, 61), (32, 33), "latin", (160, 210), "eighths", ("minor", "mixolydian")),
    "funk": _Style((27, 7, 4), (61, 66, 62), (36, 37, 33), "funk", (90, 120), "sixteenths", ("dorian", "mixolydian")),
    "reggae": _Style((16, 27, 0), (73, 66, 18), (33,), "one_drop", (65, 90), "offbeat"),
    "country": _Style((25, 24), (105, 40, 22), (32, 33), "train", (90, 170), "eighths", ("major", "pentatonic")),
    "folk": _Style((24, 25, 21), (40, 73, 21, 74, 110), (32,), "", (80, 150), "arpeggio",
                   ("major", "dorian", "pentatonic")),
    "blues": _Style((26, 0, 16), (22, 27, 65), (32, 33), "swing", (60, 120), "eighths", ("blues",), 0.16),
    "orchestra": _Style((48, 49, 44, 60), (40, 56, 60, 68, 71, 73), (43, 42), "timpani", (55, 150), "mixed",
                        ("major", "minor", "harmonic")),
    "strings": _Style((48, 49, 41), (40, 41, 42), (42, 43), "", (50, 120), "pad", ("major", "minor", "harmonic")),
    "chamber": _Style((42, 41, 71), (40, 68, 73), (42, 70), "", (60, 140), "arpeggio", ("major", "harmonic")),
    "brass": _Style((61, 60, 57), (56, 57, 60), (58,), "march", (80, 130), "block", ("major",)),
    "piano": _Style((0, 1), (0, 1), (0,), "", (50, 160), "arpeggio", ("major", "minor", "harmonic")),
    "guitar": _Style((24, 25), (24, 25), (24,), "", (60, 140), "arpeggio", ("minor", "hijaz", "major")),
    "harp": _Style((46,), (46, 73), (46,), "", (60, 120), "arpeggio"),
    "organ": _Style((16, 17, 19, 20), (19, 16), (19,), "", (50, 110), "pad", ("major", "minor")),
    "ambient": _Style((88, 89, 91, 92, 94, 95, 99), (88, 98, 100), (), "", (40, 70), "pad", ("major", "dorian")),
    "choir": _Style((52, 53, 91), (52, 53), (19,), "", (45, 90), "pad", ("major", "minor")),
    "music_box": _Style((10, 9, 8), (10, 11, 14), (), "", (60, 120), "arpeggio", ("major", "pentatonic")),
    "mallets": _Style((12, 13, 108), (12, 13, 11, 114), (32,), "latin", (90, 150), "sixteenths",
                      ("pentatonic", "major")),
    "asia": _Style((107, 46), (104, 77, 107, 110), (), "", (50, 110), "sparse", ("pentatonic", "hijaz")),
    "orient": _Style((104, 48), (68, 110, 111, 40), (32,), "latin", (80, 140), "sparse", ("hijaz", "harmonic")),
    "chiptune": _Style((80, 81), (80, 81), (80, 38), "four", (110, 170), "sixteenths", ("major", "minor")),
    "accordion": _Style((21,), (21, 22, 40), (58, 32), "march", (90, 180), "offbeat", ("major", "minor")),
    "solo": _Style((), _ANY_LEAD, (), "", (60, 150), "block", ("major", "minor", "pentatonic", "harmonic"), 0.0, 0.2),
    "percussion": _Style((), (), (), "latin", (80, 160)),
    "drum_solo": _Style((), (), (), "funk", (80, 160)),
    "fanfare": _Style((61, 56), (56, 60), (58,), "march", (90, 130), "block", ("major",)),
    "suspense": _Style((44, 48, 92), (43, 71), (43,), "timpani", (50, 90), "pad", ("phrygian", "harmonic")),
    "lounge": _Style((4, 5, 11), (11, 65, 73), (33,), "soft", (80, 110), "mixed", ("dorian", "major")),
    "disco": _Style((27, 48, 4), (61, 48, 80), (33, 36), "four", (105, 128), "sixteenths", ("minor", "dorian")),
}  # fmt: skip

# one bar of sixteenths each: instrument -> where it is struck
_DRUMS: dict[str, dict[int, str]] = {
    "rock": {_KICK: "x.......x.x.....", _SNARE: "....x.......x...", _HAT: "x.x.x.x.x.x.x.x."},
    "double": {_KICK: "xxxxxxxxxxxxxxxx", _SNARE: "....x.......x...", _RIDE: "x...x...x...x..."},
    "soft": {_KICK: "x.........x.....", _RIM: "....x.......x...", _HAT: "x...x...x...x..."},
    "four": {_KICK: "x...x...x...x...", _CLAP: "....x.......x...", _OPEN_HAT: "..x...x...x...x.",
             _HAT: "xxxxxxxxxxxxxxxx"},
    "boom_bap": {_KICK: "x.....x..xx.....", _SNARE: "....x.......x...", _HAT: "x.x.x.x.x.xxx.x."},
    "trap": {_KICK: "x......x..x.....", _CLAP: "........x.......", _HAT: "x.x.x.xxx.x.xxxx"},
    "break": {_KICK: "x.x.......x.....", _SNARE: "....x..x.x..x..x", _HAT: "x.x.x.x.x.x.x.x."},
    "swing": {_RIDE: "x...x.x.x...x.x.", _HAT: "....x.......x...", _KICK: "x.......x......."},
    "latin": {_CONGA: "..x.xx....x.xx..", _SHAKER: "x.x.x.x.x.x.x.x.", _KICK: "x.....x.x.....x.",
              _RIM: "x..x..x...x.x..."},
    "funk": {_KICK: "x.x....x..x..x..", _SNARE: "....x..x.x..x...", _HAT: "xxxxxxxxxxxxxxxx"},
    "one_drop": {_KICK: "........x.......", _RIM: "........x.......", _HAT: "x.x.x.x.x.x.x.x."},
    "train": {_SNARE: "x.xxx.x.x.xxx.x.", _KICK: "x...x...x...x..."},
    "march": {_KICK: "x.......x.......", _SNARE: "..x.xxx...x.x.xx"},
    "timpani": {_TOM: "x.......x...x...", _CRASH: "x..............."},
}  # fmt: skip


def draw_tonality(generator: np.random.Generator, names: tuple[str, ...] = ()) -> Tonality:
    """Draw a key."""
    name = str(generator.choice(names or tuple(_SCALES)))
    return Tonality(int(generator.integers(12)), _SCALES[name])


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
    for key, pattern in _DRUMS[name].items():
        for place, mark in enumerate(pattern):
            if mark == "x":
                strokes.append((key, 100 if place % 4 == 0 else 78, place))
        if generator.random() < 0.4:
            strokes.append((key, 60, int(generator.integers(16))))
    return strokes
