"""Gather what clips are made of: recorded and synthetic voices, and rendered music; kept on disk between runs."""

from __future__ import annotations

import hashlib
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.activity.prepare import mono_at
from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.composition import compose
from audiokit.experts.content_parts import Materials
from audiokit.experts.instruments import render_with_instruments
from audiokit.experts.music_styles import STYLES
from audiokit.experts.recordings import emotional_speech, ordinary_speech
from audiokit.experts.soundfont import render_with_soundfont
from audiokit.experts.texts import LINES, SENTENCES, VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.audio import Audio
    from audiokit.experts.recordings import Recording

__all__ = ["MaterialSizes", "gather", "recorded_groups", "render_music", "synthetic_speech"]

_PIECE_SECONDS = 22.0
_LONGEST_UTTERANCE = 12 * SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class MaterialSizes:
    """How much to make.

    Parameters
    ----------
    soundfont_pieces, own_pieces : int
        Pieces of music of 22 s, played with a SoundFont and with our own instruments.
    synthetic_utterances : int
        Sentences spoken by espeak-ng.
    """

    soundfont_pieces: int = 200
    own_pieces: int = 80
    synthetic_utterances: int = 260


def gather(
    corpus: Path | None,
    spoken: Sequence[tuple[str, NDArray[np.float32]]],
    music: list[tuple[NDArray[np.float32], float]],
) -> Materials:
    """Put together what clips are made of.

    Parameters
    ----------
    corpus : pathlib.Path, optional
        Recordings; None makes a miniature of synthetic voices only.
    spoken : sequence of (str, ndarray)
        As `synthetic_speech` gives it.
    music : list of (ndarray, float)
        As `render_music` gives it.

    Returns
    -------
    Materials
    """
    speech: dict[str, list[NDArray[np.float32]]] = {}
    if corpus is not None:
        speech |= recorded_groups(corpus)
    for group, sound in spoken:
        speech.setdefault(group, []).append(sound)
    return Materials(speech, music)


def recorded_groups(corpus: Path) -> dict[str, list[NDArray[np.float32]]]:
    """Recorded speech by group of speakers, in utterances of at most 12 s; acted speech too, which is speech."""
    groups: dict[str, list[NDArray[np.float32]]] = {}
    recordings: list[Recording] = ordinary_speech(corpus)
    try:
        acted = emotional_speech(corpus)
    except ValueError:  # a corpus without EMO-DB trains a gate all the same
        acted = []
    for recording in recordings:
        groups.setdefault(recording.group, []).extend(_utterances(recording.samples))
    for recording in acted:
        groups.setdefault(f"emodb_{recording.group}", []).extend(_utterances(recording.samples))
    return groups


def _utterances(samples: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    count = max(-(-samples.size // _LONGEST_UTTERANCE), 1)
    return [part.astype(np.float32) for part in np.array_split(samples, count) if part.size >= SAMPLE_RATE // 2]


def synthetic_speech(
    count: int, seed: int, *, cache: Path | None = None, workers: int = 1
) -> list[tuple[str, NDArray[np.float32]]]:
    """Sentences and lines in many languages and voices by espeak-ng: pairs of a group and an utterance at 16 kHz.

    Raises
    ------
    LibraryUnavailable
        If espeak-ng is not installed (the extra ``tts``).
    """
    generator = np.random.default_rng([seed, 1])
    languages = list(SENTENCES)
    requests = []
    for _ in range(count):
        language = str(generator.choice(languages))
        lines = SENTENCES[language] + (LINES.get(language, ()) if generator.random() < 0.3 else ())
        text = lines[int(generator.integers(len(lines)))]
        variant = str(generator.choice(VARIANTS))
        requests.append((language, variant, text, int(generator.integers(110, 230)), int(generator.integers(25, 80))))
    found = _kept(cache, "speech", requests, _spoken, workers)
    return [(f"espeak_{request[0]}{request[1]}", sound) for request, sound in zip(requests, found, strict=True)]


def _spoken(request: tuple[str, str, str, int, int]) -> NDArray[np.float32]:
    from audiokit.speech.espeak import speak

    language, variant, text, pace, pitch = request
    audio: Audio = speak(text, voice=language + variant, words_per_minute=pace, pitch=pitch)
    return mono_at(audio, SAMPLE_RATE)[0]


def render_music(
    sizes: MaterialSizes, seed: int, *, soundfont: Path | None, cache: Path | None = None, workers: int = 1
) -> list[tuple[NDArray[np.float32], float]]:
    """Pieces of music and the seconds of their beat."""
    names = list(STYLES)
    total = sizes.own_pieces + (sizes.soundfont_pieces if soundfont is not None else 0)
    requests = [
        (names[index % len(names)], seed, index, None if index < sizes.own_pieces else soundfont)
        for index in range(total)
    ]
    return _kept(cache, "music", requests, _played, workers)


def _played(request: tuple[str, int, int, Path | None]) -> tuple[NDArray[np.float32], float]:
    style, seed, index, soundfont = request
    generator = np.random.default_rng([seed, 2, index])
    piece = compose(generator, _PIECE_SECONDS, style)
    if soundfont is None:
        return render_with_instruments(piece, generator), piece.beat_seconds
    return render_with_soundfont(piece, soundfont), piece.beat_seconds


def _kept(
    cache: Path | None, name: str, requests: Sequence[Any], make: Callable[[Any], Any], workers: int
) -> list[Any]:
    """Make all, or read what an earlier run made of the same requests."""
    stamp = hashlib.sha256(repr(requests).encode()).hexdigest()[:16]
    file = None if cache is None else cache / f"{name}-{stamp}.pickle"
    if file is not None and file.is_file():
        return list(pickle.loads(file.read_bytes()))  # noqa: S301 - a file that this program wrote into its own cache
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            made = list(pool.map(make, requests, chunksize=4))
    else:
        made = [make(request) for request in requests]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(made))
    return made
