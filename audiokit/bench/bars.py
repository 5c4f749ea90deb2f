"""The bars that ``python -m audiokit.bench`` asserts, apart from the measuring so that they can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.bench.decoders import RowState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audiokit.bench.decoders import DecodeComparison
    from audiokit.bench.imports import ImportTimes

__all__ = ["LONGEST_IMPORT", "NOT_SLOWER_THAN_LIBROSA", "Bar", "decode_bars", "import_bars"]

LONGEST_IMPORT = 1.5
"""``import audiokit`` takes at most this many times what ``import numpy`` takes."""

NOT_SLOWER_THAN_LIBROSA = ("WAV", "FLAC", "MP3")
"""Formats in which librosa takes at least as long as audiokit."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One assertion about speed.

    Parameters
    ----------
    name : str
        What it says, bar included.
    holds : bool
        Whether it does.
    found : str
        What was measured, or why nothing was.
    """

    name: str
    holds: bool
    found: str


def import_bars(times: ImportTimes) -> list[Bar]:
    """Check that ``import audiokit`` is light, in time and in what it loads."""
    ratio = times.ratio("audiokit")
    loaded = times.loaded["audiokit"]
    return [
        Bar(
            f"import audiokit takes at most {LONGEST_IMPORT} times import numpy",
            ratio <= LONGEST_IMPORT,
            f"{ratio:.2f} times",
        ),
        Bar("import audiokit loads no heavy library", not loaded, ", ".join(loaded) or "none"),
    ]


def decode_bars(comparisons: Mapping[str, DecodeComparison]) -> list[Bar]:
    """Check that outputs agree in every format, and that librosa is not faster in those named above."""
    bars = []
    for name, comparison in comparisons.items():
        others = [row.name for row in comparison.rows if row.state is RowState.DIFFERENT]
        bars.append(Bar(f"{name}: outputs are equal", comparison.all_equal, ", ".join(others) or "all"))
        if name not in NOT_SLOWER_THAN_LIBROSA:
            continue
        row = comparison["librosa"]
        claim = f"{name}: audiokit is not slower than librosa"
        if row.ratio is None:  # what was not measured does not hold
            bars.append(Bar(claim, holds=False, found=f"{row.state}: {row.reason}"))
        else:
            bars.append(Bar(claim, row.ratio >= 1.0, f"librosa takes {row.ratio:.2f} times as long"))
    return bars
