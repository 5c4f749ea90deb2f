"""Play pieces with a SoundFont: a MIDI file of our own, rendered by the fluidsynth program."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.errors import LibraryUnavailable, SynthesisFailed
from audiokit.experts.music_styles import DRUM_CHANNEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.experts.composition import Note, Piece

__all__ = ["FLUID_R3", "find_soundfont", "midi_bytes", "render_with_soundfont"]

FLUID_R3 = "FluidR3 GM (MIT, Frank Wen)"
_PLACES = ("/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/soundfonts/FluidR3_GM.sf2")
_TICKS = 480  # a beat, which lasts half a second here whatever the piece's tempo
_CURE = "`apt-get install fluidsynth fluid-soundfont-gm` (LGPL-2.1 program, MIT sounds), or --soundfont PATH."


def find_soundfont() -> Path | None:
    """FluidR3 GM where Debian and its relatives put it, if fluidsynth is there to play it."""
    if shutil.which("fluidsynth") is None:
        return None
    return next((Path(place) for place in _PLACES if Path(place).is_file()), None)


def midi_bytes(piece: Piece) -> bytes:
    """Write a piece as a Standard MIDI File, format 0.

    One channel for each program, the tenth for drums; a sixteenth program and those after share the last channel.

    Examples
    --------
    >>> from audiokit.experts.composition import Note, Piece
    >>> from audiokit.experts.tonality import Tonality
    >>> midi_bytes(Piece((Note(0.0, 0.5, 69, 90, 0),), 1.0, 0.5, Tonality(0, (0, 2)), "solo"))[:4]
    b'MThd'
    """
    channels: dict[int, int] = {-1: DRUM_CHANNEL}
    free = [channel for channel in range(16) if channel != DRUM_CHANNEL]
    events: list[tuple[int, int, bytes]] = []
    for note in piece.notes:
        if note.program not in channels:
            channels[note.program] = free[min(len(channels) - 1, len(free) - 1)]
            events.append((0, 0, bytes([0xC0 | channels[note.program], note.program])))
        events += _note_events(note, channels[note.program])
    events.sort(key=lambda event: event[:2])
    track = bytearray()
    now = 0
    for at, _, message in events:
        track += _variable_length(at - now) + message
        now = at
    end = max(now, round(piece.seconds * 2 * _TICKS))
    track += _variable_length(end - now) + b"\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, _TICKS)
    return head + b"MTrk" + struct.pack(">I", len(track)) + bytes(track)


def _note_events(note: Note, channel: int) -> list[tuple[int, int, bytes]]:
    begin = round(note.start_seconds * 2 * _TICKS)
    end = max(round((note.start_seconds + note.seconds) * 2 * _TICKS), begin + 1)
    key = int(np.clip(note.key, 0, 127))
    return [(begin, 2, bytes([0x90 | channel, key, note.velocity])), (end, 1, bytes([0x80 | channel, key, 0]))]


def _variable_length(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def render_with_soundfont(piece: Piece, soundfont: Path, *, timeout_seconds: float = 120.0) -> NDArray[np.float32]:
    """Play a piece.

    Returns
    -------
    ndarray, shape (seconds * 16000,), float32
        Both channels' mean, peak 0.7.

    Raises
    ------
    LibraryUnavailable
        If there is no fluidsynth program.
    SynthesisFailed
        If it fails or takes too long.
    """
    import soundfile

    program = shutil.which("fluidsynth")
    if program is None:
        raise LibraryUnavailable("The fluidsynth program is not on this machine.", cure=_CURE)
    with tempfile.TemporaryDirectory(prefix="audiokit-music-") as folder:
        midi, sound = Path(folder) / "piece.mid", Path(folder) / "piece.wav"
        midi.write_bytes(midi_bytes(piece))
        command = [program, "-ni", "-q", "-g", "0.4", "-r", str(SAMPLE_RATE), "-T", "wav", "-O", "s16",
                   "-F", str(sound), str(soundfont), str(midi)]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=timeout_seconds, check=False)  # noqa: S603 - the program found on the path, files of our own
        except subprocess.TimeoutExpired:
            raise SynthesisFailed(f"fluidsynth had not finished after {timeout_seconds:g} s.") from None
        if done.returncode != 0 or not sound.is_file():
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise SynthesisFailed(f"fluidsynth ended with code {done.returncode}: {' '.join(last)}")
        samples, rate = soundfile.read(sound, dtype="float32", always_2d=True)
    if rate != SAMPLE_RATE:
        raise SynthesisFailed(f"fluidsynth rendered at {rate} Hz, not {SAMPLE_RATE}.")
    mono = np.zeros(int(piece.seconds * SAMPLE_RATE), dtype=np.float32)
    found = samples.mean(axis=1)[: mono.size]
    mono[: found.size] = found
    return np.asarray(mono * (0.7 / max(float(np.abs(mono).max()), 1e-6)), dtype=np.float32)
