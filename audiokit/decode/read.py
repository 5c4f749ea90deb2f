"""The three ways in: `read` (an `Audio`), `load` (librosa's tuple), `info` (without decoding)."""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.audio import Audio, mean_of_channels
from audiokit.decode.router import Router
from audiokit.decode.source import Source, SourceLike, open_source
from audiokit.errors import EmptySource, ParameterError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from audiokit.decode.backend import AudioInfo

__all__ = ["info", "load", "read"]


def read(
    source: SourceLike | Source,
    *,
    sample_rate: int | None = None,
    mono: bool = False,
    offset_seconds: float = 0.0,
    duration_seconds: float | None = None,
    quality: str = "soxr_hq",
    router: Router | None = None,
) -> Audio:
    """Decode any audio or video file.

    Parameters
    ----------
    source : path, bytes, or binary file object
        Told apart by content, never by the name's ending.
    sample_rate : int, optional
        Resample to this many Hz with soxr; the file's own rate if None.
    mono : bool
        Downmix by the mean of the channels, before resampling.
    offset_seconds, duration_seconds : float
        Span to read, counted in the file's own samples as ``int(seconds * rate)``.
    quality : str
        One of librosa's ``soxr_*`` names.
    router : Router, optional
        Which backends to ask; the default asks soundfile and PyAV.

    Returns
    -------
    Audio
        Float32, (channels, time). ``.warnings`` says what was lost, if the file is damaged or truncated.

    Raises
    ------
    InputError
        One of its kinds: not found, unreadable, empty, not audio, no sound track, damaged beyond reading.
    """
    _check_span(offset_seconds, duration_seconds)
    if sample_rate is not None and (sample_rate <= 0 or int(sample_rate) != sample_rate):
        raise ParameterError(f"sample_rate must be a positive whole number of Hz, got {sample_rate!r}.")
    opened = open_source(source)
    decoded = (router or Router()).read(opened, offset_seconds, duration_seconds)
    samples = decoded.samples
    if not samples.shape[1] and not offset_seconds and duration_seconds is None:
        why = " ".join(["it has a header but holds no audio.", *decoded.warnings])
        raise EmptySource(f"{opened.name}: {why}", cure="Record or export it again.")
    if mono:
        samples = mean_of_channels(samples)[np.newaxis]
    rate = decoded.sample_rate
    if sample_rate is not None and sample_rate != rate:
        from audiokit.dsp import resample

        samples, rate = resample(samples, rate, int(sample_rate), quality=quality), int(sample_rate)
    return Audio(samples, rate, name=PurePath(opened.name).name, warnings=decoded.warnings)


def load(
    path: SourceLike,
    *,
    sr: int | None = 22050,
    mono: bool = True,
    offset: float = 0.0,
    duration: float | None = None,
    dtype: DTypeLike = np.float32,
    res_type: str = "soxr_hq",
) -> tuple[NDArray[Any], int]:
    """`librosa.load`, with its meaning and its defaults, for any file.

    Parameters
    ----------
    path : path, bytes, or binary file object
        What to read.
    sr : int or None
        Sample rate to resample to, in Hz; None keeps the file's own.
    mono : bool
        Mean of the channels.
    offset, duration : float
        Seconds.
    dtype : dtype
        Floating-point type of the result.
    res_type : str
        ``soxr_vhq``, ``soxr_hq``, ``soxr_mq``, ``soxr_lq`` or ``soxr_qq``.

    Returns
    -------
    y : ndarray, shape (time,) or (channels, time)
        One-dimensional when there is one channel.
    sr : int
        Its sample rate in Hz.

    Raises
    ------
    InputError
        As `read`.
    """
    audio = read(
        path,
        sample_rate=None if sr is None else int(sr),
        mono=mono,
        offset_seconds=offset,
        duration_seconds=duration,
        quality=res_type,
    )
    kind = np.dtype(dtype)
    if kind.kind != "f":
        raise ParameterError(f"load gives floating-point samples, not {kind}.", cure="Use float32 or float64.")
    samples = audio.samples[0] if audio.channels == 1 else audio.samples
    return np.array(samples, dtype=kind), audio.sample_rate


def info(source: SourceLike | Source, *, router: Router | None = None) -> AudioInfo:
    """Describe a file without decoding it: container, codec, rate, channels, duration, bit rate.

    Parameters
    ----------
    source : path, bytes, or binary file object
        What to look at.
    router : Router, optional
        Which backends to ask.

    Returns
    -------
    AudioInfo
        What the file's headers state.

    Raises
    ------
    InputError
        As `read`.
    """
    return (router or Router()).info(source)


def _check_span(offset_seconds: float, duration_seconds: float | None) -> None:
    if not (math.isfinite(offset_seconds) and offset_seconds >= 0):
        raise ParameterError(f"The offset must be 0 or more seconds, got {offset_seconds}.")
    if duration_seconds is not None and not (math.isfinite(duration_seconds) and duration_seconds >= 0):
        raise ParameterError(f"The duration must be 0 or more seconds, got {duration_seconds}.")
