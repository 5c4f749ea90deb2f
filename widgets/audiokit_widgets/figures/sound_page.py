"""A page that holds one sound model, a kernel that answers from Python, and ears that say which samples are heard."""

# ruff: noqa: E501, SLF001 - a page's script; and what stands in for a kernel calls what a kernel calls

from __future__ import annotations

import base64
import contextlib
import json
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from audiokit_widgets.sound import Sound

__all__ = ["Server", "kernel_of", "open_sound", "samples_heard", "sound_page", "where"]

PAGE = """<!doctype html><meta charset="utf-8"><title>sound</title>HEAD<body>BODY
<script type="module">
const state = STATE, bytes = BYTES, listeners = {};
const decoded = (text) => {
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const padded = new Uint8Array(raw.length + 3); // a DataView that starts where no float may
  padded.set(raw, 3);
  return new DataView(padded.buffer, 3);
};
for (const [name, text] of Object.entries(bytes)) state[name] = decoded(text);
const emit = (name, ...details) => (listeners[name] || []).forEach((f) => f(...details));
window.saved = [];
window.asked = [];
window.model = {
  get: (name) => state[name],
  set: (name, value) => { if (Object.is(state[name], value)) return; state[name] = value; emit("change:" + name); },
  on: (name, f) => { (listeners[name] ||= []).push(f); },
  off: (name, f) => { listeners[name] = (listeners[name] || []).filter((g) => g !== f); },
  save_changes: () => { window.saved.push([performance.now(), state.position_seconds, state.playing]); },
  send: async (content) => {
    window.asked.push(content);
    if (!window.kernel || window.deaf) return;
    const answer = await window.kernel(content);
    for (const [name, value] of Object.entries(answer.state)) window.model.set(name, value);
    window.reply(answer.content, answer.buffers);
  },
};
window.reply = (content, buffers) => emit("msg:custom", content, buffers.map(decoded));
document.addEventListener("audiokit:play", (event) => (window.element = event.detail));
const code = ESM;
window.start = async (signal) => {
  const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  return module.default.initialize({ model: window.model, signal });
};
window.life = new AbortController();
window.sound = await window.start(window.life.signal);
window.views = [0, 0];
window.sound.transport.on("change", () => window.views[0]++);
window.sound.transport.on("change", () => window.views[1]++);

// Ears: all samples that leave the element, at the sound's own rate.
window.listen = async (rate) => {
  const { transport } = window.sound;
  transport.play();
  for (const end = performance.now() + 8000; window.element.readyState < 3 || !transport.playing; ) if (performance.now() > end) throw new Error(`not ready: ${transport.message}`); else await new Promise((done) => setTimeout(done, 10));
  transport.pause();
  const context = new AudioContext({ sampleRate: rate });
  const worklet = `registerProcessor("ears", class extends AudioWorkletProcessor {
    process([input]) { if (input.length) this.port.postMessage(input.map((c) => c.slice())); return true; }
  });`;
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], { type: "text/javascript" })));
  const ears = new AudioWorkletNode(context, "ears");
  window.heard = [];
  ears.port.onmessage = ({ data }) => window.heard.push(data[0]);
  context.createMediaElementSource(window.element).connect(ears).connect(context.destination);
  await context.resume();
  await new Promise((done) => setTimeout(done, 200));
  // What was decoded ahead went to where sound went before: Chromium does not fetch it again where a seek moves nothing.
  const settled = new Promise((done) => window.element.addEventListener("seeked", done, { once: true }));
  transport.seek(transport.position < 0.25 ? 0.5 : 0);
  await settled;
};
// From `seconds` on: what was heard, as base64 of float32.
window.hear = async (seconds, length) => {
  const { transport } = window.sound;
  if (seconds !== null) transport.seek(seconds);
  window.heard.length = 0;
  transport.play();
  await new Promise((done) => setTimeout(done, length * 1000));
  transport.pause();
  const parts = window.heard.slice(), all = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  const raw = new Uint8Array(all.buffer);
  let text = "";
  for (let i = 0; i < raw.length; i += 8192) text += String.fromCharCode(...raw.subarray(i, i + 8192));
  return btoa(text);
};
window.ready = true;
</script>"""


def sound_page(sound: Sound, *, head: str = "", body: str = "") -> str:
    """The model's state and code as one page."""
    state = {k: v for k, v in sound.get_state().items() if not k.startswith("_") and k != "layout"}
    binary = {k: base64.b64encode(v).decode() for k, v in state.items() if isinstance(v, bytes | memoryview)}
    plain = {k: v for k, v in state.items() if k not in binary}
    page = PAGE.replace("HEAD", head, 1).replace("BODY", body, 1)
    parts = {
        "STATE": json.dumps(plain, allow_nan=False),
        "BYTES": json.dumps(binary),
        "ESM": json.dumps(str(sound._esm)),
    }
    for name, text in parts.items():
        page = page.replace(f"= {name}", "= " + text.replace("</", "<\\/"), 1)
    return page


def kernel_of(sound: Sound) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What answers a page in place of a kernel: replies, and the state that the model sent with them."""

    def answer(content: dict[str, Any]) -> dict[str, Any]:
        before = {k: v for k, v in sound.get_state().items() if isinstance(v, str | int | float | bool)}
        number = content.get("id")
        try:
            reply, data = sound._answer(content)
        except Exception as error:  # noqa: BLE001 - as the model itself does: the page that asked shows it
            return {"content": {"id": number, "error": str(error)}, "buffers": [], "state": {}}
        after = sound.get_state()
        changed = {k: after[k] for k, v in before.items() if after[k] != v}
        return {"content": {"id": number, **reply}, "buffers": [base64.b64encode(data).decode()], "state": changed}

    return answer


def open_sound(
    watched: Any,
    sound: Sound,
    address: str,
    *,
    pages: dict[str, bytes],
    kernel: bool = True,
    head: str = "",
    body: str = "",
    path: str = "/page",
) -> Any:
    """Open the model's page at a server's address; ``watched.page`` is where."""
    pages[path] = sound_page(sound, head=head, body=body).encode()
    if kernel:
        watched.page.expose_function("kernel", kernel_of(sound))
    watched.page.goto(f"{address}{quote(path)}")
    watched.page.wait_for_function("window.ready === true", timeout=10_000)
    return watched.page


def samples_heard(page: Any, seconds: float | None, length: float = 0.9) -> NDArray[np.float32]:
    """float32 samples from the first that is not silence on, after a seek."""
    text = page.evaluate("([s, n]) => window.hear(s, n)", [seconds, length])
    heard = np.frombuffer(base64.b64decode(text), "<f4")
    loud = np.flatnonzero(np.abs(heard) > 1e-4)
    if not len(loud):
        raise AssertionError("nothing was heard")
    return heard[int(loud[0]) :]


def where(heard: NDArray[np.float32], truth: NDArray[np.float32], *, length: int = 4096) -> tuple[int, float]:
    """Which sample of the truth the first one is, by correlation; and how alike they are, 0 to 1."""
    part = heard[:length].astype(np.float64)
    size = 1 << int(np.ceil(np.log2(len(truth) + length)))
    match = np.fft.irfft(np.fft.rfft(truth, size) * np.conj(np.fft.rfft(part, size)), size)[: len(truth)]
    at = int(np.argmax(match))
    found = truth[at : at + len(part)]
    return at, float(found @ part[: len(found)] / (np.linalg.norm(found) * np.linalg.norm(part) + 1e-12))


class Files(BaseHTTPRequestHandler):
    """A server of pages in memory and files in a folder, with byte ranges as tornado's."""

    protocol_version = "HTTP/1.1"

    def __init__(
        self, pages: dict[str, bytes], folder: Path, asked: list[tuple[str, str | None]], *details: Any
    ) -> None:
        self.pages, self.folder, self.asked = pages, folder, asked
        super().__init__(*details)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer with a page, or with a file or a part of one."""
        path = unquote(self.path.split("?")[0])
        if path == "/favicon.ico":
            return self.answer(204, b"", {})
        if path in self.pages:
            return self.answer(200, self.pages[path], {"Content-Type": "text/html"})
        file = Path(self.folder, path.removeprefix("/files/"))
        if not path.startswith("/files/") or not file.is_file():
            return self.answer(404, b"", {})
        self.asked.append((path, self.headers.get("Range")))
        data = file.read_bytes()
        kind = {
            "Content-Type": {".wav": "audio/wav", ".flac": "audio/flac"}.get(file.suffix, "application/octet-stream")
        }
        span = self.headers.get("Range")
        if not span:
            return self.answer(200, data, {"Accept-Ranges": "bytes", **kind})
        first, _, last = span.removeprefix("bytes=").partition("-")
        start, stop = int(first), min(int(last) + 1 if last else len(data), len(data))
        return self.answer(206, data[start:stop], {"Content-Range": f"bytes {start}-{stop - 1}/{len(data)}", **kind})

    def answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # the page has heard enough
            self.wfile.write(data)


class _Quiet(ThreadingHTTPServer):
    """Pages close connections as they please."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Server:
    """`Files` on a free port of this machine alone."""

    def __init__(self, folder: Path) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self._server = _Quiet(("127.0.0.1", 0), partial(Files, self.pages, folder, self.asked))
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()
