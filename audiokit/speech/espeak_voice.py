"""espeak-ng as one of the engines that speak."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.errors import ParameterError
from audiokit.speech.espeak import check, opened_session, without_controls
from audiokit.speech.languages import primary, refuse_language
from audiokit.speech.voice_engine import Said

if TYPE_CHECKING:
    from pathlib import Path

    from audiokit.models.store import ModelStore
    from audiokit.speech.espeak_session import EspeakSession
    from audiokit.speech.voice_engine import VoiceOptions

__all__ = ["EspeakEngine"]

_AUTO_VOICE = "en"
_USUAL_WORDS_PER_MINUTE = 160
_USUAL_PITCH = 50
_PAUSE_SECONDS = 0.34
_SLOWEST, _FASTEST = 80, 450


class EspeakEngine:
    """espeak-ng, in a process that lives as long as the voice does. No model hub, some hundred languages."""

    name = "espeak_ng"
    options = frozenset({"speed", "pitch", "words_per_minute", "ssml"})
    needs = ("espeakng_loader",)
    usual_model = "espeak_ng"

    @contextmanager
    def opened(
        self,
        voice: str,
        options: VoiceOptions,
        *,
        place: Path | None,  # noqa: ARG002 - its data lie in its wheel
        device: str,
        store: ModelStore,  # noqa: ARG002 - it is never loaded here
    ) -> Iterator[EspeakSpeaker]:
        """Start the process; see `VoiceEngine`."""
        if device not in {"auto", "cpu"}:
            raise ParameterError(
                f"espeak_ng runs on the processor alone, and device is {device!r}.", cure='device="cpu" or "auto".'
            )
        name = (options.language or _AUTO_VOICE) if voice == "auto" else voice
        refuse_language(options.language, primary(name), f"espeak-ng's voice {name}")
        words_per_minute = options.words_per_minute
        if words_per_minute is None:
            words_per_minute = round(_USUAL_WORDS_PER_MINUTE * options.speed)
            if not _SLOWEST <= words_per_minute <= _FASTEST:
                raise ParameterError(
                    f"espeak-ng speaks {_SLOWEST} to {_FASTEST} words a minute; speed {options.speed:g} asks for "
                    f"{words_per_minute}.",
                    cure=f"speed lies between {_SLOWEST / _USUAL_WORDS_PER_MINUTE:g} and "
                    f"{_FASTEST / _USUAL_WORDS_PER_MINUTE:.2f}.",
                )
        pitch = _USUAL_PITCH if options.pitch is None else options.pitch
        check("x", name, words_per_minute, pitch)
        with opened_session(timeout_seconds=options.timeout_seconds, voice=name) as session:
            yield EspeakSpeaker(session, name, words_per_minute, pitch, options.ssml)


@dataclass
class EspeakSpeaker:
    """A running process and its settings."""

    session: EspeakSession
    voice: str
    words_per_minute: int
    pitch: int
    ssml: bool = False
    longest_characters: int = 5000  # some five minutes: well within the time that one request may take
    reads_numbers: bool = True
    vocoder: str = ""

    @property
    def sample_rate(self) -> int:
        """In Hz; 0 before the first text."""
        return self.session.sample_rate

    @property
    def label(self) -> str:
        """Engine and voice."""
        return f"espeak-ng ({self.voice})"

    @property
    def language(self) -> str:
        """The first part of the voice's name."""
        return primary(self.voice)

    @property
    def pause_seconds(self) -> float:
        """Silence between sentences: as measured within a text at 160 words a minute, shorter where it is faster."""
        return _PAUSE_SECONDS * _USUAL_WORDS_PER_MINUTE / self.words_per_minute

    def unspoken(self, text: str) -> str:  # noqa: ARG002 - as all voices
        """Nothing: it spells or names what it does not know."""
        return ""

    def say(self, text: str, *, max_seconds: float) -> Said:
        """Speak; see `Speaker`."""
        samples = self.session.say(
            without_controls(text),
            voice=self.voice,
            words_per_minute=self.words_per_minute,
            pitch=self.pitch,
            max_seconds=max_seconds,
            ssml=self.ssml,
        )
        return Said(samples)
