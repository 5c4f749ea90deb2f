"""Several augmentations, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from audiokit.errors import ParameterError
from audiokit.training.augment.augmentation import Augmentation, describe, replay
from audiokit.training.augment.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Compose"]


@dataclass(frozen=True)
class Compose(Augmentation):
    """A chain: each augmentation gets what the one before it gave.

    Parameters
    ----------
    augmentations : iterable of Augmentation
        In order; all of samples or all of features. May be empty.
    probability : float
        How likely the chain runs at all; each link has a probability of its own besides.

    Raises
    ------
    ParameterError
        If a link is not an augmentation, or samples and features are mixed.

    Examples
    --------
    >>> from audiokit.training.augment import TimeStretch, VolumeAdjust
    >>> chain = Compose([TimeStretch(0.8, 1.2), VolumeAdjust(-6, 6, probability=0.5)])
    >>> len(chain.augmentations), chain.domain
    (2, 'samples')
    """

    augmentations: Iterable[Augmentation] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        links = tuple(self.augmentations)
        for link in links:
            if not isinstance(link, Augmentation):
                raise ParameterError(
                    f"Compose wants augmentations, got {link!r}.", cure="For example [TimeStretch(0.8, 1.2)]."
                )
        if len({link.domain for link in links}) > 1:
            raise ParameterError(
                "Compose cannot mix augmentations of samples with those of features "
                f"({', '.join(type(link).__name__ for link in links)}).",
                cure="Make two chains: one before the features are computed, one after.",
            )
        object.__setattr__(self, "augmentations", links)

    @property
    def domain(self) -> Literal["samples", "features"]:  # type: ignore[override]
        """What its links take; samples where there are none."""
        return self.links[0].domain if self.links else "samples"

    @property
    def links(self) -> tuple[Augmentation, ...]:
        """The augmentations, in order."""
        return tuple(self.augmentations)

    def frames_after(self, drawn: Drawn, frames: int) -> int:
        """How many frames the whole chain gives."""
        if drawn.applied:
            for link, step in zip(self.links, _steps(drawn.parameters), strict=True):
                frames = link.frames_after(step, frames)
        return frames

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        steps = []
        for link in self.links:
            drawn = link.draw(generator, sample_rate=sample_rate, frames=frames, channels=channels)
            frames = link.frames_after(drawn, frames)
            steps.append(drawn.as_dict())
        return {"steps": steps}

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        for step in _steps(parameters):
            samples = replay(step, samples, sample_rate)
        return samples

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        return ", then ".join(describe(step) for step in _steps(parameters)) or "nothing"


def _steps(parameters: Mapping[str, Any]) -> tuple[Drawn, ...]:
    return tuple(Drawn.from_dict(step) for step in parameters["steps"])
