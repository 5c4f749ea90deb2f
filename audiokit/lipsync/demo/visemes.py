"""From the sounds of a language to mouth shapes over time.

A table gives each sound of the International Phonetic Alphabet a shape; between sounds the mouth moves smoothly, as
articulators do (coarticulation), and lips that close for "m", "b", "p" do close.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.lipsync.demo.mouth import CLOSED, MouthShape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["shape_of", "trajectory"]

_TABLE: dict[str, MouthShape] = {
    "mbp": CLOSED,
    "fv": MouthShape(0.08, 0.1, 0.25, 1.0),
    "tdnlɾ": MouthShape(0.20, 0.2, 0.35),
    "szθð": MouthShape(0.12, 0.4, 0.65),
    "ʃʒ": MouthShape(0.18, -0.5, 0.6),
    "kg\u0261ŋhx\u0263q\u0294ç": MouthShape(0.30, 0.05, 0.3),
    "rɹʁɚɝ": MouthShape(0.24, -0.35, 0.3),
    "wuʊyʉ": MouthShape(0.20, -1.0, 0.1),
    "oɔøœ": MouthShape(0.50, -0.75, 0.1),
    "a\u0251ɒɐ": MouthShape(1.0, 0.0, 0.2),
    "æ": MouthShape(0.85, 0.4, 0.3),
    "ʌəɜɤᵻ": MouthShape(0.45, 0.05, 0.25),
    "eɛ": MouthShape(0.55, 0.45, 0.4),
    "i\u026ajɨ": MouthShape(0.26, 0.9, 0.5),
}
_SHAPES = {sound: shape for sounds, shape in _TABLE.items() for sound in sounds}

_SMOOTH_SECONDS = 0.050
_CLOSING_SECONDS = 0.08  # after the last sound, until the mouth is closed


def shape_of(sound: str) -> MouthShape | None:
    """Shape of the first sign of a sound that has one; None for a pause, and for what the table does not hold."""
    return next((_SHAPES[sign] for sign in sound if sign in _SHAPES), None)


def trajectory(
    sounds: Sequence[tuple[float, str]], duration_seconds: float, frame_times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mouth shapes at given times.

    Parameters
    ----------
    sounds : sequence of (start in seconds, sound)
        In order; a sound lasts until the next one begins. A sound without a shape is a pause.
    duration_seconds : float
        End of the last one.
    frame_times : ndarray, shape (frames,)
        In seconds, evenly spaced.

    Returns
    -------
    ndarray, shape (frames, 4)
    """
    times, shapes = [-1.0], [CLOSED.array()]
    ends = [start for start, _ in sounds[1:]] + [duration_seconds]
    for (start, sound), end in zip(sounds, ends, strict=True):
        shape = shape_of(sound)
        middle = 0.5 * (start + end)
        if shape is None:
            if end - start > _CLOSING_SECONDS:  # a pause: closed from soon after its beginning to just before its end
                times += [start + _CLOSING_SECONDS, max(start + _CLOSING_SECONDS + 1e-4, end - 0.03)]
                shapes += [CLOSED.array(), CLOSED.array()]
        elif shape == CLOSED:  # lips meet for the whole sound, however short
            times += [start + 0.25 * (end - start), start + 0.75 * (end - start)]
            shapes += [shape.array(), shape.array()]
        else:
            times.append(middle)
            shapes.append(shape.array())
    times += [duration_seconds + _CLOSING_SECONDS, duration_seconds + 2.0]
    shapes += [CLOSED.array(), CLOSED.array()]
    order = np.argsort(times, kind="stable")
    at, values = np.asarray(times)[order], np.asarray(shapes)[order]
    moved = np.stack([np.interp(frame_times, at, values[:, column]) for column in range(4)], axis=1)
    step = float(frame_times[1] - frame_times[0]) if len(frame_times) > 1 else 1.0
    taps = max(1, round(_SMOOTH_SECONDS / step))
    kernel = np.hanning(taps + 2)[1:-1]
    kernel /= kernel.sum()
    padded = np.pad(moved, ((taps // 2, taps - 1 - taps // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(padded[:, column], kernel, mode="valid") for column in range(4)], axis=1)
