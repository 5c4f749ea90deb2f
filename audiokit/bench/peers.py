"""The ways to load a file that are compared, each written down as its users write it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import audiokit
from audiokit.bench.machine import version_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PEERS", "Peer"]

_Loader = Callable[[Any, int, float | None], "NDArray[np.float32]"]


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to load a file.

    Parameters
    ----------
    name : str
        As shown.
    packages : tuple of str
        Import names that it needs, which are also the names of their distributions.
    load : callable
        ``load(path, sample_rate, duration_seconds)`` gives mono samples, shape (time,).
    """

    name: str
    packages: tuple[str, ...]
    load: _Loader

    @property
    def version(self) -> str:
        """Versions of its packages, empty where one is not installed."""
        return " + ".join(filter(None, map(version_of, self.packages)))

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages that are not installed."""
        return tuple(name for name in self.packages if importlib.util.find_spec(name) is None)


def _by_audiokit(path: Any, sample_rate: int, duration_seconds: float | None) -> NDArray[np.float32]:
    samples: NDArray[np.float32] = audiokit.load(path, sr=sample_rate, duration=duration_seconds)[0]
    return samples


def _by_librosa(path: Any, sample_rate: int, duration_seconds: float | None) -> NDArray[np.float32]:
    import librosa

    samples: NDArray[np.float32] = librosa.load(path, sr=sample_rate, mono=True, duration=duration_seconds)[0]
    return samples


def _by_soundfile_and_soxr(path: Any, sample_rate: int, duration_seconds: float | None) -> NDArray[np.float32]:
    """Write by hand what librosa does: mean of the channels, soxr HQ, length rounded up."""
    import soundfile
    import soxr

    with soundfile.SoundFile(path) as file:
        rate = int(file.samplerate)
        frames = -1 if duration_seconds is None else int(duration_seconds * rate)
        read = file.read(frames, dtype="float32", always_2d=True)
    if read.shape[1] == 1:
        mono = read[:, 0]
    elif read.shape[1] == 2:  # two columns added are 40 times as fast as mean(axis=1) over interleaved stereo
        mono = (read[:, 0] + read[:, 1]) * np.float32(0.5)
    else:
        mono = read.mean(axis=1, dtype=np.float32)
    if rate == sample_rate:
        return np.ascontiguousarray(mono)
    length = int(np.ceil(len(mono) * (float(sample_rate) / rate)))
    converted = soxr.resample(mono, rate, sample_rate, quality="HQ")[:length]
    samples: NDArray[np.float32] = np.pad(converted, (0, length - len(converted)))
    return samples


PEERS = (
    Peer("audiokit", ("audiokit",), _by_audiokit),
    Peer("librosa", ("librosa",), _by_librosa),
    Peer("soundfile + soxr", ("soundfile", "soxr"), _by_soundfile_and_soxr),
)
"""Whom `compare_decoders` compares; the first is the reference of the outputs and of the ratios."""
