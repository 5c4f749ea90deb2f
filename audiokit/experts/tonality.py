"""Scales and keys, for melodies of instruments and of voices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["SCALES", "Tonality", "draw_tonality"]

SCALES = {
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
"""Name -> semitones of its degrees."""


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


def draw_tonality(generator: np.random.Generator, names: tuple[str, ...] = ()) -> Tonality:
    """Draw a key."""
    name = str(generator.choice(names or tuple(SCALES)))
    return Tonality(int(generator.integers(12)), SCALES[name])
