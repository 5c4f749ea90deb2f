"""`audiokit.training.AudioDataLoader` beside the usual pipeline and the best that can be tuned by hand.

All make the same batches: MFCC of whole files, in order. Whoever makes others gets no ratio.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from audiokit.bench import recipes
from audiokit.bench.absence import Absence, spdl_lacks, torchcodec_lacks
from audiokit.bench.drive import Drive, open_loader, settle
from audiokit.bench.equality import TOLERANCE
from audiokit.bench.loader_floor import floor_contestant
from audiokit.bench.machine import usable_cores
from audiokit.bench.peers import can_import
from audiokit.bench.pipelines import Job, by_data_loader, by_spdl_pipeline, by_threads, end_quietly
from audiokit.bench.race import Batches, Contestant, RaceRow, Running, Way, equal_batches, race
from audiokit.bench.threads import thread_counts
from audiokit.training.features import features_for

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from audiokit.bench.training_files import TrainingFiles

__all__ = ["OURS", "SAMPLES", "SPDL", "TORCHCODEC", "USUAL", "WARM", "LoaderComparison", "compare_loaders", "our_way"]

OURS, WARM, SAMPLES = "audiokit", "audiokit, warm cache", "audiokit, samples only"
USUAL, TORCHCODEC, SPDL = "DataLoader + librosa", "torchcodec, tuned by hand", "SPDL, tuned by hand"

MFCC_TOLERANCE = 0.02
"""Largest difference between coefficients that counts as equal; they reach 400, and a decibel in one band is 0.16."""

_RATE = 16_000
_MFCC: dict[str, Any] = {"n_mfcc": 40}
_LONGEST_KEPT_SECONDS = 120.0  # whole files up to here go through the training cache


@dataclass(frozen=True, slots=True)
class LoaderComparison:
    """Loaders over the same files.

    Parameters
    ----------
    kind : str
        Of the files.
    files : int
        How many.
    rows : tuple of RaceRow
        `OURS` first.
    """

    kind: str
    files: int
    rows: tuple[RaceRow, ...]

    def __getitem__(self, name: str) -> RaceRow:
        """Row of a name; raises KeyError if there is none."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each loader; the ratio is its time over audiokit's, cold (the floor's: over that of samples)."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "name": row.name,
                    "state": str(row.state),
                    "way": row.way,
                    "median_ms": None if row.timing is None else row.timing.median_seconds * 1000,
                    "items_per_second": None if row.timing is None else self.files / row.timing.median_seconds,
                    "cpu_ms_per_item": None if row.cpu_seconds is None else row.cpu_seconds * 1000 / self.files,
                    "ratio": row.ratio,
                    "max_difference": row.max_difference,
                    "ways_tried": len(row.tried),
                    "reason": row.reason,
                }
                for row in self.rows
            ]
        ).astype(
            {
                "median_ms": float,
                "cpu_ms_per_item": float,
                "items_per_second": float,
                "ratio": float,
                "max_difference": float,
            }
        )


def compare_loaders(
    files: Sequence[str], kind: TrainingFiles, *, repeats: int = 3, after_each: Callable[[], object] | None = None
) -> LoaderComparison:
    """Race whole epochs of MFCC batches.

    Parameters
    ----------
    files : sequence of str
        Of one kind.
    kind : TrainingFiles
        Says how long they are, and how many make a batch.
    repeats : int
        Rounds.
    after_each : callable, optional
        Called after each epoch.

    Returns
    -------
    LoaderComparison
        audiokit with an empty cache, with a full one (where files are short enough to be kept), and giving samples
        only; the usual code; torchcodec and SPDL, each in the best of several ways; and the floor, which is to be
        compared with the samples.
    """
    batch = kind.batch_size
    wanted = _made(files, batch, features="mfcc", **_MFCC)
    same = equal_batches(wanted, tolerance=MFCC_TOLERANCE)
    samples = equal_batches(_made(files, batch), tolerance=TOLERANCE)
    ours = [Contestant(OURS, {"tuned": our_way(files, batch, features="mfcc", **_MFCC)}, same)]
    if kind.seconds <= _LONGEST_KEPT_SECONDS:
        warm = our_way(files, batch, features="mfcc", cache="auto", **_MFCC)
        ours.append(Contestant(WARM, {"tuned": warm}, same))
    ours.append(Contestant(SAMPLES, {"tuned": our_way(files, batch)}, samples))
    others = [_usual(files, batch, same), _torchcodec(files, batch, same), _spdl(files, batch, same)]
    floor = floor_contestant(files, kind.codec, sample_rate=_RATE, beside=SAMPLES)
    rows = race([*ours, *others, floor], repeats=repeats, after_each=after_each)
    return LoaderComparison(str(kind), len(files), rows)


def our_way(files: Sequence[str], batch_size: int, **options: Any) -> Way:
    """Make the way that opens our loader: it tunes itself before it races, and says what it chose."""

    @contextlib.contextmanager
    def opened() -> Iterator[Running]:
        # What an epoch takes is what is timed: nothing of the next one is made in it, or in another's turn.
        loader = open_loader(files, batch_size=batch_size, prefetch_next_epoch=False, **options)

        def epoch() -> Iterator[NDArray[np.float32]]:
            for batch in loader:
                yield batch.data.numpy()

        def warm() -> None:
            settle(Drive(loader))
            for _ in epoch():  # whole, so that a cache has seen every file
                pass

        try:
            yield Running(epoch, warm, lambda: str(loader.report().plan))
        finally:
            loader.close()

    return opened


def _made(files: Sequence[str], batch_size: int, **options: Any) -> Batches:
    """What everybody has to make: by ours, one item after the other."""
    from audiokit.training.loader.plan import Plan

    loader = open_loader(files, batch_size=batch_size, plan=Plan(0, 1), **options)
    try:
        return [batch.data.numpy().copy() for batch in loader]
    finally:
        loader.close()


def _worker_counts() -> tuple[int, ...]:
    return (0, *thread_counts(max(2, usable_cores())))


def _usual(files: Sequence[str], batch_size: int, check: Any) -> Contestant:
    job = Job(librosa_samples, librosa_mfcc)
    return usual_contestant(USUAL, files, batch_size, check, job, absence=absence_of("torch", "librosa"))


def usual_contestant(
    name: str, files: Sequence[str], batch_size: int, check: Any, job: Job, *, absence: Absence | None
) -> Contestant:
    """Make the contestant that everybody writes: a stock DataLoader, over a grid of workers and prefetch factors."""
    ways: dict[str, Way] = {"0 workers": partial(by_data_loader, files, job, batch_size=batch_size, workers=0)}
    for workers in _worker_counts()[1:]:
        for factor in (2, 4):
            ways[f"{workers} worker(s), prefetch {factor}"] = partial(
                by_data_loader, files, job, batch_size=batch_size, workers=workers, prefetch_factor=factor
            )
    return Contestant(name, ways, check, absence)


def _torchcodec(files: Sequence[str], batch_size: int, check: Any) -> Contestant:
    absence = absence_of("torch", "torchcodec", "soxr", "threadpoolctl") or torchcodec_lacks(files[0])
    features = features_for("mfcc", backend="numpy", **_MFCC)
    decoders = {"AudioDecoder": torchcodec_samples}
    if files[0].endswith(".wav"):
        decoders["WavDecoder"] = torchcodec_wav_samples
    ways: dict[str, Way] = {}
    for decoder, load in decoders.items():
        job = Job(load, features)
        for count in thread_counts():
            ways[f"{decoder}, {count} thread(s)"] = partial(
                by_threads, files, job, batch_size=batch_size, threads=count
            )
        for count in _worker_counts()[1:]:
            ways[f"{decoder}, {count} worker(s)"] = partial(
                by_data_loader, files, job, batch_size=batch_size, workers=count, prefetch_factor=4, one_blas=True
            )
    return Contestant(TORCHCODEC, ways, check, absence)


def _spdl(files: Sequence[str], batch_size: int, check: Any) -> Contestant:
    absence = absence_of("spdl.io", "spdl.pipeline", "soxr", "threadpoolctl") or spdl_lacks(files[0])
    end_quietly()
    job = Job(spdl_samples, features_for("mfcc", backend="numpy", **_MFCC))
    ways: dict[str, Way] = {}
    for count in thread_counts():
        for processes in (False, True):
            what = "process(es)" if processes else "thread(s)"
            ways[f"{count} {what}"] = partial(
                by_spdl_pipeline, files, job, batch_size=batch_size, concurrency=count, processes=processes
            )
    return Contestant(SPDL, ways, check, absence)


_PACKAGES = {"spdl.io": "spdl-io", "spdl.pipeline": "spdl-core"}


def absence_of(*modules: str) -> Absence | None:
    """Which of these cannot be imported, with the cure."""
    missing = [_PACKAGES.get(module, module) for module in modules if not can_import(module)]
    return Absence("not installed", f"pip install {' '.join(missing)}") if missing else None


# Functions of modules, so that a job can be pickled.


def librosa_samples(path: str) -> NDArray[np.float32]:
    """Load at 16 kHz as most scripts do."""
    return recipes.by_librosa(path, _RATE)


def librosa_mfcc(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute what ``features="mfcc"`` does, by librosa."""
    import librosa

    found: NDArray[np.float32] = librosa.feature.mfcc(
        y=samples, sr=_RATE, n_fft=512, hop_length=160, n_mels=80, **_MFCC
    )
    return found


def torchcodec_samples(path: str) -> NDArray[np.float32]:
    """All channels by torchcodec, mean, soxr."""
    return recipes.by_torchcodec(path, _RATE)


def torchcodec_wav_samples(path: str) -> NDArray[np.float32]:
    """The same by its own reader of WAV."""
    return recipes.by_torchcodec_wav(path, _RATE)


def spdl_samples(path: str) -> NDArray[np.float32]:
    """All channels by spdl.io, mean, soxr."""
    return recipes.by_spdl(path, _RATE)
