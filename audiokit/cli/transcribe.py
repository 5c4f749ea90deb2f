"""``audiokit transcribe``: what is said in files, as text, subtitles, JSON, tables, TextGrids or CTM."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audiokit import errors

if TYPE_CHECKING:
    from audiokit.speech import Transcript

__all__ = ["transcribe"]


def transcribe(
    files: Annotated[list[str], typer.Argument(help="Audio or video files.")],
    format: Annotated[  # noqa: A002 - the word that everyone uses
        str, typer.Option("--format", "-f", help="txt, srt, vtt, json, tsv, textgrid or ctm.")
    ] = "txt",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write to; default: standard output.")
    ] = None,
    model: Annotated[str, typer.Option("--model", "-m", help="auto, a name of the catalogue, or a folder.")] = "auto",
    language: Annotated[str | None, typer.Option("--language", "-l", help="Code, for example en or de.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.")] = "auto",
    translate: Annotated[bool, typer.Option("--translate", help="Into English (Whisper).")] = False,
    word_times: Annotated[bool, typer.Option("--word-times", help="Ask for the times of words.")] = False,
    prompt: Annotated[str | None, typer.Option(help="Text that sets the style (Whisper).")] = None,
    hotwords: Annotated[str | None, typer.Option(help="Words to expect (Whisper).")] = None,
    gate: Annotated[
        bool | None,
        typer.Option("--gate/--no-gate", help="Keep music and noise from the engine; default: if it needs that."),
    ] = None,
    denoise: Annotated[bool, typer.Option("--denoise", help="Turn steady noise down first.")] = False,
    punctuator: Annotated[
        str, typer.Option(help="For engines that write no punctuation: auto, pauses, or a model.")
    ] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No line about what ran.")] = False,
) -> None:
    """Write down what is said in files. Nothing is fetched: a model that is absent is named with its command."""
    from audiokit.speech.transcript_files import FORMATS

    if format not in FORMATS:
        raise errors.ParameterError(f"There is no format {format!r}.", cure=f"One of {', '.join(FORMATS)}.")
    if output is None and len(files) > 1 and format != "txt":
        raise errors.ParameterError(
            f"Several files do not make one {format} file.", cure="Name a folder: --output FOLDER."
        )
    if output is not None and not output.is_dir():
        raise errors.OutputUnwritable(f"{output}: there is no such folder.", cure="Make it first.")
    options = {
        "language": language,
        "device": device,
        "task": "translate" if translate else "transcribe",
        # CTM is made of words; engines that always time them take the option as well
        "word_timestamps": word_times or format == "ctm",
        "initial_prompt": prompt,
        "hotwords": hotwords,
        "gate": "auto" if gate is None else gate,
        "denoise": denoise,
        "punctuator": punctuator,
    }
    worst = 0
    for file, target in zip(files, _targets(files, output, format), strict=True):
        try:
            _one(file, target, format, model, options, many=len(files) > 1, overwrite=overwrite, quiet=quiet)
        except errors.InputError as error:
            if len(files) == 1 or isinstance(error, errors.ParameterError):
                raise  # what fits no file ends it
            worst = 2
            _complain(error)
    if worst:
        raise typer.Exit(worst)


def _one(
    file: str,
    target: Path | None,
    format: str,  # noqa: A002 - as above
    model: str,
    options: dict[str, Any],
    *,
    many: bool,
    overwrite: bool,
    quiet: bool,
) -> None:
    from audiokit.decode.output import check_no_input
    from audiokit.speech import transcribe_file

    if target is not None:
        check_no_input(target, (file,))
    found = transcribe_file(file, model, **options)
    if target is None:
        head = f"== {_shown(file)}\n" if many else ""
        typer.echo(head + found.export(format, recording=Path(file).stem), nl=False)
    else:
        found.save(target, format, overwrite=overwrite)
        typer.echo(_shown(target))
    if not quiet:
        _tell(file, found)


def _tell(file: str, found: Transcript) -> None:
    covered = "" if found.coverage is None else f"; {found.coverage}"
    speed = found.real_time_factor
    took = "" if speed is None else f"; {speed:.2f} x its length"
    language = found.language
    if found.language_probability is not None:
        language += f" ({found.language_probability:.0%})"
    sources = {"pauses": "from pauses", "model": "by a model"}
    marks = f"; full stops and capitals {sources[found.punctuation]}" if found.punctuation in sources else ""
    line = f"{file}: {found.status}, {found.engine}, quality {found.quality}, {language}{took}{covered}{marks}"
    sys.stderr.write(f"{_shown(line)}\n")


def _targets(files: list[str], folder: Path | None, format: str) -> list[Path | None]:  # noqa: A002 - as above
    """One path for each file; files of one stem keep their endings, so that none replaces another."""
    if folder is None:
        return [None] * len(files)
    ending = {"textgrid": "TextGrid"}.get(format, format)
    stems = Counter(Path(file).stem for file in files)
    names = [Path(file).stem if stems[Path(file).stem] == 1 else Path(file).name for file in files]
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise errors.ParameterError(f"Two of the files are called {twice!r}.", cure="Write them to different folders.")
    return [folder / f"{name}.{ending}" for name in names]


def _complain(error: errors.AudiokitError) -> None:
    sys.stderr.write(f"audiokit: {_shown(' '.join(str(error).split()))}\n")


def _shown(text: object) -> str:
    """Text that any terminal takes, whatever bytes a file name holds."""
    return str(text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
