"""Sound to measure with: made here, from a seed, in the formats people have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import Audio
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["ensemble", "level_db", "melody", "swr_resample", "tone", "write_clips"]

_DECAY_PER_SECOND = 5.0
_FADE_SECONDS = 0.1
_CLIPS_FROM_SECONDS = 30.0
_BASS_HZ = np.array([55.0, 65.4, 73.4, 82.4, 98.0])
_SCALE_HZ = 220.0 * 2.0 ** (np.array([0, 3, 5, 7, 10, 12, 15]) / 12)  # A minor pentatonic and a third above


def melody(seconds: float, *, sample_rate: int = 44100, seed: int = 0, notes_per_second: float = 4.0) -> Audio:
    """Plucked notes over a faint hiss, stereo: what a codec finds neither trivial nor impossible.

    Parameters
    ----------
    seconds : float
        Length.
    sample_rate : int
        In Hz.
    seed : int
        The same seed gives the same sound.
    notes_per_second : float
        How dense.

    Returns
    -------
    Audio
        Two channels that differ, peak -3 dB of full scale.

    Examples
    --------
    >>> melody(0.5).samples.shape
    (2, 22050)
    """
    generator = np.random.default_rng(seed)
    frames = round(seconds * sample_rate)
    if frames < 1:
        raise ParameterError(f"melody wants at least one sample, got {seconds} s.")
    out = 0.003 * generator.standard_normal((2, frames))
    for start in np.arange(0, seconds, 1 / notes_per_second):
        first = int(start * sample_rate)
        time = np.arange(min(sample_rate, frames - first)) / sample_rate
        pitch, pan = generator.choice(_SCALE_HZ), generator.uniform(0.2, 0.8)
        # Higher partials die away sooner, as on a string.
        note = sum(
            np.sin(2 * np.pi * pitch * k * time) * np.exp(-_DECAY_PER_SECOND * (0.6 + 0.4 * k) * time) / k
            for k in range(1, 7)
        )
        out[0, first : first + len(time)] += (1 - pan) * note
        out[1, first : first + len(time)] += pan * note
    return Audio(out * (10 ** (-3 / 20) / np.abs(out).max()), sample_rate, name=f"melody {seed}")


def ensemble(seconds: float, *, sample_rate: int = 44100, seed: int = 0) -> Audio:
    """Make a `melody` over a bass, a chord with vibrato and a brushed drum: broadband, and no bar like another.

    Parameters
    ----------
    seconds : float
        Length.
    sample_rate : int
        In Hz.
    seed : int
        The same seed gives the same sound.

    Returns
    -------
    Audio
        Two channels that differ, peak -3 dB of full scale.

    Examples
    --------
    >>> ensemble(0.5).samples.shape
    (2, 22050)
    """
    lead = melody(seconds, sample_rate=sample_rate, seed=seed)
    frames = lead.frames
    time = np.arange(frames) / sample_rate
    generator = np.random.default_rng([seed, 1])
    vibrato = 0.004 * np.sin(2 * np.pi * 5.1 * time)
    bars = (time // 2.0).astype(int)
    bass = _BASS_HZ[generator.integers(0, len(_BASS_HZ), bars[-1] + 1)][bars]
    phase = np.cumsum(bass * (1 + vibrato)) * (2 * np.pi / sample_rate)
    low = np.sin(phase) + 0.3 * np.sin(3 * phase)
    chord = np.sin(4 * phase) + np.sin(5 * phase) + np.sin(6 * phase)  # a just major triad, two octaves above the bass
    brush = generator.standard_normal(frames) * np.exp(-30.0 * (time % 0.5)) * (1 - np.exp(-400.0 * (time % 0.5)))
    out = lead.samples + np.stack(
        [0.25 * low + 0.06 * chord + 0.05 * brush, 0.25 * low + 0.06 * np.roll(chord, 300) - 0.03 * brush]
    )
    return Audio(out * (10 ** (-3 / 20) / np.abs(out).max()), sample_rate, name=f"ensemble {seed}")


def tone(frequency_hz: float, *, seconds: float = 2.0, sample_rate: int = 44100, level_dbfs: float = -6.0) -> Audio:
    """Make a sine, one channel, faded in and out over 100 ms so that it does not click.

    Examples
    --------
    >>> round(level_db(tone(1000).samples[0]))
    -6
    """
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    # A raised cosine: a straight ramp's corners would leave a click behind where the tone itself is filtered out.
    fade = 0.5 - 0.5 * np.cos(np.pi * np.clip(np.minimum(time, time[-1] - time) / _FADE_SECONDS, 0, 1))
    samples = 10 ** (level_dbfs / 20) * fade * np.sin(2 * np.pi * frequency_hz * time)
    return Audio(samples, sample_rate, name=f"{frequency_hz:g} Hz")


def level_db(samples: NDArray[np.floating]) -> float:
    """Level of a sine in its middle half, in dB of full scale: 0 for an amplitude of 1, never below -200."""
    quarter = len(samples) // 4
    middle = samples[quarter : len(samples) - quarter].astype(np.float64)
    amplitude = np.sqrt(2 * np.mean(middle**2)) if len(middle) else 0.0
    return float(20 * np.log10(max(amplitude, 1e-10)))


def swr_resample(audio: Audio, sample_rate: int, *, mono: bool = False) -> Audio:
    """Convert with FFmpeg's libswresample at its defaults, through PyAV's ``AudioResampler``.

    This is what many a script does, and here to be measured, not to be used.

    Parameters
    ----------
    audio : Audio
        One or two channels.
    sample_rate : int
        In Hz.
    mono : bool
        Let swr also mix the channels.

    Returns
    -------
    Audio
        As swr gives it: its own gain, its own length.

    Raises
    ------
    ParameterError
        For more than two channels, whose layout an array does not tell.
    """
    import av

    layouts = {1: "mono", 2: "stereo"}
    if audio.channels not in layouts:
        raise ParameterError(f"swr_resample wants one or two channels, got {audio.channels}.")
    layout = layouts[audio.channels]
    resampler = av.AudioResampler(format="fltp", layout="mono" if mono else layout, rate=sample_rate)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio.samples), format="fltp", layout=layout)
    frame.sample_rate = audio.sample_rate
    parts = [part.to_ndarray() for given in (frame, None) for part in resampler.resample(given)]
    return Audio(np.concatenate(parts, axis=1), sample_rate, name=f"{audio.name}, by swr")


def write_clips(
    folder: str | Path,
    *,
    count: int = 96,
    sample_rate: int = 44100,
    seed: int = 0,
    formats: Sequence[str] = ("FLAC",),
) -> list[Path]:
    """Write short stereo clips, 0.5 to 3 seconds cut from a melody, into two subfolders; returns their paths.

    Parameters
    ----------
    folder : path
        Where.
    count : int
        How many.
    sample_rate : int
        In Hz.
    seed : int
        Of the sound, of the lengths and of the places.
    formats : sequence of str
        Taken in turns, as `Audio.encode` calls them.
    """
    generator = np.random.default_rng(seed)
    whole = melody(_CLIPS_FROM_SECONDS, sample_rate=sample_rate, seed=seed)
    files = []
    for index in range(count):
        kind = formats[index % len(formats)]
        path = Path(folder) / f"part{index % 2}" / f"clip{index:04}.{kind.lower()}"
        path.parent.mkdir(parents=True, exist_ok=True)
        seconds = float(generator.uniform(0.5, 3.0))
        start = float(generator.uniform(0.0, _CLIPS_FROM_SECONDS - seconds))
        path.write_bytes(whole.between(start, start + seconds).encode(kind))
        files.append(path)
    return sorted(files)
