"""The ``audiokit`` command.

Exit codes: 0 done; 1 a report or the program failed, or something is not installed; 2 what was given cannot be used.
Errors go to standard error in one or two lines, without a traceback.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from audiokit import errors
from audiokit.cli import models
from audiokit.cli.lipsync import lipsync
from audiokit.cli.speak import speak
from audiokit.cli.tag import tag
from audiokit.cli.terminal import complain as _complain
from audiokit.cli.terminal import printable as _printable
from audiokit.cli.transcribe import transcribe

__all__ = ["app", "main"]

app = typer.Typer(
    help="A Jupyter-first audio kit: reports, facts and notebooks about recordings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models.app, name="models")
app.command()(lipsync)


@app.command()
def report(
    notebook: Annotated[str, typer.Argument(help="Name (`audiokit notebooks` lists them) or path of a notebook.")],
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="name=value; give it again for each parameter.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the page; default: reports.")
    ] = None,
    cell_timeout: Annotated[int | None, typer.Option(help="Seconds after which a cell is stopped.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Run a notebook and write one self-contained page."""
    from audiokit.report.runner import run

    done = run(
        notebook,
        reports_folder=output,
        cell_timeout_seconds=cell_timeout,
        progress=not quiet,
        **_assignments(parameter or []),
    )
    typer.echo(_printable(done.page))
    for line in done.summary:
        typer.echo(_printable(line))


@app.command()
def info(
    files: Annotated[list[str], typer.Argument(help="Audio or video files.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say what files are, without decoding them."""
    from audiokit.decode import info as describe

    for file in files:
        found = describe(file)
        if as_json:
            typer.echo(json.dumps(asdict(found)))
            continue
        duration = "unknown length" if found.duration_seconds is None else f"{found.duration_seconds:.3f} s"
        rate = f"{found.sample_rate} Hz, {found.channels} channel(s)"
        bits = "" if found.bit_rate_bps is None else f", {found.bit_rate_bps / 1000:.0f} kbit/s"
        video = ", with video" if found.has_video else ""
        typer.echo(f"{found.name}: {found.container}, {found.codec}, {rate}, {duration}{bits}{video}")


@app.command()
def notebooks(
    notebook: Annotated[str | None, typer.Argument(help="List the parameters of this one.")] = None,
) -> None:
    """List the notebooks, or the parameters of one."""
    from audiokit.report.notebooks import list_notebooks
    from audiokit.report.runner import parameters_table

    if notebook is None:
        for name, path in list_notebooks().items():
            typer.echo(f"{name:32} {_printable(path)}")
        return
    for name, kind, default, text in parameters_table(notebook):
        typer.echo(f"{name}: {kind} = {default}  {text}".rstrip())


app.command()(tag)
app.command()(transcribe)
app.command()(speak)


def _assignments(given: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise errors.ParameterError(
                f"-p wants name=value, got {_printable(text)!r}.", cure="Example: -p audio=talk.mp4"
            )
        values[name] = value
    return values


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except errors.InputError as error:
        _complain(error)
        raise SystemExit(2) from None
    except errors.AudiokitError as error:
        _complain(error)
        raise SystemExit(1) from None
    except OSError as error:  # where the output goes: a full disk; click itself takes care of a closed pipe
        where = f"{error.filename}: " if error.filename else ""
        _complain(errors.AudiokitError(f"{where}{error.strerror or error}."))
        raise SystemExit(1) from None
