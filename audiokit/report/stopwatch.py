"""How long each stage took, to be shown beside the result."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Stopwatch"]


class Stopwatch:
    """Wall-clock seconds by stage.

    Examples
    --------
    >>> clock = Stopwatch()
    >>> with clock.stage("decode"):
    ...     pass
    >>> list(clock.seconds)
    ['decode']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the body of a ``with``; entering a stage again adds to it."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    @property
    def total_seconds(self) -> float:
        """All stages together."""
        return sum(self.seconds.values())

    def to_dataframe(self) -> pd.DataFrame:
        """Columns ``stage`` and ``seconds``, in the order in which the stages were entered."""
        import pandas as pd

        return pd.DataFrame({"stage": list(self.seconds), "seconds": list(self.seconds.values())})
