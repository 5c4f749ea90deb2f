"""``audiokit speak``: text to a sound file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiokit import errors

if TYPE_CHECKING:
    from audiokit.audio import Audio
    from audiokit.speech import SpokenAudio

__all__ = ["speak"]


def speak(
    text: Annotated[str | None, typer.Argument(help="What to say; - reads it from standard input.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Sound file; its ending is its format.")] = Path(
        "speech.wav"
    ),
    voice: Annotated[str, typer.Option("--voice", "-v", help="For example en-us, de or en+f3.")] = "auto",
    engine: Annotated[str, typer.Option("--engine", "-e", help="auto, one of --engines, or a folder.")] = "auto",
    speed: Annotated[float, typer.Option("--speed", "-s", help="1 is the voice's own.")] = 1.0,
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Of the text; by default the voice's.")
    ] = None,
    write_out: Annotated[
        bool | None,
        typer.Option(
            "--write-out/--as-written", help="Write out numbers, dates, money; by default where the voice needs it."
        ),
    ] = None,
    pitch: Annotated[int | None, typer.Option(help="0 to 100, 50 is the voice's own.")] = None,
    seed: Annotated[int | None, typer.Option(help="For a voice that draws at random.")] = None,
    vocoder: Annotated[str | None, typer.Option(help="A HiFi-GAN's name or folder, or griffin-lim.")] = None,
    voice_bank: Annotated[Path | None, typer.Option(help="File of x-vectors, for SpeechT5.")] = None,
    max_seconds: Annotated[float, typer.Option(help="A text that takes longer is refused.")] = 600.0,
    denoise: Annotated[bool, typer.Option("--denoise", help="Turn down a steady noise.")] = False,
    trim: Annotated[bool, typer.Option("--trim", help="Cut silence from both ends.")] = False,
    loudness_lufs: Annotated[float | None, typer.Option(help="Bring it to this loudness, for example -16.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Say whether the result is good, and hear it again.")] = False,
    voices: Annotated[bool, typer.Option("--voices", help="List espeak-ng's voices and end.")] = False,
    engines: Annotated[bool, typer.Option("--engines", help="List what can speak here, and what is missing.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Speak a text into a file."""
    from audiokit.decode import write
    from audiokit.speech import enhance_speech
    from audiokit.speech import speak as spoken

    if voices or engines:
        _list(engines=engines)
        return
    if text is None:
        raise errors.ParameterError("There is nothing to say.", cure='audiokit speak "Good morning." -o morning.wav')
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    sound = spoken(
        text, voice, engine, speed, language=language, normalise="auto" if write_out is None else write_out,
        pitch=pitch, seed=seed, vocoder=vocoder, voice_bank=voice_bank, max_seconds=max_seconds,
    )  # fmt: skip
    shaped = enhance_speech(sound, denoise=denoise, trim=trim, loudness_lufs=loudness_lufs)
    write(output, shaped, overwrite=overwrite)
    by = sound.name.partition(": ")[0] + (f", {sound.vocoder}" if sound.vocoder else "")
    shown = str(output).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    typer.echo(f"{shown}: {shaped.duration_seconds:.2f} s, {shaped.sample_rate} Hz, {by}")
    for warning in shaped.warnings:
        sys.stderr.write(f"audiokit: {warning}\n")
    if check:
        _check(shaped, sound)


def _list(*, engines: bool) -> None:
    from audiokit.speech import espeak_voices, voice_engines

    if not engines:
        for found in espeak_voices():
            typer.echo(f"{found.name:16} {found.language}")
        return
    for state in voice_engines():
        does = f" ({', '.join(state.options)})" if state.options else ""
        typer.echo(f"{state.name:16} {state.status}{does}")
        if state.reason:
            typer.echo(f"{'':16} {state.reason} {state.cure}")


def _check(shaped: Audio, sound: SpokenAudio) -> None:
    from audiokit.speech import check_voice

    result = check_voice(shaped, sound.spoken_text, language=sound.language or "en")
    wrong = "" if result.word_error_rate is None else f", word error rate {result.word_error_rate:.0%}"
    typer.echo(f"{result.status}: {result.score:.1f} of 5{wrong} ({result.recogniser})")
    for reason in result.reasons:
        typer.echo(f"  {reason}")
