"""Where bytes come from: a path, bytes, a file object or an address, checked before any decoder sees them."""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

from audiokit.errors import EmptySource, InputError, ParameterError, SourceUnreadable

if TYPE_CHECKING:
    from audiokit.decode.remote import RemoteFile

__all__ = ["HEAD_BYTES", "Source", "SourceLike", "open_source", "printable", "shortened"]

SourceLike = str | bytes | bytearray | memoryview | os.PathLike[str] | BinaryIO

HEAD_BYTES = 4096
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_LONGEST_NAME_SHOWN = 300  # a message is one or two lines, whatever path it speaks of
# What the name of a path may turn out to be; FIFOs and devices would be read for ever
_NO_FILES = (
    (stat.S_ISDIR, "a directory", "Name a file in it."),
    (stat.S_ISFIFO, "a named pipe, not a file", "Save what comes out of it to a file first."),
    (stat.S_ISSOCK, "a socket, not a file", "Save what comes out of it to a file first."),
    (stat.S_ISCHR, "a device, not a file", "Record it to a file first."),
    (stat.S_ISBLK, "a device, not a file", "Give a file on it."),
)


@dataclass(frozen=True)
class Source:
    """A checked source.

    Parameters
    ----------
    name : str
        For titles and messages; always printable.
    path : str or None
        The file, if it is one on this machine.
    data : bytes or None
        The content, where it is in memory.
    head : bytes
        The first 4096 bytes at most.
    size_bytes : int
        Length of the whole.
    mtime_ns : int or None
        When a file was changed last, as of its opening here.
    remote : RemoteFile or None
        The file on a web server, where there is neither path nor data; `open` reads it in parts.
    """

    name: str
    path: str | None
    data: bytes | None
    head: bytes
    size_bytes: int
    mtime_ns: int | None = None
    remote: RemoteFile | None = None
    # Handles at the beginning that nobody uses yet: to open a short file twice costs a tenth of decoding it.
    kept: list[BinaryIO] = field(default_factory=list, compare=False, repr=False)
    # What its header was found to say, by whoever read it: not every question has to read it again.
    found: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def real_path(self) -> str | None:
        """The file's absolute path with every link followed; None where there is no file."""
        return None if self.path is None else os.path.realpath(self.path)

    @property
    def last_name(self) -> str:
        """The last part of the name, as `pathlib.PurePath` has it."""
        last = self.name.rpartition("/")[2]
        # pathlib's way costs as much as a hundredth of decoding a short file
        return last if last not in ("", ".") and os.sep == "/" else PurePath(self.name).name

    def open(self) -> BinaryIO:
        """A new binary handle at the beginning; the caller closes it."""
        if self.path is not None:
            return open(self.path, "rb")  # noqa: PTH123
        if self.remote is not None and self.data is None:
            return self.remote.open()
        return io.BytesIO(self.data or b"")

    def open_once(self) -> BinaryIO:
        """A binary handle at the beginning, without a buffer where it is a file: the one kept, if there is one.

        The caller closes it.
        """
        try:
            return self.kept.pop()
        except IndexError:
            return self.open() if self.path is None else open(self.path, "rb", buffering=0)  # noqa: PTH123

    def release(self) -> None:
        """Close the handle that was kept, unless somebody took it."""
        while self.kept:
            self.kept.pop().close()

    def content(self) -> bytes:
        """Return all of it; what is not in memory is read, or fetched, for it."""
        if self.data is not None:
            return self.data
        with self.open() as handle:
            return handle.read()

    def tail(self, length_bytes: int) -> bytes:
        """Return the last bytes of the source."""
        with self.open() as handle:
            handle.seek(max(0, self.size_bytes - length_bytes))
            return handle.read(length_bytes)


def printable(name: str | os.PathLike[str]) -> str:
    r"""Make a file name fit for a screen: bytes that are no text and control characters become U+FFFD.

    Control characters would break a line, or paint a terminal.

    Examples
    --------
    >>> printable("caf\udce9.wav"), printable("two\nlines.wav")
    ('caf\ufffd.wav', 'two\ufffdlines.wav')
    """
    if isinstance(name, str) and name.isascii() and name.isprintable():
        return name
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)


def open_source(source: SourceLike | Source, *, keep: bool = False) -> Source:
    """Check a source and read its first bytes.

    Parameters
    ----------
    source : str, os.PathLike, bytes-like, or binary file object
        A str that begins with ``http://`` or ``https://`` is an address: see `audiokit.decode.remote.open_url`. A file
        object is left open. One that ``open(path, "rb")`` gave is read by its path, from the beginning, as long as
        that still leads to the same file; the position does not move. Any other is read into memory from its
        beginning to its end, since several threads may decode a source at once and cannot share its position.
    keep : bool
        Keep the handle on a file for `Source.open_once`; the caller sees to `Source.release`.

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
    LibraryUnavailable
        For an address, without fsspec and aiohttp.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, str) and source[:4].lower() == "http" and _ADDRESS.match(source):
        from audiokit.decode.remote import open_url

        return open_url(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(source), "bytes in memory")
    if isinstance(source, (str, os.PathLike)):
        return _from_path(os.fsdecode(source), keep=keep)
    if hasattr(source, "read") and not isinstance(source, type):
        return _from_file_object(source)
    raise ParameterError(
        f"Cannot read audio from {type(source).__name__}.", cure="Give a path, bytes, or a binary file object."
    )


def _from_bytes(data: bytes, name: str) -> Source:
    if not data:
        raise EmptySource(f"{name}: there are no bytes in it.", cure="Check that the recording was written.")
    return Source(name=name, path=None, data=data, head=data[:HEAD_BYTES], size_bytes=len(data))


def _from_file_object(source: Any) -> Source:
    name = getattr(source, "name", None)
    shown = printable(name) if isinstance(name, str) else "file object"
    if isinstance(source, io.TextIOBase):
        raise ParameterError(f"{shown}: a file object must be open in binary mode.", cure="Use open(path, 'rb').")
    try:
        if _is_character_device(source):
            raise SourceUnreadable(f"{shown}: this is a device, not a file.", cure="Record it to a file first.")
        if _leads_to_itself(source):
            return _from_path(source.name)
        if hasattr(source, "seekable") and source.seekable():
            source.seek(0)
        content = source.read()
    except InputError:
        raise
    except (OSError, ValueError) as error:  # ValueError: closed; io.UnsupportedOperation is both
        raise SourceUnreadable(
            f"{shown}: the file object cannot be read ({error}).", cure="Open it with open(path, 'rb')."
        ) from error
    if not isinstance(content, bytes):
        raise ParameterError("A file object must be open in binary mode.", cure="Use open(path, 'rb').")
    return _from_bytes(content, shown)


def _is_character_device(source: Any) -> bool:
    """Whether reading to the end may never come to one: a terminal, /dev/zero."""
    try:
        return stat.S_ISCHR(os.fstat(source.fileno()).st_mode)
    except (AttributeError, OSError, ValueError, TypeError):  # bytes in memory have no descriptor
        return False


def _leads_to_itself(source: Any) -> bool:
    """Whether a file object is an ordinary file, and its name still leads there.

    Only the very types that ``open(path, "rb")`` gives: others have a descriptor too, of what they unpack.
    """
    if type(source) not in (io.BufferedReader, io.FileIO) or not isinstance(source.name, str):
        return False
    try:
        here, there = os.fstat(source.fileno()), Path(source.name).stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(here.st_mode) and source.readable() and os.path.samestat(here, there)


def _from_path(path: str, *, keep: bool = False) -> Source:
    shown = shortened(printable(path))
    if not path:
        raise ParameterError("The path is empty.", cure="Give the path of an audio or video file.")
    if "\0" in path:
        raise ParameterError("The path contains a null character.", cure="Give the path of an audio or video file.")
    try:
        # Plain functions, not pathlib's: with many short files, what stands around the decoding counts.
        found = os.stat(path)  # noqa: PTH116 - before it is opened: opening a pipe waits for a writer
        if not stat.S_ISREG(found.st_mode):
            _refuse_what_is_no_file(found.st_mode, shown)
        head, size_bytes, kept = _look_at(open(path, "rb", buffering=0), keep=keep)  # noqa: PTH123, SIM115
    except InputError:
        raise
    except FileNotFoundError as error:
        from audiokit.decode.missing import not_found

        raise not_found(path, shown) from error
    except PermissionError as error:
        raise SourceUnreadable(
            f"{shown}: reading it is not permitted.", cure="Change its permissions, or copy it to a folder of yours."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: characters that no file system takes
        reason = getattr(error, "strerror", None) or error
        raise SourceUnreadable(f"{shown}: it cannot be read ({reason}).", cure="Check the disk or the path.") from error
    if not size_bytes:
        raise EmptySource(f"{shown}: the file is empty (0 bytes).", cure="Record or copy it again.")
    return Source(shown, path, None, head, size_bytes, found.st_mtime_ns, kept=kept)


def _look_at(handle: BinaryIO, *, keep: bool) -> tuple[bytes, int, list[BinaryIO]]:
    """(first bytes, size, the handle at the beginning if it is to be kept); else it is closed."""
    kept: list[BinaryIO] = []
    try:
        head = handle.read(HEAD_BYTES)
        size_bytes = handle.seek(0, os.SEEK_END)
        if keep and size_bytes:
            handle.seek(0)
            kept.append(handle)
    finally:
        if not kept:
            handle.close()
    return head, size_bytes, kept


def _refuse_what_is_no_file(mode: int, shown: str) -> None:
    for is_kind, kind, cure in _NO_FILES:
        if is_kind(mode):
            raise SourceUnreadable(f"{shown}: this is {kind}.", cure=cure)


def shortened(name: str) -> str:
    """Take out the middle of a name that is too long for a message."""
    half = _LONGEST_NAME_SHOWN // 2
    return name if len(name) <= _LONGEST_NAME_SHOWN else f"{name[:half]}…{name[-half:]}"
