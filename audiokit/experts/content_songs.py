"""Clips of voices that sing, chant or rap for the content gate."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.channels import in_room, mixed
from audiokit.experts.chanting import MANNERS, chant, drone, reciting_tone
from audiokit.experts.content_parts import CLIP_SECONDS, SIZE, Materials, instrumental, recorded, talking, through_air
from audiokit.experts.singing import sing, vowel_voice
from audiokit.experts.tonality import draw_tonality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.experts.vocoder import Voice

__all__ = ["a_cappella", "accompanied", "chanted", "choir", "rap"]


def rap(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """Words on the beat, over a piece with drums."""
    music, beat = instrumental(materials, generator)
    words = _on_beat(talking(group, materials, generator), beat, generator)
    return music, recorded(mixed(words, music, float(generator.uniform(-6, 7))), generator)


def _on_beat(talk: NDArray[np.float32], beat_seconds: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """Move each loud place of speech onto the next quarter of a beat."""
    import scipy.signal

    level = np.sqrt(np.convolve(np.square(talk), np.ones(1600) / 1600, "same"))
    peaks, _ = scipy.signal.find_peaks(level, distance=int(0.11 * SAMPLE_RATE), height=float(level.max()) * 0.15)
    out = np.zeros_like(talk)
    grid = max(beat_seconds / 4, 0.11) * SAMPLE_RATE
    slot = 0.0
    for begin, end in itertools.pairwise(peaks):
        cut = talk[max(begin - 600, 0) : min(end, begin + int(1.6 * grid))].copy()
        cut[-400:] *= np.linspace(1, 0, min(400, cut.size))[-cut.size :] if cut.size >= 400 else 1
        at = int(slot * grid)
        if at >= out.size:
            break
        out[at : at + cut.size] += cut[: out.size - at]
        slot += float(generator.choice([1, 1, 1, 2]))
    return out


def _singer(group: str, materials: Materials, generator: np.random.Generator) -> Voice:
    return vowel_voice(generator) if generator.random() < 0.12 else materials.voice(group, generator)


def a_cappella(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """One sings alone."""
    song = sing(_singer(group, materials, generator), CLIP_SECONDS, draw_tonality(generator), generator)
    return song, through_air(song, generator, longest_seconds=3.0)


def choir(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """Several sing: in parts, or all the same a little apart."""
    tonality = draw_tonality(generator)
    style = str(generator.choice(["chant", "ballad", "folk", "children", "pop"]))
    seed = int(generator.integers(1 << 30))
    together = generator.random() < 0.6
    whole = np.zeros(SIZE, dtype=np.float32)
    for _ in range(int(generator.integers(2, 9))):
        source = np.random.default_rng(seed) if together else generator
        part = sing(_singer(group, materials, generator), CLIP_SECONDS, tonality, source, style=style)
        late = int(generator.uniform(0, 0.06) * SAMPLE_RATE)
        whole[late:] += part[: SIZE - late] * np.float32(generator.uniform(0.4, 1))
    return whole, through_air(whole, generator, longest_seconds=3.5)


def accompanied(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """One sings, or one and another, with instruments."""
    music, beat = instrumental(materials, generator)
    song = sing(
        _singer(group, materials, generator), CLIP_SECONDS, draw_tonality(generator), generator, beat_seconds=beat
    )
    if generator.random() < 0.6:
        song = in_room(song, generator, longest_seconds=2.5)
    if generator.random() < 0.3:
        other = sing(
            _singer(group, materials, generator), CLIP_SECONDS, draw_tonality(generator), generator, beat_seconds=beat
        )
        song = mixed(song, other, float(generator.uniform(2, 12)))
    return song + music * 0.05, recorded(mixed(song, music, float(generator.uniform(-9, 14))), generator)


def chanted(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """One chants, or many together, some over a drone or an instrument; in churches, halls and dry rooms."""
    voice = materials.voice(group, generator)
    manner = str(generator.choice(list(MANNERS)))
    tone = reciting_tone(voice, generator)
    seed = int(generator.integers(1 << 30))
    chanting = generator.random()
    voices = 1 if chanting < 0.75 else int(generator.integers(2, 8))
    whole = np.zeros(SIZE, dtype=np.float32)
    for number in range(voices):
        octave = -12.0 if number and tone > 20 and generator.random() < 0.3 else 0.0
        own = chant(
            voice, CLIP_SECONDS, generator, manner=manner, tone_semitones=tone + octave,
            words=np.random.default_rng(seed),
        )  # fmt: skip
        late = int(generator.uniform(0, 0.05) * SAMPLE_RATE) if number else 0
        whole[late:] += own[: SIZE - late] * np.float32(generator.uniform(0.4, 1) if number else 1.0)
    under = generator.random()
    if under < 0.12:
        heard = mixed(whole, drone(CLIP_SECONDS, tone, generator), float(generator.uniform(0, 20)))
    elif under < 0.2:
        heard = mixed(whole, instrumental(materials, generator)[0], float(generator.uniform(4, 20)))
    else:
        heard = whole
    return whole, through_air(heard, generator, longest_seconds=float(generator.choice([0.9, 3.0, 6.0])))
