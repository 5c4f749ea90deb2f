"""Numbers as people read them; the player's JavaScript writes them the same way."""

from __future__ import annotations

import math

__all__ = ["clock", "counted", "decibels", "hertz", "level", "nice_step"]

_MINUS = "\N{MINUS SIGN}"
_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


def clock(seconds: float, *, decimals: int = 2) -> str:
    """Seconds as ``m:ss.cc`` or ``h:mm:ss.cc``.

    Examples
    --------
    >>> clock(75.5), clock(3600, decimals=0)
    ('1:15.50', '1:00:00')
    """
    scale = 10**decimals
    ticks = math.floor(seconds * scale + 0.5)
    whole, part = divmod(ticks, scale)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    return f"{text}.{part:0{decimals}d}" if decimals else text


def counted(count: int, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "segment"), counted(0, "segment")
    ('1 segment', '0 segments')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def hertz(value: float) -> str:
    """Write a frequency or a rate.

    Examples
    --------
    >>> hertz(44100), hertz(500)
    ('44.1 kHz', '500 Hz')
    """
    return f"{value / 1000:g} kHz" if value >= 1000 else f"{value:g} Hz"


def decibels(amplitude: float) -> float:
    """Convert an amplitude to dB relative to full scale; minus infinity for silence."""
    return 20.0 * math.log10(amplitude) if amplitude > 0 else -math.inf


def level(amplitude: float) -> str:
    """Write an amplitude in dBFS.

    Examples
    --------
    >>> level(1.0), level(1.5)
    ('0.0 dBFS', '+3.5 dBFS')
    """
    db = decibels(amplitude)
    text = f"{_MINUS}∞" if math.isinf(db) else f"{abs(db):.1f}"
    sign = "" if math.isinf(db) or text == "0.0" else (_MINUS if db < 0 else "+")
    return f"{sign}{text} dBFS"


def nice_step(duration_seconds: float, most: int) -> float:
    """Choose the distance between time marks: the smallest round number that gives at most `most` of them."""
    for step in _STEPS:
        if duration_seconds / step <= most:
            return step
    hours = math.ceil(duration_seconds / most / 3600)
    if duration_seconds <= _STEPS[0]:
        return _STEPS[0]
    return hours * 3600.0
