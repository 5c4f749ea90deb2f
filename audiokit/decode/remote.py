"""Files on a web server, read in parts where the server can, through fsspec."""

from __future__ import annotations

import io
import os
import threading
from collections import OrderedDict
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from audiokit.decode.http_client import Client, TooLongError
from audiokit.decode.source import HEAD_BYTES, Source, printable, shortened
from audiokit.errors import (
    EmptySource,
    LibraryUnavailable,
    ParameterError,
    SourceUnreadable,
)

__all__ = ["RemoteFile", "open_url", "without_secrets"]

_BLOCK_BYTES = 65_536
_CACHED_BLOCKS = 256  # 16 MiB for each source
_MOST_BLOCKS_AHEAD = 64  # one request fetches 4 MiB at most
_LARGEST_DOWNLOAD_BYTES = 512 * 2**20  # of a server that does not give parts: it is all held in memory


class RemoteFile:
    """A file of known length, on a server that gives parts of it.

    Safe for several threads that read through handles of their own: they share the cached blocks. It may be pickled,
    and used after a fork; the cache does not travel.

    Parameters
    ----------
    url : str
        With whatever secrets it holds; it is never shown.
    name : str
        For messages.
    size_bytes : int
        Of the whole.
    version : str
        As the server marks this content; a part of another content is refused.
    """

    def __init__(self, url: str, name: str, size_bytes: int, version: str) -> None:
        self._url, self.name, self.size_bytes, self._version = url, name, size_bytes, version
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._client = Client(url, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return RemoteFile, (self._url, self.name, self.size_bytes, self._version)

    def __repr__(self) -> str:
        return f"RemoteFile({self.name!r}, {self.size_bytes} bytes)"

    @property
    def url(self) -> str:
        """The whole address, with its secrets: not to be shown."""
        return self._url

    def open(self) -> BinaryIO:
        """A new handle at the beginning; it can seek."""
        return cast("BinaryIO", io.BufferedReader(_Handle(self)))

    def block(self, index: int, ahead: int) -> bytes:
        """Return a block, fetching it and up to `ahead` after it where it is not cached."""
        with self._lock:
            if index in self._blocks:
                self._blocks.move_to_end(index)
                return self._blocks[index]
            end = index + 1
            last = -(-self.size_bytes // _BLOCK_BYTES)
            while end < min(index + 1 + ahead, last) and end not in self._blocks:
                end += 1
        first, stop = index * _BLOCK_BYTES, min(end * _BLOCK_BYTES, self.size_bytes)
        answer = self._client.get(first, stop - 1, at_most=stop - first)
        if (answer.start, answer.total, answer.version) != (first, self.size_bytes, self._version):
            raise SourceUnreadable(
                f"{self.name}: the file changed on the server while it was read.", cure="Read again."
            )
        if len(answer.body) != stop - first:
            raise SourceUnreadable(
                f"{self.name}: the server sent {len(answer.body)} bytes where {stop - first} were asked for.",
                cure="Download it, and give the file.",
            )
        self.keep(index, answer.body)
        return answer.body[:_BLOCK_BYTES]

    def keep(self, index: int, data: bytes) -> None:
        """Put blocks in the cache, from `index` on."""
        with self._lock:
            for at in range(0, len(data), _BLOCK_BYTES):
                self._blocks[index + at // _BLOCK_BYTES] = data[at : at + _BLOCK_BYTES]
            while len(self._blocks) > _CACHED_BLOCKS:
                self._blocks.popitem(last=False)


class _Handle(io.RawIOBase):
    """A place in a remote file; reading on from place to place asks for more and more at once."""

    def __init__(self, remote: RemoteFile) -> None:
        super().__init__()
        self._remote, self._at = remote, 0
        self._block, self._data, self._ahead = -1, b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._remote.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        filled = 0
        with memoryview(buffer).cast("B") as view:
            while filled < len(view) and self._at < self._remote.size_bytes:
                index, inside = divmod(self._at, _BLOCK_BYTES)
                if index != self._block:
                    goes_on = index == self._block + 1
                    self._ahead = min(2 * self._ahead + 1, _MOST_BLOCKS_AHEAD - 1) if goes_on else 0
                    self._data, self._block = self._remote.block(index, self._ahead), index
                part = self._data[inside : inside + len(view) - filled]
                view[filled : filled + len(part)] = part
                filled += len(part)
                self._at += len(part)
        return filled


def open_url(url: str) -> Source:
    """Check an http or https address, and read its first bytes.

    Where the server gives parts, only what is asked for is fetched, in blocks of 64 KiB (more at once when read on and
    on), of which 16 MiB are kept; else the whole is downloaded to memory, up to 512 MiB. Ten seconds are allowed to
    connect, thirty without a byte. Redirects are followed to http and https only.

    Parameters
    ----------
    url : str
        User, password and query are used and never shown.

    Returns
    -------
    Source
        Its name is the address without user, password, query and fragment.

    Raises
    ------
    LibraryUnavailable
        Without fsspec or aiohttp.
    SourceNotFound, SourceUnreadable, EmptySource
        With what the server said.
    ParameterError
        For a malformed address.
    """
    name = shortened(without_secrets(url))
    if not urlsplit(url).hostname:
        raise ParameterError("The address names no server.", cure="Check the address.")
    try:
        import aiohttp  # noqa: F401 - fsspec needs it
        import fsspec  # noqa: F401
    except ImportError as error:
        raise LibraryUnavailable(
            f"{name}: to read addresses, fsspec and aiohttp are needed ({error.name} is not installed).",
            cure='Run: pip install "audiokit[url]"',
        ) from error
    client = Client(url, name)
    try:
        answer = client.get(0, _BLOCK_BYTES - 1, at_most=_BLOCK_BYTES)
    except TooLongError:  # the whole comes although a part was asked for
        answer = None
    if answer is not None and answer.total == 0:
        raise EmptySource(f"{name}: the file is empty (0 bytes).", cure="Check that it was uploaded whole.")
    if (
        answer is not None
        and answer.start == 0
        and answer.total
        and len(answer.body) == min(answer.total, _BLOCK_BYTES)
    ):
        remote = RemoteFile(url, name, answer.total, answer.version)
        remote.keep(0, answer.body)
        head = answer.body[:HEAD_BYTES]
        return Source(name=name, path=None, data=None, head=head, size_bytes=answer.total, remote=remote)
    try:
        if answer is None or answer.status != 200:
            answer = client.get(None, None, at_most=_LARGEST_DOWNLOAD_BYTES)
    except TooLongError:
        raise SourceUnreadable(
            f"{name}: the server gives no parts of it, and the whole is more than "
            f"{_LARGEST_DOWNLOAD_BYTES / 2**20:,.0f} MiB.",
            cure="Download it, and give the file.",
        ) from None
    if not answer.body:
        raise EmptySource(f"{name}: the file is empty (0 bytes).", cure="Check that it was uploaded whole.")
    data = answer.body
    return Source(name=name, path=None, data=data, head=data[:HEAD_BYTES], size_bytes=len(data))


def without_secrets(url: str) -> str:
    """Return an address as it may be shown: no user, no password, no query.

    Examples
    --------
    >>> without_secrets("https://ann:pass@example.org:8443/my%20talk.wav?token=abc#t=1")
    'https://example.org:8443/my talk.wav'
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # the cause would show the address
        raise ParameterError("The address is malformed.", cure="Check its server and port.") from None
    return printable(f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{unquote(parts.path)}")
