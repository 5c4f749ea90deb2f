"""Numbers as words, by num2words (LGPL-2.1, an extra): cardinal, ordinal, year, decimal, digit by digit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from audiokit.errors import LibraryUnavailable

__all__ = ["Numbers", "Rule", "applied", "columns", "has_numbers", "knows_numbers_of", "words"]

_LONGEST = 15  # figures: a longer number is a code, and read figure by figure

NUM2WORDS_CURE = '`pip install "audiokit[tts]"`.'
"""What helps where num2words is not installed."""


def words(text: str) -> dict[str, str]:
    """Read a table of words.

    Examples
    --------
    >>> words("Dr. = Doctor; e.g. = for example")
    {'Dr.': 'Doctor', 'e.g.': 'for example'}
    """
    pairs = (" ".join(entry.split()).partition(" = ") for entry in text.split(";"))
    return {written: said for written, _, said in pairs}


def columns(text: str) -> dict[str, tuple[str, ...]]:
    """Read a table of several words each.

    Examples
    --------
    >>> columns("km = kilometre | kilometres")
    {'km': ('kilometre', 'kilometres')}
    """
    return {written: tuple(said.split(" | ")) for written, said in words(text).items()}


def knows_numbers_of(language: str) -> bool:
    """Whether num2words writes numbers in a language.

    Raises
    ------
    LibraryUnavailable
        If num2words is not installed.
    """
    return language in _converters()


def has_numbers(text: str) -> bool:
    """Whether there is a figure from 0 to 9 in a text."""
    return re.search("[0-9]", text) is not None


@dataclass
class Numbers:
    """Writes numbers in one language, and collects what could not be known.

    Parameters
    ----------
    language : str
        ISO 639-1.
    point : str
        The word for the decimal sign, such as ``point`` or ``Komma``.
    minus : str
        The word for a minus.
    notes : list of str
        What is to be said to the caller.
    """

    language: str
    point: str
    minus: str
    notes: list[str] = field(default_factory=list)

    def cardinal(self, figures: str) -> str:
        """``42`` as forty-two; with leading zeros, or very long, figure by figure."""
        if (len(figures) > 1 and figures.startswith("0")) or len(figures) > _LONGEST:
            return self.digits(figures)
        return _written(int(figures), "cardinal", self.language)

    def ordinal(self, figures: str) -> str:
        """``3`` as third."""
        return _written(int(figures), "ordinal", self.language) if len(figures) <= _LONGEST else self.digits(figures)

    def year(self, figures: str) -> str:
        """``1984`` as nineteen eighty-four."""
        return _written(int(figures), "year", self.language)

    def digits(self, figures: str) -> str:
        """``007`` as zero zero seven."""
        return " ".join(_written(int(figure), "cardinal", self.language) for figure in figures)

    def decimal(self, whole: str, behind: str = "", sign: str = "") -> str:
        """``3`` and ``14`` as three point one four."""
        said = f"{self.cardinal(whole)} {self.point} {self.digits(behind)}" if behind else self.cardinal(whole)
        return f"{self.minus} {said}" if sign else said


Rule = tuple[re.Pattern[str], Callable[[re.Match[str], Numbers], str]]
"""What is looked for, and how it is written."""


def applied(rules: tuple[Rule, ...], text: str, numbers: Numbers) -> str:
    """Apply rules one after the other."""
    for pattern, write in rules:
        text = _replaced(pattern, write, text, numbers)
    return text


def _replaced(
    pattern: re.Pattern[str], write: Callable[[re.Match[str], Numbers], str], text: str, numbers: Numbers
) -> str:
    return pattern.sub(lambda found: write(found, numbers), text)


@lru_cache(maxsize=4096)
def _written(value: int, kind: str, language: str) -> str:
    _converters()
    import num2words

    return str(num2words.num2words(value, to=kind, lang=language))


def _converters() -> frozenset[str]:
    try:
        import num2words
    except ImportError as error:
        raise LibraryUnavailable(
            "num2words, which writes numbers out, is not installed.", cure=NUM2WORDS_CURE
        ) from error
    return frozenset(num2words.CONVERTER_CLASSES)
