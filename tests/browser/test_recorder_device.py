"""The recorder and its device in Chromium: permissions, devices that go away, processing, and other players."""

import pytest
from recorder_page import DEVICE, FAKE, is_the_sine, press, record, said, stop, until, wait

from audiokit_widgets import Recorder

pytest_plugins = ("recorder_page",)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.mark.parametrize(
    ("name", "message", "expected"),
    [
        ("NotAllowedError", "Permission denied", "was not allowed to use the microphone. Allow it with the sign"),
        ("NotAllowedError", "Permission denied by system", "The operating system does not let the browser"),
        ("NotFoundError", "Requested device not found", "No microphone was found. Plug one in"),
        ("NotReadableError", "Could not start audio source", "busy, or its driver fails. Close the program"),
        ("OverconstrainedError", "", "The chosen device is not there. Plug it in"),
        ("AbortError", "odd", "could not be opened (AbortError: odd). Reload the page"),
    ],
)
def test_what_keeps_the_microphone_away_is_said_with_its_cure(opened, name, message, expected):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    page.evaluate("(refusal) => { window.refusal = refusal; }", [message, name])
    press(page, "Record")
    said(page, expected)
    wait(page, "window.model.get('state') === 'failed'")
    assert expected in recorder.message
    assert recorder.message.endswith("press Record again.")
    page.evaluate("window.refusal = null")
    record(page, 0.3)  # and again, when it is cured
    stop(page)
    assert recorder.message == ""


def test_a_permission_that_is_denied(chromium, opened):
    browser = chromium.browser_type.launch(
        executable_path="/usr/bin/chromium", args=[*FAKE, DEVICE[0], f"{DEVICE[1]}=deny"]
    )
    try:
        recorder = Recorder()
        page, _kernel = opened(recorder, browser=browser)
        press(page, "Record")
        said(page, "The browser was not allowed to use the microphone")
        wait(page, "window.model.get('state') === 'failed'")
        assert recorder.state == "failed"
    finally:
        browser.close()


def test_a_page_that_is_not_secure_says_how_to_open_it(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder, host="plain.test")
    assert page.evaluate("isSecureContext") is False
    said(page, "https pages and to localhost only. Open the notebook through https")
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(100)
    assert page.evaluate("window.asked") == []


def test_a_device_that_goes_away_ends_the_take_and_keeps_it(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    record(page, 1)
    page.evaluate("window.track.stop(); window.track.dispatchEvent(new Event('ended'))")
    said(page, "The device went away in the middle of the take; what was recorded until then is kept.")
    assert recorder.state == "stopped"
    assert recorder.audio.duration_seconds > 0.9
    is_the_sine(recorder.audio)


def test_a_request_can_be_taken_back(opened):
    recorder = Recorder()
    page, _kernel = opened(
        recorder, before="navigator.mediaDevices && (navigator.mediaDevices.getUserMedia = () => new Promise(() => {}))"
    )
    press(page, "Record")
    said(page, "Waiting for permission")
    wait(page, "window.model.get('state') === 'asking'")
    press(page, "Stop")
    said(page, "Ready.")
    wait(page, "window.model.get('state') === 'idle'")


def test_processing_is_off_and_can_be_chosen_as_can_the_device(opened):
    recorder = Recorder(channels=2)
    page, _kernel = opened(recorder)
    record(page, 0.3)
    stop(page)
    off = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
    assert page.evaluate("window.asked") == [{"audio": {"channelCount": {"ideal": 2}, **off}}]
    page.wait_for_selector("option:has-text('Fake Audio Input 1')", state="attached")
    page.get_by_role("combobox", name="Input device").select_option(label="Fake Audio Input 1")
    page.get_by_role("checkbox", name="Noise suppression").check()
    wait(page, "window.model.get('noise_suppression') && window.model.get('device_id')")
    until(page, lambda: recorder.noise_suppression and recorder.device_id)
    press(page, "Record")
    press(page, "Record anew")
    wait(page, "window.asked.length === 2")
    asked = page.evaluate("window.asked[1].audio")
    assert asked["noiseSuppression"] is True
    assert asked["deviceId"] == {"exact": recorder.device_id}
    assert page.get_by_role("checkbox", name="Noise suppression").is_disabled()
    said(page, "Recording.")
    stop(page)


def test_a_device_that_is_not_there(opened):
    recorder = Recorder(device_id="unplugged")
    page, _kernel = opened(recorder)
    assert page.get_by_role("combobox", name="Input device").input_value() == "unplugged"
    press(page, "Record")
    said(page, "The chosen device is not there. Plug it in, or choose another device")
    page.get_by_role("combobox", name="Input device").select_option("")
    record(page, 0.3)
    stop(page)
    assert recorder.device_id == ""


def test_two_views_are_one_recorder(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    page.evaluate("window.show().then((hide) => { window.hideSecond = hide; })")
    page.wait_for_selector(".ak-recorder >> nth=1")
    page.get_by_role("button", name="Record", exact=True).nth(1).click()
    wait(page, "[...document.querySelectorAll('.ak-status')].every((s) => s.textContent === 'Recording.')")
    assert len(page.evaluate("window.asked")) == 1
    page.evaluate("window.hideSecond()")
    page.wait_for_timeout(1300)
    wait(page, "parseFloat(document.querySelector('.ak-now').textContent.split(':')[1]) > 1.2")
    assert recorder.state == "recording"  # the other view is there
    page.evaluate("window.hide()")
    wait(page, "window.model.get('state') === 'stopped'")
    assert "taken off the page" in recorder.message
    assert recorder.audio.duration_seconds > 1
    assert page.evaluate("window.track.readyState") == "ended"


def test_a_model_that_is_closed_lets_go_of_the_microphone(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    record(page, 0.5)
    page.evaluate("window.destroy()")
    assert page.evaluate("window.track.readyState") == "ended"
    wait(page, "window.model.get('state') === 'stopped'")
    is_the_sine(recorder.audio)


def test_what_plays_elsewhere_is_paused_and_titles_are_text(opened):
    recorder = Recorder(title='<img src=x onerror="window.injected=1">')
    page, _kernel = opened(recorder)
    page.evaluate("document.addEventListener('audiokit:play', (e) => { window.paused = e.detail; })")
    record(page, 0.3)
    assert page.evaluate("window.paused") is None
    stop(page)
    page.wait_for_selector(".ak-place .ak-player")
    assert page.evaluate("window.injected") is None
    assert page.locator(".ak-recorder img").count() == 0
