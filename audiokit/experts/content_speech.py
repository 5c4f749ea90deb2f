"""Clips of speech for the content gate, and of speech that music covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.channels import mixed
from audiokit.experts.content_parts import SIZE, Materials, instrumental, noise_of, recorded, talking, through_air

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["conversation", "speech_alone", "speech_in_noise", "speech_over_loud_music", "speech_over_quiet_music"]


def speech_alone(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """One person speaks."""
    talk = talking(group, materials, generator)
    return talk, through_air(talk, generator)


def speech_in_noise(
    group: str, materials: Materials, generator: np.random.Generator
) -> tuple[NDArray[np.float32], ...]:
    """One person speaks where it is not quiet."""
    talk = talking(group, materials, generator)
    return talk, mixed(through_air(talk, generator), noise_of(materials, generator), float(generator.uniform(3, 32)))


def speech_over_quiet_music(
    group: str, materials: Materials, generator: np.random.Generator
) -> tuple[NDArray[np.float32], ...]:
    """One person speaks before music that is clearly quieter."""
    talk = talking(group, materials, generator)
    music, _ = instrumental(materials, generator)
    return talk, mixed(through_air(talk, generator), music, float(generator.uniform(9, 30)))


def speech_over_loud_music(
    group: str, materials: Materials, generator: np.random.Generator
) -> tuple[NDArray[np.float32], ...]:
    """One person speaks, and the music is about as loud: no mood can be told."""
    talk = talking(group, materials, generator)
    music, _ = instrumental(materials, generator)
    return music, recorded(mixed(talk, music, float(generator.uniform(-8, 4))), generator)


def conversation(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """Two utterances of one group, that overlap a little."""
    first, second = talking(group, materials, generator), talking(group, materials, generator)
    turn = int(generator.uniform(0.3, 0.7) * SIZE)
    overlap = int(generator.uniform(0, 1.0) * SAMPLE_RATE)
    first[turn + overlap :] = 0
    second[:turn] = 0
    both = first + second * np.float32(generator.uniform(0.4, 1.2))
    return both, through_air(both, generator)
