"""Chanting made from speech: words on one note or a few, in free time or on a beat, as prayers are recited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.phrasing import (
    FRAMES_A_SECOND,
    SingingStyle,
    held,
    normalised,
    performed,
    syllables,
    unless_resting,
)
from audiokit.experts.vocoder import overlap_pitch_periods, resynthesise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.experts.vocoder import Voice

__all__ = ["MANNERS", "ChantManner", "chant", "drone", "reciting_tone"]


@dataclass(frozen=True, slots=True)
class ChantManner:
    """How words are chanted.

    Parameters
    ----------
    moves : tuple of int
        Semitones from the reciting tone to which a syllable may go.
    moving : float
        Share of syllables that go there.
    pace : (float, float)
        Below 1 syllables last longer than they were spoken.
    hold_seconds : (float, float)
        How long the last syllable of a phrase is held.
    ornaments : float
        Share of held syllables that turn around the tone.
    vibrato_semitones : (float, float)
        Depth to either side.
    pause_seconds : (float, float)
        Between phrases.
    even : bool
        Whether syllables fall on an even beat.
    """

    moves: tuple[int, ...]
    moving: float
    pace: tuple[float, float]
    hold_seconds: tuple[float, float]
    ornaments: float
    vibrato_semitones: tuple[float, float]
    pause_seconds: tuple[float, float]
    even: bool = False


MANNERS: dict[str, ChantManner] = {
    "monotone": ChantManner((0,), 0.0, (0.55, 1.15), (0.15, 0.9), 0.0, (0.0, 0.3), (0.1, 0.8)),
    "psalm": ChantManner((-2, 2), 0.08, (0.5, 1.05), (0.4, 2.0), 0.15, (0.0, 0.4), (0.2, 1.2)),
    "litany": ChantManner((-3, -2, 2), 0.3, (0.5, 1.05), (0.3, 1.2), 0.1, (0.0, 0.3), (0.1, 0.9)),
    "mantra": ChantManner((-2, 0), 0.15, (0.5, 1.0), (0.2, 0.6), 0.0, (0.0, 0.2), (0.05, 0.3), even=True),
    "call": ChantManner((-2, 1, 3, 5), 0.35, (0.25, 0.75), (0.8, 3.5), 0.8, (0.1, 0.8), (0.3, 1.5)),
    "cantillation": ChantManner((-2, -1, 1, 2, 3), 0.5, (0.4, 0.95), (0.3, 1.5), 0.45, (0.0, 0.5), (0.2, 1.0)),
}
_CADENCES = (-5, -4, -3, -2, -2, -1, 0, 0, 0, 1, 2)
_ORNAMENT_STEPS = (-3, -2, -1, -1, 1, 1, 2, 3)


def chant(
    voice: Voice,
    seconds: float,
    generator: np.random.Generator,
    *,
    manner: str = "",
    tone_semitones: float | None = None,
    words: np.random.Generator | None = None,
) -> NDArray[np.float32]:
    """Let a voice that spoke chant.

    Parameters
    ----------
    voice : Voice
        Of a few seconds of speech, by `audiokit.experts.vocoder.analyse`.
    seconds : float
        How long to chant; the words begin again when they end.
    generator : numpy.random.Generator
        For everything that is left to chance.
    manner : str, optional
        One of `MANNERS`; drawn if empty.
    tone_semitones : float, optional
        The reciting tone above 55 Hz; where this voice would take it if None.
    words : numpy.random.Generator, optional
        For rhythm and melody alone: voices that get generators of one seed chant together.

    Returns
    -------
    ndarray, shape (seconds * 16000,), float32
        Peak below 1.
    """
    source = generator if words is None else words
    how = MANNERS[manner or str(source.choice(list(MANNERS)))]
    tone = reciting_tone(voice, source) if tone_semitones is None else tone_semitones
    places = syllables(voice)
    pace = float(source.uniform(*how.pace))
    beat = round(float(source.uniform(0.16, 0.5)) * FRAMES_A_SECOND) if how.even else 0
    frames = int(seconds * FRAMES_A_SECOND)
    where: list[NDArray[np.floating]] = []
    melody: list[NDArray[np.floating]] = []
    made, at = 0, int(source.integers(len(places)))
    while made < frames:
        first_new = len(where)
        count = int(source.integers(3, 17))
        rise = float(source.choice([0, 0, 0, -2, -4])) if how.moving else 0.0  # an intonation leads up to the tone
        for index in range(count):
            first, last = places[(at + index) % len(places)]
            natural = max(round((last - first) / pace), 6)
            if index == count - 1:
                natural = max(natural, round(float(source.uniform(*how.hold_seconds)) * FRAMES_A_SECOND))
                pitches = _cadence(tone, natural, how, source)
            else:
                natural = beat or natural
                step = float(source.choice(how.moves)) if source.random() < how.moving else 0.0
                pitches = np.full(natural, tone + step + (rise if index < 2 else 0.0))
            where.append(held(first, last, natural, voice))
            melody.append(pitches)
        at += count
        pause = round(float(source.uniform(*how.pause_seconds)) * FRAMES_A_SECOND)
        where.append(np.full(pause, -1.0))
        melody.append(np.full(pause, tone))
        made += sum(part.size for part in where[first_new:])
    positions = np.concatenate(where)[:frames]
    style = SingingStyle((0, 0), how.vibrato_semitones, (0.03, 0.2), 0, float(generator.uniform(0.02, 0.3)), (0, 0), 0)
    hertz = 55.0 * 2 ** (performed(np.concatenate(melody)[:frames], style, generator) / 12)
    rest = positions < 0
    positions = np.where(rest, 0, positions)
    if generator.random() < 0.5:
        sound = overlap_pitch_periods(voice, positions, hertz)
    else:
        sound = resynthesise(
            voice, positions, hertz, generator, formant_factor=float(generator.uniform(0.88, 1.18)),
            ring_db=float(generator.uniform(0, 7)), breath=float(generator.uniform(0.0, 0.2)),
        )  # fmt: skip
    return normalised(sound * unless_resting(rest))


def reciting_tone(voice: Voice, generator: np.random.Generator) -> float:
    """Semitones above 55 Hz of a tone that this voice would take: from its low end to well above where it speaks."""
    return float(12 * np.log2(float(np.median(voice.hertz)) / 55.0) + generator.uniform(-3, 10))


def _cadence(tone: float, frames: int, how: ChantManner, generator: np.random.Generator) -> NDArray[np.floating]:
    """Pitches of the last syllable of a phrase: held, let fall, or turned around the tone."""
    end = tone + (float(generator.choice(_CADENCES)) if how.moving else 0.0)
    if generator.random() >= how.ornaments:
        return np.full(frames, end)
    pitches: list[NDArray[np.floating]] = []
    here, made = tone, 0
    while made < frames:
        length = round(float(generator.uniform(0.07, 0.7)) * FRAMES_A_SECOND)
        pitches.append(np.full(length, here))
        made += length
        here = float(np.clip(here + generator.choice(_ORNAMENT_STEPS), tone - 5, tone + 8))
    pitches[-1][:] = end
    return np.concatenate(pitches)[:frames]


def drone(seconds: float, tone_semitones: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """A held root, its octave below and perhaps its fifth, of many partials that beat slowly.

    Parameters
    ----------
    seconds : float
        Length.
    tone_semitones : float
        The root above 55 Hz.
    generator : numpy.random.Generator
        For its timbre.

    Returns
    -------
    ndarray, shape (seconds * 16000,), float32
    """
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = np.zeros(time.size)
    dullness = generator.uniform(0.7, 2.0)
    for interval in (-12.0, 0.0, *((7.0,) if generator.random() < 0.5 else ())):
        root = 55.0 * 2 ** ((tone_semitones + interval) / 12)
        for number in range(1, min(int(7000 / root), 24) + 1):
            beating = 1 + 0.5 * np.sin(2 * np.pi * (generator.uniform(0.05, 1.5) * time + generator.random()))
            detuned = root * number * (1 + generator.normal(0, 5e-4))
            sound += beating / number**dullness * np.sin(2 * np.pi * (detuned * time + generator.random()))
    return normalised(sound)
