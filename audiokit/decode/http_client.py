"""One file on one web server, asked for by ranges through fsspec and aiohttp."""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import dataclass
from typing import Any

from audiokit.decode.source import printable
from audiokit.errors import InputError, ParameterError, SourceNotFound, SourceUnreadable

__all__ = ["Answer", "Client", "TooLongError"]

_CHUNK_BYTES = 65_536
_CONNECT_SECONDS = 10.0
_STALL_SECONDS = 30.0  # without a byte
_SLOWEST_BYTES_A_SECOND = 4096  # a server that drips is a stalled one
_PARTS = re.compile(r"bytes (\d+)-(\d+)/(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said.

    Parameters
    ----------
    status : int
        200 (the whole), 206 (a part) or 416 (there is no such part); any other has become an error.
    reason : str
        The status in words.
    start : int or None
        Of a part, in bytes; None where the answer is no part.
    total : int or None
        Length of the whole in bytes, as a part states it.
    version : str
        As the server marks this content; changes with it.
    body : bytes
        What came.
    """

    status: int
    reason: str
    start: int | None
    total: int | None
    version: str
    body: bytes


class TooLongError(Exception):
    """The answer holds more than was asked for, or may be held."""


class Client:
    """Asks for one file; every failure becomes an error of ours, without the address' secrets.

    Safe for several threads, and after a fork.

    Parameters
    ----------
    url : str
        With whatever secrets it holds; it is never shown.
    name : str
        For messages.
    """

    def __init__(self, url: str, name: str) -> None:
        self._url, self._name = url, name
        self._made: tuple[int, Any] | None = None
        self._lock = threading.Lock()

    def get(self, first: int | None, last: int | None, *, at_most: int) -> Answer:
        """Ask for the bytes first..last, or for all; once more where the connection broke.

        Raises
        ------
        TooLongError
            If more than `at_most` bytes come.
        SourceNotFound, SourceUnreadable
            With what the server said.
        ParameterError
            For a malformed address.
        """
        import aiohttp
        from fsspec.asyn import sync

        broke = (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, ConnectionResetError)
        files = self._filesystem()
        for is_last in (False, True):
            try:
                answer: Answer = sync(files.loop, _ask, files, self._url, first, last, at_most)
            except broke as error:
                if is_last:
                    raise self._explained(error) from None
            except TooLongError:
                raise
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise self._explained(error) from None  # its text and its cause would show the address
            else:
                return self._checked(answer)
        raise AssertionError  # the loop returns or raises

    def _filesystem(self) -> Any:
        with self._lock:
            if self._made is None or self._made[0] != os.getpid():  # its thread does not survive a fork
                import aiohttp
                import fsspec

                timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_STALL_SECONDS)
                files = fsspec.filesystem(
                    "http",
                    skip_instance_cache=True,  # it would stay for ever
                    encoded=self._url.isascii() and " " not in self._url,  # a signature holds for its very spelling
                    client_kwargs={"timeout": timeout, "trust_env": True},  # the machine's proxy, where there is one
                )
                self._made = os.getpid(), files
            return self._made[1]

    def _checked(self, answer: Answer) -> Answer:
        if answer.status in (200, 206, 416):
            return answer
        said = f"the server answered {answer.status} {printable(answer.reason)[:100]}".rstrip()
        if answer.status in (404, 410):
            raise SourceNotFound(f"{self._name}: {said}.", cure="Check the address.")
        cure = {
            401: "Give an address with its user and password, or download the file and give that.",
            403: "Check that the address still holds (a signed one ends), and that you may read it.",
            429: "Wait, then try again.",
        }.get(answer.status, "Try again later, or download the file and give that.")
        raise SourceUnreadable(f"{self._name}: {said}.", cure=cure)

    def _explained(self, error: Exception) -> InputError:
        import aiohttp

        cure = "Check the address and the network."
        if isinstance(error, aiohttp.NonHttpUrlRedirectClientError):
            why, cure = "the server leads on to what is no web address, which is not followed", "Give the file itself."
        elif isinstance(error, aiohttp.InvalidURL):
            return ParameterError(f"{self._name}: the address, or one it leads to, is malformed.", cure="Check it.")
        elif isinstance(error, aiohttp.TooManyRedirects):
            why = "the server leads from address to address without an end"
        elif isinstance(error, TimeoutError):
            why, cure = f"the server did not answer, or stalled for {_STALL_SECONDS:g} s", "Try again later."
        elif isinstance(error, aiohttp.ClientConnectorCertificateError):
            why = "the server's certificate is not trusted"
        elif isinstance(error, aiohttp.ClientConnectorError):
            reason = printable(error.os_error.strerror or type(error.os_error).__name__)
            why = f"there is no connection to the server ({reason})"
        elif isinstance(error, (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, ConnectionResetError)):
            why, cure = "the connection broke off", "Try again later."
        else:
            why = f"the server's answer cannot be understood ({type(error).__name__})"
        return SourceUnreadable(f"{self._name}: {why}.", cure=cure)


async def _ask(files: Any, url: str, first: int | None, last: int | None, at_most: int) -> Answer:
    headers = {"Accept-Encoding": "identity"} | ({} if first is None else {"Range": f"bytes={first}-{last}"})
    session = await files.set_session()
    began = time.monotonic()
    async with session.get(files.encode_url(url), headers=headers) as response:
        head = response.headers
        part = _PARTS.match(head.get("Content-Range", "")) if response.status == 206 else None
        packed = head.get("Content-Encoding", "identity").lower() not in ("identity", "")
        body = bytearray()
        if response.status in (200, 206):
            if response.status == 200 and int(head.get("Content-Length") or 0) > at_most:
                raise TooLongError
            async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                body += chunk
                if len(body) > at_most:
                    raise TooLongError
                if time.monotonic() - began > _STALL_SECONDS + len(body) / _SLOWEST_BYTES_A_SECOND:
                    raise TimeoutError
        return Answer(
            status=response.status,
            reason=response.reason or "",
            start=int(part[1]) if part and not packed else None,
            total=int(part[3]) if part else 0 if head.get("Content-Range") == "bytes */0" else None,
            version=head.get("ETag") or head.get("Last-Modified") or "",
            body=bytes(body),
        )
