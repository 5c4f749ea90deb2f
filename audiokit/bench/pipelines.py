"""Ways to make batches without audiokit's loader: a stock DataLoader, a pool of threads, SPDL's pipeline.

What an item is, is a `Job`: a function that loads, perhaps one that augments, and one that computes features.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.race import Running

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Job", "by_data_loader", "by_spdl_pipeline", "by_threads", "end_quietly"]

_BATCHES_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with one file; it can be pickled if its functions can.

    Parameters
    ----------
    load : callable
        ``load(path)`` gives mono samples, (time,).
    features : callable, optional
        ``features(samples)``.
    augment : callable, optional
        ``augment(samples)``, before the features.
    """

    load: Callable[[str], NDArray[np.float32]]
    features: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None
    augment: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None

    def __call__(self, path: str) -> NDArray[np.float32]:
        """Make the item."""
        samples = self.load(path)
        if self.augment is not None:
            samples = self.augment(samples)
        return samples if self.features is None else self.features(samples)


class _Files:
    """Map-style dataset over files."""

    def __init__(self, files: Sequence[str], job: Job) -> None:
        self.files, self.job = list(files), job

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Any:
        import torch

        return torch.from_numpy(np.ascontiguousarray(self.job(self.files[index])))


@contextlib.contextmanager
def by_data_loader(
    files: Sequence[str], job: Job, *, batch_size: int, workers: int, prefetch_factor: int = 2, one_blas: bool = False
) -> Iterator[Running]:
    """PyTorch's own loader: ``torch.stack``, workers that stay from epoch to epoch (which is kind to it).

    Parameters
    ----------
    files : sequence of str
        In order.
    job : Job
        What an item is.
    batch_size, workers, prefetch_factor : int
        Of the loader; the last only with workers.
    one_blas : bool
        Whether numpy's linear algebra takes one thread in each worker, as who tunes by hand sees to.
    """
    from torch import stack
    from torch.utils.data import DataLoader

    more: dict[str, Any] = {}
    if workers:
        more = {"prefetch_factor": prefetch_factor, "persistent_workers": True}
        if one_blas:
            more["worker_init_fn"] = _limit_blas
    loader: Any = DataLoader(_Files(files, job), batch_size, num_workers=workers, collate_fn=stack, **more)

    def epoch() -> Iterator[Any]:
        with _limited(one_blas and not workers):
            for batch in loader:
                yield batch.numpy()

    try:
        yield Running(epoch)
    finally:
        iterator = getattr(loader, "_iterator", None)
        if iterator is not None:  # workers that stay are ended by the iterator's own end, whenever that is collected
            iterator._shutdown_workers()  # noqa: SLF001 - there is no other way


@contextlib.contextmanager
def by_threads(files: Sequence[str], job: Job, *, batch_size: int, threads: int) -> Iterator[Running]:
    """Make items in a pool of threads, two batches ahead, stacked where they are taken."""
    with ThreadPoolExecutor(threads) as pool:

        def epoch() -> Iterator[Any]:
            with _limited():
                ahead: deque[Future[Any]] = deque()
                left = iter(files)
                for path in left:
                    ahead.append(pool.submit(job, path))
                    if len(ahead) == (1 + _BATCHES_AHEAD) * batch_size:
                        yield np.stack([ahead.popleft().result() for _ in range(batch_size)])
                while ahead:
                    yield np.stack([ahead.popleft().result() for _ in range(min(batch_size, len(ahead)))])

        yield Running(epoch)


@contextlib.contextmanager
def by_spdl_pipeline(
    files: Sequence[str], job: Job, *, batch_size: int, concurrency: int, processes: bool = False
) -> Iterator[Running]:
    """SPDL's ``PipelineBuilder``: items in its threads, or in a pool of processes, batches stacked behind them."""
    from spdl.pipeline import PipelineBuilder

    with contextlib.ExitStack() as stack:
        executor = None
        if processes:
            executor = stack.enter_context(ProcessPoolExecutor(concurrency, initializer=_limit_blas))

        def epoch() -> Iterator[Any]:
            pipeline = (
                PipelineBuilder()
                .add_source(files)
                .pipe(job, concurrency=concurrency, executor=executor, output_order="input")
                .aggregate(batch_size)
                .pipe(np.stack)
                .add_sink(_BATCHES_AHEAD)
                .build(num_threads=concurrency)
            )
            with _limited(not processes), pipeline.auto_stop():
                yield from pipeline.get_iterator()

        yield Running(epoch)


def end_quietly() -> None:
    """Once SPDL has loaded its libraries, every process that is asked to end prints its stack; this undoes it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextlib.contextmanager
def _limited(wanted: bool = True) -> Iterator[None]:
    """Let numpy's linear algebra take one thread: the pool has the cores already."""
    if not wanted:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield


def _limit_blas(_worker: int = 0) -> None:
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")
