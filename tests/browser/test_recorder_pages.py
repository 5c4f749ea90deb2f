"""The recorder where its take goes: a kernel, a page without one, a frozen page, JupyterLab."""

import time

import numpy as np
import pytest
from ipywidgets import Widget
from jupyter_page import OUTPUTS, notebook, run
from recorder_page import AMPLITUDE, RATE, is_the_sine, press, record, said, started, steady, stop, until

from audiokit_widgets import Recorder

pytest_plugins = ("recorder_page",)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_a_page_that_is_closed_leaves_what_it_sent(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    record(page, 2)
    until(page, lambda: recorder.seconds >= 1)
    page.close()
    assert recorder.audio is None
    other, _ = opened(recorder)
    said(other, "Another page records with this recorder")
    recorder._intake._now = lambda: time.monotonic() + 60
    press(other, "Record")
    said(other, "what had arrived until then is kept")
    assert recorder.audio.duration_seconds >= 1
    is_the_sine(recorder.audio)
    other.wait_for_selector(".ak-place .ak-player")


def test_python_ends_a_take(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    record(page, 1)
    until(page, lambda: recorder.seconds >= 0.5)
    audio = recorder.finish()
    assert audio.duration_seconds >= 0.5
    said(page, "ended from Python")
    assert page.evaluate("window.track.readyState") == "ended"
    assert recorder.audio is audio


def test_without_a_kernel_it_says_so(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder, alive=False)
    said(page, "No kernel answers yet. To record, start it and run this cell.")
    assert page.get_by_role("button", name="Record", exact=True).is_disabled()
    page.locator(".ak-recorder").focus()
    page.keyboard.press("r")
    assert page.evaluate("window.asked") == []
    page, _ = opened(recorder)
    record(page, 0.5)
    stop(page)
    page, _kernel = opened(recorder, alive=False)
    said(page, "No kernel answers: here is the last take. Run the cell to record.")
    page.wait_for_selector(".ak-place .ak-player canvas")
    assert page.get_by_role("button", name="Discard the take").count() == 0


def test_in_a_frozen_page_the_last_take_is_heard_and_seen(opened, new_page, tmp_path):
    from audiokit.report import freeze

    recorder = Recorder(title="frozen")
    page, _kernel = opened(recorder)
    record(page, 0.5)
    stop(page)
    data, metadata = recorder._repr_mimebundle_()
    output = {"output_type": "display_data", "data": data, "metadata": metadata}
    cell = {"cell_type": "code", "source": "recorder", "metadata": {}, "outputs": [output], "execution_count": 1}
    kits = [recorder.kit, recorder.player.stage_kit, recorder.player.deck_kit]
    state = Widget.get_manager_state(widgets=[recorder, recorder.player, recorder.player.sound, *kits])
    notebook = {"cells": [cell], "metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": state}}}
    (tmp_path / "page.html").write_text(freeze(notebook), encoding="utf-8")
    watched = new_page()
    watched.page.goto((tmp_path / "page.html").as_uri())
    said(watched.page, "No kernel answers: here is the last take. Run the cell to record.")
    watched.page.wait_for_selector(".ak-place .ak-player canvas")
    press(watched.page, "Play")
    watched.page.wait_for_function("() => document.querySelector('.ak-place .ak-now')?.textContent > '0:00.2'")
    assert watched.page.get_by_role("button", name="Record", exact=True).is_disabled()
    assert watched.external == []
    assert watched.complaints == []


MAKE = "from audiokit_widgets import Recorder\nrecorder = Recorder(title='from Lab', channels=2)\nrecorder"
BUSY = "import time\ntime.sleep(5)\nprint(recorder.audio, recorder.state)"
SAVE = "print(recorder.save('take.wav', subtype='FLOAT'), recorder.audio.frames, recorder.seconds, recorder.state)"
AGAIN = "recorder"


def test_in_lab_the_take_is_in_python_right_after_stop(microphone, lab, home, tmp_path):
    """Through a real kernel that is busy for five seconds of the take, a page that is opened anew, and the static view."""
    import nbformat

    import audiokit

    nbformat.write(notebook(MAKE, BUSY, SAVE, AGAIN), home[0] / "record.ipynb")
    context = microphone.new_context(viewport={"width": 1200, "height": 1000})
    try:
        page = context.new_page()
        external = []
        page.on("request", lambda r: r.url.startswith((lab, "blob:", "data:", "about:")) or external.append(r.url))
        page.goto(f"{lab}/lab/tree/record.ipynb?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        run(page, 0)
        page.wait_for_selector(".ak-recorder", timeout=30_000)
        said(page, "Ready.")
        record(page, 1)
        page.locator(".ak-recorder").focus()
        page.keyboard.press("p")  # nothing that Lab would hear of
        said(page, "Paused.")
        page.keyboard.press("p")
        assert "None recording" in run(page, 1)
        page.locator(".ak-recorder").focus()
        page.keyboard.press("r")
        said(page, "the take is in Python")
        path, frames, seconds, state = run(page, 2).split()
        assert state == "stopped"
        audio = audiokit.read(home[0] / path)
        assert (audio.frames, audio.frames / RATE) == (int(frames), float(seconds))
        assert audio.duration_seconds > 5
        assert audio.channels == 2
        amplitudes, steps = steady(started(audio.samples[1]))
        assert np.median(np.abs(amplitudes - AMPLITUDE)) < 1e-3
        assert np.sum(steps > 0.005) <= 3  # where the pause was
        page.wait_for_selector(".ak-place .ak-player canvas")
        press(page, "Play")
        page.wait_for_function(
            "() => document.querySelector('.ak-place .ak-now')?.textContent > '0:00.2'", timeout=15_000
        )
        press(page, "Pause")
        run(page, 3)
        data = page.evaluate(OUTPUTS, 3)[0]["data"]
        assert "<audio controls" in data["text/html"]
        assert "from Lab" in data["text/plain"]
        assert page.locator(".jp-Notebook .jp-CodeCell").count() == 4
        assert external == []
        page.screenshot(path=tmp_path / "lab.png")
    finally:
        context.close()
