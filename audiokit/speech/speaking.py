"""`speak`: from text of any length to sound, in one piece or sentence by sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit.models.store import default_store
from audiokit.speech.espeak import CONTROL_CHARACTERS, shortened, without_controls
from audiokit.speech.splitting import pieces
from audiokit.speech.voice_engine import TextTooLong, VoiceOptions, refuse_unknown_options
from audiokit.speech.voices import chosen_engine

if TYPE_CHECKING:
    from audiokit.models.store import ModelStore
    from audiokit.speech.voice_engine import Speaker

__all__ = ["speak", "speak_stream"]


def speak(
    text: str,
    voice: str = "auto",
    engine: str | os.PathLike[str] = "auto",
    speed: float = 1.0,
    *,
    pitch: int | None = None,
    words_per_minute: int | None = None,
    seed: int | None = None,
    pause_seconds: float = 0.0,
    max_seconds: float = 600.0,
    timeout_seconds: float = 30.0,
    device: str = "auto",
    store: ModelStore | None = None,
) -> Audio:
    """Speak a text.

    A long text is cut at sentences and put together again. Loudness is the engine's own.

    Parameters
    ----------
    text : str
        What to say. Control characters become spaces, which the result says.
    voice : str
        ``"auto"`` is the engine's own; for espeak-ng a language or voice such as ``en-us``, ``de``, ``en+f3``.
    engine : str or path
        ``"auto"``, ``"espeak_ng"``, or the folder of a checkpoint of transformers (see `audiokit.speech.voices`). The
        name of the result says what ran.
    speed : float
        1 is the voice's own.
    pitch : int, optional
        espeak-ng: 0 to 100.
    words_per_minute : int, optional
        espeak-ng: 80 to 450, in place of `speed`.
    seed : int, optional
        For an engine that draws at random.
    pause_seconds : float
        Silence put between the pieces of a text that was cut, beyond what the voice leaves between sentences.
    max_seconds : float
        A text that takes longer to speak is refused, not cut.
    timeout_seconds : float
        espeak-ng: its process is stopped when one piece takes longer.
    device : str
        As `audiokit.transcribe`.
    store : ModelStore, optional
        Where loaded models are kept.

    Returns
    -------
    Audio
        One channel at the engine's own rate.

    Raises
    ------
    ParameterError
        If there is nothing to say, a value is out of range, the voice is unknown, the engine does not have an option,
        or the text is too long.
    ModelUnavailable, LibraryUnavailable
        If the engine is not there; ``cure`` names the command.
    SynthesisFailed
        If the engine gave no answer.
    """
    options = VoiceOptions(speed, pitch, words_per_minute, seed, timeout_seconds)
    spoken = list(_spoken(
            text, voice, engine, options,
            pause_seconds=pause_seconds, max_seconds=max_seconds, device=device, store=store, by_sentence=False,
        ))  # fmt: skip
    joined = np.concatenate([sound.samples[0] for sound in spoken])
    warnings = dict.fromkeys(warning for sound in spoken for warning in sound.warnings)
    label = spoken[0].name.partition(": ")[0]
    return Audio(joined, spoken[0].sample_rate, name=f"{label}: {shortened(text)}", warnings=tuple(warnings))


def speak_stream(
    text: str,
    voice: str = "auto",
    engine: str | os.PathLike[str] = "auto",
    speed: float = 1.0,
    *,
    pitch: int | None = None,
    words_per_minute: int | None = None,
    seed: int | None = None,
    pause_seconds: float = 0.0,
    max_seconds: float = 600.0,
    timeout_seconds: float = 30.0,
    device: str = "auto",
    store: ModelStore | None = None,
) -> Iterator[Audio]:
    """Speak a text sentence by sentence: the first is there before the last is begun.

    Parameters
    ----------
    text, voice, engine, speed, **others
        As `speak`.

    Yields
    ------
    Audio
        One for each sentence, with what it says in its name, and in ``start_seconds`` where it stands in the whole. A
        sentence in which there is nothing to pronounce is left out, and the next one says so in its warnings.

    Raises
    ------
    ParameterError, ModelUnavailable, LibraryUnavailable, SynthesisFailed
        As `speak`, when the first sentence is asked for; a text that proves too long while it is spoken, when it does.
    """
    options = VoiceOptions(speed, pitch, words_per_minute, seed, timeout_seconds)
    yield from _spoken(
        text, voice, engine, options,
        pause_seconds=pause_seconds, max_seconds=max_seconds, device=device, store=store, by_sentence=True,
    )  # fmt: skip


def _spoken(
    text: str,
    voice: str,
    engine: str | os.PathLike[str],
    options: VoiceOptions,
    *,
    pause_seconds: float,
    max_seconds: float,
    device: str,
    store: ModelStore | None,
    by_sentence: bool,
) -> Iterator[Audio]:
    _check(text, pause_seconds, max_seconds)
    chosen, place = chosen_engine(engine)
    refuse_unknown_options(chosen, options)
    # what is dropped must be dropped before the text is cut: halves of surrogate pairs are no characters
    warnings = [CONTROL_CHARACTERS] if without_controls(text) != text else []
    clean = without_controls(text)
    with chosen.opened(voice, options, place=place, device=device, store=store or default_store()) as speaker:
        done = 0
        for piece in _cut(clean, speaker, by_sentence=by_sentence):
            left = max_seconds - done / speaker.sample_rate if speaker.sample_rate else max_seconds
            if left <= 0:
                raise _too_long(max_seconds)
            try:
                samples = speaker.say(piece, max_seconds=left)
            except TextTooLong:
                raise _too_long(max_seconds) from None  # of the whole text, not of this piece
            if not samples.any():
                warnings.append(f"there was nothing to pronounce in {shortened(piece)!r}")
                continue
            unspoken = speaker.unspoken(piece)
            if unspoken:
                warnings.append(f"the voice has no sound for {unspoken!r} and left it out")
            if done:
                pause = np.zeros(round((speaker.pause_seconds + pause_seconds) * speaker.sample_rate), np.float32)
                samples = np.concatenate([pause, samples])
            start = done / speaker.sample_rate
            done += samples.size
            if done > max_seconds * speaker.sample_rate:
                raise _too_long(max_seconds)
            name = f"{speaker.label}: {shortened(piece)}"
            yield Audio(samples, speaker.sample_rate, name, tuple(warnings), start_seconds=start)
            warnings = []
    if not done:
        raise ParameterError(f"{chosen.name} finds nothing to pronounce in {shortened(text)!r}.")


def _check(text: str, pause_seconds: float, max_seconds: float) -> None:
    if not text.strip():
        raise ParameterError("There is nothing to say: the text is empty.")
    if not 0 <= pause_seconds <= 60:
        raise ParameterError(f"pause_seconds must lie between 0 and 60, got {pause_seconds!r}.")
    if not max_seconds > 0:
        raise ParameterError(f"max_seconds must be above 0, got {max_seconds!r}.")


def _cut(text: str, speaker: Speaker, *, by_sentence: bool) -> Iterator[str]:
    if not by_sentence and len(text) <= speaker.longest_characters:
        yield text
        return
    held = ""
    for piece in pieces(text, speaker.longest_characters):
        if by_sentence:
            yield piece
        elif held and len(held) + 1 + len(piece) > speaker.longest_characters:
            yield held
            held = piece
        else:
            held = f"{held} {piece}" if held else piece
    if held:
        yield held


def _too_long(max_seconds: float) -> TextTooLong:
    return TextTooLong(
        f"The text takes more than {max_seconds:g} s to speak.", cure="Give less of it, or raise max_seconds."
    )
