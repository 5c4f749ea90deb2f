"""The waveform's outline against a loop that reads as its definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audiokit.dsp import peaks
from audiokit.errors import ParameterError


def slow_peaks(samples, bins):
    channels = np.atleast_2d(samples)
    time = channels.shape[1]
    rows = []
    for i in range(bins):
        start, stop = i * time // bins, (i + 1) * time // bins
        span = [x if np.isfinite(x) else 0.0 for row in channels for x in row[start : max(stop, start + 1)]]
        rows.append([min(span), max(span)])
    return np.array(rows, dtype=np.float32)


def shapes():
    return st.one_of(st.tuples(st.integers(1, 60)), st.tuples(st.integers(1, 3), st.integers(1, 60)))


@settings(deadline=None)
@given(
    samples=arrays(np.float32, shapes(), elements=st.floats(width=32, allow_nan=True, allow_infinity=True)),
    bins=st.integers(1, 90),
)
def test_equals_the_loop(samples, bins):
    found = peaks(samples, bins)
    assert found.shape == (bins, 2)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, slow_peaks(samples, bins))


def test_amplitude_is_true_beyond_full_scale():
    assert peaks(np.array([0.25, -1.5, 1.75, 0.0]), 1).tolist() == [[-1.5, 1.75]]


def test_encloses_all_channels():
    assert peaks(np.array([[0.1, 0.2], [-0.3, 0.0]], dtype=np.float32), 1).tolist() == [
        [np.float32(-0.3), np.float32(0.2)]
    ]


def test_does_not_write_into_its_input():
    samples = np.array([np.nan, 0.5], dtype=np.float32)
    samples.flags.writeable = False
    assert peaks(samples, 1).tolist() == [[0.0, 0.5]]


@pytest.mark.parametrize(
    "samples", [np.zeros(0), np.zeros((0, 5)), np.zeros((2, 0)), np.zeros((1, 1, 1)), np.zeros(4, int)]
)
def test_refuses_what_has_no_outline(samples):
    with pytest.raises(ParameterError):
        peaks(samples, 4)


@pytest.mark.parametrize("bins", [0, -1, 1.5, True])
def test_refuses_other_bin_counts(bins):
    with pytest.raises(ParameterError, match="bins"):
        peaks(np.zeros(4), bins)


def test_the_name_is_the_function_whichever_import_came_first():
    import audiokit.dsp
    from audiokit.dsp.peaks import peaks as direct

    assert audiokit.dsp.peaks is direct
