"""English text written out: abbreviations, dates, times, money, units and numbers. Rules in the order of their use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from audiokit.speech.written_numbers import columns, words

if TYPE_CHECKING:
    from audiokit.speech.written_numbers import Numbers, Rule

__all__ = ["POINT_AND_MINUS", "RULES"]

POINT_AND_MINUS = ("point", "minus")

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_MONTH_NAMES = {name.lower(): name for name in _MONTHS} | {name[:3].lower(): name for name in _MONTHS}
_MONTH_NAMES |= {"sept": "September"}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTH_NAMES, key=len, reverse=True))})\b\.?"
_NUMBER = r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<behind>[0-9]+))?"
_SIGN = r"(?<![\w.,])(?P<sign>[-−](?=[0-9]))?"
_SCALE = r"(?:\s?(?P<scale>thousand|million|billion|trillion)\b)?"

_WORDS = words(
    """
    Dr. = Doctor; Mr. = Mister; Mrs. = Missis; Ms. = Miz; Prof. = Professor; Jr. = Junior; Sr. = Senior; Gen. =
    General; Col. = Colonel; Capt. = Captain; Lt. = Lieutenant; Rev. = Reverend; Sgt. = Sergeant; Hon. =
    Honourable; e.g. = for example; i.e. = that is; vs. = versus; approx. = approximately; dept. = department;
    est. = established; incl. = including; Inc. = Incorporated; Ltd. = Limited; Corp. = Corporation; min. =
    minimum; max. = maximum; Ave. = Avenue; Blvd. = Boulevard; Mt. = Mount
    """
)
_BEFORE_FIGURES = {"No.": "number", "no.": "number", "Fig.": "figure", "fig.": "figure", "Vol.": "volume"}
_BEFORE_FIGURES |= {"vol.": "volume", "p.": "page", "pp.": "pages", "ch.": "chapter", "Ch.": "chapter", "#": "number"}

# singular, plural, hundredth part
_MONEY = {
    "$": ("dollar", "dollars", ("cent", "cents")),
    "£": ("pound", "pounds", ("penny", "pence")),
    "€": ("euro", "euros", ("cent", "cents")),
    "¥": ("yen", "yen", ("sen", "sen")),
}
_MONEY |= {"USD": _MONEY["$"], "GBP": _MONEY["£"], "EUR": _MONEY["€"], "JPY": _MONEY["¥"]}
_UNITS = columns(
    """
    km/h = kilometre per hour | kilometres per hour; mph = mile per hour | miles per hour; m/s = metre per second
    | metres per second; km = kilometre | kilometres; m = metre | metres; cm = centimetre | centimetres; mm =
    millimetre | millimetres; kg = kilogram | kilograms; g = gram | grams; mg = milligram | milligrams; l = litre
    | litres; L = litre | litres; ml = millilitre | millilitres; s = second | seconds; ms = millisecond |
    milliseconds; min = minute | minutes; h = hour | hours; Hz = hertz | hertz; kHz = kilohertz | kilohertz; MHz =
    megahertz | megahertz; GHz = gigahertz | gigahertz; dB = decibel | decibels; W = watt | watts; kW = kilowatt |
    kilowatts; kWh = kilowatt hour | kilowatt hours; V = volt | volts; A = ampere | amperes; kB = kilobyte |
    kilobytes; MB = megabyte | megabytes; GB = gigabyte | gigabytes; TB = terabyte | terabytes; ft = foot | feet;
    lb = pound | pounds; lbs = pound | pounds; oz = ounce | ounces; mi = mile | miles; in = inch | inches; °C =
    degree Celsius | degrees Celsius; ° = degree | degrees; °F = degree Fahrenheit | degrees Fahrenheit; % = per
    cent | per cent
    """
)
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))


def _said(found: re.Match[str], numbers: Numbers) -> str:
    return numbers.decimal(found["whole"].replace(",", ""), found["behind"] or "", found.groupdict().get("sign") or "")


def _is_one(found: re.Match[str]) -> bool:
    return found["whole"] == "1" and not found["behind"]


def _abbreviation(found: re.Match[str], _: Numbers) -> str:
    return _WORDS[found[0]]


def _and_so_on(found: re.Match[str], _: Numbers) -> str:
    return "et cetera" + ("." if found["ends"] is not None else "")


def _date(month: int | str, day: str, year: str, numbers: Numbers) -> str:
    name = _MONTHS[month - 1] if isinstance(month, int) else _MONTH_NAMES[month.lower()]
    said = f"{name} {numbers.ordinal(day)}"
    return f"{said}, {numbers.year(year)}" if year else said


def _iso_date(found: re.Match[str], numbers: Numbers) -> str:
    month, day = int(found[2]), int(found[3])
    return _date(month, found[3], found[1], numbers) if 1 <= month <= 12 and 1 <= day <= 31 else found[0]


def _numeric_date(found: re.Match[str], numbers: Numbers) -> str:
    first, second = int(found[1]), int(found[2])
    if 12 < first <= 31 and 1 <= second <= 12:
        return _date(second, found[1], found[3], numbers)
    if 1 <= first <= 12 and 12 < second <= 31:
        return _date(first, found[2], found[3], numbers)
    numbers.notes.append(f"{found[0]} may be day/month or month/day: it was read as three numbers")
    return f"{numbers.cardinal(str(first))} {numbers.cardinal(str(second))} {numbers.year(found[3])}"


def _named_date(found: re.Match[str], numbers: Numbers) -> str:
    return _date(found["month"], found["day"], found["year"] or "", numbers)


def _time(found: re.Match[str], numbers: Numbers) -> str:
    hour, minute, half = found[1], found[2], (found[4] or "").replace(".", "").lower()
    if int(hour) > 24 or int(minute) > 59:
        return found[0]
    said = numbers.cardinal(str(int(hour)))
    if int(minute):
        said += f" oh {numbers.cardinal(minute[1])}" if minute[0] == "0" else f" {numbers.cardinal(minute)}"
    elif not half:
        said += " o'clock"
    if found[3]:
        said += f" and {numbers.cardinal(str(int(found[3])))} seconds"
    return f"{said} {' '.join(half)}" if half else said


def _hour(found: re.Match[str], numbers: Numbers) -> str:
    return f"{numbers.cardinal(str(int(found[1])))} {' '.join(found[2].replace('.', '').lower())}"


def _money(found: re.Match[str], numbers: Numbers) -> str:
    one, many, parts = _MONEY[found["money"]]
    behind, whole, scale = found["behind"] or "", found["whole"].replace(",", ""), found["scale"]
    minus = f"{numbers.minus} " if found.groupdict().get("sign") else ""
    if scale:
        return f"{minus}{_said(found, numbers).removeprefix(minus)} {scale} {many}"
    if len(behind) == 2 and int(behind):
        hundredths = f"{numbers.cardinal(str(int(behind)))} {parts[0] if int(behind) == 1 else parts[1]}"
        if int(whole) == 0:
            return f"{minus}{hundredths}"
        return f"{minus}{numbers.cardinal(whole)} {one if int(whole) == 1 else many} and {hundredths}"
    said = numbers.decimal(whole, behind if behind.strip("0") else "")
    return f"{minus}{said} {one if whole == '1' and not behind.strip('0') else many}"


def _unit(found: re.Match[str], numbers: Numbers) -> str:
    return f"{_said(found, numbers)} {_UNITS[found['unit']][0 if _is_one(found) else 1]}"


def _decade(found: re.Match[str], numbers: Numbers) -> str:
    said = numbers.year(found[1])
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def _range(found: re.Match[str], numbers: Numbers) -> str:
    return f"{numbers.cardinal(found[1])} to {numbers.cardinal(found[2])}"


def _version(found: re.Match[str], numbers: Numbers) -> str:
    return f" {numbers.point} ".join(numbers.cardinal(part) for part in found[0].split("."))


RULES: tuple[Rule, ...] = (
    (re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, _WORDS)) + ")"), _abbreviation),
    (re.compile(r"(?<!\w)etc\.(?P<ends>(?=\s*$|\s+[A-Z]))?"), _and_so_on),
    (
        re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, _BEFORE_FIGURES)) + r")\s?(?=[0-9])"),
        lambda found, _: f"{_BEFORE_FIGURES[found[0].strip()]} ",
    ),
    (re.compile(r"(?<![\w-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![\w-])"), _iso_date),
    (re.compile(r"(?<![\w/])([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?![\w/])"), _numeric_date),
    (
        re.compile(
            rf"(?<!\w){_MONTH}\s+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>[0-9]{{4}}))?\b", re.IGNORECASE
        ),
        _named_date,
    ),
    (
        re.compile(
            rf"(?<!\w)(?:the\s+)?(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}(?:,?\s+(?P<year>[0-9]{{4}})\b)?",
            re.IGNORECASE,
        ),
        _named_date,
    ),
    (
        re.compile(rf"(?<!\w){_MONTH}\s+(?P<year>[0-9]{{4}})\b", re.IGNORECASE),
        lambda found, numbers: f"{_MONTH_NAMES[found['month'].lower()]} {numbers.year(found['year'])}",
    ),
    (
        re.compile(
            r"(?<![\w:.])([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\s?([ap]\.m\.|[ap]m\b))?(?![\w:])", re.IGNORECASE
        ),
        _time,
    ),
    (re.compile(r"(?<![\w:.])([0-9]{1,2})\s?([ap]\.m\.|[ap]m\b)", re.IGNORECASE), _hour),
    (re.compile(rf"(?<![\w.,])(?P<sign>[-−])?(?P<money>[$£€¥])\s?{_NUMBER}{_SCALE}"), _money),
    (re.compile(rf"{_SIGN}{_NUMBER}{_SCALE}\s?(?P<money>[$£€¥]|(?:USD|GBP|EUR|JPY)\b)"), _money),
    (re.compile(r"(?<!\w)([1-9][0-9]{2}0)s\b"), _decade),
    (re.compile(rf"{_SIGN}{_NUMBER}(?P<unit>{_UNIT})(?!\w)"), _unit),
    (
        re.compile(
            rf"{_SIGN}{_NUMBER}\s(?P<unit>"
            + "|".join(re.escape(unit) for unit in sorted(set(_UNITS) - {"in", "A"}, key=len, reverse=True))
            + r")(?!\w)"
        ),
        _unit,
    ),
    (re.compile(r"(?<!\w)([0-9]+)(?:st|nd|rd|th)\b"), lambda found, numbers: numbers.ordinal(found[1])),
    (
        re.compile(r"(?i:\b(in|since|until|from|by|before|after|year)\s+)(1[1-9][0-9]{2}|20[0-9]{2})(?![\w,.]*[0-9])"),
        lambda found, numbers: f"{found[0][: -len(found[2])]}{numbers.year(found[2])}",
    ),
    (re.compile(r"(?<![\w.,-])([0-9]{1,9})\s?[-–]\s?([0-9]{1,9})(?![\w.,-]*[0-9])"), _range),
    (re.compile(r"(?<![\w.,])[0-9]+(?:\.[0-9]+){2,}"), _version),
    (re.compile(rf"{_SIGN}{_NUMBER}(?![\w])"), _said),
    # what is left stands beside letters or signs: MP3, 4x
    (re.compile(r"(?<=\w)(?<![0-9])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])"), lambda _found, _numbers: " "),
    (re.compile(r"[0-9]+"), lambda found, numbers: numbers.cardinal(found[0])),
    (re.compile(r"\s*&\s*"), lambda _found, _numbers: " and "),
    (re.compile(r"(?<=\w)\s*@\s*(?=\w)"), lambda _found, _numbers: " at "),
    (re.compile(r"\s*(?<!\w)\+(?=\s)|(?<=\w)\s*\+(?=\s*\w)"), lambda _found, _numbers: " plus"),
    (re.compile(r"\s*=\s*"), lambda _found, _numbers: " equals "),
)
