"""WAV files put together by hand, and the shortest way through our reader."""

from __future__ import annotations

import struct

import numpy as np

from audiokit.decode.sniff import sniff
from audiokit.decode.source import open_source
from audiokit.decode.wav_backend import WavBackend

RATE = 8000
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(name: bytes, content: bytes, *, size: int | None = None, order: str = "<") -> bytes:
    size = len(content) if size is None else size
    return name + struct.pack(order + "I", size) + content + bytes(len(content) & 1)


def fmt(
    tag=1, channels=1, rate=RATE, width=2, bits=None, *, block=None, a_second=None, order="<", extended=b"", guid=None
):
    bits = 8 * width if bits is None else bits
    block = channels * width if block is None else block
    a_second = rate * block if a_second is None else a_second
    if guid is not None:
        extended = struct.pack(order + "HHI", 22, bits, 0) + guid
        tag, bits = 0xFFFE, 8 * width
    return chunk(b"fmt ", struct.pack(order + "HHIIHH", tag, channels, rate, a_second, block, bits) + extended)


def wav(form: bytes, sound: bytes, *, magic=b"RIFF", size=None, riff=None, before=b"", after=b"", order="<") -> bytes:
    body = b"WAVE" + before + form + chunk(b"data", sound, size=size, order=order) + after
    return magic + struct.pack(order + "I", len(body) if riff is None else riff) + body


def drain(source, start=0, stop=None, track=0):
    """(samples, stream) of a span; blocks are copied, for the next one may overwrite them."""
    opened = open_source(source)
    with WavBackend().open(opened, sniff(opened.head), track) as stream:
        blocks = []
        for block in stream.blocks(start, stop):
            assert block.dtype == np.float32
            assert block.shape[0] == stream.channels
            assert block.shape[1] > 0
            blocks.append(block.copy())
        return np.concatenate([np.zeros((stream.channels, 0), np.float32), *blocks], axis=1), stream


def info(source, track=0):
    opened = open_source(source)
    return WavBackend().info(opened, sniff(opened.head), track)
