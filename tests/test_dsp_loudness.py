"""Known signals read their known levels."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit.dsp import loudness as loudness_module
from audiokit.dsp import measure_loudness
from audiokit.errors import ParameterError


def sine(hz, seconds, rate, decibels, phase=0.0):
    t = np.arange(int(seconds * rate)) / rate
    return (10 ** (decibels / 20) * np.sin(2 * np.pi * hz * t + phase)).astype(np.float32)


@pytest.mark.parametrize("rate", [44100, 48000, 16000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_stereo_sine_reads_its_level(rate, level):
    # EBU Tech 3341, cases 1 and 2: a 1 kHz stereo sine at L dBFS in each channel reads L LUFS, within 0.1 LU.
    tone = sine(1000, 5, rate, level)
    found = measure_loudness(np.stack([tone, tone]), rate)
    assert found.integrated_lufs == pytest.approx(level, abs=0.1)
    assert found.sample_peak_dbfs == pytest.approx(level, abs=0.05)
    assert found.note == ""


def test_997_hz_reads_the_standards_value():
    tone = sine(997, 5, 48000, -23)
    assert measure_loudness(np.stack([tone, tone]), 48000).integrated_lufs == pytest.approx(-23, abs=0.1)


def test_one_channel_is_3_lu_below_two():
    tone = sine(1000, 3, 48000, -23)
    assert measure_loudness(tone, 48000).integrated_lufs == pytest.approx(-26.0, abs=0.1)


def test_quiet_passages_are_gated():
    # EBU Tech 3341, case 3: 10 s at -36, 60 s at -23, 10 s at -36 reads -23.
    parts = [sine(1000, 10, 16000, -36), sine(1000, 60, 16000, -23), sine(1000, 10, 16000, -36)]
    tone = np.concatenate(parts)
    assert measure_loudness(np.stack([tone, tone]), 16000).integrated_lufs == pytest.approx(-23, abs=0.1)


def test_peak_between_the_samples():
    tone = sine(12000, 1, 48000, 0.0, phase=np.pi / 4)  # every sample lies 45 degrees beside a crest
    found = measure_loudness(tone, 48000)
    # The tone starts at once, so its first crests overshoot a little; in the middle it is at full scale.
    assert found.sample_peak_dbfs == pytest.approx(-3.01, abs=0.01)
    faded = tone * np.minimum(1.0, np.minimum(np.arange(48000), np.arange(48000)[::-1]) / 4800).astype(np.float32)
    assert measure_loudness(faded, 48000).true_peak_dbtp == pytest.approx(0.0, abs=0.3)
    assert found.true_peak_dbtp >= -0.3


@settings(deadline=None, max_examples=30)
@given(time=st.integers(1, 400), block=st.integers(20, 90), seed=st.integers(0, 2**32 - 1))
def test_blocks_are_the_whole(time, block, seed):
    from scipy.signal import resample_poly

    row = np.random.default_rng(seed).uniform(-1, 1, time)
    usual = loudness_module._BLOCK_SAMPLES
    loudness_module._BLOCK_SAMPLES = block
    try:
        found = loudness_module._oversampled_peak(row)
    finally:
        loudness_module._BLOCK_SAMPLES = usual
    assert found == pytest.approx(np.abs(resample_poly(row, 4, 1)).max(), rel=1e-12)


def slow_clipped(row):
    count = run = sign = 0
    for x in [*row, 0.0]:
        here = (x >= 32767 / 32768) - (x <= -32767 / 32768)
        if here != sign:
            count += run if sign and run >= 3 else 0
            run, sign = 0, here
        run += 1
    return count


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([-1.2, -1.0, -32767 / 32768, 0.0, 0.9, 32766 / 32768, 32767 / 32768, 1.0, 1.5]), max_size=40
    )
)
def test_clipping_is_counted_exactly(row):
    found = measure_loudness(np.array([row, np.zeros(len(row))]), 8000)
    assert found.clipped_samples == slow_clipped(row)


def test_clipping_of_both_signs_and_channels():
    left = [0, 1, 1, 1, 0, -1, -1, -1, -1, 0, 1, 1]
    right = [1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 0, 1]
    assert measure_loudness(np.array([left, right], dtype=np.float32), 48000).clipped_samples == 3 + 4 + 3 + 3


def test_silence_has_no_loudness():
    found = measure_loudness(np.zeros((2, 48000)), 48000)
    assert found.integrated_lufs is None
    assert "silent" in found.note
    assert found.true_peak_dbtp == found.sample_peak_dbfs == float("-inf")
    assert found.clipped_samples == 0


@pytest.mark.parametrize("time", [0, 1, 100, 19199])
def test_shorter_than_a_block_has_no_loudness(time):
    found = measure_loudness(np.full((1, time), 0.5), 48000)
    assert found.integrated_lufs is None
    assert "0.4 s" in found.note
    assert measure_loudness(np.full((1, 19200), 0.5), 48000).note.find("0.4 s") == -1


def test_not_finite_samples_count_as_silence():
    tone = np.stack([sine(1000, 3, 48000, -23)] * 2)
    tone[0, 5] = np.nan
    tone[1, 7] = np.inf
    found = measure_loudness(tone, 48000)
    assert found.integrated_lufs == pytest.approx(-23, abs=0.1)
    assert found.sample_peak_dbfs == pytest.approx(-23, abs=0.05)
    assert found.note.startswith("2 samples are NaN or infinite")


def test_layouts_beyond_stereo_are_named():
    tone = sine(1000, 1, 48000, -23)
    assert "L, R, C, Ls, Rs" in measure_loudness(np.stack([tone] * 5), 48000).note
    six = measure_loudness(np.stack([tone] * 6), 48000)
    assert six.integrated_lufs is None
    assert "at most 5 channels" in six.note
    assert six.sample_peak_dbfs == pytest.approx(-23, abs=0.05)


def test_a_rate_too_low_for_the_filters():
    found = measure_loudness(sine(100, 2, 3000, -10), 3000)
    assert found.integrated_lufs is None
    assert "3000 Hz" in found.note


def test_without_pyloudnorm_the_note_names_the_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyloudnorm", None)
    found = measure_loudness(np.stack([sine(1000, 1, 48000, -23)] * 2), 48000)
    assert found.integrated_lufs is None
    assert 'pip install "audiokit[report]"' in found.note
    assert found.sample_peak_dbfs == pytest.approx(-23, abs=0.05)


def test_does_not_write_into_its_input():
    tone = np.stack([sine(1000, 1, 48000, -3)] * 2)
    before = tone.copy()
    measure_loudness(tone, 48000)
    np.testing.assert_array_equal(tone, before)


@pytest.mark.parametrize("samples", [np.zeros(4, np.int16), np.zeros((1, 2, 3)), np.float32(0)])
def test_refuses_what_is_no_sound(samples):
    with pytest.raises(ParameterError):
        measure_loudness(samples, 48000)
