"""What an audit asks beside tensors: a canary that hears, and labels that fit the head."""

from __future__ import annotations

import numpy as np
import pytest

from audiokit.errors import ModelRefused
from audiokit.models.canary import canary_pictures, canary_sounds, what_is_wrong
from audiokit.models.heads import fitting_labels, labels_in


def test_the_canary_knows_what_is_wrong(rng):
    trained = rng.normal(0, 3, (6, 8))
    assert what_is_wrong(trained) is None
    assert "not finite" in what_is_wrong(np.where(trained > 4, np.nan, trained) * np.inf)
    assert "the same" in what_is_wrong(np.tile(trained[0], (6, 1)))
    assert "the same" in what_is_wrong(np.tile(trained[0], (6, 1)) + rng.normal(0, 1e-3, (6, 8)))
    assert "chance" in what_is_wrong(rng.normal(0, 0.02, (6, 8)))
    assert what_is_wrong(rng.normal(0, 0.02, (6, 8)), chance=False) is None
    saturated = np.tile([20.0, 0, 0, 0], (6, 1)) + rng.normal(
        0, 1, (6, 4)
    )  # sure of one class whatever comes, but alive
    assert what_is_wrong(saturated) is None
    assert what_is_wrong(rng.normal(0, 1, (6, 40, 32))) is None


def test_the_canarys_inputs_differ():
    for inputs in (canary_sounds(), canary_pictures(1, 64, 64).reshape(6, -1)):
        assert np.isfinite(inputs).all()
        assert inputs.dtype == np.float32
        for first in range(6):
            for second in range(first):
                assert np.abs(inputs[first] - inputs[second]).mean() > 0.01


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", "b"], "2 label"),
        (["a", "b", "b"], "twice"),
        (["a", "", "c"], "empty"),
        ({"0": "a", "2": "b", "3": "c"}, "gaps"),
        ({"x": "a", "y": "b", "z": "c"}, "numbered"),
        (["a", "b", 3], "texts"),
    ],
)
def test_labels_fit_or_are_refused(labels, message):
    with pytest.raises(ModelRefused, match=message):
        fitting_labels(labels, 3, "labels.json")
    assert fitting_labels({"2": "c", "0": "a", "1": "b"}, 3, "labels.json") == ("a", "b", "c")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('["a"]', ["a"]),
        ('{"labels": ["a"], "parents": {}}', ["a"]),
        ('{"0": "a"}', {"0": "a"}),
        ('{"id2label": {"0": "a"}}', {"0": "a"}),
        ("3", None),
        ("{}", None),
    ],
)
def test_labels_are_read_in_their_usual_forms(tmp_path, text, found):
    (tmp_path / "labels.json").write_text(text)
    assert labels_in(tmp_path / "labels.json") == found


def test_labels_that_are_no_json_are_refused(tmp_path):
    (tmp_path / "labels.json").write_text("blues, rock")
    with pytest.raises(ModelRefused, match="no JSON"):
        labels_in(tmp_path / "labels.json")
