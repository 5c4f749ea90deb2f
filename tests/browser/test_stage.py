"""The stage that all views of a sound share: zoom, pan, selection, keys, hover; on a sound whose every sample is known."""

import pytest
from stage_page import stage_page

pytestmark = pytest.mark.browser

SPANS = [
    {"start": 0.5, "end": 3.2, "label": "speech", "score": 0.91},
    {"start": 2.8, "end": 6.0, "label": "<img src=x onerror=alert(1)>", "score": None},
]


@pytest.fixture
def open_stage(new_page, tmp_path):
    """Open the player on the computed sound: ``open_stage(duration=12, channels=1, **state)``."""

    def opened(*, page=None, **options):
        sound = {k: options.pop(k) for k in ("rate", "duration", "channels", "peak", "notes") if k in options}
        path = tmp_path / "page.html"
        state = {"segments": SPANS, "show_table": True, **options}
        path.write_text(stage_page("player.js", [], state, **sound), encoding="utf-8")
        watched = new_page(**(page or {}))
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=10_000)
        watched.page.wait_for_timeout(60)
        return watched

    return opened


def view(page):
    """The part that is seen, as the model was told."""
    page.wait_for_timeout(300)
    return page.evaluate("model.get('view_seconds')")


def box(page):
    return page.locator(".ak-surface").bounding_box()


def pixel(page, x, y):
    """The colour at a point of the canvas, in CSS pixels from the stage's corner."""
    return page.evaluate(
        "([x, y]) => { const c = document.querySelector('.ak-canvas'), k = c.width / c.clientWidth;"
        " return [...c.getContext('2d').getImageData(x * k, y * k, 1, 1).data]; }",
        [x, y],
    )


def wave_extent(page, x):
    """The rows that the waveform covers in a column, as parts of the lane's half height around its middle."""
    return page.evaluate(
        """(x) => {
      const c = document.querySelector('.ak-canvas'), k = c.width / c.clientWidth, h = Math.round(104 * k);
      const d = c.getContext('2d').getImageData(Math.round(x * k), 0, 1, h).data, rows = [];
      for (let y = 0; y < h; y++) if (d[4 * y + 2] > d[4 * y] + 80) rows.push(y);
      return rows.length ? [1 - 2 * rows[0] / h, 1 - 2 * (rows[rows.length - 1] + 1) / h] : null;
    }""",
        x,
    )


def test_amplitudes_are_true(open_stage):
    page = open_stage(duration=12.0).page
    # a column in the full-scale square reaches both borders; a quiet part of the sine does not
    left = page.evaluate("document.querySelector('.ak-surface').offsetLeft")
    width = box(page)["width"]
    high, low = wave_extent(page, left + width * 4.55 / 12)  # between two marks of clipping
    assert high > 0.96
    assert low < -0.96
    # the sine's first crest, at 1/8 s: 0.8
    high, _ = wave_extent(page, left + width * 0.125 / 12)
    assert high == pytest.approx(0.8, abs=0.05)


def test_zoom_by_wheel_keeps_the_point_under_the_pointer(open_stage):
    page = open_stage().page
    area = box(page)
    x = area["x"] + area["width"] * 0.25
    page.mouse.move(x, area["y"] + 50)
    page.keyboard.down("Control")
    for _ in range(6):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    start, end = view(page)
    assert end - start < 6
    assert start + 0.25 * (end - start) == pytest.approx(3.0, abs=0.05)


def test_a_plain_wheel_is_left_to_the_page(open_stage):
    page = open_stage().page
    page.evaluate("document.body.style.height = '3000px'")
    area = box(page)
    page.mouse.move(area["x"] + 100, area["y"] + 50)
    page.mouse.wheel(0, 200)
    page.wait_for_function("scrollY > 0", timeout=3000)
    assert view(page) == []


def test_zoom_reaches_single_samples_and_no_further(open_stage):
    page = open_stage(rate=8000).page
    page.locator(".ak-surface").focus()
    for _ in range(40):
        page.keyboard.press("+")
    start, end = view(page)
    assert end - start == pytest.approx(10 / 8000, rel=1e-3)
    page.keyboard.press("0")
    assert view(page) == []


def test_zoom_from_the_model_and_to_it(open_stage):
    page = open_stage(view_seconds=[2, 3]).page
    assert page.evaluate("document.querySelector('.ak-map').hidden") is False
    page.evaluate("model.set('view_seconds', [4, 5])")
    page.wait_for_timeout(100)
    area = box(page)
    page.mouse.click(area["x"] + area["width"] / 2, area["y"] + 50)
    assert page.evaluate("sound.transport.position") == pytest.approx(4.5, abs=0.01)


def test_panning_by_shift_and_wheel_and_by_the_map(open_stage):
    page = open_stage(view_seconds=[2, 4]).page
    area = box(page)
    page.mouse.move(area["x"] + 100, area["y"] + 50)
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 150)
    page.keyboard.up("Shift")
    start, end = view(page)
    assert start > 2
    assert end - start == pytest.approx(2)
    bar = page.locator(".ak-map").bounding_box()
    page.mouse.click(bar["x"] + bar["width"] * 0.9, bar["y"] + 4)
    start, end = view(page)
    assert start < 10.8 < end
    assert end - start == pytest.approx(2)


def test_shift_and_drag_selects_both_ways(open_stage):
    page = open_stage().page
    area = box(page)
    page.keyboard.down("Shift")
    page.mouse.move(area["x"] + area["width"] * 0.5, area["y"] + 40)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.25, area["y"] + 40, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    assert page.evaluate("model.get('selection')") == [pytest.approx(3, abs=0.03), pytest.approx(6, abs=0.03)]
    page.evaluate("model.set('selection', [1, 2])")
    left, width = page.evaluate(
        "(() => { const s = document.querySelector('.ak-selection'); return [s.offsetLeft, s.offsetWidth]; })()"
    )
    offset = page.evaluate("document.querySelector('.ak-surface').offsetLeft")
    assert left == pytest.approx(offset + area["width"] / 12, abs=1.5)
    assert width == pytest.approx(area["width"] / 12, abs=1.5)


@pytest.mark.parametrize(
    ("key", "position"),
    [
        ("ArrowRight", 6.6),
        ("ArrowLeft", 5.4),
        ("Shift+ArrowRight", 11),
        ("Shift+ArrowLeft", 1),
        ("j", 0),
        ("l", 12),
        ("Home", 0),
        ("End", 12),
    ],
)
def test_keys_seek(open_stage, key, position):
    page = open_stage().page
    page.evaluate("sound.transport.position = 6")
    page.locator(".ak-surface").focus()
    page.keyboard.press(key)
    assert page.evaluate("sound.transport.position") == pytest.approx(position)


def test_keys_play_loop_and_select(open_stage):
    page = open_stage().page
    page.locator(".ak-surface").focus()
    page.keyboard.press("Space")
    assert page.evaluate("sound.transport.playing") is True
    page.keyboard.press("k")
    assert page.evaluate("sound.transport.playing") is False
    page.evaluate("sound.transport.position = 2")
    page.keyboard.press("[")
    page.evaluate("sound.transport.position = 3")
    page.keyboard.press("]")
    assert page.evaluate("model.get('selection')") == [2, 3]
    page.keyboard.press("Shift+L")
    assert page.evaluate("sound.transport.loop") == [2, 3]
    assert page.locator(".ak-loop").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.evaluate("model.get('selection')") == []


def test_keys_that_are_not_ours_go_on_to_the_page(open_stage):
    page = open_stage().page
    page.evaluate("window.through = []; document.addEventListener('keydown', (e) => through.push(e.key))")
    page.locator(".ak-surface").focus()
    for key in ("a", "Control+l", "Alt+ArrowLeft", "Escape", "Tab"):
        page.keyboard.press(key)
    through = page.evaluate("through")
    assert "a" in through
    assert "Tab" in through
    assert "l" in through  # with ctrl, it is the browser's
    assert "Escape" not in through
    page.locator("select.ak-speed").focus()
    before = page.evaluate("sound.transport.position")
    page.keyboard.press("j")
    assert page.evaluate("sound.transport.position") == before


def test_help_opens_lists_and_gives_the_focus_back(open_stage):
    page = open_stage().page
    page.locator(".ak-surface").focus()
    page.keyboard.press("?")
    assert page.get_by_role("dialog").count() == 1
    assert "play or pause" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert page.evaluate("document.activeElement.className") == "ak-surface"


def test_hover_says_time_and_what_is_there(open_stage):
    page = open_stage().page
    area = box(page)
    page.mouse.move(area["x"] + area["width"] * 4.5 / 12, area["y"] + 20)
    assert page.locator(".ak-chip").inner_text() in ("0:04.50 · 0.0 dBFS", "0:04.51 · 0.0 dBFS")
    page.mouse.move(area["x"] + area["width"] * 4.5 / 12, area["y"] + 112 + 131)
    assert "0:04.5" in page.locator(".ak-chip").inner_text()
    assert "Hz" in page.locator(".ak-chip").inner_text()
    page.mouse.move(area["x"] + area["width"] * 1 / 12, area["y"] + 104 + 8 + 132 + 8 + 8)
    assert page.locator(".ak-chip").inner_text() == "0:01.00 · speech · 0.91"


def test_a_click_on_a_span_goes_to_its_start_and_a_row_is_heard(open_stage):
    page = open_stage().page
    area = box(page)
    page.mouse.click(area["x"] + area["width"] * 2 / 12, area["y"] + 104 + 8 + 132 + 8 + 8)
    assert page.evaluate("sound.transport.position") == pytest.approx(0.5)
    page.locator("tbody tr").nth(1).click()
    assert page.evaluate("sound.transport.asked") == [[2.8, 6]]


def test_labels_are_text(open_stage):
    watched = open_stage(title="<img src=x onerror=alert(2)>", notes=["<script>alert(3)</script>"])
    assert watched.page.locator("img, .ak-notes script").count() == 0
    assert watched.page.locator("tbody tr").nth(1).inner_text().count("<img src=x onerror=alert(1)>") == 1
    assert watched.complaints == []


@pytest.mark.parametrize("channels", [2, 16])
def test_channels_apart_are_drawn_and_one_is_heard_alone(open_stage, channels):
    page = open_stage(channels=channels).page
    page.locator("select.ak-channel").select_option("-2")
    page.wait_for_timeout(100)
    assert page.evaluate("sound.transport.channel") == -1
    height = page.locator(".ak-canvas").bounding_box()["height"]
    assert height > {2: 300, 16: 700}[channels]
    page.locator("select.ak-channel").select_option("1")
    assert page.evaluate("sound.transport.channel") == 1


def test_the_page_turns_with_playback(open_stage):
    page = open_stage(view_seconds=[0, 2]).page
    page.evaluate("sound.transport.play(); sound.transport.seek(2.05)")
    start, end = view(page)
    assert start <= 2.05 < end


def test_nothing_is_left_behind_when_a_view_ends(open_stage):
    page = open_stage().page
    page.evaluate("window.end()")
    assert page.locator(".ak-widget").count() == 0
    assert page.evaluate("Object.values(heard).every((list) => list.length === 0)") is True


def test_a_tenfold_overshoot_is_drawn_at_its_size(open_stage):
    page = open_stage(peak=10.0).page
    left, width = page.evaluate("document.querySelector('.ak-surface').offsetLeft"), box(page)["width"]
    high, _ = wave_extent(page, left + width * 4.5 / 12)
    assert high == pytest.approx(0.1, abs=0.04)


def test_the_theme_is_followed(open_stage):
    watched = open_stage()
    left = watched.page.evaluate("document.querySelector('.ak-surface').offsetLeft")
    place = (left + box(watched.page)["width"] * 4.55 / 12, 52)  # inside of the square: the waveform's own colour
    light = pixel(watched.page, *place)
    watched.page.evaluate("document.documentElement.style.setProperty('--jp-brand-color1', 'rgb(10, 200, 30)')")
    watched.page.wait_for_timeout(200)
    assert pixel(watched.page, *place)[:3] == [10, 200, 30] != light[:3]
    dark = pixel(open_stage(page={"dark": True}).page, *place)
    assert dark[:3] != light[:3]
