"""The ways to load a file that are compared, with what each needs on a machine."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from audiokit.bench import recipes
from audiokit.bench.absence import Absence, librosa_lacks, spdl_lacks, torchcodec_lacks
from audiokit.bench.machine import version_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PEERS", "Peer", "can_import", "named"]

_Loader = Callable[[str, int | None, float, float | None], "NDArray[np.float32]"]


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to load a file.

    Parameters
    ----------
    name : str
        As shown.
    packages : tuple of str
        Distributions that it needs.
    load : callable
        ``load(path, sample_rate, offset_seconds, duration_seconds)`` gives mono samples, float32, shape (time,); a
        `sample_rate` of None keeps the file's own, a duration of None reads to the end.
    modules : tuple of str, optional
        Import names of the packages, where they differ.
    endings : tuple of str, optional
        How the names of the files end that it is meant for; empty for all.
    lacks : callable, optional
        ``lacks(path)`` says what it needs besides its packages and does not find here, for that file; None if nothing.
    """

    name: str
    packages: tuple[str, ...]
    load: _Loader
    modules: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    lacks: Callable[[str], Absence | None] | None = None

    @property
    def version(self) -> str:
        """Versions of its packages, empty where one is not installed."""
        return " + ".join(filter(None, map(version_of, self.packages)))

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages that are not installed."""
        modules = self.modules or self.packages
        return tuple(name for name, module in zip(self.packages, modules, strict=True) if not can_import(module))

    def absence(self, path: str | os.PathLike[str]) -> Absence | None:
        """Why it cannot be asked for a file on this machine; None where it can, and then it has to answer.

        Its libraries may be imported by this, which takes as long as it takes.
        """
        if self.missing:
            return Absence("not installed", f"pip install {' '.join(self.missing)}")
        return self.lacks(str(path)) if self.lacks else None

    def is_meant_for(self, path: str | os.PathLike[str]) -> bool:
        """Whether it is compared on this file at all."""
        return not self.endings or PurePath(path).suffix.lower() in self.endings


def can_import(module: str) -> bool:
    """Whether a module is installed, without importing it (its package is)."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package above it
        return False


PEERS = (
    Peer("audiokit", ("audiokit",), recipes.by_audiokit),
    Peer("librosa", ("librosa",), recipes.by_librosa, lacks=librosa_lacks),
    Peer("soundfile + soxr", ("soundfile", "soxr"), recipes.by_soundfile),
    Peer("PyAV + soxr", ("av", "soxr"), recipes.by_pyav),
    Peer("torchcodec", ("torchcodec", "torch", "soxr"), recipes.by_torchcodec, lacks=torchcodec_lacks),
    Peer(
        "torchcodec WavDecoder",
        ("torchcodec", "torch", "soxr"),
        recipes.by_torchcodec_wav,
        endings=(".wav",),
        lacks=torchcodec_lacks,
    ),
    Peer("miniaudio", ("miniaudio", "soxr"), recipes.by_miniaudio),
    Peer("pedalboard", ("pedalboard", "soxr"), recipes.by_pedalboard),
    Peer("spdl.io", ("spdl_io", "soxr"), recipes.by_spdl, modules=("spdl.io", "soxr"), lacks=spdl_lacks),
)
"""Whom `compare_decoders` compares; the first is the reference of the outputs and of the ratios."""


def named(names: Iterable[str]) -> tuple[Peer, ...]:
    """Return some of `PEERS`, audiokit first whether named or not.

    Examples
    --------
    >>> [peer.name for peer in named(["librosa"])]
    ['audiokit', 'librosa']
    """
    wanted = set(names)
    return tuple(peer for peer in PEERS if peer.name in wanted or peer is PEERS[0])
