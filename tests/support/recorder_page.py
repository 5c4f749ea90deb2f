"""A page with a recorder, joined to a real `Recorder` in Python, and a microphone that plays a known signal."""

import base64
import functools
import http.server
import json
import re
import threading

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances, _remove_buffers

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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def sine(tmp_path_factory):
    """Ten seconds whose end joins their start, at the fake microphone's own rate."""
    import soundfile

    path = tmp_path_factory.mktemp("sound") / "sine.wav"
    time = np.arange(10 * RATE) / RATE
    soundfile.write(path, AMPLITUDE * np.sin(2 * np.pi * FREQUENCY * time), RATE, subtype="PCM_16")
    return path


@pytest.fixture(scope="session")
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
