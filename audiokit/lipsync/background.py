"""What lies behind a face: a colour, a picture, or a film that begins again at its end."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from audiokit.decode.source import printable
from audiokit.errors import DamagedAudio, ParameterError, SourceNotFound, UnrecognisedFormat
from audiokit.lipsync.compositor import resized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Background", "open_background"]

_USUAL = (225, 232, 240)
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_NAMES = {"green": (0, 177, 64), "white": (255, 255, 255), "black": (0, 0, 0), "grey": (128, 128, 128)}


class Background:
    """A background of a certain size; use it as a context.

    Parameters
    ----------
    height, width : int
        Of the frames.
    still : ndarray, shape (height, width, 3), uint8, optional
        A colour or picture.
    film : Path, optional
        A film.
    """

    def __init__(
        self, height: int, width: int, still: NDArray[np.uint8] | None = None, film: Path | None = None
    ) -> None:
        self._size = (height, width)
        self._still = still
        self._film = film
        self._frames: Iterator[tuple[Fraction, NDArray[np.uint8]]] | None = None
        self._now: NDArray[np.uint8] | None = still
        self._next: tuple[Fraction, NDArray[np.uint8]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._frames = self._next = None

    def at(self, seconds: Fraction) -> NDArray[np.uint8]:
        """Return the picture at a time; times only go on.

        Raises
        ------
        DamagedAudio
            If the film cannot be decoded.
        """
        if self._film is None:
            assert self._still is not None
            return self._still
        if self._frames is None:
            self._frames = self._round_and_round(self._film)
            self._next = next(self._frames)
        while self._next is not None and self._next[0] <= seconds:
            self._now = self._next[1]
            self._next = next(self._frames)
        if self._now is None:  # a film whose first picture comes late
            assert self._next is not None
            self._now = self._next[1]
        return self._now

    def _round_and_round(self, path: Path) -> Iterator[tuple[Fraction, NDArray[np.uint8]]]:
        began = Fraction(0)
        while True:
            first, last, step = None, Fraction(0), Fraction(1, 25)
            for time, picture in _pictures(path):
                first = time if first is None else first
                step = time - first - last or step
                last = time - first
                yield began + last, fitted(picture, *self._size)
            if first is None:
                raise DamagedAudio(f"{printable(path)}: no picture of it can be decoded.")
            began += last + step


def open_background(background: Any, height: int, width: int) -> Background:
    """Make a background.

    Parameters
    ----------
    background : None, str, path, tuple of int or ndarray
        None is a light grey-blue. ``"#rrggbb"``, ``"green"``, ``"white"``, ``"black"`` or ``"grey"``, or three numbers
        from 0 to 255, are a colour. An array (H, W, 3) of uint8, or a file of a picture, is brought to cover the frame,
        what is beyond cut off; and so is each frame of a film, which begins again at its end.
    height, width : int
        Of the frames.

    Raises
    ------
    ParameterError
        For anything else.
    SourceNotFound
        If there is no such file.
    UnrecognisedFormat
        If the file is neither picture nor film.
    """
    colour = _colour(background)
    if colour is not None:
        still = np.empty((height, width, 3), np.uint8)
        still[:] = colour
        return Background(height, width, still)
    if isinstance(background, np.ndarray):
        if background.ndim != 3 or background.shape[2] != 3 or background.dtype != np.uint8 or not background.size:
            raise ParameterError(
                f"A picture has shape (H, W, 3) in uint8, got {background.shape} in {background.dtype}."
            )
        return Background(height, width, fitted(background, height, width))
    if not isinstance(background, (str, os.PathLike)):
        raise ParameterError(f"A background is a colour, a picture or a film, got {type(background).__name__}.")
    path = Path(background)
    if not path.is_file():
        raise SourceNotFound(
            f"{printable(path)}: there is no such file, and no colour of that name.",
            cure="A colour is written '#e1e8f0'.",
        )
    start = [picture for _, (_, picture) in zip(range(2), _pictures(path), strict=False)]
    if not start:
        raise UnrecognisedFormat(f"{printable(path)}: this is neither a picture nor a film.")
    if len(start) == 1:
        return Background(height, width, fitted(start[0], height, width))
    return Background(height, width, film=path)


def _colour(background: Any) -> tuple[int, ...] | None:
    """Return red, green and blue; None for what is no colour."""
    if background is None:
        return _USUAL
    if isinstance(background, str):
        if _HEX.fullmatch(background):
            return tuple(bytes.fromhex(background[1:]))
        return _NAMES.get(background.lower())
    if not isinstance(background, tuple):
        return None
    if len(background) != 3 or not all(isinstance(part, int) and 0 <= part <= 255 for part in background):
        raise ParameterError(f"A colour is three whole numbers from 0 to 255, got {background!r}.")
    return background


def fitted(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Scale a picture until it covers a size, and cut off what is beyond, alike on both sides."""
    if picture.shape[:2] == (height, width):
        return picture
    scale = max(height / picture.shape[0], width / picture.shape[1])
    rows = min(picture.shape[0], max(1, round(height / scale)))
    columns = min(picture.shape[1], max(1, round(width / scale)))
    top, left = (picture.shape[0] - rows) // 2, (picture.shape[1] - columns) // 2
    part = resized(picture[top : top + rows, left : left + columns], height, width)
    return np.rint(part).astype(np.uint8)


def _pictures(path: Path) -> Iterator[tuple[Fraction, NDArray[np.uint8]]]:
    import av

    with path.open("rb") as handle:  # a handle: FFmpeg would take a colon in a name for a protocol
        try:
            container = av.open(handle)
        except (OSError, ValueError) as error:
            raise UnrecognisedFormat(f"{printable(path)}: this is neither a picture nor a film.") from error
        with container:
            if not container.streams.video:
                raise UnrecognisedFormat(f"{printable(path)}: there is no picture in it.")
            stream = container.streams.video[0]
            try:
                for index, frame in enumerate(container.decode(stream)):
                    time = Fraction(index, 25) if frame.pts is None else frame.pts * Fraction(stream.time_base)
                    yield time, frame.to_ndarray(format="rgb24")
            except (OSError, ValueError) as error:
                raise DamagedAudio(f"{printable(path)}: its pictures cannot be decoded ({error}).") from error
