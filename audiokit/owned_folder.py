"""Temporary folders that go with whoever made them; what a killed process left goes when the next one is made."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Self

if sys.platform != "win32":  # there a folder goes with its object and its process, and stays where that is killed
    import fcntl

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["OwnedFolder"]

_MARK = ".owned"  # ends the name of a folder that somebody has a lock on as long as it is in use


class OwnedFolder:
    """A temporary folder, removed with this object, at the end of its process, or after that when it was killed.

    The folder is locked (`flock`) as long as its process lives, or one that was forked from it. Whoever makes another
    one with the same prefix looks for folders whose lock nobody has, and removes them. Where a file system knows no
    locks, nothing is marked, and nothing is removed that way.

    Parameters
    ----------
    prefix : str
        Of its name, for example ``audiokit-training-``. ``TMPDIR`` says where it is.

    Attributes
    ----------
    path : Path
        The folder.

    Examples
    --------
    >>> with OwnedFolder("audiokit-example-") as path:
    ...     (path / "a.txt").write_text("a")
    ...     path.is_dir()
    1
    True
    >>> path.exists()
    False
    """

    def __init__(self, prefix: str) -> None:
        _clear(prefix)
        self.path, lock = _made(prefix)
        self._remove = weakref.finalize(self, _removed, self.path, lock, os.getpid())

    def cleanup(self) -> None:
        """Remove the folder now; in a forked copy, nothing."""
        self._remove()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cleanup()

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        raise TypeError("A folder that belongs to a process cannot be handed to another one; give its path.")


def _made(prefix: str) -> tuple[Path, int | None]:
    """Make a folder and lock it."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix, suffix=_MARK))
        with contextlib.suppress(FileNotFoundError, BlockingIOError):  # who clears up was faster
            lock = _lock(path)
            if lock is None:  # without a lock the mark would be a lie
                return path.rename(path.with_suffix("")), None
            if path.is_dir():
                return path, lock
            os.close(lock)


def _lock(path: Path) -> int | None:
    """Lock a folder and return what holds the lock; None where nothing can be locked.

    Never waits: a lock can be held as long as a process lives that was forked from the one that clears up.

    Raises
    ------
    FileNotFoundError
        The folder is gone.
    BlockingIOError
        Another process has the lock.
    """
    if sys.platform == "win32":
        return None
    handle = None
    try:
        handle = os.open(path, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if handle is not None:
            os.close(handle)
        if isinstance(error, (FileNotFoundError, BlockingIOError)):
            raise
        return None
    return handle


def _clear(prefix: str) -> None:
    """Remove the marked folders of this user whose lock nobody has."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as listing:
        for item in listing:
            if not (item.name.startswith(prefix) and item.name.endswith(_MARK)):
                continue
            with contextlib.suppress(OSError):
                mine = item.stat(follow_symlinks=False).st_uid == os.getuid()
                if not (mine and item.is_dir(follow_symlinks=False)):
                    continue
                lock = _lock(Path(item.path))
                if lock is not None:
                    shutil.rmtree(item.path, ignore_errors=True)
                    os.close(lock)


def _removed(path: Path, lock: int | None, owner: int) -> None:
    if os.getpid() == owner:  # a forked copy of the object dies too
        shutil.rmtree(path, ignore_errors=True)
        if lock is not None:
            os.close(lock)
