"""The sound as an engine gets it: one channel, where somebody speaks in it, and what it shall not be asked about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from audiokit.activity.prepare import mono_at
from audiokit.activity.vad import detect_speech
from audiokit.audio import Audio
from audiokit.speech.content_gate import other_content
from audiokit.speech.doubtful import doubtful
from audiokit.speech.engine import SAMPLE_RATE, Heard
from audiokit.speech.enhancing import without_noise
from audiokit.speech.spans import remainder

if TYPE_CHECKING:
    from audiokit.activity.vad import VadResult
    from audiokit.decode.source import SourceLike
    from audiokit.speech.options import Options

__all__ = ["hear", "read_if_needed"]

_CUT_BEYOND_SECONDS = 60.0


def read_if_needed(source: Audio | SourceLike) -> Audio:
    """Return sound as it is, and read anything else."""
    if isinstance(source, Audio):
        return source
    from audiokit.decode import read

    return read(source)


def hear(
    audio: Audio, options: Options, speech: VadResult | None, *, writes_anything: bool
) -> tuple[Heard, tuple[str, ...]]:
    """Prepare a sound for an engine.

    Parameters
    ----------
    audio : Audio
        Any rate, channels and length.
    options : Options
        What is asked.
    speech : VadResult or None
        Where the speech is, if that is already known.
    writes_anything : bool
        Whether the engine writes words for whatever sounds: it is given speech alone, and what is no speech beyond
        doubt is kept from it.

    Returns
    -------
    heard : Heard
        What the engine gets.
    notes : tuple of str
        What was done on the way.
    """
    samples, notes = mono_at(audio, SAMPLE_RATE)
    notes = (*audio.warnings, *notes)
    seconds = audio.duration_seconds
    if options.vad is False:
        heard = Heard(samples, seconds, None, cut=False)
        return _denoised(heard, (*notes, "no voice activity detection ran"), options)
    found = speech if speech is not None else detect_speech(Audio(samples, SAMPLE_RATE))
    found = replace(found, audio_seconds=min(found.audio_seconds, seconds)).with_settings()
    told = f"speech found by {found.model}: {found.speech_seconds:.1f} s in {len(found.segments)} segment(s)"
    notes = (*notes, told)
    # whoever says where the speech is has decided that
    undecided = writes_anything and speech is None
    left_out = doubtful(found.segments) if undecided else ()
    cut = options.vad is True or writes_anything or seconds > _CUT_BEYOND_SECONDS
    if found.segments and (options.gate is True or (options.gate == "auto" and undecided)):
        other, content = other_content(Audio(samples, SAMPLE_RATE), found.segments)
        if other:
            left_out, cut = (*other, *left_out), True
            kept_back = sum(claim.duration_seconds for claim in other)
            notes = (*notes, f"{content.model} kept {kept_back:.1f} s of it from the engine as music or noise")
    return _denoised(Heard(samples, seconds, found, cut, left_out), notes, options)


def _denoised(heard: Heard, notes: tuple[str, ...], options: Options) -> tuple[Heard, tuple[str, ...]]:
    if not options.denoise:
        return heard, notes
    silent = None
    if heard.speech is not None:
        speech = [(segment.start_seconds, segment.end_seconds) for segment in heard.speech.segments]
        silent = remainder([(0.0, heard.audio_seconds)], speech)
    cleaned = without_noise(Audio(heard.samples, SAMPLE_RATE), noise_spans=silent)
    return replace(heard, samples=cleaned.samples[0]), (*notes, *cleaned.warnings)
