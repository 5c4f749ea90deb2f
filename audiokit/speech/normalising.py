"""Text written out for voices that know no digits: numbers, dates, times, money, units and abbreviations as words.

English and German have rules of their own. Other languages that num2words knows get their numbers alone, and what has
no rules stays as it was written and is said: no language ever gets words of another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.speech import written_english, written_german
from audiokit.speech.languages import primary
from audiokit.speech.written_numbers import NUM2WORDS_CURE, Numbers, applied, has_numbers, knows_numbers_of

__all__ = ["WrittenOut", "normalise_text", "written_out"]

_RULES = MappingProxyType(
    {
        "en": (written_english.RULES, written_english.POINT_AND_MINUS),
        "de": (written_german.RULES, written_german.POINT_AND_MINUS),
    }
)
# a whole number that touches no other figure, letter, or sign that joins figures
_PLAIN = re.compile(r"(?<![\w.,:/−-])[0-9]+(?![\w:/−-]|[.,][0-9])")


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """A text as a voice can read it.

    Parameters
    ----------
    text : str
        Written out.
    language : str
        By whose rules; empty where there are none.
    notes : tuple of str
        What was left as it is, or could be read in more than one way.
    """

    text: str
    language: str
    notes: tuple[str, ...]


def normalise_text(text: str, language: str) -> WrittenOut:
    """Write out numbers, dates, times, money, units and abbreviations.

    Roman numerals, fractions, telephone numbers and acronyms have no rules. Numbers with leading zeros or more than 15
    figures are read figure by figure.

    Parameters
    ----------
    text : str
        Of any length.
    language : str
        Such as ``en`` or ``de``, for which there are rules; others that num2words knows get their whole numbers.

    Returns
    -------
    WrittenOut

    Raises
    ------
    LibraryUnavailable
        If num2words (LGPL-2.1) is not installed and there is a figure in the text.
    ParameterError
        If no language is named.

    Examples
    --------
    >>> normalise_text("Dr. Lee paid $3.50 on 2 May 2026.", "en").text
    'Doctor Lee paid three dollars and fifty cents on May second, twenty twenty-six.'
    >>> normalise_text("Am 3. Oktober waren es -5 °C.", "de").text
    'Am dritten Oktober waren es minus fünf Grad Celsius.'
    >>> normalise_text("Il y a 3 chats.", "fr").text
    'Il y a trois chats.'
    """
    if not primary(language):
        raise ParameterError("normalise_text wants a language.", cure='For example "en" or "de".')
    return written_out(text, language, required=True)


def written_out(text: str, language: str, *, required: bool) -> WrittenOut:
    """As `normalise_text`; where it is not `required`, what is missing is a note and the text stays as it is."""
    code = primary(language)
    try:
        if code in _RULES:
            rules, (point, minus) = _RULES[code]
            numbers = Numbers(code, point, minus)
            found = applied(rules, text, numbers)
            return WrittenOut(found, code, tuple(dict.fromkeys(numbers.notes)))
        if not has_numbers(text):
            return WrittenOut(text, "", ())
        if not code:
            return WrittenOut(text, "", ("numbers were not written out: the voice does not say its language",))
        if not knows_numbers_of(code):
            return WrittenOut(text, "", (f"numbers were not written out: there are no rules for {language!r}",))
    except LibraryUnavailable as error:
        if required:
            raise
        return WrittenOut(text, "", (f"numbers were not written out: {error.message} {NUM2WORDS_CURE}",))
    numbers = Numbers(code, "", "")
    found = _PLAIN.sub(lambda match: numbers.cardinal(match[0]), text)
    left = ", and others were left" if has_numbers(found) else ""
    note = f"whole numbers alone were written out{left}: dates, money and units have no rules for {language!r}"
    return WrittenOut(found, code, (note,))
