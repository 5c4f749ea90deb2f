"""Files in every codec of libsndfile, and the shortest way to decode them with our backend."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from audiokit.decode.sniff import sniff
from audiokit.decode.soundfile_backend import SoundFileBackend
from audiokit.decode.source import open_source

BACKEND = SoundFileBackend()


def opened(source, track=0):
    return BACKEND.open(source, sniff(source.head), track)


def decode(source, start=0, stop=None):
    """(samples, stream) of a span, copied block by block."""
    with opened(source) as stream:
        blocks = [block.copy() for block in stream.blocks(start, stop)]
        samples = np.concatenate(blocks, axis=1) if blocks else np.zeros((stream.channels, 0), np.float32)
        return samples, stream


def sound(sample_rate, channels, seconds=3.0):
    """Chirps, noise and stretches of silence: a variable bit rate has to vary, and the bit reservoir to fill."""
    frames = int(sample_rate * seconds)
    time = np.arange(frames) / sample_rate
    generator = np.random.default_rng(sample_rate + channels)
    high = sample_rate / 5
    rows = [
        0.4 * np.sin(2 * np.pi * (150 * (row + 1) * time + (high / seconds) * time**2 / (row + 2)))
        for row in range(channels)
    ]
    samples = np.stack(rows) + 0.03 * generator.standard_normal((channels, frames))
    samples[:, frames // 4 : frames // 3] = 0
    samples[:, frames // 2 : frames * 5 // 8] *= 0.001
    return (0.9 * samples).astype(np.float32)


RATES_MPEG1, RATES_MPEG2 = (32_000, 44_100, 48_000), (8_000, 11_025, 12_000, 16_000, 22_050, 24_000)
MP3 = [
    (f"{rate}-{channels}-{mode.lower()}", "MP3", "MPEG_LAYER_III", rate, channels, mode, level)
    for rate in RATES_MPEG1 + RATES_MPEG2
    for channels in (1, 2)
    for mode, level in (("LOWEST", None), ("CONSTANT", 0.7), ("VARIABLE", 0.5))
    if rate in RATES_MPEG1 or mode != "CONSTANT"
]
OTHERS = [
    (f"{kind}-{subtype}-{rate}-{channels}".lower(), kind, subtype, rate, channels, None, None)
    for kind, subtype, rate, channels in (
        ("FLAC", "PCM_16", 44_100, 2),
        ("FLAC", "PCM_24", 96_000, 1),
        ("FLAC", "PCM_24", 16_000, 8),
        ("FLAC", "PCM_S8", 8_000, 1),
        ("OGG", "VORBIS", 44_100, 2),
        ("OGG", "VORBIS", 8_000, 1),
        ("OGG", "VORBIS", 16_000, 2),
        ("OGG", "VORBIS", 48_000, 6),
        ("AIFF", "PCM_24", 44_100, 2),
        ("AIFF", "FLOAT", 22_050, 3),
        ("AU", "PCM_16", 8_000, 1),
        ("AU", "ULAW", 8_000, 1),
        ("CAF", "PCM_32", 48_000, 2),
        ("W64", "DOUBLE", 48_000, 2),
        ("W64", "PCM_16", 44_100, 40),
    )
]


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    """Name -> source, made when it is asked for."""
    folder = tmp_path_factory.mktemp("libsndfile")
    made = {}

    def make(case):
        name, kind, subtype, rate, channels, mode, level = case
        if name not in made:
            path = folder / name
            if mode == "LOWEST":
                _lowest_mp3(path, sound(rate, channels), rate)
            else:
                options = {} if mode is None else {"bitrate_mode": mode, "compression_level": level}
                soundfile.write(path, sound(rate, channels).T, rate, format=kind, subtype=subtype, **options)
            source = open_source(path)
            made[name] = source, decode(source)[0]
        return made[name]

    return make


def _lowest_mp3(path, samples, sample_rate):
    """The lowest constant bit rate that there is: FFmpeg makes room for the header that LAME itself leaves out."""
    import av

    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=sample_rate)
        stream.layout = "mono" if len(samples) == 1 else "stereo"
        stream.bit_rate = 32_000 if sample_rate in RATES_MPEG1 else 8_000
        size = stream.codec_context.frame_size or 1152
        for start in range(0, samples.shape[1], size):
            part = np.ascontiguousarray(samples[:, start : start + size])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=stream.layout.name)
            frame.sample_rate, frame.pts = sample_rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
