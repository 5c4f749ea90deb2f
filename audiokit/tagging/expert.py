"""What the pipeline asks of an expert, whoever it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from audiokit.tagging.taxonomy import Taxonomy

__all__ = ["MOOD_RATE", "GenreExpert", "MoodExpert"]

MOOD_RATE = 16_000
"""Hz at which every mood expert hears."""


@runtime_checkable
class MoodExpert(Protocol):
    """Says the mood of voices.

    Attributes
    ----------
    name : str
        Of the model, for ``models_invoked``.
    labels : tuple of str
        The moods that it knows.
    origin : str
        What it is, in a few words that are shown to people.
    threshold : float
        Confidence below which it should abstain.
    """

    @property
    def name(self) -> str:  # noqa: D102 - told above, and so are the others
        ...

    @property
    def labels(self) -> tuple[str, ...]:  # noqa: D102
        ...

    @property
    def origin(self) -> str:  # noqa: D102
        ...

    @property
    def threshold(self) -> float:  # noqa: D102
        ...

    def __call__(self, windows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Probabilities, shape (windows, moods), of windows of mono sound at 16 kHz, 0.5 to 3 s each."""
        ...


@runtime_checkable
class GenreExpert(Protocol):
    """Says the genre of music.

    Attributes
    ----------
    name, origin, threshold
        See `MoodExpert`.
    sample_rate : int
        Hz at which it hears.
    window_seconds : float
        How much of a sound it hears at once.
    taxonomy : Taxonomy
        What its scores are of.
    """

    @property
    def name(self) -> str:  # noqa: D102
        ...

    @property
    def origin(self) -> str:  # noqa: D102
        ...

    @property
    def threshold(self) -> float:  # noqa: D102
        ...

    @property
    def sample_rate(self) -> int:  # noqa: D102
        ...

    @property
    def window_seconds(self) -> float:  # noqa: D102
        ...

    @property
    def taxonomy(self) -> Taxonomy:  # noqa: D102
        ...

    def __call__(self, windows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Scores, shape (windows, labels), of windows of mono sound at its rate."""
        ...
