"""A loader's monitor where no script runs: only tags and attributes that JupyterLab's sanitiser lets through."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from audiokit_widgets.loader_words import amount, plan_label
from audiokit_widgets.wording import counted

__all__ = ["loader_html"]

_MOST_ROWS = 50


def loader_html(
    *, title: str, now: Mapping[str, Any], decisions: Mapping[str, Any], picture: str, message: str = ""
) -> str:
    """Write figures, the picture, the stages and the changes.

    Parameters
    ----------
    now, decisions : mapping
        See `audiokit_widgets.loader_words.now` and `audiokit_widgets.loader_readings.decisions`.
    picture : str
        Base64 of the PNG.
    message : str
        What went wrong, or empty.

    Returns
    -------
    str
        All text escaped.
    """
    told = ", ".join(f"{figure['name']} {figure['value']}" for figure in now["figures"])
    alt = html.escape(f"{title}: throughput, time waited and plan over time. {now['verdict']} Last: {told}")
    mark = {"good": "✓ ", "bad": "⚠ "}.get(now["tone"], "")
    parts = [
        f"<div><strong>{html.escape(title)}</strong> <small>{html.escape(now['summary'])}</small></div>",
        f"<div>{mark}{html.escape(now['verdict'])}</div>",
        _figures(now["figures"]),
        f'<img src="data:image/png;base64,{picture}" alt="{alt}" width="100%">',
    ]
    if message:
        parts.append(f"<div>⚠ {html.escape(message)}</div>")
    if now["stages"]:
        parts.append(_stages(now["stages"], now["slowest"]))
    if decisions["rows"]:
        parts.append(_changes(decisions["rows"], decisions["total"]))
    return f'<div class="audiokit-static">{"".join(parts)}</div>'


def _figures(figures: Sequence[Mapping[str, str]]) -> str:
    heads = "".join(f'<th scope="col">{html.escape(figure["name"])}</th>' for figure in figures)
    values = "".join(
        f'<td align="left"><strong>{html.escape(figure["value"])}</strong>'
        f"{'<br><small>' + html.escape(figure['note']) + '</small>' if figure['note'] else ''}</td>"
        for figure in figures
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody><tr>{values}</tr></tbody></table>"


def _stages(stages: Sequence[Sequence[Any]], slowest: str) -> str:
    rows = "".join(
        f'<tr><th scope="row" align="left">{html.escape(name)}{" (slowest)" if name == slowest else ""}</th>'
        f'<td align="right">{amount(float("nan") if ms is None else ms)}</td></tr>'
        for name, ms in stages
    )
    return (
        "<details><summary>Stages of one item</summary><table><thead><tr>"
        f'<th scope="col">stage</th><th scope="col">ms an item</th></tr></thead><tbody>{rows}</tbody></table></details>'
    )


def _changes(rows: Sequence[Mapping[str, Any]], total: int) -> str:
    newest = list(rows)[::-1][:_MOST_ROWS]
    body = "".join(
        f'<tr><td align="right">{row["time"]:.1f} s</td><td align="left">{_plan(row["before"], row["after"])}</td>'
        f'<td align="left">{html.escape(row["reason"])}</td></tr>'
        for row in newest
    )
    more = f"<div>The newest {len(newest)} of {total:,}.</div>" if total > len(newest) else ""
    return (
        f"<details open><summary>{counted(total, 'decision')}</summary><table><thead><tr>"
        '<th scope="col">time</th><th scope="col">plan</th><th scope="col">reason</th>'
        f"</tr></thead><tbody>{body}</tbody></table>{more}</details>"
    )


def _plan(before: Sequence[int], after: Sequence[int]) -> str:
    if list(before) == list(after):
        return f"stays {plan_label(after)}"
    ahead = f", {before[2]} → {after[2]} ahead" if before[2] != after[2] else ""
    if list(before[:2]) == list(after[:2]):
        return f"{plan_label(after)}{ahead}"
    return f"{plan_label(before)} → {plan_label(after)}{ahead}"
