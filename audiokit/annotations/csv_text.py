"""Records of quoted fields (RFC 4180), with the line on which each begins.

Not the standard library's csv module: its limit on the length of a field is one for the whole process, and it takes a
quote that nothing closes for a field as long as the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from audiokit.annotations.texts import malformed, split_lines

__all__ = ["delimiter_of", "quoted", "records"]

_DELIMITERS = (",", "\t", ";", "|")
_NEEDS_QUOTES = re.compile(r'[",\t;|\r\n]|\A\s|\s\Z')


def delimiter_of(text: str) -> str:
    """Return the delimiter that stands most often in the first line, outside quotes.

    Parameters
    ----------
    text : str
        Of a table.

    Examples
    --------
    >>> delimiter_of("onset;offset;what, and why")
    ';'
    """
    first = re.sub(r'"[^"]*"', "", text.lstrip("\r\n")[:100_000]).split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)


def quoted(text: str, delimiter: str) -> str:
    '''Quote a field if it needs it.

    Examples
    --------
    >>> print(quoted('say "a, b"', ","), quoted("plain", ","))
    "say ""a, b""" plain
    '''
    if delimiter in text or _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Cut a table into records; lines with nothing on them are left out.

    Parameters
    ----------
    text : str
        All of it.
    delimiter : str
        One character.

    Yields
    ------
    tuple of int and list of str
        The line on which the record begins, counted from 1, and its fields.

    Raises
    ------
    MalformedAnnotations
        If a quote is not closed, or something stands between a closing quote and the delimiter.
    """
    if '"' not in text:
        for line, content in enumerate(split_lines(text), start=1):
            if content:
                yield line, content.split(delimiter)
        return
    # A field, quoted or not, and what ends it
    field = re.compile(
        rf'(?:"([^"]*(?:""[^"]*)*)"|([^"{re.escape(delimiter)}\r\n][^{re.escape(delimiter)}\r\n]*|))'
        rf"({re.escape(delimiter)}|\r\n|\n|\r|\Z)"
    )
    position, line, begun = 0, 1, 1
    fields: list[str] = []
    while position < len(text) or fields:
        found = field.match(text, position)
        if found is None:
            rest = split_lines(text[position : position + 200])[0]
            raise malformed(line, rest, "a field whose quotes are closed before the next delimiter, and doubled within")
        in_quotes, plain, ending = found.groups()
        if in_quotes is None:
            fields.append(plain)
        else:
            fields.append(in_quotes.replace('""', '"'))
            line += len(split_lines(f"{in_quotes}.")) - 1
        position = found.end()
        if ending != delimiter:
            if fields != [""] or in_quotes is not None:
                yield begun, fields
            fields = []
            line += 1
            begun = line
