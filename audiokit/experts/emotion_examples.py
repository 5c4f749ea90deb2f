"""Examples for the emotion expert: statistics of acted clips and of ordinary speech, as recorded and degraded."""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.dsp.speech_statistics import SPEECH_STATISTICS, speech_statistics
from audiokit.experts.channels import compressed, equalised, in_room, mixed, narrowed, resampled_by, telephoned
from audiokit.experts.noises import NOISES, make_noise
from audiokit.experts.recordings import EMOTIONS
from audiokit.experts.vocoder import analyse, overlap_pitch_periods, resynthesise

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.experts.recordings import Recording

__all__ = ["DEGRADATIONS", "Examples", "acted_examples", "degraded", "ordinary_examples"]

LONGEST_SECONDS = 3.0
_RECIPE = 2  # of the augmentations: examples of another one are no longer used
DEGRADATIONS = ("as recorded", "noise 10 dB", "music 10 dB", "room", "telephone", "equalised", "narrow band")
"""What each acted clip is judged under; the first is no degradation."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Statistics and what they are of.

    Parameters
    ----------
    statistics : ndarray, shape (examples, statistics), float32
    labels : ndarray of int, shape (examples,)
        Index into `EMOTIONS`; -1 for ordinary speech.
    groups : ndarray of str, shape (examples,)
        The speaker or session.
    conditions : ndarray of str, shape (examples,)
        One of `DEGRADATIONS`, or ``"augmented"``.
    clips : ndarray of str, shape (examples,)
        The recording's path.
    """

    statistics: NDArray[np.float32]
    labels: NDArray[np.int64]
    groups: NDArray[np.str_]
    conditions: NDArray[np.str_]
    clips: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, chosen: NDArray[np.bool_]) -> Examples:
        """Take some of them."""
        return Examples(*(getattr(self, name)[chosen] for name in self.__slots__))


def acted_examples(
    recordings: list[Recording],
    music: list[NDArray[np.float32]],
    seed: int,
    *,
    copies: int = 14,
    cache: Path | None = None,
    workers: int = 1,
) -> Examples:
    """Each clip as recorded, under each degradation, and in so many augmented copies."""
    return _made(recordings, music, seed, copies, True, cache, workers)


def ordinary_examples(
    recordings: list[Recording],
    music: list[NDArray[np.float32]],
    seed: int,
    *,
    copies: int = 3,
    cache: Path | None = None,
    workers: int = 1,
) -> Examples:
    """Ordinary speech in pieces of 3 s, as recorded, and in so many augmented copies."""
    pieces = [
        type(recording)(
            recording.path, recording.group, "", recording.licence, recording.source,
            recording.samples[first : first + size],
        )
        for recording in recordings
        for size in (int(LONGEST_SECONDS * SAMPLE_RATE),)
        for first in range(0, max(recording.samples.size - SAMPLE_RATE // 2, 1), size)
    ]  # fmt: skip
    loud = [piece for piece in pieces if float(np.abs(piece.samples).max(initial=0.0)) > 1e-3]
    return _made(loud, music, seed + 1, copies, False, cache, workers)


def _made(
    recordings: list[Recording],
    music: list[NDArray[np.float32]],
    seed: int,
    copies: int,
    judged: bool,
    cache: Path | None,
    workers: int,
) -> Examples:
    stamp = hashlib.sha256(
        repr(
            [(r.path, r.samples.size) for r in recordings]
            + [len(music), seed, copies, judged, SPEECH_STATISTICS, _RECIPE]
        ).encode()
    ).hexdigest()[:16]
    file = None if cache is None else cache / f"emotion-{stamp}.npz"
    if file is not None and file.is_file():
        with np.load(file) as kept:
            return Examples(*(kept[name] for name in Examples.__slots__))
    requests = [(recording, [seed, index], copies, judged) for index, recording in enumerate(recordings)]
    if workers > 1:
        with ProcessPoolExecutor(workers, initializer=_remember, initargs=(music,)) as pool:
            rows = list(pool.map(_examples_of, requests, chunksize=4))
    else:
        _remember(music)
        rows = [_examples_of(request) for request in requests]
    conditions = [condition for row in rows for condition, _ in row]
    made = Examples(
        np.stack([values for row in rows for _, values in row]).astype(np.float32),
        np.array([EMOTIONS.index(r.label) if r.label else -1
                  for r, row in zip(recordings, rows, strict=True) for _ in row]),
        np.array([r.group for r, row in zip(recordings, rows, strict=True) for _ in row]),
        np.array(conditions),
        np.array([r.path for r, row in zip(recordings, rows, strict=True) for _ in row]),
    )  # fmt: skip
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, **{name: getattr(made, name) for name in Examples.__slots__})
    return made


_MUSIC: list[NDArray[np.float32]] = []


def _remember(music: list[NDArray[np.float32]]) -> None:
    _MUSIC[:] = music


def _examples_of(request: tuple[Recording, list[int], int, bool]) -> list[tuple[str, NDArray[np.float32]]]:
    recording, seed, copies, judged = request
    generator = np.random.default_rng(seed)
    samples = recording.samples
    rows = []
    for condition in DEGRADATIONS if judged else DEGRADATIONS[:1]:
        window = samples[: int(LONGEST_SECONDS * SAMPLE_RATE)]
        rows.append((condition, speech_statistics(degraded(window, condition, _MUSIC, generator))))
    voice = analyse(samples[: 10 * SAMPLE_RATE]) if copies else None
    rows += [("augmented", speech_statistics(_augmented(samples, voice, _MUSIC, generator))) for _ in range(copies)]
    return rows


def degraded(
    samples: NDArray[np.float32], condition: str, music: list[NDArray[np.float32]], generator: np.random.Generator
) -> NDArray[np.float32]:
    """A clip under one of `DEGRADATIONS`."""
    if condition == "noise 10 dB":
        return mixed(samples, _noise(samples.size, generator), 10.0)
    if condition == "music 10 dB":
        return mixed(samples, _piece(samples.size, music, generator), 10.0)
    if condition == "room":
        return in_room(samples, generator)
    if condition == "telephone":
        return telephoned(samples, generator)
    if condition == "equalised":
        return equalised(samples, generator)
    return narrowed(samples, generator) if condition == "narrow band" else samples


def _noise(size: int, generator: np.random.Generator) -> NDArray[np.float32]:
    return make_noise(str(generator.choice(list(NOISES))), size / SAMPLE_RATE + 0.1, generator)[:size]


def _piece(size: int, music: list[NDArray[np.float32]], generator: np.random.Generator) -> NDArray[np.float32]:
    piece = music[int(generator.integers(len(music)))]
    begin = int(generator.integers(max(piece.size - size, 1)))
    return np.resize(piece[begin : begin + size], size)


def _augmented(
    samples: NDArray[np.float32], voice: object, music: list[NDArray[np.float32]], generator: np.random.Generator
) -> NDArray[np.float32]:
    """Another speaker, another place: pace, pitch and throat, then room, microphone, other sound, line, a cut."""
    from audiokit.experts.vocoder import Voice

    route = generator.random()
    if route < 0.5 and isinstance(voice, Voice):
        where = np.arange(0, len(voice) - 1, generator.uniform(0.88, 1.14))
        # as far as from a man to a woman, and a throat to go with it: few speakers must stand for all
        semitones = generator.uniform(-9, 9) if generator.random() < 0.7 else generator.uniform(-3, 3)
        hertz = np.interp(where, np.arange(len(voice)), voice.hertz) * 2 ** (semitones / 12)
        hertz = np.clip(hertz, 60, 700)
        if abs(semitones) < 2.5 and generator.random() < 0.5:
            samples = overlap_pitch_periods(voice, where, hertz)
        else:
            throat = 2 ** (0.25 * semitones / 12) * generator.uniform(0.94, 1.07)
            samples = resynthesise(voice, where, hertz, generator, formant_factor=float(throat))
    elif route < 0.8:
        samples = resampled_by(samples, float(generator.uniform(0.88, 1.14)))
    longest = int(LONGEST_SECONDS * SAMPLE_RATE)
    length = int(min(samples.size, longest) * generator.uniform(0.5, 1.0)) if generator.random() < 0.5 else longest
    begin = int(generator.integers(max(samples.size - length, 1)))
    samples = samples[begin : begin + length]
    if generator.random() < 0.4:
        samples = in_room(samples, generator)
    if generator.random() < 0.5:
        samples = equalised(samples, generator)
    if generator.random() < 0.15:
        samples = compressed(samples, generator)
    other = generator.random()
    if other < 0.4:
        samples = mixed(samples, _noise(samples.size, generator), float(generator.uniform(5, 35)))
    elif other < 0.65:
        samples = mixed(samples, _piece(samples.size, music, generator), float(generator.uniform(4, 28)))
    fate = generator.random()
    if fate < 0.15:
        return telephoned(samples, generator)
    return narrowed(samples, generator) if fate < 0.25 else samples
