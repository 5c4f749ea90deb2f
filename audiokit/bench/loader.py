"""A stock PyTorch DataLoader over a folder, measured for each number of workers."""

from __future__ import annotations

import contextlib
import hashlib
import math
import multiprocessing
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.clips import FolderClips, stack
from audiokit.bench.timing import Timing
from audiokit.errors import LibraryUnavailable, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

__all__ = ["WorkerComparison", "WorkerRow", "measure_workers", "wait_seconds"]

_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One number of workers.

    Parameters
    ----------
    workers : int
        Processes that load; 0 loads in the training process itself.
    state : str
        ``"ok"``, ``"different"`` (other batches than the first row: no figures) or ``"failed"``.
    reason : str
        For the two others.
    clips_per_second : tuple of float
        A value for each repeat, over whole epochs, start-up included.
    first_batch : Timing or None
        From asking for an iterator until the first batch is there.
    epoch : Timing or None
        A whole epoch.
    waited : Timing or None
        Time of it that the consumer spent waiting for batches.
    digest : str
        SHA-256 of all batches in order.
    files_seen : int
        Different clips in an epoch.
    """

    workers: int
    state: str = "ok"
    reason: str = ""
    clips_per_second: tuple[float, ...] = ()
    first_batch: Timing | None = None
    epoch: Timing | None = None
    waited: Timing | None = None
    digest: str = ""
    files_seen: int = 0

    @property
    def median_clips_per_second(self) -> float:
        """NaN where nothing counted."""
        return float(np.median(self.clips_per_second)) if self.clips_per_second else math.nan


@dataclass(frozen=True, slots=True)
class WorkerComparison:
    """Rows by number of workers, from one interleaved run.

    Parameters
    ----------
    rows : tuple of WorkerRow
        In the order asked for.
    clips, batch_size : int
        Clips in an epoch, and in a batch.
    step_seconds : float
        That the consumer took for each batch.
    """

    rows: tuple[WorkerRow, ...]
    clips: int
    batch_size: int
    step_seconds: float

    @property
    def batches(self) -> int:
        """In an epoch; the last may be smaller."""
        return -(-self.clips // self.batch_size)

    @property
    def fastest(self) -> WorkerRow | None:
        """The row with the highest median, None if none counted."""
        counted = [row for row in self.rows if row.clips_per_second]
        return max(counted, key=lambda row: row.median_clips_per_second, default=None)

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each number of workers; NaN where there is no value."""
        import pandas as pd

        def middle(timing: Timing | None) -> float:
            return timing.median_seconds if timing else math.nan

        return pd.DataFrame(
            [
                {
                    "workers": row.workers,
                    "state": row.state,
                    "clips_per_second": row.median_clips_per_second,
                    "lowest": min(row.clips_per_second, default=math.nan),
                    "highest": max(row.clips_per_second, default=math.nan),
                    "first_batch_seconds": middle(row.first_batch),
                    "epoch_seconds": middle(row.epoch),
                    "waited_seconds": middle(row.waited),
                    "files_seen": row.files_seen,
                    "reason": row.reason,
                }
                for row in self.rows
            ]
        )


def measure_workers(
    files: Sequence[str | Path],
    *,
    workers: Sequence[int] = (0, 1, 2),
    batch_size: int = 8,
    clip_seconds: float = 1.0,
    sample_rate: int = 16000,
    repeats: int = 3,
    epochs: int = 1,
    step_seconds: float = 0.0,
    start_method: str | None = None,
    after_each: Callable[[], object] | None = None,
) -> WorkerComparison:
    """Load all clips with each number of workers, in turns, and compare the batches before the speed.

    Parameters
    ----------
    files : sequence of path
        Each gives one clip an epoch.
    workers : sequence of int
        Numbers of worker processes to try.
    batch_size, clip_seconds, sample_rate
        Of the batches, see `FolderClips`.
    repeats : int
        Timed runs of each number of workers, after one that only proves its batches; each makes a new loader and so
        pays its start-up.
    epochs : int
        In each run. Every epoch of a stock loader starts its workers anew.
    step_seconds : float
        The consumer sleeps this long after each batch, as a training loop does that waits for its GPU.
    start_method : {"fork", "forkserver", "spawn"}, optional
        How workers begin; the platform's own by default.
    after_each : callable, optional
        Called after each timed run.

    Returns
    -------
    WorkerComparison
        A number of workers that fails, or yields other batches than the first, is a row that says so.

    Raises
    ------
    LibraryUnavailable
        Without torch.
    ParameterError
        For a number that makes no sense, or no files.
    """
    numbers = (batch_size, repeats, epochs)
    if not files or not workers or min(workers) < 0 or min(numbers) < 1 or step_seconds < 0:
        raise ParameterError(
            f"measure_workers wants files, workers >= 0, batch_size, repeats and epochs >= 1 and step_seconds >= 0, "
            f"got {len(files)} files, {tuple(workers)}, {numbers} and {step_seconds}."
        )
    dataset = FolderClips(files, clip_seconds=clip_seconds, sample_rate=sample_rate)

    def loader(count: int) -> Any:
        return _loader(dataset, count, batch_size=batch_size, start_method=start_method)

    rows: dict[int, WorkerRow] = {}
    for count in dict.fromkeys(workers):
        expected = next((row.digest for row in rows.values() if row.state == "ok"), "")
        rows[count] = _proved(loader(count), count, expected)
    counted = [count for count, row in rows.items() if row.state == "ok"]
    runs: dict[int, list[_Run]] = {count: [] for count in counted}
    for round_number in range(repeats if counted else 0):
        first = round_number % len(counted)
        for count in counted[first:] + counted[:first]:
            runs[count].append(_run(loader(count), epochs, step_seconds))
            if after_each is not None:
                after_each()
    for count in counted:
        rows[count] = _timed(rows[count], runs[count], len(dataset))
    return WorkerComparison(tuple(rows.values()), len(dataset), batch_size, step_seconds)


def wait_seconds(
    step_seconds: float, *, workers: int, batches: int, first_batch_seconds: float, epoch_seconds: float
) -> float:
    """How long a consumer waits for a batch, on average over an epoch, from what was measured without a step.

    Without workers loading and training take turns, so all of the loading is waited for. With workers they overlap:
    the first batch is waited for in full, start-up included, and every other only for what making it takes longer
    than a step. A model; jitter is not in it.

    Parameters
    ----------
    step_seconds : float
        That the consumer works on each batch.
    workers, batches : int
        Processes that load, and batches in an epoch.
    first_batch_seconds, epoch_seconds : float
        As measured with a consumer that takes no time.

    Returns
    -------
    float
        In seconds.

    Examples
    --------
    >>> epoch = {"batches": 5, "first_batch_seconds": 2.0, "epoch_seconds": 6.0}  # 2 for the first, then 1 each
    >>> [wait_seconds(step, workers=1, **epoch) for step in (0.0, 0.5, 1.0, 9.0)]
    [1.2, 0.8, 0.4, 0.4]
    >>> wait_seconds(9.0, workers=0, **epoch)
    1.2
    """
    if workers == 0 or batches == 1:
        return epoch_seconds / batches
    each = (epoch_seconds - first_batch_seconds) / (batches - 1)
    return (first_batch_seconds + (batches - 1) * max(0.0, each - step_seconds)) / batches


def _loader(dataset: FolderClips, workers: int, *, batch_size: int, start_method: str | None) -> Any:
    try:
        from torch.utils.data import DataLoader
    except ImportError as error:
        raise LibraryUnavailable(
            "A DataLoader needs torch, which is not installed.", cure="Run: pip install torch"
        ) from error
    return DataLoader(
        dataset,
        batch_size=batch_size,
        num_workers=workers,
        collate_fn=stack,
        multiprocessing_context=start_method if workers else None,
    )


@contextlib.contextmanager
def _no_worker_left() -> Iterator[None]:
    """End the processes that the body started and left behind, for example when it was interrupted.

    An interrupted notebook cell keeps its traceback, the traceback keeps the loader, and the loader its workers.
    """
    before = set(multiprocessing.active_children())
    try:
        yield
    finally:
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
            child.join(_PATIENCE_SECONDS)


def _proved(loader: Any, workers: int, expected: str) -> WorkerRow:
    """Run one epoch that is not timed: what do the batches hold? It also warms everything up."""
    sha = hashlib.sha256()
    seen: set[int] = set()
    try:
        with _no_worker_left():
            for samples, indices in loader:
                sha.update(indices.tobytes())
                sha.update(samples.tobytes())
                seen.update(indices.tolist())
    except Exception as error:  # noqa: BLE001 - a worker can die of anything; the row says of what
        said = str(error).strip().splitlines() or ["no message"]
        return WorkerRow(workers, "failed", f"{type(error).__name__}: {said[-1]}")
    row = WorkerRow(workers, digest=sha.hexdigest(), files_seen=len(seen))
    if expected and row.digest != expected:
        return replace(row, state="different", reason="its batches are not those of the first row")
    return row


@dataclass(frozen=True, slots=True)
class _Run:
    epoch_seconds: float
    first_batch_seconds: float
    waited_seconds: float


def _run(loader: Any, epochs: int, step_seconds: float) -> _Run:
    first_batch, waited = math.nan, 0.0
    with _no_worker_left():
        started = asked = time.perf_counter()
        for _ in range(epochs):
            for _batch in loader:
                got = time.perf_counter()
                waited += got - asked
                first_batch = got - started if math.isnan(first_batch) else first_batch
                if step_seconds:
                    time.sleep(step_seconds)
                asked = time.perf_counter()
        elapsed = time.perf_counter() - started
    return _Run(elapsed / epochs, first_batch, waited / epochs)


def _timed(row: WorkerRow, runs: Sequence[_Run], clips: int) -> WorkerRow:
    name = f"{row.workers} worker(s)"
    return replace(
        row,
        clips_per_second=tuple(clips / run.epoch_seconds for run in runs),
        first_batch=Timing(name, tuple(run.first_batch_seconds for run in runs)),
        epoch=Timing(name, tuple(run.epoch_seconds for run in runs)),
        waited=Timing(name, tuple(run.waited_seconds for run in runs)),
    )
