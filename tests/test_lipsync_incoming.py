"""Frames that come in: each lies under the mouth of its own time, and late, early, missing and wrong ones are told."""

import threading
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_avatar import greys, plain_avatar

from audiokit.errors import ParameterError
from audiokit.lipsync import Animator, LipsyncSession
from audiokit.lipsync.incoming import FrameCounts, IncomingFrames

SIZE = (16, 24)


def picture(number, channels=3):
    """A frame that says its number outside the mouth."""
    return np.full((*SIZE, channels), number % 256, np.uint8)


def number_of(frame):
    return int(frame[0, 0, 0])


def sound(time, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, time).astype(np.float32)


def by_definition(events, most):
    """Return what is given out and counted, by looking back over everything that was put in."""
    put, taken, replaced, late, given_out = {}, 0, 0, 0, []
    for turn, (what, index) in enumerate(events):
        if what == "put" and index < taken:
            late += 1
        elif what == "put" and index < taken + most:
            replaced += index in put
            put[index] = turn
        elif what == "take":
            before = [put[one] for one in sorted(put) if one <= taken]
            given_out.append((before[-1] if before else None, taken in put))
            taken += 1
    came = sum(one for _, one in given_out)
    return given_out, FrameCounts(came, late, len(given_out) - came, replaced)


@given(
    events=st.lists(st.tuples(st.sampled_from(["put", "put", "take"]), st.integers(0, 12)), max_size=50),
    most=st.integers(1, 6),
)
def test_any_order_is_the_definition(events, most):
    frames = IncomingFrames(Fraction(25), 16_000, SIZE, most)
    found = []
    for turn, (what, index) in enumerate(events):
        if what == "put":
            frames.put(picture(turn), index)
        else:
            at = len(found)
            shown = frames.take(at)
            found.append((None if shown is None else number_of(shown), not frames.was_held(at)))
            assert not frames.was_held(at)
        assert len(frames._waiting) <= most
    wanted, counts = by_definition(events, most)
    assert found == wanted
    assert frames.counts == counts


@given(
    rate=st.sampled_from([Fraction(25), Fraction(30_000, 1001), Fraction(60)]),
    sample_rate=st.sampled_from([8000, 16_000, 44_100, 48_000]),
    index=st.integers(0, 10**7),
    off=st.fractions(Fraction(-49, 100), Fraction(49, 100)),
)
def test_a_time_goes_to_the_nearest_frame(rate, sample_rate, index, off):
    frames = IncomingFrames(rate, sample_rate, SIZE)
    assert frames.index((index + off) * sample_rate / rate) == index


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("sample_rate", [16_000, 48_000])
def test_each_frame_lies_under_the_mouth_of_its_time(channels, sample_rate):
    samples = sound(2 * sample_rate)
    with LipsyncSession(plain_avatar(), sample_rate=sample_rate, frames_in=True, max_early_frames=50) as session:
        for index in range(50):
            assert session.push_frame(picture(index, channels), index * sample_rate // 25)
        session.push(samples)
        frames = [*session.finish()]
        assert session.waterfall().incoming == FrameCounts(shown=50, late=0, missing=0, replaced=0)
    assert [number_of(frame.picture) for frame in frames] == [*range(50)]
    assert not any(frame.held for frame in frames)
    animator = Animator(plain_avatar())
    if sample_rate == 16_000:
        assert greys([frame.picture for frame in frames]) == greys([*animator.push(samples), *animator.flush()])


def test_missing_ones_are_held_and_late_ones_dropped():
    with LipsyncSession(plain_avatar(), frames_in=True) as session:
        for index in (2, 3, 7):
            session.push_frame(picture(100 + index), index * 640)
        session.push(sound(10_240))
        out = []
        while len(out) < 14:
            out += session.ready()
        assert not session.push_frame(picture(1), 5 * 640)
        assert session.push_frame(picture(50), 15 * 640)
        out += session.finish()
        counts = session.waterfall().incoming
    shown = [number_of(frame.picture) for frame in out]
    assert shown == [0, 0, 102, 103, 103, 103, 103, *[107] * 8, 50]
    assert [frame.index for frame in out if not frame.held] == [2, 3, 7, 15]
    assert counts == FrameCounts(shown=4, late=1, missing=12, replaced=0)


def test_a_frame_that_is_much_too_early_waits_for_its_turn():
    with LipsyncSession(plain_avatar(), frames_in=True, max_early_frames=4) as session:
        with pytest.raises(TimeoutError, match="Frame 4 came more than"):
            session.push_frame(picture(1), 4 * 640, timeout_seconds=0.05)
        done = []
        waiting = threading.Thread(target=lambda: done.append(session.push_frame(picture(9), 6 * 640)))
        waiting.start()
        time.sleep(0.05)
        assert not done
        session.push(sound(5200))  # frames 0 to 5
        waiting.join(20)
        assert done == [True]


def test_who_waits_is_let_go_when_all_is_over():
    session = LipsyncSession(plain_avatar(), frames_in=True, max_early_frames=1)
    errors = []

    def push():
        try:
            session.push_frame(picture(1), 64_000, timeout_seconds=None)
        except ParameterError as error:
            errors.append(error)

    waiting = threading.Thread(target=push)
    waiting.start()
    time.sleep(0.05)
    session.cancel()
    waiting.join(20)
    assert not waiting.is_alive()
    assert "ended" in str(errors[0])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.zeros((24, 16, 3), np.uint8), r"\(24, 16, 3\).*avatar's size"),
        (np.zeros((3, 16, 24), np.uint8), r"\(3, 16, 24\).*Channels come last"),
        (np.zeros((16, 24), np.uint8), r"\(16, 24\)"),
        (np.zeros((16, 24, 3), np.float32), "float32"),
    ],
)
def test_a_frame_of_another_kind_is_refused_with_both_shapes(wrong, words):
    with LipsyncSession(plain_avatar(), frames_in=True) as session:
        with pytest.raises(ParameterError, match=r"\(16, 24, 3 or 4\) in uint8, got .*" + words):
            session.push_frame(wrong, 0)
        assert session.push_frame(picture(3), 0)


@pytest.mark.parametrize("channels", [3, 4])
def test_opencv_s_order_is_turned_round(channels):
    frame = picture(0, channels)
    frame[..., :3] = [1, 2, 3]
    before = frame.copy()
    with LipsyncSession(plain_avatar(), frames_in=True, channel_order="bgr") as session:
        session.push_frame(frame, 0)
        np.testing.assert_array_equal(frame, before)
        frame[:] = 77  # as a camera's buffer is
        session.push(sound(640))
        (out,) = session.finish()
    assert out.picture[0, 0].tolist() == [3, 2, 1, 0][:channels]


def test_a_generator_that_knows_any_face_sees_each_frame():
    seen = []
    avatar = plain_avatar()
    inner = avatar.generator

    class Watching:
        def own(self):
            return self

        def __call__(self, visual, audio):
            seen.append(visual.copy())
            return inner(visual, audio)

    hidden = np.zeros((8, 8), bool)
    hidden[4:] = True
    options = {name: getattr(avatar, name) for name in ("pictures", "choose", "box", "mask", "visual", "encoder")}
    watching = type(avatar)("watching", generator=Watching(), hidden=hidden, **options)
    with LipsyncSession(watching, frames_in=True) as session:
        for index in range(3):
            session.push_frame(picture(51 * (index + 1)), 640 * index)
        session.push(sound(3 * 640))
        list(session.finish())
    visual = np.concatenate(seen)
    assert visual.shape == (3, 6, 8, 8)
    assert (visual[:, :3] == avatar.visual[:, :3]).all()
    assert (visual[:, 3:, 4:] == 0).all()
    np.testing.assert_allclose(visual[:, 3, 0, 0], [0.2, 0.4, 0.6], rtol=1e-6)
    with pytest.raises(ParameterError, match="hides"):
        type(avatar)("watching", generator=Watching(), hidden=hidden[:4], **options)


def test_refusals():
    with LipsyncSession(plain_avatar()) as session:
        assert session.waterfall().incoming is None
        with pytest.raises(ParameterError, match="frames_in=True"):
            session.push_frame(picture(0), 0)
    with LipsyncSession(plain_avatar(), frames_in=True) as session:
        for wrong in (float("nan"), float("inf"), "now", None):
            with pytest.raises(ParameterError, match="number of samples"):
                session.push_frame(picture(0), wrong)
    for wrong in ({"max_early_frames": 0}, {"channel_order": "gbr"}):
        with pytest.raises(ParameterError):
            LipsyncSession(plain_avatar(), frames_in=True, **wrong)
