"""Chromium for the browser tests, a page that hosts one widget, and a record of all that a page asks for."""

import base64
import json
import os
import re
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]

# The smallest host that a widget may meet: get, set, on, off and save_changes, and bytes as DataViews.
HOST = """<!doctype html><meta charset="utf-8"><title>host</title><style>STYLE</style><body><div id="widget"></div>
<script type="module">
const state = STATE, bytes = BYTES, listeners = {};
for (const [name, text] of Object.entries(bytes)) {
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const padded = new Uint8Array(raw.length + 3); // a DataView that starts where no float may
  padded.set(raw, 3);
  state[name] = new DataView(padded.buffer, 3);
}
const model = {
  get: (name) => state[name],
  set: (name, value) => { if (state[name] === value) return; state[name] = value; (listeners["change:" + name] || []).forEach((f) => f()); },
  on: (name, f) => { (listeners[name] ||= []).push(f); },
  off: (name, f) => { listeners[name] = (listeners[name] || []).filter((g) => g !== f); },
  save_changes: () => { window.saves = (window.saves || 0) + 1; },
};
const source = URL.createObjectURL(new Blob([ESM], { type: "text/javascript" }));
const module = await import(source);
window.model = model;
window.listeners = listeners;
window.again = async () => { const el = document.createElement("div"); document.body.append(el); return (window.second = await module.default.render({ model, el })); };
window.cleanup = await module.default.render({ model, el: document.getElementById("widget") });
window.ready = true;
</script>"""


def unavailable():
    """Why there is no browser, or an empty string."""
    if not CHROMIUM.exists():
        return f"{CHROMIUM} is missing"
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "the package playwright is missing"
    return ""


@pytest.fixture(scope="session")
def chromium():
    """One headless Chromium for all browser tests."""
    reason = unavailable()
    if reason:
        if "browser" in os.environ.get("AUDIOKIT_REQUIRE", ""):
            pytest.fail(f"AUDIOKIT_REQUIRE asks for the browser tests, but {reason}")
        pytest.skip(f"no browser tests: {reason}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """A page, with what it complained of and what it fetched from outside."""

    def __init__(self, page):
        self.page = page
        self.complaints = []
        self.external = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("request", self._asked)

    def _asked(self, request):
        local = ("data:", "blob:", "file:", "about:", "http://127.0.0.1", "ws://127.0.0.1")
        if not request.url.startswith(local):
            self.external.append(request.url)


@pytest.fixture
def new_page(chromium):
    """Make a watched page: ``new_page(width=900, dark=False, reduced_motion=False)``."""
    contexts = []

    def make(*, width=900, height=700, dark=False, reduced_motion=False, scale=1):
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if reduced_motion else "no-preference",
        )
        contexts.append(context)
        return Watched(context.new_page())

    yield make
    for context in contexts:
        context.close()


def host_page(widget, style="body { margin: 12px; font-family: sans-serif }"):
    """A widget's state and code as one page that runs from disk."""
    state = {k: v for k, v in widget.get_state().items() if not k.startswith("_") and k != "layout"}
    binary = {k: base64.b64encode(v).decode() for k, v in state.items() if isinstance(v, bytes | memoryview)}
    plain = json.dumps({k: v for k, v in state.items() if k not in binary}, allow_nan=False)
    parts = {"STATE": plain, "BYTES": json.dumps(binary), "ESM": json.dumps(str(widget._esm))}
    parts = {name: text.replace("</", "<\\/") for name, text in parts.items()}
    parts["STYLE"] = f"{style}\n{widget._css}"
    return re.sub("|".join(parts), lambda m: parts[m[0]], HOST)  # in one pass: base64 may spell any of the names


@pytest.fixture
def open_widget(new_page, tmp_path):
    """Open a widget from a file, in the small host: ``open_widget(player, width=900)`` gives a `Watched`."""

    def opened(widget, **options):
        path = tmp_path / "page.html"
        path.write_text(host_page(widget), encoding="utf-8")
        watched = new_page(**options)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=10_000)
        return watched

    return opened
