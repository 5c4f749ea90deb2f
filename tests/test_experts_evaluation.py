"""Numbers about classifiers, against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.experts.evaluation import (
    calibration_error,
    confusion,
    fit_temperature,
    kept_and_right,
    softmax,
    unweighted_average_recall,
)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=50))
def test_confusion_and_recall_are_counted(pairs):
    truth, found = (np.array(column) for column in zip(*pairs, strict=True))
    table = confusion(truth, found, 3)
    for row in range(3):
        for column in range(3):
            assert table[row, column] == sum(pair == (row, column) for pair in pairs)
    recalls = [table[row, row] / table[row].sum() for row in range(3) if table[row].sum()]
    assert unweighted_average_recall(truth, found) == pytest.approx(np.mean(recalls))


def test_temperature_undoes_what_sharpened(rng):
    truth = rng.integers(4, size=4000)
    scores = rng.standard_normal((4000, 4))
    scores[np.arange(4000), truth] += 1.2
    honest = fit_temperature(scores, truth)
    sharp = fit_temperature(scores * 2.5, truth)
    assert sharp / honest == pytest.approx(2.5, rel=0.08)
    assert (
        calibration_error(softmax(scores * 2.5, sharp), truth) < 0.04 < calibration_error(softmax(scores * 2.5), truth)
    )


def test_kept_and_right():
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.45, 0.55]])
    truth = np.array([0, 1, 1, 0])
    assert kept_and_right(probabilities, truth, 0.7) == (0.5, 1.0)
    assert kept_and_right(probabilities, truth, 0.0) == (1.0, 0.5)
    kept, right = kept_and_right(probabilities, truth, 0.99)
    assert kept == 0
    assert np.isnan(right)
