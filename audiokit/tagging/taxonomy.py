"""From a classifier's labels to a genre and its subgenres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Taxonomy", "Verdict"]

_MARKS = ("---", " > ")  # "Electronic---House" is how Discogs' labels are written, "Electronic > House" how people do
_SUBGENRE_SHARE = 0.25  # of the genre's score that a subgenre needs to be named
_MOST_SUBGENRES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """One genre of one set of scores.

    Parameters
    ----------
    genre : str
        The one with the highest score.
    score : float
        Of the genre, 0 to 1.
    subgenres : tuple of str
        At most three, the likeliest first.
    scores : dict of str to float
        Of every genre.
    """

    genre: str
    score: float
    subgenres: tuple[str, ...]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """What each label of a classifier means.

    Parameters
    ----------
    labels : tuple of str
        As the classifier's outputs are ordered.
    genres : tuple of (str or None)
        The genre of each label; None for a label that is no genre.
    subgenres : tuple of (str or None)
        The subgenre of each label; None for a label that is a genre as a whole.
    exclusive : bool
        Whether the scores add up to 1 (softmax): a genre has the sum of its labels' scores. Otherwise each label has a
        score of its own (sigmoid), and a genre has the highest.

    Raises
    ------
    ParameterError
        If nothing is a genre, or the lengths differ.

    Examples
    --------
    >>> taxonomy = Taxonomy.of_labels(["Rock", "Electronic---House", "Electronic---Techno"])
    >>> found = taxonomy.decide(np.array([0.3, 0.5, 0.2]))
    >>> found.genre, round(found.score, 2), found.subgenres
    ('electronic', 0.7, ('house', 'techno'))
    """

    labels: tuple[str, ...]
    genres: tuple[str | None, ...]
    subgenres: tuple[str | None, ...]
    exclusive: bool = True

    def __post_init__(self) -> None:
        if not len(self.labels) == len(self.genres) == len(self.subgenres):
            raise ParameterError(
                f"A taxonomy wants a genre and a subgenre for each of {len(self.labels)} labels, "
                f"got {len(self.genres)} and {len(self.subgenres)}."
            )
        if not any(self.genres):
            raise ParameterError(
                f"None of the {len(self.labels)} labels is a genre: {', '.join(self.labels[:8])} ...",
                cure="Use a classifier of genres, or give its labels a hierarchy (a JSON file with `genres`).",
            )

    @classmethod
    def of_labels(
        cls,
        labels: Sequence[str],
        *,
        hierarchy: Mapping[str, Iterable[str]] | None = None,
        exclusive: bool = True,
    ) -> Taxonomy:
        """Read a hierarchy from the labels themselves, or from a mapping of genres to their subgenres.

        Parameters
        ----------
        labels : sequence of str
            ``"rock"``, or ``"Electronic---House"`` (also with ``>``) for a genre with a subgenre.
        hierarchy : mapping of str to iterable of str, optional
            Genre → labels that are its subgenres; labels that it does not name are genres themselves.
        exclusive : bool
            See the class.

        Raises
        ------
        ParameterError
            If the hierarchy names a label that is none of the classifier's, or one twice.
        """
        parents: dict[str, str] = {}
        for genre, children in (hierarchy or {}).items():
            for child in children:
                if child not in labels or child in parents:
                    why = f"twice, under {parents[child]!r} too" if child in parents else "and the labels do not"
                    raise ParameterError(f"The hierarchy holds {child!r} under {genre!r} {why}.")
                parents[child] = str(genre)
        genres, subgenres = [], []
        for label in labels:
            genre, subgenre = (parents[label], label) if label in parents else _parted(label)
            genres.append(_plain(genre))
            subgenres.append(None if subgenre is None else _plain(subgenre))
        return cls(tuple(labels), tuple(genres), tuple(subgenres), exclusive)

    def decide(self, scores: NDArray[np.floating]) -> Verdict:
        """Find the genre of a set of scores.

        Parameters
        ----------
        scores : ndarray, shape (labels,)
            0 to 1.

        Returns
        -------
        Verdict
            The genre with the highest score, and of its subgenres those with at least a quarter of that, at most three.

        Raises
        ------
        ParameterError
            If there is not one score for each label.
        """
        if np.shape(scores) != (len(self.labels),):
            raise ParameterError(f"There are {len(self.labels)} labels and scores of shape {np.shape(scores)}.")
        values: dict[str, float] = {}
        for genre, score in zip(self.genres, np.asarray(scores, dtype=np.float64).tolist(), strict=True):
            if genre is not None:
                before = values.get(genre, 0.0)
                values[genre] = before + score if self.exclusive else max(before, score)
        best = max(values, key=lambda genre: values[genre])
        below = [
            (score, subgenre)
            for genre, subgenre, score in zip(self.genres, self.subgenres, np.asarray(scores).tolist(), strict=True)
            if genre == best and subgenre is not None and score >= _SUBGENRE_SHARE * values[best]
        ]
        names = list(dict.fromkeys(name for _, name in sorted(below, key=lambda found: -found[0])))
        return Verdict(best, min(values[best], 1.0), tuple(names[:_MOST_SUBGENRES]), values)


def _parted(label: str) -> tuple[str, str | None]:
    for mark in _MARKS:
        genre, found, subgenre = label.partition(mark)
        if found and genre.strip() and subgenre.strip():
            return genre, subgenre
    return label, None


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).lower()
