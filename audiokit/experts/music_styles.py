"""What music of a style is like: instruments, tempo, scales, accompaniment, and strokes of the drums."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DRUMS", "DRUM_CHANNEL", "STYLES"]

DRUM_CHANNEL = 9
"""Of General MIDI."""

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
class _Style:
    """How pieces of a style are made.

    Parameters
    ----------
    chords, lead, bass : tuple of int
        General MIDI programs to choose from; none leaves the part out.
    drums : str
        One of `DRUMS`, or empty.
    tempo : (float, float)
        Beats a minute.
    comping : str
        How chords are played.
    scales : tuple of str
        Of `audiokit.experts.tonality.SCALES`.
    swing : float
        Part of a beat by which off-beats come late.
    sparse : float
        Share of bars without a melody.
    """

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
DRUMS: dict[str, dict[int, str]] = {
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
