"""A live session: frames as of the whole, ends to its queues, and nothing that hangs."""

import gc
import os
import threading
import time
import tracemalloc

import numpy as np
import pytest
from plain_avatar import greys, plain_avatar

from audiokit.errors import ParameterError
from audiokit.lipsync import Animator
from audiokit.lipsync.session import LipsyncSession


def sound(time, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.uniform(-1, 1, time) * np.abs(np.sin(np.arange(time) / 3000))).astype(np.float32)


def offline(samples, rate=25):
    animator = Animator(plain_avatar(), rate)
    return greys([*animator.push(samples), *animator.flush()])


@pytest.mark.parametrize("size", [10_240, 333, 40_000])
def test_frames_are_those_of_the_whole(size):
    samples = sound(80_000)
    with LipsyncSession(plain_avatar()) as session:
        frames = []
        for first in range(0, len(samples), size):
            session.push(samples[first : first + size])
            frames += session.ready()
        frames += session.finish()
    assert greys([frame.picture for frame in frames]) == offline(samples)
    assert [frame.index for frame in frames] == list(range(125))
    assert frames[100].sample == 64_000


def test_another_rate_is_resampled_on_the_way():
    from audiokit import Audio, dsp

    samples = sound(88_200)
    wanted = offline(dsp.resample(samples, 44_100, 16_000))
    with LipsyncSession(plain_avatar(), sample_rate=44_100) as session:
        frames = []
        for part in np.array_split(samples, 7):
            session.push(Audio(part, 44_100))
            frames += session.ready()
        with pytest.raises(ParameterError, match="44100 Hz"):
            session.push(Audio(samples, 16_000))
        frames += session.finish()
    assert greys([frame.picture for frame in frames]) == wanted


def test_a_buffer_may_be_written_again():
    samples, buffer = sound(30_720), np.empty(10_240, np.float32)
    with LipsyncSession(plain_avatar()) as session:
        for first in range(0, len(samples), 10_240):
            buffer[:] = samples[first : first + 10_240]
            session.push(buffer)
            buffer[:] = 1.0
        frames = list(session.finish())
    assert greys([frame.picture for frame in frames]) == offline(samples)


def test_who_pushes_faster_than_frames_are_taken_waits():
    with LipsyncSession(plain_avatar(), max_chunks=2, max_frames=8) as session:
        with pytest.raises(TimeoutError, match="full"):
            session.push(sound(200_000), timeout_seconds=0.2)
        assert session._frames.qsize() <= 8
        assert session._sound.qsize() <= 2


def test_who_offers_is_told():
    with LipsyncSession(plain_avatar(), max_chunks=2, max_frames=4) as session:
        taken = 0
        deadline = time.monotonic() + 20
        while session.offer(sound(10_240)) or taken == 0:
            taken += 1
            assert taken < 20
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert session.waterfall().dropped_chunks == 1
        frames = list(session.finish())
        assert len(frames) == 16 * taken


def test_cancel_in_the_middle_of_anything():
    gate = threading.Event()
    session = LipsyncSession(plain_avatar(wait=lambda: gate.wait(10)), max_frames=2)
    session.push(sound(10_240))
    threading.Timer(0.2, gate.set).start()
    began = time.monotonic()
    session.cancel()
    assert time.monotonic() - began < 8
    assert not session._thread.is_alive()
    with pytest.raises(ParameterError, match="ended"):
        session.push(sound(100))
    session.cancel()  # again does nothing


def test_a_client_that_stops_in_the_middle():
    before = threading.active_count()
    for _ in range(3):
        with LipsyncSession(plain_avatar(), max_frames=4) as session:
            session.push(sound(15_000))
    assert threading.active_count() == before


def test_an_error_comes_to_who_asks():
    def fail():
        raise MemoryError("no room")

    with LipsyncSession(plain_avatar(wait=fail)) as session:
        session.push(sound(10_240))
        with pytest.raises(MemoryError, match="no room"):
            list(session.finish())
        with pytest.raises(MemoryError):
            session.push(sound(10))


def test_wrong_sound_is_refused_and_does_no_harm():
    samples = sound(20_000)
    with LipsyncSession(plain_avatar()) as session:
        for wrong in (np.zeros(100, np.int16), np.zeros((2, 100)), np.zeros((1, 2, 3))):
            with pytest.raises(ParameterError):
                session.push(wrong)
        session.push(samples)
        frames = list(session.finish())
    assert greys([frame.picture for frame in frames]) == offline(samples)
    with pytest.raises(ParameterError, match="ended"):
        list(session.finish())


def test_nothing_said_is_nothing_shown():
    with LipsyncSession(plain_avatar()) as session:
        assert list(session.ready()) == []
        assert list(session.finish()) == []
        assert session.waterfall().p50_ms is None


def test_the_waterfall_has_all_stages():
    with LipsyncSession(plain_avatar()) as session:
        session.push(sound(40_000))
        frames = list(session.finish())
        found = session.waterfall()
    assert found.frames == len(frames) == 63
    assert set(found.stages) == {"mel", "encoder", "generator", "paste"}
    assert all(value > 0 for value in found.stages.values())
    assert found.look_ahead_ms == 112.5
    assert 0 < found.p50_ms <= found.p99_ms


def test_memory_stays_flat():
    minutes = 60 if os.environ.get("AUDIOKIT_SOAK") else 4
    samples, pieces = sound(10_240), round(minutes * 60 / 0.64)
    with LipsyncSession(plain_avatar()) as session:

        def run(count):
            frames = 0
            for _ in range(count):
                session.push(samples)
                frames += sum(1 for _ in session.ready())
            return frames

        frames = run(pieces // 4)
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        frames += run(pieces - pieces // 4)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        frames += sum(1 for _ in session.finish())
    assert frames == 16 * pieces
    assert grown < 2_000_000


@pytest.mark.parametrize("wrong", [{"max_chunks": 0}, {"max_frames": 0}, {"max_chunk_seconds": 0.0}])
def test_refusals(wrong):
    with pytest.raises(ParameterError, match="at least 1"):
        LipsyncSession(plain_avatar(), **wrong)
