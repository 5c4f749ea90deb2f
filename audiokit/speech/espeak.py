"""Text to speech by espeak-ng, in a helper process."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from audiokit.audio import Audio
from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.models.wheels import file_in_wheel
from audiokit.speech.espeak_session import EspeakSession

__all__ = [
    "CONTROL_CHARACTERS",
    "LIBRARY_CURE",
    "check",
    "library_and_data",
    "opened_session",
    "shortened",
    "speak",
    "without_controls",
]

LIBRARY_CURE = '`pip install "audiokit[tts]"`.'
CONTROL_CHARACTERS = "control characters in the text were read as spaces"
_VOICE_CURE = "Try en, en-us, de, fr, es or another language code."
_LIBRARIES = {"win32": "espeak-ng.dll", "darwin": "libespeak-ng.dylib"}
_VOICE = re.compile(r"[A-Za-z0-9_]+([-+][A-Za-z0-9_]+)*")  # a name such as de, en-us or en+f3; never a path
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # tab and newline may stay: they are white space


def speak(
    text: str,
    *,
    voice: str = "en",
    words_per_minute: int = 160,
    pitch: int = 50,
    max_seconds: float = 600.0,
    timeout_seconds: float = 30.0,
) -> Audio:
    """Speak a text with espeak-ng.

    espeak-ng is licensed GPL-3.0-or-later; it runs in a process of its own, which ends with the call. The same text
    and settings give the same samples.

    Parameters
    ----------
    text : str
        What to say. Control characters become spaces.
    voice : str
        A language or voice of espeak-ng, for example ``en``, ``en-us``, ``de``, ``en+f3``.
    words_per_minute : int
        80 to 450.
    pitch : int
        0 to 100; 50 is the voice's own.
    max_seconds : float
        A text that takes longer to speak is refused, not cut.
    timeout_seconds : float
        The process is stopped after this time.

    Returns
    -------
    Audio
        One channel at espeak-ng's own rate, 22050 Hz.

    Raises
    ------
    ParameterError
        If there is nothing to say, a value is out of range, the voice is unknown, or the text is too long.
    LibraryUnavailable
        If the espeakng-loader wheel, which carries espeak-ng, is not installed.
    SynthesisFailed
        If the process crashed or ran out of time; the message ends with the last line that it wrote.
    """
    check(text, voice, words_per_minute, pitch)
    clean = without_controls(text)
    with opened_session(timeout_seconds=timeout_seconds, voice=voice) as session:
        samples = session.say(
            clean, voice=voice, words_per_minute=words_per_minute, pitch=pitch, max_seconds=max_seconds
        )
        sample_rate = session.sample_rate
    if not samples.any():
        raise ParameterError(f"espeak-ng finds nothing to pronounce in {shortened(text)!r}.")
    warnings = (CONTROL_CHARACTERS,) if clean != text else ()
    return Audio(samples, sample_rate, name=f"espeak-ng: {shortened(text)}", warnings=warnings)


def opened_session(*, timeout_seconds: float, voice: str) -> EspeakSession:
    """Start espeak-ng's process.

    Raises
    ------
    LibraryUnavailable
        If the espeakng-loader wheel is not installed.
    ParameterError
        If the voice names a variant that is not there.
    """
    library, data = library_and_data()
    variant = voice.partition("+")[2]  # espeak-ng itself would ignore one that it does not have
    if variant and not (data.parent / "voices" / "!v" / variant).is_file():
        raise ParameterError(f"espeak-ng has no voice variant {variant!r}.", cure="Try f1 to f5 or m1 to m8.")
    return EspeakSession(library, data.parent.parent, timeout_seconds=timeout_seconds)


def library_and_data() -> tuple[Path, Path]:
    """Find espeak-ng's shared library, and a file in the folder of its data.

    Raises
    ------
    LibraryUnavailable
        If the espeakng-loader wheel is not installed.
    """
    library = file_in_wheel("espeakng_loader", _LIBRARIES.get(sys.platform, "libespeak-ng.so"))
    data = file_in_wheel("espeakng_loader", "espeak-ng-data/phontab")
    if library is None or data is None:
        raise LibraryUnavailable(
            "espeak-ng, which comes with the espeakng-loader wheel, is not installed.", cure=LIBRARY_CURE
        )
    return library, data


def without_controls(text: str) -> str:
    """The text with spaces where control characters and halves of surrogate pairs were."""
    return _CONTROL.sub(" ", text)


def check(text: str, voice: str, words_per_minute: int, pitch: int) -> None:
    """Raise ParameterError for what espeak-ng cannot be asked."""
    if not text.strip():
        raise ParameterError("There is nothing to say: the text is empty.")
    if not _VOICE.fullmatch(voice):
        raise ParameterError(f"A voice is a name such as 'en' or 'en+f3', got {voice!r}.", cure=_VOICE_CURE)
    if not 80 <= words_per_minute <= 450:
        raise ParameterError(f"words_per_minute must lie between 80 and 450, got {words_per_minute!r}.")
    if not 0 <= pitch <= 100:
        raise ParameterError(f"pitch must lie between 0 and 100, got {pitch!r}.")


def shortened(text: str, length: int = 40) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(_CONTROL.sub(" ", text).split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
