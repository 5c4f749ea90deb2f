"""What a loader's report says, in the words and figures that the page, the picture's table and the text share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audiokit_widgets.loader_readings import short
from audiokit_widgets.wording import counted

if TYPE_CHECKING:
    from audiokit.training.loader.plan import Plan
    from audiokit.training.loader.report import LoaderReport

__all__ = ["NOTHING", "amount", "now", "plan_label", "plan_words"]

NOTHING = "Nothing measured yet."
_NONE = "\N{EN DASH}"
_STEP = "step"  # `LoaderReport.slowest_stage`, where training is the slower side
_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def now(report: LoaderReport) -> dict[str, Any]:
    """Say how the loader is doing.

    Returns
    -------
    dict
        ``verdict`` and ``tone`` (``"good"``, ``"bad"`` or empty), ``summary``, ``figures`` (each with ``name``,
        ``value``, ``note`` and ``tone``), ``stages`` (name, milliseconds an item or None) and ``slowest``.
    """
    verdict, tone = _verdict(report)
    stages = [(str(name), short(1000 * seconds)) for name, seconds in report.stages.items()]
    return {
        "verdict": verdict,
        "tone": tone,
        "summary": _summary(report),
        "figures": _figures(report, tone),
        "stages": [list(stage) for stage in stages],
        "slowest": max(stages, key=lambda stage: stage[1] or 0.0, default=("", None))[0],
    }


def amount(value: float, unit: str = "") -> str:
    """Write a figure with the digits that a reader needs; a dash where there is none.

    Examples
    --------
    >>> amount(1234.5), amount(45.67, "ms"), amount(3.14159), amount(0.0123), amount(float("nan"), "ms")
    ('1,234', '45.7 ms', '3.14', '0.012', '–')
    """
    if not math.isfinite(value):
        return _NONE
    size = abs(value)
    digits = 0 if size >= 100 else (1 if size >= 10 else (2 if size >= 1 or not size else 3))
    text = f"{value:,.{digits}f}" if size else "0"
    return f"{text} {unit}" if unit else text


def plan_words(plan: Plan) -> str:
    """Write a plan with the batches that are made ahead.

    Examples
    --------
    >>> from audiokit.training.loader.plan import Plan
    >>> plan_words(Plan(2, 3, 4))
    '2 processes × 3 threads, 4 batches ahead'
    """
    return f"{str(plan).replace(' x ', ' × ')}, {counted_plain(plan.prefetch, 'batch', 'batches')} ahead"


def plan_label(numbers: Sequence[int]) -> str:
    """Write processes and threads shortly.

    Examples
    --------
    >>> plan_label([2, 3, 4]), plan_label([0, 1, 2])
    ('2 × 3', '1 thread')
    """
    processes, threads = numbers[:2]
    return f"{processes} × {threads}" if processes else counted(threads, "thread")


def counted_plain(count: int, one: str, many: str) -> str:
    """Write a count with a noun whose plural is its own.

    Examples
    --------
    >>> counted_plain(1, "batch", "batches"), counted_plain(12_000, "batch", "batches")
    ('1 batch', '12,000 batches')
    """
    return f"{count:,} {one if count == 1 else many}"


def _verdict(report: LoaderReport) -> tuple[str, str]:
    if not report.batches:
        return NOTHING, ""
    if math.isnan(report.headspace):
        return "Not enough measured yet to say who waits.", ""
    if report.headspace >= 1:
        return "The loader keeps up.", "good"
    return "Training waits for the loader.", "bad"


def _summary(report: LoaderReport) -> str:
    if not report.batches:
        return plan_words(report.plan)
    parts = [f"{counted(report.items, 'item')} in {counted_plain(report.batches, 'batch', 'batches')}"]
    if report.bytes_per_batch > 0:
        scale, unit = next((pair for pair in _UNITS if report.bytes_per_batch >= pair[0]), (1.0, "bytes"))
        parts.append(f"{amount(report.bytes_per_batch / scale, unit)} a batch")
    if report.readings:
        parts.append(f"epoch {report.readings[-1].epoch}")
    return " · ".join(parts)


def _figures(report: LoaderReport, tone: str) -> list[dict[str, str]]:
    waited = f"{100 * report.wait_share:.1f} %" if math.isfinite(report.wait_share) else _NONE
    headspace = f"{report.headspace:.2f}" if report.headspace < 10 else amount(report.headspace)
    step = f"a step takes {amount(1000 * report.step_seconds, 'ms')}" if math.isfinite(report.step_seconds) else ""
    could = f"could make {amount(report.made_per_second)}" if math.isfinite(report.made_per_second) else ""
    slowest = report.slowest_stage if report.batches else ""
    if slowest == _STEP:
        slowest, cost = "the step", "training is the slower side"
    else:
        cost = f"{amount(1000 * report.stages[slowest], 'ms')} an item" if slowest else ""
    keeps = {"good": "the loader keeps up", "bad": "training waits"}.get(tone, "")
    numbers, ahead = [report.plan.processes, report.plan.threads], f"{report.plan.prefetch} ahead"
    failed = "bad" if report.failures else ""
    return [
        _figure("items a second", amount(report.items_per_second), could),
        _figure("time waited", waited, step),
        _figure("headspace", headspace, keeps, tone),
        _figure("slowest", slowest or _NONE, cost),
        _figure("failures", f"{report.failures:,}", "items that could not be made" if failed else "", failed),
        _figure("plan", plan_label(numbers), f"{'settled' if report.settled else 'searching'}, {ahead}"),
    ]


def _figure(name: str, value: str, note: str, tone: str = "") -> dict[str, str]:
    return {"name": name, "value": value, "note": note, "tone": tone}
