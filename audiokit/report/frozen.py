"""One page from an executed notebook: no network, no kernel, and its widgets still work.

Each widget's static picture and ``<audio>`` stand in the page as they are in the notebook; a small host
(``page/host.js``) then runs the widget's own ES module in their place, on the state that the notebook saved. Models
that others only refer to ("anywidget:<id>", as views refer to their sound) come along. Code is stored once per widget
class and deflated, and bytes that already stand in a static view (a sound, which is known by its hash, or a picture)
are taken from there: a sound that several views hold stands in the first of them (``page_widgets.py``).
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from audiokit.report.metrics import METRIC_MIME, metrics_of
from audiokit.report.page_tables import arranged
from audiokit.report.page_widgets import Widgets
from audiokit.report.prose import markdown_html

__all__ = ["Failure", "freeze"]

_VIEW_MIME = "application/vnd.jupyter.widget-view+json"
# Best first: what a page can show without running anything
_STATIC_MIMES = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/latex", "text/plain")
_LONGEST_SAID = 400  # of an error's message, at the top of the page; all of it stands at its cell
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline' blob:; "
    "img-src data: blob:; media-src data: blob:; connect-src data: blob:; font-src data:"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a notebook stopped.

    Parameters
    ----------
    cell_index : int
        From 0.
    error_name, message : str
        As raised.
    error_class : type or None
        The class in `audiokit.errors`, if it is one of ours.
    """

    cell_index: int
    error_name: str
    message: str
    error_class: type[Exception] | None

    @property
    def cell_number(self) -> int:
        """The cell's place, counted from 1 as people do."""
        return self.cell_index + 1


def freeze(notebook: Mapping[str, Any], *, title: str = "Report", failure: Failure | None = None) -> str:
    """Write an executed notebook as one self-contained HTML page.

    Parameters
    ----------
    notebook : mapping
        An executed notebook (nbformat 4) with its widget state.
    title : str
        For the browser's tab.
    failure : Failure, optional
        Marks the page as failed and points to the cell.

    Returns
    -------
    str
        HTML. A content security policy in it forbids every request to another place.
    """
    widgets = Widgets(notebook)
    widgets.look_at(_static(output.get("data", {})) for cell in notebook["cells"] for output in cell.get("outputs", []))
    parts = [_cell(cell, index, widgets, failure) for index, cell in enumerate(notebook["cells"])]
    if failure is not None and failure.cell_index + 1 < len(parts):
        parts.insert(failure.cell_index + 1, '<p class="not-run">Nothing below this line ran.</p>')
    body = "\n".join(parts)
    banner = "" if failure is None else _banner(failure)
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    heading = f"FAILED: {title}" if failure else title
    return "".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f"<title>{html.escape(heading)}</title>\n<style>\n{_asset('page.css')}\n{_highlight_css()}\n</style>\n</head>\n",
            f'<body class="{"failed" if failure else "ok"}">\n<main>\n',
            f'<div class="toolbar"><span>{html.escape(title)} · {made}</span>'
            '<label><input type="checkbox" id="show-code"> show all code</label></div>\n',
            widgets.definitions(),
            f"{banner}{body}\n</main>\n",
            widgets.scripts(),
            f'<script type="module">\n{_asset("host.js")}\n</script>\n</body>\n</html>\n',
        )
    )


def _banner(failure: Failure) -> str:
    said = failure.message if len(failure.message) <= _LONGEST_SAID else failure.message[:_LONGEST_SAID] + " …"
    return (
        '<div class="failure" role="alert"><p><strong>This report failed.</strong> '
        f'<a href="#cell-{failure.cell_number}">Cell {failure.cell_number}</a> raised '
        f"<code>{html.escape(failure.error_name)}</code>; what follows it did not run.</p>"
        f"<p>{html.escape(said)}</p></div>\n"
    )


def _cell(cell: Mapping[str, Any], index: int, widgets: Widgets, failure: Failure | None) -> str:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        prose = markdown_html(source, attachments=cell.get("attachments"), trusted=True)
        return f'<section class="prose" id="cell-{index + 1}">{prose}</section>'
    if cell["cell_type"] != "code" or not source.strip():
        return ""
    failed_here = failure is not None and failure.cell_index == index
    outputs = "".join(_output(output, widgets) for output in _joined(cell.get("outputs", []))) + _metrics(cell)
    tags = cell.get("metadata", {}).get("tags", [])
    label = {"parameters": "parameters", "injected-parameters": "parameters of this run"}.get(
        next((tag for tag in tags if "parameters" in tag), ""), "code"
    )
    opened = " open" if failed_here else ""
    silent = "" if outputs or failed_here else " silent"
    return (
        f'<section class="code{silent}{" failed-cell" if failed_here else ""}" id="cell-{index + 1}">'
        f"<details{opened}><summary>{label}</summary>{_highlight(source)}</details>{outputs}</section>"
    )


def _output(output: Mapping[str, Any], widgets: Widgets) -> str:
    kind = output["output_type"]
    if kind == "stream":
        css = "stderr" if output.get("name") == "stderr" else "stdout"
        text = _as_a_terminal("".join(output["text"]))
        return f'<pre class="{css}">{_ansi(text)}</pre>' if text.strip() else ""
    if kind == "error":
        trace = "\n".join(output.get("traceback", []))
        return (
            f'<pre class="error">{html.escape(output["ename"])}: {html.escape(output["evalue"])}</pre>'
            f'<details class="trace"><summary>traceback</summary><pre>{_ansi(trace)}</pre></details>'
        )
    data = output.get("data", {})
    if METRIC_MIME in data:
        return ""  # told together, at the end of the cell
    static = _static(data)
    model_id = data.get(_VIEW_MIME, {}).get("model_id", "")
    if widgets.knows(model_id):
        return widgets.mount(model_id, static)
    static = widgets.placed(static)
    return f'<div class="output">{arranged(static)}</div>' if static else ""


def _joined(outputs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put together what one stream wrote in pieces: a progress bar goes back over what stands in an earlier one."""
    joined: list[Mapping[str, Any]] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" == last.get("output_type") and output.get("name") == last.get("name"):
            joined[-1] = {**output, "text": "".join(last["text"]) + "".join(output["text"])}
        else:
            joined.append(output)
    return joined


def _as_a_terminal(text: str) -> str:
    r"""Keep of each line what a terminal would show in the end: a carriage return goes back to its start.

    Examples
    --------
    >>> _as_a_terminal("10 %\r100 %\ndone\r\n")
    '100 %\ndone\n'
    """
    lines = []
    for line in text.split("\n"):
        shown = ""
        for piece in line.split("\r"):
            shown = piece + shown[len(piece) :]
        lines.append(shown.rstrip() if "\r" in line else shown)
    return "\n".join(lines)


def _metrics(cell: Mapping[str, Any]) -> str:
    rows = metrics_of({"cells": [cell]})
    rows.pop("summary", None)  # lines for a terminal, which say nothing that the page does not
    if not rows:
        return ""
    cells = ((html.escape(name), html.escape(_shown(value))) for name, value in rows.items())
    body = "".join(f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in cells)
    return f'<table class="metrics"><tbody>{body}</tbody></table>'


def _shown(value: object) -> str:
    """Four significant digits are enough for a reader; the JSON file beside the page has them all."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        if any(isinstance(item, Mapping) for item in value.values()):
            return "\n".join(f"{key}: {_shown(item)}" for key, item in value.items())
        return ", ".join(f"{key} {_shown(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value) or "none"
    if value is None:
        return "none"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _static(data: Mapping[str, Any]) -> str:
    for mime in _STATIC_MIMES:
        if mime not in data:
            continue
        content = _text(data[mime])
        if mime in ("text/html", "image/svg+xml"):
            return content
        if mime.startswith("image/"):
            alternative = html.escape(_text(data.get("text/plain", "")))
            return f'<img src="data:{mime};base64,{"".join(content.split())}" alt="{alternative}">'
        if mime == "text/markdown":
            return markdown_html(content)
        return f"<pre>{html.escape(content)}</pre>"
    return ""


def _text(content: str | list[str]) -> str:
    return content if isinstance(content, str) else "".join(content)


def _highlight(source: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return str(highlight(source, PythonLexer(), HtmlFormatter(cssclass="highlight")))


def _highlight_css() -> str:
    from pygments.formatters import HtmlFormatter

    # The formatter's own line-number rules are for tables that are not used here.
    light = HtmlFormatter(style="default").get_token_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_token_style_defs(".highlight")
    return "\n".join([*light, "@media (prefers-color-scheme: dark) {", *dark, "}"])


def _ansi(text: str) -> str:
    from nbconvert.filters import ansi2html

    return str(ansi2html(text))


def _asset(name: str) -> str:
    return resources.files("audiokit.report").joinpath("page", name).read_text(encoding="utf-8")
