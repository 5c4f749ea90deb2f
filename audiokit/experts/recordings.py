"""Recordings that may be trained on: read from a corpus's manifest, by licence."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.activity.prepare import mono_at
from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.errors import ParameterError, SourceNotFound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["EMOTIONS", "Recording", "emotional_speech", "evaluation_recordings", "ordinary_speech", "read_manifest"]

EMOTIONS = ("angry", "happy", "neutral", "sad")
_EMOTION_WORDS = {
    "anger": "angry",
    "happiness": "happy",
    "sadness": "sad",
    **{emotion: emotion for emotion in EMOTIONS},
}

# What may be trained on and passed on with attribution; a share-alike licence would ask the same of the weights.
_FREE = re.compile(r"^(public domain|cc0|cc-by-[0-9]|bsd|apache|mit)", re.IGNORECASE)

# group -> beginnings of paths below the corpus: what is one speaker or one recording session is one group
_SPEECH_GROUPS = {
    "ljspeech": ("speech/ljspeech/",),
    "jfk": ("speech/jfk.flac",),
    "cards": ("speech/cards/", "speech/pocketsphinx/"),
    "leopard": ("speech/multilingual/leopard_test.wav",),
    "multilingual": ("speech/multilingual.mp3",),
    "common_voice": ("speech/common_voice_en_651325.mp3",),
    "librispeech_5703": ("speech/5703-47212-0000.ogg",),
    "lyra": ("speech/multirate/sample1_48kHz.wav",),
    "ami": ("vad/ami/dev00.wav",),
    "cobra": ("vad/cobra_sample.wav",),
    "count": ("vad/count.wav",),
    "webrtcvad": ("vad/webrtcvad_leak-test.wav",),
    "silero": ("vad/silero_test.wav",),
}
_SOUND_ENDINGS = (".wav", ".flac", ".mp3", ".ogg")


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One recording at 16 kHz, mono.

    Parameters
    ----------
    path : str
        Below the corpus folder.
    group : str
        Recordings of one group share a speaker or a session, and are never split between training and testing.
    label : str
        An emotion, or ``"speech"``, ``"music"``, ``"noise"``.
    licence, source : str
        As the manifest states them.
    samples : ndarray, shape (time,), float32
        At 16 kHz.
    """

    path: str
    group: str
    label: str
    licence: str
    source: str
    samples: NDArray[np.float32]


def read_manifest(corpus: Path) -> list[dict[str, str]]:
    """Rows of a corpus's MANIFEST.csv.

    Raises
    ------
    SourceNotFound
        If the folder has none.
    """
    manifest = corpus / "MANIFEST.csv"
    if not manifest.is_file():
        raise SourceNotFound(
            f"{corpus} holds no MANIFEST.csv.",
            cure="Name the folder of recordings: --corpus FOLDER (see CONTRIBUTING).",
        )
    with manifest.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def emotional_speech(corpus: Path, *, speakers: int | None = None, clips: int | None = None) -> list[Recording]:
    """Recordings of EMO-DB that the manifest labels with one of four emotions.

    Parameters
    ----------
    corpus : pathlib.Path
        Folder with MANIFEST.csv and ``emotion_emodb/``.
    speakers, clips : int, optional
        Take the first so many speakers, and clips of each emotion and speaker: for a miniature.

    Returns
    -------
    list of Recording
        ``group`` is the speaker.

    Raises
    ------
    ParameterError
        If there are fewer than two speakers, or an emotion is missing.
    """
    rows = []
    for row in read_manifest(corpus):
        # "emotion=anger speaker=03 ..." or "angry; speaker 03"
        found = re.match(r"(?:emotion=)?(\w+);? speaker[= ](\w+)", row["ground_truth"])
        if row["path"].startswith("emotion_emodb/") and found and found[1] in _EMOTION_WORDS:
            rows.append((row, found[2], _EMOTION_WORDS[found[1]]))
    kept = sorted({speaker for _, speaker, _ in rows})[:speakers]
    taken: dict[tuple[str, str], int] = {}
    recordings = []
    for row, speaker, emotion in rows:
        key = (speaker, emotion)
        taken[key] = taken.get(key, 0) + 1
        if speaker in kept and (clips is None or taken[key] <= clips):
            recordings.append(_read(corpus, row, speaker, emotion))
    if len(kept) < 2 or {recording.label for recording in recordings} != set(EMOTIONS):
        raise ParameterError(
            f"Training wants all of {', '.join(EMOTIONS)} by at least two speakers; {corpus} has {len(recordings)} "
            f"clips by {len(kept)}.",
            cure="Put EMO-DB's wav files into emotion_emodb/ and name them in MANIFEST.csv.",
        )
    return recordings


def ordinary_speech(corpus: Path, groups: tuple[str, ...] | None = None) -> list[Recording]:
    """Speech that nobody acted: read, recited, talked; everything whose licence lets weights be passed on freely."""
    recordings = []
    for row in read_manifest(corpus):
        if not row["path"].endswith(_SOUND_ENDINGS) or not _FREE.match(row["licence"]):
            continue
        for group, beginnings in _SPEECH_GROUPS.items():
            twin = group == "ljspeech" and not row["path"].endswith(".wav")
            if row["path"].startswith(beginnings) and not twin and (groups is None or group in groups):
                recordings.append(_read(corpus, row, group, "speech"))
    return recordings


def evaluation_recordings(corpus: Path) -> list[Recording]:
    """Real music and environmental sound: never trained on."""
    labels = {"music": "music", "env": "noise"}
    return [
        _read(corpus, row, Path(row["path"]).stem, labels[row["category"]])
        for row in read_manifest(corpus)
        if row["category"] in labels and row["path"].endswith(_SOUND_ENDINGS)
    ]


def _read(corpus: Path, row: dict[str, str], group: str, label: str) -> Recording:
    from audiokit.decode import read

    audio: Audio = read(corpus / row["path"])
    samples, _ = mono_at(audio, SAMPLE_RATE)
    peak = float(np.abs(samples).max(initial=0.0))
    scaled = samples if peak <= 1.0 else samples / np.float32(peak)
    return Recording(row["path"], group, label, row["licence"], row["source"], scaled.astype(np.float32))
