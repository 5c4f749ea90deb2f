"""SpecAugment's masks: bands of time or of frequency that the model does not get to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.augment.augmentation import Augmentation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["FrequencyMask", "TimeMask", "spans_within"]


@dataclass(frozen=True)
class _Mask(Augmentation):
    """What the two masks share."""

    domain: ClassVar[Literal["samples", "features"]] = "features"

    count: int = 2
    fill: float | Literal["mean"] = "mean"

    def __post_init__(self) -> None:
        super().__post_init__()
        name = type(self).__name__
        if isinstance(self.count, bool) or not isinstance(self.count, int) or self.count < 1:
            raise ParameterError(f"{name}: count must be a whole number of at least 1, got {self.count!r}.")
        if self.fill != "mean" and not (isinstance(self.fill, int | float) and np.isfinite(self.fill)):
            raise ParameterError(f'{name}: fill must be a finite number or "mean", got {self.fill!r}.')

    def _spans(self, generator: np.random.Generator, widest: int, size: int) -> dict[str, Any]:
        spans = []
        for _ in range(self.count):
            width = int(generator.integers(min(widest, size) + 1))
            start = int(generator.integers(size - width + 1))
            spans.append([start, start + width])
        return {"spans": spans, "fill": self.fill}


@dataclass(frozen=True)
class TimeMask(_Mask):
    """Hide spans of frames of a spectrogram, (bands, frames).

    D. Park et al., "SpecAugment" (Interspeech 2019): a width is drawn evenly from nought to the widest, then a place.

    Parameters
    ----------
    max_frames : int
        The widest mask, in frames.
    max_share : float
        No mask is wider than this share of the item, 0 to 1.
    count : int
        How many masks; they may overlap.
    fill : float or "mean"
        What stands in a mask: a number, or the mean of the item's features.
    probability : float
        How likely an item is changed.
    """

    max_frames: int = 100
    max_share: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        _checked_widest("TimeMask", "max_frames", self.max_frames)
        if not 0.0 < self.max_share <= 1.0:
            raise ParameterError(f"TimeMask: max_share must be above 0 and at most 1, got {self.max_share!r}.")

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        return self._spans(generator, min(self.max_frames, int(self.max_share * frames)), frames)

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        out = samples.copy()
        for start, end in spans_within(parameters, samples.shape[1]):
            out[:, start:end] = _fill(samples, parameters)
        return out

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        return f"frames {_in_words(parameters)} hidden"


@dataclass(frozen=True)
class FrequencyMask(_Mask):
    """Hide bands of a spectrogram, (bands, frames); otherwise as `TimeMask`.

    Parameters
    ----------
    max_bands : int
        The widest mask, in bands; never more than the item has.
    count, fill, probability
        As in `TimeMask`.
    """

    max_bands: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        _checked_widest("FrequencyMask", "max_bands", self.max_bands)

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        return self._spans(generator, self.max_bands, channels)

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        out = samples.copy()
        for start, end in spans_within(parameters, samples.shape[0]):
            out[start:end] = _fill(samples, parameters)
        return out

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        return f"bands {_in_words(parameters)} hidden"


def spans_within(parameters: Mapping[str, Any], size: int) -> list[tuple[int, int]]:
    """Return the drawn spans that are not empty, [start, end).

    Raises
    ------
    ParameterError
        If they were drawn for something longer.
    """
    spans = [(int(start), int(end)) for start, end in parameters["spans"] if end > start]
    if any(end > size for _, end in spans):
        raise ParameterError(
            f"A mask reaches to {max(end for _, end in spans)}, the features to {size} only.",
            cure="Draw with the frames and channels (bands) of the features that it is for.",
        )
    return spans


def _fill(features: NDArray[np.float32], parameters: Mapping[str, Any]) -> np.float32:
    fill = parameters["fill"]
    return np.float32(features.mean(dtype=np.float64) if fill == "mean" else fill)


def _checked_widest(owner: str, name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ParameterError(f"{owner}: {name} must be a whole number of at least 1, got {value!r}.")


def _in_words(parameters: Mapping[str, Any]) -> str:
    spans = [f"{start} to {end - 1}" for start, end in parameters["spans"] if end > start]
    return " and ".join(spans) or "none"
