"""`speak`: from text of any length to sound, in one piece or sentence by sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.models.store import default_store
from audiokit.speech.espeak import CONTROL_CHARACTERS, shortened, without_controls
from audiokit.speech.normalising import written_out
from audiokit.speech.speech_request import SpeechRequest, takes_arguments_of
from audiokit.speech.splitting import blocks, pieces
from audiokit.speech.spoken_audio import SpokenAudio
from audiokit.speech.ssml import plain_text
from audiokit.speech.voice_engine import TextTooLong
from audiokit.speech.voices import chosen_engine, refuse_unknown_options

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
    language: str | None = None,
    normalise: bool | str = "auto",
    pitch: int | None = None,
    words_per_minute: int | None = None,
    ssml: bool = False,
    emotion: str | None = None,
    seed: int | None = None,
    vocoder: str | os.PathLike[str] | None = None,
    voice_bank: str | os.PathLike[str] | None = None,
    pause_seconds: float = 0.0,
    max_seconds: float = 600.0,
    timeout_seconds: float = 30.0,
    device: str = "auto",
    store: ModelStore | None = None,
) -> SpokenAudio:
    """Speak a text.

    A long text is cut at sentences and put together again. Loudness is the engine's own: `enhance_speech` changes it
    on request. An option that the engine lacks is an error that names the engines that have it.

    Parameters
    ----------
    text : str
        What to say. Control characters become spaces, which the result says.
    voice : str
        ``"auto"`` is the engine's own. espeak-ng: a language or voice such as ``en-us``, ``de``, ``en+f3``; SpeechT5: a
        name of the voice bank; Bark: a preset such as ``v2/en_speaker_6``; else a speaker's number.
    engine : str or path
        ``"auto"`` (espeak-ng), an engine (`voice_engines` lists them), a voice of the catalogue, or the folder of a
        checkpoint of transformers. The name of the result says what ran.
    speed : float
        1 is the voice's own (espeak-ng, VITS, FastSpeech2Conformer).
    language : str, optional
        Code of the text's language, such as ``de``. A voice of another one is an error; ``voice="auto"`` chooses by it
        where the engine has several. By default the voice's.
    normalise : bool or "auto"
        Whether numbers, dates, money, units and abbreviations are written out first, see `normalise_text`; ``"auto"``
        does so for engines that do not read digits. Where a language has no rules the result says so.
    pitch : int, optional
        0 to 100, 50 is the voice's own (espeak-ng, FastSpeech2Conformer).
    words_per_minute : int, optional
        espeak-ng: 80 to 450, in place of `speed`.
    ssml : bool
        espeak-ng: the text has marks of SSML for breaks, rate, pitch and emphasis, such as ``<break time="500ms"/>``.
        It is spoken in one piece; what is not well-formed is an error.
    emotion : str, optional
        No engine here has emotions that can be asked for, so this is an error; Bark takes cues in the text.
    seed : int, optional
        For an engine that draws at random (VITS, SpeechT5, Bark); the same seed gives the same samples.
    vocoder : str or path, optional
        What makes samples of a spectrogram (SpeechT5, FastSpeech2Conformer): by default the voice's own HiFi-GAN; the
        name or folder of another; or ``"griffin-lim"``, which wants no weights and sounds rough. The result names it.
    voice_bank : path, optional
        A `VoiceBank` with the voices' x-vectors (SpeechT5).
    pause_seconds : float
        Silence put between the pieces of a text that was cut, beyond what the voice leaves between sentences.
    max_seconds : float
        A text that takes longer to speak is refused, not cut.
    timeout_seconds : float
        espeak-ng: its process is stopped when one piece takes longer.
    device : str
        As `audiokit.transcribe`; espeak-ng knows the processor alone, and says so.
    store : ModelStore, optional
        Where loaded models are kept.

    Returns
    -------
    SpokenAudio
        An `Audio` of one channel at the engine's own rate, with the text as it was spoken, engine, vocoder, language.

    Raises
    ------
    ParameterError
        If there is nothing to say, a value is out of range, voice or language are unknown, the engine does not have an
        option, or the text is too long.
    ModelUnavailable, LibraryUnavailable
        If the engine is not there; ``cure`` names the command.
    SynthesisFailed
        If the engine gave no answer.
    """
    asked = SpeechRequest.of({
        "text": text, "voice": voice, "engine": engine, "speed": speed, "language": language, "normalise": normalise,
        "pitch": pitch, "words_per_minute": words_per_minute, "ssml": ssml, "emotion": emotion, "seed": seed,
        "vocoder": vocoder, "voice_bank": voice_bank, "pause_seconds": pause_seconds, "max_seconds": max_seconds,
        "timeout_seconds": timeout_seconds, "device": device, "store": store,
    })  # fmt: skip
    spoken = list(_spoken(asked, by_sentence=False))
    first = spoken[0]
    return SpokenAudio(
        np.concatenate([sound.samples[0] for sound in spoken]),
        first.sample_rate,
        name=f"{first.name.partition(': ')[0]}: {shortened(text)}",
        warnings=tuple(dict.fromkeys(warning for sound in spoken for warning in sound.warnings)),
        spoken_text=" ".join(sound.spoken_text for sound in spoken),
        engine=first.engine,
        vocoder=first.vocoder,
        language=first.language,
    )


@takes_arguments_of(speak)
def speak_stream(asked: dict[str, Any]) -> Iterator[SpokenAudio]:
    """Speak a text sentence by sentence: the first is there before the last is begun.

    It takes the arguments of `speak`.

    Yields
    ------
    SpokenAudio
        One for each sentence, with what it says in its name, and in ``start_seconds`` where it stands in the whole. A
        sentence in which there is nothing to pronounce is left out, and the next one says so in its warnings.

    Raises
    ------
    ParameterError, ModelUnavailable, LibraryUnavailable, SynthesisFailed
        As `speak`, when the first sentence is asked for; a text that proves too long while it is spoken, when it does.
    """
    yield from _spoken(SpeechRequest.of(asked), by_sentence=True)


def _spoken(asked: SpeechRequest, *, by_sentence: bool) -> Iterator[SpokenAudio]:
    chosen, place = chosen_engine(asked.engine)
    refuse_unknown_options(chosen, asked.options)
    # what is dropped must be dropped before the text is cut: halves of surrogate pairs are no characters
    clean = without_controls(asked.text)
    warnings = [CONTROL_CHARACTERS] if clean != asked.text else []
    if asked.options.ssml:
        plain_text(clean)  # refused before anything is begun
    store = asked.store or default_store()
    with chosen.opened(asked.voice, asked.options, place=place, device=asked.device, store=store) as speaker:
        done = 0
        for piece, notes in _cut(clean, asked, speaker, by_sentence=by_sentence):
            warnings += notes
            left = asked.max_seconds - done / speaker.sample_rate if speaker.sample_rate else asked.max_seconds
            if left <= 0:
                raise _too_long(asked.max_seconds)
            try:
                samples, said = speaker.say(piece, max_seconds=left)
            except TextTooLong:
                raise _too_long(asked.max_seconds) from None  # of the whole text, not of this piece
            if not samples.any():
                warnings.append(f"there was nothing to pronounce in {shortened(piece)!r}")
                continue
            warnings += said
            unspoken = speaker.unspoken(piece)
            if unspoken:
                warnings.append(f"the voice has no sound for {unspoken!r} and left it out")
            if done:
                pause_seconds = speaker.pause_seconds + asked.pause_seconds
                samples = np.concatenate([np.zeros(round(pause_seconds * speaker.sample_rate), np.float32), samples])
            start = done / speaker.sample_rate
            done += samples.size
            if done > asked.max_seconds * speaker.sample_rate:
                raise _too_long(asked.max_seconds)
            yield SpokenAudio(
                samples, speaker.sample_rate, f"{speaker.label}: {shortened(piece)}", tuple(dict.fromkeys(warnings)),
                start_seconds=start, spoken_text=plain_text(piece) if asked.options.ssml else piece,
                engine=chosen.name, vocoder=speaker.vocoder, language=speaker.language,
            )  # fmt: skip
            warnings = []
    if not done:
        raise ParameterError(f"{chosen.name} finds nothing to pronounce in {shortened(asked.text)!r}.")


def _cut(
    text: str, asked: SpeechRequest, speaker: Speaker, *, by_sentence: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Pieces that the voice takes in one go, and what is to be said about how they were written out."""
    if asked.options.ssml:  # an element must not be cut in two
        yield text, ()
        return
    writes_out = asked.normalise is True or (asked.normalise == "auto" and not speaker.reads_numbers)
    if not writes_out and not by_sentence and len(text) <= speaker.longest_characters:
        yield text, ()
        return
    held = ""
    notes: tuple[str, ...] = ()
    for block in blocks(text):
        read = block
        if writes_out:
            found = written_out(block, asked.options.language or speaker.language, required=asked.normalise is True)
            read, notes = found.text, (*notes, *found.notes)
        for piece in pieces(read, speaker.longest_characters):
            if by_sentence:
                yield piece, notes
                notes = ()
            elif held and len(held) + 1 + len(piece) > speaker.longest_characters:
                yield held, notes
                held, notes = piece, ()
            else:
                held = f"{held} {piece}" if held else piece
    if held:
        yield held, notes


def _too_long(max_seconds: float) -> TextTooLong:
    return TextTooLong(
        f"The text takes more than {max_seconds:g} s to speak.", cure="Give less of it, or raise max_seconds."
    )
