"""Frames for sound: the same whatever pieces it comes in, and as many as cover it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_avatar import greys, plain_avatar

from audiokit.errors import ParameterError
from audiokit.lipsync import Animator, Avatar, Box, WindowClock, cut_windows, mel_spectrogram


def sound(time, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.uniform(-1, 1, time) * np.abs(np.sin(np.arange(time) / 3000))).astype(np.float32)


@given(data=st.data(), time=st.integers(1, 40_000), rate=st.sampled_from([25, 29.97, 60]))
def test_any_pieces_give_the_same_frames(data, time, rate):
    samples = sound(time)
    cuts = sorted(data.draw(st.lists(st.integers(0, time), max_size=8)))
    animator = Animator(plain_avatar(), rate)
    frames = [frame for part in np.split(samples, cuts) for frame in animator.push(part)]
    frames += animator.flush()
    clock = WindowClock(rate, offset_seconds=Fraction(-1, 10))
    assert len(frames) == animator.frames == clock.frames_in(time)
    windows = cut_windows(mel_spectrogram(samples), clock, len(frames))
    wanted = np.rint((windows.mean(axis=(1, 2, 3)) + 4) / 8 * 255)
    assert np.abs(np.array(greys(frames)) - wanted).max() <= 1


def test_all_windows_of_a_chunk_go_in_one_call():
    avatar = plain_avatar()
    animator = Animator(avatar)
    list(animator.push(sound(10_240)))
    list(animator.push(sound(10_240)))
    assert avatar.encoder.calls == [14, 16]
    list(animator.push(sound(160_000)))
    assert max(avatar.encoder.calls) <= 32


def test_a_hole_is_silence_and_nothing_else_changes():
    samples = sound(32_000)
    whole = Animator(plain_avatar())
    wanted = greys([*whole.push(samples), *whole.flush()])
    samples = samples.copy()
    samples[16_000:16_400] = np.nan
    holed = Animator(plain_avatar())
    found = greys([*holed.push(samples), *holed.flush()])
    differs = np.flatnonzero(np.array(found) != wanted)
    assert len(found) == len(wanted)
    assert 20 <= differs.min() <= differs.max() <= 29
    assert min(found) >= 0


def test_frames_before_the_mouth_are_those_of_the_picture():
    animator = Animator(plain_avatar())
    frame = next(animator.push(sound(10_240)))
    assert (frame[:4] == [0, 0, 0, 255]).all()
    assert frame[8, 12, 0] > 0


def test_seconds_are_told_by_stage():
    animator = Animator(plain_avatar())
    list(animator.push(sound(20_000)))
    assert set(animator.seconds) == {"mel", "encoder", "generator", "paste"}
    assert all(value > 0 for value in animator.seconds.values())


def test_silence_and_nothing():
    animator = Animator(plain_avatar())
    assert list(animator.push(np.zeros(0))) == []
    assert list(animator.flush()) == []
    quiet = Animator(plain_avatar())
    assert set(greys([*quiet.push(np.zeros(16_000)), *quiet.flush()])) == {0}


def test_an_avatar_that_does_not_fit_together():
    good = plain_avatar()
    with pytest.raises(ParameterError, match="one size"):
        Avatar(
            "x", [good.pictures[0], good.pictures[0][:-2]], good.choose, good.box, good.mask, good.visual, None, None
        )
    with pytest.raises(ParameterError, match="does not lie within"):
        Avatar("x", good.pictures, good.choose, Box(12, 0, 8, 8), good.mask, good.visual, None, None)
    beyond = Avatar("x", good.pictures, lambda _: 1, good.box, good.mask, good.visual, good.encoder, good.generator)
    with pytest.raises(ParameterError, match="chose picture 1 of 1"):
        list(Animator(beyond).push(sound(20_000)))
