"""Pictures of a page: each pixel as it was, and what two of them share in one place."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from audiokit.report.page_pictures import Pictures


def png(pixels, **options):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG", **options)
    return base64.b64encode(out.getvalue()).decode()


def noise(seed, rows=120, columns=90, channels=3):
    return np.random.default_rng(seed).integers(0, 256, (rows, columns, channels), dtype=np.uint8)


def tag(data, more='alt="A &quot;view&quot;" width="100%"'):
    return f'<div><img src="data:image/png;base64,{data}" {more}></div>'


def decoded(address):
    with Image.open(io.BytesIO(base64.b64decode(address.split(",", 1)[1]))) as image:
        return np.asarray(image.convert("RGBA" if image.mode == "RGBA" else "RGB"))


def shown(pictures, text):
    """Pixels that a browser would show: the parts of an inline SVG put where they stand, or those of an image."""
    placed = pictures.placed(text)
    single = re.search(r'<img[^>]*src="(data:[^"]*)"', placed)
    if single:
        return decoded(single[1])
    parts = {
        name: decoded(address)
        for name, address in re.findall(r'<image id="([\w-]+)"[^>]*href="(data:[^"]*)"', pictures.definitions())
    }
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', placed).groups())
    found = np.zeros((height, width, 3), dtype=np.uint8)
    for name, top in re.findall(r'<use href="#([\w-]+)" y="(\d+)"/>', placed):
        found[int(top) : int(top) + len(parts[name])] = parts[name]
    return found


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_each_pixel_stays_what_it_was(channels):
    pixels = np.repeat(noise(0, channels=channels), 3, axis=1)[:, :, : channels if channels > 1 else None].squeeze()
    text = tag(png(pixels))
    wanted = pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, np.newaxis], 3, axis=2)
    pictures = Pictures([text])
    np.testing.assert_array_equal(shown(pictures, text), wanted)
    assert pictures.definitions() == ""
    assert 'alt="A &quot;view&quot;" width="100%"' in pictures.placed(text)


def test_a_picture_is_no_larger_than_it_was():
    text = tag(png(np.repeat(noise(1, 30), 6, axis=1), optimize=True))
    assert len(Pictures([text]).placed(text)) <= len(text)


def test_the_same_picture_is_stored_once_and_keeps_its_name():
    text = tag(png(noise(2)))
    pictures = Pictures([text, text])
    assert pictures.definitions().count("<image ") == 1
    assert "base64" not in pictures.placed(text)
    assert 'role="img" aria-label="A &quot;view&quot;"' in pictures.placed(text)
    assert 'width="100%"' in pictures.placed(text)
    np.testing.assert_array_equal(shown(pictures, text), noise(2))


def test_pictures_that_begin_alike_share_their_beginning():
    top = noise(3, 100)
    bodies = [np.concatenate([top, noise(seed, rows)]) for seed, rows in ((4, 20), (5, 70))]
    texts = [tag(png(pixels)) for pixels in (*bodies, top)]
    pictures = Pictures(texts)
    assert pictures.definitions().count("<image ") == 3
    for text, wanted in zip(texts, (*bodies, top), strict=True):
        np.testing.assert_array_equal(shown(pictures, text), wanted)


def test_pictures_that_have_little_in_common_stay_apart():
    first, second = noise(6), noise(7)
    second[:40] = first[:40]
    pictures = Pictures([tag(png(first)), tag(png(second)), tag(png(noise(8, columns=60)))])
    assert pictures.definitions() == ""


def test_a_picture_without_a_name_is_not_read_out():
    text = tag(png(noise(9)), "")
    assert '<svg aria-hidden="true" viewBox="0 0 90 120" width="90"' in Pictures([text, text]).placed(text)


def test_what_is_styled_stays_an_element_of_its_own():
    text = tag(png(noise(10)), 'class="mine" alt="x"')
    pictures = Pictures([text, text])
    assert pictures.definitions() == ""
    assert 'class="mine" alt="x"' in pictures.placed(text)


@pytest.mark.parametrize(
    "data",
    [
        base64.b64encode(b"no picture at all" * 200).decode(),
        png(noise(11), icc_profile=b"0" * 200),
        png(noise(12, 5, 5)),
    ],
    ids=["no picture", "with a profile of its colours", "small"],
)
def test_what_it_does_not_understand_it_leaves_alone(data):
    text = tag(data)
    assert Pictures([text, text]).placed(text) == text


def test_the_bytes_that_a_model_refers_to_stay():
    data = png(noise(13))
    text = tag(data)
    assert Pictures([text, text], {data}).placed(text) == text
