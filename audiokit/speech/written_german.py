"""German text written out: abbreviations, dates, times, money, units and numbers. Rules in the order of their use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from audiokit.speech.written_numbers import columns, words

if TYPE_CHECKING:
    from audiokit.speech.written_numbers import Numbers, Rule

__all__ = ["POINT_AND_MINUS", "RULES"]

POINT_AND_MINUS = ("Komma", "minus")

_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August"),
    *("September", "Oktober", "November", "Dezember"),
)
_MONTH_NAMES = {name.lower(): name for name in _MONTHS} | {name[:3].lower(): name for name in _MONTHS}
_MONTH_NAMES |= {"jänner": "Jänner", "sept": "September"}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTH_NAMES, key=len, reverse=True))})\b\.?"
_NUMBER = r"(?P<whole>[0-9]{1,3}(?:\.[0-9]{3})+(?![0-9])|[0-9]+)(?:,(?P<behind>[0-9]+))?"
_SIGN = r"(?<![\w.,])(?P<sign>[-−](?=[0-9]))?"
_SCALE = r"(?:\s?(?P<scale>Tausend|Millionen|Million|Mio\.?|Milliarden|Milliarde|Mrd\.?))?"
_SCALES = {"mio": ("Million", "Millionen"), "mrd": ("Milliarde", "Milliarden")}

# after these words an ordinal ends in -n, after those in -e, and alone in -r
_BENT = re.compile(r"\b(am|vom|zum|beim|dem|den|des|im|ab dem|seit|bis|bis zum)\s+$", re.IGNORECASE)
_WEAK = re.compile(r"\b(der|die|das|diese|dieser|jede|jeder)\s+$", re.IGNORECASE)

_WORDS = words(
    """
    z. B. = zum Beispiel; z.B. = zum Beispiel; d. h. = das heißt; d.h. = das heißt; u. a. = unter anderem; u.a. =
    unter anderem; v. a. = vor allem; v.a. = vor allem; bzw. = beziehungsweise; ca. = circa; Dr. = Doktor; Prof. =
    Professor; inkl. = inklusive; ggf. = gegebenenfalls; evtl. = eventuell; vgl. = vergleiche; Tel. = Telefon; St. =
    Sankt; max. = maximal; mind. = mindestens; sog. = sogenannte; v. Chr. = vor
    Christus; n. Chr. = nach Christus; Str. = Straße; Jh. = Jahrhundert
    """
)
_AT_THE_END = {"usw.": "und so weiter", "etc.": "et cetera", "u. v. m.": "und vieles mehr"}
_BEFORE_FIGURES = {"Nr.": "Nummer", "S.": "Seite", "Abb.": "Abbildung", "Bd.": "Band", "Kap.": "Kapitel"}
_BEFORE_FIGURES |= {"#": "Nummer", "§": "Paragraf"}

# one, many, the article of one
_MONEY = {
    "€": ("Euro", "Euro", "ein"),
    "$": ("Dollar", "Dollar", "ein"),
    "£": ("Pfund", "Pfund", "ein"),
    "CHF": ("Franken", "Franken", "ein"),
}
_MONEY |= {"EUR": _MONEY["€"], "Euro": _MONEY["€"], "USD": _MONEY["$"], "GBP": _MONEY["£"]}
_UNITS = columns(
    """
    km/h = Kilometer pro Stunde | Kilometer pro Stunde | ein; m/s = Meter pro Sekunde | Meter pro Sekunde | ein;
    km = Kilometer | Kilometer | ein; m = Meter | Meter | ein; cm = Zentimeter | Zentimeter | ein; mm = Millimeter
    | Millimeter | ein; kg = Kilogramm | Kilogramm | ein; g = Gramm | Gramm | ein; mg = Milligramm | Milligramm |
    ein; l = Liter | Liter | ein; ml = Milliliter | Milliliter | ein; Hz = Hertz | Hertz | ein; kHz = Kilohertz |
    Kilohertz | ein; MHz = Megahertz | Megahertz | ein; GHz = Gigahertz | Gigahertz | ein; dB = Dezibel | Dezibel
    | ein; W = Watt | Watt | ein; kW = Kilowatt | Kilowatt | ein; V = Volt | Volt | ein; A = Ampere | Ampere |
    ein; kB = Kilobyte | Kilobyte | ein; MB = Megabyte | Megabyte | ein; GB = Gigabyte | Gigabyte | ein; TB =
    Terabyte | Terabyte | ein; % = Prozent | Prozent | ein; °C = Grad Celsius | Grad Celsius | ein; °F = Grad
    Fahrenheit | Grad Fahrenheit | ein; ° = Grad | Grad | ein; kWh = Kilowattstunde | Kilowattstunden | eine; s =
    Sekunde | Sekunden | eine; Sek. = Sekunde | Sekunden | eine; ms = Millisekunde | Millisekunden | eine; min =
    Minute | Minuten | eine; Min. = Minute | Minuten | eine; h = Stunde | Stunden | eine; Std. = Stunde | Stunden
    | eine
    """
)
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))


def _amount(found: re.Match[str], numbers: Numbers, one: str = "") -> str:
    whole = found["whole"].replace(".", "")
    if one and whole == "1" and not found["behind"]:
        return f"{numbers.minus} {one}" if found["sign"] else one
    return numbers.decimal(whole, found["behind"] or "", found["sign"] or "")


def _is_one(found: re.Match[str]) -> bool:
    return found["whole"] == "1" and not found["behind"]


def _at_the_end(found: re.Match[str], _: Numbers) -> str:
    return _AT_THE_END[found["word"]] + ("." if found["ends"] is not None else "")


def _ordinal(figures: str, found: re.Match[str], numbers: Numbers) -> str:
    """``30`` before a month: am dreißigsten, der dreißigste, dreißigster."""
    before = found.string[max(found.start() - 16, 0) : found.start()]
    said = numbers.ordinal(figures)
    return said + ("n" if _BENT.search(before) else "" if _WEAK.search(before) else "r")


def _date(found: re.Match[str], numbers: Numbers) -> str:
    day, month, year = found[1], int(found[2]), found[3] or ""
    if not (1 <= int(day) <= 31 and 1 <= month <= 12):
        return found[0]
    said = f"{_ordinal(str(int(day)), found, numbers)} {_MONTHS[month - 1]}"
    return f"{said} {numbers.year(year)}" if year else said


def _iso_date(found: re.Match[str], numbers: Numbers) -> str:
    if not (1 <= int(found[3]) <= 31 and 1 <= int(found[2]) <= 12):
        return found[0]
    return f"{_ordinal(str(int(found[3])), found, numbers)} {_MONTHS[int(found[2]) - 1]} {numbers.year(found[1])}"


def _named_date(found: re.Match[str], numbers: Numbers) -> str:
    said = f"{_ordinal(found['day'], found, numbers)} {_MONTH_NAMES[found['month'].lower()]}"
    return f"{said} {numbers.year(found['year'])}" if found["year"] else said


def _time(found: re.Match[str], numbers: Numbers) -> str:
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 24 or minute > 59:
        return found[0]
    said = f"{'ein' if hour == 1 else numbers.cardinal(str(hour))} Uhr"
    return f"{said} {numbers.cardinal(str(minute))}" if minute else said


def _money(found: re.Match[str], numbers: Numbers) -> str:
    one, many, article = _MONEY[found["money"]]
    behind, whole, scale = found["behind"] or "", found["whole"].replace(".", ""), found["scale"]
    minus = f"{numbers.minus} " if found["sign"] else ""
    if scale:
        words = _SCALES.get(scale.rstrip(".").lower(), (scale, scale))
        if _is_one(found) and words[0].startswith("M"):
            return f"{minus}eine {words[0]} {many}"
        return f"{_amount(found, numbers)} {words[1]} {many}"
    said = article if whole == "1" else numbers.cardinal(whole)
    name = one if whole == "1" else many
    if len(behind) == 2 and int(behind):
        return f"{minus}{said} {name} {numbers.cardinal(str(int(behind)))}"
    return f"{minus}{said} {name}" if not behind.strip("0") else f"{_amount(found, numbers)} {many}"


def _unit(found: re.Match[str], numbers: Numbers) -> str:
    one, many, article = _UNITS[found["unit"]]
    return f"{_amount(found, numbers, article)} {one if _is_one(found) else many}"


def _range(found: re.Match[str], numbers: Numbers) -> str:
    return f"{numbers.cardinal(found[1])} bis {numbers.cardinal(found[2])}"


def _version(found: re.Match[str], numbers: Numbers) -> str:
    return " Punkt ".join(numbers.cardinal(part) for part in found[0].split("."))


def _before_a_noun(found: re.Match[str], numbers: Numbers) -> str:
    """Only after an article or the like: else the full stop ends a sentence, and the next begins with a capital."""
    before = found.string[max(found.start() - 16, 0) : found.start()]
    return _ordinal(found[1], found, numbers) if _BENT.search(before) or _WEAK.search(before) else found[0]


RULES: tuple[Rule, ...] = (
    (
        re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True))) + ")(?!\\w)"),
        lambda found, _: _WORDS[found[0]],
    ),
    (re.compile(r"(?<=[a-zäöüß])str\.(?=\s)"), lambda _found, _numbers: "straße"),
    (
        re.compile(rf"(?<!\w)(?P<word>{'|'.join(map(re.escape, _AT_THE_END))})(?P<ends>(?=\s*$|\s+[A-ZÄÖÜ]))?"),
        _at_the_end,
    ),
    (
        re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, _BEFORE_FIGURES)) + r")\s?(?=[0-9])"),
        lambda found, _: f"{_BEFORE_FIGURES[found[0].strip()]} ",
    ),
    (re.compile(r"(?<![\w-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![\w-])"), _iso_date),
    (re.compile(r"(?<![\w.])([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})(?![\w])"), _date),
    (re.compile(r"(?<![\w.])([0-9]{1,2})\.([0-9]{1,2})\.()(?![0-9])"), _date),
    (
        re.compile(rf"(?<![\w.,])(?P<day>[0-9]{{1,2}})\.\s?{_MONTH}(?:\s+(?P<year>[0-9]{{4}})\b)?", re.IGNORECASE),
        _named_date,
    ),
    (re.compile(r"(?<![\w:.])([0-9]{1,2}):([0-9]{2})(?::00)?(?:\s?Uhr\b)?(?![\w:])"), _time),
    (re.compile(r"(?<![\w:.])([0-9]{1,2})(?:\.([0-9]{2}))?\s?Uhr\b"), _time),
    (re.compile(rf"{_SIGN}{_NUMBER}{_SCALE}\s?(?P<money>[€$£]|(?:EUR|Euro|USD|GBP|CHF)\b)"), _money),
    (re.compile(rf"(?<![\w.,])(?P<sign>[-−])?(?P<money>[€$£])\s?{_NUMBER}{_SCALE}"), _money),
    (re.compile(r"(?<![\w.,])1\s(Mio|Mrd)\."), lambda found, _: f"eine {_SCALES[found[1].lower()][0]}"),
    (re.compile(r"(?<!\w)(Mio|Mrd)\."), lambda found, _: _SCALES[found[1].lower()][1]),
    (re.compile(rf"{_SIGN}{_NUMBER}\s?(?P<unit>{_UNIT})(?!\w)"), _unit),
    (
        re.compile(
            r"(?i:\b(im jahr|im jahre|in|seit|von|bis|vor|nach|jahr)\s+)(1[1-9][0-9]{2}|20[0-9]{2})(?![\w,.]*[0-9])"
        ),
        lambda found, numbers: f"{found[0][: -len(found[2])]}{numbers.year(found[2])}",
    ),
    (
        # das 3. Mal, am 2. Tag: a figure, a full stop and a noun
        re.compile(r"(?<![\w.,])([0-9]{1,3})\.(?=\s+[A-ZÄÖÜ][a-zäöüß]+)"),
        _before_a_noun,
    ),
    (re.compile(r"(?<![\w.,-])([0-9]{1,9})\s?[-–]\s?([0-9]{1,9})(?![\w.,-]*[0-9])"), _range),
    (re.compile(r"(?<![\w.,])(?![0-9]{1,3}(?:\.[0-9]{3})+(?![0-9.]))[0-9]+(?:\.[0-9]+)+"), _version),
    (re.compile(rf"{_SIGN}{_NUMBER}(?!\w)"), _amount),
    # what is left stands beside letters or signs: MP3, 4x
    (re.compile(r"(?<=\w)(?<![0-9])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])"), lambda _found, _numbers: " "),
    (re.compile(r"[0-9]+"), lambda found, numbers: numbers.cardinal(found[0])),
    (re.compile(r"\s*&\s*"), lambda _found, _numbers: " und "),
    (re.compile(r"(?<=\w)\s*@\s*(?=\w)"), lambda _found, _numbers: " at "),
    (re.compile(r"\s*(?<!\w)\+(?=\s)|(?<=\w)\s*\+(?=\s*\w)"), lambda _found, _numbers: " plus"),
    (re.compile(r"\s*=\s*"), lambda _found, _numbers: " gleich "),
)
