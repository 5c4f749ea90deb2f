"""`show`: the right view for whatever it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit.results import Outcome, Segment, Status
from audiokit_widgets.coerce import is_array, is_table, span_columns

__all__ = ["show"]

_ACCEPTED = (
    "Pass a path, a file's bytes, an audiokit.Audio, an array with sample_rate=, segments, a DataFrame with start and "
    "end columns, or a result with .audio, .segments or to_dataframe()."
)


def show(x: Any, *, sample_rate: int | None = None, segments: Any = ()) -> Any:
    """The right view for a recording, for segments, or for a result.

    Parameters
    ----------
    x : object
        A path, bytes, `Audio` or an array gives an `AudioPlayer`; `Segment` values or a DataFrame with start and end
        columns a `SegmentTable`; an object with ``.audio`` a player with its ``.segments``, one with ``.segments``
        alone a table; one with ``to_dataframe()`` that table.
    sample_rate : int, optional
        In Hz, for an array only.
    segments : iterable of Segment, DataFrame, or object with `.segments`
        To go with the sound.

    Returns
    -------
    AudioPlayer, SegmentTable or DataFrame
        Something that a notebook displays.

    Raises
    ------
    ParameterError
        If there is no view for it.

    Examples
    --------
    >>> show([Segment(0.5, 2.0, "speech")])
    SegmentTable: 1 segment(s), 1.500 s in all
       0.500 ..    2.000 s  speech
    """
    from audiokit_widgets.player import AudioPlayer
    from audiokit_widgets.segments import SegmentTable

    if isinstance(x, Outcome):
        if x.status is Status.OK and x.value is not None:
            return show(x.value, sample_rate=sample_rate, segments=segments)
        raise ParameterError(f"There is nothing to show: the outcome is {x.status.value}.", cure=x.reason)
    if isinstance(x, Audio | str | Path | bytes | bytearray | memoryview) or is_array(x):
        return AudioPlayer(x, sample_rate=sample_rate, segments=segments)
    if sample_rate is not None:
        raise ParameterError(f"sample_rate={sample_rate!r} goes with an array, got {type(x).__name__}.", cure=_ACCEPTED)
    if isinstance(getattr(x, "audio", None), Audio):
        own = getattr(x, "segments", ())
        return AudioPlayer(x.audio, segments=segments or own)
    table = _table(x)
    if table is not None:
        return SegmentTable(table) if span_columns(table) else table
    if isinstance(x, Segment):
        return SegmentTable([x])
    if hasattr(x, "segments"):
        return SegmentTable(x.segments)
    if isinstance(x, list | tuple) and x and all(isinstance(item, Segment) for item in x):
        return SegmentTable(x)
    raise ParameterError(f"There is no view for {type(x).__module__}.{type(x).__qualname__}.", cure=_ACCEPTED)


def _table(x: Any) -> Any:
    if is_table(x):
        if span_columns(x) is None:
            raise ParameterError(
                f"A DataFrame needs start and end columns to be shown as segments, got {[str(c) for c in x.columns]}.",
                cure="Name them start_seconds and end_seconds; a notebook displays any other frame by itself.",
            )
        return x
    if hasattr(x, "to_dataframe") and not hasattr(x, "segments"):
        return x.to_dataframe()
    return None
