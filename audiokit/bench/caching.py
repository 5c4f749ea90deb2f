"""What a hit in the decode cache costs, for a short and for a long array."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import audiokit.decode
from audiokit.bench.timing import Timing, interleave

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    import pandas as pd

__all__ = ["CacheComparison", "compare_cache_hits"]

_CALLS = 200  # in a timed run: one hit is too short for the clock


@dataclass(frozen=True, slots=True)
class CacheComparison:
    """Hits for arrays of several lengths.

    Parameters
    ----------
    hits : dict of float to Timing
        Seconds of one hit, by the length of the sound in seconds.
    misses : dict of float to float
        Seconds of the first call, which decoded.
    """

    hits: Mapping[float, Timing]
    misses: Mapping[float, float]

    @property
    def growth(self) -> float:
        """How many times as long a hit takes for the longest sound as for the shortest."""
        return self.hits[max(self.hits)].times_of(self.hits[min(self.hits)])

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each length; hits in microseconds, misses in milliseconds."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "sound_seconds": seconds,
                    "hit_us": timing.median_seconds * 1e6,
                    "miss_ms": self.misses[seconds] * 1e3,
                    "array_mb": seconds * 16000 * 4 / 1e6,
                }
                for seconds, timing in self.hits.items()
            ],
            columns=["sound_seconds", "hit_us", "miss_ms", "array_mb"],
        )


def compare_cache_hits(
    path: str | os.PathLike[str],
    *,
    lengths: tuple[float, ...] = (1.0, 300.0),
    repeats: int = 7,
    after_each: Callable[[], object] | None = None,
) -> CacheComparison:
    """Decode spans of a file into the cache, to 16 kHz mono, and ask for them again and again.

    Parameters
    ----------
    path : path
        A file at least as long as the longest span.
    lengths : tuple of float
        Spans from the start, in seconds.
    repeats : int
        Rounds; each asks 200 times.
    after_each : callable, optional
        Called after each timed run.
    """
    decoder = audiokit.decode.AudioDecoder(str(path), 16000, True)

    def ask(seconds: float) -> None:
        for _ in range(_CALLS):
            decoder.decode(offset=0.0, duration=seconds, use_cache=True)

    misses = {}
    for seconds in lengths:
        first = {"miss": partial(decoder.decode, offset=0.0, duration=seconds, use_cache=True)}
        misses[seconds] = interleave(first, repeats=1, warmups=0)["miss"].median_seconds
    asking = {str(seconds): partial(ask, seconds) for seconds in lengths}
    timings = interleave(asking, repeats=repeats, after_each=after_each)
    hits = {
        seconds: Timing(str(seconds), tuple(took / _CALLS for took in timings[str(seconds)].seconds))
        for seconds in lengths
    }
    return CacheComparison(hits, misses)
