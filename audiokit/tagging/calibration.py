"""Temperature scaling, and the confidence from which an expert is right often enough.

Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (ICML 2017): one number, the temperature, by
which all logits are divided so that the negative log-likelihood of held-out labels is least. It changes how sure an
expert is and never what it says. The threshold comes from the risk-coverage curve (El-Yaniv and Wiener, "On the
Foundations of Noise-free Selective Classification", JMLR 2010).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ModelUnavailable, ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Calibration", "calibration_error", "fit_calibration", "risk_threshold", "softmax"]

_VERSION = 1
_LOWEST, _HIGHEST = 0.05, 20.0  # temperatures beyond say that the logits mean nothing
_BINS = 10
_FEWEST = 8  # labelled windows
_ANEW = "Run calibrate() again, or delete the file."


@dataclass(frozen=True, slots=True)
class Calibration:
    """What `fit_calibration` found.

    Parameters
    ----------
    temperature : float
        Logits are divided by it.
    threshold : float
        Confidence from which the expert was right often enough.
    labels : tuple of str
        Of the expert, in the order of its outputs.
    weights : str
        Hash of the checkpoint's weights, so that it is not used with others.
    windows : int
        How many labelled windows it was fitted to.
    max_risk : float
        The share of wrong answers that was allowed among those kept.
    coverage : float
        The share of windows that reach the threshold.
    log_likelihood_before, log_likelihood_after : float
        Mean over the windows, in nats, at temperature 1 and at this one.
    error_before, error_after : float
        Expected calibration error, in ten bins.
    """

    temperature: float
    threshold: float
    labels: tuple[str, ...]
    weights: str
    windows: int
    max_risk: float
    coverage: float
    log_likelihood_before: float
    log_likelihood_after: float
    error_before: float
    error_after: float

    def save(self, path: str | Path) -> Path:
        """Write it as JSON, whole or not at all."""
        from audiokit.decode.output import whole_file

        text = json.dumps({"format": "audiokit calibration", "version": _VERSION, **asdict(self)}, indent=1)
        with whole_file(path) as place:
            place.write_text(text + "\n", encoding="utf-8")
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> Calibration:
        """Read what `save` wrote.

        Raises
        ------
        ModelUnavailable
            If the file is none, or was damaged.
        """
        try:
            held: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
            kind = held.pop("format"), held.pop("version")
            held["labels"] = tuple(held["labels"])
            found = cls(**held)
            fits = _LOWEST <= found.temperature <= _HIGHEST and 0 <= found.threshold <= 1
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelUnavailable(
                f"{path} is no calibration of audiokit's ({type(error).__name__}: {error}).", cure=_ANEW
            ) from error
        if kind != ("audiokit calibration", _VERSION) or not fits:
            raise ModelUnavailable(f"{path} is no calibration of audiokit's, or was changed by hand.", cure=_ANEW)
        return found


def softmax(logits: NDArray[np.floating[Any]], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities of logits, shape (windows, classes), divided by a temperature.

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def calibration_error(probabilities: NDArray[np.float64], truth: NDArray[np.int64], *, bins: int = _BINS) -> float:
    """Expected calibration error: how far confidence and accuracy are apart, weighed over bins of confidence.

    Examples
    --------
    >>> round(calibration_error(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1])), 3)
    0.4
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bin_of = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    apart = [abs(right[bin_of == b].mean() - confidence[bin_of == b].mean()) * (bin_of == b).mean()
             for b in np.unique(bin_of)]  # fmt: skip
    return float(sum(apart))


def risk_threshold(confidence: NDArray[np.float64], right: NDArray[np.bool_], max_risk: float) -> float:
    """Give the lowest confidence for which no more than a share of the answers at or above it are wrong.

    Returns
    -------
    float
        1.0, which nothing real reaches, if there is no such confidence.

    Examples
    --------
    >>> risk_threshold(np.array([0.9, 0.8, 0.6]), np.array([True, True, False]), 0.2)
    0.8
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, wrong = confidence[order], np.cumsum(~right[order])
    risk = wrong / np.arange(1, len(order) + 1)
    last_of_equals = np.append(ranked[1:] < ranked[:-1], True)
    kept = np.flatnonzero((risk <= max_risk) & last_of_equals)
    return float(ranked[kept[-1]]) if kept.size else 1.0


def fit_calibration(
    logits: ArrayLike, truth: Sequence[str], labels: Sequence[str], *, weights: str = "", max_risk: float = 0.2
) -> Calibration:
    """Fit a temperature and a threshold to windows whose labels are known.

    Parameters
    ----------
    logits : array_like, shape (windows, classes)
        Of the expert, unscaled; of recordings that it was not trained on.
    truth : sequence of str
        Label of each window.
    labels : sequence of str
        Of the classes.
    weights : str
        See `Calibration`.
    max_risk : float
        Share of wrong answers that is allowed among those that are kept.

    Returns
    -------
    Calibration

    Raises
    ------
    ParameterError
        If there are too few windows, a label is unknown, or the numbers do not fit.
    """
    import scipy.optimize

    found = np.asarray(logits, dtype=np.float64)
    if found.shape != (len(truth), len(labels)) or not np.isfinite(found).all():
        raise ParameterError(
            f"Wants finite logits of shape (windows, classes) = ({len(truth)}, {len(labels)}), got {found.shape}."
        )
    if len(truth) < _FEWEST:
        raise ParameterError(f"{len(truth)} labelled windows are too few to calibrate with; at least {_FEWEST}.")
    if not 0 < max_risk < 1:
        raise ParameterError(f"max_risk must lie between 0 and 1, got {max_risk}.")
    unknown = sorted(set(truth) - set(labels))
    if unknown:
        raise ParameterError(f"The expert does not know {', '.join(unknown)}.", cure=f"It knows {', '.join(labels)}.")
    index = np.array([list(labels).index(name) for name in truth])

    def loss(log_temperature: float) -> float:
        return -_log_likelihood(found, index, math.exp(log_temperature))

    bounds = (math.log(_LOWEST), math.log(_HIGHEST))
    fitted = scipy.optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-5})
    temperature = float(np.clip(math.exp(fitted.x), _LOWEST, _HIGHEST))
    before, after = softmax(found), softmax(found, temperature)
    confidence, right = after.max(axis=1), after.argmax(axis=1) == index
    threshold = risk_threshold(confidence, right, max_risk)
    return Calibration(
        temperature=temperature,
        threshold=threshold,
        labels=tuple(labels),
        weights=weights,
        windows=len(truth),
        max_risk=max_risk,
        coverage=float((confidence >= threshold).mean()),
        log_likelihood_before=_log_likelihood(found, index, 1.0),
        log_likelihood_after=_log_likelihood(found, index, temperature),
        error_before=calibration_error(before, index),
        error_after=calibration_error(after, index),
    )


def _log_likelihood(logits: NDArray[np.float64], index: NDArray[np.int64], temperature: float) -> float:
    scaled = logits / temperature
    highest = scaled.max(axis=1)
    total = highest + np.log(np.exp(scaled - highest[:, np.newaxis]).sum(axis=1))
    return float((scaled[np.arange(len(index)), index] - total).mean())
