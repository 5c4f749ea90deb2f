"""From a CTC network's probabilities to words with times: the best path, its repeats joined, its blanks dropped.

Source: Graves et al., "Connectionist Temporal Classification" (ICML 2006), best path decoding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Alphabet", "SpelledWord", "spelled"]


@dataclass(frozen=True, slots=True)
class Alphabet:
    """What the outputs of a network stand for.

    Parameters
    ----------
    symbols : mapping of int to str
        Output -> symbol.
    blank : int
        The output that stands for none.
    delimiter : str
        The symbol between words.
    silent : frozenset of str
        Symbols that are no text, such as ``<s>`` and ``<unk>``.
    """

    symbols: Mapping[int, str]
    blank: int
    delimiter: str = "|"
    silent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SpelledWord:
    """A word in frames.

    Parameters
    ----------
    first_frame, end_frame : int
        The frames of its first and last symbol; the end is exclusive.
    text : str
        Its symbols.
    confidence : float
        Geometric mean of its symbols' probabilities, each the highest of its run of frames.
    """

    first_frame: int
    end_frame: int
    text: str
    confidence: float


def spelled(probabilities: NDArray[np.floating], alphabet: Alphabet) -> list[SpelledWord]:
    """Read the words of the best path.

    Parameters
    ----------
    probabilities : ndarray, shape (frames, outputs)
        Each frame sums to one.
    alphabet : Alphabet
        What they stand for.

    Returns
    -------
    list of SpelledWord
        In order.

    Examples
    --------
    >>> path = np.eye(4)[[1, 1, 0, 1, 2, 3, 0]] * 0.8 + 0.05
    >>> [(w.text, w.first_frame, w.end_frame) for w in spelled(path, Alphabet({1: "a", 2: "|", 3: "b"}, blank=0))]
    [('aa', 0, 4), ('b', 5, 6)]
    """
    values = np.asarray(probabilities, dtype=np.float64)
    if not values.size:
        return []
    best = values.argmax(axis=1)
    edges = np.flatnonzero(np.diff(best, prepend=-1))
    words: list[SpelledWord] = []
    run: list[tuple[int, int, str, float]] = []
    for first, end in zip(edges, [*edges[1:], best.size], strict=True):
        symbol = alphabet.symbols.get(int(best[first]), "")
        if best[first] == alphabet.blank or symbol in alphabet.silent:
            continue
        if symbol == alphabet.delimiter:
            words += _joined(run)
            run = []
        elif symbol:
            run.append((int(first), int(end), symbol, float(values[first:end, best[first]].max())))
    return words + _joined(run)


def _joined(run: list[tuple[int, int, str, float]]) -> list[SpelledWord]:
    if not run:
        return []
    confidence = float(np.exp(np.mean(np.log([max(probability, 1e-12) for *_, probability in run]))))
    return [SpelledWord(run[0][0], run[-1][1], "".join(symbol for _, _, symbol, _ in run), min(confidence, 1.0))]
