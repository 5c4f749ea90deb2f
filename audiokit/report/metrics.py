"""Metrics of a notebook: kept in its outputs, and in a JSON file beside its page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from audiokit.errors import ParameterError

__all__ = ["METRIC_MIME", "metrics_of", "record"]

METRIC_MIME = "application/vnd.audiokit.metric+json"


def record(name: str, value: object) -> None:
    """Record a metric in the notebook that is running.

    Parameters
    ----------
    name : str
        With its unit, for example ``"speech_seconds"``.
    value : number, str, bool, None, or lists and dicts of these
        NumPy scalars are unwrapped.

    Raises
    ------
    ParameterError
        If the value cannot be written as JSON, or is a number that is not finite.
    """
    from IPython.display import display

    plain = _plain(name, value)
    shown = f"{name} = {plain}"
    display({METRIC_MIME: {"name": name, "value": plain}, "text/plain": shown}, raw=True)


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(name, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(name, item) for item in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        raise ParameterError(f"Metric {name!r} is {value}.", cure="Record None where there is no value.")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise ParameterError(f"Metric {name!r} is a {type(value).__name__}, which JSON does not hold.")


def metrics_of(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Collect the metrics from an executed notebook's outputs; a later value replaces an earlier one."""
    found: dict[str, Any] = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            metric = output.get("data", {}).get(METRIC_MIME)
            if metric:
                found[metric["name"]] = metric["value"]
    return found
