"""The chart of a mel holds the picture that its values say."""

import base64
import io

import numpy as np
import pytest

from audiokit.errors import ParameterError
from audiokit.lipsync import mel_chart


def picture_of(chart):
    image = pytest.importorskip("PIL.Image")
    (url,) = [v["url"] for layer in chart.to_dict()["layer"] for v in layer["data"]["values"] if "url" in v]
    return np.asarray(image.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2]))))


def test_low_bins_are_at_the_bottom_and_time_runs_right():
    pytest.importorskip("altair")
    values = np.full((160, 80), -4.0)
    values[:80, :40] = 4.0  # the first second, the lower half
    picture = picture_of(mel_chart(values, "a corner"))
    assert picture.shape == (160, 640)
    assert (picture[80:, :320] == 255).all()
    assert (picture[:80] == 0).all()
    assert (picture[:, 320:] == 0).all()


def test_axes_carry_units():
    pytest.importorskip("altair")
    layers = mel_chart(np.zeros((160, 80)), "zero").to_dict()["layer"]
    (x,) = [layer["encoding"]["x"] for layer in layers if layer["encoding"]["x"].get("title")]
    assert x["title"] == "time (s)"
    assert x["scale"]["domain"] == [0, 2.0]


@pytest.mark.parametrize("values", [np.zeros((0, 80)), np.zeros(80), np.full((4, 80), np.nan)])
def test_refuses_what_cannot_be_drawn(values):
    pytest.importorskip("altair")
    with pytest.raises(ParameterError, match="finite values"):
        mel_chart(values, "nothing")


def test_a_small_one_is_small():
    pytest.importorskip("altair")
    chart = mel_chart(np.zeros((160, 80)), "small", width=210, height=90)
    assert picture_of(chart).shape == (90, 210)
    assert (chart.to_dict()["width"], chart.to_dict()["height"]) == (210, 90)
