"""Statistics of a few seconds of speech: melody, loudness, rhythm, timbre and voice quality in one vector.

What a microphone, a room or a level changes is left out as far as it can be: there are no means of cepstra and nothing
absolute of loudness. Pitch is absolute, because a shout is high.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.filterbank import band_powers, mel_filterbank
from audiokit.dsp.frame_descriptors import N_FFT, SAMPLE_RATE, FrameGrid, power_frames, track_pitch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SPEECH_STATISTICS", "speech_statistics"]

_GRID = FrameGrid(win_length=640, hop_length=160)
_FRAMES_A_SECOND = SAMPLE_RATE / _GRID.hop_length
_HERTZ = np.fft.rfftfreq(N_FFT, 1.0 / SAMPLE_RATE)
_VOICED = 0.45  # strength of pitch from which a frame is voiced
_QUIET_DB = 30.0  # so far below the loudest frames nobody speaks
_SHAPE = ("mean", "std", "p20", "p80")
_BANDS_HZ = ((100, 300), (300, 600), (600, 1000), (1000, 1600), (1600, 2400), (2400, 3400))
_CEPSTRA = 12
_VOWEL_HZ = ((250, 1000), (1000, 2500), (2500, 3800))  # where the first three formants lie
_RHYTHM_HZ = ((0.7, 2.0), (2.0, 4.0), (4.0, 8.0), (8.0, 16.0))


def _names() -> tuple[str, ...]:
    pitch = ["median", "mean", "std", "p10", "p90", "range", "slope_mean", "slope_std", "steepness_mean",
             "steepness_p90", "bend_mean", "end_minus_start"]  # fmt: skip
    voice = ["voiced_share", "voiced_run_mean", "voiced_run_longest", "voiced_runs_a_second", "strength_mean",
             "strength_std", "harmonics_to_noise_mean", "harmonics_to_noise_p20", "jitter", "shimmer"]  # fmt: skip
    loud = ["std", "p5", "p20", "p50", "p80", "steepness_mean", "rise_p90", "fall_p90", "peaks_a_second", "quiet_share",
            *(f"rhythm_{low:g}_{high:g}_hz" for low, high in _RHYTHM_HZ)]  # fmt: skip
    shapes = ["tilt_low", "tilt_high", "alpha_ratio", "hammarberg", "centroid", "rolloff", "flatness", "flux",
              "h1_minus_h2", "h1_minus_a3", *(f"formant_{n}" for n in (1, 2, 3))]  # fmt: skip
    return (
        *(f"pitch_{name}" for name in pitch),
        *(f"voice_{name}" for name in voice),
        *(f"loudness_{name}" for name in loud),
        *(f"{name}_{shape}" for name in shapes for shape in _SHAPE),
        *(f"band_{low}_{high}_hz_{kind}" for low, high in _BANDS_HZ for kind in ("std", "follows_loudness")),
        *(f"cepstrum_{n}_{kind}" for n in range(1, _CEPSTRA + 1) for kind in ("std", "steepness")),
    )


SPEECH_STATISTICS: tuple[str, ...] = _names()
"""Names of the statistics, in the order of the vector."""


def speech_statistics(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe a short stretch of speech.

    Parameters
    ----------
    samples : ndarray, shape (time,), float32
        One channel at 16 kHz, of any length and level; 0.5 to 3 s are meant. Samples that are no finite numbers are
        read as silence or full scale.

    Returns
    -------
    ndarray, shape (len(SPEECH_STATISTICS),), float32
        Finite, whatever came in; the same for the same samples at another level. All zeros for silence.

    Examples
    --------
    >>> speech_statistics(np.zeros(16000, np.float32)).any()
    np.False_
    """
    samples = np.nan_to_num(np.asarray(samples, dtype=np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    centred = samples - samples.mean(dtype=np.float64) if samples.size else np.zeros(1)
    peak = float(np.abs(centred).max())
    if peak < 1e-6:
        return np.zeros(len(SPEECH_STATISTICS), dtype=np.float32)
    power = power_frames((centred * (0.5 / peak)).astype(np.float32), _GRID)
    pitch = track_pitch(power, _GRID)
    heard = power[:, 4:]  # from 62 Hz: hum and rumble say nothing of a voice
    loudness = _decibels(heard.sum(axis=1))
    reference = np.percentile(loudness, 95)
    active = loudness > reference - _QUIET_DB
    voiced = active & (pitch.strength > _VOICED)
    mel = _decibels(band_powers(power, _filters()))
    values = [
        *_melody(pitch.hertz, voiced),
        *_voice_quality(pitch.strength, pitch.hertz, loudness, voiced, active),
        *_dynamics(loudness - reference, active),
        *_timbre(power, mel, pitch.hertz, active, voiced),
        *_bands(power, loudness, active),
        *_cepstra(mel, active),
    ]
    return np.nan_to_num(np.asarray(values, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def _decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(10 * np.log10(np.maximum(power, np.float32(1e-10))), dtype=np.float32)


def _filters() -> NDArray[np.float32]:
    bank = mel_filterbank(sample_rate=SAMPLE_RATE, n_fft=N_FFT, n_mels=26, fmin=60.0, fmax=7600.0, norm=None)
    return bank.astype(np.float32)


def _runs(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Lengths of the runs of true values."""
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    return np.asarray(edges[1::2] - edges[::2])


def _neighbours(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a value and the one after it are both true."""
    return flags[:-1] & flags[1:]


def _melody(hertz: NDArray[np.float32], voiced: NDArray[np.bool_]) -> list[float]:
    if voiced.sum() < 5:
        return [0.0] * 12
    semitones = 12 * np.log2(hertz / np.float32(55.0))
    sung = semitones[voiced]
    low, middle, high = np.percentile(sung, [10, 50, 90])
    sung = np.clip(sung, middle - 14, middle + 14)  # an octave too far is the tracker's
    slopes = np.diff(semitones)[_neighbours(voiced)] * _FRAMES_A_SECOND
    slopes = slopes[np.abs(slopes) < 200]
    if slopes.size < 3:
        slopes = np.zeros(3)
    bends = np.abs(np.diff(slopes))
    third = max(len(sung) // 3, 1)
    return [
        float(middle), float(sung.mean()), float(sung.std()), float(low), float(high), float(high - low),
        float(slopes.mean()), float(slopes.std()), float(np.abs(slopes).mean()),
        float(np.percentile(np.abs(slopes), 90)), float(bends.mean()),
        float(sung[-third:].mean() - sung[:third].mean()),
    ]  # fmt: skip


def _voice_quality(
    strength: NDArray[np.float32],
    hertz: NDArray[np.float32],
    loudness: NDArray[np.float32],
    voiced: NDArray[np.bool_],
    active: NDArray[np.bool_],
) -> list[float]:
    seconds = max(len(strength) / _FRAMES_A_SECOND, 0.1)
    runs = _runs(voiced)
    if runs.size == 0:
        return [0.0] * 10
    sure = np.clip(strength[voiced], 0.01, 0.999)
    to_noise = 10 * np.log10(sure / (1 - sure))
    pairs = _neighbours(voiced)
    relative = np.abs(np.diff(np.log(hertz)))[pairs]
    shimmer = np.abs(np.diff(loudness))[pairs]
    return [
        float(voiced.sum() / max(active.sum(), 1)), float(runs.mean() / _FRAMES_A_SECOND),
        float(runs.max() / _FRAMES_A_SECOND), float(runs.size / seconds),
        float(strength[active].mean()), float(strength[active].std()),
        float(to_noise.mean()), float(np.percentile(to_noise, 20)),
        float(np.median(relative)) * 100 if relative.size else 0.0, float(np.median(shimmer)) if shimmer.size else 0.0,
    ]  # fmt: skip


def _dynamics(relative_db: NDArray[np.float32], active: NDArray[np.bool_]) -> list[float]:
    import scipy.ndimage

    relative_db = np.maximum(relative_db, -50.0)
    spoken = relative_db[active]
    smooth = scipy.ndimage.gaussian_filter1d(relative_db, 3.0)
    steps = np.diff(smooth)[_neighbours(active)] if active.sum() > 3 else np.zeros(3)
    if steps.size < 3:
        steps = np.zeros(3)
    is_peak = (smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:]) & (smooth[1:-1] > -20)
    amplitude = 10 ** (relative_db / 20)
    spectrum = np.square(np.abs(np.fft.rfft((amplitude - amplitude.mean()) * np.hanning(amplitude.size), 512)))
    rate_hz = np.fft.rfftfreq(512, 1 / _FRAMES_A_SECOND)
    whole = max(float(spectrum[(rate_hz >= 0.7) & (rate_hz < 16)].sum()), 1e-12)
    rhythm = [float(spectrum[(rate_hz >= low) & (rate_hz < high)].sum()) / whole for low, high in _RHYTHM_HZ]
    return [
        float(spoken.std()), *(float(v) for v in np.percentile(spoken, [5, 20, 50, 80])),
        float(np.abs(steps).mean()) * 100, float(np.percentile(steps, 90)) * 100, float(np.percentile(steps, 10)) * 100,
        float(is_peak.sum() / max(len(relative_db) / _FRAMES_A_SECOND, 0.1)), float(1 - active.mean()), *rhythm,
    ]  # fmt: skip


def _timbre(
    power: NDArray[np.float32],
    mel: NDArray[np.float32],
    hertz: NDArray[np.float32],
    active: NDArray[np.bool_],
    voiced: NDArray[np.bool_],
) -> list[float]:
    spoken = power[active]
    tracks = [
        _level(spoken, 60, 500) - _level(spoken, 500, 1500),
        _level(spoken, 500, 1500) - _level(spoken, 1500, 4000),
        _level(spoken, 60, 1000) - _level(spoken, 1000, 5000),
        _highest(spoken, 60, 2000) - _highest(spoken, 2000, 5000),
        12 * np.log2(np.maximum(_centre(spoken, 60, 7600), 60.0) / 1000),
        12 * np.log2(np.maximum(_rolloff(spoken), 60.0) / 1000),
        _flatness(spoken),
        np.maximum(np.diff(mel, axis=0, prepend=mel[:1]), 0).mean(axis=1)[active],
    ]
    sung, pitch = power[voiced], hertz[voiced]
    if len(sung) >= 3:
        first, second = _harmonic(sung, pitch), _harmonic(sung, 2 * pitch)
        tracks += [first - second, first - _highest(sung, 2200, 3800)]
        tracks += [12 * np.log2(np.maximum(_centre(sung, low, high), 60.0) / 1000) for low, high in _VOWEL_HZ]
    else:
        tracks += [np.zeros(1)] * 5
    return [value for track in tracks for value in _shape(track)]


def _shape(track: NDArray[np.floating]) -> list[float]:
    low, high = np.percentile(track, [20, 80])
    return [float(track.mean()), float(track.std()), float(low), float(high)]


def _bins(low_hz: float, high_hz: float) -> slice:
    return slice(int(np.searchsorted(_HERTZ, low_hz)), int(np.searchsorted(_HERTZ, high_hz)))


def _level(power: NDArray[np.float32], low_hz: float, high_hz: float) -> NDArray[np.float32]:
    return _decibels(power[:, _bins(low_hz, high_hz)].sum(axis=1))


def _highest(power: NDArray[np.float32], low_hz: float, high_hz: float) -> NDArray[np.float32]:
    return _decibels(power[:, _bins(low_hz, high_hz)].max(axis=1))


def _centre(power: NDArray[np.float32], low_hz: float, high_hz: float) -> NDArray[np.float64]:
    part = np.sqrt(power[:, _bins(low_hz, high_hz)])
    return np.asarray(np.einsum("fb,b->f", part, _HERTZ[_bins(low_hz, high_hz)]) / np.maximum(part.sum(axis=1), 1e-12))


def _rolloff(power: NDArray[np.float32]) -> NDArray[np.float64]:
    part = np.cumsum(power[:, 4:], axis=1)
    return np.asarray(_HERTZ[4 + (part < 0.85 * part[:, -1:]).sum(axis=1).clip(max=part.shape[1] - 1)])


def _flatness(power: NDArray[np.float32]) -> NDArray[np.float32]:
    part = power[:, _bins(200, 5000)] + np.float32(1e-12)
    return np.asarray(_decibels(np.exp(np.log(part).mean(axis=1))) - _decibels(part.mean(axis=1)))


def _harmonic(power: NDArray[np.float32], hertz: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level of the highest bin within one and a half of a frequency that is another in each frame."""
    centre = np.clip(np.rint(hertz * N_FFT / SAMPLE_RATE).astype(int), 1, power.shape[1] - 2)
    rows = np.arange(len(power))
    return _decibels(np.maximum.reduce([power[rows, centre + step] for step in (-1, 0, 1)]))


def _bands(power: NDArray[np.float32], loudness: NDArray[np.float32], active: NDArray[np.bool_]) -> list[float]:
    values = []
    spoken = loudness[active] - loudness[active].mean()
    spread = float(np.square(spoken).mean())
    for low, high in _BANDS_HZ:
        band = _level(power[active], low, high)
        relative = band - loudness[active]
        slope = float((spoken * (relative - relative.mean())).mean()) / spread if spread > 1e-3 else 0.0
        values += [float(relative.std()), slope]
    return values


def _cepstra(mel: NDArray[np.float32], active: NDArray[np.bool_]) -> list[float]:
    import scipy.fft

    cepstra = scipy.fft.dct(mel, type=2, norm="ortho", axis=1)[:, 1 : _CEPSTRA + 1]
    spread = cepstra[active].std(axis=0)
    pairs = _neighbours(active)
    steps = np.abs(np.diff(cepstra, axis=0))[pairs].mean(axis=0) if pairs.any() else np.zeros(_CEPSTRA)
    return [float(value) for pair in zip(spread, steps, strict=True) for value in pair]
