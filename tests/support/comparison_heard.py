"""A comparison in a page whose output is listened to, and sounds to compare."""

import numpy as np
import pytest
from compare_page import EAR, beside_its_static_view, link
from widget_page import host_page

RATE = 16_000
HZ = 440.0
NAMES = ["an original", "some codec"]
NOW = "document.querySelector('.ak-now')?.textContent"


def sine(amplitude=0.5, seconds=8.0, hz=HZ):
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def noise(amplitude=0.1, seconds=4.0, seed=0):
    return (amplitude * np.random.default_rng(seed).standard_normal(int(seconds * RATE))).astype(np.float32)


@pytest.fixture
def open_compare(new_page, tmp_path, monkeypatch):
    """Open a comparison in the small host: ``opened(compare, kernel=False)`` gives a `Watched`."""
    made = []

    def make(compare, *, kernel=False, **options):
        page_html = host_page(compare)
        path = tmp_path / "page.html"
        path.write_text(page_html if kernel else beside_its_static_view(page_html, compare), encoding="utf-8")
        watched = new_page(**options)
        watched.page.add_init_script(EAR)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=10_000)
        if kernel:
            link(watched.page, compare, monkeypatch)
        made.append(watched)
        return watched

    yield make
    for watched in made:
        assert watched.external == []
        assert watched.complaints == []


def wait(page, condition, timeout=10_000):
    page.wait_for_function(condition, timeout=timeout)


def play(page):
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for(timeout=10_000)
    page.evaluate("window.ear")  # until it listens


def heard(page):
    """What came out, in the first channel, from where the ear listens to every block; none is missing from there on."""
    blocks = page.evaluate("window.heard.map(([frame, channels]) => [frame, Array.from(channels[0])])")
    missed = np.flatnonzero(np.diff([frame for frame, _ in blocks]) != 128)
    assert not len(missed) or missed[-1] < 20, "the ear itself missed a block"
    return np.concatenate([np.array(samples) for _, samples in blocks[missed[-1] + 1 if len(missed) else 0 :]])
