"""A file that is there whole, or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audiokit.decode.source import printable
from audiokit.errors import AudiokitError, OutputExists, OutputUnwritable

__all__ = ["check_no_input", "whole_file"]


@contextmanager
def whole_file(path: str | os.PathLike[str], *, overwrite: bool = True) -> Iterator[Path]:
    """Give a place beside a path to write to, and move what is there to the path when all went well.

    Parameters
    ----------
    path : str or os.PathLike
        Of the file to be; where a link leads to another file, that one is replaced and the link stays. A file that is
        replaced hands on its permissions.
    overwrite : bool
        Whether a file may be there already.

    Yields
    ------
    Path
        An empty file in the same folder.

    Raises
    ------
    OutputExists
        If there is a file and `overwrite` is False, even one that another program made meanwhile.
    OutputUnwritable
        If the path is a folder or a device, its folder is missing, writing is not permitted, or the disk is full; also
        for OutputUnwritable raised inside, with the path put before its message.
    """
    target = Path(path)
    shown = printable(target)
    place, mode = _checked(target, shown, overwrite=overwrite)
    beside = place.with_name(f".audiokit-{secrets.token_hex(8)}.tmp")
    try:
        beside.open("xb").close()  # not by tempfile: a new file gets the permissions that are usual here
        if mode is not None:
            beside.chmod(stat.S_IMODE(mode))
        yield beside
        _move(beside, place, shown, overwrite=overwrite)
    except OutputUnwritable as error:
        raise OutputUnwritable(f"{shown}: {error.message}", cure=error.cure) from error
    except AudiokitError:  # of what is written, or of what it is made from: not the file's fault
        raise
    except PermissionError as error:
        raise OutputUnwritable(
            f"{shown}: writing in its folder is not permitted.", cure="Choose a folder of yours."
        ) from error
    except OSError as error:
        raise OutputUnwritable(
            f"{shown}: it cannot be written ({error.strerror or error}).", cure="Check the disk or the path."
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def check_no_input(path: str | os.PathLike[str], inputs: Iterable[Any]) -> None:
    """Refuse to replace what something is made of.

    Parameters
    ----------
    path : str or os.PathLike
        Of the file to be.
    inputs : iterable
        What is read; all that are no paths of files that exist are passed over.

    Raises
    ------
    OutputExists
        If the path leads to one of them, under whatever name.
    """
    for given in inputs:
        if not isinstance(given, (str, os.PathLike)):
            continue
        try:
            same = Path(path).samefile(os.fsdecode(given))
        except (OSError, ValueError):  # one of them is not there
            continue
        if same:
            raise OutputExists(
                f"{printable(path)}: this is the file that is read, and is not replaced.", cure="Choose another name."
            )


def _checked(target: Path, shown: str, *, overwrite: bool) -> tuple[Path, int | None]:
    """Return the place of the file to be, and the mode of the one that is there."""
    if "\0" in os.fspath(target):
        raise OutputUnwritable(f"{shown}: the path contains a null character.", cure="Check the path.")
    try:
        place = target.resolve() if target.is_symlink() else target
        mode = place.stat().st_mode if place.exists() else None
        has_folder = place.parent.is_dir()
    except (OSError, ValueError, RuntimeError) as error:  # a loop of links; characters that no file system takes
        raise OutputUnwritable(f"{shown}: it cannot be written ({error}).", cure="Check the path.") from error
    if mode is not None and not stat.S_ISREG(mode):
        raise OutputUnwritable(f"{shown}: this is no file, and is not replaced.", cure="Name a file.")
    if mode is not None and not overwrite:
        raise _exists(shown)
    if not has_folder:
        raise OutputUnwritable(f"{shown}: its folder does not exist.", cure="Make it first: Path(...).parent.mkdir().")
    return place, mode


def _move(beside: Path, place: Path, shown: str, *, overwrite: bool) -> None:
    if not overwrite:
        try:
            place.hardlink_to(beside)  # fails if another made the file meanwhile; a move would replace it
        except FileExistsError:
            raise _exists(shown) from None
        except (OSError, NotImplementedError):  # a file system without links
            if place.exists():
                raise _exists(shown) from None
        else:
            return
    beside.replace(place)


def _exists(shown: str) -> OutputExists:
    return OutputExists(f"{shown}: there is a file already.", cure="Choose another name, or pass overwrite=True.")
