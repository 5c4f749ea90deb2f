"""Nine widgets in ten places: each test does what a person would do there. They fill in the table of docs/widgets.md."""

import base64
import io
import json
import re

import numpy as np
import pytest
from accessibility import violations
from everywhere_hands import alone, live, record
from everywhere_keys import by_keyboard
from everywhere_light import in_a_good_light, lightness, shot
from everywhere_places import (
    FIRST,
    ROOTS,
    TELLS,
    WRITE_DOCS,
    Place,
    cells,
    every_widget,
    frozen_place,
    live_place,
    write_recordings,
    written_for_lab,
)
from fake_loader import SEARCH
from jupyter_page import CURRENT, opened, revived, run, wait_until
from monitor_page import answers
from works_table import DOCUMENT, PLACES, WIDGETS, differences, missing, written

from audiokit.report import freeze

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def recordings(home):
    write_recordings(home[0])
    return home[0]


@pytest.fixture(scope="module")
def executed(home, recordings):
    """The notebook after nbclient ran it: no page was there."""
    from nbclient import NotebookClient

    made = cells(take=True)
    NotebookClient(made, timeout=120).execute(cwd=str(recordings), env=home[1])
    return made


# where a kernel runs


@pytest.fixture(scope="module")
def live_lab(lab, recordings, new_shared_page):
    import nbformat

    nbformat.write(cells(), recordings / "everywhere.ipynb")
    return live_place(opened(new_shared_page, lab, "everywhere.ipynb", height=5000))


@pytest.fixture(scope="module")
def live_notebook(lab, recordings, new_shared_page):
    import nbformat

    pytest.importorskip("notebook", reason="no tests of Notebook 7: the package notebook is missing")
    nbformat.write(cells(), recordings / "everywhere7.ipynb")
    return live_place(opened(new_shared_page, lab, "everywhere7.ipynb", height=5000, place="notebooks"))


@every_widget
@pytest.mark.works_in("lab")
def test_live_in_lab_python_follows(live_lab, widget):
    live(live_lab, widget)
    assert live_lab.watched.external == []


@every_widget
@pytest.mark.works_in("notebook")
def test_live_in_notebook_7_python_follows(live_notebook, widget):
    live(live_notebook, widget)
    assert live_notebook.watched.external == []


# a notebook that was executed elsewhere


@pytest.fixture(scope="module")
def untrusted(lab, executed, recordings, new_shared_page):
    written_for_lab(executed, recordings / "everywhere-untrusted.ipynb", trusted=False)
    watched = opened(new_shared_page, lab, "everywhere-untrusted.ipynb", height=5000)
    return Place(watched, ".jp-Notebook .jp-Cell >> nth={}")


@every_widget
@pytest.mark.works_in("untrusted")
def test_untrusted_it_plays_and_shows_its_picture_without_script(untrusted, widget):
    cell = untrusted.cell(widget)
    static = cell.locator(".audiokit-static")
    static.first.wait_for(timeout=30_000)
    assert cell.locator(".ak-widget, script").count() == 0
    if widget == "LoaderMonitor":
        assert "The loader keeps up." in static.inner_text()
        assert SEARCH[-1][3] in static.locator("td").all_inner_texts()
    else:
        audio = static.locator("audio").first
        audio.wait_for(timeout=30_000)
        audio.evaluate("(audio) => audio.play()")
        for _ in range(300):
            if audio.evaluate("(audio) => audio.currentTime") > 0.3:
                break
            untrusted.page.wait_for_timeout(50)
        assert audio.evaluate("(audio) => (audio.pause(), audio.currentTime)") > 0.3
    assert static.locator("img").first.evaluate("(img) => img.naturalWidth") == 1640
    assert untrusted.watched.external == []


@pytest.fixture(scope="module")
def saved(lab, executed, recordings, new_shared_page):
    """Trusted by its reader and opened, no cell run: its kernel has never heard of the widgets.

    With no kernel at all, ipywidgets does not read the saved state, of any widget: "Loading widget...".
    """
    written_for_lab(executed, recordings / "everywhere-saved.ipynb", trusted=True)
    watched = opened(new_shared_page, lab, "everywhere-saved.ipynb", height=5000)
    revived(watched.page, ROOTS["AudioPlayer"], "everywhere-saved.ipynb")
    return Place(watched, ".jp-Notebook .jp-Cell >> nth={}")


@every_widget
@pytest.mark.works_in("saved")
def test_saved_and_not_run_again_it_is_alive(saved, widget):
    alone(saved, widget)
    known = """async () => {
      const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
      return Object.keys((await kernel.requestCommInfo({ target_name: 'jupyter.widget' })).content.comms).length;
    }"""
    assert saved.page.evaluate(known) == 0  # nobody but the page did that
    assert saved.watched.external == []


# a page from disk


@pytest.fixture(scope="module")
def report(executed, tmp_path_factory):
    path = tmp_path_factory.mktemp("frozen") / "everywhere.html"
    path.write_text(freeze(executed, title="Everywhere"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def frozen(report, new_shared_page):
    return frozen_place(new_shared_page(width=1000, height=900), report)


@every_widget
@pytest.mark.works_in("frozen")
def test_frozen_from_disk_it_plays_seeks_zooms_and_edits(frozen, widget):
    alone(frozen, widget)
    assert frozen.watched.external == []
    assert frozen.watched.complaints == []


@pytest.fixture(scope="module")
def bare(report, new_shared_page):
    """The page where no script runs."""
    watched = new_shared_page(width=1000, scripts=False)
    watched.page.goto(report.as_uri())
    return watched


@every_widget
@pytest.mark.works_in("picture")
def test_where_no_script_runs_there_are_a_picture_and_a_text(executed, bare, widget):
    from PIL import Image

    index = FIRST + WIDGETS.index(widget)
    static = bare.page.locator(f"#cell-{index + 1} .audiokit-static")
    image = static.locator("img").first
    assert image.bounding_box()["width"] > 600
    source = image.get_attribute("src")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))).convert("RGB"))
    assert pixels.shape[1] == 1640
    _, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    assert counts.max() < 0.9 * counts.sum()  # not a blank one
    assert len(image.get_attribute("alt")) > 20
    text = "".join(executed.cells[index].outputs[-1]["data"]["text/plain"])
    assert text.startswith(f"{widget}(")
    assert re.search(r"\d\.\d{3} s\b" if widget != "LoaderMonitor" else r"\d,\d{3} items in", text)
    assert not re.search(r"0x[0-9a-f]{6}", text)  # an object's address says nothing


# how it looks, and who can use it


@pytest.fixture(scope="module")
def bright(report, new_shared_page):
    return frozen_place(new_shared_page(width=1000, height=900), report)


@pytest.fixture(scope="module")
def dark(report, new_shared_page):
    return frozen_place(new_shared_page(width=1000, height=900, dark=True), report)


@every_widget
@pytest.mark.works_in("themes")
def test_it_is_light_in_the_light_and_dark_in_the_dark(bright, dark, tmp_path, widget):
    papers = []
    for name, place in (("light", bright), ("dark", dark)):
        light = lightness(shot(in_a_good_light(place, widget), f"{widget.lower()}-{name}", tmp_path))
        values, counts = np.unique(light.round(), return_counts=True)
        paper = values[counts.argmax()]
        papers.append(paper)
        assert (np.abs(light - paper) > 60).mean() > 0.02, "nothing stands out from the paper"
    assert papers[0] > 240
    assert papers[1] < 40


@every_widget
@pytest.mark.works_in("keyboard")
def test_it_is_used_by_the_keyboard_alone(frozen, live_lab, widget):
    if widget != "Recorder":
        by_keyboard(frozen, widget)
        return
    root = live_lab.root(widget)
    root.scroll_into_view_if_needed()
    before = json.loads(run(live_lab.page, TELLS))["recorded"]
    record(live_lab, root, 4.0, key="Enter")  # longer than the take before, which the clock shows until this one begins
    # The page's clock is rounded to tenths: it shows 4.0 from 3.95 on.
    live_lab.knows(lambda now: now["recorded"] >= 3.95 and now["recorded"] != before)


@every_widget
@pytest.mark.works_in("axe")
def test_axe_finds_nothing_serious(frozen, dark, live_lab, widget):
    for place in (frozen, dark, live_lab):
        place.hush()
        assert violations(place, place.root(widget)) == []


@pytest.fixture(scope="module")
def calm(report, new_shared_page):
    return frozen_place(new_shared_page(width=1000, height=900, reduced_motion=True), report)


@every_widget
@pytest.mark.works_in("calm")
def test_reduced_motion_is_heeded(calm, widget):
    place, root = calm, calm.root(widget)
    place.hush()
    root.scroll_into_view_if_needed()
    if widget == "LoaderMonitor":  # nothing of it ever moves by itself
        answers(root)
        assert place.page.evaluate("document.getAnimations().length") == 0
        return
    if widget == "Recorder":
        root = root.locator(".ak-player")
    root.get_by_role("button", name="Play", exact=True).first.click()
    wait_until(place.page, f"{CURRENT} > 0.1")
    moved = root.locator(".ak-cursor").first.evaluate(
        """async (cursor) => {
          const seen = new Set(), end = performance.now() + 1500;
          while (performance.now() < end) {
            seen.add(cursor.style.transform + cursor.style.left);
            await new Promise(requestAnimationFrame);
          }
          return seen.size;
        }"""
    )
    assert 2 <= moved <= 8  # four times a second, and not with every picture
    assert place.page.evaluate("document.getAnimations().length") == 0


# the document


def test_the_table_in_the_documents_is_what_was_found(request):
    outcomes = request.config.pluginmanager.get_plugin("WorksTable").outcomes
    text = DOCUMENT.read_text(encoding="utf-8")
    if WRITE_DOCS:
        if not missing(outcomes):
            DOCUMENT.write_text(written(outcomes, text), encoding="utf-8")
            return
        pytest.fail(f"The table cannot be written: nothing decided {missing(outcomes)}.")
    assert differences(outcomes, text) == ""
    if missing(outcomes):
        pytest.skip(
            f"{len(missing(outcomes))} of {len(WIDGETS) * len(PLACES)} cells of the table were not tried in this run"
        )
