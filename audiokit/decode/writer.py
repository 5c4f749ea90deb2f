"""`write`: samples to a file, whole or not at all."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, overload

import numpy as np

from audiokit.audio import Audio
from audiokit.decode.encode import FORMATS, Options, check, encode
from audiokit.decode.output import whole_file
from audiokit.decode.source import printable
from audiokit.errors import OutputUnwritable, ParameterError
from audiokit.levels import LevelWarning, peak_of, what_was_clipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LevelWarning", "write"]

_ENDINGS = {"wave": "wav", "oga": "ogg"} | {name: name for name in FORMATS}


@overload
def write(
    path: str | os.PathLike[str],
    audio: Audio | NDArray[Any],
    sample_rate: int | None = None,
    *,
    format: str | None = None,
    subtype: str | None = None,
    bit_rate_bps: int | None = None,
    quality: float | None = None,
    output_sample_rate: int | None = None,
    overwrite: bool = True,
) -> Path: ...
@overload
def write(
    path: BinaryIO,
    audio: Audio | NDArray[Any],
    sample_rate: int | None = None,
    *,
    format: str | None = None,
    subtype: str | None = None,
    bit_rate_bps: int | None = None,
    quality: float | None = None,
    output_sample_rate: int | None = None,
    overwrite: bool = True,
) -> int: ...
def write(
    path: str | os.PathLike[str] | BinaryIO,
    audio: Audio | NDArray[Any],
    sample_rate: int | None = None,
    *,
    format: str | None = None,  # noqa: A002 - the field's word
    subtype: str | None = None,
    bit_rate_bps: int | None = None,
    quality: float | None = None,
    output_sample_rate: int | None = None,
    overwrite: bool = True,
) -> Path | int:
    """Write sound to a file: WAV, FLAC, MP3, Ogg Vorbis, Opus or M4A (AAC).

    Reading it again gives the same first sample and the same number of samples, in every one of these formats. (Opus is
    read at 48 kHz, whatever went in.) Loudness is never changed unsaid.

    Parameters
    ----------
    path : str, os.PathLike or binary file object
        A file is written under another name beside its place and then moved there, so that a crash leaves no half of
        it and a file that was there stays until the new one is complete. A file object gets the bytes in one go at its
        position, from memory, and is left open.
    audio : Audio, or ndarray of shape (channels, time) or (time,)
        Full scale is ±1 for floating point; int16 and int32 have the full scale of their type.
    sample_rate : int, optional
        Hz; needed with an array, and carried by an Audio.
    format : {"wav", "flac", "mp3", "ogg", "opus", "m4a"}, optional
        By default the ending of the name decides; for a file object without a name it is needed.
    subtype : str, optional
        Samples of WAV: ``"PCM_16"`` (the default, as everywhere in the field), ``"PCM_24"``, ``"PCM_32"``, ``"FLOAT"``
        (32 bits; keeps an Audio exactly) or ``"DOUBLE"`` (64). Of FLAC: ``"PCM_16"`` (default) or ``"PCM_24"``. Whole
        numbers are rounded without dither, with 2 ** (bits - 1) as full scale: what was read from a file of the same
        width is written bit for bit.
    bit_rate_bps : int, optional
        Bits a second of MP3 (constant), Opus or M4A. By default Opus gets 48,000 a channel and 16,000 more, M4A 80,000
        a channel (less at low rates).
    quality : float, optional
        0 to 1 at a variable bit rate: of MP3 (default 0.8, LAME's V2) or Ogg (default 0.4, q4).
    output_sample_rate : int, optional
        Resample to this many Hz first (soxr HQ). MP3, Opus and M4A hold certain rates only; nothing is resampled
        without being asked for.
    overwrite : bool
        Whether a file that is there may be replaced.

    Returns
    -------
    Path or int
        Where the file is; for a file object, how many bytes were written.

    Raises
    ------
    ParameterError
        For an unknown ending, a rate or number of channels that the format does not hold, samples that are no numbers
        or not finite, none at all, or options that do not fit the format.
    OutputExists
        If there is a file and `overwrite` is False.
    OutputUnwritable
        If the folder is missing, writing is not permitted, or the disk is full.

    Warns
    -----
    LevelWarning
        If samples beyond full scale were clipped, which whole-number WAV and FLAC need; or if some of M4A lie beyond
        0.95, where FFmpeg's encoder lowers the passage. MP3, Ogg, Opus and floating point keep every level, though a
        player may clip.

    Notes
    -----
    More than two channels are taken for the usual loudspeakers in Opus and M4A (six are L R C LFE and two behind, whose
    LFE is low-passed); in Ogg they are kept as they are numbered.

    Examples
    --------
    >>> target = io.BytesIO()
    >>> write(target, np.zeros(800, np.float32), 8000, format="wav")
    1644
    """
    if not isinstance(path, (str, os.PathLike)) and not hasattr(path, "write"):
        raise ParameterError(
            f"Cannot write to {type(path).__name__}: the file comes first, the sound second.",
            cure="Give a path, or a file object open as 'wb': write(\"talk.wav\", audio).",
        )
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else getattr(path, "name", "")
    kind = _kind(name, format)
    samples, rate = _samples_of(audio, sample_rate)
    if output_sample_rate is not None and _whole_rate(output_sample_rate) != rate:
        check(kind, samples.shape[0], output_sample_rate, Options(subtype, bit_rate_bps, quality))
        from audiokit.dsp import resample

        peak_of(samples)
        samples, rate = resample(samples.astype(np.float32, copy=False), rate, output_sample_rate), output_sample_rate
    options = Options(subtype, bit_rate_bps, quality)
    check(kind, samples.shape[0], rate, options)
    peak = peak_of(samples)
    bits = FORMATS[kind].subtypes.get(options.subtype or next(iter(FORMATS[kind].subtypes), ""), 0)
    if isinstance(path, (str, os.PathLike)):
        with whole_file(path, overwrite=overwrite) as beside:
            encode(beside, kind, samples, rate, options)
        done: Path | int = Path(path)
    else:
        done = _to_file_object(path, kind, samples, rate, options)
    said = _what_became_of_peaks(kind, samples, peak, in_whole_numbers=bits > 0)
    if said:
        warnings.warn(said, LevelWarning, stacklevel=2)
    return done


def _what_became_of_peaks(kind: str, samples: NDArray[Any], peak: float, *, in_whole_numbers: bool) -> str:
    if in_whole_numbers:
        return what_was_clipped(samples, peak, instead=', or write subtype="FLOAT"' if kind == "wav" else "")
    loudest = FORMATS[kind].loudest
    if peak > loudest:
        return (
            f"The loudest sample is {peak:.3g}, and FFmpeg's AAC encoder lowers passages beyond {loudest}, to be safe "
            f"from clipping. Lower the level first, or write another format."
        )
    return ""


def _kind(name: Any, given: str | None) -> str:
    known = ", ".join(FORMATS)
    if given is not None:
        kind = _ENDINGS.get(str(given).lower().lstrip("."))
        if kind is None:
            raise ParameterError(f"There is no format {given!r}.", cure=f"The formats are {known}.")
        return kind
    ending = Path(name).suffix.lower() if isinstance(name, str) else ""
    kind = _ENDINGS.get(ending[1:])
    if kind is None:
        got = f"the ending {printable(ending)!r}" if ending else "no ending"
        raise ParameterError(
            f"The name has {got}, which says no format.", cure=f"The endings are {known}; or give format=..."
        )
    return kind


def _samples_of(audio: Any, sample_rate: int | None) -> tuple[NDArray[Any], int]:
    """Return (channels, time) of float32 or float64, and the rate."""
    if isinstance(audio, Audio):
        if sample_rate is not None and sample_rate != audio.sample_rate:
            raise ParameterError(
                f"This Audio has {audio.sample_rate} Hz, and sample_rate says {sample_rate} Hz.",
                cure="Leave sample_rate out; to resample, give output_sample_rate.",
            )
        samples: NDArray[Any] = audio.samples
        rate = audio.sample_rate
    else:
        samples = np.atleast_2d(np.asarray(audio))
        if sample_rate is None:
            raise ParameterError("An array does not know its rate.", cure="Give sample_rate, in Hz.")
        rate = _whole_rate(sample_rate)
    if samples.ndim != 2 or samples.dtype not in (np.float16, np.float32, np.float64, np.int16, np.int32):
        raise ParameterError(
            f"write wants an Audio, or an array of shape (channels, time) or (time,), floating-point, int16 or int32; "
            f"got shape {np.shape(audio)} of {samples.dtype}.",
            cure="Convert it first; full scale of floating point is ±1.",
        )
    if not samples.size:
        raise ParameterError("There are no samples to write.", cure="Check that the recording is not empty.")
    if samples.dtype.kind == "i":
        return samples / 2.0 ** (8 * samples.dtype.itemsize - 1), rate
    return (samples.astype(np.float32) if samples.dtype == np.float16 else samples), rate


def _whole_rate(rate: Any) -> int:
    try:
        if not isinstance(rate, bool) and int(rate) == rate and rate > 0:
            return int(rate)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ParameterError(f"sample_rate must be a positive whole number of Hz, got {rate!r}.")


def _to_file_object(target: Any, kind: str, samples: NDArray[Any], rate: int, options: Options) -> int:
    if isinstance(target, io.TextIOBase):
        raise ParameterError(
            f"Cannot write to {type(target).__name__}.", cure="Give a path, or a file object open as 'wb'."
        )
    buffer = io.BytesIO()
    encode(buffer, kind, samples, rate, options)
    left = buffer.getbuffer()
    size = len(left)
    try:
        while left:
            written = target.write(left)
            left = left[len(left) if written is None else written :]  # a raw file may take a part only
    except (OSError, ValueError, TypeError) as error:
        raise OutputUnwritable(
            f"The file object does not take the bytes ({error}).", cure="Open it with open(path, 'wb')."
        ) from error
    return size
