"""The shortest way through FFmpeg's backend."""

from __future__ import annotations

import numpy as np

from audiokit.decode.pyav_backend import PyAVBackend
from audiokit.decode.sniff import sniff
from audiokit.decode.source import open_source

RATE = 48_000


def drain(data, start=0, stop=None, *, track=0):
    """The samples of a span, and the stream that gave them."""
    source = open_source(data)
    with PyAVBackend().open(source, sniff(source.head), track) as stream:
        blocks = [block.copy() for block in stream.blocks(start, stop)]
        samples = np.concatenate(blocks, axis=1) if blocks else np.zeros((stream.channels, 0), np.float32)
        assert samples.dtype == np.float32
        assert samples.shape[0] == stream.channels
        return samples, stream
