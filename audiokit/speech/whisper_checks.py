"""Whether what Whisper wrote about a chunk can be believed: its own measures, and whether the speech is covered."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audiokit.speech.coverage import share_covered
from audiokit.speech.spans import Span, intersection

if TYPE_CHECKING:
    from audiokit.speech.options import Options
    from audiokit.speech.transcript import Passage

__all__ = ["compression_ratio", "faults", "refusal"]

_PAUSE_SECONDS = 1.5  # Whisper's passages have gaps at pauses; a longer one with speech in it is something left out


def compression_ratio(text: str) -> float:
    """Bytes of a text for each byte that zlib makes of it; a text that goes round in circles is above 2.4.

    Examples
    --------
    >>> compression_ratio("and so on " * 30) > 2.4 > compression_ratio("The weather will be fine tomorrow.")
    True
    """
    data = text.encode("utf-8", "replace")
    return len(data) / len(zlib.compress(data)) if data else 0.0


def faults(passages: Sequence[Passage], speech: Sequence[Span], chunk: Span, options: Options) -> tuple[str, ...]:
    """Say why a chunk should be decoded again.

    Parameters
    ----------
    passages : sequence of Passage
        What was written about it.
    speech : sequence of (float, float)
        Where somebody speaks, anywhere.
    chunk : (float, float)
        The span that was decoded.
    options : Options
        Thresholds.

    Returns
    -------
    tuple of str
        Reasons; empty where all is well.
    """
    found = []
    lowest = min((p.log_probability for p in passages if p.log_probability is not None), default=0.0)
    if lowest < options.log_probability_threshold:
        found.append(f"mean log-probability {lowest:.2f} < {options.log_probability_threshold:g}")
    # over all passages of the chunk: one that says the same in each of them goes round in circles too
    ratio = compression_ratio(" ".join(p.text for p in passages))
    if ratio > options.compression_ratio_threshold:
        found.append(f"compression ratio {ratio:.1f} > {options.compression_ratio_threshold:g}")
    quiet = max((p.no_speech_probability for p in passages if p.no_speech_probability is not None), default=0.0)
    spoken = intersection(speech, [chunk])
    if quiet > options.no_speech_threshold and spoken:
        found.append(f"no-speech probability {quiet:.2f} > {options.no_speech_threshold:g} where speech was found")
    written = [(p.start_seconds, p.end_seconds) for p in passages]
    share = share_covered(spoken, written, bridge_seconds=_PAUSE_SECONDS)
    if share < options.min_coverage:
        found.append(f"{share:.0%} of the speech covered, less than {options.min_coverage:.0%}")
    return tuple(found)


def refusal(passage: Passage, options: Options) -> str:
    """Say why a passage must not stand, even if nothing better is to be had; empty where it may.

    A low probability alone is no reason: it stands there with its confidence. Text that goes round in circles is one,
    and so is text that the network itself does not take for speech.
    """
    ratio = compression_ratio(passage.text)
    if ratio > options.compression_ratio_threshold:
        return f"it goes round in circles (compression ratio {ratio:.1f} > {options.compression_ratio_threshold:g})"
    quiet, sure = passage.no_speech_probability, passage.log_probability
    if quiet is None or sure is None:
        return ""
    if quiet > options.no_speech_threshold and sure < options.log_probability_threshold:
        return f"the network takes it for no speech (probability {quiet:.2f}, mean log-probability {sure:.2f})"
    return ""
