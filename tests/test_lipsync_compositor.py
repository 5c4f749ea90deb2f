"""A mouth goes back into its frame where it belongs, and a frame lies over what is behind it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import InputError, ParameterError, SourceNotFound
from audiokit.lipsync.background import fitted, open_background
from audiokit.lipsync.compositor import Box, over, paste_mouth, resized, soft_mask


def frame(height=40, width=60, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def test_the_mouth_is_where_the_box_is():
    before = frame(channels=4)
    mouth = np.random.default_rng(1).random((3, 16, 20)).astype(np.float32)
    box = Box(10, 30, 16, 20)
    after = paste_mouth(before, mouth, box, np.ones((16, 20), np.float32))
    np.testing.assert_array_equal(after[10:26, 30:50, :3], np.rint(mouth.transpose(1, 2, 0) * 255).astype(np.uint8))
    changed = (after != before).any(axis=2)
    changed[10:26, 30:50] = False
    assert not changed.any()
    np.testing.assert_array_equal(after[..., 3], before[..., 3])


def test_a_soft_mask_fades():
    before = np.full((20, 20, 3), 100, np.uint8)
    mask = soft_mask(20, 20, 5)
    after = paste_mouth(before, np.ones((3, 20, 20), np.float32), Box(0, 0, 20, 20), mask)
    row = after[10, :, 0].astype(int)
    assert row[10] == 255
    assert 100 < row[0] < 115
    assert (np.diff(row[:10]) >= 0).all()
    np.testing.assert_array_equal(row, row[::-1])
    assert (soft_mask(4, 6, 0) == 1).all()


def test_what_was_given_is_left_alone():
    before = frame()
    copy = before.copy()
    paste_mouth(before, np.ones((3, 8, 8), np.float32), Box(0, 0, 8, 8), soft_mask(8, 8, 2))
    np.testing.assert_array_equal(before, copy)


@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_another_size_keeps_a_plane_a_plane(height, width):
    rows, columns = np.mgrid[0:24, 0:32] + 0.5
    plane = np.stack([rows / 24, columns / 32, np.full_like(rows, 0.25)], axis=2)
    found = resized(plane, height, width)
    assert found.shape == (height, width, 3)
    wanted = (np.arange(height) + 0.5) / height
    inside = (wanted > 1 / 48) & (wanted < 1 - 1 / 48)
    np.testing.assert_allclose(found[inside, 0, 0], wanted[inside], atol=1e-5)
    np.testing.assert_allclose(found[..., 2], 0.25, atol=1e-6)


def test_the_same_size_is_the_same():
    picture = frame().astype(np.float32)
    np.testing.assert_array_equal(resized(picture, 40, 60), picture)


@given(seed=st.integers(0, 1000))
def test_alpha_mixes_as_the_definition_says(seed):
    front, behind = frame(7, 9, 4, seed), frame(7, 9, 3, seed + 1)
    alpha = front[..., 3:].astype(float) / 255
    wanted = front[..., :3] * alpha + behind * (1 - alpha)
    assert np.abs(over(front, behind) - wanted).max() <= 0.51


def test_no_alpha_hides_everything():
    np.testing.assert_array_equal(over(frame(), np.zeros((40, 60, 3), np.uint8)), frame())


@pytest.mark.parametrize("box", [Box(30, 0, 16, 16), Box(0, 50, 8, 16), Box(-1, 0, 8, 8), Box(0, 0, 0, 8)])
def test_a_box_beyond_the_frame(box):
    with pytest.raises(ParameterError, match="does not lie within"):
        paste_mouth(frame(), np.ones((3, 8, 8)), box, soft_mask(max(box.height, 1), max(box.width, 1), 1))


@pytest.mark.parametrize("wrong", [
    np.zeros((3, 40, 60), np.uint8), np.zeros((40, 60), np.uint8), np.zeros((40, 60, 3), np.float32),
    np.zeros((40, 60, 2), np.uint8),
])  # fmt: skip
def test_frames_of_another_order_are_refused(wrong):
    with pytest.raises(ParameterError, match=r"\(height, width, 3 or 4\)"):
        over(wrong, np.zeros((40, 60, 3), np.uint8))


def test_other_shapes_are_refused_with_both_named():
    with pytest.raises(ParameterError, match=r"\(40, 60, 3\).*\(60, 40, 3\)"):
        over(frame(channels=4), np.zeros((60, 40, 3), np.uint8))
    with pytest.raises(ParameterError, match=r"\(3, height, width\)"):
        paste_mouth(frame(), np.ones((8, 8, 3)), Box(0, 0, 8, 8), soft_mask(8, 8, 1))
    with pytest.raises(ParameterError, match="mask"):
        paste_mouth(frame(), np.ones((3, 8, 8)), Box(0, 0, 8, 8), soft_mask(9, 8, 1))


@pytest.mark.parametrize(("colour", "wanted"), [
    ("#0a141e", (10, 20, 30)), ((1, 2, 3), (1, 2, 3)), ("green", (0, 177, 64)), ("White", (255, 255, 255)),
])  # fmt: skip
def test_colours(colour, wanted):
    with open_background(colour, 4, 6) as behind:
        picture = behind.at(Fraction(0))
    assert picture.shape == (4, 6, 3)
    assert (picture == wanted).all()
    assert open_background(None, 2, 2).at(Fraction(9)).shape == (2, 2, 3)


def test_a_picture_covers_the_frame():
    wide = np.zeros((10, 40, 3), np.uint8)
    wide[:, 15:25] = 200  # the middle square
    assert (fitted(wide, 20, 20)[2:-2, 2:-2] == 200).all()
    tall = wide.transpose(1, 0, 2)
    assert (fitted(tall, 20, 20)[2:-2, 2:-2] == 200).all()
    assert (open_background(wide, 8, 8).at(Fraction(5))[3, 3] == 200).all()


def test_a_picture_from_a_file(tmp_path):
    image = pytest.importorskip("PIL.Image")
    picture = np.zeros((12, 16, 3), np.uint8)
    picture[..., 0] = 250
    image.fromarray(picture).save(tmp_path / "red.png")
    np.testing.assert_array_equal(open_background(tmp_path / "red.png", 12, 16).at(Fraction(3)), picture)


def test_a_film_goes_on_and_round(tmp_path):
    from audiokit.lipsync.film import FilmWriter

    path = tmp_path / "behind.mp4"
    with path.open("wb+") as handle, FilmWriter(handle, 32, 32, 10, 16_000, quality=5) as film:
        for index in range(10):  # a second, ever lighter
            film.write_frame(np.full((32, 32, 3), 20 * index, np.uint8))
        film.write_sound(np.zeros((1, 16_000), np.float32))
    with open_background(path, 32, 32) as behind:
        seen = [int(behind.at(Fraction(index, 20))[16, 16, 0]) for index in range(50)]
    wanted = [20 * ((index // 2) % 10) for index in range(50)]
    assert np.abs(np.array(seen) - wanted).max() < 6


@pytest.mark.parametrize(
    "wrong", [(1, 2), (1, 2, 256), (0.1, 0.2, 0.3), 5, np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8)]
)
def test_no_background(wrong):
    with pytest.raises(ParameterError):
        open_background(wrong, 4, 4)


def test_files_that_are_none(tmp_path):
    with pytest.raises(SourceNotFound, match="no colour"):
        open_background("mauve", 4, 4)
    (tmp_path / "words.png").write_text("not a picture")
    with pytest.raises(InputError):
        open_background(tmp_path / "words.png", 4, 4)
