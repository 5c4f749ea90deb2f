"""The recorder in Chromium, with a fake microphone that plays a known signal, joined to a real `Recorder` in Python."""

import base64
import functools
import http.server
import json
import re
import threading
import time

import numpy as np
import pytest
from ipywidgets import Widget
from ipywidgets.widgets.widget import _instances, _remove_buffers
from jupyter_page import OUTPUTS, notebook, run

from audiokit_widgets import Recorder

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RATE = 44_100  # of Chromium's fake default microphone
FREQUENCY = 441
AMPLITUDE = 0.5
FAKE = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP plain.test 127.0.0.1",
]
DEVICE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]

# A host with everything that anywidget offers, whose messages go to Python and back as Jupyter's do.
PAGE = """<!doctype html><meta charset="utf-8"><title>host</title><style>body { margin: 12px; @STYLE@ }</style>
<body><div id="widget"></div><script type="module">
const models = {};
const bytes = (text) => { const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)); const p = new Uint8Array(raw.length + 3); p.set(raw, 3); return new DataView(p.buffer, 3); };
const text = (b) => { let s = ""; const u = new Uint8Array(b.buffer ?? b); for (let i = 0; i < u.length; i += 32768) s += String.fromCharCode(...u.subarray(i, i + 32768)); return btoa(s); };
const put = (state, { state: changed, paths, buffers }) => {
  paths.forEach((path, i) => path.reduce((o, k, d) => (d === path.length - 1 ? (o[k] = bytes(buffers[i])) : o[k]), changed));
  Object.assign(state, changed);
};
async function hear(messages) {
  for (const message of await messages) {
    const made = models[message.id];
    if (!made) continue; // no view of it yet: its state is asked for
    const { fire, state } = await made;
    if (message.method === "custom") fire("msg:custom", message.content, message.buffers.map(bytes));
    else { put(state, message); for (const name of Object.keys(message.state)) fire("change:" + name); }
  }
}
window.tamper = (content) => content; // a test may lose a message: null; or cut its bytes
window.sent = [];
async function make(id) {
  const listeners = {}, state = {}, dirty = {}, control = new AbortController();
  const fire = (name, ...details) => [...(listeners[name] || [])].forEach((f) => f(...details));
  const { esm, css, ...saved } = await toPython({ method: "model", id });
  put(state, saved);
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const model = {
    get: (name) => { if (!(name in state)) throw new Error("no trait " + name); return state[name]; },
    set: (name, value) => { if (state[name] === value) return; state[name] = dirty[name] = value; fire("change:" + name); },
    on: (name, f) => { (listeners[name] ||= []).push(f); },
    off: (name, f) => { listeners[name] = (listeners[name] || []).filter((g) => g !== f); },
    save_changes: () => { hear(toPython({ method: "update", id, state: { ...dirty }, buffers: [] })); for (const k in dirty) delete dirty[k]; },
    send: (content, callbacks, buffers = []) => {
      if (window.cut) throw new Error("no line");
      window.sent.push({ kind: content.kind, number: content.number });
      const kept = window.tamper(content, buffers);
      if (kept) hear(toPython({ method: "custom", id, content: kept, buffers: (kept.buffers ?? buffers).map(text) }));
    },
  };
  const { default: widget } = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
  const exports = await widget.initialize?.({ model: { ...model }, signal: control.signal });
  const render = (parts) => widget.render({ model: { ...model }, host, ...parts });
  return { model, state, fire, exports, render, control };
}
const load = (id) => (models[id] ??= make(id));
const host = { getWidget: (ref) => load(ref.replace("anywidget:", "")) };
const real = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
window.asked = [];
if (real) navigator.mediaDevices.getUserMedia = async (wanted) => {
  window.asked.push(wanted);
  if (window.refusal) throw new DOMException(...window.refusal);
  const stream = await real(wanted);
  window.track = stream.getAudioTracks()[0];
  return stream;
};
const own = await load(@ID@);
window.model = own.model;
window.destroy = () => own.control.abort();
window.show = async () => {
  const el = document.createElement("div"), life = new AbortController();
  document.getElementById("widget").append(el);
  const clean = await own.render({ el, signal: life.signal });
  return () => { life.abort(); clean(); };
};
window.hide = await window.show();
window.ready = true;
</script>"""


class Kernel:
    """Hands a page's messages to the widgets in Python, and gives back what they send."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.out = []
        self.kinds = []
        self.alive = True
        self.adopted = set()

    def adopt(self, widget):
        if widget.model_id not in self.adopted:
            self.adopted.add(widget.model_id)
            widget._send = lambda message, buffers=None: self.collect(widget.model_id, message, buffers)

    def collect(self, model_id, message, buffers):
        parts = [base64.b64encode(bytes(b)).decode() for b in buffers or []]
        paths = message.get("buffer_paths", [])
        kept = {k: message[k] for k in ("method", "content", "state") if k in message}
        self.out.append({**kept, "id": model_id, "paths": paths, "buffers": parts})

    def model(self, widget):
        """A widget's state, as a front-end gets it when it opens a comm."""
        self.adopt(widget)
        state = {k: v for k, v in widget.get_state().items() if not k.startswith("_") and k != "layout"}
        state, paths, buffers = _remove_buffers(state)
        parts = [base64.b64encode(bytes(b)).decode() for b in buffers]
        code = {"esm": str(widget._esm), "css": str(getattr(widget, "_css", ""))}
        return {"state": state, "paths": paths, "buffers": parts, **code}

    def hear(self, _, message):
        if not self.alive and message["method"] != "model":
            return []
        widget = _instances[message["id"]]
        if message["method"] == "model":
            answer = self.model(widget)
            json.dumps(answer, allow_nan=False)
            return answer
        if message["method"] == "update":
            widget.set_state(message["state"])
        else:
            if widget is self.recorder:
                self.kinds.append(message["content"]["kind"])
            buffers = [memoryview(base64.b64decode(b)) for b in message["buffers"]]
            widget._handle_custom_msg(message["content"], buffers)
        out, self.out = self.out, []
        json.dumps(out, allow_nan=False)
        return out


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder behind an address of this machine: a page from disk may not add a worklet."""
    folder = tmp_path_factory.mktemp("site")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def sine(tmp_path_factory):
    """Ten seconds whose end joins their start, at the fake microphone's own rate."""
    import soundfile

    path = tmp_path_factory.mktemp("sound") / "sine.wav"
    time = np.arange(10 * RATE) / RATE
    soundfile.write(path, AMPLITUDE * np.sin(2 * np.pi * FREQUENCY * time), RATE, subtype="PCM_16")
    return path


@pytest.fixture(scope="module")
def microphone(chromium, sine):
    """A Chromium whose microphone plays the sine, and whose permission is given."""
    browser = chromium.browser_type.launch(
        executable_path="/usr/bin/chromium", args=[*FAKE, *DEVICE, f"--use-file-for-fake-audio-capture={sine}"]
    )
    yield browser
    browser.close()


@pytest.fixture
def opened(microphone, site):
    """Open a recorder: ``opened(recorder, browser=..., before="", wait=True)`` gives a page and its `Kernel`."""
    folder, port = site
    contexts, complaints = [], []

    def make(recorder, *, browser=microphone, before="", host="127.0.0.1", width=860, alive=True, **options):
        kernel = Kernel(recorder)
        kernel.alive = alive
        parts = {"ID": json.dumps(recorder.model_id)}
        parts["STYLE"] = "background: #111317;" if options.get("color_scheme") == "dark" else "background: #fff;"
        text = re.sub("@([A-Z]+)@", lambda m: parts[m[1]], PAGE)
        page_file = folder / f"page{len(contexts)}.html"
        page_file.write_text(text, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 620}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda m: (
                complaints.append(m.text) if m.type == "error" and "favicon" not in m.location.get("url", "") else None
            ),
        )
        page.expose_binding("toPython", kernel.hear)
        if before:
            page.add_init_script(before)
        page.goto(f"http://{host}:{port}/{page_file.name}")
        page.wait_for_function("window.ready === true", timeout=15_000)
        page.wait_for_timeout(50)
        return page, kernel

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def wait(page, condition, timeout=10_000):
    page.wait_for_function(condition, timeout=timeout)


def until(page, condition, timeout=15_000):
    """Wait for Python, which hears the page as long as somebody waits."""
    for _ in range(timeout // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail("Python has not heard of it")


def said(page, text):
    page.wait_for_function(
        "(text) => document.querySelector('.ak-status')?.textContent.includes(text)", arg=text, timeout=15_000
    )


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def record(page, seconds):
    press(page, "Record")
    wait(page, f"parseFloat(document.querySelector('.ak-now')?.textContent.split(':')[1]) >= {seconds}", 30_000)


def stop(page):
    press(page, "Stop")
    said(page, "the take is in Python")


def steady(samples, rate=RATE, frequency=FREQUENCY):
    """Amplitude, and the largest step of the phase between neighbouring periods: a lost sample is a step of 0.06."""
    period = rate // frequency
    whole = len(samples) // period
    turned = samples[: whole * period] * np.exp(-2j * np.pi * frequency / rate * np.arange(whole * period))
    phasors = turned.reshape(whole, period).mean(axis=1) * 2
    return np.abs(phasors), np.abs(np.angle(phasors[1:] * phasors[:-1].conj()))


def started(samples):
    """What comes after the silence before the fake microphone's first sample."""
    return samples[np.flatnonzero(np.abs(samples) > 0.01)[0] + 100 :]


def places_left_out(audio):
    """In how many places a busy machine's fake microphone gave no sound, as the take itself says."""
    notes = [re.search(r"never came from the device, at (.*)", note) for note in audio.warnings]
    told = next((found[1] for found in notes if found), "")
    more = re.search(r" and (\d+) other place", told)
    return len(re.findall(r"\d:\d\d", told)) + int(more[1] if more else 0)


def is_the_sine(audio):
    """Each sample of it, but for a step where the take says that the device gave none: one period, two differences."""
    assert audio.sample_rate == RATE
    holes = places_left_out(audio)
    for channel in audio.samples:
        amplitudes, steps = steady(started(channel))
        assert np.sum(np.abs(amplitudes - AMPLITUDE) >= 1e-3) <= holes
        assert np.sum(steps >= 0.005) <= 2 * holes


def without_clock_notes(audio):
    """The notes but for what a busy machine's fake microphone left out."""
    return [note for note in audio.warnings if "never came from the device" not in note]


def test_the_recording_is_the_signal_without_a_sample_lost(opened):
    recorder = Recorder(title="sine", channels=2)
    page, kernel = opened(recorder)
    record(page, 4)
    assert recorder.state == "recording"
    assert recorder.level_dbfs == pytest.approx(20 * np.log10(AMPLITUDE / np.sqrt(2)), abs=0.05)
    until(page, lambda: recorder.seconds > 2)
    so_far = recorder.seconds
    stop(page)
    audio = recorder.audio
    assert so_far <= audio.duration_seconds
    is_the_sine(audio)
    assert (audio.name, audio.channels) == ("sine", 2)
    assert recorder.state == "stopped"
    assert recorder.seconds == audio.duration_seconds > 3.9
    assert kernel.kinds.count("piece") >= 16
    assert without_clock_notes(audio) == []
    page.wait_for_selector(".ak-place .ak-player canvas")  # and is seen and heard in a player
    assert page.get_by_role("button", name="Play", exact=True).is_visible()
    assert page.locator(".ak-tape").is_hidden()


def test_a_page_that_stands_still_and_a_kernel_that_is_busy_lose_nothing(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    record(page, 1)
    page.evaluate("{ const end = performance.now() + 1500; while (performance.now() < end); }")
    time.sleep(4)  # nobody answers the page meanwhile
    stop(page)
    assert recorder.audio.duration_seconds > 5
    is_the_sine(recorder.audio)
    assert recorder.audio.lost == ()


def test_no_more_than_eight_pieces_are_on_their_way_at_a_time(opened):
    recorder = Recorder()
    page, kernel = opened(recorder)
    record(page, 0.5)
    kernel.alive = False
    wait(page, "parseFloat(document.querySelector('.ak-now')?.textContent.split(':')[1]) > 4.5", 30_000)
    sent = page.evaluate("new Set(window.sent.filter((s) => s.kind === 'piece').map((s) => s.number)).size")
    assert 7 <= sent - kernel.kinds.count("piece") <= 8  # some were on their way already when it fell silent
    kernel.alive = True
    stop(page)  # the kernel is asked where it stands, and what was lost goes again
    assert "where" in kernel.kinds
    is_the_sine(recorder.audio)


def test_pieces_that_the_line_loses_cuts_or_doubles_come_again(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    page.evaluate("""() => {
      const hurt = new Set();
      window.tamper = (content, buffers) => {
        const n = content.number;
        if (content.kind === "piece" && !hurt.has(n) && n % 3 === 1) {
          hurt.add(n);
          return n % 2 ? null : { ...content, buffers: [buffers[0].slice(0, 1000)] };
        }
        if (content.kind === "piece" && n % 5 === 0) setTimeout(() => window.model.send(content, null, buffers), 300);
        return content;
      };
    }""")
    record(page, 4)
    stop(page)
    is_the_sine(recorder.audio)
    sent = page.evaluate("window.sent.filter((s) => s.kind === 'piece').map((s) => s.number)")
    assert {n for n in sent if sent.count(n) > 1} >= {1, 4, 5, 7, 10}
    assert recorder.audio.lost == ()


def test_a_piece_that_never_gets_through_is_silence_and_said(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    page.evaluate("() => { window.tamper = (content) => (content.number === 2 ? null : content); }")
    record(page, 2)
    stop(page)
    (lost,) = recorder.audio.lost
    assert (lost.start_seconds, lost.end_seconds) == pytest.approx((0.5, 0.75), abs=1e-3)
    assert not recorder.audio.samples[0, int(0.51 * RATE) : int(0.74 * RATE)].any()
    said_there = page.locator(".ak-place .ak-notes").inner_text()
    assert "0.250 s in 1 place never arrived; silence stands there" in said_there
    assert page.evaluate("window.sent.filter((s) => s.number === 2).length") == 12


def test_a_line_that_is_cut_for_a_while_loses_nothing(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    record(page, 1)
    page.evaluate("window.cut = true")
    wait(page, "parseFloat(document.querySelector('.ak-now')?.textContent.split(':')[1]) > 3")
    page.evaluate("window.cut = false")
    stop(page)
    is_the_sine(recorder.audio)


def test_a_kernel_that_is_gone_is_said_and_the_take_can_be_saved_from_the_page(opened, tmp_path):
    import audiokit

    recorder = Recorder()
    page, kernel = opened(
        recorder,
        before="{ const real = performance.now.bind(performance); window.skip = 0; performance.now = () => real() + window.skip; }",
    )
    record(page, 2)
    kernel.alive = False
    page.wait_for_timeout(600)
    page.evaluate("window.skip = 60000")
    said(page, "The kernel is busy or gone")
    page.evaluate("window.skip = 120000")
    press(page, "Stop")
    with page.expect_download() as download:
        press(page, "Save the take from this page")
    download.value.save_as(tmp_path / "take.wav")
    kernel.alive = True
    page.evaluate("window.skip = 240000")  # it is asked again, though ever more rarely
    said(page, "the take is in Python")
    audio = audiokit.read(tmp_path / "take.wav")
    np.testing.assert_array_equal(audio.samples, recorder.audio.samples)
    is_the_sine(audio)


WORKLET = """
delete window.MediaStreamTrackProcessor;
window.joined = [];
const join = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) { window.joined.push([this.constructor.name, to.constructor.name]); return join.call(this, to, ...more); };
"""


def test_a_browser_that_reads_through_a_worklet_records_too(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder, before=WORKLET)
    record(page, 3)
    stop(page)
    assert recorder.audio.sample_rate == RATE
    amplitudes, steps = steady(started(recorder.audio.samples[0]))
    # between the fake microphone's clock and the loudspeaker's, Chromium leaves holes on a busy machine
    whole = np.abs(amplitudes - AMPLITUDE) < 1e-3
    assert np.mean(whole) > 0.5
    assert np.median(steps[whole[1:] & whole[:-1]]) < 0.001
    joined = page.evaluate("window.joined")
    assert ["MediaStreamAudioSourceNode", "AudioWorkletNode"] in joined
    assert "AudioDestinationNode" not in [to for _, to in joined]  # nothing is heard back


def test_a_pause_leaves_out_what_is_said_in_it(opened):
    recorder = Recorder(channels=2)
    page, _kernel = opened(recorder)
    record(page, 1)
    press(page, "Pause recording")
    said(page, "Paused.")
    wait(page, "window.model.get('state') === 'paused'")
    assert recorder.state == "paused"
    at = page.locator(".ak-now").inner_text()
    page.wait_for_timeout(700)
    assert page.locator(".ak-now").inner_text() == at
    press(page, "Resume recording")
    said(page, "Recording.")
    wait(page, "parseFloat(document.querySelector('.ak-now')?.textContent.split(':')[1]) > 2")
    stop(page)
    _amplitudes, steps = steady(started(recorder.audio.samples[0]))
    assert np.sum(steps > 0.005) <= 3  # where the two parts meet
    assert without_clock_notes(recorder.audio) == []


def test_the_maximum_stops_it_to_the_sample_and_says_so(opened):
    recorder = Recorder(maximum_seconds=1.5)
    page, _kernel = opened(recorder)
    press(page, "Record")
    said(page, "The take reached its maximum length of 0:01.50 and stopped by itself.")
    assert recorder.audio.frames == 66_150
    assert "maximum" in recorder.message
    assert page.evaluate("window.track.readyState") == "ended"  # the microphone is let go of


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
