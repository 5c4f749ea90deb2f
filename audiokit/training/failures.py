"""Which items could not be made, and why: written by whoever met them, read by whoever asks."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from audiokit.errors import InputError

if TYPE_CHECKING:
    from audiokit.training.workspace import Workspace

__all__ = ["Failure", "FailureLog", "Skipped", "Unreadable", "reading"]


class Failure(NamedTuple):
    """An item that could not be made.

    Parameters
    ----------
    epoch, index : int
        When, and the item's place in the dataset.
    path : str
        Of the file.
    reason : str
        In a sentence.
    time_seconds : float
        When it was met, in seconds since 1970.
    """

    epoch: int
    index: int  # type: ignore[assignment]  # a tuple's method, which nobody needs here
    path: str
    reason: str
    time_seconds: float


class Skipped(NamedTuple):
    """What stands in the place of an item that could not be made; `audiokit.training.collate` leaves it out.

    Parameters
    ----------
    failure : Failure
        Which, and why.
    """

    failure: Failure


class FailureLog:
    """The failures of all processes of a dataset.

    Parameters
    ----------
    workspace : Workspace
        Where every process that meets one has a file.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, epoch: int, index: int, path: str, reason: str) -> Failure:
        """Note a failure."""
        failure = Failure(epoch, index, path, reason, time.time())
        with (
            contextlib.suppress(OSError),  # a full disk shall not end a training: the batch tells it too
            (self._workspace.folder / f"failures-{os.getpid()}.jsonl").open("a", encoding="ascii") as handle,
        ):
            handle.write(json.dumps(failure) + "\n")
        return failure

    def count(self) -> int:
        """How many there are so far, of all processes; quicker than `all`."""
        found = 0
        for path in self._workspace.folder.glob("failures-*.jsonl"):
            with contextlib.suppress(OSError):
                found += path.read_bytes().count(b"\n")
        return found

    def all(self) -> tuple[Failure, ...]:
        """Return the failures so far, of all processes, in order of time."""
        found = []
        for path in self._workspace.folder.glob("failures-*.jsonl"):
            with contextlib.suppress(OSError):
                for line in path.read_text(encoding="ascii").splitlines():
                    with contextlib.suppress(ValueError, TypeError):  # half written
                        found.append(Failure(*json.loads(line)))
        return tuple(sorted(found, key=lambda failure: failure.time_seconds))


class Unreadable(Exception):
    """An item's file is at fault, not the options.

    Parameters
    ----------
    reason : InputError
        What is wrong with it.
    """

    def __init__(self, reason: InputError) -> None:
        self.reason = reason
        super().__init__(str(reason))


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Turn what a file raises into `Unreadable`."""
    try:
        yield
    except InputError as error:
        raise Unreadable(error) from error
