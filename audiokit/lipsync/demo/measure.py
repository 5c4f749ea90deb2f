"""How far the demo's mouth is open, measured from the pictures of a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import DamagedAudio, ParameterError
from audiokit.lipsync.demo.face import FACE_SIZE, LEFT, TOP
from audiokit.lipsync.demo.mouth import REGION, opening_of
from audiokit.lipsync.sync import SyncOffset, loudness_at_frames, measure_offset

if TYPE_CHECKING:
    import os
    from fractions import Fraction

    from numpy.typing import NDArray

__all__ = ["film_offset", "film_openings"]


def film_openings(path: str | os.PathLike[str]) -> tuple[NDArray[np.float64], Fraction]:
    """Measure each picture of a film of the demo avatar.

    Parameters
    ----------
    path : path
        Made by `talk` with the demo avatar.

    Returns
    -------
    openings : ndarray, shape (frames,)
        See `mouth.opening_of`.
    frames_per_second : Fraction

    Raises
    ------
    ParameterError
        If its pictures are not of the demo's size.
    DamagedAudio
        If it holds no picture.
    """
    import av

    found = []
    with Path(path).open("rb") as handle, av.open(handle) as film:
        stream = film.streams.video[0]
        if (stream.height, stream.width) != (FACE_SIZE, FACE_SIZE):
            raise ParameterError(
                f"The demo's films are {FACE_SIZE} x {FACE_SIZE}, got {stream.width} x {stream.height}."
            )
        rate = stream.average_rate
        for frame in film.decode(stream):
            region = frame.to_ndarray(format="rgb24")[TOP : TOP + REGION, LEFT : LEFT + REGION]
            found.append(float(opening_of(region[np.newaxis])[0]))
    if not found or rate is None:
        raise DamagedAudio(f"{Path(path).name}: there is no picture in it.")
    return np.array(found), rate


def film_offset(path: str | os.PathLike[str], *, max_frames: int = 15) -> SyncOffset:
    """Measure a film of the demo avatar: its pictures against its own sound.

    Raises
    ------
    ParameterError
        As `film_openings` and `measure_offset`.
    """
    from audiokit.decode.read import read

    openings, rate = film_openings(path)
    sound = read(path, mono=True)
    loudness = loudness_at_frames(sound.samples[0], sound.sample_rate, rate, len(openings))
    return measure_offset(openings, loudness, max_frames=max_frames)
