"""Is made speech what it should be: its level, its pauses, its pace, and whether a recogniser hears the text in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from audiokit.activity.levels import frame_levels
from audiokit.dsp.loudness import measure_loudness
from audiokit.errors import ParameterError, Unavailable
from audiokit.speech.scoring import normalised, word_errors

if TYPE_CHECKING:
    from audiokit.audio import Audio
    from audiokit.speech.transcript import Transcript

__all__ = ["FORMULA", "VoiceCheck", "check_voice"]

FORMULA = (
    "5 x level x clean x flow x pace x heard, each between 0 and 1: level falls from 1 at -32 LUFS to 0 at -60; "
    "clean = 1 - 100 x share of clipped samples; flow falls from 1 at 40 % silence to 0 at all, times from 1 at a hole "
    "of 1.5 s to 0 at one of 6 s; pace is 1 from 8 to 22 letters a second and falls to 0 at 2 and 45; heard = 1 - word "
    "error rate of the round trip, 1 where there was none; silence scores 0"
)
"""How the score is made."""

_FRAME_SECONDS = 0.02
_SILENCE_DBFS = -50.0
_LONGEST_SILENCE_SECONDS = 1.5
_MOST_SILENCE = 0.5
_QUIETEST_LUFS = -40.0
_LOUDEST_LUFS = -9.0
_PACE = (5.0, 28.0)  # letters a second: slower and faster than people read aloud
# PocketSphinx hears 58 % of the words of twenty sentences by espeak-ng wrong, and of another text nearly all
_MAX_ERRORS = {"draft": 0.8, "full": 0.25}


@dataclass(frozen=True, slots=True)
class VoiceCheck:
    """What was found out about made speech.

    Parameters
    ----------
    status : {"ok", "suspect"}
        Suspect if there is any reason.
    reasons : tuple of str
        What is wrong.
    score : float
        0 to 5, by `FORMULA`.
    loudness_lufs : float or None
        Integrated, ITU-R BS.1770-4; None where it is not defined.
    peak_dbfs : float
        Highest sample.
    clipped_samples : int
        In flat tops at full scale.
    silence_share : float
        Part of the 20 ms frames below -50 dBFS, between the first and the last that is not.
    longest_silence_seconds : float
        Within the speech.
    letters_per_second : float or None
        Letters and digits of the text for each second of speech; None for scripts in which a letter is a syllable.
    word_error_rate : float or None
        Of the round trip; None where there was none.
    heard : str
        What the recogniser wrote.
    recogniser : str
        What ran, and its quality; or why nothing did.
    """

    status: Literal["ok", "suspect"]
    reasons: tuple[str, ...]
    score: float
    loudness_lufs: float | None
    peak_dbfs: float
    clipped_samples: int
    silence_share: float
    longest_silence_seconds: float
    letters_per_second: float | None
    word_error_rate: float | None
    heard: str
    recogniser: str


def check_voice(
    audio: Audio,
    text: str,
    *,
    language: str = "en",
    recogniser: str | os.PathLike[str] | None = "auto",
    max_word_error_rate: float | None = None,
) -> VoiceCheck:
    """Check made speech against its text.

    Parameters
    ----------
    audio : Audio
        What an engine made of it.
    text : str
        What it should say.
    language : str
        Of the text, for the recogniser.
    recogniser : str, path or None
        A model of `audiokit.transcribe` for the round trip; None leaves it out. Where ``auto`` finds none that knows
        the language, the result says so, and that is no fault of the voice.
    max_word_error_rate : float, optional
        A round trip above this is suspect; by default 0.8 with a recogniser of draft quality and 0.25 with another.
        Numbers count as errors where the text has digits and the recogniser words.

    Returns
    -------
    VoiceCheck
        ``suspect`` with reasons, or ``ok``.

    Raises
    ------
    ParameterError
        If the text has no letters, or the limit is below 0.
    ModelUnavailable, LibraryUnavailable
        If a recogniser that was named is not there.
    """
    letters = sum(character.isalnum() for character in text)
    if not letters:
        raise ParameterError("There is no letter in the text to compare with.", cure="Give the text that was spoken.")
    if max_word_error_rate is not None and not max_word_error_rate >= 0:
        raise ParameterError(f"max_word_error_rate must be 0 or more, got {max_word_error_rate!r}.")
    loudness = measure_loudness(audio.samples, audio.sample_rate)
    share, longest, speech_seconds = _silences(audio)
    pace = letters / speech_seconds if speech_seconds and _is_alphabetic(text) else None
    transcript, told = _heard(audio, language, recogniser)
    wrong = None if transcript is None else word_errors(text, transcript.text).rate if normalised(text) else None
    limit = max_word_error_rate
    if limit is None:
        limit = _MAX_ERRORS["draft" if transcript is None or transcript.quality != "full" else "full"]
    clipped_share = loudness.clipped_samples / max(audio.samples.size, 1)
    reasons = _reasons(loudness.integrated_lufs, loudness.clipped_samples, share, longest, speech_seconds, pace)
    if wrong is not None and wrong > limit:
        reasons.append(f"a recogniser hears something else: {wrong:.0%} of the words are wrong, more than {limit:.0%}")
    factors = (
        1.0 if loudness.integrated_lufs is None else _fall(loudness.integrated_lufs, -32.0, -60.0),
        max(1.0 - 100.0 * clipped_share, 0.0),
        _fall(share, 0.4, 1.0) * _fall(longest, _LONGEST_SILENCE_SECONDS, 6.0),
        1.0 if pace is None else min(_fall(pace, 8.0, 2.0), _fall(pace, 22.0, 45.0)),
        1.0 if wrong is None else 1.0 - min(wrong, 1.0),
        1.0 if speech_seconds else 0.0,
    )
    return VoiceCheck(
        status="suspect" if reasons else "ok",
        reasons=tuple(reasons),
        score=5.0 * float(np.prod(factors)),
        loudness_lufs=loudness.integrated_lufs,
        peak_dbfs=loudness.sample_peak_dbfs,
        clipped_samples=loudness.clipped_samples,
        silence_share=share,
        longest_silence_seconds=longest,
        letters_per_second=pace,
        word_error_rate=wrong,
        heard="" if transcript is None else transcript.text,
        recogniser=told,
    )


def _reasons(
    lufs: float | None, clipped: int, share: float, longest: float, speech_seconds: float, pace: float | None
) -> list[str]:
    found = []
    if not speech_seconds:
        found.append("it is silent")
    if lufs is not None and lufs < _QUIETEST_LUFS:
        found.append(f"it is very quiet: {lufs:.1f} LUFS")
    if lufs is not None and lufs > _LOUDEST_LUFS:
        found.append(f"it is very loud: {lufs:.1f} LUFS")
    if clipped:
        found.append(f"{clipped} samples are clipped")
    if share > _MOST_SILENCE:
        found.append(f"{share:.0%} of it is silence")
    if longest > _LONGEST_SILENCE_SECONDS:
        found.append(f"it is silent for {longest:.1f} s in between")
    if pace is not None and not _PACE[0] <= pace <= _PACE[1]:
        found.append(f"{pace:.1f} letters a second: nobody reads like that ({_PACE[0]:g} to {_PACE[1]:g})")
    return found


def _silences(audio: Audio) -> tuple[float, float, float]:
    """Share of silence, longest silence, and seconds from the first sound to the last."""
    if not audio.frames:
        return 0.0, 0.0, 0.0
    loud = np.flatnonzero(frame_levels(audio, frame_seconds=_FRAME_SECONDS) > _SILENCE_DBFS)
    if not loud.size:
        return 1.0, 0.0, 0.0
    within = loud[-1] - loud[0] + 1
    gaps = np.diff(loud, prepend=loud[0]) - 1
    return 1.0 - loud.size / within, float(gaps.max(initial=0)) * _FRAME_SECONDS, within * _FRAME_SECONDS


def _heard(audio: Audio, language: str, recogniser: str | os.PathLike[str] | None) -> tuple[Transcript | None, str]:
    if recogniser is None:
        return None, "not asked for"
    from audiokit.speech.transcribing import transcribe

    try:
        found = transcribe(audio, recogniser, language=language)
    except Unavailable as error:
        if os.fspath(recogniser) != "auto":
            raise
        return None, f"no recogniser could be used: {error}"
    return found, f"{found.engine}, quality {found.quality}"


def _is_alphabetic(text: str) -> bool:
    """Whether its letters are of scripts that write sounds, not syllables or words (those lie beyond U+2E7F)."""
    letters = [character for character in text if character.isalpha()]
    return sum(ord(character) < 0x2E80 for character in letters) > len(letters) / 2


def _fall(value: float, full: float, none: float) -> float:
    """1 at `full` and beyond, 0 at `none` and beyond, a line between them."""
    return min(max((value - none) / (full - none), 0.0), 1.0) + 0.0  # never -0.0
