"""Plans, segments and blocks, with a decoder whose every answer is known."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import numpy as np
import pytest
from array_backend import RATE, SOURCE, ArrayBackend, ArrayStream, noise, router_of, source_for
from hypothesis import given
from hypothesis import strategies as st

import audiokit
from audiokit import errors
from audiokit.decode import Limits, Route, Router, answers, blocks
from audiokit.decode.assemble import CHUNK_FRAMES
from audiokit.decode.backend import CannotDecode
from audiokit.decode.segments import available_cpus, default_workers
from audiokit.dsp import resample
from audiokit.results import Segment


def reference(samples, start, stop, mono, target, rate=RATE):
    """The slow, obvious way: slice, mean, resample."""
    span = samples[:, start:stop]
    if mono:
        span = (span.sum(axis=0, keepdims=True) * np.float32(1 / len(span))).astype(np.float32)
    return resample(np.ascontiguousarray(span), rate, target)


@given(
    offset=st.floats(0, 3),
    duration=st.one_of(st.none(), st.floats(0, 4)),
    mono=st.booleans(),
    target=st.sampled_from([None, 16_000, 48_000, 11_025]),
    channels=st.integers(1, 2),
    states_length=st.booleans(),
)
def test_read_is_slice_mean_resample(offset, duration, mono, target, channels, states_length):
    samples = noise(RATE * 3, channels)
    backend = ArrayBackend(samples, states_length=states_length)
    got = audiokit.read(
        SOURCE, offset_seconds=offset, duration_seconds=duration, mono=mono, sample_rate=target,
        router=router_of(backend), workers=1,
    )  # fmt: skip
    start = int(offset * RATE)
    stop = None if duration is None else start + int(duration * RATE)
    np.testing.assert_array_equal(got.samples, reference(samples, start, stop, mono, target or RATE))
    assert got.start_seconds == start / RATE
    assert got.warnings == () == got.lost


@pytest.mark.parametrize("target", [None, 16_000, 22_050, 48_000, 32_000])
@pytest.mark.parametrize("workers", [2, 3, 7])
@pytest.mark.parametrize("mono", [False, True])
def test_segments_side_by_side_give_the_same_bits(target, workers, mono):
    samples = noise(RATE * 31 + 123)
    one, several = ArrayBackend(samples), ArrayBackend(samples)
    options = {"sample_rate": target, "mono": mono, "offset_seconds": 0.777}
    alone = audiokit.read(source_for(samples), router=router_of(one), workers=1, **options)
    together = audiokit.read(source_for(samples), router=router_of(several), workers=workers, **options)
    np.testing.assert_array_equal(together.samples, alone.samples)
    assert len(one.threads) == 1
    assert len(several.threads) >= 2


def test_a_decoder_that_is_not_exact_is_not_split():
    samples = noise(RATE * 12)
    backend = ArrayBackend(samples, inexact=True)
    backend.starts = []

    class Inexact(ArrayBackend):
        @contextmanager
        def open(self, source, sniffed, track):
            with super().open(source, sniffed, track) as stream:
                if threading.current_thread() is not threading.main_thread():
                    inner = stream.blocks
                    stream.blocks = lambda start, stop: (block * np.float32(1.001) for block in inner(start, stop))
                yield stream

    backend = Inexact(samples)
    got = audiokit.read(source_for(samples), router=router_of(backend), workers=2, sample_rate=16_000)
    np.testing.assert_array_equal(got.samples, resample(samples, RATE, 16_000))
    assert len(backend.threads) == 2  # it was tried


@pytest.mark.parametrize("options", [{"splits": False}, {"states_length": False}])
def test_what_cannot_be_split_is_not(options):
    samples = noise(RATE * 12)
    backend = ArrayBackend(samples, **options)
    got = audiokit.read(source_for(samples), router=router_of(backend), workers=4, sample_rate=16_000)
    np.testing.assert_array_equal(got.samples, resample(samples, RATE, 16_000))
    assert len(backend.threads) == 1


def test_workers_are_one_in_a_pool_and_all_in_the_main_thread():
    assert default_workers() == available_cpus() >= 1
    found = []
    thread = threading.Thread(target=lambda: found.append(default_workers()))
    thread.start()
    thread.join()
    assert found == [1]


def test_processors_are_counted_only_where_threads_could_help(monkeypatch):
    counted = []
    monkeypatch.setattr(answers, "default_workers", lambda: counted.append(1) or 2)
    samples = noise(CHUNK_FRAMES - 1)
    short = audiokit.read(source_for(samples), router=router_of(ArrayBackend(samples)), sample_rate=16_000)
    assert not counted
    np.testing.assert_array_equal(short.samples, resample(samples, RATE, 16_000))
    backend = ArrayBackend(noise(RATE * 12))
    audiokit.read(source_for(noise(RATE * 12)), router=router_of(backend), sample_rate=16_000)
    assert counted == [1]
    assert len(backend.threads) == 2
    backend = ArrayBackend(noise(RATE), states_length=False)
    audiokit.read(SOURCE, router=router_of(backend), sample_rate=16_000)
    assert counted == [1, 1]


def test_a_decoder_that_cannot_begin_midway_is_asked_from_the_beginning():
    class FromTheBeginning(ArrayBackend):
        @contextmanager
        def open(self, source, sniffed, track):
            with super().open(source, sniffed, track) as stream:
                inner = stream.blocks

                def only_from_0(start, stop):
                    if start:
                        raise CannotDecode("it has no index")
                    return inner(start, stop)

                stream.blocks = only_from_0
                yield stream

    samples = noise(RATE * 12)
    got = audiokit.read(source_for(samples), router=router_of(FromTheBeginning(samples)), workers=2)
    np.testing.assert_array_equal(got.samples, samples)


def test_load_warns_where_its_tuple_cannot():
    backend = ArrayBackend(noise(2000), lost=[Segment(0.01, 0.02, "damaged")], warnings=["Lost."])
    audiokit.decode.set_default_router(router_of(backend))
    try:
        with pytest.warns(UserWarning, match="Lost"):
            audiokit.load(SOURCE, sr=None)
    finally:
        audiokit.decode.set_default_router(None)


def test_a_better_answer_is_asked_for_when_sound_is_missing():
    samples = noise(20_000)
    short = ArrayBackend(samples, name="short", gives=12_000)
    whole = ArrayBackend(samples, name="whole", lost=[Segment(0.1, 0.2, "damaged")], warnings=["Something was lost."])
    got = audiokit.read(SOURCE, router=router_of(short, whole))
    assert got.frames == 20_000
    assert got.warnings == ("Something was lost.",)
    assert got.lost == (Segment(0.1, 0.2, "damaged"),)
    alone = audiokit.read(SOURCE, router=router_of(short))
    assert alone.frames == 12_000
    assert "8,000" in alone.warnings[0] or "missing" in alone.warnings[0]
    assert alone.lost == (Segment(12_000 / RATE, 20_000 / RATE, "missing at the end"),)
    with pytest.raises(errors.DamagedAudio, match="Something was lost"):
        audiokit.read(SOURCE, router=router_of(short, whole), strict=True)


def test_lost_spans_are_counted_from_the_first_sample_read():
    backend = ArrayBackend(noise(RATE * 2), lost=[Segment(0.2, 0.4, "a"), Segment(1.0, 1.5, "b")], warnings=["Lost."])
    got = audiokit.read(SOURCE, router=router_of(backend), offset_seconds=0.5, duration_seconds=0.75)
    assert [(round(s.start_seconds, 6), round(s.end_seconds, 6), s.label) for s in got.lost] == [(0.5, 0.75, "b")]


def test_limits():
    backend = ArrayBackend(noise(RATE * 2, 3))
    for limits, said in ((Limits(max_channels=2), "3 channels"), (Limits(max_sample_rate=8000), "44,100 Hz")):
        with pytest.raises(errors.LimitExceeded, match=said):
            audiokit.read(SOURCE, router=router_of(backend), limits=limits)
        with pytest.raises(errors.LimitExceeded, match=said):
            next(blocks(SOURCE, 0.1, router=router_of(backend), limits=limits))
    for states_length in (True, False):
        backend = ArrayBackend(noise(RATE * 2), states_length=states_length)
        with pytest.raises(errors.LimitExceeded, match="more than 1 s"):
            audiokit.read(SOURCE, router=router_of(backend), limits=Limits(max_seconds=1))
        span = audiokit.read(SOURCE, router=router_of(backend), limits=Limits(max_seconds=1), duration_seconds=0.5)
        assert span.duration_seconds == 0.5
    assert (
        sum(b.frames for b in blocks(SOURCE, 0.1, router=router_of(backend), limits=Limits(max_seconds=1))) == 2 * RATE
    )
    with pytest.raises(errors.ParameterError, match="max_seconds"):
        Limits(max_seconds=0)


def test_a_soft_time_limit():
    class Slow(ArrayStream):
        def blocks(self, start, stop):
            for _ in range(1000):
                yield from ArrayStream.blocks(self, 0, None)

    class SlowBackend(ArrayBackend):
        @contextmanager
        def open(self, source, sniffed, track):
            yield Slow(self)

    backend = SlowBackend(noise(RATE), states_length=False)
    with pytest.raises(TimeoutError, match=r"0\.05 s") as caught:
        audiokit.read(SOURCE, router=router_of(backend), time_limit_seconds=0.05)
    assert isinstance(caught.value, errors.DecodeTimeout)


@given(
    block=st.integers(1, 9000),
    hop=st.one_of(st.none(), st.integers(1, 12_000)),
    frames=st.integers(1, 30_000),
    target=st.sampled_from([None, 16_000]),
    offset=st.integers(0, 10_000),
)
def test_blocks_are_slices_of_the_whole(block, hop, frames, target, offset):
    samples = noise(frames)
    router = router_of(ArrayBackend(samples, states_length=False))
    rate = target or RATE
    options = {"sample_rate": target, "offset_seconds": offset / RATE}
    try:
        whole = audiokit.read(SOURCE, router=router, **options)
    except errors.EmptySource:
        return
    got = list(blocks(SOURCE, block / rate, None if hop is None else hop / rate, router=router, **options))
    step = hop or block
    at = 0
    for one in got:
        np.testing.assert_array_equal(one.samples, whole.samples[:, at : at + block])
        assert one.start_seconds == pytest.approx(whole.start_seconds + at / rate)
        at += step
    # Every sample that a hop does not leave out is there, and no block lies within the one before.
    if whole.frames:
        covered = at - step + got[-1].frames
        assert covered == whole.frames or (step > block and at >= whole.frames)
        assert all(one.frames == block for one in got[:-1])
        assert len(got) == 1 or (len(got) - 2) * step + block < whole.frames
    else:
        assert got == []


def test_blocks_tell_what_was_lost_and_refuse_nonsense():
    backend = ArrayBackend(noise(RATE), lost=[Segment(0.3, 0.4, "damaged")], warnings=["Lost."])
    got = list(blocks(SOURCE, 0.25, router=router_of(backend)))
    assert [one.warnings for one in got if one.warnings] == [("Lost.",)]
    (span,) = [span for one in got for span in one.lost]
    (holder,) = [one for one in got if one.lost]
    assert holder.start_seconds + span.start_seconds == pytest.approx(0.3)
    with pytest.raises(errors.DamagedAudio, match="Lost"):
        list(blocks(SOURCE, 0.25, router=router_of(backend), strict=True))
    for bad in (0, -1, float("nan"), float("inf")):
        with pytest.raises(errors.ParameterError, match="block_seconds"):
            blocks(SOURCE, bad)
    with pytest.raises(errors.ParameterError, match="less than a sample"):
        list(blocks(SOURCE, 1e-9, router=router_of(backend)))
    with pytest.raises(errors.EmptySource):
        list(blocks(SOURCE, 1, router=router_of(ArrayBackend(noise(0)))))


def test_a_router_with_one_more_backend():
    mine = ArrayBackend(noise(100), name="mine")
    router = Router().with_backend(mine, Route("wav", "", ("mine", "soundfile"), "because"))
    assert audiokit.decode.backends(router)[0].backends == ("mine", "soundfile")
    assert audiokit.decode.backends() != audiokit.decode.backends(router)
    with pytest.raises(errors.ParameterError, match="names the backends"):
        Router().with_route(Route("wav", "", ("nobody",), "?"))
    audiokit.decode.set_default_router(router_of(mine))
    try:
        assert audiokit.read(SOURCE).frames == 100
        assert audiokit.info(SOURCE).backend == "mine"
        assert audiokit.info(SOURCE, exact=True).frames == 100
    finally:
        audiokit.decode.set_default_router(None)
    with pytest.raises(errors.NoAudioTrack, match="one track"):
        audiokit.read(SOURCE, router=router_of(mine), track=1)
