"""The augmentations of a dataset, drawn and applied in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Chain", "DrawnChain"]

_MOST_ROUNDS = 8  # each comes nearer by the rounding of one length; two are enough as a rule


@dataclass(frozen=True, slots=True)
class DrawnChain:
    """What was drawn for the samples of one item.

    Parameters
    ----------
    links : tuple of Augmentation
        In order.
    drawn : tuple of Drawn
        One for each.
    sample_rate : int
        Hz.
    fused_rate : int or None
        The rate to decode to in place of applying the first.
    """

    links: tuple[Any, ...]
    drawn: tuple[Any, ...]
    sample_rate: int
    fused_rate: int | None = None

    def frames_after(self, frames: int, *, links: int | None = None) -> int:
        """Length of what comes out of the first so many links (all if None) for `frames` samples."""
        for link, drawn in list(zip(self.links, self.drawn, strict=True))[:links]:
            frames = _frames_after(link, drawn, frames)
        return frames

    def frames_needed(self, wanted: int) -> int:
        """Return how many samples must go in, so that at least `wanted` come out."""
        frames = wanted
        for _ in range(_MOST_ROUNDS):
            after = self.frames_after(frames)
            if after >= wanted:
                break
            frames = max(frames + 1, ceil(frames * wanted / max(after, 1)))
        return frames

    def apply(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Do it, but for what was fused."""
        begin = 0 if self.fused_rate is None else 1
        for link, drawn in list(zip(self.links, self.drawn, strict=True))[begin:]:
            samples = link.apply(samples, self.sample_rate, drawn)
        return samples


class Chain:
    """Augmentations of samples, then of features.

    Parameters
    ----------
    augmentations : Augmentation or iterable of Augmentation
        Anything that has ``draw`` and ``apply`` as `audiokit.training.augment.Augmentation` does.

    Raises
    ------
    ParameterError
        For something else, and for one of features before one of samples.
    """

    def __init__(self, augmentations: Any) -> None:
        links = tuple(augmentations) if isinstance(augmentations, Iterable) else (augmentations,)
        for link in links:
            if not (callable(getattr(link, "draw", None)) and callable(getattr(link, "apply", None))):
                raise ParameterError(f"{link!r} is no augmentation.", cure="It needs the methods draw and apply.")
        domains = [getattr(link, "domain", "samples") for link in links]
        if domains != sorted(domains, reverse=True):  # "samples" before "features"
            raise ParameterError(
                "An augmentation of features stands before one of samples.", cure="Put those of samples first."
            )
        count = domains.count("samples")
        self.of_samples, self.of_features = links[:count], links[count:]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not (self.of_samples or self.of_features)

    @property
    def may_fuse(self) -> bool:
        """Whether the first augmentation can become part of the resampling."""
        return bool(self.of_samples) and callable(getattr(self.of_samples[0], "fused_rate", None))

    def draw(
        self, generator: np.random.Generator | None, sample_rate: int, frames: int, channels: int, *, fuse: bool
    ) -> DrawnChain:
        """Draw for samples of a length, each for what the one before gives; an empty chain needs no generator."""
        found = []
        for link in self.of_samples:
            drawn = link.draw(generator, sample_rate=sample_rate, frames=frames, channels=channels)
            frames = _frames_after(link, drawn, frames)
            found.append(drawn)
        rate = None
        if fuse and self.may_fuse:
            rate = int(self.of_samples[0].fused_rate(sample_rate, found[0]))
        return DrawnChain(self.of_samples, tuple(found), sample_rate, rate)

    def draw_for_features(
        self, generator: np.random.Generator | None, sample_rate: int, bands: int, frames: int
    ) -> tuple[Any, ...]:
        """Draw what changes features of a shape, which none of them changes."""
        return tuple(
            link.draw(generator, sample_rate=sample_rate, frames=frames, channels=bands) for link in self.of_features
        )

    def change_features(
        self, features: NDArray[np.float32], sample_rate: int, drawn: tuple[Any, ...]
    ) -> NDArray[np.float32]:
        """Apply what was drawn to features (bands, frames)."""
        for link, one in zip(self.of_features, drawn, strict=True):
            features = link.apply(features, sample_rate, one)
        return features


def _frames_after(link: Any, drawn: Any, frames: int) -> int:
    after = getattr(link, "frames_after", None)
    return frames if after is None else int(after(drawn, frames))
