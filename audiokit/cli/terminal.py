"""Text that any terminal takes, and errors in one or two lines."""

from __future__ import annotations

import os
import sys

from audiokit import errors

__all__ = ["complain", "printable"]


def printable(text: object) -> str:
    """Text that any terminal takes, whatever bytes a file name holds."""
    return os.fsencode(str(text)).decode("utf-8", "replace")


def complain(error: errors.AudiokitError) -> None:
    """Name an error on standard error, and its cure."""
    sys.stderr.write(f"audiokit: {_one_line(error.message)}\n")
    if error.cure:
        sys.stderr.write(f"  {_one_line(error.cure)}\n")


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())
