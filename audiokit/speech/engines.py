"""The engines that turn sound into text, and the choice among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.errors import ModelUnavailable
from audiokit.speech import sphinx

if TYPE_CHECKING:
    from collections.abc import Callable

    from audiokit.activity.vad import VadResult
    from audiokit.audio import Audio
    from audiokit.speech.transcript import Transcript

__all__ = ["ENGINES", "transcribe"]

# Best first: `auto` takes the first one.
ENGINES: dict[str, Callable[..., Transcript]] = {"pocketsphinx": sphinx.transcribe}


def transcribe(audio: Audio, model: str = "auto", *, speech: VadResult | None = None) -> Transcript:
    """Write down what is said.

    Only where voice activity detection finds speech is there anything to transcribe, so silence and noise give no
    words.

    Parameters
    ----------
    audio : Audio
        Any rate, channels and length.
    model : {"auto", "pocketsphinx"}
        ``auto`` takes the best that there is; the transcript names it.
    speech : VadResult, optional
        Where the speech is, if that is already known; by default `audiokit.activity.detect_speech` finds it.

    Returns
    -------
    Transcript
        Words with times and confidences; ``status`` is ``abstained`` where there are none.

    Raises
    ------
    ModelUnavailable
        If another engine is asked for, or the voice activity weights are missing.
    LibraryUnavailable
        If the engine is not installed; ``cure`` names the command.
    """
    if model != "auto" and model not in ENGINES:
        raise ModelUnavailable(
            f"There is no speech-to-text engine {model!r} here.", cure=f"There are: {', '.join(['auto', *ENGINES])}."
        )
    name = next(iter(ENGINES)) if model == "auto" else model
    return ENGINES[name](audio, speech=speech)
