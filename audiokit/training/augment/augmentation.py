"""What every augmentation is: it draws its parameters, then applies them, and both can be done apart."""

from __future__ import annotations

import math
import numbers
from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from audiokit.dsp.arrays import checked_rate
from audiokit.errors import ParameterError
from audiokit.training.augment.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["AUGMENTATIONS", "Augmentation", "checked_range", "describe", "replay", "uniform"]

AUGMENTATIONS: dict[str, type[Augmentation]] = {}
"""Registry: every augmentation by the name of its class, for `replay`; a subclass enters it where it is defined."""


@dataclass(frozen=True)
class Augmentation(ABC):
    """Base of all augmentations: frozen, picklable, free of torch.

    A subclass is a frozen dataclass that draws in `_draw` and renders in `_render`; it looks at nothing but the
    parameters there, so that what was drawn can be replayed without the object that drew it.

    Parameters
    ----------
    probability : float
        How likely an item is changed at all, 0 to 1.
    """

    _: KW_ONLY
    probability: float = 1.0

    domain: ClassVar[Literal["samples", "features"]] = "samples"
    """Whether it takes samples (channels, time) or features (bands, frames)."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        AUGMENTATIONS[cls.__name__] = cls

    def __post_init__(self) -> None:
        if isinstance(self.probability, bool) or not 0.0 <= self.probability <= 1.0:
            raise ParameterError(
                f"{type(self).__name__}: probability must be between 0 and 1, got {self.probability!r}."
            )

    def draw(self, generator: np.random.Generator, *, sample_rate: int, frames: int, channels: int) -> Drawn:
        """Decide everything that is left to chance.

        Parameters
        ----------
        generator : numpy.random.Generator
            The item's own, see `audiokit.training.randomness.item_generator`. As many numbers are taken from it
            whether or not the augmentation will be applied.
        sample_rate : int
            In Hz.
        frames, channels : int
            Of the samples that it will be applied to (for features: frames and bands).

        Returns
        -------
        Drawn
        """
        if frames < 1 or channels < 1:
            raise ParameterError(f"{type(self).__name__} wants samples, got {channels} channel(s) of {frames} frames.")
        applied = bool(generator.random() < self.probability)
        parameters = self._draw(generator, checked_rate(sample_rate), frames, channels)
        return Drawn(type(self).__name__, parameters if applied else {}, applied)

    def apply(self, samples: ArrayLike, sample_rate: int, drawn: Drawn) -> NDArray[np.float32]:
        """Do what was drawn.

        Parameters
        ----------
        samples : array_like, shape (channels, time), floating-point
            Never written to. For augmentations of features, (bands, frames).
        sample_rate : int
            In Hz.
        drawn : Drawn
            From `draw`, or from its JSON.

        Returns
        -------
        ndarray, float32
            New, or the input itself where nothing was to be done.

        Raises
        ------
        ParameterError
            If there are no samples, one of them is not a finite number, or `drawn` belongs to another augmentation.
        """
        if drawn.name != type(self).__name__:
            raise ParameterError(
                f"{type(self).__name__} cannot apply what {drawn.name} drew.",
                cure="audiokit.training.augment.replay finds the right one by itself.",
            )
        return _apply(type(self), samples, sample_rate, drawn)

    def __call__(self, samples: ArrayLike, sample_rate: int, generator: np.random.Generator) -> NDArray[np.float32]:
        """Draw, and apply at once."""
        array = np.asarray(samples)
        if array.ndim != 2:
            raise _wrong_shape(type(self).__name__, array)
        drawn = self.draw(generator, sample_rate=sample_rate, frames=array.shape[1], channels=array.shape[0])
        return self.apply(array, sample_rate, drawn)

    def frames_after(self, drawn: Drawn, frames: int) -> int:
        """How many frames `apply` gives for `frames` of them; what comes next in a chain draws for that length."""
        return self._frames_after(drawn.parameters, frames) if drawn.applied else frames

    @abstractmethod
    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        """Parameters as JSON has them."""

    @classmethod
    @abstractmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        """Apply parameters to finite float32 samples (channels, time) of at least one frame; never in place."""

    @classmethod
    @abstractmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        """Say in a few words what the parameters do."""

    @classmethod
    def _frames_after(cls, parameters: Mapping[str, Any], frames: int) -> int:
        return frames


def replay(drawn: Drawn | str | Mapping[str, Any], samples: ArrayLike, sample_rate: int) -> NDArray[np.float32]:
    """Do again what was drawn, from the JSON form alone.

    Parameters
    ----------
    drawn : Drawn, str or mapping
        What `Augmentation.draw` gave, its `to_json`, or its `as_dict`.
    samples : array_like, shape (channels, time), floating-point
        The same as then.
    sample_rate : int
        In Hz.

    Returns
    -------
    ndarray, float32
        The same to the bit on the same machine with the same versions of the libraries.

    Raises
    ------
    ParameterError
        If the augmentation is not known, or the samples are none.

    Examples
    --------
    >>> from audiokit.training.augment import VolumeAdjust
    >>> drawn = VolumeAdjust(-6, 6).draw(np.random.default_rng(0), sample_rate=16000, frames=2, channels=1)
    >>> first = VolumeAdjust(-6, 6).apply(np.ones((1, 2)), 16000, drawn)
    >>> bool((replay(drawn.to_json(), np.ones((1, 2)), 16000) == first).all())
    True
    """
    found = _read(drawn)
    return _apply(_known(found.name), samples, sample_rate, found)


def describe(drawn: Drawn | str | Mapping[str, Any]) -> str:
    """Say in a few words what was drawn.

    Examples
    --------
    >>> describe(Drawn("VolumeAdjust", {"gain_db": -3.5}))
    '3.5 dB quieter'
    >>> describe(Drawn("VolumeAdjust", applied=False))
    'VolumeAdjust left out'
    """
    found = _read(drawn)
    kind = _known(found.name)
    return kind._describe(found.parameters) if found.applied else f"{found.name} left out"  # noqa: SLF001 - ours


def checked_range(owner: str, name: str, low: float, high: float, *, above: float | None = None) -> None:
    """Raise ParameterError unless ``low <= high``, both are finite and, if asked for, above a bound."""
    given: tuple[object, object] = (low, high)
    real = all(isinstance(value, numbers.Real) and not isinstance(value, bool) for value in given)
    if not real or not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ParameterError(f"{owner}: {name} wants two finite numbers, the lower first, got {low!r} .. {high!r}.")
    if above is not None and low <= above:
        raise ParameterError(f"{owner}: {name} must be above {above:g}, got {low!r} .. {high!r}.")


def uniform(generator: np.random.Generator, low: float, high: float) -> float:
    """Draw evenly from ``low .. high``, as a plain float."""
    return float(low + (high - low) * generator.random())


def checked_items(samples: ArrayLike, owner: str) -> NDArray[np.float32]:
    """Return samples as finite float32 of shape (channels, time), at least one of each; not copied if they are."""
    array = np.asarray(samples)
    if array.ndim != 2 or array.shape[0] == 0:
        raise _wrong_shape(owner, array)
    if array.dtype.kind != "f":
        raise ParameterError(
            f"{owner} wants floating-point samples with full scale ±1, got {array.dtype}.", cure="Pass `audio.samples`."
        )
    if array.shape[1] == 0:
        raise ParameterError(f"{owner} wants at least one sample, got none.")
    array = array.astype(np.float32, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        channel, frame = np.argwhere(~finite)[0]
        raise ParameterError(
            f"{owner} wants finite samples, got {array[channel, frame]} in channel {channel} at sample {frame} "
            f"({np.count_nonzero(~finite)} in all).",
            cure="Look at how the recording was made; numpy.nan_to_num puts silence there.",
        )
    return array


def _apply(kind: type[Augmentation], samples: ArrayLike, sample_rate: int, drawn: Drawn) -> NDArray[np.float32]:
    array = checked_items(samples, kind.__name__)
    rate = checked_rate(sample_rate)
    if not drawn.applied:
        return array
    try:
        return kind._render(array, rate, drawn.parameters)  # noqa: SLF001 - of our own family
    except KeyError as error:
        raise ParameterError(f"{kind.__name__} misses the parameter {error} in what was drawn.") from error


def _read(drawn: Drawn | str | Mapping[str, Any]) -> Drawn:
    if isinstance(drawn, Drawn):
        return drawn
    return Drawn.from_json(drawn) if isinstance(drawn, str) else Drawn.from_dict(drawn)


def _known(name: str) -> type[Augmentation]:
    from audiokit.training.augment import load_all

    load_all()
    if name not in AUGMENTATIONS:
        raise ParameterError(
            f"No augmentation is called {name!r}.",
            cure="Import the module that defines it first." if name else "",
        )
    return AUGMENTATIONS[name]


def _wrong_shape(owner: str, array: NDArray[Any]) -> ParameterError:
    return ParameterError(
        f"{owner} wants an array of shape (channels, time), got shape {array.shape}.",
        cure="A single channel is samples[numpy.newaxis, :]." if array.ndim == 1 else "Pass `audio.samples`.",
    )
