"""Text to speech by espeak-ng, in a helper process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from audiokit.audio import Audio
from audiokit.errors import LibraryUnavailable, ParameterError, SynthesisFailed
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import espeak_process

__all__ = ["speak"]

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
    _check(text, voice, words_per_minute, pitch)
    library = file_in_wheel("espeakng_loader", _LIBRARIES.get(sys.platform, "libespeak-ng.so"))
    data = file_in_wheel("espeakng_loader", "espeak-ng-data/phontab")
    if library is None or data is None:
        raise LibraryUnavailable(
            "espeak-ng, which comes with the espeakng-loader wheel, is not installed.",
            cure='`pip install "audiokit[tts]"`.',
        )
    variant = voice.partition("+")[2]  # espeak-ng itself would ignore one that it does not have
    if variant and not (data.parent / "voices" / "!v" / variant).is_file():
        raise ParameterError(f"espeak-ng has no voice variant {variant!r}.", cure="Try f1 to f5 or m1 to m8.")
    clean = _CONTROL.sub(" ", text)
    request = {
        "library": str(library),
        "data": str(data.parent.parent),
        "text": clean,
        "voice": voice,
        "words_per_minute": words_per_minute,
        "pitch": pitch,
        "max_seconds": max_seconds,
    }
    answer, pcm = _asked(request, timeout_seconds)
    if "error" in answer:
        raise ParameterError(f"{answer['message']}.", cure=_CURES.get(answer["error"], ""))
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)
    if not samples.any():
        raise ParameterError(f"espeak-ng finds nothing to pronounce in {_shortened(text)!r}.")
    warnings = ("control characters in the text were read as spaces",) if clean != text else ()
    return Audio(samples, answer["sample_rate"], name=f"espeak-ng: {_shortened(text)}", warnings=warnings)


_CURES = {
    "voice": "Try en, en-us, de, fr, es or another language code.",
    "length": "Split it at sentences, or raise max_seconds.",
    "data": 'Install it again: `pip install --force-reinstall "audiokit[tts]"`.',
}


def _check(text: str, voice: str, words_per_minute: int, pitch: int) -> None:
    if not text.strip():
        raise ParameterError("There is nothing to say: the text is empty.")
    if not _VOICE.fullmatch(voice):
        raise ParameterError(f"A voice is a name such as 'en' or 'en+f3', got {voice!r}.", cure=_CURES["voice"])
    if not 80 <= words_per_minute <= 450:
        raise ParameterError(f"words_per_minute must lie between 80 and 450, got {words_per_minute!r}.")
    if not 0 <= pitch <= 100:
        raise ParameterError(f"pitch must lie between 0 and 100, got {pitch!r}.")


def _asked(request: dict[str, Any], timeout_seconds: float) -> tuple[dict[str, Any], bytes]:
    """Run the helper; it is started by its path, so that it imports the standard library and nothing else."""
    command = [sys.executable, "-I", str(Path(espeak_process.__file__))]
    line = json.dumps(request).encode("ascii") + b"\n"
    try:
        done = subprocess.run(command, input=line, capture_output=True, timeout=timeout_seconds, check=False)  # noqa: S603 - our own file, by the running interpreter
    except subprocess.TimeoutExpired as error:
        raise SynthesisFailed(
            f"espeak-ng had not finished after {timeout_seconds:g} s{_last_line(error.stderr)}.",
            cure="Give it less text, or a longer timeout_seconds.",
        ) from None
    header, _, pcm = done.stdout.partition(b"\n")
    if done.returncode != 0 or not header:
        raise SynthesisFailed(f"espeak-ng's process ended with code {done.returncode}{_last_line(done.stderr)}.")
    answer: dict[str, Any] = json.loads(header)
    promised, sent = answer.get("samples", 0), len(pcm) // 2
    if sent != promised:
        raise SynthesisFailed(
            f"espeak-ng's process promised {promised} samples and sent {sent}{_last_line(done.stderr)}."
        )
    return answer, pcm


def _last_line(stderr: bytes | None) -> str:
    lines = (stderr or b"").decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1].strip()}" if lines else ""


def _shortened(text: str, length: int = 40) -> str:
    line = " ".join(_CONTROL.sub(" ", text).split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
