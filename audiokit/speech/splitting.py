"""Text cut into pieces worth speaking in one go: at sentences, then at commas, then between words. Nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["blocks", "pieces", "sentences_of"]

# what ends a sentence, with closing quotes and brackets; in Latin scripts white space follows, in CJK none need
# (\uff01 \uff1f \uff0c \uff1b \uff1a \uff09: the full-width forms of ! ? , ; : and a bracket)
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。\uff01\uff1f｡]+[」』”’\uff09]*|\n\s*\n")
_PAUSE = re.compile(r"[,;:—–、\uff0c\uff1b\uff1a][\"'”’»)\]]*(?=\s)|[、\uff0c\uff1b\uff1a]")
# a full stop after one of these ends no sentence
_ABBREVIATIONS = (
    *("mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "gen", "col", "sgt", "capt", "lt", "rev", "hon"),
    *("vs", "etc", "e.g", "i.e", "fig", "no", "vol", "pp", "approx", "dept", "est", "inc", "ltd", "co", "corp"),
    *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "a.m", "p.m", "u.s", "u.k"),
    *("z.b", "bzw", "usw", "ca", "nr", "bd", "d.h"),
)
_LAST_WORD = re.compile(r"([^\W\d_](?:[\w.]*\w)?)\.$")


def sentences_of(text: str) -> list[str]:
    """Cut a text into sentences.

    Parameters
    ----------
    text : str
        Of any length and script.

    Returns
    -------
    list of str
        Without white space around them, none empty. Joined with spaces they are the text, but for white space.

    Examples
    --------
    >>> sentences_of("Dr. Smith paid 3.50 dollars. Why? Nobody knows")
    ['Dr. Smith paid 3.50 dollars.', 'Why?', 'Nobody knows']
    """
    found: list[str] = []
    begin = 0
    for end in _END.finditer(text):
        piece = text[begin : end.end()].strip()
        if piece and not _is_abbreviated(piece):
            found.append(piece)
            begin = end.end()
    rest = text[begin:].strip()
    return [*found, rest] if rest else found


def blocks(text: str, longest_characters: int = 20_000) -> Iterator[str]:
    """Cut a text into blocks at white space, so that one of a megabyte is looked at little by little.

    Parameters
    ----------
    text : str
        Of any length.
    longest_characters : int
        A block ends with the last sentence within, where there is one in its second half; else between words.

    Yields
    ------
    str
        Together they are the text.

    Examples
    --------
    >>> list(blocks("One two. Three four.", 12))
    ['One two. ', 'Three four.']
    """
    begin = 0
    while len(text) - begin > longest_characters:
        window = text[begin : begin + longest_characters]
        half = len(window) // 2
        # a full stop after a figure may be a date or an ordinal: no block ends there
        ends = [found.end() for found in re.finditer(r"(?<![0-9])[.!?…。]\s+|\n\s*\n", window) if found.end() > half]
        spaces = [found.end() for found in re.finditer(r"\s+", window) if found.end() > half]
        cut = (ends or spaces or [len(window)])[-1]
        yield window[:cut]
        begin += cut
    if begin < len(text):
        yield text[begin:]


def pieces(text: str, longest_characters: int) -> Iterator[str]:
    """Cut a text into pieces of bounded length, sentence by sentence.

    Parameters
    ----------
    text : str
        Of any length and script.
    longest_characters : int
        A longer sentence is cut at commas, then between words, then anywhere.

    Yields
    ------
    str
        None empty. Joined they are the text, but for white space.

    Examples
    --------
    >>> list(pieces("One, two, three, four. Five.", 12))
    ['One, two,', 'three, four.', 'Five.']
    """
    for sentence in sentences_of(text):
        left = sentence
        while len(left) > longest_characters:
            cut = _cut(left, longest_characters)
            yield left[:cut].strip()
            left = left[cut:].strip()
        if left:
            yield left


def _cut(text: str, longest: int) -> int:
    """The last good place within the limit; at least one character."""
    window = text[: longest + 1]
    for places in (
        [found.end() for found in _PAUSE.finditer(window)],
        [found.start() for found in re.finditer(r"\s", window)],
    ):
        fitting = [place for place in places if 0 < place <= longest]
        if fitting:
            return fitting[-1]
    return max(longest, 1)


def _is_abbreviated(piece: str) -> bool:
    found = _LAST_WORD.search(piece)
    if found is None:
        return False
    word = found.group(1)
    return word.lower() in _ABBREVIATIONS or (len(word) == 1 and word.isupper())  # an initial: J. Smith
