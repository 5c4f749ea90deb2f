"""`ModelInput`: the very numbers that a model is given, and where in time each frame of them stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ModelInput"]

_SAME_GRID = 1e-9  # seconds: a billionth is rounding, more is another grid


@dataclass(frozen=True, slots=True, eq=False)
class ModelInput:
    """A model's input as a grid of frames and bands, on the clock of the sound that it was made from.

    Frame ``i`` owns the cell ``[start_seconds + i * hop_seconds, start_seconds + (i + 1) * hop_seconds)``; its centre
    is the middle of that cell, and its window reaches ``window_seconds / 2`` to either side of the centre. A recipe
    whose frame 0 is centred on sample 0 (librosa's and Whisper's ``center=True``) therefore starts half a hop early:
    ``start_seconds = -hop_seconds / 2``.

    Parameters
    ----------
    values : ndarray, shape (frames, bands), float32
        What the model gets, number for number; stored read-only. At least one frame and one band.
    hop_seconds : float
        Time from one frame to the next.
    start_seconds : float
        Where the cell of frame 0 begins, from the first sample of the sound; may be negative.
    name : str
        Which model's input it is.
    unit : str
        Of the values, for example ``"dB"``; empty where they have none.
    band_hz : ndarray, shape (bands,), optional
        Centre of each band in Hz, rising; None where bands are no frequencies.
    window_seconds : float, optional
        How much sound one frame looks at; None where it is not known.

    Raises
    ------
    ParameterError
        If the values are not a float32 matrix with something in it, a time is not finite or not positive, or the bands'
        frequencies do not fit.

    Examples
    --------
    >>> seen = ModelInput(np.zeros((80, 2), np.float32), hop_seconds=0.0125, start_seconds=-0.00625)
    >>> seen.frame_centre_seconds(8), seen.frame_at(0.1)
    (0.1, 8)
    """

    values: NDArray[np.float32]
    hop_seconds: float
    start_seconds: float = 0.0
    name: str = ""
    unit: str = ""
    band_hz: NDArray[np.float64] | None = None
    window_seconds: float | None = None

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.ndim != 2 or 0 in values.shape:
            raise ParameterError(
                f"A model's input has shape (frames, bands), at least one of each, got {values.shape}.",
                cure="Take one item out of its batch; transpose (bands, frames) with `.T`.",
            )
        if values.dtype != np.float32:
            raise ParameterError(
                f"A model's input is the float32 tensor that the model gets, got {values.dtype}.",
                cure="Convert as the model's own code does, for example values.astype(numpy.float32).",
            )
        for name in ("hop_seconds", "window_seconds"):
            seconds = getattr(self, name)
            if seconds is not None and not 0 < seconds < math.inf:
                raise ParameterError(f"{name} must be a finite number of seconds > 0, got {seconds!r}.")
        if not math.isfinite(self.start_seconds):
            raise ParameterError(f"start_seconds must be a finite number of seconds, got {self.start_seconds!r}.")
        object.__setattr__(self, "values", _read_only(values))
        if self.band_hz is not None:
            bands = np.asarray(self.band_hz, dtype=np.float64)
            if bands.shape != values.shape[1:] or not np.isfinite(bands).all() or not (np.diff(bands) > 0).all():
                raise ParameterError(
                    f"band_hz wants {values.shape[1]} finite, rising frequencies, one for each band, got {bands}."
                )
            object.__setattr__(self, "band_hz", _read_only(bands))

    @property
    def frames(self) -> int:
        """Number of frames."""
        return int(self.values.shape[0])

    @property
    def bands(self) -> int:
        """Number of bands."""
        return int(self.values.shape[1])

    def frame_span_seconds(self, frame: int) -> tuple[float, float]:
        """Start and end of a frame's cell: the time that it stands for, one hop."""
        start = self.start_seconds + self._checked(frame) * self.hop_seconds
        return start, start + self.hop_seconds

    def frame_centre_seconds(self, frame: int) -> float:
        """Middle of a frame's cell, and of its window."""
        return self.start_seconds + (self._checked(frame) + 0.5) * self.hop_seconds

    def window_span_seconds(self, frame: int) -> tuple[float, float] | None:
        """Start and end of the sound that a frame looks at; None where the window is not known."""
        if self.window_seconds is None:
            return None
        centre = self.frame_centre_seconds(frame)
        return centre - self.window_seconds / 2, centre + self.window_seconds / 2

    def frame_at(self, seconds: float) -> int | None:
        """The frame whose cell holds a time, or None outside of the grid."""
        # a time that is a cell's start but for rounding belongs to that cell
        index = math.floor((seconds - self.start_seconds) / self.hop_seconds + 1e-9)
        return index if 0 <= index < self.frames else None

    def difference(self, reference: ModelInput) -> NDArray[np.float32]:
        """Subtract another input on the same grid, value by value.

        Parameters
        ----------
        reference : ModelInput
            Of the same shape, hop, start and bands.

        Returns
        -------
        ndarray, shape (frames, bands), float32
            This less the reference.

        Raises
        ------
        ParameterError
            If the grids differ: frames of two grids stand for different sound, so a difference would mean nothing.
        """
        differs = list(_differences(self, reference))
        if differs:
            raise ParameterError(
                f"The reference is on another grid: {'; '.join(differs)}.",
                cure="Compute both from the same samples, with the same hop and bands.",
            )
        return self.values - reference.values

    def _checked(self, frame: int) -> int:
        if not 0 <= frame < self.frames:
            raise ParameterError(f"There is no frame {frame}: the input has {self.frames}, counted from 0.")
        return frame

    def __repr__(self) -> str:
        name = f"{self.name!r}, " if self.name else ""
        unit = f" {self.unit}" if self.unit else ""
        finite = self.values[np.isfinite(self.values)]
        reach = f"{finite.min():g} .. {finite.max():g}{unit}" if finite.size else "nothing finite"
        return (
            f"ModelInput({name}{self.frames} frames of {self.bands} bands, one in {self.hop_seconds * 1000:g} ms "
            f"from {self.start_seconds:g} s, {reach})"
        )


def _read_only(array: NDArray[np.floating]) -> NDArray[np.floating]:
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _differences(one: ModelInput, two: ModelInput) -> list[str]:
    found = []
    if one.values.shape != two.values.shape:
        found.append(f"shape {two.values.shape}, wanted {one.values.shape} (frames, bands)")
    for name in ("hop_seconds", "start_seconds"):
        a, b = getattr(one, name), getattr(two, name)
        if abs(a - b) > _SAME_GRID:
            found.append(f"{name} {b:g}, wanted {a:g}")
    both = one.bands == two.bands and one.band_hz is not None and two.band_hz is not None
    if both and not np.allclose(one.band_hz, two.band_hz, rtol=1e-6):  # type: ignore[arg-type]
        found.append("other band frequencies")
    if one.unit and two.unit and one.unit != two.unit:
        found.append(f"unit {two.unit!r}, wanted {one.unit!r}")
    return found
