"""Speech put in shape on request: noise turned down, silence cut from its ends, loudness set. What was done is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from audiokit.activity.levels import frame_levels
from audiokit.dsp.loudness import measure_loudness
from audiokit.dsp.noise_reduction import reduce_noise
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audiokit.audio import Audio

__all__ = ["enhance_speech", "without_noise"]

_FRAME_SECONDS = 0.01


def enhance_speech(
    audio: Audio,
    *,
    denoise: bool = False,
    trim: bool = False,
    loudness_lufs: float | None = None,
    silence_dbfs: float = -50.0,
    keep_seconds: float = 0.05,
    true_peak_dbtp: float = -1.0,
) -> Audio:
    """Turn down its noise, trim and level speech, in this order; without options nothing is done.

    Parameters
    ----------
    audio : Audio
        Any rate and channels.
    denoise : bool
        Whether steady noise is turned down; see `without_noise`.
    trim : bool
        Whether what is quieter than `silence_dbfs` at both ends is cut off, but for `keep_seconds`.
    loudness_lufs : float, optional
        Integrated loudness (ITU-R BS.1770-4) to bring it to, for example -16; one gain for all of it. Where that would
        lift its true peak above `true_peak_dbtp`, the gain is less: nothing is limited or clipped.
    silence_dbfs : float
        Level of the frames of 10 ms that count as silence.
    keep_seconds : float
        Silence left at either end.
    true_peak_dbtp : float
        Highest level between samples.

    Returns
    -------
    Audio
        ``warnings`` say what was done, in numbers; ``start_seconds`` moves with what was cut off.

    Raises
    ------
    ParameterError
        If the loudness is not between -70 and 0, or is not defined for this sound.

    Examples
    --------
    >>> from audiokit import Audio
    >>> sound = Audio(np.concatenate([np.zeros(8000), np.full(8000, 0.1), np.zeros(8000)]), 8000)
    >>> trimmed = enhance_speech(sound, trim=True)
    >>> trimmed.duration_seconds, trimmed.warnings
    (1.1, ('silence trimmed: 0.95 s before, 0.95 s after',))
    """
    if loudness_lufs is not None and not -70 <= loudness_lufs <= 0:
        raise ParameterError(f"loudness_lufs must lie between -70 and 0, got {loudness_lufs!r}.", cure="-16 is usual.")
    if denoise:
        audio = without_noise(audio)
    if trim:
        audio = _trimmed(audio, silence_dbfs, keep_seconds)
    if loudness_lufs is not None:
        audio = _levelled(audio, loudness_lufs, true_peak_dbtp)
    return audio


def without_noise(
    audio: Audio, *, noise_spans: Iterable[tuple[float, float]] | None = None, reduction_db: float = 15.0
) -> Audio:
    """Turn down steady noise.

    Parameters
    ----------
    audio : Audio
        Any rate and channels, every sample finite.
    noise_spans, reduction_db
        As `audiokit.dsp.reduce_noise`.

    Returns
    -------
    Audio
        Of the same length; ``warnings`` say what was done, and by how much the whole became quieter.

    Raises
    ------
    ParameterError
        As `audiokit.dsp.reduce_noise`.
    """
    samples = reduce_noise(audio.samples, audio.sample_rate, noise_spans=noise_spans, reduction_db=reduction_db)
    before, after = (
        float(np.mean(np.square(one, dtype=np.float64))) if one.size else 0.0 for one in (audio.samples, samples)
    )
    change = f"{10 * np.log10(after / before):+.1f} dB in all" if before > 0 and after > 0 else "nothing was there"
    said = f"steady noise turned down by up to {reduction_db:g} dB (Wiener filter, decision-directed): {change}"
    return replace(audio, samples=samples, warnings=(*audio.warnings, said))


def _trimmed(audio: Audio, silence_dbfs: float, keep_seconds: float) -> Audio:
    levels = frame_levels(audio, frame_seconds=_FRAME_SECONDS)
    loud = np.flatnonzero(levels > silence_dbfs)
    if not loud.size:
        return replace(audio, warnings=(*audio.warnings, "nothing trimmed: all of it is silence"))
    frame = round(_FRAME_SECONDS * audio.sample_rate) / audio.sample_rate
    start = max(float(loud[0]) * frame - keep_seconds, 0.0)
    end = min(float(loud[-1] + 1) * frame + keep_seconds, audio.duration_seconds)
    said = f"silence trimmed: {start:.2f} s before, {audio.duration_seconds - end:.2f} s after"
    cut = audio.between(start, end)
    return replace(cut, start_seconds=audio.start_seconds + start, warnings=(*audio.warnings, said))


def _levelled(audio: Audio, loudness_lufs: float, true_peak_dbtp: float) -> Audio:
    measured = measure_loudness(audio.samples, audio.sample_rate)
    if measured.integrated_lufs is None:
        raise ParameterError(f"This sound has no loudness to set: {measured.note or 'it is silent'}.")
    wanted = loudness_lufs - measured.integrated_lufs
    gain = min(wanted, true_peak_dbtp - measured.true_peak_dbtp)
    before, after = measured.integrated_lufs, measured.integrated_lufs + gain
    said = f"loudness set by {gain:+.1f} dB from {before:.1f} to {after:.1f} LUFS"
    if gain < wanted:
        said += f"; {loudness_lufs:g} would lift its peaks above {true_peak_dbtp:g} dBTP"
    samples = audio.samples * np.float32(10 ** (gain / 20))
    return replace(audio, samples=samples, warnings=(*audio.warnings, said))
