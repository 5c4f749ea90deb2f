"""Noise at an exact signal-to-noise ratio."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.augment.augmentation import Augmentation, checked_range, uniform
from audiokit.training.augment.recordings import read_recording, recordings_in
from audiokit.training.randomness import drawn_seed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["SILENT_BELOW", "AddNoise", "block_frames", "make_noise", "noise_gain", "signal_power"]

_BLOCK_SECONDS = 0.02
SILENT_BELOW = 1e-4
"""Share of the loudest block's power: 40 dB below it lie pauses in speech, not its consonants."""

_SHORTEST_PINK = 1024  # fewer samples hold no octave to be pink in


@dataclass(frozen=True)
class AddNoise(Augmentation):
    """Add noise so that the signal-to-noise ratio is exactly what was drawn.

    The ratio is ``10 log10(signal power / noise power)``. The noise's power is that of the very samples that are added.
    The signal's is its mean square over the blocks of 20 ms that are not silent (within 40 dB of the loudest), all
    channels together, or over the whole. Silence has no ratio: it stays silent.

    Parameters
    ----------
    snr_db : float or (low, high)
        The ratio, or between which it is drawn evenly; no more than ±120 dB.
    kind : {"white", "pink"} or path
        White has equal power at all frequencies, pink falls by 3 dB an octave; both are independent in each channel. A
        path is a folder of recordings: one is drawn, mixed to one channel, begun at a drawn place and repeated
        if it is short.
    measured_over : {"active", "whole"}
        Which part of the signal its power is measured over.
    probability : float
        How likely an item is changed.

    Raises
    ------
    ParameterError
        For a ratio that is none, or a folder without recordings.

    Examples
    --------
    >>> AddNoise(snr_db=20)(np.ones((1, 4)), 16000, np.random.default_rng(0)).shape
    (1, 4)
    """

    snr_db: float | tuple[float, float] = 20.0
    kind: str | os.PathLike[str] = "white"
    measured_over: Literal["active", "whole"] = "active"
    recordings: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = self._snr_range()
        checked_range("AddNoise", "snr_db", low, high)
        if max(abs(low), abs(high)) > 120:
            raise ParameterError(f"AddNoise: snr_db must lie within ±120 dB, got {low:g} .. {high:g}.")
        if self.measured_over not in ("active", "whole"):
            raise ParameterError(
                f"AddNoise: unknown measured_over {self.measured_over!r}.", cure='Use "active" or "whole".'
            )
        object.__setattr__(self, "kind", os.fspath(self.kind))
        if low != high:
            object.__setattr__(self, "snr_db", (low, high))  # a list has no hash
        if self.kind not in ("white", "pink"):
            object.__setattr__(self, "recordings", recordings_in(self.kind, wanted_by="AddNoise"))

    def _snr_range(self) -> tuple[float, float]:
        if isinstance(self.snr_db, tuple | list):
            if len(self.snr_db) != 2:
                raise ParameterError(f"AddNoise: snr_db wants a number or (low, high), got {self.snr_db!r}.")
            return self.snr_db[0], self.snr_db[1]
        return self.snr_db, self.snr_db

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        common = {"snr_db": uniform(generator, *self._snr_range()), "measured_over": self.measured_over}
        if not self.recordings:
            return {**common, "kind": self.kind, "noise_seed": drawn_seed(generator)}
        path = self.recordings[int(generator.integers(len(self.recordings)))]
        return {**common, "kind": "recording", "path": path, "start_share": float(generator.random())}

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        power = signal_power(samples, sample_rate, measured_over=parameters["measured_over"])
        if power == 0.0:
            return samples
        noise = make_noise(parameters, samples.shape[0], samples.shape[1], sample_rate)
        return samples + noise * np.float32(noise_gain(power, noise, parameters))

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        kind = parameters["kind"]
        what = f"noise of {os.path.basename(parameters['path'])}" if kind == "recording" else f"{kind} noise"  # noqa: PTH119
        return f"{what}, signal-to-noise ratio {parameters['snr_db']:.1f} dB"


def signal_power(
    samples: NDArray[np.float32], sample_rate: int, *, measured_over: Literal["active", "whole"] = "active"
) -> float:
    """Mean square of a signal, over all of it or over what is not silent in it.

    Parameters
    ----------
    samples : ndarray, shape (channels, time), float32
        At least one sample.
    sample_rate : int
        In Hz.
    measured_over : {"active", "whole"}
        "active" leaves out blocks of 20 ms (the last may be shorter) that are more than 40 dB below the loudest.

    Returns
    -------
    float
        In units of full scale squared; 0 for silence.

    Examples
    --------
    >>> half = np.repeat(np.float32([[0.5, 0.0]]), 16000, axis=1)
    >>> signal_power(half, 16000), signal_power(half, 16000, measured_over="whole")
    (0.25, 0.125)
    """
    squared = np.einsum("ct,ct->t", samples, samples, dtype=np.float64) / samples.shape[0]
    if measured_over == "whole":
        return float(squared.mean())
    block = block_frames(sample_rate)
    starts = np.arange(0, squared.size, block)
    sizes = np.diff(starts, append=squared.size)
    energies = np.add.reduceat(squared, starts)
    active = energies / sizes >= SILENT_BELOW * (energies / sizes).max()
    return float(energies[active].sum() / sizes[active].sum())


def block_frames(sample_rate: int) -> int:
    """Length in samples of the blocks that are silent or not: 20 ms."""
    return max(1, round(_BLOCK_SECONDS * sample_rate))


def make_noise(parameters: Mapping[str, Any], channels: int, frames: int, sample_rate: int) -> NDArray[np.float32]:
    """Make the noise that was drawn, before it is scaled, (channels or 1, frames)."""
    if parameters["kind"] == "recording":
        recording = read_recording(parameters["path"], sample_rate, mono=True)
        start = int(parameters["start_share"] * recording.shape[1])
        return np.take(recording, np.arange(start, start + frames), axis=1, mode="wrap")
    generator = np.random.Generator(np.random.PCG64DXSM(parameters["noise_seed"]))
    if parameters["kind"] == "white":
        return generator.standard_normal((channels, frames), dtype=np.float32)
    return _pink(generator, channels, frames)


def noise_gain(power: float, noise: NDArray[np.float32], parameters: Mapping[str, Any]) -> float:
    """By how much noise is multiplied to stand `snr_db` below a signal of that power.

    Raises
    ------
    ParameterError
        If the noise is silent.
    """
    has = float(np.einsum("ct,ct->", noise, noise, dtype=np.float64)) / noise.size
    if has == 0.0:
        raise ParameterError(
            f"AddNoise: {parameters.get('path', 'the noise')} is silent for {noise.shape[1]} samples.",
            cure="Take it out of the folder.",
        )
    return math.sqrt(power / has / 10.0 ** (parameters["snr_db"] / 10.0))


def _pink(generator: np.random.Generator, channels: int, frames: int) -> NDArray[np.float32]:
    """White noise whose spectrum is divided by the root of the frequency; without a mean over its full length."""
    import scipy.fft

    size = scipy.fft.next_fast_len(max(frames, _SHORTEST_PINK), real=True)
    spectrum = scipy.fft.rfft(generator.standard_normal((channels, size), dtype=np.float32), axis=1)
    spectrum[:, 0] = 0.0
    spectrum[:, 1:] /= np.sqrt(np.arange(1, spectrum.shape[1], dtype=np.float32))
    return np.asarray(scipy.fft.irfft(spectrum, size, axis=1)[:, :frames])
