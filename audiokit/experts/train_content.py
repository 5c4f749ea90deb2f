"""Train the content gate: judge it on voices and recordings that it did not hear, set its thresholds, pack it."""

from __future__ import annotations

import hashlib
import pickle
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.activity.content import HOP_SECONDS, cell_inputs
from audiokit.activity.content_decisions import ContentThresholds, label_cells, mood_cells, smoothed
from audiokit.activity.content_features import CONTENT_STATISTICS, MEL_BANDS, WINDOW_FRAMES
from audiokit.audio import Audio
from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.content_clips import KINDS, LABELS
from audiokit.experts.content_network import export_gate, gate_probabilities, train_gate
from audiokit.experts.content_windows import Windows, make_windows
from audiokit.experts.evaluation import confusion
from audiokit.experts.materials import MaterialSizes, gather
from audiokit.experts.packaging import write_card
from audiokit.experts.provenance import attributed, rendered
from audiokit.experts.recordings import Recording, emotional_speech, evaluation_recordings, ordinary_speech

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["ContentSettings", "train_content"]

NAME = "content_gate"
_RECALL_RECORDED = 0.99
_RECALL_DEGRADED = 0.95


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """How much to train.

    Parameters
    ----------
    seed : int
        Of everything drawn.
    clips : int
        Clips of nine seconds.
    folds : int
        In how many parts speakers are left out to judge; below 2, nothing is judged.
    pictures, tables, epochs : int
        See `train_gate`.
    sizes : MaterialSizes
        Music and synthetic speech.
    """

    seed: int = 1
    clips: int = 3200
    folds: int = 3
    pictures: int = 2
    tables: int = 3
    epochs: int = 10
    sizes: MaterialSizes = field(default_factory=MaterialSizes)


def train_content(
    corpus: Path | None,
    weights: Path,
    settings: ContentSettings,
    *,
    soundfont: Path | None,
    cache: Path | None = None,
    workers: int = 1,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Train, judge and write ``content_gate.onnx`` and ``content_gate.json``.

    Parameters
    ----------
    corpus : pathlib.Path, optional
        Recordings, with MANIFEST.csv; None trains on synthetic voices alone, for a miniature.
    weights : pathlib.Path
        Folder for both files.
    settings : ContentSettings
        How much to train.
    soundfont, cache, workers, say
        See `audiokit.experts.train_emotion.train_emotion`.

    Returns
    -------
    dict
        The card.
    """
    began = time.monotonic()
    materials = gather(corpus, settings.sizes, settings.seed, soundfont=soundfont, cache=cache, workers=workers)
    say(
        f"{len(materials.speech)} groups of voices, {len(materials.music)} pieces of music "
        f"after {time.monotonic() - began:.0f} s"
    )
    windows = make_windows(materials, settings.clips, settings.seed, cache=cache, workers=workers)
    assert windows is not None
    say(f"{len(windows)} windows after {time.monotonic() - began:.0f} s")
    read = [] if corpus is None else ordinary_speech(corpus)
    acted = [] if corpus is None else _acted(corpus)
    judged = _judged(windows, read, acted, settings, cache, say) if settings.folds > 1 else {}
    thresholds = judged.pop("thresholds", asdict(ContentThresholds()))
    say(f"judged after {time.monotonic() - began:.0f} s")
    gate = train_gate(
        windows,
        settings.seed,
        pictures=settings.pictures,
        tables=settings.tables,
        epochs=settings.epochs,
        say=say,
        keep=None if cache is None else cache / f"gate-{_stamp(windows, settings)}",
    )
    path = weights / f"{NAME}.onnx"
    export_gate(gate, path, statistics=len(CONTENT_STATISTICS), frames=WINDOW_FRAMES, bands=MEL_BANDS)
    if corpus is not None:
        never = evaluation_recordings(corpus)
        judged["never_heard"] = {r.path: _file_verdict(gate, r, ContentThresholds(**thresholds)) for r in never}
    card = write_card(weights / f"{NAME}.json", path, {
        "name": NAME,
        "task": "content",
        "version": "1",
        "labels": list(LABELS),
        "licence": "Apache-2.0",
        "origin": "embedded expert, trained on recorded speech and on synthesised song, music and noise",
        "input": f"{WINDOW_FRAMES} frames of {MEL_BANDS} mel bands and {len(CONTENT_STATISTICS)} statistics of 3.1 s "
                 "at 16 kHz",
        "features": list(CONTENT_STATISTICS),
        "architecture": f"mean of the log probabilities of {settings.tables} networks on statistics and of "
                        f"{settings.pictures} convolutional networks on mel pictures",
        "thresholds": thresholds,
        "measured": judged,
        "data": attributed(read, "speech, sung and spoken") + attributed(acted, "speech, sung and spoken")
                + rendered(settings.sizes.synthetic_utterances, len(materials.music), soundfont,
                           "speech, sung and spoken", "music, and under voices"),
        "windows": len(windows),
        "seed": settings.seed,
        "training_seconds": round(time.monotonic() - began),
        "parts_from_cache": cache is not None,  # then the time is that of the last run only
        "limits": [
            "No recorded song and no recorded music was trained on: singing is made from speech, music from notes.",
            "Rap and speech under music that is nearly as loud are music here: no mood can be told of them.",
            "A poem that is nearly chanted may pass for song, and a spoken line in a song for speech.",
            "Noise against speech is its weak side; voice activity detection stays in series.",
            "It must never gate a transcription.",
        ],
    })  # fmt: skip
    say(f"wrote {path.name}, {path.stat().st_size / 1e6:.2f} MB, after {time.monotonic() - began:.0f} s")
    return card


def _acted(corpus: Path) -> list[Recording]:
    try:
        return [replace(r, group=f"emodb_{r.group}") for r in emotional_speech(corpus)]
    except ValueError:  # a corpus without EMO-DB
        return []


def _judged(
    windows: Windows,
    read: list[Recording],
    acted: list[Recording],
    settings: ContentSettings,
    cache: Path | None,
    say: Callable[[str], None],
) -> dict[str, Any]:
    groups = sorted({group for group in windows.groups.tolist() if group})
    # clips without a voice are dealt out too
    generator = np.random.default_rng([settings.seed, 5])
    fold_of_clip = generator.integers(settings.folds, size=int(windows.clips.max()) + 1)
    fold_of_group = {group: index % settings.folds for index, group in enumerate(groups)}
    folds = np.array([fold_of_group.get(g, -1) for g in windows.groups.tolist()])
    folds = np.where(folds < 0, fold_of_clip[windows.clips], folds)
    probabilities = np.zeros((len(windows), len(LABELS)), dtype=np.float32)
    tracks: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
    for fold in range(settings.folds):
        tested = [r for r in [*read, *acted[::3]] if fold_of_group.get(r.group, 0) == fold]
        held = folds == fold
        file = None if cache is None else cache / f"gate-fold-{fold}-{_stamp(windows, settings)}.pickle"
        if file is not None and file.is_file():
            own, of_files = pickle.loads(file.read_bytes())  # noqa: S301 - written by this program into its own cache
        else:
            own, of_files = _judged_fold(
                windows, held, tested, settings, fold, None if file is None else file.with_suffix("")
            )
            if file is not None:
                file.write_bytes(pickle.dumps((own, of_files)))
        probabilities[held] = own
        tracks |= of_files
        say(f"  fold {fold + 1}: {(own.argmax(axis=1) == windows.labels[held]).mean():.3f} of windows right")
    thresholds = _set_thresholds(windows, probabilities, tracks)
    found = probabilities.argmax(axis=1)
    return {
        "thresholds": asdict(thresholds),
        "how": "windows and files whose speakers, or whose clips where there is no voice, the network did not train on",
        "confusion": confusion(windows.labels, found, len(LABELS)).tolist(),
        "right": round(float((found == windows.labels).mean()), 4),
        "speech_by_kind": _by_kind(windows, probabilities, thresholds),
        "files": _by_file([*read, *acted], tracks, thresholds),
    }


def _judged_fold(
    windows: Windows,
    held: NDArray[np.bool_],
    tested: list[Recording],
    settings: ContentSettings,
    fold: int,
    keep: Path | None,
) -> tuple[NDArray[np.float32], dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]]:
    # half as long as the gate that is packed: what is judged is rather too bad than too good
    gate = train_gate(
        windows.where(~held),
        settings.seed + 10 * fold,
        pictures=min(settings.pictures, 1),
        tables=max(settings.tables - 1, 1),
        epochs=max(settings.epochs // 2, 1),
        keep=keep,
    )
    own = gate_probabilities(gate, windows.mel[held], windows.statistics[held])
    return own, {recording.path: _track(gate, recording) for recording in tested}


def _stamp(windows: Windows, settings: ContentSettings) -> str:
    of_data = windows.statistics.tobytes() + repr(settings).encode()
    return hashlib.sha256(of_data).hexdigest()[:12]


def _wide(windows: Windows, probabilities: NDArray[np.float32], seconds: float) -> NDArray[np.float32]:
    """Probabilities averaged over time inside each clip."""
    out = np.zeros_like(probabilities)
    for number in np.unique(windows.clips):
        own = windows.clips == number
        out[own] = smoothed(probabilities[own], np.ones(int(own.sum()), dtype=bool), seconds, HOP_SECONDS)
    return out


def _set_thresholds(
    windows: Windows,
    probabilities: NDArray[np.float32],
    tracks: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> ContentThresholds:
    """Strictest threshold for mood at which speech that was never heard is still taken for speech.

    Recorded speech as it is counts more than the clips, which are degraded worse than most recordings: songs that were
    recorded lie nearer to speech than those that were made.
    """
    best = start = ContentThresholds()
    wide = _wide(windows, probabilities, start.mood_smoothing_seconds)[windows.labels == LABELS.index("speech"), 0]
    for threshold in np.arange(0.40, 0.86, 0.01):
        changed = replace(start, mood_speech=round(float(threshold), 2))
        shares = [_shares(track, changed) for track in tracks.values()]
        cells = sum(count for _, _, count in shares)
        recall = sum(mood * count for _, mood, count in shares) / cells if cells else 1.0
        if recall >= _RECALL_RECORDED and float((wide >= threshold).mean()) >= _RECALL_DEGRADED:
            best = changed
    return best


def _by_kind(
    windows: Windows, probabilities: NDArray[np.float32], thresholds: ContentThresholds
) -> dict[str, list[float]]:
    """Of each kind of clip: share of windows taken for speech by themselves, and taken as fit for mood; how many."""
    wide = _wide(windows, probabilities, thresholds.mood_smoothing_seconds)
    near = _wide(windows, probabilities, thresholds.smoothing_seconds)
    mood = (wide[:, 0] >= thresholds.mood_speech) & (near[:, 0] >= thresholds.speech)
    rows = {}
    for kind in KINDS:
        own = windows.kinds == kind
        if own.any():
            alone = float((probabilities[own].argmax(axis=1) == 0).mean())
            rows[kind] = [round(alone, 4), round(float(mood[own].mean()), 4), int(own.sum())]
    return rows


def _track(gate: Any, recording: Recording) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Probabilities and levels over a file."""
    levels, chances = [], []
    for cells in cell_inputs(Audio(recording.samples, SAMPLE_RATE)):
        levels.append(cells.levels_dbfs)
        if cells.mel is None or cells.statistics is None:
            chances.append(np.zeros((cells.last - cells.first, len(LABELS)), dtype=np.float32))
        else:
            chances.append(gate_probabilities(gate, cells.mel, cells.statistics))
    return np.concatenate(chances), np.concatenate(levels)


def _shares(
    track: tuple[NDArray[np.float32], NDArray[np.float32]], thresholds: ContentThresholds
) -> tuple[list[float], float, int]:
    """Shares of the audible cells with each label, share that is fit for mood, and how many are audible."""
    labels = label_cells(*track, thresholds, HOP_SECONDS)
    heard = labels < len(LABELS)
    if not heard.any():
        return [0.0] * len(LABELS), 0.0, 0
    shares = [round(float((labels[heard] == n).mean()), 3) for n in range(len(LABELS))]
    return shares, float(mood_cells(*track, thresholds, HOP_SECONDS)[heard].mean()), int(heard.sum())


def _file_verdict(gate: Any, recording: Recording, thresholds: ContentThresholds) -> dict[str, Any]:
    shares, mood, cells = _shares(_track(gate, recording), thresholds)
    return {
        "is": recording.label,
        **dict(zip(LABELS, shares, strict=True)),
        "fit_for_mood": round(mood, 3),
        "cells": cells,
    }


def _by_file(
    recordings: list[Recording],
    tracks: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]],
    thresholds: ContentThresholds,
) -> dict[str, dict[str, Any]]:
    """Speech recall of each group of recordings by a gate that never heard the group."""
    rows: dict[str, dict[str, Any]] = {}
    for group in sorted({recording.group for recording in recordings}):
        own = [tracks[r.path] for r in recordings if r.group == group and r.path in tracks]
        verdicts = [_shares(track, thresholds) for track in own]
        cells = sum(count for _, _, count in verdicts)
        if cells:
            rows[group] = {
                "speech": round(sum(shares[0] * count for shares, _, count in verdicts) / cells, 3),
                "fit_for_mood": round(sum(mood * count for _, mood, count in verdicts) / cells, 3),
                "cells": cells,
            }
    return rows
