"""Files to measure with: one sound in each codec, at any length, and hours of it cheaply."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.sounds import ensemble
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["CODECS", "OPUS_RATE", "write_codec", "write_codecs", "write_hours_of_mp3", "write_hours_of_wav"]

CODECS = {"WAV": "wav", "FLAC": "flac", "MP3": "mp3", "Vorbis": "ogg", "Opus": "opus", "AAC": "m4a"}
"""What is compared, and how its files' names end."""

OPUS_RATE = 48000
"""Opus knows no other rate; everything else is written at 44.1 kHz."""

_BY_SOUNDFILE = {"WAV": ("WAV", "PCM_16"), "FLAC": ("FLAC", "PCM_16"), "Vorbis": ("OGG", "VORBIS")}
# FFmpeg's name, bits a second, options: such that the decoders that are compared agree.
# AAC's noise substitution is off, because it asks the decoder to draw noise, which no two of them do alike. Below
# 256 kbit/s the two Opus decoders (libopus, FFmpeg) differ by up to 1e-3 in a few frames with attacks.
_BY_PYAV: dict[str, tuple[str, int, dict[str, str]]] = {
    "MP3": ("libmp3lame", 192_000, {"compression_level": "9"}),
    "Opus": ("libopus", 256_000, {}),
    "AAC": ("aac", 160_000, {"aac_pns": "0"}),
}
_LOOP_SECONDS = 30.0
_STEP = 1 << 16


def write_codecs(
    folder: str | Path,
    *,
    seconds: float = 30.0,
    codecs: Sequence[str] = tuple(CODECS),
    after_each: Callable[[], object] | None = None,
) -> dict[str, Path]:
    """Write one sound in several codecs, stereo; returns the files by codec.

    Parameters
    ----------
    folder : path
        Where.
    seconds : float
        Length. Beyond 30 s the sound comes again, each time a little softer and with the channels exchanged, so that a
        wrong place in the file gives other samples.
    codecs : sequence of str
        Some of `CODECS`.
    after_each : callable, optional
        Called after each file.
    """
    unknown = [name for name in codecs if name not in CODECS]
    if unknown or not codecs:
        raise ParameterError(f"Codecs are {', '.join(CODECS)}; got {', '.join(unknown) or 'none'}.")
    if seconds <= 0:
        raise ParameterError(f"A file wants more than 0 seconds, got {seconds}.")
    paths = {name: Path(folder) / f"sound_{seconds:g}s.{CODECS[name]}" for name in codecs}
    loops = {rate: _loop(seconds, rate) for rate in {_rate_of(name) for name in codecs}}
    with ThreadPoolExecutor() as pool:  # the encoders run without the GIL
        waiting = []
        for name, path in paths.items():
            rate = _rate_of(name)
            waiting.append(pool.submit(write_codec, path, name, partial(_parts, loops[rate], seconds), rate))
        for one in waiting:
            one.result()
            if after_each is not None:
                after_each()
    return paths


def _rate_of(codec: str) -> int:
    return OPUS_RATE if codec == "Opus" else 44100


def _loop(seconds: float, rate: int) -> NDArray[np.float32]:
    return ensemble(min(seconds, _LOOP_SECONDS), sample_rate=rate).samples


def _parts(loop: NDArray[np.float32], seconds: float) -> Iterator[NDArray[np.float32]]:
    """Loops until the time is full, none like the one before."""
    rest = round(seconds * loop.shape[1] / min(seconds, _LOOP_SECONDS))
    for number in range(-(-rest // loop.shape[1])):
        part = loop[:: -1 if number % 2 else 1] * np.float32(0.97**number)
        yield part[:, :rest]
        rest -= part.shape[1]


def write_codec(
    path: Path, codec: str, parts: Callable[[], Iterator[NDArray[np.float32]]], sample_rate: int, **options: Any
) -> None:
    """Encode parts of shape (channels, time) as one file.

    Parameters
    ----------
    path : path
        The file; its ending decides about the container.
    codec : str
        One of `CODECS`.
    parts : callable
        Gives them in order, two channels unless ``channels`` is given.
    sample_rate : int
        In Hz.
    **options
        ``channels``, ``bit_rate``, and ``muxer``, a dict of options, for what PyAV writes.
    """
    if codec in _BY_SOUNDFILE:
        import soundfile

        kind, subtype = _BY_SOUNDFILE[codec]
        with soundfile.SoundFile(path, "w", sample_rate, 2, format=kind, subtype=subtype) as file:
            for part in parts():
                for start in range(0, part.shape[1], _STEP):
                    file.write(part[:, start : start + _STEP].T)
        return
    import av

    name, bit_rate, encoder = _BY_PYAV[codec]
    with av.open(str(path), "w", options=options.get("muxer", {})) as container:
        stream: Any = container.add_stream(name, rate=sample_rate, options=encoder)
        stream.layout = {1: "mono", 2: "stereo"}[options.get("channels", 2)]
        stream.bit_rate = options.get("bit_rate", bit_rate)
        stream.codec_context.format = "flt" if codec == "Opus" else "fltp"
        fifo, written = av.AudioFifo(), 0
        for part in parts():
            fifo.write(_frame(part, stream, sample_rate, written))
            written += part.shape[1]
            for frame in fifo.read_many(stream.codec_context.frame_size or 1024):
                container.mux(stream.encode(frame))
        last = fifo.read()
        container.mux(stream.encode(last) if last else [])
        container.mux(stream.encode(None))


def _frame(part: NDArray[np.float32], stream: Any, sample_rate: int, at: int) -> Any:
    from fractions import Fraction

    import av

    packed = part if stream.codec_context.format.is_planar else part.T.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(packed), format=stream.codec_context.format.name, layout=stream.layout.name
    )
    # Without time stamps the muxer cannot write what the encoder put before the sound, and who trims it trims wrongly.
    frame.sample_rate, frame.time_base, frame.pts = sample_rate, Fraction(1, sample_rate), at
    return frame


def write_hours_of_wav(path: str | Path, *, hours: float = 3.0, sample_rate: int = 16000) -> Path:
    """Write a mono 16-bit WAV of hours: sound at both ends, between them a hole that needs no disk."""
    frames = round(hours * 3600 * sample_rate)
    edge = (ensemble(min(10.0, hours * 1800), sample_rate=sample_rate).samples[0] * 32767).astype("<i2").tobytes()
    size = 2 * frames
    header = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 1, sample_rate, 2 * sample_rate, 2, 16) + b"data" + struct.pack("<I", size)
    with Path(path).open("wb") as file:
        file.write(header + edge)
        file.truncate(len(header) + size)
        file.seek(len(header) + size - len(edge))
        file.write(edge)
    return Path(path)


def write_hours_of_mp3(path: str | Path, *, hours: float = 3.0) -> Path:
    """Write an MP3 of hours, mono, 44.1 kHz, 64 kbit/s: a minute, encoded once without tags and written end to end."""
    loop = ensemble(_LOOP_SECONDS).mono().samples
    minute = Path(path).with_suffix(".minute.mp3")
    bare = {"write_xing": "0", "id3v2_version": "0"}
    write_codec(minute, "MP3", lambda: iter([loop, loop]), 44100, channels=1, bit_rate=64_000, muxer=bare)
    encoded = minute.read_bytes()
    minute.unlink()
    with Path(path).open("wb") as file:
        file.writelines(encoded for _ in range(max(1, round(hours * 60))))
    return Path(path)
