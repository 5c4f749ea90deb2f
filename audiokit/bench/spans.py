"""One second at the end of a long file: what a loader pays that can find the place, and what one pays that cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import audiokit
from audiokit.bench.decoders import DecodeComparison, compare_decoders
from audiokit.bench.equality import difference
from audiokit.bench.peers import PEERS, Peer
from audiokit.bench.timing import Timing, interleave

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

__all__ = ["SpanComparison", "compare_spans", "spans_to_dataframe"]


@dataclass(frozen=True, slots=True)
class SpanComparison:
    """The end of one file.

    Parameters
    ----------
    codec : str
        Its name.
    file_seconds : float
        Length of the file.
    whole, last : Timing
        audiokit decoding all of it, and its last second, in the same rounds.
    max_difference : float
        Between the last second and the same samples of the whole, at the file's own rate; 0 is the right answer.
    peers : DecodeComparison
        Everybody's last second; audiokit's is the reference.
    """

    codec: str
    file_seconds: float
    whole: Timing
    last: Timing
    max_difference: float
    peers: DecodeComparison

    @property
    def times_faster(self) -> float:
        """How many times as long the whole takes."""
        return self.whole.times_of(self.last)


def compare_spans(
    path: str | os.PathLike[str],
    codec: str,
    *,
    span_seconds: float = 1.0,
    sample_rate: int = 16000,
    repeats: int = 3,
    peers: Sequence[Peer] = PEERS,
    after_each: Callable[[], object] | None = None,
) -> SpanComparison:
    """Load the end of a file with each loader, and the whole with audiokit.

    Parameters
    ----------
    path : path
        The file.
    codec : str
        For the row's name.
    span_seconds : float
        How much; it begins at a whole second, so that it ends less than a second before the file does.
    sample_rate : int
        In Hz.
    repeats : int
        Rounds.
    peers : sequence of Peer
        The first is the reference.
    after_each : callable, optional
        Called after each timed run.
    """
    whole, rate = audiokit.load(path, sr=None)
    file_seconds = len(whole) / rate
    offset = float(max(0, int(file_seconds - span_seconds)))  # whole seconds fall on a sample at any rate
    first = int(offset * rate)
    wanted = whole[first : first + int(span_seconds * rate)].copy()
    found, _ = audiokit.load(path, sr=None, offset=offset, duration=span_seconds)
    apart = difference(found, wanted) if len(found) == len(wanted) else float("inf")
    del whole
    timings = interleave(
        {
            "whole": lambda: audiokit.load(path, sr=sample_rate),
            "last": lambda: audiokit.load(path, sr=sample_rate, offset=offset, duration=span_seconds),
        },
        repeats=repeats,
        warmups=0,
        after_each=after_each,
    )
    compared = compare_decoders(
        path,
        sample_rate=sample_rate,
        offset_seconds=offset,
        duration_seconds=span_seconds,
        repeats=repeats,
        peers=peers,
        after_each=after_each,
    )
    return SpanComparison(codec, file_seconds, timings["whole"], timings["last"], apart, compared)


def spans_to_dataframe(spans: Iterable[SpanComparison]) -> pd.DataFrame:
    """One row for each codec and loader; times in milliseconds."""
    import pandas as pd

    tables = []
    for span in spans:
        table = span.peers.to_dataframe()
        table.insert(0, "codec", span.codec)
        table["whole_ms"] = [
            span.whole.median_seconds * 1000 if name == PEERS[0].name else None for name in table["name"]
        ]
        table["times_faster"] = [span.times_faster if name == PEERS[0].name else None for name in table["name"]]
        table["off_the_whole"] = [span.max_difference if name == PEERS[0].name else None for name in table["name"]]
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
