"""Tables of pandas in a page: numbers stand at the right, under each other; words begin at the left."""

from __future__ import annotations

import re

__all__ = ["arranged"]

_TABLE = re.compile(r'<table border="1" class="dataframe">.*?</table>', re.DOTALL)
_HEAD = re.compile(r"(<thead>)(.*?)(</thead>)", re.DOTALL)
_ROW = re.compile(r"<tr[^>]*>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(th|td)>(.*?)</\1>", re.DOTALL)
_NUMBER = re.compile(r"[-+−]?\d[\d.,:_ ]*(e[-+]?\d+)?\s?([a-zµ%×°]{1,3})?", re.IGNORECASE)
_NOTHING = frozenset({"", "nan", "nat", "none", "&lt;na&gt;", "...", "…", "-", "–", "inf", "-inf"})


def arranged(page_part: str) -> str:
    """Mark the cells of words in pandas' tables (class ``words``), and let an index's name stand in the first row.

    Tables with cells over several rows or columns stay as they are.

    Parameters
    ----------
    page_part : str
        HTML.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> row = "<tr><th>0</th><td>piano</td><td>0.5</td></tr>"
    >>> table = '<table border="1" class="dataframe"><tbody>' + row + "</tbody></table>"
    >>> '<td class="words">piano</td><td>0.5</td>' in arranged(table)
    True
    """
    return _TABLE.sub(lambda found: _arranged(found[0]), page_part)


def _arranged(table: str) -> str:
    if "rowspan" in table or "colspan" in table:
        return table
    table = _HEAD.sub(lambda found: found[1] + _one_row(found[2]) + found[3], table, count=1)
    rows = [[text for _, text in _CELL.findall(row)] for row in _ROW.findall(table.partition("<tbody>")[2])]
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return table
    words = [any(map(_is_words, column)) for column in zip(*rows, strict=True)]
    return _ROW.sub(lambda found: _marked(found[0], words), table)


def _one_row(head: str) -> str:
    """Put the name of the index, for which pandas takes a row of its own, into the empty cell above it."""
    rows = _ROW.findall(head)
    if len(rows) != 2:  # that of the columns and that of the index
        return head
    above, below = ([text for _, text in _CELL.findall(row)] for row in rows)
    if len(above) != len(below) or any(one and other for one, other in zip(above, below, strict=True)):
        return head
    names = iter(one or other for one, other in zip(above, below, strict=True))
    merged = _CELL.sub(lambda found: f"<{found[1]}>{next(names)}</{found[1]}>", rows[0])
    return head.replace(rows[1], "").replace(rows[0], merged)


def _is_words(cell: str) -> bool:
    text = re.sub(r"<[^>]*>", "", cell).strip()
    return text.lower() not in _NOTHING and not _NUMBER.fullmatch(text)


def _marked(row: str, words: list[bool]) -> str:
    marks = iter(words)
    return _CELL.sub(
        lambda found: f'<{found[1]} class="words">{found[2]}</{found[1]}>' if next(marks, False) else found[0], row
    )
