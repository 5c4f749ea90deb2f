"""Bytes as text in a page, for scripts: in as few characters as JSON and HTML let stand as they are.

What a page shows without scripts (a sound, a picture) has to be base64, which takes four characters for three bytes.
All else is deflated where that helps and written with 91 characters, two for each 13 bits: 1.23 for a byte instead of
1.33. Numbers of four bytes are sorted before: their first bytes are alike from one number to the next, and the others
are like those of numbers of the same size. Nothing is rounded; ``page/host.js`` does the way back.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_text", "from_text", "packed", "packed_text", "sorted_numbers"]

# Printable ASCII but for the quotation mark and the backslash, which JSON escapes, and "<", which could end a script
_DIGITS = bytes(code for code in range(33, 127) if chr(code) not in '"\\<')
_PAIR_BITS, _LAST_BITS = 13, 6  # 91 * 91 is just above 2 ** 13, and 91 above 2 ** 6
_WORTH = 0.97  # of the bytes: what packs no better is not worth unpacking
_SHORT_TEXT = 2000  # characters


def as_text(data: bytes) -> str:
    """Write bytes with 91 characters: two for 13 bits, one for the last where at most 6 are left.

    Parameters
    ----------
    data : bytes
        Any.

    Returns
    -------
    str
        ASCII without spaces, quotation marks, backslashes and "<".

    Examples
    --------
    >>> from_text(as_text(b"sound")) == b"sound", len(as_text(bytes(1300)))
    (True, 1600)
    """
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8))
    left = len(bits) % _PAIR_BITS
    single = 0 < left <= _LAST_BITS
    bits = np.concatenate([bits, np.zeros(-len(bits) % _PAIR_BITS, dtype=np.uint8)])
    values = bits.reshape(-1, _PAIR_BITS).astype(np.int64) @ (1 << np.arange(_PAIR_BITS)[::-1])
    digits = np.stack(np.divmod(values, len(_DIGITS)), axis=1).ravel()
    if single:
        digits = np.append(digits[:-2], values[-1] >> (_PAIR_BITS - _LAST_BITS))
    return str(np.frombuffer(_DIGITS, dtype=np.uint8)[digits].tobytes(), "ascii")


def from_text(text: str) -> bytes:
    """Read what `as_text` wrote, as a page does it."""
    table = np.full(128, -1, dtype=np.int64)
    table[np.frombuffer(_DIGITS, dtype=np.uint8)] = np.arange(len(_DIGITS))
    digits = table[np.frombuffer(text.encode("ascii"), dtype=np.uint8)]
    pairs = len(digits) // 2
    values = digits[: 2 * pairs].reshape(-1, 2) @ np.array([len(_DIGITS), 1])
    bits = [_bits(values, _PAIR_BITS), _bits(digits[2 * pairs :], _LAST_BITS)]
    joined = np.concatenate(bits)
    return np.packbits(joined[: len(joined) // 8 * 8]).tobytes()


def _bits(values: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    return (values[:, np.newaxis] >> np.arange(width)[::-1] & 1).astype(np.uint8).ravel()


def sorted_numbers(data: bytes) -> bytes:
    """Sort the bytes of little-endian numbers of four bytes, so that they deflate better.

    First the highest byte of each; then the next one of each, in the order of the highest (numbers with the same one
    keep their order), then the two lower ones likewise. Of float32 the highest byte is sign and size, which tells how
    the lower ones are distributed: a model's input takes 16 % less than deflated as it is.

    Parameters
    ----------
    data : bytes
        A multiple of four.

    Returns
    -------
    bytes
        As many.
    """
    planes = np.frombuffer(data, dtype=np.uint8).reshape(-1, 4)
    order = np.argsort(planes[:, 3], kind="stable")
    return planes[:, 3].tobytes() + b"".join(planes[order, place].tobytes() for place in (2, 1, 0))


def packed(data: bytes) -> dict[str, str]:
    """Write bytes for a script in the shortest of three ways.

    Returns
    -------
    dict
        One entry: ``data``, as they are; ``deflated`` (RFC 1950); ``numbers``, sorted by `sorted_numbers` and deflated.
    """
    best, kind = zlib.compress(data, 9), "deflated"
    if data and len(data) % 4 == 0:
        other = zlib.compress(sorted_numbers(data), 9)
        if len(other) < _WORTH * len(best):
            best, kind = other, "numbers"
    return {kind: as_text(best)} if len(best) < _WORTH * len(data) else {"data": as_text(data)}


def packed_text(text: str) -> str | dict[str, str]:
    """Write text deflated where it is long; what is short stays readable."""
    return text if len(text) < _SHORT_TEXT else packed(text.encode())
