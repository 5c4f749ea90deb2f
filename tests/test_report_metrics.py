from __future__ import annotations

import numpy as np
import pytest

from audiokit import errors
from audiokit.report.metrics import METRIC_MIME, _plain, metrics_of


def test_numpy_and_nested_values_become_plain():
    assert _plain("x", {"a": np.float32(0.5), "b": [np.int64(3), None, True, "t"]}) == {
        "a": 0.5,
        "b": [3, None, True, "t"],
    }


@pytest.mark.parametrize("value", [float("nan"), np.inf, object(), {1, 2}, {"a": [float("nan")]}])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises((errors.ParameterError, ValueError)):
        _plain("x", value)


def test_the_last_value_counts():
    def cell(value):
        return {"outputs": [{"data": {METRIC_MIME: {"name": "a", "value": value}}}, {"text": "x"}]}

    assert metrics_of({"cells": [cell(1), {"source": "x"}, cell(2)]}) == {"a": 2}
