"""A minute (with AUDIOKIT_SOAK an hour) of what clients really send: nothing hangs, no memory grows, all frames come."""

import os
import threading

import numpy as np
from plain_avatar import plain_avatar

from audiokit.dsp.resample_stream import resampled_length
from audiokit.lipsync import LipsyncSession, WindowClock
from audiokit.models.memory_meter import resident_bytes

SECONDS = 3600 if os.environ.get("AUDIOKIT_SOAK") else 60
RATE = 44_100


def chunks(seconds, generator):
    """Pieces of any length, now and then silent, clipped, of 8 bits, or with holes."""
    voice = (0.4 * np.sin(np.cumsum(generator.uniform(0.01, 0.2, RATE * 4)))).astype(np.float32)
    left = round(seconds * RATE)
    while left:
        size = min(left, int(generator.choice([1, 7, 441, 28_224, generator.integers(1, 90_000)])))
        first = int(generator.integers(0, len(voice) - min(size, len(voice)) + 1))
        piece = voice[first : first + min(size, len(voice))].copy()
        kind = generator.integers(0, 8)
        if kind == 0:
            piece[:] = 0.0
        elif kind == 1:
            piece = np.clip(piece * 20.0, -1.0, 1.0)
        elif kind == 2:
            piece = np.rint(piece * 127.0).astype(np.float32) / 128.0
        elif kind == 3:
            piece[generator.integers(0, piece.size)] = generator.choice([np.nan, np.inf, -np.inf])
        left -= piece.size
        yield piece


class Client:
    """Pushes sound, and a camera's frames, 30 a second, of which some are lost and some come late."""

    def __init__(self, session, generator):
        self.session, self.generator = session, generator
        self.pushed = self.put = self.out = self.filmed = 0

    def send(self, seconds):
        picture = np.zeros((16, 24, 3), np.uint8)
        for piece in chunks(seconds, self.generator):
            while self.filmed * RATE < 30 * (self.pushed + piece.size):
                late = int(self.generator.integers(0, 3)) * RATE // 5
                if self.generator.random() > 0.05:
                    self.session.push_frame(picture, max(0, self.filmed * RATE // 30 - late))
                    self.put += 1
                self.filmed += 1
            self.session.push(piece)
            self.pushed += piece.size
            self.out += sum(1 for _ in self.session.ready())


def leave_in_the_middle(generator):
    with LipsyncSession(plain_avatar(), sample_rate=RATE, max_frames=2, max_chunks=2, frames_in=True) as session:
        for piece in chunks(0.5, generator):
            if not session.offer(piece):
                return


def test_a_stream_as_clients_send_it():
    generator = np.random.default_rng(0)
    threads, before = threading.active_count(), None
    with LipsyncSession(plain_avatar(), sample_rate=RATE, frames_in=True, max_early_frames=4096) as session:
        client = Client(session, generator)
        parts = max(4, SECONDS // 60)
        for part in range(parts):
            client.send(SECONDS / parts)
            leave_in_the_middle(generator)
            if part == parts // 4:
                before = resident_bytes()
        grown = resident_bytes() - before
        out = client.out + sum(1 for _ in session.finish())
        counts = session.waterfall().incoming
    assert out == WindowClock(25).frames_in(resampled_length(client.pushed, RATE, 16_000))
    assert counts.shown + counts.missing == out
    assert counts.late + counts.replaced + counts.shown <= client.put
    assert counts.shown > out / 4  # those that were not late; of the others some come in time
    assert counts.missing > 0
    assert grown < 60_000_000
    assert threading.active_count() == threads
