"""How many frames of voice activity detection are right, on recordings that people labelled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.bench.equality import RowState
from audiokit.bench.tagging_rows import VAD_ACCURACY, TaggingRow, guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["LabelledSpeech", "VadAccuracy", "accuracies", "labelled_speech", "measure_vad_accuracy"]

FRAME_SECONDS = 0.01
_COBRA_FRAME = 512 / 16_000


@dataclass(frozen=True, slots=True)
class LabelledSpeech:
    """A recording, and where somebody speaks in it.

    Parameters
    ----------
    path : pathlib.Path
        The recording.
    spans : tuple of (float, float)
        Start and end of speech, in seconds.
    end_seconds : float
        Up to where it is labelled; the end of the recording if infinite.
    """

    path: Path
    spans: tuple[tuple[float, float], ...]
    end_seconds: float = float("inf")


@dataclass(frozen=True, slots=True)
class VadAccuracy:
    """What was found in one recording.

    Parameters
    ----------
    name : str
        Of the recording.
    seconds : float
        Labelled.
    right, recall, precision : float
        Share of frames of 10 ms that are right, share of those with speech that were found, and share of those found
        that have speech.
    """

    name: str
    seconds: float
    right: float
    recall: float
    precision: float

    def __str__(self) -> str:
        return f"{self.name} {self.right:.1%} (recall {self.recall:.1%}, precision {self.precision:.1%})"


def labelled_speech(corpus: Path) -> list[LabelledSpeech]:
    """Recordings in ``vad/`` whose labels people made, as far as they are there.

    Parameters
    ----------
    corpus : pathlib.Path
        Folder with MANIFEST.csv and ``vad/``.
    """
    found = []
    meeting = corpus / "vad" / "ami" / "dev00.wav"
    turns = meeting.with_name("debug.development.rttm")
    if meeting.is_file() and turns.is_file():
        limits = dict(re.findall(r"^(\S+) \S+ \S+ (\S+)$", turns.with_suffix(".uem").read_text("utf-8"), re.MULTILINE))
        rows = re.findall(r"^SPEAKER dev00 \S+ (\S+) (\S+) ", turns.read_text("utf-8"), re.MULTILINE)
        spans = tuple((float(start), float(start) + float(length)) for start, length in rows)
        found.append(LabelledSpeech(meeting, spans, float(limits["dev00"])))
    counting = corpus / "vad" / "count.wav"
    if counting.with_suffix(".segments").is_file():
        rows = re.findall(r"^(\S+)\t(\S+)\tspeech$", counting.with_suffix(".segments").read_text("utf-8"), re.MULTILINE)
        found.append(LabelledSpeech(counting, tuple((float(start), float(end)) for start, end in rows)))
    sample = corpus / "vad" / "cobra_sample.wav"
    if sample.is_file():
        manifest = (corpus / "MANIFEST.csv").read_text("utf-8")
        line = next(line for line in manifest.splitlines() if line.startswith("vad/cobra_sample.wav"))
        frames = [(int(a), int(b)) for a, b in re.findall(r"\[(\d+),(\d+)\)", line)]
        found.append(LabelledSpeech(sample, tuple((a * _COBRA_FRAME, b * _COBRA_FRAME) for a, b in frames)))
    return found


def accuracies(corpus: Path) -> list[VadAccuracy]:
    """Compare voice activity detection with the labels, frame by frame, on each recording."""
    from audiokit.activity.vad import detect_speech
    from audiokit.decode import read

    rows = []
    for one in labelled_speech(corpus):
        found = detect_speech(read(one.path))
        end = min(one.end_seconds, found.audio_seconds)
        said = _frames([(s.start_seconds, s.end_seconds) for s in found.segments], end)
        truth = _frames(one.spans, end)
        both = float((said & truth).sum())
        right, recall, precision = (said == truth).mean(), both / max(truth.sum(), 1), both / max(said.sum(), 1)
        rows.append(VadAccuracy(one.path.name, end, float(right), float(recall), float(precision)))
    return rows


def measure_vad_accuracy(corpus: Path | None) -> TaggingRow:
    """Say how many frames are right on each labelled recording.

    Parameters
    ----------
    corpus : pathlib.Path, optional
        Folder of recordings; without one there is no figure.
    """

    def measure() -> TaggingRow:
        rows = [] if corpus is None else accuracies(corpus)
        if not rows:
            return TaggingRow(VAD_ACCURACY, RowState.UNAVAILABLE, "no labelled recordings: set AUDIOKIT_CORPUS")
        return TaggingRow(VAD_ACCURACY, RowState.OK, "; ".join(map(str, rows)))

    return guarded(VAD_ACCURACY, measure)


def _frames(spans: Sequence[tuple[float, float]], end_seconds: float) -> NDArray[np.bool_]:
    """Whether the middle of each frame lies in a span."""
    middles = (np.arange(int(end_seconds / FRAME_SECONDS)) + 0.5) * FRAME_SECONDS
    inside = np.zeros(middles.size, dtype=bool)
    for start, end in spans:
        inside |= (middles >= start) & (middles < end)
    return inside
