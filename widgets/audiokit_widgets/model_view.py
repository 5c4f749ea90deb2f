"""`WhatTheModelSaw`: the very numbers that a model was given, on the clock of the sound that they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import traitlets

from audiokit.errors import ParameterError
from audiokit.model_input import ModelInput
from audiokit_widgets.lane_view import LaneView
from audiokit_widgets.lanes import Colours, Lane, Matrix, model_matrix
from audiokit_widgets.modules import bundle, style

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WhatTheModelSaw"]


class WhatTheModelSaw(LaneView):
    """A model's input under the waveform: each value as it is, one frame in numbers, the difference from a reference.

    The frame under the pointer, or else the one that plays, is marked with the sound that its window hears, and shown
    as a curve over its bands and in numbers. Keys ``,`` and ``.`` step from frame to frame.

    Parameters
    ----------
    audio : Audio, str, Path, bytes, array_like or Sound
        The sound that the input was made from; see `SoundView`.
    model_input : ModelInput
        For example `audiokit.lipsync.model_input` or `audiokit.dsp.mel_input`.
    reference : ModelInput, optional
        On the same grid: drawn below on the same scale, and then the difference, this less the reference.
    title : str
        Shown above; the input's name if empty.
    colours : {"auto", "sequential", "diverging"}
        Diverging colours are neutral at 0; "auto" takes them where values lie on both sides of 0.
    sample_rate : int, optional
        In Hz, for an array only.

    Raises
    ------
    ParameterError
        If it is no `ModelInput`, the reference is on another grid, or no frame lies within the sound.

    Examples
    --------
    >>> from audiokit import lipsync
    >>> samples = np.zeros(16000)
    >>> seen = WhatTheModelSaw(samples, lipsync.model_input(samples), sample_rate=16000)
    >>> seen.position_seconds = 0.5
    >>> seen.frame
    40
    """

    _esm = bundle("model_view.js")
    _css = style("kit/theme.css", "kit/stage.css", "model_view.css")

    window_seconds = traitlets.Float(default_value=None, allow_none=True).tag(sync=True)
    band_hz = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(
        self,
        audio: object,
        model_input: ModelInput,
        *,
        reference: ModelInput | None = None,
        title: str = "",
        colours: Colours = "auto",
        sample_rate: int | None = None,
    ) -> None:
        for name, given in (("model_input", model_input), ("reference", reference)):
            if not isinstance(given, ModelInput) and not (name == "reference" and given is None):
                raise ParameterError(
                    f"{name} must be an audiokit.ModelInput, got {type(given).__name__}.",
                    cure="ModelInput(values, hop_seconds=..., start_seconds=...) says when each frame is.",
                )
        self.model_input = model_input
        self.reference = reference
        self.difference: NDArray[np.float32] | None = None if reference is None else model_input.difference(reference)
        super().__init__(
            audio,
            self._made_lanes(colours),
            title=title or model_input.name,
            sample_rate=sample_rate,
            window_seconds=model_input.window_seconds,
            band_hz=[] if model_input.band_hz is None else model_input.band_hz.tolist(),
        )
        last = model_input.start_seconds + model_input.frames * model_input.hop_seconds
        if last <= 0 or model_input.start_seconds >= self.duration_seconds:
            raise ParameterError(
                f"No frame lies within the sound: they reach from {model_input.start_seconds:g} to {last:g} s, "
                f"the sound from 0 to {self.duration_seconds:g} s.",
                cure="Give start_seconds on the sound's own clock.",
            )

    @property
    def frame(self) -> int | None:
        """The frame where playback stands, or None outside of the grid."""
        return self.model_input.frame_at(self.position_seconds)

    @property
    def largest_difference(self) -> tuple[float, int, int] | None:
        """The largest absolute difference, and its frame and band; None without a reference.

        Frames whose difference is NaN do not count, unless there is no other.
        """
        if self.difference is None:
            return None
        size = np.abs(self.difference)
        if np.isnan(size).all():
            return float("nan"), 0, 0
        frame, band = np.unravel_index(int(np.nanargmax(size)), size.shape)
        return float(size[frame, band]), int(frame), int(band)

    def _made_lanes(self, colours: Colours) -> dict[str, Lane]:
        seen, reference = self.model_input, self.reference
        name = f"{seen.name or 'model input'}, what the model gets"
        if reference is None or self.difference is None:
            return {name: model_matrix(seen, colours=colours)}
        both = np.concatenate([seen.values, reference.values])
        scale = Matrix(both, hop_seconds=1, frame_axis=0, colours=colours)  # one scale for the two

        def matrix(values: NDArray[np.float32], label: str) -> Matrix:
            return Matrix(
                values,
                hop_seconds=seen.hop_seconds,
                start_seconds=seen.start_seconds,
                frame_axis=0,
                unit=seen.unit,
                label=label,
                band_hz=seen.band_hz,
                range=scale.range,
                colours="diverging" if scale.diverging else "sequential",
            )

        return {
            name: matrix(seen.values, seen.name),
            f"reference: {reference.name or 'without a name'}": matrix(reference.values, reference.name),
            self._difference_told(): Matrix(
                self.difference,
                hop_seconds=seen.hop_seconds,
                start_seconds=seen.start_seconds,
                frame_axis=0,
                unit=seen.unit,
                label="difference",
                band_hz=seen.band_hz,
                colours="diverging",
                keep_extremes=True,
            ),
        }

    def _difference_told(self) -> str:
        size, frame, band = self.largest_difference or (0.0, 0, 0)
        if size == 0:
            return "difference: none, the two are equal"
        unit = f" {self.model_input.unit}" if self.model_input.unit else ""
        at = self.model_input.frame_centre_seconds(frame)
        return f"difference: at most {size:.4g}{unit}, in frame {frame} ({at:.3f} s), band {band}"

    def __repr__(self) -> str:
        told = f"; {self._difference_told()}" if self.reference is not None else ""
        return f"{super().__repr__()[:-1]}; {self.model_input!r}{told})"
