"""Lanes from whatever holds spans, a curve or a matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from audiokit.annotations import Annotations
from audiokit.errors import ParameterError
from audiokit.model_input import ModelInput
from audiokit.results import Segment
from audiokit.speech.transcript import Transcript
from audiokit_widgets.coerce import as_segments, is_array, is_table, span_columns
from audiokit_widgets.lanes import Curve, Lane, Matrix, Spans, model_matrix
from audiokit_widgets.running_text import text_spans

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_lane", "as_lanes"]

_TIMES = ("seconds", "time_seconds", "times_seconds", "start_seconds", "time", "start")


def as_lanes(lanes: Mapping[str, object] | Annotations | Transcript | None) -> dict[str, Lane]:
    """Lanes by name, from anything that `as_lane` takes; of annotations, each tier is a lane.

    Of a transcript there are ``segments`` and, where it has any, ``words``.
    """
    if lanes is None:
        return {}
    if isinstance(lanes, Transcript):
        words = {"words": text_spans(lanes)} if lanes.words else {}
        return {"segments": Spans(lanes.segments), **words}
    if isinstance(lanes, Annotations):
        return _tiers(lanes)
    if not isinstance(lanes, Mapping):
        raise ParameterError(
            f"lanes must be a dict of names and what to show, got {type(lanes).__name__}.",
            cure='For example {"speech": segments, "pitch": Curve(hz, hop_seconds=0.01, unit="Hz")}.',
        )
    return {str(name): as_lane(value, name=str(name)) for name, value in lanes.items()}


def _tiers(annotations: Annotations) -> dict[str, Lane]:
    found: dict[str, Lane] = {}
    for tier in annotations.tiers:
        name, times = tier.name, 2
        while name in found:  # names of tiers may stand twice, those of lanes not
            name, times = f"{tier.name} ({times})", times + 1
        found[name] = Spans(tier.segments)
    return found


def as_lane(value: object, *, name: str = "") -> Lane:
    """Spans, a curve or a matrix, from whatever holds one.

    Parameters
    ----------
    value : object
        A `Curve`, `Matrix` or `ModelInput`; a `Transcript`, by its words, or its passages where it has none; `Segment`
        values or anything with ``start_seconds`` and ``end_seconds`` (words, an annotation tier's items); a DataFrame
        with start and end columns, or with times and one more column of numbers; an object with ``.segments``,
        ``.words`` or ``.items``.
    name : str
        For messages.

    Returns
    -------
    Spans, Curve or Matrix

    Raises
    ------
    ParameterError
        If it is none of these; a plain array does not say when its values are.
    """
    if isinstance(value, Spans | Curve | Matrix):
        return value
    if isinstance(value, ModelInput):
        return model_matrix(value)
    if isinstance(value, Transcript):
        return text_spans(value)
    if is_table(value):
        table = cast("pd.DataFrame", value)
        return _curve_of_table(table, name) if span_columns(table) is None else Spans(tuple(as_segments(table)))
    if is_array(value) or type(value).__name__ == "Series":
        shape = np.asarray(value).shape
        cure = "Matrix(values, hop_seconds=0.01)" if len(shape) == 2 else "Curve(values, hop_seconds=0.01)"
        raise ParameterError(
            f"The lane {name!r} is an array of shape {shape}, which does not say when its values are.",
            cure=f"Pass {cure}.",
        )
    for attribute in ("segments", "words", "items"):
        held = getattr(value, attribute, None)
        if held is not None and not callable(held):
            return Spans(tuple(_spans(held, name)))
    return Spans(tuple(_spans(value, name)))


def _spans(items: object, name: str) -> list[Segment]:
    if is_table(items):
        return as_segments(items)
    if not isinstance(items, Iterable) or isinstance(items, str | bytes | Mapping):
        raise ParameterError(
            f"There is no lane for {type(items).__name__}, as which {name!r} was given.",
            cure="Pass Segment values, a DataFrame with start and end columns, a Curve, a Matrix or a ModelInput.",
        )
    return [item if isinstance(item, Segment) else _segment(item, name) for item in items]


def _segment(item: Any, name: str) -> Segment:
    start, end = (getattr(item, key, None) for key in ("start_seconds", "end_seconds"))
    if start is None or end is None:
        raise ParameterError(
            f"The lane {name!r} holds a {type(item).__name__}, which has no start_seconds and end_seconds.",
            cure="Segment(start_seconds, end_seconds, label, score) makes one.",
        )
    label = next((text for key in ("label", "text") if (text := getattr(item, key, None)) is not None), "")
    score = next((part for key in ("score", "confidence") if (part := getattr(item, key, None)) is not None), None)
    return Segment(float(start), float(end), str(label), None if score is None else float(score))


def _curve_of_table(table: pd.DataFrame, name: str) -> Curve:
    columns = [str(c) for c in table.columns]
    time = next((c for c in _TIMES if c in columns), None)
    others = [c for c in table.columns if str(c) != time and np.asarray(table[c]).dtype.kind in "fiub"]
    if time is None or len(others) != 1:
        raise ParameterError(
            f"The lane {name!r} is a table with the columns {columns}: neither spans (start and end) nor a curve "
            "(seconds and one column of numbers).",
            cure="Pass one curve for each column: Curve(table[column], times_seconds=table['seconds']).",
        )
    return Curve(np.asarray(table[others[0]]), times_seconds=np.asarray(table[time]), label=str(others[0]))
