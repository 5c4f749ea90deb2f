"""What to say of a file that is not there."""

from __future__ import annotations

import os
import re
from pathlib import Path

from audiokit.decode.remote import without_secrets
from audiokit.decode.source import printable, shortened
from audiokit.errors import SourceNotFound

__all__ = ["not_found"]


def not_found(path: str, shown: str) -> SourceNotFound:
    """Say what is at a path instead of a file: an address, a link to nothing, a file of a similar name.

    Parameters
    ----------
    path : str
        As it was given.
    shown : str
        As messages show it.

    Returns
    -------
    SourceNotFound
        To be raised.
    """
    if re.match(r"[a-z][a-z0-9+.-]*://", path, re.IGNORECASE):
        shown = shortened(without_secrets(path))
        return SourceNotFound(f"{shown}: this is an address, not a file.", cure="Download it, and give the file.")
    if Path(path).is_symlink():
        target = printable(Path(path).readlink())
        return SourceNotFound(f"{shown}: this link leads to {target}, which does not exist.", cure="Mend the link.")
    return SourceNotFound(f"{shown}: there is no such file.", cure=_near_miss(path))


def _near_miss(path: str) -> str:
    """Suggest a file of a similar name beside the missing one."""
    import difflib

    folder = Path(path).parent
    if not folder.is_dir():
        return f"The folder {shortened(printable(folder))} does not exist either; check the path."
    try:
        names = [printable(entry.name) for entry in os.scandir(folder)]
    except OSError:
        names = []
    close = difflib.get_close_matches(Path(path).name, names, n=1, cutoff=0.75)
    return (
        f"Did you mean {close[0]!r}?"
        if close
        else f"Check the name; it was looked for in {printable(folder.resolve())}."
    )
