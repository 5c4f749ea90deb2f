"""A loader's report as what a page draws: few enough points, no number that JSON lacks, and the words beside them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.training.loader.plan import Plan
    from audiokit.training.loader.report import Change, LoaderReport

__all__ = ["MOST_POINTS", "decisions", "end_seconds", "history", "plan_steps", "thinned"]

MOST_POINTS = 600
_MOST_STEPS = 300
_MOST_REASON = 400  # characters
_DECISIONS_ROOM = 24_000  # characters of JSON
_CURVES = {"took": "items_per_second", "made": "made_per_second", "waited": "wait_share"}


def history(report: LoaderReport) -> dict[str, Any]:
    """Write the readings as columns.

    Parameters
    ----------
    report : LoaderReport
        Of any length.

    Returns
    -------
    dict
        ``time`` in seconds, ``took`` and ``made`` in items per second, ``waited`` as a share from 0 to 1; None where
        a value is no number. At most 600 of each, lowest and highest values kept. ``plans`` as in `plan_steps`,
        ``end`` in seconds, and ``readings``, how many there were.
    """
    times = np.array([reading.time_seconds for reading in report.readings], dtype=np.float64)
    curves = np.array([[getattr(r, name) for r in report.readings] for name in _CURVES.values()], dtype=np.float64)
    kept = thinned(times, curves, MOST_POINTS)
    return {
        "time": [round(float(t), 3) for t in times[kept]],
        **{key: [short(v) for v in values[kept]] for key, values in zip(_CURVES, curves, strict=True)},
        "plans": [[round(start, 3), *_numbers(plan)] for start, plan in plan_steps(report)],
        "end": round(end_seconds(report), 3),
        "readings": len(times),
    }


def thinned(times: NDArray[np.float64], curves: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Choose readings so that each curve keeps its lowest and highest value in every stretch of time.

    Parameters
    ----------
    times : ndarray, shape (readings,)
        In seconds, ascending.
    curves : ndarray, shape (curves, readings)
        NaN where a curve has no value.
    most : int
        Readings to be chosen at most; 8 or more.

    Returns
    -------
    ndarray of int
        Indices, ascending; all of them if there are few enough.

    Examples
    --------
    >>> values = np.zeros((1, 1000))
    >>> values[0, 503] = 1
    >>> kept = thinned(np.arange(1000.0), values, 50)
    >>> bool(len(kept) <= 50), bool(503 in kept), kept[0].item(), kept[-1].item()
    (True, True, 0, 999)
    """
    count = len(times)
    if count <= most:
        return np.arange(count)
    finite = np.where(np.isfinite(curves), curves, np.nan)
    span = max(float(times[-1] - times[0]), 1e-9)
    # The curves' extremes often fall together, so that more stretches fit than the worst case has room for.
    least = max(1, (most - 2) // (2 * len(curves)))
    for stretches in (3 * least, 2 * least, 3 * least // 2, least):
        at = np.minimum(((times - times[0]) / span * stretches).astype(np.int64), stretches - 1)
        kept = np.unique(np.concatenate([[0, count - 1], *(_extremes(at, values) for values in finite)]))
        if len(kept) <= most:
            break
    return kept


def _extremes(at: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Where the lowest and the highest value of each stretch are; its first reading where it has no value at all."""
    order = np.lexsort((values, at))  # NaN goes last within its stretch
    first = np.flatnonzero(np.diff(at[order], prepend=-1))
    known = np.add.reduceat(~np.isnan(values[order]), first, dtype=np.int64)
    return np.concatenate([order[first], order[first + np.maximum(known - 1, 0)]])


def plan_steps(report: LoaderReport) -> list[tuple[float, Plan]]:
    """List from when on which plan was in use; the last 300 of them, the first from the beginning.

    Returns
    -------
    list of (float, Plan)
        Seconds since the loader began, ascending.
    """
    # At one time a reading comes first: it was taken with the plan that was then changed.
    told = [(reading.time_seconds, 0, reading.plan) for reading in report.readings]
    told += [(change.time_seconds, 1, change.after) for change in report.changes]
    told.sort(key=lambda event: event[:2])
    first = report.changes[0] if report.changes else None
    opening = first.before if first and first.time_seconds <= told[0][0] else (told[0][2] if told else report.plan)
    steps = [(0.0, opening)]
    for time, _, plan in [*told, (end_seconds(report), 2, report.plan)]:
        if plan != steps[-1][1]:
            steps.append((float(time), plan))
    steps = steps[-_MOST_STEPS:]
    return [(0.0, steps[0][1]), *steps[1:]]


def end_seconds(report: LoaderReport) -> float:
    """When the last thing that the report tells of was, in seconds since the loader began."""
    last = [events[-1].time_seconds for events in (report.readings, report.changes) if events]
    return float(max(last, default=0.0))


def decisions(report: LoaderReport) -> dict[str, Any]:
    """Write the changes, oldest first; of very many the newest.

    Returns
    -------
    dict
        ``rows`` with ``time`` in seconds, ``epoch``, ``batch``, ``before`` and ``after`` (processes, threads, batches
        ahead) and ``reason``; ``total``, how many there were.
    """
    rows: list[dict[str, Any]] = []
    room = _DECISIONS_ROOM
    for row in _decisions_backwards(report.changes):
        room -= len(json.dumps(row)) + 2
        if room < 0:
            break
        rows.append(row)
    return {"rows": rows[::-1], "total": len(report.changes)}


def _decisions_backwards(changes: tuple[Change, ...]) -> Iterator[dict[str, Any]]:
    for change in reversed(changes):
        reason = " ".join(change.reason.split())
        yield {
            "time": round(float(change.time_seconds), 3),
            "epoch": int(change.epoch),
            "batch": int(change.batch),
            "before": _numbers(change.before),
            "after": _numbers(change.after),
            "reason": reason if len(reason) <= _MOST_REASON else reason[: _MOST_REASON - 2] + " …",
        }


def _numbers(plan: Plan) -> list[int]:
    return [plan.processes, plan.threads, plan.prefetch]


def short(value: float) -> float | None:
    """Four significant digits; None for what is no number, which JSON cannot hold."""
    return float(f"{value:.4g}") if math.isfinite(value) else None
