"""Temperature scaling and the threshold of a risk, against the obvious ways."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.tagging.calibration import Calibration, calibration_error, fit_calibration, risk_threshold, softmax

LABELS = ("angry", "happy", "neutral", "sad")


def overconfident(count=400, times=4.0, seed=0):
    """Logits whose labels are drawn by their own probabilities, and then made too sure."""
    generator = np.random.default_rng(seed)
    honest = generator.normal(0, 1.5, (count, 4))
    truth = [LABELS[generator.choice(4, p=row)] for row in softmax(honest)]
    return honest * times, truth


def test_the_temperature_that_made_it_overconfident_is_found():
    logits, truth = overconfident()
    found = fit_calibration(logits, truth, LABELS)
    assert found.temperature == pytest.approx(4.0, rel=0.15)
    assert found.error_after < 0.06 < 0.2 < found.error_before
    assert found.log_likelihood_after > found.log_likelihood_before
    # least over a grid of temperatures, searched the slow way
    index = np.array([LABELS.index(name) for name in truth])
    grid = np.geomspace(0.5, 20, 400)
    losses = [-np.log(softmax(logits, t)[np.arange(len(index)), index]).mean() for t in grid]
    assert found.temperature == pytest.approx(grid[np.argmin(losses)], rel=0.02)


def test_it_never_changes_what_is_said():
    logits, truth = overconfident(seed=1)
    found = fit_calibration(logits, truth, LABELS)
    np.testing.assert_array_equal(softmax(logits).argmax(1), softmax(logits, found.temperature).argmax(1))


def test_the_threshold_keeps_the_risk():
    logits, truth = overconfident(seed=2)
    found = fit_calibration(logits, truth, LABELS, max_risk=0.1)
    probabilities = softmax(logits, found.temperature)
    kept = probabilities.max(1) >= found.threshold
    wrong = np.array([LABELS[i] for i in probabilities.argmax(1)])[kept] != np.array(truth)[kept]
    assert wrong.mean() <= 0.1
    assert found.coverage == pytest.approx(kept.mean())
    assert 0.05 < found.coverage < 1


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40), st.floats(0.01, 0.99))
def test_the_threshold_is_the_lowest_that_does(pairs, risk):
    confidence, right = (np.array(column) for column in zip(*pairs, strict=True))
    found = risk_threshold(confidence, right.astype(bool), risk)
    fits = [c for c in set(confidence.tolist()) if (~right[confidence >= c]).mean() <= risk]
    assert found == (min(fits) if fits else 1.0)


def test_the_calibration_error_is_the_obvious_one(rng):
    probabilities = softmax(rng.normal(0, 2, (300, 4)))
    truth = rng.integers(0, 4, 300)
    wanted = 0.0
    for low in np.arange(0, 1, 0.1):
        inside = [i for i in range(300) if low <= probabilities[i].max() < low + 0.1 + (low > 0.85) * 1e-9]
        if inside:
            right = np.mean([probabilities[i].argmax() == truth[i] for i in inside])
            wanted += abs(right - np.mean([probabilities[i].max() for i in inside])) * len(inside) / 300
    assert calibration_error(probabilities, truth) == pytest.approx(wanted, abs=1e-9)


def test_it_is_kept_in_a_small_file(tmp_path):
    logits, truth = overconfident()
    found = fit_calibration(logits, truth, LABELS, weights="abc")
    path = found.save(tmp_path / "c.json")
    assert path.stat().st_size < 1000
    assert Calibration.load(path) == found
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "change",
    [
        {"format": "another"},
        {"version": 2},
        {"temperature": 0},
        {"temperature": "warm"},
        {"threshold": 2},
        {"extra": 1},
        {"labels": None},
    ],
)
def test_a_file_that_was_changed_is_refused(tmp_path, change):
    logits, truth = overconfident()
    path = fit_calibration(logits, truth, LABELS).save(tmp_path / "c.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelUnavailable, match="no calibration"):
        Calibration.load(path)


def test_a_file_that_is_none_is_refused(tmp_path):
    for text in ("", "[]", "{}", "\x00"):
        (tmp_path / "c.json").write_text(text)
        with pytest.raises(ModelUnavailable):
            Calibration.load(tmp_path / "c.json")
    with pytest.raises(ModelUnavailable):
        Calibration.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("logits", "truth", "options", "message"),
    [
        (np.zeros((3, 4)), ["sad"] * 3, {}, "too few"),
        (np.zeros((9, 4)), ["bored"] * 9, {}, "does not know bored"),
        (np.zeros((9, 3)), ["sad"] * 9, {}, "shape"),
        (np.full((9, 4), np.nan), ["sad"] * 9, {}, "finite"),
        (np.zeros((9, 4)), ["sad"] * 9, {"max_risk": 0}, "max_risk"),
    ],
)
def test_what_does_not_fit(logits, truth, options, message):
    with pytest.raises(ParameterError, match=message):
        fit_calibration(logits, truth, LABELS, **options)


def test_an_expert_that_is_never_right_keeps_nothing():
    logits = np.tile([9.0, 0, 0, 0], (20, 1))
    found = fit_calibration(logits, ["sad"] * 20, LABELS)
    assert found.threshold == 1.0
    assert found.coverage == 0.0
    assert 0.05 <= found.temperature <= 20
