"""A transcript's diff where no script runs: only tags and attributes that JupyterLab's sanitiser lets through."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audiokit_widgets.diff_facts import KINDS, SIGNS, context, errors_of
from audiokit_widgets.diff_facts import summary as told
from audiokit_widgets.wording import clock, counted

if TYPE_CHECKING:
    from audiokit.speech.alignment import AlignedWord, Alignment

__all__ = ["diff_html"]

_MOST_ROWS = 200
_MOST_WORDS = 2000
_FEW_WORDS = 120


def diff_html(
    *,
    title: str,
    summary: str,
    notes: Sequence[str],
    alignment: Alignment,
    audio: str,
    picture: str,
    duration_seconds: float,
) -> str:
    """Write the rates, the sound, the picture, the aligned text and the errors as a table.

    Parameters
    ----------
    alignment : Alignment
        What is shown.
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
    rates = told(alignment)
    name = title or "the audio"
    alt = html.escape(f"Waveform, spectrogram and word errors of {name}, {clock(duration_seconds)}. {rates}")
    parts = [
        f"<div><strong>{html.escape(title or 'Audio')}</strong> "
        f"<small>{clock(duration_seconds)} · {html.escape(summary)}</small></div>",
        f"<div><strong>{rates}</strong></div>",
        audio,
        f'<img src="data:image/png;base64,{picture}" alt="{alt}" width="100%">',
        *(f"<div>⚠ {html.escape(note)}</div>" for note in notes),
        _text(alignment),
        _errors(alignment),
    ]
    return f'<div class="audiokit-static">{"".join(parts)}</div>'


def _errors(alignment: Alignment) -> str:
    places = errors_of(alignment)
    if not places:
        return "<div>No errors.</div>"
    rows = "".join(_row(alignment.words, place) for place in places[:_MOST_ROWS])
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("at", "error", "reference", "transcript", "context"))
    more = f"<div>The first {_MOST_ROWS} of {len(places)}.</div>" if len(places) > _MOST_ROWS else ""
    head = f"<summary>{counted(len(places), 'error')}</summary>"
    return f"<details>{head}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}</details>"


def _row(words: Sequence[AlignedWord], place: int) -> str:
    word = words[place]
    at = "" if word.start_seconds is None else clock(word.start_seconds)
    before, after = (html.escape(text) for text in context(words, place))
    shown = f"{before} <strong>[{html.escape(word.said) or '+'}]</strong> {after}"
    return (
        f'<tr><td align="right">{at}</td><td align="left">{SIGNS[word.kind]} {KINDS[word.kind]}</td>'
        f'<td align="left">{html.escape(word.said)}</td><td align="left">{html.escape(word.heard)}</td>'
        f'<td align="left">{shown}</td></tr>'
    )


def _text(alignment: Alignment) -> str:
    words = alignment.words
    shown = " ".join(_word(word) for word in words[:_MOST_WORDS])
    more = f"<div>The first {_MOST_WORDS} of {len(words)} words.</div>" if len(words) > _MOST_WORDS else ""
    key = "<small>≠ reference → transcript; − missing; + inserted</small>"
    inner = f"<div>{shown}</div><div>{key}</div>{more}"
    return inner if len(words) <= _FEW_WORDS else f"<details><summary>Word by word</summary>{inner}</details>"


def _word(word: AlignedWord) -> str:
    said, heard = html.escape(word.said), html.escape(word.heard)
    if word.kind == "equal":
        return said
    inner = {"substituted": f"<del>{said}</del> → <ins>{heard}</ins>", "missing": f"<del>{said}</del>"}
    return f"<strong>[{SIGNS[word.kind]} {inner.get(word.kind, f'<ins>{heard}</ins>')}]</strong>"
