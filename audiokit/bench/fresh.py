"""From nothing to the first array: what somebody waits for who opens a terminal and loads one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.bench.imports import ImportTimes, import_times, in_fresh_process
from audiokit.bench.peers import PEERS
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    import pandas as pd

__all__ = ["FIRST_ARRAY", "FreshTimes", "first_arrays"]

_TO_MONO = "soxr.resample((y[0] + y[1]) / 2, rate, 16000)"

FIRST_ARRAY = {
    "audiokit": "import audiokit; audiokit.load({file!r}, sr=16000)",
    "librosa": "import librosa; librosa.load({file!r}, sr=16000)",
    "soundfile + soxr": "import soundfile, soxr; y, rate = soundfile.read({file!r}, dtype='float32'); y = y.T; "
    + _TO_MONO,
    "PyAV + soxr": """
import av, soxr
with av.open({file!r}) as container:
    fifo, rate = av.AudioFifo(), container.streams.audio[0].rate
    for frame in container.decode(audio=0):
        frame.pts = None
        fifo.write(frame)
    y = fifo.read().to_ndarray().reshape(-1, 2).T.astype("float32") / 32768
"""
    + _TO_MONO,
    "torchcodec": "import soxr; from torchcodec.decoders import AudioDecoder; "
    "found = AudioDecoder({file!r}).get_all_samples(); y, rate = found.data.numpy(), found.sample_rate; " + _TO_MONO,
    "miniaudio": "import miniaudio, numpy, soxr; kind = miniaudio.SampleFormat.FLOAT32; "
    "found = miniaudio.decode_file({file!r}, kind, 2, 44100); rate = found.sample_rate; "
    "y = numpy.frombuffer(found.samples, 'float32').reshape(-1, 2).T; " + _TO_MONO,
    "pedalboard": "import soxr; from pedalboard.io import AudioFile; file = AudioFile({file!r}); "
    "y, rate = file.read(file.frames), file.samplerate; " + _TO_MONO,
    "spdl.io": "import spdl.io, soxr; packets = spdl.io.demux_audio({file!r}); rate = packets.sample_rate; "
    "wanted = spdl.io.get_audio_filter_desc(sample_fmt='fltp'); "
    "frames = spdl.io.decode_packets(packets, filter_desc=wanted); "
    "y = spdl.io.to_numpy(spdl.io.convert_frames(frames)); " + _TO_MONO,
}
"""What is timed, for a FLAC of 16 bits and two channels."""


@dataclass(frozen=True, slots=True)
class FreshTimes:
    """Times of whole programs.

    Parameters
    ----------
    times : ImportTimes
        Of those that run.
    left_out : dict of str to str
        Why the others do not.
    absent : frozenset of str
        Which of the others are not on this machine, or lack something there; the rest are here and fail.
    """

    times: ImportTimes
    left_out: Mapping[str, str]
    absent: frozenset[str] = frozenset()

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each program, audiokit's time being 1, and one for each that was left out."""
        import pandas as pd

        table = self.times.to_dataframe("audiokit")
        table["reason"] = ""
        others = pd.DataFrame([{"name": name, "reason": reason} for name, reason in self.left_out.items()])
        return pd.concat([table, others], ignore_index=True) if len(others) else table


def first_arrays(
    path: str | os.PathLike[str],
    *,
    repeats: int = 3,
    after_each: Callable[[], object] | None = None,
) -> FreshTimes:
    """Time each program of `FIRST_ARRAY` in fresh processes.

    Parameters
    ----------
    path : path
        A FLAC of 16 bits and two channels.
    repeats : int
        Rounds that count.
    after_each : callable, optional
        Called after each process.
    """
    absences = {peer.name: peer.absence(path) for peer in PEERS if peer.name in FIRST_ARRAY}
    left_out = {name: str(absence) for name, absence in absences.items() if absence}
    absent = frozenset(left_out)
    programs = {}
    for name, code in FIRST_ARRAY.items():
        if name in absent:
            continue
        program = code.format(file=str(path))
        try:
            in_fresh_process(program)
        except ParameterError as error:
            if name == "audiokit":
                raise
            left_out[name] = str(error)
        else:
            programs[name] = program
    return FreshTimes(import_times(programs, repeats=repeats, after_each=after_each), left_out, absent)
