"""A decoder whose every answer is known, because it plays an array."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import numpy as np

from audiokit.decode import Route, Router
from audiokit.decode.backend import AudioInfo, CannotDecode
from audiokit.decode.scratch import ScratchPool

RATE = 44_100
SOURCE = b"\x00\x01 no known format: the router asks whoever it is told to ask" * 70


class ArrayStream:
    def __init__(self, backend):
        self.backend = backend
        self.sample_rate, (self.channels, frames) = backend.rate, backend.samples.shape
        self.frames = frames if backend.states_length else None
        self.splits, self.warnings, self.lost, self.is_compared = backend.splits, [], [], False
        self.scratch = ScratchPool()

    def blocks(self, start, stop):
        samples = self.backend.samples
        end = samples.shape[1] if stop is None else min(stop, samples.shape[1])
        end = min(end, self.backend.gives if self.backend.gives is not None else end)
        self.backend.starts.append(start)
        generator = np.random.default_rng(start)
        buffer = np.empty((samples.shape[0], 5000), np.float32)  # written again for every block
        while start < end:
            size = min(int(generator.integers(1, 5000)), end - start)
            buffer[:, :size] = samples[:, start : start + size]
            if self.backend.inexact and self.backend.starts[0] != self.backend.starts[-1]:
                buffer[:, :size] *= np.float32(1 + 2**-20)
            yield buffer[:, :size]
            start += size
        self.warnings.extend(self.backend.warnings)
        self.lost.extend(self.backend.lost)


class ArrayBackend:
    version = "1"

    def __init__(self, samples, rate=RATE, name="array", **options):
        self.samples, self.rate, self.name = samples, rate, name
        self.splits, self.states_length, self.inexact = True, True, False
        self.gives, self.warnings, self.lost, self.starts, self.threads = None, [], [], [], set()
        self.__dict__.update(options)

    def info(self, source, sniffed, track):
        return AudioInfo(
            source.name, "array", "float", self.rate, len(self.samples), None, None, None, 1, 1, False, self.name
        )

    @contextmanager
    def open(self, source, sniffed, track):
        if track:
            raise CannotDecode("there is one track", no_audio_track=True)
        self.threads.add(threading.current_thread().name)
        yield ArrayStream(self)


def router_of(*backends):
    names = tuple(backend.name for backend in backends)
    return Router({backend.name: backend for backend in backends}, (Route("", "", names, "test"),))


def noise(frames, channels=2, seed=0):
    return (0.3 * np.random.default_rng(seed).standard_normal((channels, frames))).astype(np.float32)


def source_for(samples):
    """Bytes enough for the length to be believed."""
    return SOURCE * (samples.size // (60 * len(SOURCE)) + 1)
