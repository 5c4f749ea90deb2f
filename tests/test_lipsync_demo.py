"""The drawn face and what it learns from: deterministic, closed where it should be, moving where sound is."""

# ruff: noqa: RUF001 - the alphabet of sounds looks like ours

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit.lipsync.clock import WindowClock
from audiokit.lipsync.demo import avatar as demo
from audiokit.lipsync.demo.face import FACE_SIZE, LEFT, TOP, draw_face, region_mask
from audiokit.lipsync.demo.lessons import OFFSET_MEL_FRAMES, augmented, make_lessons
from audiokit.lipsync.demo.mouth import CLOSED, REGION, MouthShape, draw_region, opening_of
from audiokit.lipsync.demo.visemes import shape_of, trajectory


def opened(value):
    return float(opening_of(draw_region(MouthShape(open=value).array())[np.newaxis])[0])


def test_a_mouth_opens_as_far_as_it_is_told():
    found = [opened(value) for value in np.linspace(0, 1, 9)]
    assert found[0] == 0
    assert (np.diff(found) > 0).all()
    assert found[-1] > 10


def test_lips_spread_and_round():
    def width(spread):
        red, green = draw_region(MouthShape(0.2, spread).array())[48:52, :, :2].astype(int).transpose(2, 0, 1)
        return int(((red - green) > 70).any(axis=0).sum())

    assert width(-1.0) < width(0.0) < width(1.0)


def test_teeth_show_where_lips_part_and_bite():
    def white(shape):
        return int((draw_region(shape.array())[..., 1] > 225).sum())

    assert white(CLOSED) == 0
    assert white(MouthShape(part=0.7)) > 60
    assert white(MouthShape(0.08, 0.1, 0.25, 1.0)) < white(MouthShape(0.08, 0.1, 0.25, 0.0))


@settings(max_examples=10)
@given(st.tuples(*[st.floats(-2, 3)] * 4))
def test_any_shape_can_be_drawn_and_is_drawn_alike(shape):
    picture = draw_region(shape)
    assert picture.shape == (REGION, REGION, 4)
    np.testing.assert_array_equal(picture, draw_region(shape))


def test_the_face_is_one_with_its_mouth():
    face = draw_face()
    assert face.shape == (FACE_SIZE, FACE_SIZE, 4)
    assert not face.flags.writeable
    np.testing.assert_array_equal(draw_face(0.0, CLOSED), face)
    speaking = draw_face(0.0, MouthShape(1.0))
    changed = np.abs(speaking.astype(int) - face).max(axis=2) > 0
    assert changed[TOP + 46, FACE_SIZE // 2]
    changed[TOP : TOP + REGION, LEFT : LEFT + REGION] = False
    assert not changed.any()
    assert face[0, 0, 3] == 0
    assert face[TOP + 46, FACE_SIZE // 2, 3] == 255
    mask = region_mask()
    assert mask[0].max() < 0.02
    assert mask[46, 64] == 1


def test_lids_close():
    whites = [int((draw_face(lids)[160:200, :, :3].min(axis=2) > 235).sum()) for lids in (0.0, 0.5, 1.0)]
    assert whites[0] > whites[1] > whites[2]


def test_blinks_are_short_and_seldom():
    from fractions import Fraction

    shown = [demo._lids_at(Fraction(i, 25)) for i in range(25 * 60)]
    assert set(shown) == {0, 1, 2}
    assert sum(1 for a, b in itertools.pairwise(shown) if a == 0 and b) == 16
    assert sum(map(bool, shown)) < 80


def test_what_the_generator_sees_hides_the_mouth():
    visual = demo.demo_visual()
    assert visual.shape == (1, 6, 128, 128)
    assert (visual[0, 3:, 40:60, 40:90] == 0).all()
    np.testing.assert_array_equal(visual[0, :3, :20], visual[0, 3:, :20])
    assert 0 <= visual.min() <= visual.max() <= 1


@pytest.mark.parametrize("sound", ["p", "b", "m", "ˈm"])
def test_lips_close_for(sound):
    assert shape_of(sound) == CLOSED


def test_sounds_have_their_shapes():
    assert shape_of("ˈɑː").open > shape_of("ə").open > shape_of("iː").open
    assert shape_of("uː").spread == -1
    assert shape_of("iː").spread > 0.8
    assert shape_of("f").bite == 1
    assert shape_of("") is None
    assert shape_of("ˈ") is None


def test_a_mouth_follows_its_sounds():
    times = np.arange(160) / 80
    sounds = [(0.3, "ɑ"), (0.6, "m"), (0.75, "ɑ"), (1.0, "")]
    found = trajectory(sounds, 2.0, times)
    at = {time: found[round(time * 80), 0] for time in (0.0, 0.45, 0.675, 0.875, 1.5)}
    assert at[0.45] > 0.8
    assert at[0.675] < 0.1
    assert at[0.875] > 0.7
    assert at[1.5] == pytest.approx(0, abs=1e-9)
    assert np.abs(np.diff(found, axis=0)).max() < 0.3, "no jumps"


def test_lessons_are_in_time():
    pytest.importorskip("espeakng_loader")
    lessons = make_lessons(6, seed=3)
    assert lessons.mel.shape == (len(lessons.shapes), 80)
    assert lessons.starts.max() + 16 <= len(lessons.mel)
    windows = lessons.windows(lessons.starts)
    assert windows.shape[1:] == (80, 16)
    # the shape that belongs to a window is that of its middle: loudness there goes with opening better than elsewhere
    middle = [
        float(np.corrcoef(windows[:, 10:60, k].mean(axis=1), lessons.shapes[lessons.starts, 0])[0, 1])
        for k in range(16)
    ]
    assert 5 <= int(np.argmax(middle)) <= 11
    assert max(middle) > 0.5
    clock = WindowClock(25, offset_seconds="-0.1")
    assert clock.start(25) == 80 - OFFSET_MEL_FRAMES


def test_augmentation_keeps_range_and_silence_stays_possible():
    generator = np.random.default_rng(0)
    windows = generator.uniform(-4, 4, (400, 80, 16)).astype(np.float32)
    found = augmented(windows, generator)
    assert found.dtype == np.float32
    assert found.min() >= -4
    assert found.max() <= 4
    same = (found == windows).all(axis=(1, 2))
    assert 10 < same.sum() < 90
    assert np.isfinite(found).all()
