"""Clips to train the content gate on: what sounds in each is drawn at random, and its label is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from audiokit.experts.channels import mixed
from audiokit.experts.content_parts import CLIP_SECONDS, SIZE, Materials, instrumental, noise_of, recorded, through_air
from audiokit.experts.content_songs import a_cappella, accompanied, chanted, choir, rap
from audiokit.experts.content_speech import (
    conversation,
    speech_alone,
    speech_in_noise,
    speech_over_loud_music,
    speech_over_quiet_music,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    _Make: TypeAlias = Callable[[str, Materials, np.random.Generator], tuple[NDArray[np.float32], ...]]

__all__ = ["CLIP_SECONDS", "KINDS", "LABELS", "VOICED_MUSIC", "Clip", "draw_clip"]

LABELS = ("speech", "music", "noise")


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Nine seconds and what is in them.

    Parameters
    ----------
    samples : ndarray, shape (144000,), float32
        At 16 kHz.
    label : str
        One of `LABELS`.
    kind : str
        One of `KINDS`: how it was made.
    groups : tuple of str
        Whose voices are in it; a test on one of these must not train on the clip.
    active : ndarray of bool, shape (frames of 10 ms,)
        Where what gives the label sounds.
    """

    samples: NDArray[np.float32]
    label: str
    kind: str
    groups: tuple[str, ...]
    active: NDArray[np.bool_]


def draw_clip(kind: str, materials: Materials, generator: np.random.Generator) -> Clip:
    """Draw a clip of a kind."""
    label, make, _ = KINDS[kind]
    groups = sorted(materials.speech)
    # mostly a recorded voice: to voice activity detection they are voices, formant synthesis often is none
    recorded = [group for group in groups if not group.startswith("espeak")] or groups
    group = str(generator.choice(recorded if generator.random() < 0.8 else groups))
    dry, dressed = make(group, materials, generator)
    power = np.square(dry[: SIZE // 160 * 160].reshape(-1, 160)).mean(axis=1)
    # noise may be a click now and then; of a voice or music only what sounds counts
    active = (power > max(float(power.max()) * 1e-4, 1e-9)) | (label == "noise")
    level = 10 ** (generator.uniform(-34, -1) / 20)
    peak = max(float(np.abs(dressed).max()), 1e-6)
    samples = (dressed * (level / peak)).astype(np.float32)
    samples += np.float32(10 ** (generator.uniform(-100, -70) / 20)) * generator.standard_normal(SIZE).astype(
        np.float32
    )
    uses_voice = kind not in _WITHOUT_VOICE
    return Clip(samples, label, kind, (group,) if uses_voice else (), active)


def _music_alone(_: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    music, _beat = instrumental(materials, generator)
    return music, recorded(music, generator)


def _music_in_noise(_: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    music, _beat = instrumental(materials, generator)
    return music, mixed(recorded(music, generator), noise_of(materials, generator), float(generator.uniform(6, 25)))


def _noise_alone(_: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    noise = noise_of(materials, generator)
    if generator.random() < 0.35:
        noise = mixed(noise, noise_of(materials, generator), float(generator.uniform(-6, 12)))
    return noise, through_air(noise, generator)


VOICED_MUSIC = ("song", "a cappella", "choir", "chant", "rap")
"""Kinds that voice activity detection may take for speech, and of which no mood is to be told."""

_WITHOUT_VOICE = ("instrumental", "instrumental in noise", "noise")

KINDS: dict[str, tuple[str, _Make, float]] = {
    "speech": ("speech", speech_alone, 0.16),
    "speech in noise": ("speech", speech_in_noise, 0.11),
    "speech over quiet music": ("speech", speech_over_quiet_music, 0.08),
    "conversation": ("speech", conversation, 0.04),
    "instrumental": ("music", _music_alone, 0.12),
    "instrumental in noise": ("music", _music_in_noise, 0.03),
    "song": ("music", accompanied, 0.08),
    "a cappella": ("music", a_cappella, 0.10),
    "choir": ("music", choir, 0.04),
    "chant": ("music", chanted, 0.07),
    "rap": ("music", rap, 0.05),
    "speech over loud music": ("music", speech_over_loud_music, 0.03),
    "noise": ("noise", _noise_alone, 0.12),
}
"""Kind -> label, how it is made, and its share of all clips."""
