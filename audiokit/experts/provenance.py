"""Where training data came from, in rows for a model card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit.experts.soundfont import FLUID_R3

if TYPE_CHECKING:
    from pathlib import Path

    from audiokit.experts.recordings import Recording

__all__ = ["attributed", "rendered"]


def attributed(recordings: list[Recording], used: str) -> list[dict[str, Any]]:
    """One row for each group of recordings: source, licence, seconds."""
    rows: dict[str, dict[str, Any]] = {}
    for recording in recordings:
        row = rows.setdefault(
            recording.group,
            {"what": f"{recording.group}: {recording.source.split(':')[0]}", "licence": recording.licence, "used": used,
             "seconds": 0.0},
        )  # fmt: skip
        row["seconds"] = round(row["seconds"] + recording.samples.size / 16_000, 1)
    return list(rows.values())


def rendered(
    utterances: int, pieces: int, soundfont: Path | None, speech_used: str, music_used: str
) -> list[dict[str, Any]]:
    """Rows for what was synthesised."""
    rows = []
    if utterances:
        rows.append({"what": f"{utterances} sentences spoken by espeak-ng, written for this", "licence": "ours",
                     "used": speech_used})  # fmt: skip
    if pieces:
        played = "our own instruments" if soundfont is None else f"our own instruments and {_named(soundfont)}"
        rows.append({"what": f"{pieces} pieces of music, composed at random, played by {played}", "licence": "ours",
                     "used": music_used})  # fmt: skip
    return rows


def _named(soundfont: Path) -> str:
    return FLUID_R3 if soundfont.name == "FluidR3_GM.sf2" else soundfont.name
