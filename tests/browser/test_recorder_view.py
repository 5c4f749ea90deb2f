"""The recorder's view in Chromium: questions, keys, what assistive technology is told, narrow and calm pages."""

import re

import numpy as np
import pytest
from recorder_page import DEVICE, FAKE, FREQUENCY, RATE, press, record, said, stop, wait

from audiokit_widgets import Recorder

pytest_plugins = ("recorder_page",)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_a_new_take_and_a_discard_are_asked_about(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    record(page, 0.5)
    stop(page)
    first = recorder.audio
    press(page, "Record")
    assert re.search(r"Replace the take of 0:0\d\.", page.locator(".ak-ask").inner_text())
    assert page.evaluate("document.activeElement.textContent") == "Keep it"
    page.keyboard.press("Escape")
    assert page.locator(".ak-ask").is_hidden()
    assert page.evaluate("document.activeElement.ariaLabel") == "Record"
    page.wait_for_timeout(100)
    assert recorder.audio is first
    press(page, "Record")
    press(page, "Record anew")
    said(page, "Recording.")
    stop(page)
    assert recorder.audio is not first
    press(page, "Discard the take")
    press(page, "Keep it")
    assert recorder.audio is not None
    press(page, "Discard the take")
    press(page, "Discard it")
    said(page, "Ready.")
    wait(page, "window.model.get('state') === 'idle'")
    assert recorder.audio is None
    assert page.locator(".ak-player").count() == 0
    assert page.get_by_role("button", name="Discard the take").count() == 0


def test_keys_work_while_the_focus_is_inside_and_only_then(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    page.keyboard.press("r")
    assert page.locator(".ak-status").inner_text() == "Ready."
    page.locator(".ak-recorder").focus()
    page.evaluate("document.addEventListener('keydown', (e) => { window.through = [e.key, e.defaultPrevented]; })")
    page.keyboard.press("Alt+r")
    assert page.evaluate("window.through") == ["r", False]
    page.keyboard.press(" ")
    said(page, "Recording.")
    page.keyboard.press("p")
    said(page, "Paused.")
    page.keyboard.press("P")
    said(page, "Recording.")
    assert page.evaluate("window.through[0]") == "r"  # ours go no further
    page.get_by_role("button", name="Pause recording", exact=True).focus()
    page.keyboard.press(" ")  # presses the button, once
    said(page, "Paused.")
    page.keyboard.press("R")
    said(page, "the take is in Python")
    page.keyboard.press("a")
    assert page.evaluate("window.through") == ["a", False]
    assert page.locator(".ak-recorder").get_attribute("data-lm-suppress-shortcuts") == "true"


def test_what_assistive_technology_is_told(opened):
    recorder = Recorder(title="Answer", channels=2)
    page, _kernel = opened(recorder)
    page.evaluate("""() => {
      window.spoken = [];
      const status = document.querySelector('[role=status]');
      new MutationObserver(() => window.spoken.push(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true });
    }""")
    assert page.get_by_role("group", name="Answer").count() == 1
    record(page, 2.5)
    meter = page.get_by_role("meter", name="Level of channel 2")
    assert [meter.get_attribute(f"aria-value{end}") for end in ("min", "max")] == ["-60", "0"]
    assert meter.get_attribute("aria-valuenow") == "-9"
    assert meter.get_attribute("aria-valuetext") == "−9.0 dBFS RMS, peak −6.0 dBFS"
    assert page.get_by_role("img", name="Not clipped").count() == 1
    assert page.get_by_role("img", name="Waveform of 0:0").count() == 1
    stop(page)
    asking = "Waiting for permission to use the microphone."
    told = [text for text in page.evaluate("window.spoken") if text]
    assert told == [
        asking,
        "Recording.",
        "Handing the rest to the kernel.",
        "Stopped; the take is in Python.",
    ]  # not the clock


def test_the_lamp_stays_on_after_a_clip(chromium, opened, tmp_path):
    import soundfile

    samples = 0.1 * np.sin(2 * np.pi * FREQUENCY * np.arange(10 * RATE) / RATE)
    samples[RATE // 4 : RATE // 4 + 50] = 1.0
    soundfile.write(tmp_path / "loud.wav", samples, RATE, subtype="PCM_16")
    browser = chromium.browser_type.launch(
        executable_path="/usr/bin/chromium",
        args=[*FAKE, *DEVICE, f"--use-file-for-fake-audio-capture={tmp_path / 'loud.wav'}"],
    )
    try:
        recorder = Recorder()
        page, _kernel = opened(recorder, browser=browser)
        record(page, 3)
        lamp = page.locator(".ak-lamp")
        assert "ak-on" in lamp.get_attribute("class")
        assert lamp.get_attribute("aria-label") == "Clipped: 100 samples at full scale"  # 50 in each of two channels
        assert "M" in page.locator(".ak-hits").get_attribute("d")
        held = page.get_by_role("meter").first.get_attribute("aria-valuetext")
        assert re.search(r"^−2[0-9.]+ dBFS RMS, peak −", held)  # the peak has fallen by now
        stop(page)
        assert recorder.player.sound.clipped_samples == 100
    finally:
        browser.close()


@pytest.mark.parametrize("still", [False, True])
def test_reduced_motion_is_heeded(opened, still):
    recorder = Recorder()
    before = "const real = setTimeout; window.waits = []; window.setTimeout = (f, ms, ...more) => (window.waits.push(ms), real(f, ms, ...more));"
    page, _kernel = opened(recorder, before=before, reduced_motion="reduce" if still else "no-preference")
    record(page, 1)
    waits = set(page.evaluate("window.waits"))
    assert (50 in waits, 250 in waits) == (not still, still)
    stop(page)


def test_it_fits_a_narrow_page(opened):
    recorder = Recorder(title="A rather long title for a narrow page, which is cut where there is no room")
    page, _kernel = opened(recorder, width=320)
    record(page, 0.5)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    stop(page)
