"""What the experts say: a mood, a genre, and what they listened to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.results import Segment

__all__ = ["NO_MOOD", "Genre", "Mood"]

NO_MOOD = "none"
"""The mood of a sound in which nobody speaks."""


@dataclass(frozen=True, slots=True)
class Mood:
    """What a mood expert said of a voice.

    Parameters
    ----------
    label : str or None
        The mood; ``"none"`` where nobody speaks, None where the expert was too unsure to say.
    confidence : float or None
        Probability of the label; 1.0 with ``"none"``, None without a label.
    probabilities : mapping of str to float
        Of every mood that the expert knows: the mean over the windows. Empty if it was not asked.
    windows : tuple of Segment
        What it heard; labels and scores are those of each window alone.
    expert, origin : str
        Who said it, and what that is, for example ``"embedded expert, acted German speech"``.
    calibrated : bool
        Whether its probabilities were fitted to recordings with known moods.
    threshold : float
        Below this confidence the expert abstains.
    """

    label: str | None
    confidence: float | None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    windows: tuple[Segment, ...] = ()
    expert: str = ""
    origin: str = ""
    calibrated: bool = False
    threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class Genre:
    """What a genre expert said of the music.

    Parameters
    ----------
    label : str or None
        The genre; None where the expert was too unsure.
    confidence : float or None
        Its score, 0 to 1; None without a label.
    subgenres : tuple of str
        Of the genre, the likeliest first.
    scores : mapping of str to float
        Of every genre, without subgenres.
    windows : tuple of Segment
        What it heard; labels and scores are those of each window alone.
    expert, origin : str
        Who said it, and what that is.
    threshold : float
        Below this score the expert abstains.
    """

    label: str | None
    confidence: float | None
    subgenres: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    windows: tuple[Segment, ...] = ()
    expert: str = ""
    origin: str = ""
    threshold: float = 0.0
