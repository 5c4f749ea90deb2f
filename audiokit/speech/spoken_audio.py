"""Sound that says what was spoken, and by whom."""

from __future__ import annotations

from dataclasses import dataclass

from audiokit.audio import Audio

__all__ = ["SpokenAudio"]


@dataclass(frozen=True, eq=False, repr=False)
class SpokenAudio(Audio):
    """An `Audio` that a voice made.

    Parameters
    ----------
    spoken_text : str
        The text as the voice was given it: with numbers, dates and abbreviations written out where that was done.
    engine : str
        Which engine spoke.
    vocoder : str
        What made samples of its spectrogram; empty where the engine is one whole.
    language : str
        In which it was read, as far as the voice says; else empty.
    """

    spoken_text: str = ""
    engine: str = ""
    vocoder: str = ""
    language: str = ""
