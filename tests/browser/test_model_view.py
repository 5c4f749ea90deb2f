"""The view of a model's input in Chromium: frames and numbers are the tensor's own."""

import numpy as np
import pytest

from audiokit import ModelInput
from audiokit_widgets import Matrix
from audiokit_widgets.lanes import model_matrix

pytestmark = pytest.mark.browser

pytest_plugins = ("inspector_page",)


def seen(frames=48, bands=4, **options):
    values = np.arange(frames * bands, dtype=np.float32).reshape(frames, bands)
    return ModelInput(values, **({"hop_seconds": 0.25, "start_seconds": -0.125, "window_seconds": 0.6} | options))


@pytest.fixture
def look(opened):
    def make(model_input, other=None, state=None, **page):
        lanes = {"this": model_matrix(model_input)}
        if other is not None:
            lanes["reference"] = model_matrix(other)
            lanes["difference"] = Matrix(
                model_input.difference(other),
                hop_seconds=model_input.hop_seconds,
                start_seconds=model_input.start_seconds,
                frame_axis=0,
                colours="diverging",
                keep_extremes=True,
            )
        whole = {"window_seconds": model_input.window_seconds, "band_hz": [], **(state or {})}
        return opened("model_view.js", lanes, whole, **page)

    return make


def told(view):
    return view.page.locator(".ak-told").inner_text()


def test_the_frame_that_plays_is_told_with_its_hop_and_its_window(look):
    view = look(seen())
    view.page.evaluate("sound.transport.seek(5.0)")
    text = told(view)
    assert "frame 20 of 48" in text  # centred on 20 * 0.25 s
    assert "stands for 4.8750 … 5.1250 s, one hop of 250 ms" in text
    assert "hears 4.7000 … 5.3000 s, a window of 600 ms" in text
    assert "values 80 … 83, mean 81.5" in text
    mark, area = view.page.locator(".ak-playing").bounding_box(), view.page.locator(".ak-surface").bounding_box()
    assert mark["x"] == pytest.approx(view.x(4.875), abs=1.5)
    assert mark["width"] == pytest.approx(area["width"] * 0.25 / 12, abs=1.5)
    window = view.page.locator(".ak-heard").bounding_box()
    assert window["width"] == pytest.approx(area["width"] * 0.6 / 12, abs=1.5)
    assert view.watched.complaints == []


def test_the_frame_under_the_pointer_comes_first_and_keys_step(look):
    view = look(seen())
    view.page.mouse.move(view.x(8.0), view.y(160))
    assert "frame 32 of 48" in told(view)
    assert view.page.locator(".ak-pointed").is_visible()
    view.page.mouse.move(5, 5)
    assert "frame 0 of 48" in told(view)
    view.page.locator(".ak-surface").focus()
    view.page.keyboard.press(".")
    view.page.keyboard.press(".")
    assert "frame 2 of 48" in told(view)
    assert view.page.evaluate("sound.transport.position") == pytest.approx(0.5)
    view.page.keyboard.press(",")
    assert "frame 1 of 48" in told(view)


def test_the_numbers_are_the_tensors_own(look):
    view = look(seen(), state={"band_hz": [100.0, 200.0, 400.0, 800.0]})
    view.page.evaluate("sound.transport.seek(2.5)")
    view.page.locator(".ak-numbers summary").click()
    view.page.wait_for_selector(".ak-numbers tbody tr")
    rows = [row.split("\t") for row in view.page.locator(".ak-numbers tbody tr").all_inner_texts()]
    assert rows == [["3", "800.0", "43"], ["2", "400.0", "42"], ["1", "200.0", "41"], ["0", "100.0", "40"]]


def test_a_difference_is_told_and_drawn_in_diverging_colours(look):
    other = seen().values.copy()
    other[20, 1] += 5
    view = look(seen(), ModelInput(other, 0.25, start_seconds=-0.125))
    view.page.evaluate("sound.transport.seek(5.0)")
    assert "differs by at most 5" in told(view)
    top = 104 + 8 + (16 + 150 + 8) + (16 + 90 + 8) + 16
    red, _, blue = view.colour(5.05, top + 150 * (1 - 1.5 / 4))
    assert blue > red + 40  # this less the reference is below 0
    assert min(view.colour(3.0, top + 75)) > 235  # no difference: neutral


def test_outside_of_the_grid_there_is_no_frame(look):
    view = look(seen(frames=8))
    view.page.evaluate("sound.transport.seek(10)")
    assert told(view).startswith("no frame here")
    assert not view.page.locator(".ak-playing").is_visible()


def test_a_long_input_asks_for_the_frame_that_is_shown(look):
    rng = np.random.default_rng(0)
    values = rng.standard_normal((6000, 80)).astype(np.float32)
    view = look(ModelInput(values, 0.002))
    assert "not in the page" in told(view) or "values" in told(view)
    view.page.evaluate("sound.transport.seek(6.0011)")
    view.page.wait_for_function("document.querySelector('.ak-told').innerText.includes('values')")
    assert "frame 3000 of 6000" in told(view)
    lowest = f"{values[3000].min():.4g}".replace("-", "−")
    assert lowest in told(view)
