"""What all branches share: the sound at one rate, where somebody speaks, and what else there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.activity.prepare import mono_at
from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit.results import Outcome, Status
from audiokit.tagging.expert import MOOD_RATE
from audiokit.tagging.outcomes import Deadline, attempted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.decode.source import Source, SourceLike
    from audiokit.results import Segment
    from audiokit.tagging.options import TagOptions
    from audiokit.tagging.stages import Timeline

__all__ = ["Heard", "Origin", "listen"]

_TELEPHONE_RATE = 8000  # at which the voice detector has a network of its own


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where a sound came from, and how to hear a part of it again at another rate.

    Parameters
    ----------
    given : object
        What the caller passed: an `Audio`, a path, bytes, an address; None for what cannot be read a second time.
    opened : Source or Audio
        What is read.
    """

    given: object
    opened: Source | Audio

    def window(self, window: Segment, sample_rate: int) -> NDArray[np.float32]:
        """Samples of one channel, of a window, at a rate, shape (time,)."""
        if isinstance(self.opened, Audio):
            return mono_at(self.opened.between(window.start_seconds, window.end_seconds), sample_rate)[0]
        from audiokit.decode.read import read

        part = read(
            self.opened,
            sample_rate=sample_rate,
            mono=True,
            offset_seconds=window.start_seconds,
            duration_seconds=window.duration_seconds,
        )
        return mono_at(part, sample_rate)[0]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A sound, and what the two gates say of it.

    Parameters
    ----------
    name : str
        Of the sound.
    origin : Origin
        Where it came from.
    audio : Audio or None
        One channel at 16 kHz; None once nobody needs it.
    audio_seconds : float
        Its length.
    voice : Outcome
        With a `VadResult`.
    content : Outcome
        With a ContentResult; ``abstained`` without a value where it was not asked for.
    notes : tuple of str
        What was lost or done on the way.
    """

    name: str
    origin: Origin
    audio: Audio | None
    audio_seconds: float
    voice: Outcome
    content: Outcome
    notes: tuple[str, ...] = ()

    def without_audio(self) -> Heard:
        """The same, holding no samples."""
        return replace(self, audio=None)


def listen(
    source: SourceLike | Audio,
    options: TagOptions,
    timeline: Timeline,
    deadline: Deadline,
    *,
    side_by_side: bool = True,
) -> Heard:
    """Decode, detect speech, and tell speech from music, noise and silence.

    Parameters
    ----------
    source : path, bytes, binary file object, address, or Audio
        What to listen to.
    options : TagOptions
        What is asked.
    timeline : Timeline
        Gets the stages ``decode``, ``voice detection`` and ``content gate``.
    deadline : Deadline
        Decoding that takes longer raises; a gate that cannot begin in time fails.
    side_by_side : bool
        Whether the two gates run at once, in two threads; what they find is the same. Where several files are listened
        to at once, other files keep the other processors busy.

    Returns
    -------
    Heard
        The gates' outcomes; neither stops the other.

    Raises
    ------
    InputError
        If there is no sound to be had from the source.
    """
    with timeline.stage("decode", "sound"):
        origin, audio = _decoded(source, deadline)
        at_16k, notes = _mono(audio)
    detect = partial(_voice, audio, at_16k, options, timeline, deadline)
    classify = partial(_content, at_16k, options, timeline, deadline)
    if not options.content_gate or (options.emotion is None and options.genre is None):
        voice, content = attempted(detect), Outcome(Status.ABSTAINED, reason="It was not asked for.")
    elif side_by_side:
        with ThreadPoolExecutor(1, thread_name_prefix="audiokit-voice") as other:
            detecting = other.submit(attempted, detect)
            content = attempted(classify)
            voice = detecting.result()
    else:
        voice, content = attempted(detect), attempted(classify)
    voice, content = _agreed(voice, content)
    given_notes = (*audio.warnings, *notes)
    return Heard(audio.name, origin, at_16k, audio.duration_seconds, voice, content, given_notes)


def _decoded(source: Any, deadline: Deadline) -> tuple[Origin, Audio]:
    if isinstance(source, Audio):
        return Origin(source, source), source
    if isinstance(source, np.ndarray | list | tuple):
        raise ParameterError(
            f"tag wants a file or an Audio, got {type(source).__name__}, which does not say its sample rate.",
            cure="Wrap samples: audiokit.Audio(samples, sample_rate=...).",
        )
    from audiokit.decode.read import info, read
    from audiokit.decode.source import open_source

    again = source if isinstance(source, str | bytes) or hasattr(source, "__fspath__") else None
    opened = open_source(source, keep=True)
    try:
        is_telephone = info(opened).sample_rate == _TELEPHONE_RATE
        rate = None if is_telephone else MOOD_RATE
        audio = read(opened, sample_rate=rate, mono=True, time_limit_seconds=deadline.left_seconds)
    finally:
        opened.release()
    return Origin(again, opened), audio


def _mono(audio: Audio) -> tuple[Audio, tuple[str, ...]]:
    samples, notes = mono_at(audio, MOOD_RATE)
    bad = tuple(note for note in notes if "finite" in note)  # rate and channels are as was asked
    return Audio(samples, MOOD_RATE, name=audio.name), bad


def _voice(audio: Audio, at_16k: Audio, options: TagOptions, timeline: Timeline, deadline: Deadline) -> Outcome:
    deadline.check("Voice detection")
    with timeline.stage("voice detection", "voice"):
        from audiokit.activity.vad import detect_speech

        heard = audio if audio.sample_rate == _TELEPHONE_RATE else at_16k
        found = detect_speech(heard, threshold=options.vad_threshold, sessions=options.sessions)
    return Outcome(Status.OK, found)


def _agreed(voice: Outcome, content: Outcome) -> tuple[Outcome, Outcome]:
    """What each gate knows that the other does not: no speech far from any voice, and no blips of a voice in music."""
    if voice.value is None or content.value is None:
        return voice, content
    from audiokit.activity.voice import justified_speech

    content = replace(content, value=content.value.near_voice(voice.value))
    found = justified_speech(voice.value, content.value)
    if found is not voice.value:
        voice = replace(voice, value=found, notes=(*voice.notes, found.notes[-1]))
    return voice, content


def _content(at_16k: Audio, options: TagOptions, timeline: Timeline, deadline: Deadline) -> Outcome:
    if not at_16k.frames:
        return Outcome(Status.ABSTAINED, reason="There is no sound.")
    deadline.check("The content gate")
    with timeline.stage("content gate", "sound"):
        from audiokit.activity.content import classify_content

        found = classify_content(at_16k, sessions=options.sessions)
    return Outcome(Status.OK, found)
