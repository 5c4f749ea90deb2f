"""What the content gate hears of a few seconds: a mel picture, and statistics of how the sound moves.

Nothing here is absolute in level. What tells song from talk is in the statistics: whether pitch rests on
notes and notes lie on one scale, whether partials go on while syllables change, the rhythm of loudness, and pauses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.activity.content_features import GRID, MEL_BANDS, TRACKS
from audiokit.dsp.frame_descriptors import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.activity.content_features import FrameTracks

__all__ = ["CONTENT_STATISTICS", "WINDOW_FRAMES", "window_inputs"]

WINDOW_FRAMES = 192  # 3.1 s

_RATE = SAMPLE_RATE / GRID.hop_length  # frames a second: 62.5
_RHYTHM_HZ = ((0.6, 2.0), (2.0, 4.0), (4.0, 8.0), (8.0, 16.0))
_LOUDNESS_BANDS = ((0, 48), (0, 12), (12, 28), (28, 48))  # in mel bands: all, below 0.6, to 2.2 kHz, above
_SHAPE_GROUPS = 8
_VOICED = 0.5
_PLATEAU_FRAMES = 6  # 0.1 s
_PLATEAU_SEMITONES = 0.35
_AT = {name: index for index, name in enumerate(TRACKS)}


def _names() -> tuple[str, ...]:
    loudness = ("mean", "std", "p5", "p20", "p50", "below_20_db", "below_35_db")
    names = [f"loudness_{name}" for name in loudness]
    for band in range(len(_LOUDNESS_BANDS)):
        names += [f"band_{band}_depth", *(f"band_{band}_rhythm_{low:g}_hz" for low, _ in _RHYTHM_HZ)]
    names += ["flux_mean", "flux_std", "flux_p90", "beat_strength", "beat_seconds"]
    names += [f"{name}_{kind}" for name in ("centroid", "rolloff", "flatness") for kind in ("mean", "std", "steepness")]
    names += [f"strength_{kind}" for kind in ("mean", "std", "p20", "p80")]
    names += [f"{name}_{kind}" for name in TRACKS[7:13] for kind in ("mean", "std", "p90")]
    names += ["scale_agreement", "partials_mean", "partials_std"]
    names += [f"shape_{group}_{kind}" for group in range(_SHAPE_GROUPS) for kind in ("mean", "std")]
    names += ["voiced_share", "voiced_run_mean", "voiced_run_longest", "pitch_mean", "pitch_std", "pitch_range",
              "pitch_on_plateau", "plateau_mean", "pitch_steepness_median", "pitch_steepness_p90", "vibrato",
              "notes_entropy", "notes_agreement"]  # fmt: skip
    return tuple(names)


CONTENT_STATISTICS: tuple[str, ...] = _names()
"""Names of the statistics of a window, in order."""


def window_inputs(frames: FrameTracks, starts: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cut windows out of frames and describe each.

    Parameters
    ----------
    frames : FrameTracks
        At least one frame; fewer than 192 are repeated until there are enough.
    starts : ndarray of int, shape (windows,)
        First frame of each window; ``start + 192`` lies within what there is.

    Returns
    -------
    mel : ndarray, shape (windows, 192, 48), float32
        In dB.
    statistics : ndarray, shape (windows, len(CONTENT_STATISTICS)), float32
        Finite.
    """
    mel, tracks = frames.mel, frames.tracks
    if len(mel) < WINDOW_FRAMES:
        repeats = -(-WINDOW_FRAMES // len(mel))
        mel, tracks = (np.tile(array, (repeats, 1))[:WINDOW_FRAMES] for array in (mel, tracks))
    rows = np.asarray(starts)[:, np.newaxis] + np.arange(WINDOW_FRAMES)
    pictures, moving = mel[rows], tracks[rows]
    values = np.concatenate(
        [
            _loudness(moving[:, :, _AT["level"]]),
            _rhythm(pictures),
            _beat(moving[:, :, _AT["flux"]]),
            *(_moments(moving[:, :, _AT[name]]) for name in ("centroid", "rolloff", "flatness")),
            _spread(moving[:, :, _AT["strength"]], (20, 80)),
            *(_spread(moving[:, :, column], (90,)) for column in range(7, 13)),
            _scale(moving[:, :, _AT["scale_cos"] :]),
            _shape(pictures),
            np.stack([_song(window) for window in moving]),
        ],
        axis=1,
    )
    return pictures, np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)


def _loudness(level: NDArray[np.float32]) -> NDArray[np.floating]:
    relative = np.maximum(level - np.percentile(level, 95, axis=1, keepdims=True), -60)
    low = np.percentile(relative, [5, 20, 50], axis=1)
    shares = [(relative < -20).mean(axis=1), (relative < -35).mean(axis=1)]
    return np.stack([relative.mean(axis=1), relative.std(axis=1), *low, *shares], axis=1)


def _rhythm(pictures: NDArray[np.float32]) -> NDArray[np.floating]:
    rate_hz = np.fft.rfftfreq(WINDOW_FRAMES, 1 / _RATE)
    taper = np.hanning(WINDOW_FRAMES)
    columns: list[NDArray[np.floating]] = []
    for first, last in _LOUDNESS_BANDS:
        level = pictures[:, :, first:last].mean(axis=2)
        relative = np.maximum(level - np.percentile(level, 95, axis=1, keepdims=True), -50)
        amplitude = 10 ** (relative / 20)
        moving = amplitude - amplitude.mean(axis=1, keepdims=True)
        spectrum = np.square(np.abs(np.fft.rfft(moving * taper, axis=1)))
        bands = [spectrum[:, (rate_hz >= low) & (rate_hz < high)].sum(axis=1) for low, high in _RHYTHM_HZ]
        whole = np.maximum(sum(bands), 1e-9)
        columns += [amplitude.std(axis=1) / np.maximum(amplitude.mean(axis=1), 1e-6), *(band / whole for band in bands)]
    return np.stack(columns, axis=1)


def _beat(flux: NDArray[np.float32]) -> NDArray[np.floating]:
    """How alike the onsets are after one beat of 0.24 to 1.2 s, and how long the beat is."""
    moving = flux - flux.mean(axis=1, keepdims=True)
    spectrum = np.square(np.abs(np.fft.rfft(moving, 2 * WINDOW_FRAMES, axis=1)))
    correlation = np.fft.irfft(spectrum, axis=1)[:, : WINDOW_FRAMES // 2]
    correlation /= np.maximum(correlation[:, :1], 1e-9)
    overlap = 1 - np.arange(correlation.shape[1]) / WINDOW_FRAMES
    inside = (correlation / overlap)[:, 15:76]
    beat = inside.argmax(axis=1)
    return np.stack(
        [flux.mean(axis=1), flux.std(axis=1), np.percentile(flux, 90, axis=1), inside.max(axis=1), (beat + 15) / _RATE],
        axis=1,
    )


def _moments(track: NDArray[np.float32]) -> NDArray[np.floating]:
    return np.stack([track.mean(axis=1), track.std(axis=1), np.abs(np.diff(track, axis=1)).mean(axis=1)], axis=1)


def _spread(track: NDArray[np.float32], percentiles: tuple[int, ...]) -> NDArray[np.floating]:
    return np.stack([track.mean(axis=1), track.std(axis=1), *np.percentile(track, percentiles, axis=1)], axis=1)


def _scale(places: NDArray[np.float32]) -> NDArray[np.floating]:
    summed = places.sum(axis=1)
    agreement = np.hypot(summed[:, 0], summed[:, 1]) / np.maximum(summed[:, 2], 1.0)
    return np.stack([agreement, places[:, :, 2].mean(axis=1) / 50, places[:, :, 2].std(axis=1) / 50], axis=1)


def _shape(pictures: NDArray[np.float32]) -> NDArray[np.floating]:
    levels = pictures.reshape(len(pictures), WINDOW_FRAMES, _SHAPE_GROUPS, MEL_BANDS // _SHAPE_GROUPS).mean(axis=3)
    means, spreads = levels.mean(axis=1), levels.std(axis=1)
    means = np.clip(means - means.mean(axis=1, keepdims=True), -40, 40)
    return np.stack([means, spreads], axis=2).reshape(len(pictures), -1)


def _song(window: NDArray[np.float32]) -> NDArray[np.floating]:
    """How pitch moves in one window: on notes, or gliding."""
    level = window[:, _AT["level"]]
    voiced = (window[:, _AT["strength"]] > _VOICED) & (level > _percentile(np.sort(level), 95) - 30)
    out = np.zeros(13)
    edges = np.flatnonzero(np.diff(voiced, prepend=False, append=False))
    runs = (edges[1::2] - edges[::2]) / _RATE
    if voiced.sum() < 8 or runs.size == 0:
        return out
    semitones = window[:, _AT["semitones"]]
    sung = semitones[voiced]
    in_order = np.sort(sung)
    out[:6] = [
        voiced.mean(),
        runs.mean(),
        runs.max(),
        sung.mean(),
        sung.std(),
        _percentile(in_order, 95) - _percentile(in_order, 5),
    ]
    inside = voiced[:-_PLATEAU_FRAMES] & voiced[_PLATEAU_FRAMES:]
    moved = np.abs(semitones[_PLATEAU_FRAMES:] - semitones[:-_PLATEAU_FRAMES])
    flat = inside & (moved < _PLATEAU_SEMITONES)
    out[6] = flat.sum() / max(inside.sum(), 1)
    edges = np.flatnonzero(np.diff(flat, prepend=False, append=False))
    out[7] = (edges[1::2] - edges[::2]).mean() / _RATE if edges.size else 0.0
    steps = np.sort(np.abs(np.diff(semitones))[voiced[:-1] & voiced[1:]] * _RATE)
    if steps.size:
        out[8:10] = np.minimum([_percentile(steps, 50), _percentile(steps, 90)], 150)
    out[10] = _vibrato(semitones, edges_of=np.flatnonzero(np.diff(voiced, prepend=False, append=False)))
    heights = np.bincount(np.minimum((sung % 12) * 2, 23).astype(int), minlength=24) / sung.size
    out[11] = -(heights[heights > 0] * np.log(heights[heights > 0])).sum()
    resting = semitones[:-_PLATEAU_FRAMES][flat] if flat.sum() >= 4 else sung
    out[12] = np.abs(np.exp(2j * np.pi * resting).mean())
    return out


def _percentile(in_order: NDArray[np.floating], percent: float) -> float:
    """As `numpy.percentile` by straight lines, of values that are sorted, without its overhead."""
    place = percent / 100 * (in_order.size - 1)
    below = int(place)
    above = min(below + 1, in_order.size - 1)
    return float(in_order[below] + (in_order[above] - in_order[below]) * (place - below))


def _vibrato(semitones: NDArray[np.float32], *, edges_of: NDArray[np.int64]) -> float:
    """Share of the movement of pitch inside long voiced runs that lies between 4 and 8 Hz."""
    shares, weights = [0.0], [1e-6]
    for first, last in zip(edges_of[::2], edges_of[1::2], strict=True):
        if last - first < 20:
            continue
        run = semitones[first:last] - np.linspace(semitones[first], semitones[last - 1], last - first)
        spectrum = np.square(np.abs(np.fft.rfft((run - run.mean()) * np.hanning(run.size), 128)))
        rate_hz = np.fft.rfftfreq(128, 1 / _RATE)
        shares.append(float(spectrum[(rate_hz >= 4) & (rate_hz < 8)].sum() / max(spectrum[1:].sum(), 1e-9)))
        weights.append(float(last - first))
    return float(np.average(shares, weights=weights))
