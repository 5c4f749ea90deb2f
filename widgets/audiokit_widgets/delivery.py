"""How a sound's bytes reach a page: in it, as the file itself, or in pieces; and once in a notebook."""

from __future__ import annotations

import base64
import hashlib
import html
import math
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from weakref import WeakValueDictionary

import numpy as np

from audiokit.errors import ParameterError
from audiokit.levels import blocks_of, quantised

if TYPE_CHECKING:
    from audiokit.audio import Audio

__all__ = [
    "Embedded",
    "Ownership",
    "Place",
    "Preview",
    "audio_html",
    "embedded",
    "here",
    "lossless_seconds",
    "ownership_of",
    "remade_pictures",
]

Preview = Literal["auto", "always", "never"]
_LOSSLESS_SECONDS = {"auto": 90.0, "always": 0.0, "never": math.inf}
_LEAST_RATE, _MOST_RATE = 8_000, 96_000  # what every browser decodes to (Web Audio API 1.1)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A complete file for an ``<audio>`` element.

    Parameters
    ----------
    data : bytes
        The file.
    mime_type : str
        ``audio/flac`` or ``audio/mpeg``.
    note : str
        What a listener should know of it.
    digest : str
        SHA-256 of `data`, in hexadecimal.
    heard_channels : int
        How many of the sound's channels are in it: all, or one that is their mean.
    """

    data: bytes
    mime_type: str
    note: str
    digest: str
    heard_channels: int


def lossless_seconds(preview: str) -> float:
    """Up to which length a sound is embedded without loss.

    Examples
    --------
    >>> lossless_seconds("auto"), lossless_seconds("never")
    (90.0, inf)
    """
    if preview not in _LOSSLESS_SECONDS:
        raise ParameterError(f'preview must be "auto", "always" or "never", got {preview!r}.')
    return _LOSSLESS_SECONDS[preview]


def embedded(audio: Audio, preview: str = "auto") -> Embedded:
    """Compress a sound for a page, as `audiokit.embed.playable`; what is not finite is silence.

    Parameters
    ----------
    audio : Audio
        At least one frame.
    preview : {"auto", "always", "never"}
        An MP3 preview beyond 90 s and FLAC up to there; or one of them whatever the length.

    Returns
    -------
    Embedded
    """
    from audiokit.embed import playable

    if not np.isfinite(audio.samples.sum(dtype=np.float64)):
        audio = replace(audio, samples=np.nan_to_num(audio.samples, nan=0.0, posinf=0.0, neginf=0.0))
    made = playable(audio, lossless_seconds=lossless_seconds(preview))
    heard = audio.channels if made.mime_type == "audio/flac" or audio.channels <= 2 else 1
    return Embedded(made.data, made.mime_type, made.note, hashlib.sha256(made.data).hexdigest(), heard)


def audio_html(sound: Embedded, title: str) -> str:
    """Write an ``<audio>`` element that holds its sound; its attributes pass JupyterLab's sanitiser."""
    source = f"data:{sound.mime_type};base64,{base64.b64encode(sound.data).decode('ascii')}"
    return f'<audio controls src="{source}" title="{html.escape(title)}" style="width:100%"></audio>'


def remade_pictures(audio: Audio, made: Embedded) -> list[str]:
    """Which pictures a page makes again of the bytes that it holds, so that it need not hold them too.

    The overviews, where the bytes give back the very samples that they were made from, and a page decodes them at once.

    Returns
    -------
    list of str
        Traits of `Sound`.
    """
    whole = made.mime_type == "audio/flac" and audio.duration_seconds <= _LOSSLESS_SECONDS["auto"]
    if not whole or not _LEAST_RATE <= audio.sample_rate <= _MOST_RATE:
        return []
    same = all(
        np.isfinite(block).all() and np.array_equal(quantised(block, 16) / np.float32(32768), block)
        for block in blocks_of(audio.samples)
    )
    return ["mel_overview", "linear_overview"] if same else []


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a notebook something is shown.

    Parameters
    ----------
    cell : str
        The cell; stays the same when it is run again.
    execution : str
        One run of it.
    """

    cell: str
    execution: str


def here() -> Place | None:
    """Find the cell that is being run; None outside of a kernel.

    JupyterLab says which cell a request comes from (``cellId``). Of other hosts the cell's code must tell it apart.
    """
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    if not parent or "header" not in parent:
        return None
    code = str(parent.get("content", {}).get("code", ""))
    cell = parent.get("metadata", {}).get("cellId") or hashlib.sha256(code.encode()).hexdigest()
    return Place(str(cell), str(parent["header"].get("msg_id", "")))


class Ownership:
    """Who shows a sound's bytes in the static page: the first cell, so that a notebook holds them once."""

    def __init__(self) -> None:
        self._place: Place | None = None
        self._view: str = ""

    def claims(self, view: str, place: Place | None) -> bool:
        """Tell whether this view, shown here, is the one to hold the sound.

        Outside of a kernel every view is. The owner's cell embeds it again when it is run again; within a run, only
        the view that had it does.

        Parameters
        ----------
        view : str
            Which view, for example its model's number.
        place : Place or None
            See `here`.

        Returns
        -------
        bool
        """
        if place is None:
            return True
        owner = self._place
        if owner is not None and owner.cell != place.cell:
            return False
        if owner is not None and owner.execution == place.execution:
            return view == self._view
        self._place, self._view = place, view
        return True


# By the hash of a file's bytes, as long as somebody shows them
_OWNERSHIPS: WeakValueDictionary[str, Ownership] = WeakValueDictionary()


def ownership_of(digest: str) -> Ownership:
    """Who shows these bytes: one answer for all that would, whatever kind of view they are; to be kept by who asks.

    Parameters
    ----------
    digest : str
        SHA-256 of the bytes, in hexadecimal.

    Returns
    -------
    Ownership
    """
    return _OWNERSHIPS.setdefault(digest, Ownership())
