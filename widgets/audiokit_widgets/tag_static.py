"""A tag card where no script runs: only tags and attributes that JupyterLab's sanitiser lets through."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from audiokit_widgets.wording import clock

__all__ = ["card_html"]


def card_html(
    *,
    title: str,
    summary: str,
    notes: Sequence[str],
    facts: Mapping[str, Any],
    audio: str,
    picture: str,
    duration_seconds: float,
) -> str:
    """Write the branches, the sound, the picture of the lanes, and where the time went.

    Parameters
    ----------
    facts : mapping
        See `audiokit_widgets.tag_facts.card_facts`.
    audio : str
        HTML of the sound's element.
    picture : str
        Base64 of the PNG.
    title, summary, notes, duration_seconds
        Of the sound.

    Returns
    -------
    str
        All text escaped.
    """
    told = "; ".join(f"{b['title']}: {b['word']} ({b['state']})" for b in facts["branches"])
    alt = html.escape(f"Waveform, spectrogram and lanes of {title or 'the audio'}, {clock(duration_seconds)}. {told}")
    head = f"{clock(duration_seconds)} · {summary} · {facts['summary']}"
    parts = [
        f"<div><strong>{html.escape(title or 'Audio')}</strong> <small>{html.escape(head)}</small></div>",
        "<table><thead><tr>"
        + "".join(f'<th scope="col">{h}</th>' for h in ("", "found", "state", "why"))
        + f"</tr></thead><tbody>{''.join(map(_row, facts['branches']))}</tbody></table>",
        audio,
        f'<img src="data:image/png;base64,{picture}" alt="{alt}" width="100%">',
    ]
    parts += [f"<div>⚠ {html.escape(note)}</div>" for note in (*notes, *facts["notes"])]
    models = ", ".join(facts["models"]) or "none"
    parts.append(f"<div><small>Models that ran: {html.escape(models)}</small></div>")
    if facts["stages"]:
        parts.append(_stages(facts["stages"]))
    return f'<div class="audiokit-static">{"".join(parts)}</div>'


def _row(branch: Mapping[str, Any]) -> str:
    below = f"<br><small>{html.escape(branch['below'])}</small>" if branch["below"] else ""
    scores = ", ".join(f"{label} {score:.0%}" for label, score in branch["scores"])
    least = "" if branch["threshold"] is None else f"; at least {branch['threshold']:.0%} is wanted"
    small = [*([f"{branch['of']}: {scores}{least}."] if scores else []), *branch["notes"]]
    lines = "".join(f"<br><small>{html.escape(line)}</small>" for line in small)
    return (
        f'<tr><th scope="row" align="left">{html.escape(branch["title"])}</th>'
        f'<td align="left"><strong>{html.escape(branch["word"])}</strong>{below}</td>'
        f'<td align="left">{branch["mark"]} {branch["state"]}</td>'
        f'<td align="left">{html.escape(branch["sentence"])}{lines}</td></tr>'
    )


def _stages(stages: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f'<tr><th scope="row" align="left">{html.escape(stage["name"])}</th><td align="left">{stage["branch"]}</td>'
        f'<td align="right">{stage["start"]:.1f}</td><td align="right">{stage["end"] - stage["start"]:.1f}</td></tr>'
        for stage in stages
    )
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("stage", "branch", "from (ms)", "took (ms)"))
    return (
        "<details><summary>Where each millisecond went</summary><table>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details>"
    )
