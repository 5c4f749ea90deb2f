"""Codes of languages, as voices and checkpoints write them."""

from __future__ import annotations

from audiokit.errors import ParameterError

__all__ = ["primary", "refuse_language"]

# ISO 639-3, which MMS uses, to ISO 639-1, for the languages whose numbers are most often written out
_SHORT = {
    "eng": "en",
    "deu": "de",
    "fra": "fr",
    "spa": "es",
    "ita": "it",
    "por": "pt",
    "nld": "nl",
    "pol": "pl",
    "rus": "ru",
    "ukr": "uk",
    "tur": "tr",
    "ces": "cs",
    "swe": "sv",
    "dan": "da",
    "nor": "no",
    "nob": "no",
    "fin": "fi",
    "ell": "el",
    "ron": "ro",
    "hun": "hu",
    "heb": "he",
    "ara": "ar",
    "jpn": "ja",
    "kor": "ko",
    "zho": "zh",
    "cmn": "zh",
    "hin": "hi",
    "ind": "id",
    "vie": "vi",
    "tha": "th",
}


def primary(code: str | None) -> str:
    """Return the language of a code or voice, in the shortest form that is known; empty for none.

    Examples
    --------
    >>> primary("en-GB"), primary("de+f3"), primary("deu"), primary(None)
    ('en', 'de', 'de', '')
    """
    first = (code or "").replace("_", "-").replace("+", "-").partition("-")[0].lower()
    return _SHORT.get(first, first)


def refuse_language(asked: str | None, spoken: str, label: str) -> None:
    """Raise ParameterError where a voice reads another language than the one asked for.

    Parameters
    ----------
    asked : str or None
        None asks for nothing.
    spoken : str
        What the voice reads; empty where that is not known, and then nothing is refused.
    label : str
        The voice, for the message.
    """
    if asked is not None and spoken and primary(asked) != primary(spoken):
        raise ParameterError(
            f"{label} reads {spoken!r}, not {asked!r}.",
            cure="Take a voice of that language: espeak_ng has some hundred, and MMS a checkpoint for each of its own.",
        )
