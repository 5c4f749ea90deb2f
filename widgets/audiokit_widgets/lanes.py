"""What an inspector can put on the clock: spans, curves and matrices, from whatever holds them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from audiokit.annotations import Annotations
from audiokit.errors import ParameterError
from audiokit.model_input import ModelInput
from audiokit.results import Segment
from audiokit_widgets.coerce import as_segments, is_array, is_table, span_columns

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Curve", "Lane", "Matrix", "Spans", "as_lane", "as_lanes", "model_matrix"]

Colours = Literal["auto", "sequential", "diverging"]
_TIMES = ("seconds", "time_seconds", "times_seconds", "start_seconds", "time", "start")


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Labelled spans of time, in the order in which their indices count."""

    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Curve:
    """A feature over time: one value at each of many points.

    Parameters
    ----------
    values : array_like, shape (points,)
        Kept as float32; NaN is a gap. What is infinite is drawn as a gap too.
    hop_seconds : float, optional
        Time between two points; point ``i`` stands at ``start_seconds + i * hop_seconds``.
    times_seconds : array_like, shape (points,), optional
        Or the time of each point, rising; one of the two is needed.
    start_seconds : float
        Where the first point stands; with `hop_seconds` only.
    unit, label : str
        What is written beside the values; the lane's name stands for an empty label.
    range : (float, float), optional
        Bottom and top of the drawing; the lowest and highest value if None.

    Raises
    ------
    ParameterError
        If the values are not one row of numbers, it is not said when they are, or the range is empty.

    Examples
    --------
    >>> curve = Curve([0.1, 0.4, 0.2], hop_seconds=0.5, unit="LU")
    >>> curve.times_seconds.tolist()
    [0.0, 0.5, 1.0]
    """

    values: NDArray[np.float32]
    hop_seconds: float | None
    start_seconds: float
    unit: str
    label: str
    range: tuple[float, float]
    irregular_seconds: NDArray[np.float64] | None

    def __init__(
        self,
        values: ArrayLike,
        *,
        hop_seconds: float | None = None,
        times_seconds: ArrayLike | None = None,
        start_seconds: float = 0.0,
        unit: str = "",
        label: str = "",
        range: tuple[float, float] | None = None,  # noqa: A002
    ) -> None:
        points = _numbers(values, dimensions=1, what="A curve wants values of shape (points,)")
        times = None
        if (hop_seconds is None) == (times_seconds is None):
            raise ParameterError(
                "A curve needs to know when its values are, by hop_seconds or by times_seconds: one of the two.",
                cure="For example Curve(values, hop_seconds=0.01).",
            )
        if times_seconds is not None:
            times = np.asarray(times_seconds, dtype=np.float64)
            if times.shape != points.shape or not np.isfinite(times).all() or not (np.diff(times) >= 0).all():
                raise ParameterError(
                    f"times_seconds wants {len(points)} finite, rising times, one for each value, got {times.shape}."
                )
        else:
            _positive("hop_seconds", cast("float", hop_seconds))
        _finite("start_seconds", start_seconds)
        for name, value in {
            "values": points,
            "hop_seconds": hop_seconds,
            "start_seconds": float(start_seconds),
            "unit": str(unit),
            "label": str(label),
            "range": _range(points, range),
            "irregular_seconds": times,
        }.items():
            object.__setattr__(self, name, value)

    @property
    def times_seconds(self) -> NDArray[np.float64]:
        """When each value is."""
        if self.irregular_seconds is not None:
            return self.irregular_seconds
        steps = np.arange(len(self.values), dtype=np.float64)
        return self.start_seconds + steps * float(cast("float", self.hop_seconds))


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Matrix:
    """Many bands over time, as a picture: a chroma, an embedding, a posteriorgram.

    Frame ``i`` is drawn over ``[start_seconds + i * hop_seconds, start_seconds + (i + 1) * hop_seconds)``.

    Parameters
    ----------
    values : array_like, shape (bands, frames) or (frames, bands)
        Kept as float32, as they are; NaN is not drawn.
    hop_seconds : float
        Time from one frame to the next.
    start_seconds : float
        Where the cell of frame 0 begins; ``-hop_seconds / 2`` for frames that are centred on multiples of the hop.
    frame_axis : {1, 0}
        Which axis counts the frames: 1 is librosa's (bands, frames), 0 is (frames, bands).
    unit, label : str
        What is written beside the values.
    band_hz : array_like, shape (bands,), optional
        Centre of each band.
    range : (float, float), optional
        Values of the two ends of the colours; the lowest and highest value if None.
    colours : {"auto", "sequential", "diverging"}
        Diverging colours are neutral at 0 and reach as far below as above; "auto" takes them where values lie on both
        sides of 0.

    Raises
    ------
    ParameterError
        If the values are not a matrix of numbers, a time is not positive, or the bands do not fit.

    Examples
    --------
    >>> Matrix(np.zeros((12, 40)), hop_seconds=0.1).values.shape
    (40, 12)
    """

    values: NDArray[np.float32]
    hop_seconds: float
    start_seconds: float
    unit: str
    label: str
    band_hz: NDArray[np.float64] | None
    range: tuple[float, float]
    diverging: bool
    keep_extremes: bool

    def __init__(
        self,
        values: ArrayLike,
        *,
        hop_seconds: float,
        start_seconds: float = 0.0,
        frame_axis: int = 1,
        unit: str = "",
        label: str = "",
        band_hz: ArrayLike | None = None,
        range: tuple[float, float] | None = None,  # noqa: A002
        colours: Colours = "auto",
        keep_extremes: bool = False,
    ) -> None:
        array = _numbers(values, dimensions=2, what="A matrix wants values of shape (bands, frames)")
        if frame_axis not in (0, 1):
            raise ParameterError(f"frame_axis must be 0 or 1, got {frame_axis!r}.")
        frames = np.ascontiguousarray(array if frame_axis == 0 else array.T)
        _positive("hop_seconds", hop_seconds)
        _finite("start_seconds", start_seconds)
        bands = None if band_hz is None else np.asarray(band_hz, dtype=np.float64)
        if bands is not None and bands.shape != frames.shape[1:]:
            raise ParameterError(f"band_hz wants {frames.shape[1]} frequencies, one for each band, got {bands.shape}.")
        low, high = _range(frames, range)
        if colours not in ("auto", "sequential", "diverging"):
            raise ParameterError(f'colours must be "auto", "sequential" or "diverging", got {colours!r}.')
        diverging = colours == "diverging" or (colours == "auto" and low < 0 < high)
        if diverging:
            reach = max(abs(low), abs(high))
            low, high = -reach, reach
        for name, value in {
            "values": frames,
            "hop_seconds": float(hop_seconds),
            "start_seconds": float(start_seconds),
            "unit": str(unit),
            "label": str(label),
            "band_hz": bands,
            "range": (low, high),
            "diverging": diverging,
            "keep_extremes": keep_extremes,
        }.items():
            object.__setattr__(self, name, value)


Lane = Spans | Curve | Matrix


def model_matrix(seen: ModelInput, *, colours: Colours = "auto", label: str = "") -> Matrix:
    """Show a model's input as a matrix, on its own grid."""
    return Matrix(
        seen.values,
        hop_seconds=seen.hop_seconds,
        start_seconds=seen.start_seconds,
        frame_axis=0,
        unit=seen.unit,
        label=label or seen.name,
        band_hz=seen.band_hz,
        colours=colours,
    )


def as_lanes(lanes: Mapping[str, object] | Annotations | None) -> dict[str, Lane]:
    """Lanes by name, from anything that `as_lane` takes; of annotations, each tier is a lane."""
    if lanes is None:
        return {}
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
        A `Curve`, `Matrix` or `ModelInput`; `Segment` values or anything with ``start_seconds`` and ``end_seconds``
        (words, an annotation tier's items); a DataFrame with start and end columns, or with times and one more
        column of numbers; an object with ``.segments``, ``.words`` or ``.items``.
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


def _numbers(values: ArrayLike, *, dimensions: int, what: str) -> NDArray[np.float32]:
    array = np.asarray(values)
    if array.ndim != dimensions or array.size == 0 or array.dtype.kind not in "fiub":
        raise ParameterError(f"{what}, at least one number, got shape {array.shape} of {array.dtype}.")
    return np.ascontiguousarray(array, dtype=np.float32)


def _range(values: NDArray[np.float32], wanted: tuple[float, float] | None) -> tuple[float, float]:
    if wanted is not None:
        low, high = float(wanted[0]), float(wanted[1])
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ParameterError(f"range must be two finite numbers, the lower first, got {wanted!r}.")
        return low, high
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _positive(name: str, seconds: float) -> None:
    if not 0 < seconds < math.inf:
        raise ParameterError(f"{name} must be a finite number of seconds > 0, got {seconds!r}.")


def _finite(name: str, seconds: float) -> None:
    if not math.isfinite(seconds):
        raise ParameterError(f"{name} must be a finite number of seconds, got {seconds!r}.")
