"""Files about several recordings: which one is meant."""

from __future__ import annotations

from collections.abc import Sequence

from audiokit.errors import ParameterError

__all__ = ["chosen_recording"]

_MOST_SHOWN = 10


def chosen_recording(found: Sequence[str], wanted: str | None) -> str:
    """Choose a recording.

    Parameters
    ----------
    found : sequence of str
        The names in the file.
    wanted : str, optional
        The one to read.

    Returns
    -------
    str
        ``""`` if there is none in the file and none is asked for.

    Raises
    ------
    ParameterError
        If there are several and none is named, or the one that is named is not there.

    Examples
    --------
    >>> chosen_recording(["meeting-1"], None)
    'meeting-1'
    """
    names = ", ".join(repr(name) for name in found[:_MOST_SHOWN]) + (", …" if len(found) > _MOST_SHOWN else "")
    if wanted is not None:
        if wanted not in found:
            raise ParameterError(f"Nothing is said of a recording {wanted!r}.", cure=f"In the file: {names or 'none'}.")
        return wanted
    if len(found) > 1:
        raise ParameterError(
            f"The file is about {len(found)} recordings, wanted one: {names}.", cure=f"Name it: recording={found[0]!r}."
        )
    return found[0] if found else ""
