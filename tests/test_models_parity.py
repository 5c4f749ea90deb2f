"""The gate: what it measures, and when it stays shut."""

from __future__ import annotations

import numpy as np
import pytest

from audiokit.errors import ParameterError
from audiokit.models.parity import TOLERANCES, Tolerance, measure_parity


def test_differences_are_measured_before_and_after_the_activation():
    wanted = np.array([[0.0, 0.0], [2.0, 0.0]])
    found = np.array([[0.0, 1.0], [2.0, 0.5]])
    parity = measure_parity(wanted, found, Tolerance(0.3, 0.5))
    assert parity.largest_output_difference == 1.0
    assert parity.largest_difference == pytest.approx(1 / (1 + np.exp(-1)) - 0.5)
    assert parity.top1_agreement == 0.5
    assert parity.passed
    assert "0.231" in str(parity)
    assert "50.0% of 2 inputs" in str(parity)
    assert not measure_parity(wanted, found, Tolerance(0.3, 0.6)).passed
    assert not measure_parity(wanted, found, Tolerance(0.2, 0.5)).passed
    assert measure_parity(wanted, found, Tolerance(1.0), "none").largest_difference == 1.0
    sigmoid = measure_parity(np.array([[800.0]]), np.array([[-800.0]]), Tolerance(1.0), "sigmoid")
    assert sigmoid.largest_difference == 1.0


def test_numbers_that_are_not_finite_or_shapes_that_differ_never_pass():
    wide = Tolerance(np.inf)
    assert measure_parity(np.ones((2, 2)), np.ones((2, 2)), wide).passed
    for found in (np.full((2, 2), np.nan), np.ones((2, 3))):
        parity = measure_parity(np.ones((2, 2)), found, Tolerance(1.0, 0.0))
        assert not parity.passed
        assert parity.largest_difference == np.inf


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ParameterError, match="tanh"):
        measure_parity(np.ones((1, 1)), np.ones((1, 1)), Tolerance(0), "tanh")
    with pytest.raises(ParameterError, match="at least one"):
        measure_parity(np.ones((0, 2)), np.ones((0, 2)), Tolerance(0))
    for wrong in ((-1, 0), (np.nan, 0), (0, 1.5)):
        with pytest.raises(ParameterError, match="tolerance"):
            Tolerance(*wrong)
    assert set(TOLERANCES) == {1, 2, 3}
