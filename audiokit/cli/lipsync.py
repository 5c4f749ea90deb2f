"""``audiokit lipsync``: a face that speaks a recording.

Exit codes: 0 done; 1 something is missing or failed; 2 what was given cannot be used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["lipsync"]


def lipsync(
    audio: Annotated[str, typer.Argument(help="Audio or video file with speech.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The film, an MP4 file.")] = Path("talk.mp4"),
    fps: Annotated[str, typer.Option(help="Frames a second: 25, 29.97 or 30000/1001.")] = "25",
    background: Annotated[
        str | None, typer.Option("--background", "-b", help="#rrggbb, green, or a file of a picture or film.")
    ] = None,
    fragmented: Annotated[bool, typer.Option(help="Write MP4 that plays while it is being made.")] = False,
    quality: Annotated[int, typer.Option(help="Of the pictures, 0 (best) to 51.")] = 20,
    keep: Annotated[bool, typer.Option("--keep", help="Do not replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was made as one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Make a film of a drawn face that speaks a recording; needs no network and no torch."""
    from audiokit.lipsync.talking import talk

    telling = not quiet and sys.stderr.isatty()

    def progress(seconds: float) -> None:
        sys.stderr.write(f"\r{seconds:8.1f} s")

    film = talk(
        audio,
        output,
        frames_per_second=fps,
        background=background,
        fragmented=fragmented,
        quality=quality,
        overwrite=not keep,
        progress=progress if telling else None,
    )
    if telling:
        sys.stderr.write("\r" + " " * 12 + "\r")
    path = str(film.path).encode("utf-8", "replace").decode("utf-8")
    if as_json:
        facts = {
            "path": path,
            "frames": film.frames,
            "frames_per_second": str(film.frames_per_second),
            "height": film.height,
            "width": film.width,
            "sound_seconds": film.sound_seconds,
            "sample_rate": film.sample_rate,
            "avatar": film.avatar,
            "look_ahead_seconds": film.look_ahead_seconds,
            "seconds": film.seconds,
            "warnings": film.warnings,
        }
        typer.echo(json.dumps(facts))
        return
    typer.echo(path)
    typer.echo(
        f"{film.sound_seconds:.2f} s, {film.frames} frames of {film.width} x {film.height}, avatar {film.avatar}; "
        f"{film.made_per_second:.0f} frames made a second"
    )
    for warning in film.warnings:
        typer.echo(f"  {warning}")
