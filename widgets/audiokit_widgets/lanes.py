"""What an inspector can put on the clock: spans, curves and matrices."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from audiokit.model_input import ModelInput
    from audiokit.results import Segment

__all__ = ["Curve", "Lane", "Matrix", "Spans", "model_matrix"]

Colours = Literal["auto", "sequential", "diverging"]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Labelled spans of time, in the order in which their indices count.

    Parameters
    ----------
    segments : tuple of Segment
        The spans.
    hues : mapping of str to int
        Which of the six colours of a picture a label has; labels that are not named take them in turn.
    """

    segments: tuple[Segment, ...]
    hues: Mapping[str, int] = field(default_factory=dict)


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
