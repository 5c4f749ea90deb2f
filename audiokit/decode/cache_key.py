"""What identifies decoded sound: the file as it stands, how it is to be read, and which decoders read it."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import numbers
import os
import stat
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.source import open_source, printable
from audiokit.errors import ParameterError, SourceUnreadable

if TYPE_CHECKING:
    from audiokit.decode.router import Router

__all__ = ["Key", "TrackedFile", "cache_key", "decoders", "key_digest", "settings"]

Key = tuple[Hashable, ...]


class TrackedFile:
    """A file whose state is asked again and again, for one ``os.stat`` each time.

    Parameters
    ----------
    path : str or os.PathLike
        As the user gave it; it may lead through links, and be relative to a working directory that changes.

    Notes
    -----
    Finding the real path takes a system call for each of its folders. It is kept for as long as the path leads to the
    same file, that is to the same device and inode.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._found: tuple[int, int, str] | None = None

    def state(self) -> tuple[str, int, int]:
        """Return the real path, the time of the last change in nanoseconds, and the size in bytes.

        Raises
        ------
        InputError
            If there is no such file, or it is none.
        """
        try:
            status = os.stat(self.path)  # noqa: PTH116 - Path().stat() costs as much again as the system call
        except (OSError, ValueError) as error:
            open_source(self.path)  # says what is wrong, and the cure
            raise SourceUnreadable(f"{printable(self.path)}: it cannot be looked at ({error}).") from error
        if not stat.S_ISREG(status.st_mode):
            open_source(self.path)
            raise SourceUnreadable(f"{printable(self.path)}: this is not a file.", cure="Give the path of a file.")
        found = self._found
        # An inode of 0 is a file system's way to say that it has none.
        if found is None or not status.st_ino or found[0] != status.st_ino or found[1] != status.st_dev:
            found = self._found = (status.st_ino, status.st_dev, os.path.realpath(self.path))
        return found[2], status.st_mtime_ns, status.st_size


def cache_key(
    path: str | os.PathLike[str],
    *,
    offset_seconds: float = 0.0,
    duration_seconds: float | None = None,
    router: Router | None = None,
    **parameters: object,
) -> Key:
    """Make the key under which a decoded file is kept.

    Parameters
    ----------
    path : path
        Of an existing file.
    offset_seconds, duration_seconds : float
        Span of it.
    router : Router, optional
        Which decoders read it; the default ones if None.
    **parameters
        All else that the samples depend on, for example ``sample_rate`` and ``mono``: numbers, strings, None, tuples
        and dataclasses of these.

    Returns
    -------
    tuple
        Real path, time of the last change (ns), size (bytes), offset, duration, parameters, and a digest of the
        decoders with their versions.

    Raises
    ------
    InputError
        If there is no such file.
    ParameterError
        For a parameter of another type.

    Notes
    -----
    A file that is rewritten with the same size so soon that its time does not change (the clocks of file systems tick
    in milliseconds, FAT's in two seconds), or whose time is set back on purpose, looks as before: its old sound is
    found. ``use_cache=False`` reads the file whatever its time.
    """
    from audiokit.decode.router import default_router

    duration = None if duration_seconds is None else float(duration_seconds)
    state = TrackedFile(path).state()
    return (*state, float(offset_seconds), duration, settings(parameters), decoders(router or default_router()))


def settings(parameters: Mapping[str, object]) -> Key:
    """Turn parameters into the part of a key that they are."""
    return tuple((name, plain(value, name)) for name, value in sorted(parameters.items()))


def decoders(router: Router) -> str:
    """Digest what reads files: the backends with their versions, and the routes to them.

    Backends are told apart by class, name and version; their protocol asks for no more.
    """
    return _digest(_Same(router))


class _Same:
    """A router that equals only itself: its table of backends cannot be hashed."""

    def __init__(self, router: Router) -> None:
        self.router = router

    def __hash__(self) -> int:
        return id(self.router)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.router is self.router


@functools.lru_cache(maxsize=16)  # a router does not change
def _digest(same: _Same) -> str:
    registered, routes = same.router.registered, same.router.routes
    backends = sorted((name, backend.version, type(backend).__qualname__) for name, backend in registered.items())
    return key_digest((*backends, *(plain(route, "route") for route in routes)))


def plain(value: Any, name: str) -> Hashable:
    """Turn a parameter into values that compare, and print, the same in every process.

    Examples
    --------
    >>> plain(np.int64(16000), "sample_rate"), plain((1, "a", None), "b")
    (16000, (1, 'a', None))
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, tuple):
        return tuple(plain(item, name) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (type(value).__qualname__, *(plain(getattr(value, f.name), name) for f in dataclasses.fields(value)))
    raise ParameterError(
        f"{name}: a {type(value).__name__} cannot tell cached sounds apart.",
        cure="Give numbers, strings, None, or tuples and dataclasses of these.",
    )


def key_digest(key: Key) -> str:
    """Shorten a key to 32 hexadecimal digits, the same in every process and on every machine.

    Examples
    --------
    >>> key_digest(("/a.wav", 1, 2))
    '4a7fc0eae5412b0a0a872f6eba2b6cb2'
    """
    return hashlib.blake2b(ascii(key).encode("ascii"), digest_size=16).hexdigest()
