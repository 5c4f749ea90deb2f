"""Where bytes come from: a path, bytes, or a file object, checked before any decoder sees them."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from audiokit.errors import EmptySource, ParameterError, SourceNotFound, SourceUnreadable

__all__ = ["Source", "SourceLike", "open_source", "printable"]

SourceLike = str | bytes | bytearray | memoryview | os.PathLike[str] | BinaryIO

_HEAD_BYTES = 4096


@dataclass(frozen=True)
class Source:
    """A checked source.

    Parameters
    ----------
    name : str
        For titles and messages; always printable.
    path : str or None
        The file, or None for bytes in memory.
    data : bytes or None
        The content, where there is no file.
    head : bytes
        The first 4096 bytes at most.
    size_bytes : int
        Length of the whole.
    """

    name: str
    path: str | None
    data: bytes | None
    head: bytes
    size_bytes: int

    def open(self) -> BinaryIO:
        """A new binary handle at the beginning; the caller closes it."""
        if self.path is not None:
            return Path(self.path).open("rb")
        return io.BytesIO(self.data or b"")

    def tail(self, length_bytes: int) -> bytes:
        """Return the last bytes of the source."""
        with self.open() as handle:
            handle.seek(max(0, self.size_bytes - length_bytes))
            return handle.read(length_bytes)


def printable(name: str | os.PathLike[str]) -> str:
    r"""Make a file name fit for a screen: bytes that are no text become U+FFFD.

    Examples
    --------
    >>> printable("caf\udce9.wav")
    'caf\ufffd.wav'
    """
    return os.fsencode(name).decode("utf-8", "replace")


def open_source(source: SourceLike | Source) -> Source:
    """Check a source and read its first bytes.

    Parameters
    ----------
    source : str, os.PathLike, bytes-like, or binary file object
        A file object is read from its beginning to its end; it is left open.

    Returns
    -------
    Source
        Ready for a decoder.

    Raises
    ------
    SourceNotFound, SourceUnreadable, EmptySource
        Naming the path, what was found, and the cure.
    ParameterError
        If it is none of the accepted kinds.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(source), "bytes in memory")
    if isinstance(source, (str, os.PathLike)):
        return _from_path(os.fspath(source))
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        if source.seekable():
            source.seek(0)
        content = source.read()
        if not isinstance(content, bytes):
            raise ParameterError("A file object must be open in binary mode.", cure="Use open(path, 'rb').")
        return _from_bytes(content, printable(name) if isinstance(name, str) else "file object")
    raise ParameterError(
        f"Cannot read audio from {type(source).__name__}.", cure="Give a path, bytes, or a binary file object."
    )


def _from_bytes(data: bytes, name: str) -> Source:
    if not data:
        raise EmptySource(f"{name}: there are no bytes in it.", cure="Check that the recording was written.")
    return Source(name=name, path=None, data=data, head=data[:_HEAD_BYTES], size_bytes=len(data))


def _from_path(path: str) -> Source:
    shown = printable(path)
    if not path:
        raise ParameterError("The path is empty.", cure="Give the path of an audio or video file.")
    if "\0" in path:
        raise ParameterError("The path contains a null character.", cure="Give the path of an audio or video file.")
    if _is_directory(path):
        raise SourceUnreadable(f"{shown}: this is a directory.", cure="Name a file in it.")
    try:
        with Path(path).open("rb") as handle:
            head = handle.read(_HEAD_BYTES)
            size_bytes = handle.seek(0, os.SEEK_END)
    except FileNotFoundError as error:
        raise SourceNotFound(f"{shown}: there is no such file.", cure=_near_miss(path)) from error
    except PermissionError as error:
        raise SourceUnreadable(
            f"{shown}: reading it is not permitted.", cure="Change its permissions, or copy it to a folder of yours."
        ) from error
    except OSError as error:
        raise SourceUnreadable(
            f"{shown}: it cannot be read ({error.strerror or error}).", cure="Check the disk or the path."
        ) from error
    if not size_bytes:
        raise EmptySource(f"{shown}: the file is empty (0 bytes).", cure="Record or copy it again.")
    return Source(name=shown, path=path, data=None, head=head, size_bytes=size_bytes)


def _is_directory(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:  # no permission to look; opening it will say so
        return False


def _near_miss(path: str) -> str:
    """Suggest a file of a similar name beside the missing one."""
    import difflib

    folder = Path(path).parent
    if not folder.is_dir():
        return f"The folder {printable(folder)} does not exist either; check the path."
    try:
        names = [printable(entry.name) for entry in os.scandir(folder)]
    except OSError:
        names = []
    close = difflib.get_close_matches(Path(path).name, names, n=1, cutoff=0.75)
    return f"Did you mean {close[0]!r}?" if close else f"Check the name; it was looked for in {folder.resolve()}."
