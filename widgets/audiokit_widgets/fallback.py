"""Plain HTML for where no script runs: only tags and attributes that JupyterLab's sanitiser lets through."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from audiokit_widgets.wording import clock, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["sound_html", "table_html"]

_MOST_ROWS = 200


def sound_html(
    *,
    title: str,
    summary: str,
    notes: Sequence[str],
    audio: str,
    picture: str,
    segments: Sequence[dict[str, Any]],
    duration_seconds: float,
    show_table: bool = True,
) -> str:
    """Write a view of a sound without script: ``<audio>``, a picture, the notes and a table.

    Parameters
    ----------
    audio : str
        HTML of the sound's element; see `Sound.static_audio`.
    picture : str
        Base64 of the PNG.
    segments : sequence of dict
        With ``start``, ``end``, ``label`` and ``score``.
    show_table : bool
        Whether the segments are also listed.

    Returns
    -------
    str
        All other text escaped.
    """
    name = html.escape(title or "Audio")
    length = clock(duration_seconds)
    alt = html.escape(
        f"Waveform, log-mel spectrogram and {counted(len(segments), 'segment')} of {title or 'the audio'}, {length}"
    )
    parts = [
        f"<div><strong>{name}</strong> <small>{length} · {html.escape(summary)}</small></div>",
        audio,
        f'<img src="data:image/png;base64,{picture}" alt="{alt}" width="100%">',
    ]
    parts += [f"<div>⚠ {html.escape(note)}</div>" for note in notes]
    if segments and show_table:
        parts.append(f"<details><summary>{counted(len(segments), 'segment')}</summary>{table_html(segments)}</details>")
    return f'<div class="audiokit-static">{"".join(parts)}</div>'


def table_html(segments: Sequence[dict[str, Any]], *, caption: str = "") -> str:
    """Write segments as an accessible table; at most 200 rows, and then a line that says so."""
    scored = any(s["score"] is not None for s in segments)
    heads = ["start (s)", "end (s)", "duration (s)", "label", *(["score"] if scored else [])]
    rows = []
    for s in segments[:_MOST_ROWS]:
        cells = [f"{s['start']:.3f}", f"{s['end']:.3f}", f"{s['end'] - s['start']:.3f}"]
        body = (
            "".join(f'<td align="right">{c}</td>' for c in cells) + f'<td align="left">{html.escape(s["label"])}</td>'
        )
        if scored:
            body += f'<td align="right">{"" if s["score"] is None else format(s["score"], ".3f")}</td>'
        rows.append(f"<tr>{body}</tr>")
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    more = f"<div>The first {_MOST_ROWS} of {len(segments)}.</div>" if len(segments) > _MOST_ROWS else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{more}"
