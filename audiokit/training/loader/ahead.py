"""The first batches of the next epoch, asked for while the last of this one are given out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from audiokit.training.loader.epochs import Epochs
    from audiokit.training.loader.flow import Flow

__all__ = ["Ahead"]


class Ahead:
    """Keeps workers busy over the end of an epoch, which for little data would be a good part of the time.

    Nobody knows whether another epoch will come, or which. What is gone through once may be a test, or a look: only
    from the second epoch on another is expected. Where it was another one than the next, nothing is done ahead again.

    Parameters
    ----------
    epochs : Epochs
        Say which is the next, and what is in it.
    begin : callable
        ``begin(batches, epoch)`` makes a `Flow`.
    is_wanted : bool
        Whether anything is done ahead at all.
    """

    def __init__(
        self, epochs: Epochs, begin: Callable[[Iterator[list[int]], int], Flow], *, is_wanted: bool = True
    ) -> None:
        self._epochs, self._begin, self._is_wanted = epochs, begin, is_wanted
        self._found: tuple[int, Flow] | None = None
        self._begun = 0

    @property
    def epoch(self) -> int | None:
        """The epoch of which batches were asked for ahead; None if there is none."""
        return self._found[0] if self._found else None

    def fill(self, flow: Flow, prefetch: int, workers: int) -> None:
        """Ask for as many batches of the next epoch as the present one's flow has no more use for."""
        if not self._is_wanted or self._begun < 2 or not flow.is_asked_out or flow.cancelled:
            return
        if self._found is None:
            self._found = self._epochs.next, self._begin(self._epochs.ahead(), self._epochs.next)
        self._found[1].fill(prefetch - flow.pending, workers)

    def take(self, epoch: int) -> Flow | None:
        """Return what was begun of an epoch, now that it begins; None if that is not this one."""
        self._begun += 1
        if self._found is not None and self.epoch != epoch:
            self.drop()
            self._is_wanted = False
        found, self._found = self._found, None
        return found[1] if found else None

    def drop(self) -> None:
        """Nobody will ask for it."""
        if self._found is not None:
            self._found[1].cancel()
            self._found = None
