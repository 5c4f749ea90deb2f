"""The spectrogram of a whole sound, filled in while its blocks go by."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.errors import ParameterError
from audiokit_widgets.bands import Kind, quantised
from audiokit_widgets.columns import Columns
from audiokit_widgets.tiles import OVERVIEW_TILES, TILE_COLUMNS, Spectrograms, overlapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OverviewPicture", "Overviews"]

_SILENCE_DBFS = -120.0


@dataclass(frozen=True, slots=True)
class OverviewPicture:
    """The whole sound's spectrogram, or as much of it as has been scanned.

    Parameters
    ----------
    levels : ndarray, shape (bands, columns), uint8
        Row 0 is the highest band; at most 1024 columns. 0 is -120 dBFS and below, and what has not been scanned; 255
        is 0 dBFS, a full-scale sine, and above.
    decibels : ndarray, shape (bands, columns), float32
        The same in dBFS, neither rounded nor cut off, -200 for silence; -inf where nothing has been scanned.
    hop_seconds : float
        Length of a column. The last may reach beyond the end of the sound.
    max_hz : float
        Upper edge of the highest band.
    bands : int
        Number of rows.
    top_dbfs : float
        The loudest cell; -120 where there is none above.
    ticks : list of dict
        See `audiokit_widgets.bands.Bands.ticks`.
    sampled : float
        The part of the sound that lies under the windows, 1 where they touch or overlap.
    """

    levels: NDArray[np.uint8]
    decibels: NDArray[np.float32]
    hop_seconds: float
    max_hz: float
    bands: int
    top_dbfs: float
    ticks: list[dict[str, float]]
    sampled: float


class Overviews:
    """One overview for each kind of spectrogram, at the level at which 4 tiles hold the whole sound.

    Where a sound turns out longer than its header says, columns are merged in pairs.

    Parameters
    ----------
    spectrograms : Spectrograms
        Of the sound.
    kinds : sequence of {"mel", "linear"}
        Which.
    level : int
        Of the tiles.
    """

    def __init__(self, spectrograms: Spectrograms, kinds: Iterable[Kind], level: int) -> None:
        self._columns = {
            kind: Columns(
                spectrograms.bands(kind), spectrograms.hop(level), capacity=OVERVIEW_TILES * TILE_COLUMNS, widens=True
            )
            for kind in kinds
        }
        self._lock = threading.Lock()

    def fill(self, pieces: Iterable[NDArray[np.float32]]) -> Iterator[None]:
        """Take the whole sound, piece by piece, float32 (channels, time), with a pause after each."""
        overlap = max((columns.bands.n_fft for columns in self._columns.values()), default=0)
        at, samples = 0, None
        for at, samples, _ in overlapping(pieces, 0, overlap):
            with self._lock:
                for columns in self._columns.values():
                    columns.take(at, samples)
            yield
        if samples is not None:
            with self._lock:
                for columns in self._columns.values():
                    columns.take(at, samples, ends=True)

    def tile(self, kind: Kind, hop: int, index: int) -> NDArray[np.uint8] | None:
        """Cut a tile from what is there, if it is there at this hop; only once all has been filled in."""
        columns = self._columns.get(kind)
        if columns is None or columns.widened or columns.hop != hop or index >= OVERVIEW_TILES:
            return None
        return quantised(columns.decibels()[:, index * TILE_COLUMNS : (index + 1) * TILE_COLUMNS])

    def picture(self, kind: Kind, frames: int, sample_rate: int) -> OverviewPicture:
        """What there is so far of a sound of so many frames; ParameterError for another kind."""
        if kind not in self._columns:
            raise ParameterError(f"The scan makes no overview of the kind {kind!r}, only of {[*self._columns]}.")
        columns = self._columns[kind]
        with self._lock:
            hop, sampled, decibels = columns.hop, columns.sampled, columns.decibels()
        decibels = decibels[:, : max(1, -(-frames // hop))]
        return OverviewPicture(
            levels=quantised(decibels),
            decibels=decibels,
            hop_seconds=hop / sample_rate,
            max_hz=columns.bands.max_hz,
            bands=columns.bands.count,
            top_dbfs=max(float(decibels.max()), _SILENCE_DBFS),
            ticks=columns.bands.ticks(),
            sampled=sampled,
        )
