"""One page from an executed notebook: no network, no kernel, and its widgets still work.

Each widget's static picture and ``<audio>`` stand in the page as they are in the notebook; a small host
(``page/host.js``) then runs the widget's own ES module in their place, on the state that the notebook saved. Models
that others only refer to ("anywidget:<id>", as views refer to their sound) come along. Code is stored once per widget
class and deflated, and bytes that already stand in the static view (a sound, which is known by its hash, or a picture)
are taken from there.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from audiokit.report.metrics import METRIC_MIME, metrics_of
from audiokit.report.prose import markdown_html

__all__ = ["Failure", "freeze"]

_VIEW_MIME = "application/vnd.jupyter.widget-view+json"
_STATE_MIME = "application/vnd.jupyter.widget-state+json"
# Best first: what a page can show without running anything
_STATIC_MIMES = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/latex", "text/plain")
_REFERENCE = "anywidget:"  # what anywidget.WidgetTrait writes before a model's number
_AUDIO = re.compile(r'<audio\b[^>]*?\bsrc="data:[^;"]*;base64,([^"]*)"')
_MUCH_LESS = 0.9  # of the bytes: what packs no better is not worth unpacking
_SHORT_TEXT = 2000  # characters of code
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
    widgets = _Widgets(notebook)
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
            f"{banner}{body}\n</main>\n",
            widgets.scripts(),
            f'<script type="module">\n{_asset("host.js")}\n</script>\n</body>\n</html>\n',
        )
    )


class _Widgets:
    """The anywidget models of a notebook, stored once each."""

    def __init__(self, notebook: Mapping[str, Any]) -> None:
        saved = notebook.get("metadata", {}).get("widgets", {}).get(_STATE_MIME, {}).get("state", {})
        self._models: dict[str, Any] = {k: v for k, v in saved.items() if "_esm" in v.get("state", {})}
        self._digests = {str(v["state"].get("digest_bytes", "")) for v in self._models.values()} - {""}
        self._used: dict[str, dict[str, Any]] = {}
        self._shown: set[str] = set()
        self._code: dict[str, str] = {}

    def knows(self, model_id: str) -> bool:
        """Whether the model can run in a page."""
        return model_id in self._models

    def mount(self, model_id: str, static: str) -> str:
        """HTML that shows the static view, and where the host puts the live one."""
        if model_id in self._shown:  # shown again: the sound is in the page already
            static = "<p>The same widget as above.</p>"
        self._shown.add(model_id)
        self._take(model_id, static)
        return f'<div class="widget" data-model="{html.escape(model_id)}"><div class="static">{static}</div></div>'

    def marked(self, static: str) -> str:
        """Write at each ``<audio>`` whose bytes a model asks for by their hash what that hash is."""

        def mark(found: re.Match[str]) -> str:
            digest = hashlib.sha256(base64.b64decode(found[1])).hexdigest()
            return (
                found[0].replace("<audio", f'<audio data-sha256="{digest}"', 1) if digest in self._digests else found[0]
            )

        return _AUDIO.sub(mark, static) if self._digests else static

    def _take(self, model_id: str, static: str = "") -> None:
        """Store a model, and those that it refers to, unless they are stored already."""
        if model_id in self._used or model_id not in self._models:
            return
        self._used[model_id] = self._pack(self._models[model_id], static)
        for other in _references(self._used[model_id]["state"]):
            self._take(other)

    def _pack(self, saved: Mapping[str, Any], static: str) -> dict[str, Any]:
        state = {
            key: value for key, value in saved["state"].items() if _is_plain(value) and key not in ("_esm", "_css")
        }
        code = {key: self._store(saved["state"].get(key) or "") for key in ("_esm", "_css")}
        embedded = re.findall(r'<(?:audio|img)\b[^>]*?\bsrc="data:[^;"]*;base64,([^"]*)"', static)
        buffers = []
        for buffer in saved.get("buffers", []):
            data = buffer["data"].replace("\n", "")
            # The very bytes of an <audio> or <img> of the static view are not written a second time.
            held = {"element": embedded.index(data)} if data in embedded else _packed(base64.b64decode(data), "data")
            buffers.append({"path": buffer["path"], **held})
        return {"state": state, "buffers": buffers, **code}

    def _store(self, text: str) -> str:
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._code[key] = text
        return key

    def scripts(self) -> str:
        """Write the models and their code, as data."""
        if not self._used:
            return ""
        return "".join(
            f'<script type="application/json" id="{name}">{_json(content)}</script>\n'
            for name, content in (
                ("audiokit-models", self._used),
                ("audiokit-code", {key: _packed_text(text) for key, text in self._code.items()}),
            )
        )


def _packed(data: bytes, plain: str) -> dict[str, str]:
    """Write bytes as base64: deflated (RFC 1950) where that is much less, under the name ``plain`` where it is not."""
    deflated = zlib.compress(data, 9)
    if len(deflated) < _MUCH_LESS * len(data):
        return {"deflated": base64.b64encode(deflated).decode("ascii")}
    return {plain: base64.b64encode(data).decode("ascii")}


def _packed_text(text: str) -> str | dict[str, str]:
    """Write code deflated where it is long; what is short stays readable."""
    if len(text) < _SHORT_TEXT:
        return text
    return _packed(text.encode(), "data")


def _references(value: object) -> Iterator[str]:
    """Find the models that a state refers to."""
    if isinstance(value, str) and value.startswith(_REFERENCE):
        yield value.removeprefix(_REFERENCE)
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _references(item)


def _is_plain(value: object) -> bool:
    """Leave out references to other models (a layout), which a page has no manager for."""
    return not (isinstance(value, str) and value.startswith("IPY_MODEL_"))


def _json(content: object) -> str:
    # In a script element, "</" would end it and "<!--" would change how it is read.
    return json.dumps(_finite(content), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _finite(value: Any) -> Any:
    """Give null for NaN and infinity: Python writes them, JSON has no such numbers, and no browser reads them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def _banner(failure: Failure) -> str:
    said = failure.message if len(failure.message) <= _LONGEST_SAID else failure.message[:_LONGEST_SAID] + " …"
    return (
        '<div class="failure" role="alert"><p><strong>This report failed.</strong> '
        f'<a href="#cell-{failure.cell_number}">Cell {failure.cell_number}</a> raised '
        f"<code>{html.escape(failure.error_name)}</code>; what follows it did not run.</p>"
        f"<p>{html.escape(said)}</p></div>\n"
    )


def _cell(cell: Mapping[str, Any], index: int, widgets: _Widgets, failure: Failure | None) -> str:
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


def _output(output: Mapping[str, Any], widgets: _Widgets) -> str:
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
    static = widgets.marked(_static(data))
    model_id = data.get(_VIEW_MIME, {}).get("model_id", "")
    if widgets.knows(model_id):
        return widgets.mount(model_id, static)
    return f'<div class="output">{static}</div>' if static else ""


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
