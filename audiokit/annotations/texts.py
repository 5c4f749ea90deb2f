"""Bytes to text, text to numbers, and the sentence that says what is wrong on which line."""

from __future__ import annotations

import codecs
import math
import re
from decimal import Context, Decimal

from audiokit.errors import LossyFormat, MalformedAnnotations, ParameterError, UnrecognisedFormat

__all__ = ["between", "decode_text", "encode_text", "encoding_of", "end_after", "malformed", "number", "split_lines"]

_LONGEST_SHOWN = 60
# ASCII digits only: float() would also take 1_000, infinity and the digits of every script
_is_number = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII).fullmatch
_LINE_END = re.compile(r"\r\n|\n|\r")
# Sums and differences of any two finite float64 values are exact: 309 digits before the point, 324 + 17 after it.
_EXACT = Context(prec=800, Emax=999_999, Emin=-999_999, traps=[])
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(head: bytes) -> str:
    """Tell how text is encoded: by its byte order mark, by the zero byte of a first ASCII letter in UTF-16, or UTF-8.

    Parameters
    ----------
    head : bytes
        The beginning of a file; two bytes are enough.

    Examples
    --------
    >>> encoding_of("File".encode("utf-16-be")), encoding_of(b"File")
    ('utf-16-be', 'utf-8')
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    if len(head) >= 2 and (head[0] == 0) != (head[1] == 0):
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    return "utf-8"


def decode_text(data: bytes, encoding: str | None = None, *, whole: bool = True) -> str:
    """Decode a file's bytes, without its byte order mark.

    Parameters
    ----------
    data : bytes
        All of the file, or its beginning.
    encoding : str, optional
        A codec of Python; None looks at the bytes (UTF-8 or UTF-16).
    whole : bool
        Whether `data` is all of it; a beginning may be cut within a character.

    Raises
    ------
    UnrecognisedFormat
        If the bytes are no text in that encoding.
    ParameterError
        If there is no such encoding.
    """
    name = encoding or encoding_of(data)
    try:
        if encoding is not None:
            "".encode(name)  # a LookupError for what turns bytes into bytes (hex, zlib), and for what does not exist
        text: str = codecs.getincrementaldecoder(name)("strict").decode(data, whole)
    except UnicodeError as error:
        where = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
        raise UnrecognisedFormat(
            f"This is no text in {name}{where}.", cure="If it is text, name its encoding: encoding='cp1252'."
        ) from error
    except (LookupError, TypeError, ValueError) as error:
        raise ParameterError(f"There is no text encoding {name!r}.", cure="For example 'utf-8' or 'cp1252'.") from error
    return text.removeprefix("\ufeff")


def encode_text(text: str) -> bytes:
    """Encode as UTF-8.

    Raises
    ------
    ParameterError
        If a label holds half of a surrogate pair, which is no character.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        found = ascii(text[error.start : error.end])
        raise ParameterError(
            f"A label or name holds {found}, which is no character and cannot be written as UTF-8.",
            cure="Replace it: label.encode('utf-8', 'replace').decode().",
        ) from error


def split_lines(text: str) -> list[str]:
    r"""Lines by ``\n``, ``\r\n`` and ``\r`` only: str.splitlines also cuts at eight characters that labels may hold.

    Examples
    --------
    >>> split_lines("a\r\nb\u2028c\n")
    ['a', 'b\u2028c']
    """
    lines = _LINE_END.split(text) if "\r" in text else text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def number(text: str) -> float | None:
    """Read a finite decimal number; None where it is none.

    Examples
    --------
    >>> number("1.50"), number("1e-3"), number("nan"), number("1_0")
    (1.5, 0.001, None, None)
    """
    if not _is_number(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def between(start_seconds: float, end_seconds: float) -> str:
    """Return the duration as text, such that start and duration add up to the very end (see `end_after`).

    The decimals that stand for the two are subtracted, not the floats: 0.3 after 0.1 is 0.2.

    Raises
    ------
    LossyFormat
        If the duration is longer than float64 can count.

    Examples
    --------
    >>> between(0.1, 0.3), 0.3 - 0.1
    ('0.2', 0.19999999999999998)
    """
    if not math.isfinite(end_seconds - start_seconds):
        raise LossyFormat(
            f"The duration from {start_seconds} to {end_seconds} s is longer than float64 can count.",
            cure="Choose a format that states the end, such as a CSV table.",
        )
    difference = _EXACT.subtract(Decimal(repr(end_seconds)), Decimal(repr(start_seconds)))
    text = format(difference, "f") if -7 < difference.adjusted() < 17 else str(difference)
    return text if "." in text or "E" in text else f"{text}.0"


def end_after(start: str, duration: str) -> float:
    """Add a start and a duration, both checked by `number`, as decimals.

    Examples
    --------
    >>> end_after("0.1", "0.2"), 0.1 + 0.2
    (0.3, 0.30000000000000004)
    """
    return float(_EXACT.add(_EXACT.create_decimal(start), _EXACT.create_decimal(duration)))


def malformed(line: int, got: str, wanted: str, *, cure: str = "") -> MalformedAnnotations:
    """Make the error for a line that does not fit.

    Parameters
    ----------
    line : int
        Counted from 1.
    got : str
        What stands there, as it stands there; shown in quotes, shortened.
    wanted : str
        What should stand there, in words.
    """
    shown = got if len(got) <= _LONGEST_SHOWN else f"{got[:_LONGEST_SHOWN]}…"
    return MalformedAnnotations(f"Line {line}: got {shown!r}, wanted {wanted}.", cure=cure)
