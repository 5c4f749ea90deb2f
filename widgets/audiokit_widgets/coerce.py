"""What a caller may hand to a widget, as the two values that widgets know: `Audio` and a list of `Segment`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit.results import Segment

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_audio", "as_segments", "is_array", "is_table", "span_columns"]

_START = ("start_seconds", "start")
_END = ("end_seconds", "end")


def as_audio(source: object, *, sample_rate: int | None = None) -> Audio:
    """Sound from whatever can hold it.

    Parameters
    ----------
    source : Audio, str, Path, bytes or array_like
        A file's path or content is decoded; an array has shape (time,) or (channels, time), full scale ±1.
    sample_rate : int, optional
        In Hz; needed for an array, and refused for anything that knows its own.

    Returns
    -------
    Audio
        At least one frame.

    Raises
    ------
    ParameterError
        If an array comes without a rate, the rate is given for something that has one, there are no frames, or the
        type is another.
    """
    if is_array(source):
        if sample_rate is None:
            raise ParameterError(
                f"An array of shape {np.asarray(source).shape} does not say how fast it was sampled.",
                cure="Pass sample_rate=, in Hz, or an audiokit.Audio.",
            )
        audio = Audio(np.asarray(source), sample_rate)
    elif sample_rate is not None:
        raise ParameterError(
            f"sample_rate={sample_rate!r} was given, but {type(source).__name__} knows its own.",
            cure="Leave it out; audiokit.read(source, sample_rate=...) resamples.",
        )
    elif isinstance(source, Audio):
        audio = source
    elif isinstance(source, str | Path | bytes | bytearray | memoryview):
        from audiokit.decode import read

        audio = read(source if isinstance(source, str | Path) else bytes(source))
    else:
        raise ParameterError(
            f"Cannot take sound from {type(source).__name__}.",
            cure="Pass an audiokit.Audio, a path, a file's bytes, or an array with sample_rate=.",
        )
    if audio.frames == 0:
        raise ParameterError(
            f"There is nothing to play: {audio.name or 'the audio'} holds no samples.", cure="Check what was read."
        )
    return audio


def as_segments(segments: object) -> list[Segment]:
    """Spans of time, in the order given.

    Parameters
    ----------
    segments : iterable of Segment, DataFrame, or object with `.segments`
        A DataFrame has columns ``start_seconds`` and ``end_seconds`` (or ``start`` and ``end``), and may have
        ``label`` and ``score``.

    Returns
    -------
    list of Segment
        Empty for None.

    Raises
    ------
    ParameterError
        If it is none of these.
    """
    if segments is None:
        return []
    if is_table(segments):
        return _from_table(cast("pd.DataFrame", segments))
    if hasattr(segments, "segments"):
        return as_segments(segments.segments)
    if not isinstance(segments, Iterable) or isinstance(segments, str | bytes):
        raise ParameterError(
            f"segments must be Segment values, a DataFrame or an object with .segments, got {type(segments).__name__}."
        )
    listed = list(segments)
    for item in listed:
        if not isinstance(item, Segment):
            raise ParameterError(
                f"segments must hold audiokit.Segment values, got {type(item).__name__}.",
                cure="Segment(start_seconds, end_seconds, label, score) makes one.",
            )
    return listed


def is_array(value: object) -> bool:
    """Tell whether it is an ndarray, or a tensor that numpy can read."""
    if isinstance(value, np.ndarray):
        return True
    return hasattr(value, "__array__") and hasattr(value, "ndim") and not hasattr(value, "columns")


def is_table(value: object) -> bool:
    """Tell whether it is a DataFrame, without importing pandas to find out."""
    return hasattr(value, "columns") and hasattr(value, "to_dict")


def span_columns(table: pd.DataFrame) -> tuple[str, str] | None:
    """Find a table's start and end columns; None where it lacks one."""
    names = list(table.columns)
    start = next((n for n in _START if n in names), None)
    end = next((n for n in _END if n in names), None)
    return (start, end) if start is not None and end is not None else None


def _from_table(table: pd.DataFrame) -> list[Segment]:
    columns = span_columns(table)
    if columns is None:
        raise ParameterError(
            "A table of segments needs the columns start_seconds and end_seconds, "
            f"got {[str(c) for c in table.columns]}."
        )
    rows = table.to_dict("records")
    return [
        Segment(float(r[columns[0]]), float(r[columns[1]]), _label(r.get("label")), _score(r.get("score")))
        for r in rows
    ]


def _label(value: object) -> str:
    missing = value is None or (isinstance(value, float) and math.isnan(value))  # how pandas writes "no value"
    return "" if missing else str(value)


def _score(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
