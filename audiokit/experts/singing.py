"""Singing made from speech: syllables on notes, vowels held, a voice's vibrato, slides and breath."""

from __future__ import annotations

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
from audiokit.experts.vocoder import HOP, Voice, overlap_pitch_periods, resynthesise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.experts.tonality import Tonality

__all__ = ["STYLES", "respoken", "sing", "vowel_voice"]

STYLES: dict[str, SingingStyle] = {
    "pop": SingingStyle((0.14, 0.7), (0.0, 0.35), (0.02, 0.1), 0.12, 0.15, (0, 4), 0.15),
    "ballad": SingingStyle((0.3, 1.6), (0.1, 0.5), (0.04, 0.16), 0.2, 0.15, (0, 5), 0.2),
    "opera": SingingStyle((0.3, 2.2), (0.5, 1.1), (0.05, 0.18), 0.25, 0.1, (5, 14), 0.1),
    "folk": SingingStyle((0.18, 0.9), (0.0, 0.2), (0.02, 0.08), 0.1, 0.25, (0, 3), 0.2),
    "chant": SingingStyle((0.25, 1.4), (0.0, 0.15), (0.04, 0.14), 0.35, 0.12, (0, 4), 0.12),
    "soul": SingingStyle((0.12, 1.0), (0.15, 0.6), (0.05, 0.2), 0.4, 0.25, (0, 6), 0.25),
    "tuned": SingingStyle((0.12, 0.6), (0.0, 0.0), (0.005, 0.02), 0.1, 0.0, (0, 4), 0.15),
    "cantor": SingingStyle((0.12, 2.8), (0.0, 0.7), (0.05, 0.25), 0.6, 0.35, (0, 6), 0.25),
    "children": SingingStyle((0.2, 0.7), (0.0, 0.1), (0.02, 0.1), 0.05, 0.4, (0, 0), 0.2),
}


def sing(
    voice: Voice,
    seconds: float,
    tonality: Tonality,
    generator: np.random.Generator,
    *,
    style: str = "",
    beat_seconds: float = 0.0,
) -> NDArray[np.float32]:
    """Let a voice that spoke sing.

    Parameters
    ----------
    voice : Voice
        Of a few seconds of speech, by `analyse`.
    seconds : float
        How long to sing; the words begin again when they end.
    tonality : Tonality
        The scale of the melody.
    generator : numpy.random.Generator
        For everything that is left to chance.
    style : str, optional
        One of `STYLES`; drawn if empty.
    beat_seconds : float
        Notes last multiples of a quarter of it; 0 for free time.

    Returns
    -------
    ndarray, shape (seconds * 16000,), float32
        Peak below 1.
    """
    manner = STYLES[style or str(generator.choice(list(STYLES)))]
    places = syllables(voice)
    register = _register(voice, generator, high=style == "children")
    positions: list[NDArray[np.floating]] = []
    targets: list[NDArray[np.floating]] = []
    degree = int(generator.integers(-2, 5))
    frames = int(seconds * FRAMES_A_SECOND)
    made, at = 0, int(generator.integers(len(places)))
    while made < frames:
        first, last = places[at % len(places)]
        at += 1
        notes = 1 + (int(generator.integers(1, 4)) if generator.random() < manner.melisma else 0)
        lengths = [_note_frames(manner, beat_seconds, generator) for _ in range(notes)]
        pitches = []
        for _ in range(notes):
            degree = int(np.clip(degree + generator.choice([-4, -2, -1, -1, 0, 1, 1, 2, 3]), -5, 9))
            pitches.append(tonality.semitones(degree) + register)
        positions.append(held(first, last, sum(lengths), voice))
        targets.append(np.repeat(pitches, lengths))
        made += sum(lengths)
        if generator.random() < manner.rests:
            pause = int(generator.uniform(0.08, 0.5) * FRAMES_A_SECOND)
            positions.append(np.full(pause, -1.0))
            targets.append(np.full(pause, pitches[-1]))
            made += pause
    where = np.concatenate(positions)[:frames]
    melody = performed(np.concatenate(targets)[:frames], manner, generator)
    rest = where < 0
    hertz = 55.0 * 2 ** (melody / 12)
    where = np.where(rest, 0, where)
    if generator.random() < 0.5:
        sound = overlap_pitch_periods(voice, where, hertz)
    else:
        sound = resynthesise(
            voice, where, hertz, generator, formant_factor=float(generator.uniform(0.88, 1.18)),
            ring_db=float(generator.uniform(*manner.ring_db)), breath=float(generator.uniform(0.0, 0.15)),
        )  # fmt: skip
    return normalised(sound * unless_resting(rest))


def respoken(voice: Voice, generator: np.random.Generator) -> NDArray[np.float32]:
    """Speech through the same machinery as the singing, with its own melody: what the machinery adds tells nothing.

    Rhythm and pitch change a little, as between speakers.
    """
    pace = generator.uniform(0.85, 1.2)
    where = np.arange(0, len(voice) - 1, pace)
    spread = generator.uniform(0.5, 1.5)  # from a monotone reader to a lively one
    hertz = np.interp(where, np.arange(len(voice)), voice.hertz)
    middle = np.exp(np.log(hertz).mean())
    hertz = np.clip(middle * generator.uniform(0.8, 1.35) * (hertz / middle) ** spread, 70, 600)
    if generator.random() < 0.5:
        return normalised(overlap_pitch_periods(voice, where, hertz))
    return normalised(
        resynthesise(
            voice,
            where,
            hertz,
            generator,
            formant_factor=float(generator.uniform(0.88, 1.18)),
            breath=float(generator.uniform(0.0, 0.15)),
        )
    )


def vowel_voice(generator: np.random.Generator, seconds: float = 6.0) -> Voice:
    """A voice of vowels that nobody spoke: five formants that move from vowel to vowel, with breathy edges."""
    frames = int(seconds * FRAMES_A_SECOND)
    bins = np.fft.rfftfreq(1024, 1 / SAMPLE_RATE)
    vowels = np.array([[730, 1090, 2440], [270, 2290, 3010], [300, 870, 2240], [530, 1840, 2480], [570, 840, 2410],
                       [640, 1190, 2390], [490, 1350, 1690]])  # fmt: skip  # Peterson and Barney (1952), men
    size = generator.uniform(0.95, 1.3)
    holds = generator.integers(20, 120, size=frames // 20 + 2)
    chosen = vowels[np.repeat(generator.integers(len(vowels), size=holds.size), holds)[:frames]] * size
    kernel = np.hanning(17) / np.hanning(17).sum()
    formants = np.stack([np.convolve(np.pad(track, 8, mode="edge"), kernel, "valid") for track in chosen.T], axis=1)
    formants = np.concatenate([formants, np.tile([3500 * size, 4500 * size], (frames, 1))], axis=1)
    widths, heights = np.array([80, 100, 130, 200, 250]), np.array([1.0, 0.6, 0.35, 0.2, 0.1])
    envelope = sum(
        height / (1 + ((bins - formants[:, [n]]) / width) ** 2)
        for n, (height, width) in enumerate(zip(heights, widths, strict=True))
    )
    envelope = np.asarray(envelope) * (1 / (1 + (bins / generator.uniform(600, 2500)) ** 2)) ** 0.25 + 1e-4
    edges = np.cumsum(holds)
    voicing = np.ones(frames)
    for edge in edges[edges < frames - 12]:
        if generator.random() < 0.5:
            envelope[edge : edge + 10] *= 0.2
            voicing[edge : edge + 6] = generator.random()
    level = 20 * np.log10(np.maximum(envelope.sum(axis=1), 1e-6))
    hertz = np.full(frames, generator.choice([110.0, 140.0, 200.0, 240.0]))
    samples = np.full(frames * HOP, 0.5, dtype=np.float32)
    return Voice(samples, hertz, voicing.astype(np.float32), level, envelope.astype(np.float32))


def _note_frames(style: SingingStyle, beat_seconds: float, generator: np.random.Generator) -> int:
    low, high = style.note_seconds
    seconds = float(np.exp(generator.uniform(np.log(low), np.log(high))))
    if beat_seconds:
        quarter = beat_seconds / 4
        seconds = max(round(seconds / quarter), 1) * quarter
    return max(int(seconds * FRAMES_A_SECOND), 10)


def _register(voice: Voice, generator: np.random.Generator, *, high: bool) -> float:
    """Semitones to add to a melody around 0 so that it lies where this voice would sing."""
    middle = 12 * np.log2(float(np.median(voice.hertz)) / 55.0)
    return float(round(middle + generator.uniform(1, 9) + (8 if high else 0)))
