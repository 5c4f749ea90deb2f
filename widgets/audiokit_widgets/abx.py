"""What the answers of a blind test mean: exact probabilities under chance alone, in a number and a sentence.

Two sounds make an ABX test (Clark, "High-resolution subjective testing using a double-blind comparator", J. Audio Eng.
Soc. 30(5), 1982); more make a preference test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from audiokit.errors import ParameterError

__all__ = [
    "AbxResult",
    "PreferenceResult",
    "abx_result",
    "chance_of_correct",
    "chance_of_favourite",
    "preference_result",
]

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


def abx_result(correct: int, n: int, planned: int) -> AbxResult:
    """Say what `correct` right answers of `n` mean, in a test of `planned` trials.

    Examples
    --------
    >>> print(abx_result(12, 16, 16).sentence.partition(":")[2])
     p = 0.038. By guessing, at least 12 are right in 3.84 % of such tests: evidence that a difference was heard.
    """
    p = chance_of_correct(correct, n)
    if n == 0:
        return AbxResult(0, 0, p, planned, f"No trial of {planned} is answered yet.")
    said = (
        f"{correct} of {n}: p = {_written(p)}. By guessing, at least {correct} are right in {_percent(p)} of such tests"
    )
    if p < _UNLIKELY:
        verdict = "evidence that a difference was heard"
    else:
        verdict = "no evidence that a difference was heard, which does not show that there is none"
        if chance_of_correct(n, n) >= _UNLIKELY:
            verdict += "; so few trials could not have shown one"
    return AbxResult(n, correct, p, planned, f"{said}: {verdict}.{_unfinished(n, planned)}")


def preference_result(counts: dict[str, int], planned: int) -> PreferenceResult:
    """Say what the numbers of picks mean, in a test of `planned` trials.

    Parameters
    ----------
    counts : dict of str to int
        Picks of each sound, at least two of them.
    planned : int
        Trials.

    Returns
    -------
    PreferenceResult
    """
    n, most = sum(counts.values()), max(counts.values())
    p = chance_of_favourite(most, n, len(counts))
    if n == 0:
        return PreferenceResult(0, counts, p, planned, f"No trial of {planned} is answered yet.")
    leaders = [name for name, count in counts.items() if count == most]
    who = f"{leaders[0]} was" if len(leaders) == 1 else f"{' and '.join(leaders)} were each"
    verdict = "evidence of a preference" if p < _UNLIKELY else "no evidence of a preference"
    said = (
        f"{who} picked {most} of {n} times: p = {_written(p)}. At random, some sound is picked at least {most} times "
        f"in {_percent(p)} of such tests: {verdict}.{_unfinished(n, planned)}"
    )
    return PreferenceResult(n, counts, p, planned, said)


def _unfinished(n: int, planned: int) -> str:
    if n >= planned:
        return ""
    return f" Only {n} of {planned} trials are answered; stopped because it looks good, a test says less than its p."


def _written(p: float) -> str:
    if p >= 0.9995:
        return "1.00" if p < 1 else "1"
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"


def _percent(p: float) -> str:
    return f"{100 * p:.3g} %"
