"""What a scan tells a page: facts and pictures of the whole, sentences, and closer pictures when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit.errors import ParameterError
from audiokit_widgets.packing import packed_clips, packed_outline, packed_overview
from audiokit_widgets.wording import counted, hertz, level

if TYPE_CHECKING:
    from audiokit_widgets.delivery import Embedded
    from audiokit_widgets.scan import Scan

__all__ = ["notes", "picture", "seen", "summary"]

_MOST_BINS = 1 << 16  # in one answer
_PASS_BIN_FRAMES = 256  # what a pass over a file keeps: nothing finer without decoding it again


def seen(scan: Scan, *, in_memory: bool) -> dict[str, Any]:
    """Pack what a scan has seen so far.

    Parameters
    ----------
    scan : Scan
        Of the sound.
    in_memory : bool
        Whether its samples are; else clips are told no finer than a pass over the file keeps them.

    Returns
    -------
    dict
        Values of the traits of `audiokit_widgets.sound_state.SoundState`, by name.
    """
    outline = packed_outline(scan)
    clips, clip_frames = packed_clips(scan, finest_frames=1 if in_memory else _PASS_BIN_FRAMES)
    mel, mel_data = packed_overview(scan.overview("mel"))
    linear, linear_data = packed_overview(scan.overview("linear"))
    return {
        "duration_seconds": float(scan.duration_seconds),
        "sample_rate": scan.sample_rate,
        "channels": scan.channels,
        "frames": int(scan.frames),
        "peak": float(scan.peak),
        "clipped_samples": int(scan.clipped_samples),
        "fraction": float(scan.fraction),
        "notes": notes(scan),
        "outline": outline.data,
        "outline_scale": outline.scale,
        "outline_rows": outline.rows,
        "clips": clips,
        "clip_frames_per_bin": clip_frames,
        "mel_overview": mel_data,
        "linear_overview": linear_data,
        "overviews": {"mel": mel, "linear": linear},  # last: who hears of it finds the rest there
    }


def summary(scan: Scan, embedded: Embedded | None, *, heard_channels: int) -> str:
    """Say in a line what a sound is.

    Parameters
    ----------
    scan : Scan
        Of the sound.
    embedded : Embedded or None
        Its bytes, where these were made: what they lost is said.
    heard_channels : int
        Of a sound that is heard in pieces; else 0.

    Returns
    -------
    str
    """
    kind = {1: "mono", 2: "stereo"}.get(scan.channels, f"{scan.channels} channels")
    peak = [f"peak {level(scan.peak)}"] if scan.complete else []
    if embedded is not None:
        how = embedded.note
    else:
        how = f"mean of {scan.channels} channels" if 0 < heard_channels < scan.channels else ""
    return " · ".join([kind, hertz(scan.sample_rate), *peak, *([how] if how else [])])


def notes(scan: Scan) -> list[str]:
    """Say what is wrong with a sound, in sentences."""
    said = [str(warning) for warning in scan.warnings]
    if scan.not_finite:
        said.append(f"{counted(scan.not_finite, 'sample')} not finite; shown and played as 0")
    if scan.clipped_samples:
        said.append(f"{counted(scan.clipped_samples, 'sample')} at or beyond full scale, marked in red")
    return said


def picture(scan: Scan, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Answer a page that looks closer: ``peaks`` from a frame on, or a ``tile`` of a spectrogram.

    Parameters
    ----------
    scan : Scan
        Of the sound.
    asked : dict
        The page's message.

    Returns
    -------
    dict
        Whether peaks are ``partial``, because the scan is not complete.
    bytes
        float32 (bins, 2) little-endian, or the tile's levels.

    Raises
    ------
    ParameterError
        For too many bins, and whatever else the scan does not have.
    """
    if asked["kind"] == "tile":
        return {}, scan.tile(asked["picture"], asked["level"], asked["index"]).tobytes()
    bins = int(asked["bins"])
    if not 0 < bins <= _MOST_BINS:
        raise ParameterError(f"At most {_MOST_BINS} bins come in one answer, got {bins}.")
    partial = not scan.complete
    found = scan.peaks(asked["start_frame"], asked["frames_per_bin"], bins, asked.get("channel"))
    return {"partial": partial}, found.astype("<f4").tobytes()
