"""Media with damage put into them."""

from __future__ import annotations

import numpy as np

from audiokit.decode.pyav_backend import PyAVBackend
from audiokit.decode.sniff import sniff
from audiokit.decode.source import open_source

RATE = 48_000
GARBAGE_BYTES = 2048
# What is lost at most, and how long a decoder sounds different afterwards, in seconds. A page is the unit that Ogg
# checks (this muxer's last a second), and FLAC's frames here are 96 ms.
CODECS = {
    "a.mp3": ("libmp3lame", 0.5, 0.0),
    "a.flac": ("flac", 0.4, 0.0),
    "a.oga": ("flac", 1.2, 0.0),
    "a.ogg": ("vorbis", 2.3, 0.05),
    "a.opus": ("libopus", 2.3, 0.3),
    "a.aac": ("aac", 0.4, 0.03),
    "a.m4a": ("aac", 0.4, 0.03),
    "a.ts": ("aac", 0.6, 0.03),
    "b.ts": ("mp2", 0.4, 0.03),
}


def drain(data, start=0, stop=None):
    source = open_source(data)
    with PyAVBackend().open(source, sniff(source.head), 0) as stream:
        blocks = [block.copy() for block in stream.blocks(start, stop)]
        return np.concatenate(blocks, axis=1) if blocks else np.zeros((stream.channels, 0), np.float32), stream


def aac_without_noise(path, sound):
    """After a loss FFmpeg draws other noise for AAC's noise substitution: here is none."""
    import av

    with av.open(str(path), "w") as container:
        layout = "mono" if len(sound) == 1 else "stereo"
        stream = container.add_stream("aac", rate=RATE, layout=layout, options={"aac_pns": "0"})
        for start in range(0, sound.shape[1], 1024):
            part = np.ascontiguousarray(sound[:, start : start + 1024], np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def garbled(data, at, seed):
    out = bytearray(data)
    out[at : at + GARBAGE_BYTES] = np.random.default_rng(seed).bytes(GARBAGE_BYTES)
    return bytes(out)
