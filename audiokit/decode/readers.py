"""Reading from a source on others' behalf: a few bytes here and there, and whatever a decoder asks for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from audiokit.errors import InputError, SourceUnreadable

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["Peeker", "StrictReader"]


class Peeker:
    """Bytes of a source here and there; what lies behind its head is read from a handle, opened when it is needed.

    Parameters
    ----------
    source : Source
        The file.

    Examples
    --------
    >>> from audiokit.decode.source import open_source
    >>> with Peeker(open_source(b"RIFF....WAVE")) as peek:
    ...     peek(8, 100)
    b'WAVE'
    """

    __slots__ = ("_handle", "_head", "_source")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._head = source.head
        self._handle: BinaryIO | None = None

    def __call__(self, position: int, length: int) -> bytes:
        """Return so many bytes from there, fewer at the end."""
        end = position + length
        if end <= len(self._head) or len(self._head) == self._source.size_bytes:
            return self._head[position:end]
        if self._handle is None:
            self._handle = self._source.open()
        self._handle.seek(position)
        return self._handle.read(length)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self._handle.close()


class StrictReader:
    """A handle as decoders get it: it has no name to guess from, and a seek outside is an answer, not an exception.

    FFmpeg and libsndfile follow what a header claims, to before the beginning too; C expects -1 then, and Python's
    exception would end as a traceback on standard error. FFmpeg also takes a file's name into account when it guesses
    the format, so that noise named ``.g722`` would decode. For the same reason a read that fails (a server that
    stalls, a disk that breaks) looks like the end to them; `close` then raises what happened.

    Parameters
    ----------
    handle : BinaryIO
        Open for reading; closed together with this.
    """

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._failure: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes; none after a failure."""
        if self._failure is not None:
            return b""
        try:
            return self._handle.read(size)
        except OSError as error:  # SourceUnreadable is one
            self._failure = error
            return b""

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, and return how many bytes are in it."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, and return the new position; -1 where there is none."""
        try:
            return self._handle.seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._handle.tell()

    def close(self) -> None:
        """Close the handle; raise SourceUnreadable if reading from it had failed."""
        self._handle.close()
        failure, self._failure = self._failure, None
        if isinstance(failure, InputError):
            raise failure
        if isinstance(failure, OSError):
            raise SourceUnreadable(
                f"The source cannot be read to its end ({failure.strerror or failure}).", cure="Check the disk."
            ) from failure
