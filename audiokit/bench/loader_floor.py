"""The floor of a loader: the bare codec and one soxr pass for each file, on all cores, everything thrown away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import audiokit
from audiokit.bench.equality import RowState, Verdict
from audiokit.bench.floor import BARE, Bare
from audiokit.bench.machine import usable_cores
from audiokit.bench.peers import can_import
from audiokit.bench.race import Contestant, Running

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FLOOR", "floor_contestant"]

FLOOR = "floor: bare codec + soxr"
"""Name of its row."""


def floor_contestant(files: Sequence[str], codec: str, *, sample_rate: int, beside: str) -> Contestant:
    """Make the contestant that gives no batches: the fastest of the bare decoders that are installed.

    Parameters
    ----------
    files : sequence of str
        All as long as the first.
    codec : str
        One of `audiokit.bench.files.CODECS`.
    sample_rate : int
        In Hz.
    beside : str
        Whom its ratio refers to.
    """
    known = [one for one in BARE.values() if codec in one.codecs and can_import(one.module)]
    return Contestant(
        FLOOR,
        {one.name: partial(_open, files, one, sample_rate) for one in known},
        lambda batches: Verdict(RowState.OK, "" if not batches else "gave batches"),
        beside=beside,
    )


@contextlib.contextmanager
def _open(files: Sequence[str], bare: Bare, sample_rate: int) -> Iterator[Running]:
    import soxr

    mono, rate = audiokit.load(files[0], sr=None)

    def item(path: str) -> None:
        bare.run(path)
        _resampled(mono, rate)

    def _resampled(samples: NDArray[np.float32], rate: int) -> None:
        if rate != sample_rate:
            soxr.resample(samples, rate, sample_rate, quality="HQ")

    with ThreadPoolExecutor(usable_cores()) as pool:

        def epoch() -> Iterator[None]:
            for _ in pool.map(item, files):
                pass
            yield from ()  # it gives nothing

        yield Running(epoch)
