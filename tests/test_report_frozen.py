"""The page as text: self-contained, escaped, each byte once. What it does in a browser is in browser/."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import zlib
from html.parser import HTMLParser

import nbformat
import pandas as pd
import pytest

from audiokit.report.frozen import Failure, freeze
from audiokit.report.metrics import METRIC_MIME
from audiokit.report.page_bytes import as_text, from_text

pytest.importorskip("nbconvert", reason="nbconvert is in the extra 'report'")

SOUND = base64.b64encode(bytes(range(256)) * 40).decode()
OTHER = base64.b64encode(random.Random(0).randbytes(250)).decode()  # packs no better
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
    assert page.count(as_text(base64.b64decode(OTHER))) == 1
    assert OTHER not in page
    two = freeze(widget_notebook(copies=2))
    assert two.count("export default { render() {") == 1


def test_long_code_and_what_packs_well_are_deflated():
    notebook = widget_notebook(copies=1)
    code, level = "export default {};\n" * 200, bytes(9000)
    for model in notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values():
        model["state"]["_esm"] = code
        model["buffers"] = [{"encoding": "base64", "path": ["level"], "data": base64.b64encode(level).decode()}]
    page = freeze(notebook)
    models, modules = (
        json.loads(re.search(f'id="audiokit-{name}">(.*?)</script>', page)[1]) for name in ("models", "code")
    )
    packed = models["m0"]["buffers"][0]["deflated"]
    assert zlib.decompress(from_text(packed)) == level
    assert json.loads(zlib.decompress(from_text(modules["deflated"])))[models["m0"]["_esm"]] == code
    assert len(packed) < len(level) / 10


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


def test_a_table_of_tables_has_a_line_for_each():
    def told(name, value):
        return nbformat.v4.new_output("display_data", {METRIC_MIME: {"name": name, "value": value}})

    outputs = [told("plain", {"a": 1, "b": 0.123456}), told("nested", {"<x>": {"a": 1, "b": 2.5}, "y": {"a": 3}})]
    page = freeze(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=outputs)]))
    assert "<td>a 1, b 0.1235</td>" in page
    assert "<td>&lt;x&gt;: a 1, b 2.5\ny: a 3</td>" in page


def test_words_in_a_table_of_pandas_begin_at_the_left():
    table = pd.DataFrame({"word": ["piano"], "score": [0.5]})._repr_html_()
    output = nbformat.v4.new_output("execute_result", {"text/html": table}, execution_count=1)
    page = freeze(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])]))
    assert '<td class="words">piano</td>' in page
    assert "<td>0.5</td>" in page


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
    assert page.index('class="code failed-cell"') < page.index("traceback</summary>")  # hidden by no other rule


def frozen(*outputs, markdown="", attachments=None):
    cells = [nbformat.v4.new_markdown_cell(markdown), nbformat.v4.new_code_cell("x", outputs=list(outputs))]
    if attachments:
        cells[0]["attachments"] = attachments
    return freeze(nbformat.v4.new_notebook(cells=cells))


def stream(text, name="stderr"):
    return nbformat.v4.new_output("stream", text=text, name=name)


def test_what_follows_a_failure_is_marked():
    cells = [nbformat.v4.new_code_cell("1/0"), nbformat.v4.new_markdown_cell("## After")]
    page = freeze(nbformat.v4.new_notebook(cells=cells), failure=Failure(0, "ZeroDivisionError", "x" * 5000, None))
    assert page.index('id="cell-1"') < page.index("Nothing below this line ran.") < page.index('id="cell-2"')
    assert "x" * 401 not in page  # at the top, no more than can be read


def test_numbers_that_json_does_not_know_stop_no_widget():
    notebook = widget_notebook(copies=1)
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    states["m0"]["state"]["levels"] = [1.5, float("nan"), {"deep": float("-inf")}]
    page = freeze(notebook)
    models = re.search(r'id="audiokit-models">(.*?)</script>', page)[1]

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    assert json.loads(models, parse_constant=refuse)["m0"]["state"]["levels"] == [1.5, None, {"deep": None}]


def test_bytes_inside_lists_and_dicts_keep_their_place():
    notebook = widget_notebook(copies=1)
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    states["m0"]["state"]["tiles"] = [{}, {}]
    states["m0"]["buffers"].append({"encoding": "base64", "path": ["tiles", 1, "png"], "data": OTHER + "\n"})
    other = as_text(base64.b64decode(OTHER))
    assert f'{{"path": ["tiles", 1, "png"], "data": "{other}"}}' in freeze(notebook)


def test_a_progress_bar_shows_its_last_state():
    page = frozen(stream("\r  0%|   | 0/2"), stream("\r 50%|#  | 1/2"), stream("\r100%|## | 2/2\n"), stream("done\r\n"))
    shown = re.findall(r'<pre class="stderr">(.*?)</pre>', page, re.DOTALL)
    assert shown == ["100%|## | 2/2\ndone\n"]
    assert "<pre class" not in frozen(stream("\r 50%"), stream("\r     \r"))  # a bar that cleared itself leaves nothing


def test_two_streams_are_not_mixed():
    page = frozen(stream("a", "stdout"), stream("b", "stderr"), stream("c", "stdout"))
    assert re.findall(r'<pre class="(std\w+)">(\w)</pre>', page) == [("stdout", "a"), ("stderr", "b"), ("stdout", "c")]


def test_a_name_in_printed_markdown_is_never_markup():
    hostile = "<img src=x onerror=alert(1)> [go](javascript:alert(1)) <script>alert(2)</script> **bold**"
    page = frozen(nbformat.v4.new_output("display_data", {"text/markdown": hostile}))
    assert "<img" not in page
    assert "<script>alert" not in page
    assert "javascript:" not in page
    assert "<strong>bold</strong>" in page


def test_a_cell_is_its_authors_own_text():
    assert "<kbd>Space</kbd>" in frozen(markdown="Press <kbd>Space</kbd>.")


def test_pictures_in_prose_are_in_the_page_or_named():
    page = frozen(
        markdown="![tree](attachment:t.png) ![lost](attachment:u.png) ![far](https://example.org/x.png) ![d](data:image/png;base64,AAAA)",
        attachments={"t.png": {"image/png": ["iVBO\n", "Rw0="]}},
    )
    assert '<img src="data:image/png;base64,iVBORw0=" alt="tree">' in page
    assert '<img src="data:image/png;base64,AAAA" alt="d">' in page
    assert "[picture: lost]" in page
    assert "[picture: far]" in page
    assert "example.org" not in page


def test_an_output_with_nothing_to_show_takes_no_room():
    output = nbformat.v4.new_output("display_data", {VIEW: {"model_id": "slider"}, "text/html": "", "text/plain": "S"})
    assert 'class="output"' not in frozen(output)


@pytest.mark.parametrize(("scheme", "paper"), [("light", "--page: #ffffff"), ("dark", "--page: #14171b")])
def test_letters_stand_out_from_the_page(scheme, paper):
    page = freeze(nbformat.v4.new_notebook())
    block = page[page.index(paper) : page.index("}", page.index(paper))]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))

    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]  # WCAG 2.2, relative luminance
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for name in ("ink", "soft", "accent", "good", "bad", "care"):
        for ground in ("page", "panel"):
            low, high = sorted((light(colours[name]), light(colours[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (scheme, name, ground)


def sound_notebook():
    """A view that refers to its sound, and a view of the same sound in another cell; the sound stands in the first."""
    digest = hashlib.sha256(base64.b64decode(SOUND)).hexdigest()
    saved = {
        "view": {"state": {"_esm": "export default {}", "sound": "anywidget:sound", "deep": [{"a": "anywidget:kit"}]}},
        "other": {"state": {"_esm": "export default {}", "sound": "anywidget:sound", "gone": "anywidget:gone"}},
        "sound": {
            "state": {"_esm": "export default { s }", "digest_bytes": digest, "back": "anywidget:view"},
            "buffers": [{"encoding": "base64", "path": ["outline"], "data": OTHER}],
        },
        "kit": {"state": {"_esm": "export default { k }"}},
        "unused": {"state": {"_esm": "export default { u }"}},
    }
    html = f'<audio controls src="data:audio/flac;base64,{SOUND}"></audio>'
    outputs = [
        nbformat.v4.new_output("display_data", {VIEW: {"model_id": name}, "text/html": text})
        for name, text in (("view", html), ("other", "<p>above</p>"), ("sound", html))
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("player", outputs=outputs)])
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": saved}}
    return notebook, digest


def test_models_that_views_refer_to_come_along():
    notebook, digest = sound_notebook()
    page = freeze(notebook)
    models = json.loads(re.search(r'id="audiokit-models">(.*?)</script>', page)[1])
    assert set(models) == {"view", "other", "sound", "kit"}
    assert models["sound"]["buffers"] == [{"path": ["outline"], "data": as_text(base64.b64decode(OTHER))}]
    assert page.count(f'<audio id="sound-{digest[:16]}" data-sha256="{digest}" controls') == 1
    assert page.count(SOUND) == 1  # the other view refers to it
    assert f'The sound is <a href="#sound-{digest[:16]}">above</a>.' in page
    assert page.count("The same widget as above") == 0  # what is referred to is not shown by that


def test_audio_that_no_model_asks_for_is_left_as_it_is():
    assert "<audio data-sha256" not in freeze(widget_notebook())


def test_a_sound_stays_in_the_page_where_cells_ran_in_another_order():
    """The cell that holds it shows, further down, a widget that was shown without it before."""
    notebook, digest = sound_notebook()
    first, second, *_ = notebook.cells[0].outputs
    first.data[VIEW], second.data[VIEW] = {"model_id": "view"}, {"model_id": "view"}
    first.data["text/html"], second.data["text/html"] = second.data["text/html"], first.data["text/html"]
    notebook.cells[0].outputs = [first, second]
    page = freeze(notebook)
    assert page.count(SOUND) == 1
    assert f'data-sha256="{digest}"' in page[page.index("The same widget as above") :]


def test_several_sounds_of_one_widget_are_known_by_their_hashes():
    notebook, digest = sound_notebook()
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    del states["sound"]["state"]["digest_bytes"]
    states["other"]["state"]["digests"] = ["0" * 64, digest]
    assert f'data-sha256="{digest}"' in freeze(notebook)


def test_what_a_widget_makes_again_of_a_sound_is_left_out_where_the_page_holds_it():
    notebook, _digest = sound_notebook()
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    states["sound"]["state"]["remade"] = ["outline"]

    def buffers():
        return json.loads(re.search(r'id="audiokit-models">(.*?)</script>', freeze(notebook))[1])["sound"]["buffers"]

    assert buffers() == [{"path": ["outline"], "data": ""}]
    for output in notebook.cells[0].outputs:
        output.data["text/html"] = "<p>no sound</p>"
    assert buffers() == [{"path": ["outline"], "data": as_text(base64.b64decode(OTHER))}]
