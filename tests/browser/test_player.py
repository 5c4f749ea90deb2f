"""The player in a page from disk: extremes of sound, what it tells assistive technology, and that it starts by will only."""

import re

import numpy as np
import pytest
from frozen_page import frozen
from jupyter_page import CURRENT, LISTEN, wait_until

from audiokit import Audio
from audiokit.errors import AudiokitError
from audiokit_widgets import AudioPlayer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

RATE = 16_000


@pytest.fixture
def opened(new_page, tmp_path):
    """Open a player: ``opened(player, width=900)`` gives a `Watched`."""

    def make(player, **options):
        watched = new_page(**options)
        watched.page.add_init_script(LISTEN)
        return frozen(watched, tmp_path / "page.html", player)

    return make


def tone(seconds=3.0, amplitude=0.5):
    time = np.arange(int(seconds * RATE)) / RATE
    return Audio((amplitude * np.sin(2 * np.pi * 440 * time)).astype(np.float32), RATE, name="tone")


def inked(page):
    """How many pixels of the waveform's lane have its colour."""
    page.wait_for_timeout(150)
    return page.evaluate("""() => {
      const c = document.querySelector('.ak-canvas'), k = c.width / c.clientWidth, left = document.querySelector('.ak-surface').offsetLeft;
      const d = c.getContext('2d').getImageData(left * k, 0, c.width - left * k, 104 * k).data;
      let n = 0;
      for (let i = 0; i < d.length; i += 4) n += d[i + 2] - d[i] > 90 && d[i + 2] > 150;
      return n;
    }""")


def some(bad):
    return np.where(np.arange(8000) % 50 == 0, bad, 0.1 * np.sin(np.arange(8000) * 0.2))


@pytest.mark.parametrize(
    ("samples", "rate", "said"),
    [
        (np.array([0.5]), 8000, ""),
        (0.5 * np.sin(np.arange(8000) * 0.1), 8000, "8 kHz"),
        (np.full(38_400, 0.5), 384_000, "384 kHz"),
        (np.sign(np.sin(np.arange(16_000) * 0.3) + 1e-9), 16_000, "16,000 samples at or beyond full scale"),
        (np.random.default_rng(0).normal(0, 0.2, (16, 8000)), 8000, "16 channels"),
        (some(np.nan), 8000, "not finite"),
        (some(np.inf), 8000, "not finite"),
        (np.full(8000, np.nan), 8000, "not finite"),
        (np.zeros(8000), 48_000, ""),
    ],
    ids=["one sample", "8 kHz", "DC at 384 kHz", "square", "16 channels", "NaN", "infinities", "only NaN", "silence"],
)
def test_extremes_are_shown(opened, samples, rate, said):
    watched = opened(AudioPlayer(samples, sample_rate=rate))
    root = watched.page.locator(".ak-player")
    assert inked(watched.page) > (300 if samples.size > 1 else 4)  # at least a line across; a single sample is a point
    assert said in root.inner_text()
    assert root.locator(".ak-status").inner_text() == ""
    assert watched.complaints == []
    watched.page.get_by_role("button", name="Play", exact=True).click()
    wait_until(watched.page, f"{CURRENT} >= 0 && window.element.readyState > 0")
    assert root.locator(".ak-status").inner_text() == ""


def test_nothing_to_play_is_refused_in_words():
    with pytest.raises(AudiokitError, match=r"\w+"):
        AudioPlayer(np.zeros(0), sample_rate=RATE)


def test_what_assistive_technology_is_told(opened):
    page = opened(AudioPlayer(tone())).page
    slider = page.locator(".ak-surface")
    assert slider.get_attribute("role") == "slider"
    assert "tone" in slider.get_attribute("aria-label")
    assert re.search(r"0\.00 of 3\.00 seconds", slider.get_attribute("aria-valuetext"))
    assert page.locator(".ak-player").get_attribute("data-lm-suppress-shortcuts") == "true"
    for role, name in [("button", "Play"), ("slider", "Volume")]:
        assert page.get_by_role(role, name=name, exact=True).count() == 1


def test_speed_keeps_the_pitch(opened):
    page = opened(AudioPlayer(tone())).page
    page.locator("select.ak-speed").select_option("1.5")
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until(page, f"{CURRENT} > 0.1")
    assert page.evaluate("[window.element.playbackRate, window.element.preservesPitch]") == [1.5, True]


def test_it_does_not_start_by_itself(opened):
    player = AudioPlayer(tone())
    player.playing = True  # and saved like that
    page = opened(player).page
    page.wait_for_timeout(500)
    assert page.evaluate("window.element") is None
    assert page.get_by_role("button", name="Play", exact=True).count() == 1


def test_decibels_make_the_quiet_visible(opened):
    watched = opened(AudioPlayer(tone(amplitude=0.01)))
    linear = inked(watched.page)
    button = watched.page.get_by_role("button", name="Waveform in decibels")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert inked(watched.page) > 5 * linear


def test_the_picture_follows_the_width_and_the_screen(opened):
    page = opened(AudioPlayer(tone()), scale=2, width=1000).page
    wide = page.evaluate("document.querySelector('.ak-canvas').width")
    assert wide == 2 * page.evaluate("document.querySelector('.ak-stage').clientWidth")
    page.set_viewport_size({"width": 480, "height": 700})
    wait_until(page, f"document.querySelector('.ak-canvas').width < {wide}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 480
