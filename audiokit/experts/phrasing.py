"""What singing and chanting share: where syllables are, how a vowel is held, how a voice goes from note to note."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.vocoder import HOP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.experts.vocoder import Voice

__all__ = ["FRAMES_A_SECOND", "SingingStyle", "held", "normalised", "performed", "syllables", "unless_resting"]

FRAMES_A_SECOND = SAMPLE_RATE / HOP


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


def syllables(voice: Voice) -> list[tuple[int, int]]:
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


def held(first: int, last: int, frames: int, voice: Voice) -> NDArray[np.floating]:
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


def performed(
    melody: NDArray[np.floating], style: SingingStyle, generator: np.random.Generator
) -> NDArray[np.floating]:
    """A melody in semitones as a voice performs it: slides, vibrato, scoops, and a little out of tune."""
    import scipy.ndimage

    slide = generator.uniform(*style.slide_seconds) * FRAMES_A_SECOND
    curve = scipy.ndimage.gaussian_filter1d(np.asarray(melody, dtype=np.float64), max(slide / 2.5, 0.3))
    time = np.arange(len(curve)) / FRAMES_A_SECOND
    changes = np.flatnonzero(np.diff(melody, prepend=melody[0] + 1))
    since = time - time[changes][np.searchsorted(changes, np.arange(len(curve)), side="right") - 1]
    depth = generator.uniform(*style.vibrato_semitones) * np.clip((since - 0.15) / 0.3, 0, 1)
    rate = generator.uniform(4.6, 7.2) * (1 + 0.05 * np.sin(2 * np.pi * 0.4 * time))
    curve = curve + depth * np.sin(2 * np.pi * np.cumsum(rate) / FRAMES_A_SECOND)
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


def unless_resting(rest: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Gain of each sample: 1, and 0 in frames that rest, with soft edges."""
    import scipy.ndimage

    soft = scipy.ndimage.uniform_filter1d((~rest).astype(np.float64), 7)
    return np.asarray(np.interp(np.arange(len(rest) * HOP), np.arange(len(rest)) * HOP, soft).astype(np.float32))


def normalised(sound: NDArray[np.floating]) -> NDArray[np.float32]:
    """With a peak of 0.7."""
    return (sound * (0.7 / max(float(np.abs(sound).max(initial=0.0)), 1e-6))).astype(np.float32)
