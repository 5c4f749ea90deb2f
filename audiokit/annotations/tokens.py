"""Texts as one word, for formats whose fields end at a space (RTTM, CTM): escaped, and reversibly so."""

from __future__ import annotations

import re

__all__ = ["NOTHING", "from_token", "to_token"]

NOTHING = "<NA>"  # the formats' word for a field that is not there
# What cuts a line or a field in some reader, or cannot be seen; and a percent sign that would be taken for an escape
_ESCAPED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]|%(?=[0-9A-Fa-f]{2})")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def to_token(text: str) -> str:
    """Make one word of a text: white space and control characters become ``%`` and two hexadecimal digits a byte.

    This is the percent-encoding of RFC 3986 with UTF-8, for those characters only. A ``%`` is escaped where two
    hexadecimal digits follow it; nothing at all becomes ``<NA>``, and ``<NA>`` is escaped.

    Examples
    --------
    >>> to_token("two words"), to_token("100 %"), to_token("%20"), to_token("")
    ('two%20words', '100%20%', '%2520', '<NA>')
    """
    if not text:
        return NOTHING
    if text == NOTHING:
        return "%3CNA%3E"
    return _ESCAPED.sub(lambda found: _percent(found.group()), text)


def from_token(token: str) -> str:
    """Undo `to_token`. Escapes that are no UTF-8 stand for themselves.

    Examples
    --------
    >>> from_token("two%20words"), from_token("<NA>"), from_token("%FF")
    ('two words', '', '%FF')
    """
    if token == NOTHING:
        return ""
    return _ESCAPES.sub(_decoded, token) if "%" in token else token


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def _decoded(found: re.Match[str]) -> str:
    try:
        return bytes.fromhex(found.group().replace("%", "")).decode("utf-8")
    except UnicodeDecodeError:
        return found.group()
