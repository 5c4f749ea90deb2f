"""Reading and writing annotation files: which format it is, and what is said when something is wrong."""

from __future__ import annotations

import importlib
import os
import secrets
import stat
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.annotations.document import Annotations
from audiokit.annotations.losses import AnnotationLossWarning, Losses
from audiokit.annotations.texts import decode_text, encode_text
from audiokit.errors import (
    MalformedAnnotations,
    OutputUnwritable,
    ParameterError,
    SourceNotFound,
    SourceUnreadable,
    UnrecognisedFormat,
)

if TYPE_CHECKING:
    from audiokit.results import Segment

__all__ = ["FORMATS", "read_annotations", "write_annotations"]

_HEAD = 4096


@dataclass(frozen=True, slots=True)
class _Format:
    module: str
    ending: str
    read: tuple[str, ...] = ()  # options of its reader
    write: tuple[str, ...] = ()  # options of its writer


# In the order in which content is asked: those with the clearest beginnings first
_FORMATS: Mapping[str, _Format] = {
    "textgrid": _Format("textgrid", ".textgrid", ("keep_empty",)),
    "webvtt": _Format("webvtt", ".vtt"),
    "rttm": _Format("rttm", ".rttm", ("recording",), ("recording",)),
    "srt": _Format("srt", ".srt"),
    "audacity": _Format("audacity", ".txt"),
    "csv": _Format("csv_table", ".csv"),
    "tsv": _Format("csv_table", ".tsv", (), ("delimiter",)),
    "ctm": _Format("ctm", ".ctm", ("recording",), ("recording",)),
}
FORMATS = tuple(_FORMATS)
_BY_ENDING = {held.ending: name for name, held in _FORMATS.items()}


def read_annotations(
    source: str | os.PathLike[str] | bytes,
    format: str = "auto",  # noqa: A002 - the word that everyone uses
    *,
    recording: str | None = None,
    keep_empty: bool = False,
    encoding: str | None = None,
    strict: bool = False,
) -> Annotations:
    r"""Read an annotation file.

    Parameters
    ----------
    source : str, os.PathLike or bytes
        A path; or the content itself, as bytes, or as a str with a tab or a line break in it.
    format : str
        One of `FORMATS`; ``auto`` goes by the content, and by the ending of the name only where the content tells
        nothing (an empty file, a damaged one).
    recording : str, optional
        RTTM, CTM: which recording, if the file is about several.
    keep_empty : bool
        TextGrid: whether intervals without text, which are gaps, become segments too.
    encoding : str, optional
        A codec of Python, for files that are neither UTF-8 nor UTF-16.
    strict : bool
        Whether what cannot be read into `Annotations` is an error instead of a warning.

    Returns
    -------
    Annotations
        What is there. Each format's module (``audiokit.annotations.textgrid`` and so on) says what that can be.

    Warns
    -----
    AnnotationLossWarning
        If parts of the file are left out, with what and how many.

    Raises
    ------
    UnrecognisedFormat
        If the content is of no known format, or no text.
    MalformedAnnotations
        If it breaks the rules of its format; the message names the line, what stands there and what was wanted.
    SourceNotFound, SourceUnreadable
        If there is no file, or none that can be read.
    LossyFormat
        With `strict`, in place of the warning.
    ParameterError
        If an argument does not fit.

    Examples
    --------
    >>> read_annotations("0.5\t2.0\tspeech\n").segments
    (Segment(start_seconds=0.5, end_seconds=2.0, label='speech', score=None),)
    """
    known = _known(format)
    text, shown, ending = _text_of(source, encoding)
    name = known or _recognised(text) or _BY_ENDING.get(ending)
    if name is None:
        first = text.strip().split("\n", 1)[0][:60]
        got = f"It begins with {first!r}" if first else "It is empty"
        raise UnrecognisedFormat(
            f"{shown}: this is no annotation file of a known format. {got}.",
            cure=f"Name its format: format= one of {', '.join(FORMATS)}.",
        )
    module = _module(name)
    losses = Losses(module.NAME)
    options = {"recording": recording, "keep_empty": keep_empty}
    try:
        found: Annotations = module.read_text(text, losses, **{key: options[key] for key in _FORMATS[name].read})
    except MalformedAnnotations as error:
        raise MalformedAnnotations(
            f"{shown}: this is not {module.NAME} as it should be. {error.message}", cure=error.cure
        ) from error
    if losses:
        losses.was_read()
        if strict:
            losses.refuse()
        warnings.warn(f"{shown}: {losses.message}", AnnotationLossWarning, stacklevel=2)
    return found


def write_annotations(
    annotations: Annotations | Iterable[Segment],
    path: str | os.PathLike[str] | None = None,
    format: str = "auto",  # noqa: A002 - the word that everyone uses
    *,
    recording: str | None = None,
    strict: bool = False,
) -> str:
    r"""Write an annotation file, or its text only.

    Parameters
    ----------
    annotations : Annotations or iterable of Segment
        Plain segments are the one tier of `Annotations.from_segments`.
    path : str or os.PathLike, optional
        Where to write, as UTF-8; a file that is there already is replaced, when all is written.
    format : str
        One of `FORMATS`; ``auto`` goes by the ending of the path: ``.txt`` (Audacity), ``.TextGrid``, ``.rttm``,
        ``.csv``, ``.tsv``, ``.srt``, ``.vtt``, ``.ctm``.
    recording : str, optional
        RTTM, CTM: the name of the recording; else that of the annotations, else the path's, else ``recording``.
    strict : bool
        Whether anything that the format cannot hold is an error instead of a warning; nothing is written then.

    Returns
    -------
    str
        The content of the file.

    Warns
    -----
    AnnotationLossWarning
        If the format cannot hold all of the annotations, with what is lost and how often. Each format's module
        (``audiokit.annotations.textgrid`` and so on) says what it holds.

    Raises
    ------
    LossyFormat
        With `strict`, in place of the warning; and where segments themselves cannot be written.
    OutputUnwritable
        If there can be no such file.
    ParameterError
        If an argument does not fit.

    Examples
    --------
    >>> from audiokit import Segment
    >>> write_annotations([Segment(0.5, 2.0, "speech")], format="audacity")
    '0.500000\t2.000000\tspeech\n'
    """
    if not isinstance(annotations, Annotations):
        annotations = Annotations.from_segments(annotations)
    target = None if path is None else Path(path)
    name = _known(format) or (_BY_ENDING.get(target.suffix.lower()) if target else None)
    if name is None:
        got = f"the ending {target.suffix!r}" if target else "neither a path nor a format"
        raise ParameterError(
            f"The format to write is not known from {got}.", cure=f"Name it: format= one of {', '.join(FORMATS)}."
        )
    module = _module(name)
    losses = Losses(module.NAME)
    title = recording or annotations.recording or (target.stem if target else "") or "recording"
    options = {"recording": title, "delimiter": "\t"}
    text: str = module.write_text(annotations, losses, **{key: options[key] for key in _FORMATS[name].write})
    data = encode_text(text)
    if strict:
        losses.refuse()
    if target is not None:
        _write_whole(target, data)
    if losses:
        warnings.warn(losses.message, AnnotationLossWarning, stacklevel=2)
    return text


def _known(name: str) -> str | None:
    if name == "auto":
        return None
    if name not in _FORMATS:
        raise ParameterError(f"There is no annotation format {name!r}.", cure=f"One of auto, {', '.join(FORMATS)}.")
    return name


def _module(name: str) -> Any:
    return importlib.import_module(f"audiokit.annotations.{_FORMATS[name].module}")


def _recognised(text: str) -> str | None:
    """Return the first format whose beginning this is."""
    head = text[:_HEAD]
    return next((name for name in _FORMATS if _module(name).looks_like(head)), None)


def _text_of(source: str | os.PathLike[str] | bytes, encoding: str | None) -> tuple[str, str, str]:
    """Return the text, a name for messages, and the ending of the file's name."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _decoded(bytes(source), "bytes in memory", encoding), "bytes in memory", ""
    if isinstance(source, str) and (not source or any(mark in source for mark in "\t\n\r")):
        return source.removeprefix("\ufeff"), "text in memory", ""
    if not isinstance(source, (str, os.PathLike)):
        raise ParameterError(f"Cannot read annotations from {type(source).__name__}.", cure="Give a path or bytes.")
    path = Path(os.fsdecode(source))
    shown = "".join(c if c.isprintable() else "\ufffd" for c in str(path))[:300]
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
        data = _bytes_of(path, shown, encoding) if is_file else b""  # a pipe would be waited for
    except (UnrecognisedFormat, ParameterError):
        raise
    except FileNotFoundError as error:
        raise SourceNotFound(
            f"{shown}: there is no such file.", cure="Check the path; content itself is given as bytes."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise SourceUnreadable(f"{shown}: it cannot be read ({reason}).", cure="Check the path.") from error
    if not is_file:
        raise SourceUnreadable(f"{shown}: this is no file.", cure="Name a file.")
    return _decoded(data, shown, encoding), shown, path.suffix.lower()


def _bytes_of(path: Path, shown: str, encoding: str | None) -> bytes:
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
        _decoded(head, shown, encoding, whole=False)  # a recording of hours is not read to its end
        return head + handle.read()


def _decoded(data: bytes, shown: str, encoding: str | None, *, whole: bool = True) -> str:
    try:
        return decode_text(data, encoding, whole=whole)
    except UnrecognisedFormat as error:
        raise UnrecognisedFormat(f"{shown}: {error.message}", cure=error.cure) from error


def _write_whole(target: Path, data: bytes) -> None:
    """Write beside the path and move there, so that no file is ever half written."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in str(target))[:300]
    beside: Path | None = None
    try:
        place = target.resolve() if target.is_symlink() else target
        if not place.exists() or place.is_file():
            beside = place.with_name(f".audiokit-{secrets.token_hex(8)}.tmp")
            beside.write_bytes(data)
            beside.replace(place)
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputUnwritable(f"{shown}: it cannot be written ({reason}).", cure="Check the folder.") from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)
    if beside is None:
        raise OutputUnwritable(f"{shown}: this is no file, and is not replaced.", cure="Name a file.")
