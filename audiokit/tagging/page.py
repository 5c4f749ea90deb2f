"""A result as HTML: what is known in a table, and where in time, as a drawing that needs no script."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from audiokit.results import Segment, Status
from audiokit.tagging.words import headline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audiokit.results import Outcome
    from audiokit.tagging.result import TagResult

__all__ = ["result_html"]

_WIDTH, _LEFT, _ROW = 760, 70, 20
_HUES = {"speech": "#2f6fde", "music": "#d9730d", "noise": "#8a8f98", "silence": "none"}
_OTHER_HUES = ("#0f9d6b", "#8b46d6", "#d6336c", "#0c93a8")
_MOST_SPANS = 400  # more cannot be seen in a drawing of this width
_MARKS = {Status.OK: "✓", Status.ABSTAINED: "–", Status.UNAVAILABLE: "⌀", Status.FAILED: "✗"}


def result_html(result: TagResult) -> str:
    """Write a result.

    Parameters
    ----------
    result : TagResult
        What was found.

    Returns
    -------
    str
        A table with a row for each branch, a drawing of the lanes, and a line about how; all text escaped.
    """
    heads, said = headline(result), result.sentences()
    outcomes: dict[str, Outcome] = {"voice": result.voice, "mood": result.mood, "genre": result.genre}
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{branch}</th>'
        f'<td style="text-align:left"><strong>{html.escape(heads[branch])}</strong></td>'
        f'<td style="text-align:left">{_MARKS[outcome.status]} {outcome.status}</td>'
        f'<td style="text-align:left">{html.escape(said[branch])}{_small(outcome.notes)}</td></tr>'
        for branch, outcome in outcomes.items()
    )
    models = ", ".join(result.models_invoked) or "none"
    foot = f"{result.processing_ms:.0f} ms; models that ran: {models}"
    title = f"{result.name or 'untitled'}, {result.audio_seconds:.2f} s"
    warnings = "".join(f"<div>⚠ {html.escape(note)}</div>" for note in result.notes)
    return (
        f"<div><strong>{html.escape(title)}</strong></div>{warnings}"
        f"<table><tbody>{rows}</tbody></table>{_drawing(result.lanes, result.audio_seconds)}"
        f"<div><small>{html.escape(foot)}</small></div>"
    )


def _small(notes: tuple[str, ...]) -> str:
    return "".join(f"<br><small>{html.escape(note)}</small>" for note in notes)


def _drawing(lanes: Mapping[str, tuple[Segment, ...]], seconds: float) -> str:
    if not lanes or seconds <= 0:
        return ""
    parts, hues = [], dict(_HUES)
    for row, (name, spans) in enumerate(lanes.items()):
        top = row * _ROW
        parts.append(f'<text x="{_LEFT - 8}" y="{top + 13}" text-anchor="end" fill="currentColor">{name}</text>')
        for span in spans[:_MOST_SPANS]:
            if span.label not in hues:
                hues[span.label] = _OTHER_HUES[(len(hues) - len(_HUES)) % len(_OTHER_HUES)]
            x, end = (_LEFT + (_WIDTH - _LEFT) * t / seconds for t in (span.start_seconds, span.end_seconds))
            score = "" if span.score is None else f" {span.score:.2f}"
            told = html.escape(f"{span.label}{score}, {span.start_seconds:.2f} to {span.end_seconds:.2f} s")
            parts.append(
                f'<rect x="{x:.1f}" y="{top + 2}" width="{max(end - x, 1.5):.1f}" height="{_ROW - 5}" rx="2" '
                f'fill="{hues[span.label]}"><title>{told}</title></rect>'
            )
    shown = {span.label for spans in lanes.values() for span in spans[:_MOST_SPANS]} - {"silence"}
    legend, x = [], float(_LEFT)
    for label in [name for name in hues if name in shown]:
        top = len(lanes) * _ROW + 4
        legend.append(f'<rect x="{x:.0f}" y="{top}" width="10" height="10" rx="2" fill="{hues[label]}"/>')
        legend.append(f'<text x="{x + 14:.0f}" y="{top + 9}" fill="currentColor">{html.escape(label)}</text>')
        x += 28 + 6.5 * len(label)
    height = len(lanes) * _ROW + 20
    named = html.escape(f"Over {seconds:.1f} s: " + ", ".join(lanes))
    return (
        f'<svg role="img" aria-label="{named}" viewBox="0 0 {_WIDTH} {height}" width="100%" '
        f'style="max-width:{_WIDTH}px" font-size="12" font-family="sans-serif">{"".join(parts + legend)}</svg>'
    )
