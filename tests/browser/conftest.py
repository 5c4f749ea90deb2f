"""Chromium and Jupyter for the browser tests, and a record of all that a page asks for."""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_page import environment_in, serving

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",  # a microphone that beeps
    "--use-fake-ui-for-media-stream",
]


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


@contextmanager
def pages(chromium):
    """Make watched pages, closed in the end: ``make(width=900, dark=False, reduced_motion=False, scripts=True)``."""
    contexts = []

    def make(*, width=900, height=700, dark=False, reduced_motion=False, scale=1, scripts=True):
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if reduced_motion else "no-preference",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        return Watched(context.new_page())

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def new_page(chromium):
    """Make a watched page; see `pages`."""
    with pages(chromium) as make:
        yield make


@pytest.fixture(scope="module")
def new_shared_page(chromium):
    """Make a watched page that the tests of a module share; see `pages`."""
    with pages(chromium) as make:
        yield make


@pytest.fixture(scope="session")
def home(tmp_path_factory, chromium):
    """A folder for everything that Jupyter reads or writes, and the environment that says so."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "notebooks").mkdir()
    return folder / "notebooks", environment_in(folder)


@pytest.fixture(scope="session")
def lab(home, tmp_path_factory):
    """JupyterLab's address. One for all tests; stopped at the end, with its kernels."""
    pytest.importorskip("jupyterlab", reason="no Lab tests: the package jupyterlab is missing")
    with serving(*home, tmp_path_factory.mktemp("server")) as address:
        yield address
