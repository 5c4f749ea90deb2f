"""Singing made from speech: syllables on notes, vowels held, a voice's vibrato, slides and breath."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.vocoder import HOP, Voice, analyse, overlap_pitch_periods, resynthesise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.experts.composition import Tonality

__all__ = ["STYLES", "SingingStyle", "hummed", "respoken", "sing", "vowel_voice"]

_FRAMES_A_SECOND = SAMPLE_RATE / HOP


@dataclass(frozen=True, slots=True)
class SingingStyle:
    """How a voice sings.

    Parameters
    ----------
    note_seconds : (float, float)
        Shortest and longest note.
    vibrato_semitones : (float, float)
        Depth to either side.
    slide_seconds : (float, float)
        Time from one note to the next.
    melisma : float
        Share of syllables that go over several notes.
    drift_semitones : float
        How far out of tune.
    ring_db : (float, float)
        Boost of the singer's formant.
    rests : float
        Share of notes after which the voice rests.
    """

    note_seconds: tuple[float, float]
    vibrato_semitones: tuple[float, float]
    slide_seconds: tuple[float, float]
    melisma: float
    drift_semitones: float
    ring_db: tuple[float, float]
    rests: float


STYLES: dict[str, SingingStyle] = {
    "pop": SingingStyle((0.14, 0.7), (0.0, 0.35), (0.02, 0.1), 0.12, 0.15, (0, 4), 0.15),
    "ballad": SingingStyle((0.3, 1.6), (0.1, 0.5), (0.04, 0.16), 0.2, 0.15, (0, 5), 0.2),
    "opera": SingingStyle((0.3, 2.2), (0.5, 1.1), (0.05, 0.18), 0.25, 0.1, (5, 14), 0.1),
    "folk": SingingStyle((0.18, 0.9), (0.0, 0.2), (0.02, 0.08), 0.1, 0.25, (0, 3), 0.2),
    "chant": SingingStyle((0.25, 1.4), (0.0, 0.15), (0.04, 0.14), 0.35, 0.12, (0, 4), 0.12),
    "soul": SingingStyle((0.12, 1.0), (0.15, 0.6), (0.05, 0.2), 0.4, 0.25, (0, 6), 0.25),
    "tuned": SingingStyle((0.12, 0.6), (0.0, 0.0), (0.005, 0.02), 0.1, 0.0, (0, 4), 0.15),
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
    syllables = _syllables(voice)
    register = _register(voice, generator, high=style == "children")
    positions: list[NDArray[np.floating]] = []
    targets: list[NDArray[np.floating]] = []
    degree = int(generator.integers(-2, 5))
    frames = int(seconds * _FRAMES_A_SECOND)
    made, at = 0, int(generator.integers(len(syllables)))
    while made < frames:
        first, last = syllables[at % len(syllables)]
        at += 1
        notes = 1 + (int(generator.integers(1, 4)) if generator.random() < manner.melisma else 0)
        lengths = [_note_frames(manner, beat_seconds, generator) for _ in range(notes)]
        pitches = []
        for _ in range(notes):
            degree = int(np.clip(degree + generator.choice([-4, -2, -1, -1, 0, 1, 1, 2, 3]), -5, 9))
            pitches.append(tonality.semitones(degree) + register)
        positions.append(_held(first, last, sum(lengths), voice))
        targets.append(np.repeat(pitches, lengths))
        made += sum(lengths)
        if generator.random() < manner.rests:
            pause = int(generator.uniform(0.08, 0.5) * _FRAMES_A_SECOND)
            positions.append(np.full(pause, -1.0))
            targets.append(np.full(pause, pitches[-1]))
            made += pause
    where = np.concatenate(positions)[:frames]
    melody = _performed(np.concatenate(targets)[:frames], manner, generator)
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
    return _normalised(sound * _gate(rest))


def respoken(voice: Voice, generator: np.random.Generator) -> NDArray[np.float32]:
    """Speech through the same machinery as the singing, with its own melody: what the machinery adds tells nothing.

    Rhythm and pitch change a little, as between speakers.
    """
    pace = generator.uniform(0.85, 1.2)
    where = np.arange(0, len(voice) - 1, pace)
    spread = generator.uniform(0.7, 1.5)
    hertz = np.interp(where, np.arange(len(voice)), voice.hertz)
    middle = np.exp(np.log(hertz).mean())
    hertz = np.clip(middle * generator.uniform(0.8, 1.35) * (hertz / middle) ** spread, 70, 600)
    if generator.random() < 0.5:
        return _normalised(overlap_pitch_periods(voice, where, hertz))
    return _normalised(
        resynthesise(
            voice,
            where,
            hertz,
            generator,
            formant_factor=float(generator.uniform(0.88, 1.18)),
            breath=float(generator.uniform(0.0, 0.15)),
        )
    )


def hummed(voice: Voice, generator: np.random.Generator) -> NDArray[np.float32]:
    """One steady pitch under ordinary words: chanted on a note."""
    where = np.arange(0, len(voice) - 1, generator.uniform(0.6, 1.0))
    steady = 12 * np.log2(np.exp(np.log(voice.hertz).mean()) * generator.uniform(0.8, 1.6) / 55.0)
    melody = _performed(np.full(where.size, steady), STYLES["chant"], generator)
    return _normalised(resynthesise(voice, where, 55.0 * 2 ** (melody / 12), generator))


def vowel_voice(generator: np.random.Generator, seconds: float = 6.0) -> Voice:
    """A voice of vowels that nobody spoke: five formants that move from vowel to vowel, with breathy edges."""
    frames = int(seconds * _FRAMES_A_SECOND)
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


def _syllables(voice: Voice) -> list[tuple[int, int]]:
    """Frames between the quiet places around each loud voiced nucleus."""
    import scipy.ndimage
    import scipy.signal

    smooth = scipy.ndimage.gaussian_filter1d(voice.level + 12 * voice.voicing, 5)
    peaks, _ = scipy.signal.find_peaks(smooth, distance=18, prominence=1.5)
    peaks = peaks[voice.voicing[peaks] > 0.4]
    if len(peaks) < 2:
        return [(0, len(voice) - 1)]
    valleys = [int(a + smooth[a:b].argmin()) for a, b in itertools.pairwise(peaks)]
    edges = [max(int(peaks[0]) - 25, 0), *valleys, min(int(peaks[-1]) + 35, len(voice) - 1)]
    found = [(max(a, p - 30), min(b, p + 40)) for a, p, b in zip(edges[:-1], peaks.tolist(), edges[1:], strict=True)]
    return [pair for pair in found if pair[1] - pair[0] >= 8] or [(0, len(voice) - 1)]


def _held(first: int, last: int, frames: int, voice: Voice) -> NDArray[np.floating]:
    """Positions in the voice for a syllable held so long: consonants keep their pace, the vowel gives the time."""
    natural = last - first
    if frames <= natural:
        return np.linspace(first, last, frames)
    loud = voice.level[first:last] + 12 * voice.voicing[first:last]
    centre = first + int(loud.argmax())
    before, after = centre - first, max(last - centre - 1, 1)
    core = min(6, before, after)
    hold = frames - (natural - 2 * core)
    inside = centre + core * np.sin(np.linspace(0, np.pi * max(hold / 40, 1), hold))  # to and fro: no frozen frame
    onset, coda = np.linspace(first, centre - core, before - core), np.linspace(centre + core, last, after - core)
    path = np.concatenate([onset, inside, coda])
    return np.asarray(np.interp(np.linspace(0, 1, frames), np.linspace(0, 1, len(path)), path))


def _note_frames(style: SingingStyle, beat_seconds: float, generator: np.random.Generator) -> int:
    low, high = style.note_seconds
    seconds = float(np.exp(generator.uniform(np.log(low), np.log(high))))
    if beat_seconds:
        quarter = beat_seconds / 4
        seconds = max(round(seconds / quarter), 1) * quarter
    return max(int(seconds * _FRAMES_A_SECOND), 10)


def _register(voice: Voice, generator: np.random.Generator, *, high: bool) -> float:
    """Semitones to add to a melody around 0 so that it lies where this voice would sing."""
    middle = 12 * np.log2(float(np.median(voice.hertz)) / 55.0)
    return float(round(middle + generator.uniform(1, 9) + (8 if high else 0)))


def _performed(
    melody: NDArray[np.floating], style: SingingStyle, generator: np.random.Generator
) -> NDArray[np.floating]:
    import scipy.ndimage

    slide = generator.uniform(*style.slide_seconds) * _FRAMES_A_SECOND
    curve = scipy.ndimage.gaussian_filter1d(np.asarray(melody, dtype=np.float64), max(slide / 2.5, 0.3))
    time = np.arange(len(curve)) / _FRAMES_A_SECOND
    changes = np.flatnonzero(np.diff(melody, prepend=melody[0] + 1))
    since = time - time[changes][np.searchsorted(changes, np.arange(len(curve)), side="right") - 1]
    depth = generator.uniform(*style.vibrato_semitones) * np.clip((since - 0.15) / 0.3, 0, 1)
    rate = generator.uniform(4.6, 7.2) * (1 + 0.05 * np.sin(2 * np.pi * 0.4 * time))
    curve = curve + depth * np.sin(2 * np.pi * np.cumsum(rate) / _FRAMES_A_SECOND)
    wander = scipy.ndimage.gaussian_filter1d(generator.standard_normal(len(curve)), 40)
    wander /= max(float(wander.std()), 1e-6)
    tremble = scipy.ndimage.gaussian_filter1d(generator.standard_normal(len(curve)), 2) * 0.06
    scoop = (
        -generator.uniform(0, 2.0)
        * np.exp(-since / 0.05)
        * (generator.random(len(changes))[np.searchsorted(changes, np.arange(len(curve)), side="right") - 1] < 0.3)
    )
    scale = 0.0 if style.drift_semitones == 0 else 1.0
    return np.asarray(curve + style.drift_semitones * wander + scale * (tremble + scoop))


def _gate(rest: NDArray[np.bool_]) -> NDArray[np.float32]:
    import scipy.ndimage

    soft = scipy.ndimage.uniform_filter1d((~rest).astype(np.float64), 7)
    return np.asarray(np.interp(np.arange(len(rest) * HOP), np.arange(len(rest)) * HOP, soft).astype(np.float32))


def _normalised(sound: NDArray[np.floating]) -> NDArray[np.float32]:
    return (sound * (0.7 / max(float(np.abs(sound).max(initial=0.0)), 1e-6))).astype(np.float32)


__all__ += ["analyse"]
