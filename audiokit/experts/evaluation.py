"""How good a classifier's probabilities are: recall, confusion, calibration, and what abstaining leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "calibration_error",
    "confusion",
    "fit_temperature",
    "kept_and_right",
    "softmax",
    "unweighted_average_recall",
]


def softmax(scores: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.floating]:
    """Probabilities of scores, shape (n, classes), softened by a temperature above 1."""
    scaled = scores / temperature
    exponents = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def confusion(truth: NDArray[np.int64], found: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Count: row by what it is, column by what was found.

    Examples
    --------
    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (truth, found), 1)
    return table


def unweighted_average_recall(truth: NDArray[np.int64], found: NDArray[np.int64]) -> float:
    """Mean of the recalls of the classes that occur, each counted the same.

    Examples
    --------
    >>> unweighted_average_recall(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]))
    0.5
    """
    return float(np.mean([(found[truth == label] == label).mean() for label in np.unique(truth)]))


def calibration_error(probabilities: NDArray[np.floating], truth: NDArray[np.int64], *, bins: int = 10) -> float:
    """Expected calibration error: |how sure - how often right|, in equal bins of sureness, weighted by their counts.

    Examples
    --------
    >>> float(calibration_error(np.array([[0.8, 0.2]] * 5), np.array([0, 0, 0, 0, 1])).__round__(6))
    0.0
    """
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    place = np.minimum((sure * bins).astype(int), bins - 1)
    error = 0.0
    for index in np.unique(place):
        inside = place == index
        error += inside.mean() * abs(float(sure[inside].mean()) - float(right[inside].mean()))
    return float(error)


def fit_temperature(scores: NDArray[np.floating], truth: NDArray[np.int64]) -> float:
    """Temperature under which the truth is most likely (Guo et al. 2017), by trying 0.3 to 5."""
    candidates = np.exp(np.linspace(np.log(0.3), np.log(5.0), 141))
    losses = [-np.log(softmax(scores, t)[np.arange(len(truth)), truth] + 1e-12).mean() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def kept_and_right(
    probabilities: NDArray[np.floating], truth: NDArray[np.int64], threshold: float
) -> tuple[float, float]:
    """Share that is kept at a threshold, and share of those that is right; the latter is NaN if none is kept."""
    kept = probabilities.max(axis=1) >= threshold
    right = probabilities.argmax(axis=1) == truth
    return float(kept.mean()), float(right[kept].mean()) if kept.any() else float("nan")
