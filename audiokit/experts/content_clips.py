"""Clips to train the content gate on: what sounds in each is drawn at random, and its label is known."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.channels import compressed, equalised, in_room, mixed, narrowed, resampled_by, telephoned
from audiokit.experts.composition import draw_tonality
from audiokit.experts.noises import NOISES, babble, make_noise
from audiokit.experts.singing import hummed, respoken, sing, vowel_voice
from audiokit.experts.vocoder import analyse

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from audiokit.experts.vocoder import Voice

    _Make: TypeAlias = Callable[[str, "Materials", np.random.Generator], tuple[NDArray[np.float32], ...]]

__all__ = ["CLIP_SECONDS", "KINDS", "LABELS", "Clip", "Materials", "draw_clip"]

CLIP_SECONDS = 9.0
LABELS = ("speech", "music", "noise")
_SIZE = int(CLIP_SECONDS * SAMPLE_RATE)


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
    power = np.square(dry[: _SIZE // 160 * 160].reshape(-1, 160)).mean(axis=1)
    # noise may be a click now and then; of a voice or music only what sounds counts
    active = (power > max(float(power.max()) * 1e-4, 1e-9)) | (label == "noise")
    level = 10 ** (generator.uniform(-34, -1) / 20)
    peak = max(float(np.abs(dressed).max()), 1e-6)
    samples = (dressed * (level / peak)).astype(np.float32)
    samples += np.float32(10 ** (generator.uniform(-100, -70) / 20)) * generator.standard_normal(_SIZE).astype(
        np.float32
    )
    uses_voice = kind not in _WITHOUT_VOICE
    return Clip(samples, label, kind, (group,) if uses_voice else (), active)


def _talk(group: str, materials: Materials, generator: np.random.Generator) -> NDArray[np.float32]:
    """Utterances of one group with pauses between, from some place on."""
    parts: list[NDArray[np.float32]] = []
    have = 0
    route = int(generator.integers(10))
    while have < _SIZE + SAMPLE_RATE:
        utterance = materials.speech[group][int(generator.integers(len(materials.speech[group])))]
        if route < 3:
            utterance = resampled_by(utterance, float(generator.uniform(0.85, 1.2)))
        elif route < 5:
            utterance = respoken(materials.voice(group, generator), generator)
        parts += [utterance, np.zeros(int(generator.exponential(0.35) * SAMPLE_RATE), dtype=np.float32)]
        have += parts[-1].size + parts[-2].size
    whole = np.concatenate(parts)
    begin = int(generator.integers(max(whole.size - _SIZE, 1)))
    talk = whole[begin : begin + _SIZE]
    return np.asarray(talk * (0.7 / max(float(np.abs(talk).max()), 1e-6)), dtype=np.float32)


def _instrumental(materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], float]:
    piece, beat = materials.music[int(generator.integers(len(materials.music)))]
    begin = int(generator.integers(max(piece.size - _SIZE, 1)))
    part = np.resize(piece[begin : begin + _SIZE], _SIZE)
    return part, beat


def _noise_of(materials: Materials, generator: np.random.Generator) -> NDArray[np.float32]:
    if generator.random() < 0.15:
        voices = [u for utterances in materials.speech.values() for u in utterances[:4]]
        return babble(voices, CLIP_SECONDS, generator)
    return make_noise(str(generator.choice(list(NOISES))), CLIP_SECONDS, generator)


def _through_air(
    sound: NDArray[np.float32], generator: np.random.Generator, *, longest_seconds: float = 0.9
) -> NDArray[np.float32]:
    """Room, microphone and line, each only sometimes."""
    if generator.random() < 0.45:
        sound = in_room(sound, generator, longest_seconds=longest_seconds)
    if generator.random() < 0.5:
        sound = equalised(sound, generator)
    if generator.random() < 0.2:
        sound = compressed(sound, generator)
    fate = generator.random()
    if fate < 0.12:
        return narrowed(sound, generator)
    return telephoned(sound, generator) if fate < 0.2 else sound


def _speech_alone(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    talk = _talk(group, materials, generator)
    return talk, _through_air(talk, generator)


def _speech_in_noise(
    group: str, materials: Materials, generator: np.random.Generator
) -> tuple[NDArray[np.float32], ...]:
    talk = _talk(group, materials, generator)
    return talk, mixed(_through_air(talk, generator), _noise_of(materials, generator), float(generator.uniform(6, 32)))


def _speech_over_quiet_music(
    group: str, materials: Materials, generator: np.random.Generator
) -> tuple[NDArray[np.float32], ...]:
    talk = _talk(group, materials, generator)
    music, _ = _instrumental(materials, generator)
    return talk, mixed(_through_air(talk, generator), music, float(generator.uniform(14, 30)))


def _speech_over_loud_music(
    group: str, materials: Materials, generator: np.random.Generator
) -> tuple[NDArray[np.float32], ...]:
    talk = _talk(group, materials, generator)
    music, _ = _instrumental(materials, generator)
    return music, _dressed(mixed(talk, music, float(generator.uniform(-8, 7))), generator)


def _conversation(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    first, second = _talk(group, materials, generator), _talk(group, materials, generator)
    turn = int(generator.uniform(0.3, 0.7) * _SIZE)
    overlap = int(generator.uniform(0, 1.0) * SAMPLE_RATE)
    first[turn + overlap :] = 0
    second[:turn] = 0
    both = first + second * np.float32(generator.uniform(0.4, 1.2))
    return both, _through_air(both, generator)


def _rap(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """Words on the beat, over a piece with drums."""
    music, beat = _instrumental(materials, generator)
    words = _on_beat(_talk(group, materials, generator), beat, generator)
    return music, _dressed(mixed(words, music, float(generator.uniform(-6, 9))), generator)


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


def _a_cappella(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    song = sing(_singer(group, materials, generator), CLIP_SECONDS, draw_tonality(generator), generator)
    return song, _through_air(song, generator, longest_seconds=3.0)


def _choir(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """Several sing: in parts, or all the same a little apart."""
    tonality = draw_tonality(generator)
    style = str(generator.choice(["chant", "ballad", "folk", "children", "pop"]))
    seed = int(generator.integers(1 << 30))
    together = generator.random() < 0.6
    whole = np.zeros(_SIZE, dtype=np.float32)
    for _ in range(int(generator.integers(2, 9))):
        source = np.random.default_rng(seed) if together else generator
        part = sing(_singer(group, materials, generator), CLIP_SECONDS, tonality, source, style=style)
        late = int(generator.uniform(0, 0.06) * SAMPLE_RATE)
        whole[late:] += part[: _SIZE - late] * np.float32(generator.uniform(0.4, 1))
    return whole, _through_air(whole, generator, longest_seconds=3.5)


def _song(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    music, beat = _instrumental(materials, generator)
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
    return song + music * 0.05, _dressed(mixed(song, music, float(generator.uniform(-9, 14))), generator)


def _chant(group: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    parts: list[NDArray[np.float32]] = []
    while sum(part.size for part in parts) < _SIZE:
        parts.append(hummed(materials.voice(group, generator), generator))
    song = np.concatenate(parts)[:_SIZE]
    return song, in_room(song, generator, longest_seconds=3.5)


def _music_alone(_: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    music, _beat = _instrumental(materials, generator)
    return music, _dressed(music, generator)


def _music_in_noise(_: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    music, _beat = _instrumental(materials, generator)
    return music, mixed(_dressed(music, generator), _noise_of(materials, generator), float(generator.uniform(6, 25)))


def _dressed(sound: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    return _through_air(sound, generator, longest_seconds=1.5) if generator.random() < 0.6 else sound


def _noise_alone(_: str, materials: Materials, generator: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    noise = _noise_of(materials, generator)
    if generator.random() < 0.35:
        noise = mixed(noise, _noise_of(materials, generator), float(generator.uniform(-6, 12)))
    return noise, _through_air(noise, generator)


_WITHOUT_VOICE = ("instrumental", "instrumental in noise", "noise")

KINDS: dict[str, tuple[str, _Make, float]] = {
    "speech": ("speech", _speech_alone, 0.15),
    "speech in noise": ("speech", _speech_in_noise, 0.10),
    "speech over quiet music": ("speech", _speech_over_quiet_music, 0.07),
    "conversation": ("speech", _conversation, 0.04),
    "instrumental": ("music", _music_alone, 0.14),
    "instrumental in noise": ("music", _music_in_noise, 0.03),
    "song": ("music", _song, 0.10),
    "a cappella": ("music", _a_cappella, 0.09),
    "choir": ("music", _choir, 0.04),
    "chant": ("music", _chant, 0.01),
    "rap": ("music", _rap, 0.06),
    "speech over loud music": ("music", _speech_over_loud_music, 0.03),
    "noise": ("noise", _noise_alone, 0.14),
}
"""Kind -> label, how it is made, and its share of all clips."""
