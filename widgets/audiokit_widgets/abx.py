"""Blind listening: what is drawn, what was answered, and what chance alone would have answered.

Two sounds make an ABX test: each trial's X is A or B by a fair coin, and the listener says which (Clark, "High-resolution
subjective testing using a double-blind comparator", J. Audio Eng. Soc. 30(5), 1982). More than two make a preference
test: each trial shows all of them in a new order, and the listener picks one. All draws are made before the first
trial, from one seeded generator, and stay here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AbxResult", "AbxTest", "PreferenceResult", "PreferenceTest", "chance_of_correct", "chance_of_favourite"]

_MOST_TRIALS = 1000
_UNLIKELY = 0.05  # the customary border, and no more than that


@dataclass(frozen=True, slots=True)
class AbxResult:
    """What an ABX test has shown so far.

    Parameters
    ----------
    n : int
        Trials answered.
    correct : int
        Right answers among them.
    p_value : float
        Probability that guessing alone gives at least as many right; one-sided, exact. 1.0 without an answer.
    planned : int
        Trials that the test was made for.
    sentence : str
        The same for people.
    """

    n: int
    correct: int
    p_value: float
    planned: int
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class PreferenceResult:
    """What a preference test has shown so far.

    Parameters
    ----------
    n : int
        Trials answered.
    counts : dict of str to int
        How often each sound was picked, in the order in which the sounds were given.
    p_value : float
        Probability that, with every sound equally likely to be picked, some sound is picked at least as often as the
        most picked one was; exact. 1.0 without an answer.
    planned : int
        Trials that the test was made for.
    sentence : str
        The same for people.
    """

    n: int
    counts: dict[str, int]
    p_value: float
    planned: int
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def chance_of_correct(correct: int, n: int) -> float:
    """Probability that guessing alone gives at least `correct` right answers of `n`: the binomial tail at one half.

    Summed in whole numbers, so it is exact before its one rounding to a float.

    Parameters
    ----------
    correct : int
        From 0 to `n`.
    n : int
        Trials answered.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        If `correct` is not within 0 .. `n`.

    Examples
    --------
    >>> round(chance_of_correct(12, 16), 4), chance_of_correct(0, 0)
    (0.0384, 1.0)
    """
    if not 0 <= correct <= n:
        raise ParameterError(f"correct must be within 0 .. n, got {correct} of {n}.")
    return float(Fraction(sum(math.comb(n, k) for k in range(correct, n + 1)), 2**n))


def chance_of_favourite(picks: int, n: int, choices: int) -> float:
    """Probability that some choice is picked at least `picks` times of `n` when all are equally likely.

    The tail of the largest of equal multinomial counts: one minus the chance that every count stays below `picks`,
    which is ``n! / choices**n`` times the coefficient of ``x**n`` in ``(sum of x**j / j! for j < picks) ** choices``.
    Summed in fractions. It asks about the favourite, whichever that turns out to be, so nothing need be corrected for
    having looked at several sounds.

    Parameters
    ----------
    picks : int
        From 0 to `n`.
    n : int
        Trials answered.
    choices : int
        Sounds to choose from, at least 2.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        If `picks` is not within 0 .. `n` or there are fewer than two choices.

    Examples
    --------
    >>> chance_of_favourite(3, 3, 3) == 3 / 27, chance_of_favourite(1, 2, 3)
    (True, 1.0)
    """
    if choices < 2 or not 0 <= picks <= n:
        raise ParameterError(f"Wanted 0 <= picks <= n and at least 2 choices, got {picks} of {n} among {choices}.")
    # ways[m]: sequences of m picks in which no choice so far has `picks` or more; exact integers throughout
    ways = [1] + [0] * n
    for _ in range(choices):
        ways = [sum(math.comb(m, j) * ways[m - j] for j in range(min(picks - 1, m) + 1)) for m in range(n + 1)]
    return float(1 - Fraction(ways[n], choices**n))


@dataclass
class _Test:
    """Trials in order: each is answered once, and none before its turn."""

    names: tuple[str, ...]
    trials: int
    seed: int
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if isinstance(self.trials, bool) or int(self.trials) != self.trials or not 1 <= self.trials <= _MOST_TRIALS:
            raise ParameterError(f"trials must be a whole number from 1 to {_MOST_TRIALS}, got {self.trials!r}.")

    @property
    def trial(self) -> int:
        """Number of the trial to be answered next, from 1; one more than there are when all are answered."""
        return len(self.rows) + 1

    @property
    def finished(self) -> bool:
        """Whether all trials are answered."""
        return len(self.rows) >= self.trials

    def _check(self, trial: int, answer: str, letters: Sequence[str], seconds: float, switches: int) -> None:
        if self.finished:
            raise ParameterError(f"All {self.trials} trials are answered.")
        if trial != self.trial:
            raise ParameterError(f"Trial {self.trial} is to be answered, got an answer to trial {trial!r}.")
        if answer not in letters:
            raise ParameterError(f"An answer is one of {', '.join(letters)}, got {answer!r}.")
        if isinstance(switches, bool) or not isinstance(switches, int) or switches < 0:
            raise ParameterError(f"switches must be a count, got {switches!r}.")
        if not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds < 0:
            raise ParameterError(f"seconds must be a finite time, got {seconds!r}.")

    def _table(self, columns: Sequence[str]) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(columns))


class AbxTest(_Test):
    """An ABX test of two sounds.

    Parameters
    ----------
    names : sequence of str
        Two of them; which one is A is drawn too.
    trials : int
        1 .. 1000; fixed beforehand, so that stopping when it looks good is seen to be that.
    seed : int
        Of the generator for all draws.
    """

    def __init__(self, names: Sequence[str], trials: int, seed: int) -> None:
        if len(names) != 2:
            raise ParameterError(f"An ABX test has two sounds, got {len(names)}.")
        super().__init__(tuple(names), trials, seed)
        generator = np.random.default_rng(seed)
        self.order: tuple[int, ...] = tuple(int(i) for i in generator.permutation(2))
        self._x = generator.integers(0, 2, size=int(trials))

    kind = "abx"
    letters = "AB"

    @property
    def verdict(self) -> str:
        """The result, and which sound was which; for when the test is over."""
        return f"{self.result.sentence} A was {self.name_of('A')}, B was {self.name_of('B')}."

    @property
    def hidden(self) -> int:
        """Index (into `names`) of the present trial's X."""
        return self.order[int(self._x[self.trial - 1])]

    def name_of(self, letter: str) -> str:
        """Name of the sound that is A, or B."""
        return self.names[self.order["AB".index(letter)]]

    def record(self, trial: int, answer: str, seconds: float, switches: int) -> None:
        """Keep an answer: ``"A"`` or ``"B"``, the seconds it took and how often the listener switched."""
        self._check(trial, answer, tuple(self.letters), seconds, switches)
        x, said = self.names[self.hidden], self.name_of(answer)
        self.rows.append(
            {"trial": trial, "x": x, "answer": said, "correct": x == said, "seconds": float(seconds)}
            | {"switches": switches}
        )

    @property
    def answers(self) -> pd.DataFrame:
        """Columns ``trial``, ``x``, ``answer``, ``correct``, ``seconds``, ``switches``."""
        return self._table(("trial", "x", "answer", "correct", "seconds", "switches"))

    @property
    def result(self) -> AbxResult:
        """Counts, p-value, and what it means."""
        n, correct = len(self.rows), sum(row["correct"] for row in self.rows)
        p = chance_of_correct(correct, n)
        return AbxResult(n, correct, p, self.trials, _abx_sentence(n, correct, p, self.trials))


class PreferenceTest(_Test):
    """A preference test of several sounds.

    Parameters
    ----------
    names : sequence of str
        At least two.
    trials : int
        1 .. 1000.
    seed : int
        Of the generator for all draws.
    """

    def __init__(self, names: Sequence[str], trials: int, seed: int) -> None:
        super().__init__(tuple(names), trials, seed)
        generator = np.random.default_rng(seed)
        self.order: tuple[int, ...] = tuple(int(i) for i in generator.permutation(len(names)))
        self._shown = [generator.permutation(len(names)) for _ in range(int(trials))]

    kind = "preference"

    @property
    def verdict(self) -> str:
        """The result; for when the test is over."""
        listed = ", ".join(f"{name} {count}" for name, count in self.result.counts.items())
        return f"{self.result.sentence} Picks: {listed}."

    @property
    def letters(self) -> str:
        """One letter for each sound shown."""
        return "ABCDEFGH"[: len(self.names)]

    @property
    def shown(self) -> list[int]:
        """For each letter of the present trial, the place in `order` of its sound."""
        return [int(i) for i in self._shown[self.trial - 1]]

    def record(self, trial: int, answer: str, seconds: float, switches: int) -> None:
        """Keep a pick: a letter, the seconds it took and how often the listener switched."""
        self._check(trial, answer, tuple(self.letters), seconds, switches)
        shown = [self.names[self.order[place]] for place in self.shown]
        self.rows.append(
            {"trial": trial, "picked": shown[self.letters.index(answer)], "shown": ", ".join(shown)}
            | {"seconds": float(seconds), "switches": switches}
        )

    @property
    def answers(self) -> pd.DataFrame:
        """Columns ``trial``, ``picked``, ``shown`` (all names, in the trial's order), ``seconds``, ``switches``."""
        return self._table(("trial", "picked", "shown", "seconds", "switches"))

    @property
    def result(self) -> PreferenceResult:
        """Counts, p-value, and what it means."""
        counts = {name: sum(row["picked"] == name for row in self.rows) for name in self.names}
        n, most = len(self.rows), max(counts.values())
        p = chance_of_favourite(most, n, len(self.names))
        return PreferenceResult(n, counts, p, self.trials, _preference_sentence(n, counts, p, self.trials))


def _abx_sentence(n: int, correct: int, p: float, planned: int) -> str:
    if n == 0:
        return f"No trial of {planned} is answered yet."
    said = f"{correct} of {n}: p = {_written(p)}. Guessing alone gets at least {correct} right in {_percent(p)} of such tests"
    if p < _UNLIKELY:
        return f"{said}: evidence that a difference was heard.{_unfinished(n, planned)}"
    least = "; so few trials could not have shown one" if chance_of_correct(n, n) >= _UNLIKELY else ""
    return f"{said}: no evidence that a difference was heard, and none that there is no difference{least}.{_unfinished(n, planned)}"


def _preference_sentence(n: int, counts: dict[str, int], p: float, planned: int) -> str:
    if n == 0:
        return f"No trial of {planned} is answered yet."
    most = max(counts.values())
    leaders = [name for name, count in counts.items() if count == most]
    who = leaders[0] if len(leaders) == 1 else f"each of {', '.join(leaders)}"
    verdict = "evidence of a preference" if p < _UNLIKELY else "no evidence of a preference"
    return (
        f"{who} was picked {most} of {n} times: p = {_written(p)}. Picking at random gives some sound at least {most} "
        f"in {_percent(p)} of such tests: {verdict}.{_unfinished(n, planned)}"
    )


def _unfinished(n: int, planned: int) -> str:
    if n >= planned:
        return ""
    return (
        f" Only {n} of {planned} trials are answered: a test that is stopped when it looks good says less than its p."
    )


def _written(p: float) -> str:
    if p >= 0.9995:
        return "1.00" if p < 1 else "1"
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"


def _percent(p: float) -> str:
    return f"{100 * p:.3g} %"
