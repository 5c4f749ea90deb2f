"""The mel spectrogram of a whole recording as a small palette picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit_widgets.bands import bands_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit_widgets.scan import Scan

__all__ = ["MAGMA", "MelPicture", "mel_picture"]

_LEVELS = 64
_RANGE_DB = 80.0

# Nine stations of matplotlib's magma (CC0), between which the palette runs straight.
_STATIONS = (
    (0, 0, 4),
    (28, 16, 68),
    (79, 18, 123),
    (129, 37, 129),
    (181, 54, 122),
    (229, 80, 100),
    (251, 135, 97),
    (254, 194, 135),
    (252, 253, 191),
)


def _palette() -> NDArray[np.uint8]:
    stations = np.array(_STATIONS, dtype=np.float64)
    at = np.linspace(0, len(stations) - 1, _LEVELS)
    channels = [np.interp(at, np.arange(len(stations)), stations[:, c]) for c in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


MAGMA = _palette()


@dataclass(frozen=True, slots=True)
class MelPicture:
    """A mel spectrogram as a small palette picture.

    Parameters
    ----------
    levels : ndarray, shape (bands, columns), uint8
        Indices into `MAGMA`; row 0 is the highest band, columns are equal spans of time.
    axis : dict
        For JSON: ``max_hz``, ``bands``, ``range_db`` and ``ticks``, a list of ``{"hz", "fraction"}`` where the
        fraction is 0 at the bottom of the picture and 1 at its top; ``sampled`` is the part of the sound that the
        windows covered.
    """

    levels: NDArray[np.uint8]
    axis: dict[str, Any]

    def png(self) -> bytes:
        """Encode as a palette PNG."""
        from PIL import Image

        image = Image.fromarray(self.levels)
        image.putpalette(MAGMA.tobytes())
        out = io.BytesIO()
        image.save(out, format="PNG", optimize=True)
        return out.getvalue()


def mel_picture(scan: Scan) -> MelPicture:
    """Draw the mel spectrogram at the sound's own rate, 80 dB deep: the scan's overview, in fewer and relative levels.

    What is spread evenly over all frequencies looks even, whatever the width of the bands; 0 dB is the loudest cell.

    Parameters
    ----------
    scan : Scan
        What has not been scanned stays dark.

    Returns
    -------
    MelPicture
        At most 1024 columns.

    Raises
    ------
    ParameterError
        If the scan makes no mel overview.
    """
    seen = scan.overview("mel")
    db = seen.decibels - 10.0 * np.log10(bands_of("mel", scan.sample_rate).gain[::-1, np.newaxis])
    loudest = float(seen.decibels.max())
    # the loudest cell, but never one below -120 dBFS: silence stays dark
    top = float(db.max()) + max(seen.top_dbfs - loudest, 0.0) if np.isfinite(loudest) else 0.0
    depth = db - top + _RANGE_DB
    levels = np.clip(depth * ((_LEVELS - 1) / _RANGE_DB), 0, _LEVELS - 1).round().astype(np.uint8)
    # The overview's last column may reach beyond the end of the sound, the picture's ends with it.
    count = levels.shape[1]
    middles = (np.arange(count) + 0.5) * (scan.duration_seconds / count / seen.hop_seconds)
    axis = {
        "max_hz": seen.max_hz,
        "bands": seen.bands,
        "range_db": _RANGE_DB,
        "ticks": seen.ticks,
        "sampled": round(seen.sampled, 3),
    }
    return MelPicture(np.ascontiguousarray(levels[:, middles.astype(np.int64)]), axis)
