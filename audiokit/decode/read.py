"""The ways in: `read` (an `Audio`), `load` (librosa's tuple), `info` (without decoding)."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.audio import Audio
from audiokit.decode.answers import find
from audiokit.decode.limits import NO_OTHER_LIMITS, Limits
from audiokit.decode.request import Request
from audiokit.decode.router import Router, default_router
from audiokit.decode.source import Source, SourceLike, open_source
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from audiokit.decode.backend import AudioInfo, Backend
    from audiokit.decode.sniff import Sniffed

__all__ = ["info", "load", "read"]


def read(
    source: SourceLike | Source,
    *,
    sample_rate: int | None = None,
    mono: bool = False,
    offset_seconds: float = 0.0,
    duration_seconds: float | None = None,
    quality: str = "soxr_hq",
    track: int = 0,
    strict: bool = False,
    workers: int | Literal["auto"] = "auto",
    limits: Limits | None = None,
    time_limit_seconds: float | None = None,
    router: Router | None = None,
) -> Audio:
    """Decode any audio or video file.

    Parameters
    ----------
    source : path, bytes, binary file object, or http(s) address
        Told apart by content, never by the name's ending. Addresses need the extra ``url``.
    sample_rate : int, optional
        Resample to this many Hz with soxr; the file's own rate if None.
    mono : bool
        Downmix by the mean of the channels, before resampling.
    offset_seconds, duration_seconds : float
        Span to read, counted in the file's own samples as ``int(seconds * rate)``.
    quality : str
        One of librosa's ``soxr_*`` names.
    track : int
        Which sound track, counted from 0, where a film has several.
    strict : bool
        Raise DamagedAudio where otherwise ``.warnings`` would say what is wrong.
    workers : int or "auto"
        Threads for this one file. Long files of some codecs are decoded in segments side by side; the samples are the
        same for every number. ``"auto"`` takes all processors in the main thread of a program and one elsewhere.
    limits : Limits, optional
        What is refused; by default more than 12 hours, 256 channels or 1.5 MHz.
    time_limit_seconds : float, optional
        Looked at between blocks. A decoder that hangs inside one is beyond it: see
        `audiokit.decode.read_isolated`.
    router : Router, optional
        Which backends to ask; `audiokit.decode.default_router` if None.

    Returns
    -------
    Audio
        Float32, (channels, time). If the file is damaged or cut off, ``.warnings`` says so in sentences, and ``.lost``
        where, in seconds; silence stands there, so that the rest keeps its time. Sound missing at the end is a span
        behind the last sample.

    Raises
    ------
    InputError
        One of its kinds: not found, unreadable, empty, not audio, no sound track, damaged beyond reading, beyond the
        limits.
    """
    request = Request(
        sample_rate,
        mono,
        offset_seconds,
        duration_seconds,
        quality,
        track,
        strict,
        _workers(workers),
        limits or NO_OTHER_LIMITS,
    )
    opened = open_source(source, keep=True)
    try:
        found = find(opened, request, time_limit_seconds, router or default_router())
    finally:
        opened.release()
    plan = found.plan
    return Audio(
        found.samples,
        plan.target_rate,
        name=opened.last_name,
        warnings=found.warnings,
        lost=found.lost,
        start_seconds=plan.start / plan.source_rate,
    )


def _workers(workers: int | str) -> int | None:
    if workers == "auto":
        return None
    if not isinstance(workers, int) or workers < 1:
        raise ParameterError(f'workers must be a whole number above 0, or "auto", got {workers!r}.')
    return workers


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
    path : path, bytes, binary file object, or http(s) address
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

    Warns
    -----
    UserWarning
        Where something of the file is damaged or missing; `read` says where.
    """
    kind = np.dtype(dtype)
    if kind.kind != "f":
        raise ParameterError(f"load gives floating-point samples, not {kind}.", cure="Use float32 or float64.")
    request = Request(sr, mono, offset, duration, res_type, workers=None)
    source = open_source(path, keep=True)
    try:
        found = find(source, request, None, default_router())
    finally:
        source.release()
    if found.warnings:  # a tuple cannot carry them
        warnings.warn(f"{source.name}: {' '.join(found.warnings)}", stacklevel=2)
    samples = found.samples[0] if len(found.samples) == 1 else found.samples
    return samples.astype(kind, copy=False), found.plan.target_rate


def info(
    source: SourceLike | Source, *, track: int = 0, exact: bool = False, router: Router | None = None
) -> AudioInfo:
    """Describe a file: container, codec, rate, channels, duration, bit rate.

    Parameters
    ----------
    source : path, bytes, binary file object, or http(s) address
        What to look at.
    track : int
        Which sound track, counted from 0.
    exact : bool
        Decode it (and keep nothing) to count its samples; otherwise only headers are read, and ``frames`` is None where
        they do not state them exactly.
    router : Router, optional
        Which backends to ask.

    Returns
    -------
    AudioInfo
        What the file's headers state; with `exact`, ``frames`` and ``duration_seconds`` are counted.

    Raises
    ------
    InputError
        As `read`.
    """
    router = router or default_router()
    opened = open_source(source)
    found = router.info(opened, track=track)
    if not exact:
        return found

    def count(backend: Backend, checked: Source, sniffed: Sniffed) -> tuple[int, int]:
        with backend.open(checked, sniffed, track) as stream:
            frames = sum(block.shape[1] for block in stream.blocks(0, None))
            return frames, max((stream.frames or 0) - frames, 0)

    frames, _ = router.ask(opened, count, flaw=lambda counted: float(counted[1]))
    return replace(found, frames=frames, duration_seconds=frames / found.sample_rate)
