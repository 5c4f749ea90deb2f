"""Markdown as HTML that asks for nothing outside the page."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from typing import Any

__all__ = ["markdown_html"]


def markdown_html(
    source: str, *, attachments: Mapping[str, Mapping[str, str]] | None = None, trusted: bool = False
) -> str:
    """Render a notebook's Markdown.

    Parameters
    ----------
    source : str
        Markdown, as JupyterLab reads it.
    attachments : mapping, optional
        Pictures that the cell carries: name to {MIME type: base64}.
    trusted : bool
        A cell is its author's own text and may hold HTML. What a cell *printed* may hold a file's name: there HTML
        becomes text, and a link runs no script.

    Returns
    -------
    str
        HTML. A picture that is neither attached nor a ``data:`` address is replaced by its description: a page in one
        file cannot reach it.
    """
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    carried = {name: _data_address(kinds) for name, kinds in (attachments or {}).items() if kinds}

    class Renderer(IPythonRenderer):  # type: ignore[misc] # nbconvert is untyped
        def image(self, text: str, url: str, title: str | None = None) -> str:
            found = carried.get(url.removeprefix("attachment:")) if url.startswith("attachment:") else url
            if found is None or not found.startswith("data:image/"):
                return f'<span class="absent-picture">[picture: {html.escape(text or url)}]</span>'
            named = f' title="{html.escape(title)}"' if title else ""
            return f'<img src="{html.escape(found)}" alt="{html.escape(text)}"{named}>'

    renderer = Renderer(escape=not trusted, allow_harmful_protocols=trusted, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(source))


def _data_address(kinds: Mapping[str, Any]) -> str:
    mime, content = next(iter(kinds.items()))
    if mime == "image/svg+xml":  # kept as text by some editors, as base64 by others
        text = content if isinstance(content, str) else "".join(content)
        content = base64.b64encode(text.encode()).decode() if text.lstrip().startswith("<") else text
    return f"data:{mime};base64,{''.join(''.join(content).split())}"
