"""The mel picture: where things stand in it, and how deep it is."""

import io

import numpy as np
import pytest

from audiokit import Audio
from audiokit_widgets.bands import bands_of
from audiokit_widgets.overview import MAGMA, mel_picture
from audiokit_widgets.scan import Scan


def sine(hz, seconds=1.0, rate=16_000, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


def drawn(samples, rate=16_000):
    scan = Scan(Audio(np.asarray(samples), rate))
    scan.finish()
    return mel_picture(scan)


@pytest.mark.parametrize(("rate", "hz"), [(8000, 1000), (16_000, 3000), (44_100, 10_000), (384_000, 60_000)])
def test_mel_shows_a_tone_where_its_axis_says(rate, hz):
    picture = drawn(sine(hz, 0.5, rate), rate)
    assert picture.axis["max_hz"] == rate / 2
    middle = picture.levels[:, picture.levels.shape[1] // 2]
    row = int(np.argmax(middle))
    fraction = 1 - (row + 0.5) / len(middle)
    ticks = picture.axis["ticks"]
    at = np.interp(hz, [t["hz"] for t in ticks], [t["fraction"] for t in ticks])
    if hz in {t["hz"] for t in ticks}:
        assert fraction == pytest.approx(at, abs=1.5 / len(middle))
    else:  # between two ticks the scale is not straight
        below = max(t["fraction"] for t in ticks if t["hz"] <= hz)
        assert fraction >= below - 1.5 / len(middle)
        assert fraction <= min([t["fraction"] for t in ticks if t["hz"] >= hz], default=1.0) + 1.5 / len(middle)


def test_mel_shows_a_burst_when_it_sounds():
    samples = np.zeros(40 * 16_000, dtype=np.float32)
    samples[25 * 16_000 : 26 * 16_000] = sine(1000)
    picture = drawn(samples)
    columns = np.flatnonzero(picture.levels.max(axis=0) > 32)
    seconds = (columns + 0.5) / picture.levels.shape[1] * 40
    assert 24.9 < seconds.min() < 25.1
    assert 25.9 < seconds.max() < 26.1
    assert picture.axis["sampled"] == 1.0


def test_mel_keeps_what_is_out_of_phase():
    mono = sine(1000).astype(np.float32)
    against = drawn(np.stack([mono, -mono]))
    np.testing.assert_array_equal(against.levels, drawn(mono).levels)


def test_mel_is_80_db_deep_below_its_loudest_cell():
    loud, quiet = (drawn(sine(1000, amplitude=a)).levels for a in (0.5, 0.5e-3))
    assert loud.max() == quiet.max() == 63
    samples = np.concatenate([sine(1000, amplitude=0.5), sine(1000, amplitude=0.5e-3)])
    later = drawn(samples).levels[:, 350:450]
    assert later.max() == round(63 / 80 * 20)


def test_noise_looks_even_whatever_the_width_of_the_bands():
    noise = np.random.default_rng(0).normal(0, 0.1, 20 * 44_100)
    levels = drawn(noise, 44_100).levels.astype(float) * 80 / 63
    assert np.ptp(levels.mean(axis=1)[1:-2]) < 1.5  # dB
    assert np.ptp(10 * np.log10(bands_of("mel", 44_100).gain)) > 10


@pytest.mark.parametrize("frames", [1, 64, 65, 70_000, 1_000_000, 1_048_577])
def test_its_columns_end_with_the_sound(frames):
    samples = np.zeros(frames, np.float32)
    samples[-min(frames, 3000) :] = np.random.default_rng(0).normal(0, 0.3, min(frames, 3000))
    levels = drawn(samples).levels
    assert levels.shape[1] <= 1024
    loud = np.flatnonzero(levels.max(axis=0) > 40)
    start = (frames - min(frames, 3000)) / frames * levels.shape[1]
    assert loud[-1] == levels.shape[1] - 1
    assert loud[0] == pytest.approx(start, abs=1 + 512 / frames * levels.shape[1])


def test_what_has_not_been_scanned_is_dark():
    scan = Scan(Audio(np.random.default_rng(0).normal(0, 0.1, 1_000_000), 16_000))
    assert not mel_picture(scan).levels.any()
    next(scan.steps(0))
    begun = mel_picture(scan).levels
    assert begun[:, :100].any()
    assert not begun[:, -100:].any()


def test_silence_is_dark_and_noise_is_small():
    assert drawn(np.zeros(16_000)).levels.max() == 0
    noise = np.random.default_rng(0).normal(0, 0.2, 30 * 16_000)
    assert len(drawn(noise).png()) <= 110_000


def test_the_png_holds_the_levels():
    from PIL import Image

    picture = drawn(sine(500))
    image = Image.open(io.BytesIO(picture.png()))
    np.testing.assert_array_equal(np.asarray(image), picture.levels)
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), MAGMA[picture.levels])
