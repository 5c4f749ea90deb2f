"""A frozen report opened from disk, with no network and no kernel: it shows, it plays, a click seeks."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from audiokit.report import run

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(240)]

SECONDS = 6.0
CURRENT = "window.voice ? window.voice.currentTime : 0"
LISTEN = "document.addEventListener('audiokit:play', (event) => (window.voice = event.detail))"


def wait_until(page, condition, timeout_ms=5000):
    """Poll from outside: the page's own policy forbids evaluating strings inside."""
    for _ in range(timeout_ms // 50):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{condition} did not come true; currentTime is {page.evaluate(CURRENT)}")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The tour of a stereo file whose name is hostile to HTML."""
    folder = tmp_path_factory.mktemp("page")
    time = np.arange(int(SECONDS * 22_050)) / 22_050
    sound = np.stack([0.4 * np.sin(2 * np.pi * 330 * time), 0.2 * np.sin(2 * np.pi * 440 * time)])
    path = folder / "a <img src=x onerror=alert(1)> & 'b'.wav"
    soundfile.write(path, sound.T, 22_050)
    return run("00_tour", audio=path, reports_folder=folder / "reports", progress=False)


@pytest.fixture
def opened(report, new_page):
    watched = new_page(width=1100, height=900)
    watched.page.context.set_offline(True)
    watched.page.add_init_script(LISTEN)
    watched.page.goto(report.page.resolve().as_uri())
    watched.page.wait_for_selector(".ak-surface", timeout=20_000)
    yield watched
    assert watched.external == []
    assert watched.complaints == []


def test_it_plays_and_a_click_seeks(opened):
    page = opened.page
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until(page, f"({CURRENT}) > 0.5")
    box = page.locator(".ak-surface").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)
    wait_until(page, f"({CURRENT}) >= {SECONDS / 2 - 0.05}")
    assert page.evaluate(CURRENT) < SECONDS / 2 + 1.5


def test_the_live_view_took_the_place_of_the_static_one(opened):
    page = opened.page
    assert page.locator(".widget .static").count() == 0
    assert page.locator(".widget audio").count() <= 1
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until(page, f"({CURRENT}) > 0.1")  # the static element is gone, and its bytes are played
    assert page.evaluate("window.voice.duration") == pytest.approx(SECONDS, abs=0.05)


def test_the_facts_of_the_file_are_on_the_page(opened):
    text = opened.page.locator("main").inner_text()
    for fact in ("22,050 Hz", "pcm_s16le", "LUFS", "dBTP", "Clipped samples", "& 'b'.wav"):
        assert fact in text


def test_a_file_name_is_text_and_never_markup(opened):
    assert opened.page.locator("img[src='x']").count() == 0


def test_the_switch_opens_all_code(opened):
    page = opened.page
    assert page.locator("section.code > details[open]").count() == 0
    page.get_by_label("show all code").check()
    assert page.locator("section.code > details[open]").count() > 5


def test_without_scripts_the_static_player_is_there_and_plays(report, chromium):
    context = chromium.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(report.page.resolve().as_uri())
    assert page.locator(".widget audio[controls]").count() == 1
    image = page.locator(".widget img").first.bounding_box()
    assert image["width"] > 300
    assert image["height"] > 100
    context.close()


def test_it_prints_without_its_controls(opened):
    opened.page.emulate_media(media="print")
    assert not opened.page.get_by_label("show all code").is_visible()


def test_headings_tables_and_pictures_have_names(opened):
    page = opened.page
    assert page.title() == "00_tour-a _img src=x onerror=alert(1)_ & 'b'"
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    unnamed = page.evaluate("[...document.querySelectorAll('img')].filter((e) => !e.alt).length")
    assert unnamed == 0
