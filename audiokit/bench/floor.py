"""The floor: what the codec alone costs, bare and on one thread, plus one soxr pass over the mono array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import audiokit
from audiokit.bench.decoders import quiet
from audiokit.bench.peers import can_import
from audiokit.bench.timing import Timing, interleave
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import os

    import pandas as pd

__all__ = ["BARE", "Bare", "FloorRow", "compare_with_floor", "floors_to_dataframe"]

_WAV_HEADER = 44  # bytes before the samples, as written here
_BLOCK = 1 << 15  # frames: decoded into one buffer that stays in the cache


@dataclass(frozen=True, slots=True)
class Bare:
    """A decoder run for nothing but its time.

    Parameters
    ----------
    name, module : str
        As shown; what has to be importable.
    run : callable
        ``run(path)`` decodes a file and throws the samples away.
    codecs : tuple of str
        That it knows.
    """

    name: str
    module: str
    run: Callable[[str], None]
    codecs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FloorRow:
    """audiokit beside the floor, for one codec.

    Parameters
    ----------
    codec : str
        Its name.
    decoder : str
        The fastest of the bare decoders.
    bare : Timing
        That one, samples thrown away.
    soxr : Timing
        Resampling of the mono array, at the quality that everybody uses; no time where rates are equal.
    ours : Timing
        audiokit, from file to mono at the wanted rate, with as many threads as it likes.
    others : dict of str to float
        Median seconds of the bare decoders that were not the fastest.
    """

    codec: str
    decoder: str
    bare: Timing
    soxr: Timing
    ours: Timing
    others: Mapping[str, float]

    @property
    def floor(self) -> Timing:
        """The sum, round by round."""
        both = zip(self.bare.seconds, self.soxr.seconds, strict=True)
        return Timing("floor", tuple(bare + soxr for bare, soxr in both))

    @property
    def times_floor(self) -> float:
        """How many times the floor audiokit takes; below 1 it decodes on more threads than the floor's one."""
        return self.ours.times_of(self.floor)


def _by_numpy(path: str) -> None:
    raw, block = np.empty(2 * _BLOCK, "<i2"), np.empty(2 * _BLOCK, np.float32)
    with Path(path).open("rb", buffering=0) as file:
        file.seek(_WAV_HEADER)
        while got := file.readinto(raw.data):
            np.multiply(raw[: got // 2], np.float32(1 / 32768), out=block[: got // 2])


def _by_soundfile(path: str) -> None:
    import soundfile

    with soundfile.SoundFile(path) as file:
        block = np.empty((_BLOCK, file.channels), np.float32)
        while len(file.read(out=block)) == _BLOCK:
            pass


def _by_miniaudio(path: str) -> None:
    import miniaudio

    about = miniaudio.get_file_info(path)
    kind = miniaudio.SampleFormat.FLOAT32
    for _ in miniaudio.stream_file(path, kind, about.nchannels, about.sample_rate, frames_to_read=_BLOCK):
        pass


def _by_pyav(path: str) -> None:
    import av

    with av.open(path) as container:
        stream = container.streams.audio[0]
        stream.thread_type = "NONE"
        for _ in container.decode(stream):
            pass


def _by_spdl(path: str) -> None:
    import spdl.io

    spdl.io.decode_packets(spdl.io.demux_audio(path), filter_desc=None)


BARE = {
    "numpy": Bare("numpy", "numpy", _by_numpy, ("WAV",)),
    "libsndfile": Bare("libsndfile", "soundfile", _by_soundfile, ("WAV", "FLAC", "MP3", "Vorbis", "Opus")),
    "miniaudio": Bare("miniaudio", "miniaudio", _by_miniaudio, ("WAV", "FLAC", "MP3", "Vorbis")),
    "FFmpeg (PyAV)": Bare("FFmpeg (PyAV)", "av", _by_pyav, ("FLAC", "MP3", "Vorbis", "Opus", "AAC")),
    "FFmpeg (spdl.io)": Bare("FFmpeg (spdl.io)", "spdl.io", _by_spdl, ("FLAC", "MP3", "Vorbis", "Opus", "AAC")),
}
"""The decoders that are run bare; the fastest of those installed is a codec's floor."""


def compare_with_floor(
    path: str | os.PathLike[str],
    codec: str,
    *,
    sample_rate: int = 16000,
    repeats: int = 5,
    after_each: Callable[[], object] | None = None,
) -> FloorRow:
    """Time audiokit beside each bare decoder that knows the codec, and beside one soxr pass.

    Parameters
    ----------
    path : path
        A file of that codec; a WAV is expected to hold 16-bit samples behind a header of 44 bytes.
    codec : str
        As in `audiokit.bench.files.CODECS`.
    sample_rate : int
        In Hz.
    repeats : int
        Rounds.
    after_each : callable, optional
        Called after each timed run.

    Raises
    ------
    ParameterError
        If no bare decoder for the codec is installed.
    """
    import soxr

    target = str(path)
    mono, rate = audiokit.load(target, sr=None)
    runs: dict[str, Callable[[], object]] = {}
    with quiet():
        for one in BARE.values():
            if codec in one.codecs and can_import(one.module):
                try:
                    one.run(target)
                except Exception:  # noqa: BLE001, S112 - a library that is broken here sets no floor
                    continue
                runs[one.name] = lambda run=one.run: run(target)  # type: ignore[misc]
        if not runs:
            raise ParameterError(f"No bare decoder for {codec} is installed.", cure='pip install "audiokit[bench]"')
        ours = {"ours": lambda: audiokit.load(target, sr=sample_rate)}
        resampling = {"soxr": lambda: rate == sample_rate or soxr.resample(mono, rate, sample_rate, quality="HQ")}
        timings = interleave({**ours, **resampling, **runs}, repeats=repeats, after_each=after_each)
    medians = {name: timings[name].median_seconds for name in runs}
    fastest = min(medians, key=lambda name: medians[name])
    others = {name: seconds for name, seconds in medians.items() if name != fastest}
    return FloorRow(codec, fastest, timings[fastest], timings["soxr"], timings["ours"], others)


def floors_to_dataframe(rows: Iterable[FloorRow]) -> pd.DataFrame:
    """One row for each codec; times in milliseconds."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "codec": row.codec,
                "decoder": row.decoder,
                "codec_ms": row.bare.median_seconds * 1000,
                "soxr_ms": row.soxr.median_seconds * 1000,
                "floor_ms": row.floor.median_seconds * 1000,
                "audiokit_ms": row.ours.median_seconds * 1000,
                "times_floor": row.times_floor,
                "other_decoders_ms": ", ".join(f"{name} {1000 * took:.1f}" for name, took in row.others.items()),
            }
            for row in rows
        ]
    )
