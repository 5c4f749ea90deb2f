"""``audiokit speak``: text to a sound file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from audiokit import errors

__all__ = ["speak"]


def speak(
    text: Annotated[str | None, typer.Argument(help="What to say; - reads it from standard input.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Sound file; its ending is its format.")] = Path(
        "speech.wav"
    ),
    voice: Annotated[str, typer.Option("--voice", "-v", help="For example en-us, de or en+f3.")] = "auto",
    engine: Annotated[str, typer.Option("--engine", "-e", help="auto, espeak_ng, or a folder.")] = "auto",
    speed: Annotated[float, typer.Option("--speed", "-s", help="1 is the voice's own.")] = 1.0,
    pitch: Annotated[int | None, typer.Option(help="0 to 100 (espeak-ng).")] = None,
    max_seconds: Annotated[float, typer.Option(help="A text that takes longer is refused.")] = 600.0,
    check: Annotated[bool, typer.Option("--check", help="Say whether the result is good, and hear it again.")] = False,
    voices: Annotated[bool, typer.Option("--voices", help="List the voices and end.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Speak a text into a file."""
    from audiokit.decode import write
    from audiokit.speech import check_voice, espeak_voices
    from audiokit.speech import speak as spoken

    if voices:
        for found in espeak_voices():
            typer.echo(f"{found.name:16} {found.language}")
        return
    if text is None:
        raise errors.ParameterError("There is nothing to say.", cure='audiokit speak "Good morning." -o morning.wav')
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    sound = spoken(text, voice, engine, speed, pitch=pitch, max_seconds=max_seconds)
    write(output, sound, overwrite=overwrite)
    engine_and_voice = sound.name.partition(": ")[0]
    shown = str(output).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    typer.echo(f"{shown}: {sound.duration_seconds:.2f} s, {sound.sample_rate} Hz, {engine_and_voice}")
    for warning in sound.warnings:
        sys.stderr.write(f"audiokit: {warning}\n")
    if check:
        language = "en" if voice == "auto" else voice.split("-")[0].split("+")[0]
        result = check_voice(sound, text, language=language)
        wrong = "" if result.word_error_rate is None else f", word error rate {result.word_error_rate:.0%}"
        typer.echo(f"{result.status}: {result.score:.1f} of 5{wrong} ({result.recogniser})")
        for reason in result.reasons:
            typer.echo(f"  {reason}")
