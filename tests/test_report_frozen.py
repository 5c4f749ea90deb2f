"""The page as text: self-contained, escaped, each byte once. What it does in a browser is in browser/."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import nbformat
import pytest

from audiokit.report.frozen import Failure, freeze

pytest.importorskip("nbconvert", reason="nbconvert is in the extra 'report'")

SOUND = base64.b64encode(bytes(range(256)) * 40).decode()
OTHER = base64.b64encode(b"peaks" * 50).decode()
VIEW = "application/vnd.jupyter.widget-view+json"


def widget_notebook(copies=2):
    html = f'<audio controls src="data:audio/flac;base64,{SOUND}"></audio>'
    outputs = [
        nbformat.v4.new_output("display_data", {VIEW: {"model_id": f"m{i % 2}"}, "text/html": html, "text/plain": "P"})
        for i in range(copies)
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("player", outputs=outputs)])
    state = {
        "_esm": "export default { render() { /* </script> */ } }", "_css": "b{}", "layout": "IPY_MODEL_x", "name": "</script><!--",
    }  # fmt: skip
    buffers = [
        {"encoding": "base64", "path": ["sound"], "data": SOUND},
        {"encoding": "base64", "path": ["peaks"], "data": OTHER},
    ]
    saved = {f"m{i}": {"model_name": "AnyModel", "state": dict(state), "buffers": buffers} for i in range(2)}
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": saved, "version_major": 2, "version_minor": 0}
    }
    return notebook


def test_sound_and_code_are_stored_once():
    page = freeze(widget_notebook(copies=1))
    assert page.count(SOUND) == 1  # in the <audio>, and nowhere else
    assert page.count(OTHER) == 1
    two = freeze(widget_notebook(copies=2))
    assert two.count("export default { render() {") == 1


def test_nothing_ends_a_script_early():
    page = freeze(widget_notebook(copies=1))

    class Scripts(HTMLParser):
        ended = 0

        def handle_endtag(self, tag):
            self.ended += tag == "script"

    parser = Scripts()
    parser.feed(page)
    assert parser.ended == page.count("<script") == 3
    assert "IPY_MODEL" not in page


def test_other_widgets_show_their_static_picture():
    output = nbformat.v4.new_output("display_data", {VIEW: {"model_id": "slider"}, "image/svg+xml": "<svg></svg>"})
    page = freeze(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("w", outputs=[output])]))
    assert "<svg></svg>" in page
    assert 'data-model="slider"' not in page


def test_text_is_escaped_and_every_kind_of_output_is_shown():
    new = nbformat.v4.new_output
    outputs = [
        new("stream", text="a < b & \x1b[31mred\x1b[0m", name="stdout"),
        new("display_data", {"text/plain": "<script>alert(1)</script>"}),
        new("display_data", {"text/markdown": "**bold**"}),
        new("display_data", {"image/png": "iVBORw0KGgo=\n", "text/plain": '"x"'}),
        new("execute_result", {"text/html": "<table></table>", "text/plain": "no"}, execution_count=1),
    ]
    cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("x < y", outputs=outputs)]
    page = freeze(nbformat.v4.new_notebook(cells=cells), title="a <b>")
    for expected in (
        "a &lt; b &amp;", "&lt;script&gt;alert(1)", "<strong>bold</strong>", 'src="data:image/png;base64,iVBORw0KGgo="',
        "<table></table>", "<title>a &lt;b&gt;</title>",
    ):  # fmt: skip
        assert expected in page


def test_the_page_asks_for_nothing():
    page = freeze(widget_notebook())
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "@import" not in page


def test_a_failure_is_at_the_top_and_at_its_cell():
    error = nbformat.v4.new_output("error", ename="KeyError", evalue="<k>", traceback=["Traceback"])
    cells = [nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("d['k']", outputs=[error])]
    page = freeze(nbformat.v4.new_notebook(cells=cells), title="t", failure=Failure(1, "KeyError", "<k>", None))
    assert page.index("This report failed") < page.index('id="cell-2"')
    assert 'class="code failed-cell" id="cell-2"' in page
    assert "<k>" not in page
