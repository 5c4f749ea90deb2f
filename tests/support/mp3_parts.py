"""Long MP3 files, and readers that count what is read of them."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from audiokit.decode.mp3_header import layer3_frame_bytes, stated_length
from audiokit.decode.source import open_source

CASES = [(rate, channels, mode) for rate in (32_000, 44_100, 48_000) for channels in (1, 2) for mode in "CV"]


def write_mp3(path, sample_rate, channels, mode, seconds):
    """Chirps and noise that come and go; in stereo the sides are alike by turns, so that frames are joint and not."""
    generator = np.random.default_rng(sample_rate + channels)
    options = {"bitrate_mode": {"C": "CONSTANT", "V": "VARIABLE"}[mode], "compression_level": 0.6}
    with soundfile.SoundFile(path, "w", sample_rate, channels, "MPEG_LAYER_III", format="MP3", **options) as file:
        for second in range(seconds):
            now = np.arange(sample_rate + 41) / sample_rate
            rows = [
                0.3 * np.sin(2 * np.pi * now * (150 + 97 * second + 300 * now + 40 * row)) for row in range(channels)
            ]
            sound = np.stack(rows, axis=1)
            sound += (0, 0.2, 0.01)[second % 3] * generator.standard_normal((len(now), 1 if second % 2 else channels))
            file.write(sound.astype(np.float32))
    return path


@pytest.fixture(scope="session")
def long_mp3s(tmp_path_factory):
    """(sample_rate, channels, mode) -> the bytes of six seconds."""
    folder, made = tmp_path_factory.mktemp("mp3"), {}

    def make(case):
        if case not in made:
            made[case] = write_mp3(folder / f"{case}.mp3", *case, 6).read_bytes()
        return made[case]

    return make


def frames_of(data):
    """The slow way: (header frame, [frames of sound]), from the first byte on."""
    stated = stated_length(open_source(data))
    at, frames = stated.start_bytes, []
    while at < stated.end_bytes:
        size = layer3_frame_bytes(data[at : at + 4])
        frames.append(data[at : at + size])
        at += size
    return frames[0], frames[1:]
