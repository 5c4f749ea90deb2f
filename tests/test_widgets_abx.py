"""Blind tests: exact p-values, sentences that say no more than they may, and trials that cannot be answered twice."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit_widgets.abx import abx_result, chance_of_correct, chance_of_favourite, preference_result
from audiokit_widgets.trials import AbxTest, PreferenceTest, blind_test


@pytest.mark.parametrize("n", [1, 5, 16, 50, 333])
def test_the_p_value_of_an_abx_test_is_scipys(n):
    from scipy.stats import binomtest

    for correct in range(n + 1):
        assert chance_of_correct(correct, n) == pytest.approx(binomtest(correct, n, 0.5, "greater").pvalue, rel=1e-9)


def test_of_two_sounds_the_favourites_p_value_is_the_two_sided_binomial():
    from scipy.stats import binomtest

    for n in (1, 4, 9, 16):
        for picks in range((n + 1) // 2, n + 1):
            assert chance_of_favourite(picks, n, 2) == pytest.approx(binomtest(picks, n, 0.5).pvalue, rel=1e-9)


@given(st.integers(2, 4), st.integers(1, 6), st.data())
def test_the_favourites_p_value_counts_all_ways_to_pick(choices, n, data):
    picks = data.draw(st.integers(0, n))
    ways = list(itertools.product(range(choices), repeat=n))
    reached = sum(max(way.count(c) for c in range(choices)) >= picks for way in ways)
    assert chance_of_favourite(picks, n, choices) == pytest.approx(reached / len(ways), rel=1e-12)


def test_what_cannot_be_counted_is_refused():
    for wrong in [(5, 4), (-1, 4)]:
        with pytest.raises(ParameterError, match="correct"):
            chance_of_correct(*wrong)
        with pytest.raises(ParameterError, match="picks"):
            chance_of_favourite(*wrong, 3)


@pytest.mark.parametrize(
    ("correct", "n", "planned", "said"),
    [
        (12, 16, 16, "12 of 16: p = 0.038"),
        (12, 16, 16, "evidence that a difference was heard."),
        (11, 16, 16, "no evidence that a difference was heard, which does not show that there is none"),
        (4, 4, 4, "so few trials could not have shown one"),
        (6, 6, 16, "Only 6 of 16 trials are answered"),
        (0, 0, 16, "No trial of 16 is answered yet."),
        (0, 9, 9, "p = 1."),
        (100, 100, 100, "p = 7.9e-31"),
    ],
)
def test_the_sentence_says_what_the_number_means(correct, n, planned, said):
    result = abx_result(correct, n, planned)
    assert said in str(result)
    assert (result.n, result.correct, result.planned) == (n, correct, planned)


def test_a_border_case_is_never_called_evidence():
    for n in range(1, 40):
        for correct in range(n + 1):
            result = abx_result(correct, n, n)
            assert ("no evidence" not in result.sentence) == (result.p_value < 0.05)


def test_a_preference_names_its_favourites():
    clear = preference_result({"a": 12, "b": 2, "c": 2}, 16)
    assert clear.p_value == pytest.approx(chance_of_favourite(12, 16, 3))
    assert clear.sentence.startswith("a was picked 12 of 16 times")
    assert "no evidence" not in clear.sentence
    tied = preference_result({"a": 3, "b": 3, "c": 0}, 8)
    assert "a and b were each picked 3 of 6 times" in tied.sentence
    assert "no evidence of a preference" in tied.sentence
    assert "Only 6 of 8" in tied.sentence
    assert preference_result({"a": 0, "b": 0, "c": 0}, 8).p_value == 1.0


def answer_all(test, choose):
    while not test.finished:
        test.record(test.trial, choose(test), 1.5, 2)


def right(test):
    return next(letter for letter in "AB" if test.name_of(letter) == test.names[test.hidden])


def test_a_listener_who_hears_it_is_always_right_and_one_who_does_not_is_not():
    sure = AbxTest(["one", "two"], 16, seed=1)
    answer_all(sure, right)
    assert sure.result.correct == 16
    assert sure.answers["correct"].all()
    assert list(sure.answers.columns) == ["trial", "x", "answer", "correct", "seconds", "switches"]
    assert sure.answers["trial"].tolist() == list(range(1, 17))
    assert set(sure.answers["x"]) == {"one", "two"}
    wrong = AbxTest(["one", "two"], 16, seed=1)
    answer_all(wrong, lambda test: "AB".replace(right(test), ""))
    assert wrong.result.correct == 0
    assert not wrong.answers["correct"].any()


def test_draws_come_from_the_seed_alone_and_are_fair():
    def hidden(seed):
        test = AbxTest(["one", "two"], 100, seed)
        drawn = []
        while not test.finished:
            drawn.append(test.hidden)
            test.record(test.trial, "A", 0.0, 0)
        return test.order, drawn

    assert hidden(7) == hidden(7)
    assert hidden(7) != hidden(8)
    all_drawn = np.array([hidden(seed)[1] for seed in range(40)])
    assert abs(all_drawn.mean() - 0.5) < 0.03  # 4000 fair coins: three standard deviations are 0.024
    again = (all_drawn[:, 1:] == all_drawn[:, :-1]).mean()
    assert abs(again - 0.5) < 0.03  # one says nothing of the next
    assert {hidden(seed)[0] for seed in range(20)} == {(0, 1), (1, 0)}  # which one is A is drawn too


def test_a_fresh_seed_is_another_one():
    first, second = (blind_test(["one", "two"], 16, None) for _ in range(2))
    assert first.seed != second.seed
    assert isinstance(blind_test(["a", "b", "c"], 4, 0), PreferenceTest)


@pytest.mark.parametrize(
    ("trial", "answer", "seconds", "switches", "said"),
    [
        (2, "A", 1.0, 0, "Trial 1 is to be answered"),
        (None, "A", 1.0, 0, "Trial 1 is to be answered"),
        (1, "X", 1.0, 0, "one of A, B"),
        (1, "AB", 1.0, 0, "one of A, B"),
        (1, None, 1.0, 0, "one of A, B"),
        (1, "A", -1.0, 0, "seconds"),
        (1, "A", float("nan"), 0, "seconds"),
        (1, "A", "1", 0, "seconds"),
        (1, "A", 1.0, -1, "switches"),
        (1, "A", 1.0, 1.5, "switches"),
    ],
)
def test_what_is_no_answer_is_not_kept(trial, answer, seconds, switches, said):
    test = AbxTest(["one", "two"], 2, seed=0)
    with pytest.raises(ParameterError, match=said):
        test.record(trial, answer, seconds, switches)
    assert len(test.answers) == 0
    assert test.trial == 1


def test_a_trial_is_answered_once():
    test = AbxTest(["one", "two"], 2, seed=0)
    test.record(1, "A", 1.0, 0)
    with pytest.raises(ParameterError, match="Trial 2"):
        test.record(1, "B", 1.0, 0)
    test.record(2, "A", 1.0, 0)
    with pytest.raises(ParameterError, match="All 2 trials"):
        test.record(3, "A", 1.0, 0)
    assert len(test.answers) == 2


@pytest.mark.parametrize("trials", [0, -1, 1001, 2.5, True, "16", None])
def test_an_impossible_number_of_trials_is_refused(trials):
    with pytest.raises(ParameterError, match="trials must be a whole number from 1 to 1000"):
        AbxTest(["one", "two"], trials, seed=0)


@pytest.mark.parametrize("seed", [-1, 0.5, True, "x"])
def test_an_impossible_seed_is_refused(seed):
    with pytest.raises(ParameterError, match="seed must be a whole number of at least 0"):
        blind_test(["a", "b", "c"], 4, seed)


def test_a_preference_follows_the_sound_and_not_its_letter():
    names = ["a", "b", "c", "d"]
    test = PreferenceTest(names, 24, seed=3)
    letters = []

    def likes_c(test):
        shown = [names[test.order[place]] for place in test.shown]
        letters.append("ABCD"[shown.index("c")])
        return letters[-1]

    answer_all(test, likes_c)
    assert test.result.counts == {"a": 0, "b": 0, "c": 24, "d": 0}
    assert len(set(letters)) == 4  # it was shown in every place
    assert test.answers["picked"].tolist() == ["c"] * 24
    assert all(sorted(shown.split(", ")) == names for shown in test.answers["shown"])
