"""The player's one ES module in Chromium, in a host that offers no more than render, get, set, on, off and save_changes."""

import numpy as np
import pytest

from audiokit import Audio, Segment
from audiokit_widgets import AudioPlayer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

RATE = 16_000
INJECTION = '<img src=x onerror="window.injected=1"><script>window.injected=2</script></script>'
CURRENT = "document.querySelector('audio').currentTime"
POSITION = "window.model.get('position_seconds')"


def tone(seconds=6.0, amplitude=0.5):
    time = np.arange(int(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * 440 * time) * (1 + np.sin(2 * np.pi * time)) / 2).astype(np.float32)


@pytest.fixture(scope="module")
def player():
    segments = [Segment(1.0, 2.0, "speech", 0.9), Segment(3.0, 4.5, INJECTION)]
    return AudioPlayer(Audio(tone(), RATE, name="tone", warnings=(f"truncated {INJECTION}",)), segments=segments)


@pytest.fixture
def opened(open_widget, player):
    watched = open_widget(player)
    yield watched
    assert watched.external == []
    assert watched.complaints == []


def lane(page):
    box = page.locator(".ak-surface").bounding_box()
    return box["x"], box["y"], box["width"], box["height"]


def wait(page, condition):
    page.wait_for_function(condition, timeout=5000)


def test_play_advances_and_pause_stops(opened):
    page = opened.page
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, f"{CURRENT} > 0.6 && window.model.get('playing') && {POSITION} > 0.2")
    cursor = page.locator(".ak-cursor").evaluate("e => new DOMMatrix(getComputedStyle(e).transform).e")
    assert cursor > 52  # it has left the start of the lane
    page.get_by_role("button", name="Pause", exact=True).click()
    wait(page, "!window.model.get('playing')")
    stopped = page.evaluate(CURRENT)
    page.wait_for_timeout(250)
    assert page.evaluate(CURRENT) == stopped
    assert page.evaluate(POSITION) == pytest.approx(stopped, abs=1e-3)


@pytest.mark.parametrize("height_fraction", [0.1, 0.5])
def test_a_click_in_any_lane_seeks(opened, height_fraction):
    page = opened.page
    x, y, width, height = lane(page)
    page.mouse.click(x + width / 4, y + height * height_fraction)
    wait(page, f"Math.abs({CURRENT} - 1.5) < 0.02 && Math.abs({POSITION} - 1.5) < 0.02")
    assert float(page.locator(".ak-surface").get_attribute("aria-valuenow")) == pytest.approx(1.5, abs=0.02)


def test_a_drag_seeks_and_with_shift_selects(opened):
    page = opened.page
    x, y, width, _ = lane(page)
    page.mouse.move(x + width / 6, y + 30)
    page.mouse.down()
    page.mouse.move(x + width / 2, y + 40, steps=4)
    page.mouse.up()
    wait(page, f"Math.abs({POSITION} - 3) < 0.02")
    assert page.evaluate("window.model.get('selection')") == []
    page.keyboard.down("Shift")
    page.mouse.move(x + width / 3, y + 30)
    page.mouse.down()
    page.mouse.move(x + width * 2 / 3, y + 30, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    assert page.evaluate("window.model.get('selection')") == pytest.approx([2.0, 4.0], abs=0.03)
    assert page.locator(".ak-selection").bounding_box()["width"] == pytest.approx(width / 3, abs=3)
    page.keyboard.press("Escape")
    assert page.evaluate("window.model.get('selection')") == []
    assert page.locator(".ak-selection").is_hidden()


def test_a_click_on_a_segment_seeks_to_its_start(opened):
    page = opened.page
    x, y, width, height = lane(page)
    page.mouse.click(x + width * 4 / 6, y + height - 20 - 15)  # in the middle of the second one, 3.0 .. 4.5 s
    wait(page, f"Math.abs({CURRENT} - 3) < 0.001 && Math.abs({POSITION} - 3) < 0.001")


def test_a_row_of_the_table_plays_its_span_and_stops(opened):
    page = opened.page
    page.evaluate("document.querySelector('audio').playbackRate = 2")
    page.get_by_role("button", name="Play speech from").click()
    wait(page, f"window.model.get('playing') && {CURRENT} >= 1")
    assert page.locator("tr.ak-heard").count() == 1
    wait(page, f"!window.model.get('playing') && {CURRENT} >= 1.9")
    assert page.evaluate(CURRENT) < 2.5


def test_the_model_moves_and_starts_the_sound(opened):
    page = opened.page
    page.evaluate("window.model.set('position_seconds', 4.25)")
    wait(page, f"Math.abs({CURRENT} - 4.25) < 0.001")
    assert page.locator(".ak-now").inner_text() == "0:04.250"
    page.evaluate("window.model.set('playing', true)")
    wait(page, f"{CURRENT} > 4.5")
    page.evaluate("window.model.set('playing', false)")
    wait(page, "document.querySelector('audio').paused")
    page.evaluate("window.model.set('segments', [{start: 0, end: 1, label: 'new', score: null}])")
    assert page.locator("tbody tr").count() == 1


def test_keys_work_while_the_focus_is_inside_and_only_then(opened):
    page = opened.page
    page.keyboard.press("ArrowRight")
    assert page.evaluate(CURRENT) == 0
    page.locator(".ak-surface").focus()
    for key, expected in [("ArrowRight", 1), ("Shift+ArrowRight", 6), ("ArrowLeft", 5), ("Shift+ArrowLeft", 0)]:
        page.keyboard.press(key)
        wait(page, f"Math.abs({CURRENT} - {expected}) < 0.01 && Math.abs({POSITION} - {expected}) < 0.01")
    page.keyboard.press("End")
    wait(page, f"Math.abs({POSITION} - 6) < 0.01")
    page.keyboard.press("Home")
    wait(page, f"{POSITION} === 0")
    page.keyboard.press(" ")
    wait(page, f"{CURRENT} > 0.2")
    page.keyboard.press(" ")
    wait(page, "document.querySelector('audio').paused")
    page.locator(".ak-play").focus()
    page.keyboard.press(" ")  # presses the button, once
    wait(page, "!document.querySelector('audio').paused")
    before = page.evaluate("document.querySelector('audio').volume")
    page.locator(".ak-volume").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.querySelector('audio').volume") < before


def test_labels_and_warnings_stay_text(opened):
    page = opened.page
    page.wait_for_timeout(100)
    assert page.evaluate("window.injected") is None
    assert page.locator(".ak-player img, .ak-player script").count() == 0
    assert INJECTION in page.locator("tbody").inner_text()
    assert INJECTION in page.locator(".ak-notes").inner_text()


def test_what_assistive_technology_is_told(opened):
    page = opened.page
    slider = page.get_by_role("slider", name="Position in tone")
    assert slider.get_attribute("aria-valuetext") == "0.00 of 6.00 seconds"
    assert slider.get_attribute("aria-valuemax") == "6.00"
    assert page.locator(".ak-player").get_attribute("data-lm-suppress-shortcuts") == "true"
    for role, name in [("button", "Play"), ("combobox", "Speed"), ("slider", "Volume")]:
        assert page.get_by_role(role, name=name, exact=True).count() == 1
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_speed_keeps_the_pitch_and_volume_reaches_the_sound(opened):
    page = opened.page
    page.get_by_role("combobox", name="Speed").select_option("1.5")
    audio = page.evaluate("(a => [a.playbackRate, a.preservesPitch])(document.querySelector('audio'))")
    assert audio == [1.5, True]


def inked(page):
    """How many pixels of the waveform's lane have its colour, and how many of the spectrogram's are not black."""
    return page.evaluate("""() => {
      const c = document.querySelector('canvas'), g = c.getContext('2d'), r = devicePixelRatio;
      const count = (y, h, test) => {
        const d = g.getImageData(60 * r, y * r, c.width - 70 * r, h * r).data;
        let n = 0;
        for (let i = 0; i < d.length; i += 4) n += test(d[i], d[i + 1], d[i + 2]);
        return n;
      };
      const blue = (red, green, blue) => blue - red > 90 && blue > 150;
      return [count(2, 100, blue), count(116, 120, (red, green, blue) => red + green + blue > 60)];
    }""")


def test_the_lanes_are_drawn_and_follow_the_width_and_the_screen(open_widget, player):
    watched = open_widget(player, scale=2)
    page = watched.page
    page.wait_for_timeout(100)
    wave, mel = inked(page)
    assert wave > 10_000
    assert mel > 5_000
    wide = page.evaluate("document.querySelector('canvas').width")
    assert wide == 2 * page.evaluate("document.querySelector('.ak-stage').clientWidth")
    page.set_viewport_size({"width": 480, "height": 700})
    wait(page, f"document.querySelector('canvas').width < {wide}")
    narrow = page.evaluate("document.querySelector('canvas').width")
    assert narrow == 2 * page.evaluate("document.querySelector('.ak-stage').clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 480
    assert watched.complaints == []


def test_decibels_make_the_quiet_visible(open_widget):
    watched = open_widget(AudioPlayer(tone(amplitude=0.01), sample_rate=RATE))
    page = watched.page
    linear, _ = inked(page)
    button = page.get_by_role("button", name="dB", exact=True)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert inked(page)[0] > 5 * linear
    assert watched.complaints == []


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.array([0.5]), 8000),
        (np.full(38_400, 0.5), 384_000),
        (np.sign(np.sin(np.arange(16_000) * 0.3) + 1e-9), 16_000),
        (np.random.default_rng(0).normal(0, 0.2, (16, 8000)), 8000),
        (np.where(np.arange(8000) % 50 == 0, np.nan, 0.1 * np.sin(np.arange(8000) * 0.2)), 8000),
        (np.zeros(8000), 48_000),
    ],
    ids=["one sample", "DC at 384 kHz", "full-scale square", "16 channels", "NaN", "silence"],
)
def test_extremes_are_drawn(open_widget, samples, rate):
    watched = open_widget(AudioPlayer(samples, sample_rate=rate))
    watched.page.wait_for_timeout(100)
    wave, _ = inked(watched.page)
    assert wave > 300  # at least a line across
    assert watched.page.locator(".ak-status").inner_text() == ""
    assert watched.complaints == []


def test_both_views_of_one_model_share_one_sound_and_leave_nothing_behind(opened):
    page = opened.page
    page.evaluate("window.again()")
    page.wait_for_function("document.querySelectorAll('.ak-player').length === 2")
    assert page.locator("audio").count() == 1
    page.locator(".ak-play").nth(1).click()
    wait(page, f"{CURRENT} > 0.3")
    assert page.get_by_role("button", name="Pause", exact=True).count() == 2
    page.evaluate("window.cleanup()")
    wait(page, "document.querySelectorAll('.ak-player').length === 1")
    at = page.evaluate(CURRENT)
    wait(page, f"!document.querySelector('audio').paused && {CURRENT} > {at} + 0.2")  # the other view plays on
    page.evaluate("window.kept = document.querySelector('audio'); window.url = window.kept.src; window.second()")
    wait(page, "document.querySelectorAll('.ak-player, audio').length === 0")
    assert page.evaluate("window.kept.getAttribute('src')") is None
    assert page.evaluate("Object.values(window.listeners).every((l) => l.length === 0)")
    revoked = page.evaluate("fetch(window.url).then(() => false, () => true)")
    opened.complaints.clear()  # Chromium's own line about the revoked URL
    assert revoked


def test_it_does_not_start_by_itself_and_reduced_motion_is_heeded(open_widget, player):
    player.playing = True
    try:
        watched = open_widget(player, reduced_motion=True)
    finally:
        player.playing = False
    page = watched.page
    assert page.evaluate("document.querySelector('audio').paused")
    assert page.evaluate("window.model.get('playing')") is False
    page.evaluate(
        "() => { const real = requestAnimationFrame; window.asked = 0; window.requestAnimationFrame = (f) => (window.asked++, real(f)); }"
    )
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, f"{CURRENT} > 0.3 && {POSITION} > 0")
    assert page.evaluate("window.asked") == 0
