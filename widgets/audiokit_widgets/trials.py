"""Blind listening: what is drawn and what was answered. Both stay here; a page gets letters.

Two sounds make an ABX test: each trial's X is A or B by a fair coin, and the listener says which. More make a
preference test: each trial shows all of them in a new order, and the listener picks one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit_widgets.abx import abx_result, preference_result

if TYPE_CHECKING:
    import pandas as pd

    from audiokit_widgets.abx import AbxResult, PreferenceResult

__all__ = ["AbxTest", "PreferenceTest", "blind_test"]

_MOST_TRIALS = 1000


def blind_test(names: Sequence[str], trials: int, seed: int | None) -> AbxTest | PreferenceTest:
    """Draw a test of two sounds, or of more; from a fresh seed if none is given."""
    drawn = int(np.random.SeedSequence().generate_state(1, np.uint64)[0]) if seed is None else seed
    return AbxTest(names, trials, drawn) if len(names) == 2 else PreferenceTest(names, trials, drawn)


@dataclass
class _Test:
    """Trials in order: each is answered once, and none before its turn. All draws are made before the first."""

    names: tuple[str, ...]
    trials: int
    seed: int
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, least, most in (("trials", 1, _MOST_TRIALS), ("seed", 0, None)):
            value = getattr(self, name)
            fits = isinstance(value, int) and not isinstance(value, bool) and value >= least
            if not fits or (most is not None and value > most):
                wanted = f"from {least} to {most}" if most is not None else f"of at least {least}"
                raise ParameterError(f"{name} must be a whole number {wanted}, got {value!r}.")

    @property
    def trial(self) -> int:
        """Number of the trial to be answered next, from 1; one more than there are when all are answered."""
        return len(self.rows) + 1

    @property
    def finished(self) -> bool:
        """Whether all trials are answered."""
        return len(self.rows) >= self.trials

    def _check(self, trial: object, answer: object, letters: Sequence[str], seconds: object, switches: object) -> None:
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

    def record(self, trial: Any, answer: Any, seconds: Any, switches: Any) -> None:
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
        return abx_result(sum(row["correct"] for row in self.rows), len(self.rows), self.trials)


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

    def record(self, trial: Any, answer: Any, seconds: Any, switches: Any) -> None:
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
        return preference_result(counts, self.trials)
