"""Samples to the bytes of a file: WAV, FLAC, MP3 and Ogg by libsndfile, Opus and M4A by FFmpeg."""

from __future__ import annotations

import bisect
import os
from contextlib import nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from audiokit.errors import OutputUnwritable, ParameterError
from audiokit.levels import blocks_of, quantised

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

__all__ = ["FORMATS", "Format", "Options", "check", "encode"]

_MPEG_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_AAC_RATES = (7350, *_MPEG_RATES, 64_000, 88_200, 96_000)
_OPUS_RATES = (8000, 12_000, 16_000, 24_000, 48_000)
# Layer III, kbit/s: MPEG-1 (32 kHz and above), MPEG-2 (16 kHz and above), MPEG-2.5
_MP3_KBPS = (
    (32_000, (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)),
    (16_000, (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)),
    (0, (8, 16, 24, 32, 40, 48, 56, 64)),
)
# Numbers of channels that come back in the order in which they went in; FFmpeg's other Opus layouts do not.
_OPUS_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 6: "5.1"}
_AAC_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1"}
_RF64_BYTES = 2**32 - 2**20  # beyond, the 32-bit sizes of WAV no longer hold


@dataclass(frozen=True, slots=True)
class Format:
    """What a file format can hold.

    Parameters
    ----------
    name : str
        As messages call it.
    subtypes : dict of str to int
        libsndfile's names of the sample formats, the default first, and their whole-number bits (0 for floating point);
        empty where the codec is lossy.
    channels : tuple of int
        Numbers of channels it holds.
    rates : tuple of int
        The sample rates in Hz; two numbers with `any_rate` are the bounds.
    any_rate : bool
        Whether every rate between the bounds is allowed.
    quality : float or None
        Default quality of a variable bit rate, 0 to 1; None where there is none.
    loudest : float
        Beyond this magnitude the encoder does not keep a sample's level.
    """

    name: str
    subtypes: dict[str, int]
    channels: range | tuple[int, ...]
    rates: tuple[int, ...]
    any_rate: bool = False
    quality: float | None = None
    loudest: float = np.inf


FORMATS = {
    "wav": Format(
        "WAV", {"PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 0, "DOUBLE": 0}, range(1, 1025), (1, 2**31 - 1), True
    ),
    "flac": Format("FLAC", {"PCM_16": 16, "PCM_24": 24}, range(1, 9), (1, 655_350), True),
    "mp3": Format("MP3", {}, range(1, 3), _MPEG_RATES, quality=0.8),
    "ogg": Format("Ogg Vorbis", {}, range(1, 256), (1, 200_000), True, quality=0.4),
    "opus": Format("Opus", {}, tuple(_OPUS_LAYOUTS), _OPUS_RATES),
    "m4a": Format("M4A (AAC)", {}, tuple(_AAC_LAYOUTS), _AAC_RATES, loudest=0.95),
}


@dataclass(frozen=True, slots=True)
class Options:
    """How to encode; None is the format's default.

    Parameters
    ----------
    subtype : str or None
        libsndfile's name of a sample format, for WAV and FLAC.
    bit_rate_bps : int or None
        Bits a second, for MP3, Opus and M4A.
    quality : float or None
        0 to 1, for MP3 and Ogg.
    """

    subtype: str | None = None
    bit_rate_bps: int | None = None
    quality: float | None = None


def check(kind: str, channels: int, sample_rate: int, options: Options) -> None:
    """Raise ParameterError for what the format cannot hold."""
    form = FORMATS[kind]
    if channels not in form.channels:
        most = max(form.channels)
        some = f"at most {most}" if len(form.channels) == most else ", ".join(map(str, form.channels))
        raise ParameterError(
            f"{form.name} holds {some} channels, got {channels:,}.",
            cure="The shape is (channels, time); soundfile's (time, channels) needs `.T`."
            if channels > 1024
            else "Write WAV, or mix it down.",
        )
    if form.any_rate:
        if not form.rates[0] <= sample_rate <= form.rates[1]:
            raise ParameterError(
                f"{form.name} holds at most {form.rates[1]:,} Hz, got {sample_rate:,} Hz.",
                cure="Resample with output_sample_rate=..., or write WAV.",
            )
    elif sample_rate not in form.rates:
        above = form.rates[min(bisect.bisect(form.rates, sample_rate), len(form.rates) - 1)]
        raise ParameterError(
            f"{form.name} holds {', '.join(map(str, form.rates))} Hz, got {sample_rate} Hz.",
            cure=f"Resample with output_sample_rate={above}, or write FLAC.",
        )
    _check_options(kind, form, channels, sample_rate, options)


def _check_options(kind: str, form: Format, channels: int, sample_rate: int, options: Options) -> None:
    if options.subtype is not None and options.subtype not in form.subtypes:
        known = ", ".join(form.subtypes)
        raise ParameterError(
            f"{form.name} has no subtype {options.subtype!r}.",
            cure=f"Its subtypes are {known}." if known else "It is lossy: leave subtype out.",
        )
    if options.quality is not None:
        if form.quality is None:
            raise ParameterError(f"{form.name} has no quality to choose.", cure=_what_instead(kind))
        if not 0 <= options.quality <= 1:
            raise ParameterError(f"quality must be between 0 and 1, got {options.quality}.")
        if options.bit_rate_bps is not None:
            raise ParameterError("bit_rate_bps and quality exclude each other.", cure="Give one of them.")
    if options.bit_rate_bps is not None:
        _check_bit_rate(kind, form, channels, sample_rate, options.bit_rate_bps)


def _check_bit_rate(kind: str, form: Format, channels: int, sample_rate: int, bit_rate_bps: int) -> None:
    if kind == "mp3":
        allowed = _mp3_kbps(sample_rate)
        if bit_rate_bps not in [1000 * kbps for kbps in allowed]:
            raise ParameterError(
                f"MP3 at {sample_rate} Hz has no bit rate of {bit_rate_bps} bit/s.",
                cure=f"In kbit/s there are {', '.join(map(str, allowed))}; or give quality=0 to 1.",
            )
        return
    if kind not in ("opus", "m4a"):
        raise ParameterError(f"{form.name} has no bit rate to choose.", cure=_what_instead(kind))
    low, high = 6000, channels * (256_000 if kind == "opus" else 6 * sample_rate)  # RFC 6716; 6144 bits of 1024 samples
    if not low <= bit_rate_bps <= high:
        raise ParameterError(
            f"{form.name} with {channels} channel(s) at {sample_rate} Hz has no bit rate of {bit_rate_bps} bit/s.",
            cure=f"It goes from {low} to {high} bit/s.",
        )


def _what_instead(kind: str) -> str:
    if kind == "ogg":
        return "Its bit rate varies: give quality=0 to 1."
    return "Give bit_rate_bps." if kind in ("opus", "m4a") else "It is lossless: choose subtype instead."


def encode(target: Path | BinaryIO, kind: str, samples: NDArray[Any], sample_rate: int, options: Options) -> None:
    """Write a complete file.

    Parameters
    ----------
    target : Path or binary file object
        A file that may be made anew, or one that can be written, read and sought, at its beginning.
    kind : str
        One of `FORMATS`.
    samples : ndarray of float32 or float64, shape (channels, time)
        Full scale ±1, finite.
    sample_rate : int
        Hz.
    options : Options
        As `check` allows them.

    Raises
    ------
    OutputUnwritable
        If the library or the disk refuses.
    """
    by_ffmpeg = kind in ("opus", "m4a")
    try:
        if by_ffmpeg:
            _by_ffmpeg(target, kind, samples, sample_rate, options)
        else:
            _by_libsndfile(target, kind, samples, sample_rate, options)
    # soundfile asserts that all was written; its errors are RuntimeErrors, FFmpeg's are OSErrors or ValueErrors
    except (RuntimeError, OSError, ValueError, AssertionError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "error_string", None) or str(error)
        why = reason or "the disk took only a part of it"
        raise OutputUnwritable(
            f"The {FORMATS[kind].name} file cannot be written ({why.rstrip('.')}).",
            cure="Check the free space on the disk.",
        ) from error


def _by_libsndfile(
    target: Path | BinaryIO, kind: str, samples: NDArray[Any], sample_rate: int, options: Options
) -> None:
    import soundfile

    container, subtype, extra = kind.upper(), options.subtype or next(iter(FORMATS[kind].subtypes), ""), {}
    if kind == "wav":
        width = 8 if subtype == "DOUBLE" else 4 if subtype in ("FLOAT", "PCM_32") else 3 if subtype == "PCM_24" else 2
        container = "RF64" if samples.size * width >= _RF64_BYTES else "WAV"
    elif kind == "ogg":
        subtype, extra = "VORBIS", {"compression_level": 1 - _quality(kind, options)}
    elif kind == "mp3":
        subtype, extra = "MPEG_LAYER_III", _mp3_settings(sample_rate, options)
    bits = FORMATS[kind].subtypes.get(subtype, 0)
    name = os.fspath(target) if isinstance(target, Path) else target
    with soundfile.SoundFile(name, "w", sample_rate, samples.shape[0], subtype, format=container, **extra) as file:
        for block in blocks_of(samples):
            frames = np.ascontiguousarray(block.T)
            file.write(quantised(frames, bits) if bits else frames)


def _quality(kind: str, options: Options) -> float:
    default = FORMATS[kind].quality
    return float(options.quality if options.quality is not None else default or 0.0)


def _mp3_kbps(sample_rate: int) -> tuple[int, ...]:
    return next(kbps for lowest, kbps in _MP3_KBPS if sample_rate >= lowest)


def _mp3_settings(sample_rate: int, options: Options) -> dict[str, Any]:
    """Give libsndfile's level, 0 (best) to below 1; at a constant rate it is linear in the bits of the MPEG version."""
    if options.bit_rate_bps is None:
        return {"bitrate_mode": "VARIABLE", "compression_level": min(1 - _quality("mp3", options), 0.999)}
    allowed = _mp3_kbps(sample_rate)
    most, least = allowed[-1], allowed[0]
    level = (most - options.bit_rate_bps / 1000 - 0.5) / (most - least)  # half a kbit/s, as it is cut to a whole number
    return {"bitrate_mode": "CONSTANT", "compression_level": max(level, 0.0)}


def _by_ffmpeg(target: Path | BinaryIO, kind: str, samples: NDArray[Any], sample_rate: int, options: Options) -> None:
    import av

    channels, clock = samples.shape[0], Fraction(1, sample_rate)
    if kind == "opus":
        codec, container, layout, sample_format, muxer = "libopus", "ogg", _OPUS_LAYOUTS[channels], "flt", {}
        default = 48_000 * channels + 16_000
    else:
        codec, container, layout, sample_format = "aac", "ipod", _AAC_LAYOUTS[channels], "fltp"
        # The edit list that cuts the encoder's priming and tail counts in this clock; by default it is milliseconds.
        muxer = {"movie_timescale": str(sample_rate)}
        default = min(80_000, 4 * sample_rate) * channels
    # Always a handle: FFmpeg would take a colon in a name for a protocol
    opened: AbstractContextManager[BinaryIO]
    opened = target.open("wb+") if isinstance(target, Path) else nullcontext(target)
    with opened as handle, av.open(handle, "w", format=container, options=muxer) as out:
        stream: Any = out.add_stream(codec, rate=sample_rate, layout=layout)
        stream.bit_rate = options.bit_rate_bps or default
        stream.codec_context.format = av.AudioFormat(sample_format)
        stream.time_base = clock
        stream.codec_context.open()
        size = stream.codec_context.frame_size
        for start in range(0, samples.shape[1], size):  # the last frame may be shorter: so the length is stated exactly
            part = samples[:, start : start + size].astype(np.float32)
            packed = part if sample_format == "fltp" else part.T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(packed), format=sample_format, layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = sample_rate, start, clock
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
