"""``audiokit tag``: voice, mood and genre of files, for people and for programs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from audiokit import errors
from audiokit.cli.terminal import complain, printable

__all__ = ["tag"]

_ENDED_BADLY = 1  # a branch failed
_BAD_FILE = 2


def tag(
    files: Annotated[list[str], typer.Argument(help="Audio or video files, or addresses.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, each with its file.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table with a row for each file.")] = False,
    as_parquet: Annotated[bool, typer.Option("--parquet", help="The same table as Parquet.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write there, not to the terminal.")] = None,
    emotion: Annotated[str, typer.Option(help="Mood expert: a model's name, a folder, or none.")] = "auto",
    genre: Annotated[str, typer.Option(help="Genre expert: a model's name, a folder, or none.")] = "auto",
    mood_windows: Annotated[int | None, typer.Option(help="Windows of speech that the mood expert hears.")] = None,
    deadline: Annotated[float | None, typer.Option(help="Seconds for decoding and gating a file.")] = None,
) -> None:
    """Say whether anybody speaks in files, in what mood, and what genre their music is.

    A file that cannot be read is named on standard error, and the others go on; the exit code is then 2. It is 1 if a
    branch failed, whose reason is in the results.
    """
    if as_json + as_csv + as_parquet > 1:
        raise errors.ParameterError("--json, --csv and --parquet exclude one another.", cure="Give one of them.")
    if as_parquet and output is None and sys.stdout.isatty():
        raise errors.ParameterError("Parquet is no text for a terminal.", cure="Name a file: -o tags.parquet")
    from audiokit.tagging import tag_many

    if output is not None:
        from audiokit.decode.output import check_no_input

        check_no_input(output, files)
    codes = {0}
    found = tag_many(
        files,
        on_error="return",
        emotion=None if emotion == "none" else emotion,
        genre=None if genre == "none" else genre,
        mood_windows=mood_windows,
        deadline_seconds=deadline,
    )
    results = _told(files, found, codes)
    if as_csv or as_parquet:
        _write(_table(results, as_parquet=as_parquet), output)
    elif output is not None:
        _write("".join(f"{line}\n" for line in _lines(results, as_json=as_json)).encode("utf-8"), output)
    else:
        for line in _lines(results, as_json=as_json):  # as they come
            typer.echo(line)
    code = max(codes)
    if code:
        raise typer.Exit(code)


def _told(files: list[str], found: Iterator[Any], codes: set[int]) -> Iterator[tuple[str, Any]]:
    """Give each file with its result; name those that have none."""
    for file, result in zip(files, found, strict=True):
        if isinstance(result, errors.InputError):
            complain(result)
            codes.add(_BAD_FILE)
            continue
        if "failed" in result.states.values():
            codes.add(_ENDED_BADLY)
        yield file, result


def _lines(results: Iterator[tuple[str, Any]], *, as_json: bool) -> Iterator[str]:
    for file, result in results:
        if as_json:
            yield json.dumps({"file": printable(file), **result.to_dict()}, ensure_ascii=False, allow_nan=False)
        else:
            yield str(result)


def _table(results: Iterator[tuple[str, Any]], *, as_parquet: bool) -> bytes:
    from audiokit.tagging import tags_table

    listed = list(results)
    table = tags_table(result for _, result in listed)
    table.insert(0, "file", [printable(file) for file, _ in listed])
    if not as_parquet:
        return bytes(table.to_csv(index=False).encode("utf-8"))
    held = io.BytesIO()
    try:
        table.to_parquet(held, index=False)
    except ImportError as error:
        raise errors.LibraryUnavailable(
            "pyarrow, which writes Parquet, is not installed.", cure='pip install "audiokit[train]"'
        ) from error
    return held.getvalue()


def _write(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    from audiokit.decode.output import whole_file

    with whole_file(output) as place:
        place.write_bytes(data)
