"""Sound to measure with: speech of any length, made here or joined from a corpus, and hours in a file."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import Audio
from audiokit.bench.files import write_codec, write_hours_of_mp3
from audiokit.bench.sounds import ensemble
from audiokit.errors import LibraryUnavailable
from audiokit_widgets.figures.figure import Unmeasurable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["clicks", "speech", "write_hours_of_mp3_with_header", "write_hours_of_stereo_wav"]

_PAUSE_SECONDS = 0.35
_PEAK = 0.5  # headroom, as in a recording
_ROOM_AMPLITUDE = 10 ** (-66 / 20)  # a quiet room under the voice: digital silence would compress too well
_LOOP_SECONDS = 30.0
_STEP_FRAMES = 1 << 20
_SENTENCES = (
    "The first recording of the day was made at a quarter past nine, before anybody else had come in.",
    "She counted the boxes twice and wrote down thirty seven, although the list said forty one.",
    "If the wind turns north in the evening, the boats stay in the harbour until the morning after.",
    "He could not remember whether the key was under the flowerpot or behind the blue door.",
    "Between two stations the train stopped for no reason at all, and nobody looked up from their papers.",
    "What begins as a whisper in the last row is a loud debate by the time it reaches the stage.",
)


def speech(seconds: float, sample_rate: int = 16_000) -> tuple[Audio, str]:
    """Make a mono recording of speech: LJ Speech where AUDIOKIT_CORPUS names a corpus, or else eSpeak NG.

    Sentences come in rounds; synthetic ones differ in speed and pitch from round to round, recorded ones do not.

    Returns
    -------
    audio : Audio
        16 bits' worth of samples in float32.
    source : str
        Where it is from, for people.

    Raises
    ------
    Unmeasurable
        If there is neither a corpus nor eSpeak NG.
    """
    corpus = os.environ.get("AUDIOKIT_CORPUS", "")
    folder = Path(corpus) / "speech" / "ljspeech"
    recorded = sorted(folder.glob("*.wav")) if corpus else []
    if recorded:
        import audiokit

        pieces = [audiokit.load(path, sr=sample_rate, mono=True)[0] for path in recorded]
        said = f"{len(pieces)} sentences read aloud (LJ Speech), in rounds"
    else:
        pieces = _synthesised(sample_rate)
        said = "eSpeak NG, 36 sentences in rounds, and a quiet room"
    frames, parts, have = round(seconds * sample_rate), [], 0
    pause = np.zeros(round(_PAUSE_SECONDS * sample_rate), np.float32)
    while have < frames:
        for piece in pieces:
            parts += [piece, pause]
            have += len(piece) + len(pause)
    joined = np.concatenate(parts)[:frames]
    if not recorded:
        joined = joined * (_PEAK / np.abs(joined).max()) + _room(frames)
    whole = np.clip(np.rint(joined * 32767), -32768, 32767) / 32768
    return Audio(whole.astype(np.float32), sample_rate, name="speech"), said


def _room(frames: int) -> NDArray[np.float32]:
    """Make the noise of a room: each octave as loud as the next."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(frames))
    spectrum /= np.sqrt(np.arange(1, len(spectrum) + 1))
    noise = np.fft.irfft(spectrum, frames)
    room: NDArray[np.float32] = (noise * (_ROOM_AMPLITUDE / noise.std())).astype(np.float32)
    return room


def _synthesised(sample_rate: int) -> list[NDArray[np.float32]]:
    import soxr

    from audiokit.speech.espeak import speak

    pieces = []
    try:
        for index in range(36):
            said = speak(
                _SENTENCES[index % 6],
                voice="en-us",
                words_per_minute=140 + 5 * (index // 6),
                pitch=30 + 7 * (index % 7),
            )
            pieces.append(soxr.resample(said.samples[0], said.sample_rate, sample_rate).astype(np.float32))
    except LibraryUnavailable as error:
        raise Unmeasurable(str(error)) from error
    return pieces


def clicks(seconds: float, sample_rate: int) -> NDArray[np.float32]:
    """Make a click track: every 0.5 s a burst of 25 ms, each of another pitch between 500 and 3000 Hz, mono, (time,).

    A click is known by its pitch, so that one heard cannot be taken for its neighbour.
    """
    out = np.zeros(round(seconds * sample_rate), np.float32)
    length = round(0.025 * sample_rate)
    time = np.arange(length) / sample_rate
    shape = np.hanning(length)
    for index, start in enumerate(np.arange(0.25, seconds - 0.1, 0.5)):
        hz = 500 + 2500 * ((index * 0.618034) % 1)
        first = round(float(start) * sample_rate)
        out[first : first + length] = (0.7 * shape * np.sin(2 * np.pi * hz * time)).astype(np.float32)
    return out


def write_hours_of_stereo_wav(path: Path, *, hours: float = 3.0, sample_rate: int = 44_100) -> Path:
    """Write a stereo 16-bit WAV of hours: half a minute of music in rounds, softer in each, by a memory map."""
    loop = ensemble(_LOOP_SECONDS, sample_rate=sample_rate).samples.T
    frames = round(hours * 3600 * sample_rate)
    size = 4 * frames
    header = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 2, sample_rate, 4 * sample_rate, 4, 16) + b"data" + struct.pack("<I", size)
    path.write_bytes(header)
    body = np.memmap(path, "<i2", "r+", offset=len(header), shape=(frames, 2))
    for index, first in enumerate(range(0, frames, len(loop))):
        gain = 32767 * (1 - 0.5 * ((index * 0.618034) % 1))
        part = loop[: frames - first]
        body[first : first + len(part)] = np.rint(part * gain).astype("<i2")
    body.flush()
    return path


def write_hours_of_mp3_with_header(path: Path, *, hours: float = 3.0) -> Path:
    """Write an MP3 of hours, mono, 44.1 kHz, 64 kbit/s, with the header that encoders write: its length and a table.

    A minute is encoded once and comes again and again; the header is a shorter file's, with the numbers of this one.
    """
    write_hours_of_mp3(path, hours=hours)
    frames_of = path.read_bytes()
    short = path.with_suffix(".short.mp3")
    options = {"write_xing": "1", "id3v2_version": "0"}
    loop = ensemble(2.0).mono().samples
    write_codec(short, "MP3", lambda: iter([loop]), 44_100, channels=1, bit_rate=64_000, muxer=options)
    head = short.read_bytes()
    short.unlink()
    second = head.index(head[:2], 40)  # the header is a frame of its own, which ends where the next one's sync stands
    frame = bytearray(head[:second])
    tag = max(frame.find(b"Xing"), frame.find(b"Info"))
    if tag < 0:
        raise RuntimeError("The encoder wrote no header.")
    count = _mp3_frames(frames_of)
    struct.pack_into(">IIII", frame, tag + 4, 0x7, count, len(frames_of) + len(frame), 0)
    for step in range(100):  # of the table, from which a place is found: at one bit rate it is a straight line
        frame[tag + 16 + step] = step * 256 // 100
    path.write_bytes(bytes(frame) + frames_of)
    return path


def _mp3_frames(data: bytes) -> int:
    """Count frames of 64 kbit/s at 44.1 kHz: 144 * 64,000 / 44,100 bytes, and one more where the padding bit is set."""
    at = count = 0
    while at + 3 < len(data):
        at += 208 + ((data[at + 2] >> 1) & 1)
        count += 1
    return count
