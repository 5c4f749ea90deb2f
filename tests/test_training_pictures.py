"""Pictures of features."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest

from audiokit.errors import ParameterError
from audiokit.training.pictures import feature_chart


def pixels(chart):
    from PIL import Image

    url = next(v["url"] for layer in chart.to_dict()["layer"] for v in layer["data"].get("values", []) if "url" in v)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def test_low_bands_are_below_and_loud_is_white():
    features = np.zeros((4, 8), np.float32)
    features[0, :4] = 1.0
    picture = pixels(feature_chart(features, "corner", hop_seconds=0.01))
    height, width = picture.shape
    assert picture[height - 5, 5] == 255
    assert picture[5, 5] == picture[height - 5, width - 5] == 0


def test_axes_carry_seconds_and_bands():
    spec = feature_chart(np.eye(5, 200), "axes", hop_seconds=0.01, bands="MFCC").to_dict()
    axes = next(layer for layer in spec["layer"] if "x" in layer["encoding"] and "scale" in layer["encoding"]["x"])
    assert axes["encoding"]["x"]["scale"]["domain"] == [0, 2.0]
    assert axes["encoding"]["y"]["title"] == "MFCC"
    assert axes["encoding"]["y"]["scale"]["domain"] == [0, 5]


def test_limits_are_kept_and_flat_features_are_drawn():
    picture = pixels(feature_chart(np.full((2, 2), 5.0), "half", hop_seconds=0.01, low=0.0, high=10.0))
    assert set(np.unique(picture)) == {127}
    assert pixels(feature_chart(np.full((2, 2), 5.0), "flat", hop_seconds=0.01)).max() == 0


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros((0, 3)), np.full((2, 2), np.nan)])
def test_what_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(ParameterError, match="finite values"):
        feature_chart(wrong, "nothing", hop_seconds=0.01)
