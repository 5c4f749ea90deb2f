"""How far a faster form of a network is from the network itself, on given inputs, and how far it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ACTIVATIONS", "TOLERANCES", "Parity", "Tolerance", "measure_parity"]

ACTIVATIONS = ("softmax", "sigmoid", "none")
"""What turns outputs into what is compared with the tolerance."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a faster form may be away.

    Parameters
    ----------
    difference : float
        Largest difference of any probability (or output, where there is no activation).
    top1_agreement : float
        Least share of inputs whose likeliest class is the same; 0 where classes mean nothing.
    """

    difference: float
    top1_agreement: float = 0.0

    def __post_init__(self) -> None:
        if not (self.difference >= 0 and 0 <= self.top1_agreement <= 1):
            raise ParameterError(
                f"A tolerance is a difference >= 0 and a share between 0 and 1, got {self.difference} and "
                f"{self.top1_agreement}."
            )


TOLERANCES = {
    1: Tolerance(1e-3, 1.0),  # the same arithmetic in another order
    2: Tolerance(0.15, 0.9),  # weights of eight bits
    3: Tolerance(1e-2, 1.0),  # fused kernels, TF32 on an accelerator
}
"""By level of optimisation."""


@dataclass(frozen=True, slots=True)
class Parity:
    """What was measured.

    Parameters
    ----------
    inputs : int
        How many inputs were compared.
    largest_output_difference : float
        Of the outputs as they are (logits).
    largest_difference : float
        After the activation; this is held to the tolerance.
    top1_agreement : float
        Share of inputs whose largest output is the same one.
    tolerance : Tolerance
        What was allowed.
    """

    inputs: int
    largest_output_difference: float
    largest_difference: float
    top1_agreement: float
    tolerance: Tolerance

    @property
    def passed(self) -> bool:
        """Whether all is within the tolerance; never where a number is not finite."""
        return (
            self.largest_difference <= self.tolerance.difference
            and self.top1_agreement >= self.tolerance.top1_agreement
        )

    def __str__(self) -> str:
        return (
            f"largest difference {self.largest_difference:.3g} (allowed {self.tolerance.difference:.3g}; of the "
            f"outputs {self.largest_output_difference:.3g}), the same class for {self.top1_agreement:.1%} of "
            f"{self.inputs} inputs (at least {self.tolerance.top1_agreement:.0%})"
        )


def measure_parity(
    wanted: NDArray[np.floating], found: NDArray[np.floating], tolerance: Tolerance, activation: str = "softmax"
) -> Parity:
    """Compare outputs.

    Parameters
    ----------
    wanted, found : ndarray, shape (inputs, …, classes)
        Of the network, and of its faster form.
    tolerance : Tolerance
        What is allowed.
    activation : {"softmax", "sigmoid", "none"}
        Over the last axis.

    Returns
    -------
    Parity
        Differences are infinite where one is not finite, or the shapes differ.

    Raises
    ------
    ParameterError
        If there is no such activation, or nothing to compare.

    Examples
    --------
    >>> measure_parity(np.zeros((3, 2)), np.zeros((3, 2)), Tolerance(0.0)).passed
    True
    """
    if activation not in ACTIVATIONS:
        raise ParameterError(f"There is no activation {activation!r}.", cure=f"There are: {', '.join(ACTIVATIONS)}.")
    if not len(wanted):
        raise ParameterError("Parity wants at least one input.")
    first, second = (np.asarray(values, dtype=np.float64) for values in (wanted, found))
    if first.shape != second.shape or not (np.isfinite(first).all() and np.isfinite(second).all()):
        return Parity(len(first), np.inf, np.inf, 0.0, tolerance)
    same = (first.argmax(axis=-1) == second.argmax(axis=-1)).mean()
    activated = (_activate(values, activation) for values in (first, second))
    return Parity(
        inputs=len(first),
        largest_output_difference=float(np.abs(first - second).max()),
        largest_difference=float(np.abs(np.subtract(*activated)).max()),
        top1_agreement=float(same),
        tolerance=tolerance,
    )


def _activate(values: NDArray[np.float64], activation: str) -> NDArray[np.float64]:
    if activation == "none":
        return values
    if activation == "sigmoid":
        return 0.5 * (1 + np.tanh(0.5 * values))  # does not overflow
    exponentials = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))
