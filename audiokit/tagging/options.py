"""What a caller may ask of tagging, checked once for one file and for many."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.activity.segmentation import VadSettings
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from audiokit.models.sessions import Sessions
    from audiokit.tagging.expert import GenreExpert, MoodExpert

__all__ = ["TagOptions"]


@dataclass(frozen=True, slots=True)
class TagOptions:
    """How to tag.

    Parameters
    ----------
    emotion : str, Path or MoodExpert, optional
        Who says the mood. ``"auto"`` takes the first emotion model of the catalogue that is on this machine, and the
        embedded expert if none is. Else a name of the catalogue, a folder with a checkpoint, or an expert. None: the
        branch is not run.
    genre : str, Path or GenreExpert, optional
        Likewise; there is no embedded genre expert.
    mood_windows : int, optional
        How many windows of at most 3 s the mood expert hears: 1 on a CPU and 4 on a GPU if None.
    content_gate : bool
        Whether the mood expert hears only what the content gate calls speech, and the genre expert only what it calls
        music. Without it moods are given to songs: for demonstrations.
    mood_threshold, genre_threshold : float, optional
        Confidence below which an expert abstains; its own if None.
    min_music_seconds : float
        Less music than this has no genre.
    deadline_seconds : float, optional
        What is not done by then fails, and the rest is given back.
    vad_threshold : float
        Probability from which a frame counts as speech; see `audiokit.activity.VadSettings`.
    sessions : Sessions, optional
        Loaded ONNX networks; the shared ones by default.

    Raises
    ------
    ParameterError
        If a value does not fit.
    """

    emotion: str | Path | MoodExpert | None = "auto"
    genre: str | Path | GenreExpert | None = "auto"
    mood_windows: int | None = None
    content_gate: bool = True
    mood_threshold: float | None = None
    genre_threshold: float | None = None
    min_music_seconds: float = 2.0
    deadline_seconds: float | None = None
    vad_threshold: float = 0.5
    sessions: Sessions | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("emotion", "genre"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str | Path) and not callable(value):
                raise ParameterError(
                    f"{name} wants a model's name, a folder, an expert or None, got {type(value).__name__}.",
                    cure='"auto" takes what is on this machine.',
                )
        most = self.mood_windows
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
            raise ParameterError(f"mood_windows must be a whole number above 0, got {most!r}.")
        for name in ("mood_threshold", "genre_threshold"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ParameterError(f"{name} must lie between 0 and 1, got {value!r}.")
        if not 0 <= self.min_music_seconds < math.inf:
            raise ParameterError(f"min_music_seconds must be finite and >= 0, got {self.min_music_seconds!r}.")
        if self.deadline_seconds is not None and not 0 < self.deadline_seconds < math.inf:
            raise ParameterError(f"deadline_seconds must be finite and above 0, got {self.deadline_seconds!r}.")
        VadSettings(threshold=self.vad_threshold)
