"""The bars of speech to text, apart from the measuring so that they can be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.bench.bars import Bar
from audiokit.bench.equality import RowState
from audiokit.bench.speech import SPHINX_ERRORS, SPHINX_TIME, STREAM, WORDLESS
from audiokit.bench.speech_whisper import BATCHES, IN_ONE_GO, REPAIRS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audiokit.bench.speech_rows import SpeechRow

__all__ = ["speech_bars"]

MOST = {
    IN_ONE_GO: (20.0, "at most {:g} ms over bare faster-whisper"),
    BATCHES: (20.0, "at most {:g} ms over bare faster-whisper"),
    SPHINX_ERRORS: (20.0, "at most {:g} %"),
    SPHINX_TIME: (0.25, "at most {:g} on one core"),
    WORDLESS: (0.0, "none"),
    STREAM: (100.0, "below {:g} ms"),
}
"""What a figure may not exceed."""

LEAST = {REPAIRS[0.05]: (0.8, "at least {:g} times"), REPAIRS[0.2]: (0.6, "at least {:g} times")}
"""What a figure must reach; with all speech covered, or it is no figure."""


def speech_bars(rows: Iterable[SpeechRow]) -> list[Bar]:
    """Judge the rows that there are."""
    bars = []
    for row in rows:
        limit, said = MOST.get(row.name) or LEAST[row.name]
        claim = f"{row.name}: {said.format(limit)}"
        if row.state is RowState.UNAVAILABLE:
            bars.append(Bar(claim, holds=None, found=row.reason))
        elif row.state is not RowState.OK or row.value is None:
            bars.append(Bar(claim, holds=False, found=row.reason))
        else:
            holds = row.value <= limit if row.name in MOST else row.value >= limit
            bars.append(Bar(claim, holds, f"{row.value:.3g} {row.unit}"))
    return bars
