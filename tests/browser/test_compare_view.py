"""The comparison's view in Chromium: keys, region, names, waveforms, and where its sound comes from."""

import re

import pytest
from comparison_heard import NOW, RATE, noise, play, sine, wait

from audiokit import Audio
from audiokit_widgets import Compare

pytest_plugins = ("comparison_heard",)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
INJECTION = '<img src=x onerror="window.injected=1"><script>window.injected=2</script>'


# what is on the page


@pytest.fixture(scope="module")
def three():
    sounds = {
        INJECTION: Audio(noise(), RATE),
        "half": Audio(noise() / 2, RATE),
        "other": Audio(noise(seed=3)[:RATE], RATE),
    }
    return Compare(sounds, title=f"Three {INJECTION}")


def test_sounds_are_a_radio_group_and_keys_switch_seek_and_play(open_compare, three):
    page = open_compare(three).page
    assert page.get_by_role("radiogroup", name="Heard").count() == 1
    radios = page.get_by_role("radio")
    assert radios.count() == 3
    assert page.get_by_role("radio", name="half").count() == 1
    assert radios.nth(0).is_checked()
    slider = page.get_by_role("slider", name="Position")
    slider.focus()
    for key, expected in [
        ("ArrowRight", 1.0),
        ("Shift+ArrowRight", 4.0),
        ("ArrowLeft", 3.0),
        ("Home", 0.0),
        ("End", 4.0),
        ("Home", 0.0),
    ]:
        page.keyboard.press(key)
        assert float(slider.get_attribute("aria-valuenow")) == expected
    assert slider.get_attribute("aria-valuetext") == "0.00 of 4.00 seconds"
    page.keyboard.press("3")
    assert radios.nth(2).is_checked()
    page.keyboard.press("8")  # there is none
    assert radios.nth(2).is_checked()
    page.keyboard.press(" ")
    wait(page, f"{NOW} > '0:00.200'")
    radios.nth(2).focus()
    page.keyboard.press("ArrowUp")  # within the group: the browser's own keys
    assert radios.nth(1).is_checked()
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert page.locator(".ak-row.ak-on").count() == 1
    assert page.locator(".ak-compare").get_attribute("data-lm-suppress-shortcuts") == "true"
    assert page.locator(".ak-status").get_attribute("role") == "status"


def test_the_region_is_drawn_and_set_by_keys_and_by_the_mouse(open_compare, three):
    page = open_compare(three).page
    box = page.locator(".ak-voices .ak-lane").first.bounding_box()

    def at(part):
        return box["x"] + box["width"] * part, box["y"] + 20

    page.mouse.click(*at(0.5))
    assert float(page.locator(".ak-slider").get_attribute("aria-valuenow")) == pytest.approx(2.0, abs=0.02)
    page.keyboard.down("Shift")
    page.mouse.move(*at(0.75))
    page.mouse.down()
    page.mouse.move(*at(0.25), steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    assert page.evaluate("window.model.get('loop_seconds')") == pytest.approx([1.0, 3.0], abs=0.03)
    region = page.locator(".ak-voices .ak-region").nth(1).bounding_box()
    assert region["width"] == pytest.approx(box["width"] / 2, abs=3)
    page.locator(".ak-slider").focus()
    page.keyboard.press("[")
    assert page.evaluate("window.model.get('loop_seconds')") == pytest.approx([2.0, 3.0], abs=0.03)
    assert page.get_by_role("button", name="Repeat").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.evaluate("window.model.get('loop_seconds')") == []
    assert page.locator(".ak-region:visible").count() == 0


def test_names_facts_and_differences_are_text(open_compare, three):
    page = open_compare(three).page
    assert page.evaluate("window.injected") is None
    assert page.locator(".ak-compare img, .ak-compare script").count() == 0
    text = page.locator(".ak-compare").inner_text()
    for part in (
        INJECTION,
        "gain −6.0 dB",
        "LUFS",
        f"{INJECTION} minus half: nothing",
        f"{INJECTION} minus other: −",
        "other: ends 3.000 s before the longest",
    ):
        assert part in text
    assert page.evaluate("document.documentElement.scrollWidth") <= 900


def test_waveforms_are_drawn_at_true_amplitude_and_follow_the_width(open_compare):
    compare = Compare({"a": Audio(sine(0.5, 1), RATE), "b": Audio(sine(0.25, 1), RATE)}, match="none")
    page = open_compare(compare, scale=2).page
    rows = """() => [...document.querySelectorAll('.ak-outline')].map((c) => {
      const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, hit = [];
      for (let y = 0; y < c.height; y++) for (let x = 0; x < c.width; x += 7) { const i = 4 * (y * c.width + x); if (d[i + 2] - d[i + 1] > 60) { hit.push(y); break; } }
      return [c.width / c.clientWidth, hit.length / c.height];
    })"""
    ratios = page.evaluate(rows)
    assert [r for r, _ in ratios] == pytest.approx([2, 2, 2], abs=0.01)
    assert [part for _, part in ratios[:2]] == pytest.approx([0.5, 0.25], abs=0.04)
    wide = page.evaluate("document.querySelector('.ak-outline').width")
    page.set_viewport_size({"width": 420, "height": 800})
    wait(page, f"document.querySelector('.ak-outline').width !== {wide}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_dark_and_calm(open_compare, three):
    page = open_compare(three, dark=True, reduced_motion=True).page
    paper, ink = page.evaluate(
        "(s => [s.backgroundColor, s.color])(getComputedStyle(document.querySelector('.ak-compare')))"
    )
    assert sum(map(int, re.findall(r"\d+", paper))) < 120 < 500 < sum(map(int, re.findall(r"\d+", ink)))
    page.evaluate(
        "() => { const real = requestAnimationFrame; window.asked = 0; window.requestAnimationFrame = (f) => (window.asked++, real(f)); }"
    )
    play(page)
    wait(page, f"{NOW} > '0:00.400'")
    assert page.evaluate("window.asked") == 0


def test_another_player_silences_it_and_views_share_what_they_decoded(open_compare, three):
    page = open_compare(three).page
    page.evaluate("document.querySelector('.static').remove()")  # as the frozen page does once the view is there
    play(page)
    page.evaluate("document.dispatchEvent(new CustomEvent('audiokit:play', { detail: {} }))")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.evaluate("window.again()")
    wait(page, "document.querySelectorAll('.ak-compare').length === 2")
    page.locator(".ak-play").nth(0).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.locator(".ak-play").nth(1).click()
    wait(
        page,
        "document.querySelectorAll('.ak-play')[1].title === 'Pause' && document.querySelectorAll('.ak-play')[0].title === 'Play'",
    )
    page.evaluate("window.cleanup(); window.second()")
    assert page.locator(".ak-compare").count() == 0
    assert page.evaluate("Object.values(window.listeners).every((l) => l.length === 0)")
    wait(page, "window.context.state === 'closed'")


def test_live_the_sound_comes_from_the_kernel_when_it_is_wanted(open_compare, three, monkeypatch):
    page = open_compare(three, kernel=True).page
    assert page.evaluate("window.received") == []
    play(page)
    assert page.evaluate("window.received.length") == 3
    wait(page, f"{NOW} > '0:00.200'")


def test_without_static_view_and_kernel_it_says_so(open_compare, three):
    page = open_compare(three, kernel=True).page
    page.evaluate("() => { window.model.send = () => { throw new Error('comm is closed') } }")
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, "document.querySelector('.ak-status')?.textContent.startsWith('No kernel answers')")
