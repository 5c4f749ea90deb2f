"""The loader's monitor in JupyterLab: it moves while training keeps the kernel busy."""

import re

import pytest
from frozen_page import open_frozen
from jupyter_page import OUTPUTS, notebook, opened, run
from monitor_page import FAKE, TRAIN_REAL, moves_while_busy

from audiokit.report import freeze

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


# with a kernel


def cells(make, train):
    return notebook(f"{make}\nmonitor", train, "loader.close()")


# Python's lock is held nearly all of the time, as a training that never waits would
BUSY = """import time
for batch in loader:
    end = time.monotonic() + 0.05
    while time.monotonic() < end:
        pass
    if loader.seconds > 60:
        break"""
REAL = """import numpy as np, soundfile, tempfile, pathlib
from audiokit import AudioDataLoader
from audiokit_widgets import LoaderMonitor
folder = pathlib.Path(tempfile.mkdtemp())
noise = np.random.default_rng(0).uniform(-0.3, 0.3, 32_000)
paths = [folder / f"{k}.wav" for k in range(64)]
for path in paths:
    soundfile.write(path, noise, 16_000)
loader = AudioDataLoader(paths, batch_size=8, features="log_mel", cache=None, remember=False)
monitor = LoaderMonitor(loader)"""
KINDS = pytest.mark.parametrize(("make", "train"), [(FAKE, BUSY), (REAL, TRAIN_REAL)], ids=["fake", "real"])


@KINDS
def test_in_lab_it_moves_while_training_keeps_the_kernel_busy(lab, home, new_page, make, train):
    import nbformat

    if make is REAL:
        pytest.importorskip("torch", reason="the loader needs torch")
    name = f"monitor-{'real' if make is REAL else 'fake'}.ipynb"
    nbformat.write(cells(make, train), home[0] / name)
    watched = opened(new_page, lab, name)
    page = watched.page
    assert "Error" not in run(page, 0)
    page.wait_for_selector(".ak-monitor", timeout=30_000)
    assert page.locator(".ak-verdict").inner_text() == "Nothing measured yet."
    final = moves_while_busy(page, page.locator(".ak-monitor"), 1, stop=make is REAL)
    # when the cell has run, page and notebook have all of it
    assert page.locator(".ak-monitor").count() == 1
    (output,) = page.evaluate(OUTPUTS, 0)
    assert f"{final:,} items in" in output["data"]["text/plain"]
    assert "Nothing measured yet." not in output["data"]["text/html"]
    assert "Error" not in run(page, 2)
    page.wait_for_function("document.querySelector('.ak-live').hidden", timeout=10_000)
    assert watched.external == []


@KINDS
@pytest.mark.notebook
def test_a_notebook_that_nobody_watches_keeps_what_training_did(home, new_page, tmp_path, make, train):
    from nbclient import NotebookClient

    if make is REAL:
        pytest.importorskip("torch", reason="the loader needs torch")
    made = cells(make, train.replace("+ 40", "+ 2").replace("+ 0.05", "+ 0.01"))
    NotebookClient(made, timeout=120).execute(cwd=str(home[0]), env=home[1])
    path = tmp_path / "page.html"
    path.write_text(freeze(made), encoding="utf-8")
    (output,) = made.cells[0].outputs
    counted = re.search(r"^([\d,]+) items in ([\d,]+) batches", output.data["text/plain"], re.MULTILINE)
    assert int(counted[1].replace(",", "")) > 100
    watched = open_frozen(new_page(), path)
    assert counted[0] in watched.page.locator(".ak-monitor .ak-summary").inner_text()
    assert watched.page.locator("path.ak-took").get_attribute("d")
    bare = new_page(scripts=False).page
    bare.goto(path.as_uri())
    static = bare.locator(".audiokit-static")
    assert counted[0] in static.inner_text()
    assert static.locator("img").evaluate("(image) => image.naturalWidth") == 1640
    assert watched.complaints == []
