"""`WhatTheModelSaw`: exact values, the difference from a reference, its scale, its static view, and what it refuses."""

import numpy as np
import pytest

from audiokit import Audio, ModelInput, lipsync
from audiokit.errors import ParameterError
from audiokit_widgets import WhatTheModelSaw

RATE = 16_000
SPEECHLIKE = (0.3 * np.sin(2 * np.pi * np.cumsum(120 + 40 * np.sin(np.arange(RATE * 2) / 2000)) / RATE)).astype(
    np.float32
)


def grid(values, **options):
    return ModelInput(np.asarray(values, np.float32), **({"hop_seconds": 0.1} | options))


def exact(view, lane=0):
    facts = view.lane_facts[lane]
    rows, bands = facts["levels"][0]["rows"], facts["bands"]
    return np.frombuffer(view.lane_bytes, "<f4", rows * bands, facts["levels"][0]["at"]).reshape(rows, bands)


def test_the_page_gets_the_tensor_to_the_bit():
    audio = Audio(SPEECHLIKE, RATE)
    seen = lipsync.model_input(audio)
    view = WhatTheModelSaw(audio, seen)
    np.testing.assert_array_equal(exact(view), seen.values)
    assert view.title == "lip-sync mel"
    assert view.window_seconds == 0.05
    assert view.lane_facts[0]["hop"] == 0.0125
    assert view.lane_facts[0]["start"] == -0.00625
    assert (view.lane_facts[0]["low"], view.lane_facts[0]["high"]) == (-4.0, 4.0)


@pytest.mark.parametrize(("seconds", "frame"), [(0.0, 0), (0.00624, 0), (0.00626, 1), (1.0, 80), (1.9999, 160)])
def test_the_frame_that_plays_is_the_one_centred_nearest(seconds, frame):
    audio = Audio(SPEECHLIKE, RATE)
    view = WhatTheModelSaw(audio, lipsync.model_input(audio))
    view.position_seconds = seconds
    assert view.frame == frame


def test_the_difference_is_drawn_and_its_largest_place_told():
    values = np.zeros((20, 4))
    other = values.copy()
    other[13, 2] = 0.25
    audio = Audio(np.zeros(RATE * 2), RATE)
    view = WhatTheModelSaw(audio, grid(values, unit="dB"), reference=grid(other, unit="dB"))
    assert view.largest_difference == (0.25, 13, 2)
    np.testing.assert_array_equal(exact(view, 2), values - other)
    assert view.lane_facts[2]["kept"] == "extreme"
    assert view.lane_facts[2]["low"] == -view.lane_facts[2]["high"] == -0.25
    told = view.lane_facts[2]["name"]
    assert "at most 0.25 dB, in frame 13 (1.350 s), band 2" in told
    assert told in repr(view)
    same = WhatTheModelSaw(audio, grid(values), reference=grid(values))
    assert "the two are equal" in same.lane_facts[2]["name"]
    assert same.largest_difference == (0.0, 0, 0)


def test_values_and_reference_share_one_scale():
    audio = Audio(np.zeros(RATE), RATE)
    view = WhatTheModelSaw(audio, grid([[0.0], [1.0]]), reference=grid([[0.0], [7.0]]))
    assert [(f["low"], f["high"]) for f in view.lane_facts[:2]] == [(0.0, 7.0), (0.0, 7.0)]
    signed = WhatTheModelSaw(audio, grid([[-1.0], [2.0]]), colours="sequential")
    assert (signed.lane_facts[0]["low"], signed.lane_facts[0]["high"]) == (-1.0, 2.0)


def test_a_nan_is_not_the_largest_difference():
    values = np.zeros((3, 2))
    values[0, 0] = np.nan
    values[2, 1] = 1
    audio = Audio(np.zeros(RATE), RATE)
    view = WhatTheModelSaw(audio, grid(values), reference=grid(np.zeros((3, 2))))
    assert view.largest_difference == (1.0, 2, 1)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (grid(np.zeros((21, 4))), r"shape \(21, 4\), wanted \(20, 4\)"),
        (grid(np.zeros((20, 4)), start_seconds=0.05), "start_seconds 0.05, wanted 0"),
        (np.zeros((20, 4), np.float32), "reference must be an audiokit.ModelInput, got ndarray"),
    ],
)
def test_another_grid_is_refused(reference, message):
    with pytest.raises(ParameterError, match=message):
        WhatTheModelSaw(Audio(np.zeros(RATE), RATE), grid(np.zeros((20, 4))), reference=reference)


def test_no_input_and_an_input_of_another_time_are_refused():
    audio = Audio(np.zeros(RATE), RATE)
    with pytest.raises(ParameterError, match="model_input must be"):
        WhatTheModelSaw(audio, np.zeros((3, 3), np.float32))
    for start in (5.0, -50.0):
        with pytest.raises(ParameterError, match="No frame lies within the sound"):
            WhatTheModelSaw(audio, grid(np.zeros((20, 4)), start_seconds=start))


def test_a_long_input_keeps_its_numbers_in_python_and_hands_them_out_exactly():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((50_000, 80)).astype(np.float32)
    audio = Audio(np.zeros(RATE), RATE)
    view = WhatTheModelSaw(audio, grid(values, hop_seconds=1 / 50_000))
    assert view.lane_facts[0]["levels"][0]["at"] is None
    assert len(view.lane_bytes) < 2_000_000
    sent = []
    view.send = lambda content, buffers=None: sent.append(buffers)
    rows = view.lane_facts[0]["block"]
    view._handle_custom_msg({"ask": "block", "version": 0, "lane": 0, "level": 0, "block": 3}, [])
    np.testing.assert_array_equal(np.frombuffer(sent[0][0], "<f4").reshape(-1, 80), values[3 * rows : 4 * rows])


def test_the_static_view_holds_the_picture_and_says_the_numbers():
    audio = Audio(SPEECHLIKE, RATE)
    evil = "<img src=x onerror=alert(1)>"
    seen = ModelInput(lipsync.model_input(audio).values, 0.0125, name=evil)
    view = WhatTheModelSaw(audio, seen, reference=seen)
    bundle = view._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "<audio" in data["text/html"]
    assert evil not in data["text/html"]
    assert "161 frames of 80 bands, one in 12.5 ms" in data["text/plain"]
    import io

    from PIL import Image

    alone = Image.open(io.BytesIO(WhatTheModelSaw(audio, seen).picture())).size
    three = Image.open(io.BytesIO(view.picture())).size
    assert three == (alone[0], alone[1] + 2 * (30 + 180 + 14))
