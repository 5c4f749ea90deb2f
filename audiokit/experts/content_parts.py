"""What clips for the content gate are made of: voices, music and noise, and the way from a mouth to a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.channels import compressed, equalised, in_room, narrowed, overdriven, resampled_by, telephoned
from audiokit.experts.noises import NOISES, babble, make_noise
from audiokit.experts.singing import respoken
from audiokit.experts.vocoder import analyse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.experts.vocoder import Voice

__all__ = ["CLIP_SECONDS", "SIZE", "Materials", "instrumental", "noise_of", "recorded", "talking", "through_air"]

CLIP_SECONDS = 9.0
SIZE = int(CLIP_SECONDS * SAMPLE_RATE)


@dataclass(slots=True)
class Materials:
    """What clips are made of.

    Parameters
    ----------
    speech : dict
        Group of speakers -> utterances at 16 kHz.
    music : list of (ndarray, float)
        Instrumental pieces and the seconds of their beat.
    voices : dict
        Analysed utterances, filled when first used.
    """

    speech: dict[str, list[NDArray[np.float32]]]
    music: list[tuple[NDArray[np.float32], float]]
    voices: dict[tuple[str, int], Voice] = field(default_factory=dict)

    def voice(self, group: str, generator: np.random.Generator) -> Voice:
        """A voice of a group that can be sung with: one of its utterances, taken apart."""
        index = int(generator.integers(len(self.speech[group])))
        if (group, index) not in self.voices:
            self.voices[group, index] = analyse(self.speech[group][index][: 12 * SAMPLE_RATE])
        return self.voices[group, index]


def talking(group: str, materials: Materials, generator: np.random.Generator) -> NDArray[np.float32]:
    """Utterances of one group with pauses between, from some place on."""
    parts: list[NDArray[np.float32]] = []
    have = 0
    route = int(generator.integers(10))
    while have < SIZE + SAMPLE_RATE:
        utterance = materials.speech[group][int(generator.integers(len(materials.speech[group])))]
        if route < 3:
            utterance = resampled_by(utterance, float(generator.uniform(0.85, 1.2)))
        elif route < 5:
            utterance = respoken(materials.voice(group, generator), generator)
        parts += [utterance, np.zeros(int(generator.exponential(0.35) * SAMPLE_RATE), dtype=np.float32)]
        have += parts[-1].size + parts[-2].size
    whole = np.concatenate(parts)
    begin = int(generator.integers(max(whole.size - SIZE, 1)))
    talk = whole[begin : begin + SIZE]
    return np.asarray(talk * (0.7 / max(float(np.abs(talk).max()), 1e-6)), dtype=np.float32)


def instrumental(materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], float]:
    """A part of a piece, and the seconds of its beat."""
    piece, beat = materials.music[int(generator.integers(len(materials.music)))]
    begin = int(generator.integers(max(piece.size - SIZE, 1)))
    part = np.resize(piece[begin : begin + SIZE], SIZE)
    return part, beat


def noise_of(materials: Materials, generator: np.random.Generator) -> NDArray[np.float32]:
    """Noise of any kind; sometimes many voices at once, of which none can be followed."""
    if generator.random() < 0.15:
        voices = [u for utterances in materials.speech.values() for u in utterances[:4]]
        return babble(voices, CLIP_SECONDS, generator)
    return make_noise(str(generator.choice(list(NOISES))), CLIP_SECONDS, generator)


def through_air(
    sound: NDArray[np.float32], generator: np.random.Generator, *, longest_seconds: float = 0.9
) -> NDArray[np.float32]:
    """Room, microphone and line, each only sometimes."""
    if generator.random() < 0.45:
        sound = in_room(sound, generator, longest_seconds=longest_seconds)
    if generator.random() < 0.5:
        sound = equalised(sound, generator)
    if generator.random() < 0.2:
        sound = compressed(sound, generator)
    if generator.random() < 0.08:
        sound = overdriven(sound, generator)
    fate = generator.random()
    if fate < 0.12:
        return narrowed(sound, generator)
    return telephoned(sound, generator) if fate < 0.2 else sound


def recorded(sound: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """A sound as if recorded in some place, or as it is."""
    return through_air(sound, generator, longest_seconds=1.5) if generator.random() < 0.6 else sound
