"""Augmentations beside audiomentations and librosa: first whether they do what they say, then how long it takes.

Stretched sound is never equal sample for sample; what is checked is what the words promise: length, pitch, level,
ratio. audiomentations 0.43.1 asks for soxr below 1.0, which the rest of the kit has left behind: it is in no extra. To
compare, ``pip install --no-deps audiomentations python-stretch numpy-minmax numpy-rms`` (it works with soxr 1.1).
"""

# ruff: noqa: ARG001 - one signature for all checks and for all that make a peer

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.equality import RowState
from audiokit.bench.timing import Timing, interleave
from audiokit.training.augment import (
    AddNoise,
    Augmentation,
    Drawn,
    ImpulseResponse,
    PitchShift,
    TimeStretch,
    VolumeAdjust,
    apply_batch,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["AugmentationComparison", "AugmentationRow", "compare_augmentations"]

_OURS = "audiokit"
_BATCHED = "audiokit, batched (torch)"
_RATE, _SEMITONES, _GAIN_DB, _SNR_DB = 1.15, 2.0, -4.0, 15.0
_TONE_HZ = 440.0
_MOST_CENTS, _MOST_DECIBELS, _MOST_SNR_DECIBELS = 5.0, 0.5, 0.1

_Apply = Callable[[Any, int], Any]  # samples (time,), sample rate -> samples (time,)
_Check = Callable[[Any, Any, int], str]  # before, after, sample rate -> what is wrong, or nothing


@dataclass(frozen=True, slots=True)
class AugmentationRow:
    """One way to do one operation.

    Parameters
    ----------
    operation, name : str
        What is done, and who does it.
    state : RowState
        Whether the result means the same.
    reason : str
        If not, why.
    timing : Timing or None
        For the clip; a batch counts per clip.
    ratio : float or None
        Its time over audiokit's single-clip path; None unless it means the same.
    """

    operation: str
    name: str
    state: RowState
    reason: str = ""
    timing: Timing | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class AugmentationComparison:
    """All operations, each by everyone who has it.

    Parameters
    ----------
    seconds : float
        Length of a clip.
    sample_rate : int
        In Hz.
    rows : tuple of AugmentationRow
        In the order of the operations, audiokit first in each.
    """

    seconds: float
    sample_rate: int
    rows: tuple[AugmentationRow, ...]

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each way; times in milliseconds a clip."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "operation": row.operation,
                    "name": row.name,
                    "state": str(row.state),
                    "median_ms": None if row.timing is None else 1000 * row.timing.median_seconds,
                    "ratio": row.ratio,
                    "reason": row.reason,
                }
                for row in self.rows
            ]
        ).astype({"median_ms": float, "ratio": float})


def compare_augmentations(
    *, seconds: float = 5.0, sample_rate: int = 16_000, batch_size: int = 16, repeats: int = 5
) -> AugmentationComparison:
    """Check and time time-stretch, pitch-shift, gain, noise and a room.

    Parameters
    ----------
    seconds : float
        Length of a clip, at least 1.
    sample_rate : int
        In Hz.
    batch_size : int
        Clips in a batch of the batched way (where torch is installed); its time is divided by this.
    repeats : int
        Rounds, of which the median counts.
    """
    time = np.arange(round(max(1.0, seconds) * sample_rate)) / sample_rate
    clip = (0.3 * np.sin(2.0 * np.pi * _TONE_HZ * time)).astype(np.float32)
    rows: list[AugmentationRow] = []
    for operation, (augmentation, check) in _operations(sample_rate).items():
        ways: dict[str, tuple[Callable[[], Any], int]] = {}  # what to call, and how many clips it makes
        found: dict[str, AugmentationRow] = {}
        everyone: dict[str, Callable[[int], _Apply]] = {_OURS: partial(_single, augmentation), **_peers(operation)}
        for name, made in everyone.items():
            try:
                apply = made(sample_rate)
                wrong = check(clip, np.asarray(apply(clip, sample_rate)), sample_rate)
            except ImportError as error:
                found[name] = AugmentationRow(operation, name, RowState.UNAVAILABLE, str(error))
                continue
            found[name] = _row(operation, name, wrong)
            ways[name] = (partial(apply, clip, sample_rate), 1)
        try:
            batched = _batched(augmentation, clip, sample_rate, batch_size)
            found[_BATCHED] = _row(operation, _BATCHED, check(clip, batched()[0], sample_rate))
            ways[_BATCHED] = (batched, batch_size)
        except ImportError as error:
            found[_BATCHED] = AugmentationRow(operation, _BATCHED, RowState.UNAVAILABLE, str(error))
        timed = interleave({name: call for name, (call, _) in ways.items()}, repeats=repeats)
        per_clip = {
            name: Timing(name, tuple(second / ways[name][1] for second in timing.seconds))
            for name, timing in timed.items()
        }
        rows += [_timed(row, per_clip) for row in found.values()]
    return AugmentationComparison(max(1.0, seconds), sample_rate, tuple(rows))


def _row(operation: str, name: str, wrong: str) -> AugmentationRow:
    return AugmentationRow(operation, name, RowState.DIFFERENT if wrong else RowState.OK, wrong)


def _timed(row: AugmentationRow, timings: dict[str, Timing]) -> AugmentationRow:
    timing = timings.get(row.name)
    ratio = timing.times_of(timings[_OURS]) if timing and row.state is RowState.OK else None
    return AugmentationRow(row.operation, row.name, row.state, row.reason, timing, ratio)


def _operations(sample_rate: int) -> dict[str, tuple[Augmentation, _Check]]:
    room = _room(sample_rate)
    return {
        "time-stretch": (TimeStretch(_RATE, _RATE), partial(_check_tone, rate=_RATE, semitones=0.0)),
        "pitch-shift": (PitchShift(_SEMITONES, _SEMITONES), partial(_check_tone, rate=1.0, semitones=_SEMITONES)),
        "gain": (VolumeAdjust(_GAIN_DB, _GAIN_DB), _check_gain),
        "white noise": (AddNoise(_SNR_DB, measured_over="whole"), _check_noise),
        "room": (ImpulseResponse([room], sample_rate, normalise=False, align=False), partial(_check_room, room=room)),
    }


def _single(augmentation: Augmentation, sample_rate: int) -> _Apply:
    def apply(samples: Any, rate: int) -> Any:
        return augmentation(samples[np.newaxis], rate, np.random.default_rng(0))[0]

    return apply


def _batched(augmentation: Augmentation, clip: Any, sample_rate: int, batch_size: int) -> Callable[[], Any]:
    import torch

    batch = torch.from_numpy(np.tile(clip, (batch_size, 1)))
    drawn: list[Drawn] = [
        augmentation.draw(np.random.default_rng(row), sample_rate=sample_rate, frames=len(clip), channels=1)
        for row in range(batch_size)
    ]

    def call() -> Any:
        return apply_batch(batch, [len(clip)] * batch_size, sample_rate, drawn)[0].numpy()

    return call


def _peers(operation: str) -> dict[str, Callable[[int], _Apply]]:
    """Who else does it; each is imported when it is made, and may not be there."""
    everyone: dict[str, dict[str, Callable[[int], _Apply]]] = {
        "time-stretch": {
            "audiomentations": partial(
                _audiomentations, "TimeStretch", min_rate=_RATE, max_rate=_RATE, leave_length_unchanged=False
            ),
            "librosa": lambda _: _librosa_stretch,
        },
        "pitch-shift": {
            "audiomentations": partial(
                _audiomentations, "PitchShift", min_semitones=_SEMITONES, max_semitones=_SEMITONES
            ),
            "librosa": lambda _: _librosa_shift,
        },
        "gain": {"audiomentations": partial(_audiomentations, "Gain", min_gain_db=_GAIN_DB, max_gain_db=_GAIN_DB)},
        "white noise": {
            "audiomentations": partial(_audiomentations, "AddGaussianSNR", min_snr_db=_SNR_DB, max_snr_db=_SNR_DB)
        },
    }
    return everyone.get(operation, {})


def _audiomentations(kind: str, sample_rate: int, **options: Any) -> _Apply:
    import audiomentations

    transform = getattr(audiomentations, kind)(p=1.0, **options)

    def apply(samples: Any, rate: int) -> Any:
        return transform(samples=samples, sample_rate=rate)

    return apply


def _librosa_stretch(samples: Any, sample_rate: int) -> Any:
    from librosa.effects import time_stretch

    return time_stretch(samples, rate=_RATE)


def _librosa_shift(samples: Any, sample_rate: int) -> Any:
    from librosa.effects import pitch_shift

    return pitch_shift(samples, sr=sample_rate, n_steps=_SEMITONES, res_type="soxr_hq")


def _check_tone(before: Any, after: Any, sample_rate: int, *, rate: float, semitones: float) -> str:
    wanted = round(len(before) / rate)
    if len(after) != wanted:
        return f"{len(after)} samples instead of {wanted}"
    cents = 1200.0 * np.log2(_pitch_hz(after, sample_rate) / _TONE_HZ) - 100.0 * semitones
    if abs(cents) > _MOST_CENTS:
        return f"{cents:+.1f} cents beside the pitch"
    louder = _level_db(_middle(after)) - _level_db(_middle(before))
    return f"{louder:+.2f} dB" if abs(louder) > _MOST_DECIBELS else ""


def _check_gain(before: Any, after: Any, sample_rate: int) -> str:
    apart = _level_db(after) - _level_db(before) - _GAIN_DB
    return f"{apart:+.2f} dB beside the gain" if len(after) != len(before) or abs(apart) > 0.01 else ""


def _check_noise(before: Any, after: Any, sample_rate: int) -> str:
    apart = _level_db(before) - _level_db(after.astype(np.float64) - before) - _SNR_DB
    return f"{apart:+.2f} dB beside the ratio" if abs(apart) > _MOST_SNR_DECIBELS else ""


def _check_room(before: Any, after: Any, sample_rate: int, *, room: Any) -> str:
    head = min(len(before), 2048)  # a loop over everything would take longer than all the rest
    apart = float(np.abs(np.convolve(before[:head].astype(np.float64), room)[:head] - after[:head]).max())
    return f"differs from the convolution by {apart:.2g}" if apart > 1e-4 else ""


def _room(sample_rate: int) -> NDArray[np.float32]:
    """Half a second of noise that dies away."""
    frames = sample_rate // 2
    noise = np.random.default_rng(0).standard_normal(frames)
    return (0.1 * noise * np.exp(-8.0 * np.arange(frames) / frames)).astype(np.float32)


def _middle(samples: Any) -> Any:
    quarter = len(samples) // 4
    return samples[quarter : len(samples) - quarter]


def _level_db(samples: Any) -> float:
    return float(10.0 * np.log10(np.mean(np.square(samples, dtype=np.float64))))


def _pitch_hz(samples: Any, sample_rate: int) -> float:
    """The strongest frequency in the middle, between two bins by a parabola."""
    middle = _middle(samples).astype(np.float64)
    size = 1 << 20
    magnitude = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), size))
    peak = int(np.clip(magnitude.argmax(), 1, len(magnitude) - 2))
    left, top, right = np.log(magnitude[peak - 1 : peak + 2])
    return float((peak + 0.5 * (left - right) / (left - 2.0 * top + right)) * sample_rate / size)
