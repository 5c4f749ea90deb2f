"""What runs in a worker process."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import queue
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from audiokit.training.failures import Skipped
from audiokit.training.loader.blocks import Blocks
from audiokit.training.loader.task import Made, make

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from audiokit.training.dataset import AudioDataset

__all__ = ["DO", "THREADS", "UP", "run"]

DO, THREADS = "do", "threads"
"""What the training's process asks for: ``(DO, number, epoch, indices, released)`` and ``(THREADS, count)``."""

UP = 0
"""Number of the answer that a process gives before all others, when it is ready; tasks count from 1."""

_LOOK_SECONDS = 1.0


def run(connection: Connection, dataset: AudioDataset, threads: int, parent: int | None, folder: Path) -> None:
    """Answer tasks until the connection closes, or the training's process is gone.

    Each answer is ``(number, block, entries, error, seconds, cpu_seconds, stages, dropped)``; an entry is a `Failure`,
    or shape, dtype, place in the block (or the array, where there was no room for a block), frames and augmentation.

    Parameters
    ----------
    connection : Connection
        To the training's process.
    dataset : AudioDataset
        Makes the items.
    threads : int
        How many at the same time.
    parent : int or None
        Number of the training's process; None where another one starts processes for it.
    folder : Path
        For blocks where memory has no handle.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the training, which then ends this process
    gc.freeze()  # what was there before the fork stays shared
    _one_thread_each()
    threading.Thread(target=_end_with, args=(parent or os.getppid(),), daemon=True).start()
    answering = _Answering(connection, dataset, Blocks(folder))
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    running = 0
    with contextlib.suppress(EOFError, OSError):  # the other side is gone
        connection.send((UP,))
        while True:
            message: Any = (THREADS, threads) if not running else connection.recv()
            if message is None:
                return
            if message[0] == THREADS:
                for _ in range(message[1] - running):
                    threading.Thread(target=answering.work, args=(tasks,), daemon=True).start()
                for _ in range(running - message[1]):
                    tasks.put(None)
                running = message[1]
            else:
                answering.blocks.release(message[4])
                tasks.put(message)


class _Answering:
    def __init__(self, connection: Connection, dataset: AudioDataset, blocks: Blocks) -> None:
        self.blocks = blocks
        self._connection, self._dataset = connection, dataset
        self._lock = threading.Lock()

    def work(self, tasks: queue.SimpleQueue[Any]) -> None:
        while (message := tasks.get()) is not None:
            _, number, epoch, indices, _ = message
            answer = self._answer(number, make(self._dataset, epoch, indices))
            try:
                with self._lock:
                    self._connection.send_bytes(answer)
            except OSError:  # nobody waits for it any more
                return

    def _answer(self, number: int, made: Made) -> bytes:
        items = [entry for entry in made.entries if not isinstance(entry, Skipped)]
        written: tuple[Any, list[int]] | None = None
        dropped: list[int] = []
        taken = (made.seconds, made.cpu_seconds, tuple(made.stages))
        try:
            written = self.blocks.write([item.data for item in items]) if items else None
            dropped = self.blocks.take_dropped()
            places = iter(written[1] if written else [item.data for item in items])
            entries = [
                entry.failure
                if isinstance(entry, Skipped)
                else (entry.data.shape, entry.data.dtype.str, next(places), entry.frames, entry.augmentation)
                for entry in made.entries
            ]
            told = (number, written[0] if written else None, entries, portable(made.error), *taken, dropped)
            return pickle.dumps(told, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - what an augmentation drew can be anything; memory may be out
            self.blocks.release([written[0][0]] if written else ())
            wrong = RuntimeError(f"What was made cannot be sent to the training's process: {error}")
            return pickle.dumps((number, None, [], wrong, *taken, dropped), pickle.HIGHEST_PROTOCOL)


def portable(error: BaseException | None) -> BaseException | None:
    """Return an exception that can be raised in another process, and says where this one was raised."""
    if error is None:
        return None
    import traceback

    trace = "".join(traceback.format_exception(error))
    error.__cause__ = error.__context__ = None
    error = error.with_traceback(None)
    error.add_note(f"In a worker process:\n{trace}")
    try:
        return _same(error)
    except Exception:  # noqa: BLE001 - of a class that cannot be pickled, or made again
        return RuntimeError(f"{type(error).__name__} in a worker process:\n{trace}")


def _same(error: BaseException) -> BaseException:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    if type(again) is not type(error) or str(again) != str(error):
        raise TypeError
    return error


def _one_thread_each() -> None:
    """Every processor has a worker of its own: libraries that divide their work again only get in each other's way."""
    torch = sys.modules.get("torch")  # not to be loaded for this
    if torch is not None:
        torch.set_num_threads(1)


def _end_with(parent: int) -> None:
    """End when the parent has ended, in whatever way; a connection may be held open by a sibling."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)
