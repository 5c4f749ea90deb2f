"""How good the content gate is on voices and clips that it did not train on, and which thresholds follow."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.activity.content_cells import HOP_SECONDS, cell_inputs
from audiokit.activity.content_decisions import ContentThresholds, label_cells, mood_cells, smoothed, sure_runs
from audiokit.audio import Audio
from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.content_clips import KINDS, LABELS, VOICED_MUSIC
from audiokit.experts.content_network import gate_probabilities
from audiokit.experts.content_training import train_gate
from audiokit.experts.evaluation import confusion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.experts.content_windows import Windows
    from audiokit.experts.recordings import Recording
    from audiokit.experts.train_content import ContentSettings
    from audiokit.experts.training_run import TrainingRun

    Track = tuple[NDArray[np.float32], NDArray[np.float32]]

__all__ = ["file_verdict", "judged", "set_thresholds"]

_RECALL_RECORDED = 0.99
_RECALL_DEGRADED = 0.95


def judged(
    windows: Windows, recordings: list[Recording], settings: ContentSettings, run: TrainingRun, stamp: str
) -> dict[str, Any]:
    """Train without each part of the speakers and clips in turn, and judge what was left out.

    Parameters
    ----------
    windows : Windows
        All of them.
    recordings : list of Recording
        Speech, judged as whole files.
    settings : ContentSettings
        Of the training; ``folds`` is in how many parts.
    run : TrainingRun
        Whose cache keeps finished parts, and who is told.
    stamp : str
        Names windows and settings in the cache.

    Returns
    -------
    dict
        ``thresholds``, and what the card says was measured.
    """
    groups = sorted({group for group in windows.groups.tolist() if group})
    # clips without a voice are dealt out too
    generator = np.random.default_rng([settings.seed, 5])
    fold_of_clip = generator.integers(settings.folds, size=int(windows.clips.max()) + 1)
    fold_of_group = {group: index % settings.folds for index, group in enumerate(groups)}
    folds = np.array([fold_of_group.get(g, -1) for g in windows.groups.tolist()])
    folds = np.where(folds < 0, fold_of_clip[windows.clips], folds)
    probabilities = np.zeros((len(windows), len(LABELS)), dtype=np.float32)
    tracks: dict[str, Track] = {}
    requests = [
        (fold, [r for r in recordings if fold_of_group.get(r.group, 0) == fold], settings,
         None if run.cache is None else run.cache / f"gate-fold-{fold}-{stamp}")
        for fold in range(settings.folds)
    ]  # fmt: skip
    with _judges(run.workers, windows, folds) as map_folds:
        for (fold, *_), (own, of_files) in zip(requests, map_folds(_judged_fold, requests), strict=True):
            held = folds == fold
            probabilities[held] = own
            tracks |= of_files
            run.tell(f"  fold {fold + 1}: {(own.argmax(axis=1) == windows.labels[held]).mean():.3f} of windows right")
    thresholds = set_thresholds(windows, probabilities, tracks)
    found = probabilities.argmax(axis=1)
    return {
        "thresholds": asdict(thresholds),
        "how": "windows and files whose speakers, or whose clips where there is no voice, the network did not train on",
        "confusion": confusion(windows.labels, found, len(LABELS)).tolist(),
        "right": round(float((found == windows.labels).mean()), 4),
        "speech_by_kind": _by_kind(windows, probabilities, thresholds),
        "files": _by_file(recordings, tracks, thresholds),
    }


@contextlib.contextmanager
def _judges(workers: int, windows: Windows, folds: NDArray[np.int64]) -> Iterator[Callable[..., Iterable[Any]]]:
    """Something like `map`: over processes with one thread each, or here."""
    if workers < 2:
        _HELD[:] = [(windows, folds)]
        yield map
        return
    # not forked: threads that this process may have in torch would be missing in the copy
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, initializer=_share, initargs=(windows, folds)) as pool:
        yield pool.map


_HELD: list[tuple[Windows, NDArray[np.int64]]] = []  # of a worker process: sent once, not with each fold


def _share(windows: Windows, folds: NDArray[np.int64]) -> None:
    import torch

    torch.set_num_threads(1)
    _HELD[:] = [(windows, folds)]


def _judged_fold(
    request: tuple[int, list[Recording], ContentSettings, Path | None],
) -> tuple[NDArray[np.float32], dict[str, Track]]:
    """Train without a fold; probabilities of its windows, and over its files. From the cache where they are there."""
    fold, tested, settings, keep = request
    file = None if keep is None else keep.with_suffix(".pickle")
    if file is not None and file.is_file():
        kept: tuple[NDArray[np.float32], dict[str, Track]] = pickle.loads(file.read_bytes())  # noqa: S301 - written below
        return kept
    windows, folds = _HELD[0]
    held = folds == fold
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
    found = own, {recording.path: _track(gate, recording) for recording in tested}
    if file is not None:
        file.write_bytes(pickle.dumps(found))
    return found


def set_thresholds(windows: Windows, probabilities: NDArray[np.float32], tracks: dict[str, Track]) -> ContentThresholds:
    """Thresholds for mood that let enough speech through, and of singing and the like as little as can be.

    Of clips of speech, which are degraded on purpose, 95 % must be fit for mood, of recorded speech 99 %. Where that
    can be had, the worst kind of singing decides, and among equals the strictest: songs that were recorded lie nearer
    to speech than those that were made.

    Parameters
    ----------
    windows : Windows
        All of them.
    probabilities : ndarray, shape (windows, 3)
        By networks that did not train on them.
    tracks : dict
        Probabilities and levels over recorded speech.
    """
    best, least = ContentThresholds(), (np.inf, np.inf, 0.0)
    sung = [own for own in (windows.kinds == kind for kind in VOICED_MUSIC) if own.any()]
    spoken = windows.labels == LABELS.index("speech")
    for seconds in (4.0, 6.0, 8.0):
        start = ContentThresholds(mood_smoothing_seconds=seconds)
        averages = _averages(windows, probabilities, start)
        for upper, lower in itertools.product(np.arange(0.40, 0.91, 0.04).round(2).tolist(), (0.0, 0.1, 0.2, 0.3)):
            changed = replace(start, mood_speech=upper, mood_keep=round(max(upper - lower, 0.25), 2))
            flags = sure_runs(*averages, changed)
            shares = [_shares(track, changed) for track in tracks.values()]
            cells = sum(count for _, _, count in shares)
            recorded = sum(mood * count for _, mood, count in shares) / cells if cells else 1.0
            degraded = float(flags[spoken].mean()) if spoken.any() else 1.0
            missing = max(_RECALL_RECORDED - recorded, 0.0) + max(_RECALL_DEGRADED - degraded, 0.0)
            worst = max((float(flags[own].mean()) for own in sung), default=0.0)
            found = (round(missing, 3), round(worst, 3), -upper)
            if found < least:
                best, least = changed, found
    return best


def _averages(
    windows: Windows, probabilities: NDArray[np.float32], thresholds: ContentThresholds
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Probability of speech over the shorter and the longer time, inside each clip; and where a clip begins."""
    near, wide = (
        _wide(windows, probabilities, seconds)[:, 0]
        for seconds in (thresholds.smoothing_seconds, thresholds.mood_smoothing_seconds)
    )
    return near, wide, np.diff(windows.clips, prepend=-1) != 0


def _wide(windows: Windows, probabilities: NDArray[np.float32], seconds: float) -> NDArray[np.float32]:
    """Probabilities averaged over time inside each clip."""
    out = np.zeros_like(probabilities)
    for number in np.unique(windows.clips):
        own = windows.clips == number
        out[own] = smoothed(probabilities[own], np.ones(int(own.sum()), dtype=bool), seconds, HOP_SECONDS)
    return out


def _by_kind(
    windows: Windows, probabilities: NDArray[np.float32], thresholds: ContentThresholds
) -> dict[str, list[float]]:
    """Of each kind of clip: share of windows taken for speech by themselves, and taken as fit for mood; how many."""
    mood = sure_runs(*_averages(windows, probabilities, thresholds), thresholds)
    rows = {}
    for kind in KINDS:
        own = windows.kinds == kind
        if own.any():
            alone = float((probabilities[own].argmax(axis=1) == 0).mean())
            rows[kind] = [round(alone, 4), round(float(mood[own].mean()), 4), int(own.sum())]
    return rows


def _track(gate: Any, recording: Recording) -> Track:
    """Probabilities and levels over a file."""
    levels, chances = [], []
    for cells in cell_inputs(Audio(recording.samples, SAMPLE_RATE)):
        levels.append(cells.levels_dbfs)
        if cells.mel is None or cells.statistics is None:
            chances.append(np.zeros((cells.last - cells.first, len(LABELS)), dtype=np.float32))
        else:
            chances.append(gate_probabilities(gate, cells.mel, cells.statistics))
    return np.concatenate(chances), np.concatenate(levels)


def _shares(track: Track, thresholds: ContentThresholds) -> tuple[list[float], float, int]:
    """Shares of the audible cells with each label, share that is fit for mood, and how many are audible."""
    labels = label_cells(*track, thresholds, HOP_SECONDS)
    heard = labels < len(LABELS)
    if not heard.any():
        return [0.0] * len(LABELS), 0.0, 0
    shares = [round(float((labels[heard] == n).mean()), 3) for n in range(len(LABELS))]
    return shares, float(mood_cells(*track, thresholds, HOP_SECONDS)[heard].mean()), int(heard.sum())


def file_verdict(gate: Any, recording: Recording, thresholds: ContentThresholds) -> dict[str, Any]:
    """Shares of a file by label, and what of it is fit for mood."""
    shares, mood, cells = _shares(_track(gate, recording), thresholds)
    return {
        "is": recording.label,
        **dict(zip(LABELS, shares, strict=True)),
        "fit_for_mood": round(mood, 3),
        "cells": cells,
    }


def _by_file(
    recordings: list[Recording],
    tracks: dict[str, Track],
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
