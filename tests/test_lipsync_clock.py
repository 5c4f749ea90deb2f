"""Windows of video frames: exact for hours, at any rate, whole or streamed."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.lipsync import StreamingMel, mel_spectrogram
from audiokit.lipsync.clock import WindowClock, frame_rate
from audiokit.lipsync.windows import WindowStream, cut_windows

RATES = [23.976, 25, 29.97, 30, 60, 59.94, "24000/1001", Fraction(25, 2), 12.5, 119.88, 15]
OFFSETS = [0, Fraction(-1, 25), "-0.1", Fraction(1, 7)]
TEN_HOURS = 36_000


@pytest.mark.parametrize(("written", "meant"), [
    (25, Fraction(25)), (23.976, Fraction(24_000, 1001)), ("29.97", Fraction(30_000, 1001)), (0.1, Fraction(1, 10)),
    ("30000/1001", Fraction(30_000, 1001)), (60.0, Fraction(60)), (59.94, Fraction(60_000, 1001)),
])  # fmt: skip
def test_rates(written, meant):
    assert frame_rate(written) == meant


@pytest.mark.parametrize("wrong", [0, -25, "fast", float("nan"), float("inf"), True, None, "1/0", 1001])
def test_no_rates(wrong):
    with pytest.raises(ParameterError, match="frame rate"):
        frame_rate(wrong)


@pytest.mark.parametrize("wrong", [0.04, "soon", 2, None, True])
def test_an_offset_is_exact(wrong):
    with pytest.raises(ParameterError, match="exact number"):
        WindowClock(25, offset_seconds=wrong)


def test_the_reference_at_25_frames_a_second():
    clock = WindowClock(25)
    assert [clock.start(i) for i in range(200)] == [int(80.0 * i / 25.0) for i in range(200)]
    assert clock.frames_in(10_240) == 16
    assert clock.sample(1) == 640
    trained = WindowClock(25, offset_seconds=Fraction(-1, 25))
    assert [trained.start(i) for i in range(1, 200)] == [clock.start(i - 1) for i in range(1, 200)]
    assert trained.start(0) == -4


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("offset", OFFSETS)
@given(seconds=st.integers(0, TEN_HOURS), step=st.integers(0, 200))
def test_no_drift_in_ten_hours(rate, offset, seconds, step):
    clock = WindowClock(rate, offset_seconds=offset)
    index = int(seconds * clock.rate) + step
    # the window begins less than a mel frame before its time, counted in whole numbers alone
    numerator, denominator = clock.rate.numerator, clock.rate.denominator
    place = Fraction(80 * index * denominator, numerator) + 80 * clock.offset_seconds
    assert 0 <= place - clock.start(index) < 1
    assert clock.start(index + 1) - clock.start(index) in (int(80 / clock.rate), int(80 / clock.rate) + 1)
    ahead = (clock.ready_sample(index) - clock.sample(index)) / 16_000
    if clock.start(index) >= 0:
        assert clock.look_ahead_seconds - Fraction(1, 80) < ahead <= clock.look_ahead_seconds


def test_a_counter_that_adds_drifts_and_ours_does_not():
    step, place, clock = 80 / 29.97, 0.0, WindowClock(29.97)
    count = clock.frames_in(TEN_HOURS * 16_000)
    place = step * count
    exact = 80 * count * 1001 / 30_000
    assert abs(place - exact) > 2  # the usual rounding of the rate alone is 36 ms in ten hours
    assert 0 <= exact - clock.start(count) < 1


@given(mel_frames=st.integers(0, 3000), rate=st.sampled_from(RATES), offset=st.sampled_from(OFFSETS))
def test_frames_are_ready_when_their_windows_are(mel_frames, rate, offset):
    clock = WindowClock(rate, offset_seconds=offset)
    ready = clock.ready_frames(mel_frames)
    by_looking = 0
    while clock.start(by_looking) + 16 <= mel_frames:
        by_looking += 1
    assert ready == by_looking


@given(samples=st.integers(0, 100_000), rate=st.sampled_from(RATES))
def test_the_video_covers_the_sound(samples, rate):
    clock = WindowClock(rate)
    count = clock.frames_in(samples)
    assert clock.sample(count) >= samples
    assert count == 0 or clock.sample(count - 1) < samples


def test_look_ahead_is_stated():
    assert WindowClock(25).look_ahead_seconds == Fraction(2125, 10_000)
    assert WindowClock(25, offset_seconds=Fraction(-1, 25)).look_ahead_seconds == Fraction(1725, 10_000)


def test_windows_hold_the_mel():
    mel = np.random.default_rng(0).uniform(-4, 4, (52, 80))
    found = cut_windows(mel, WindowClock(25), 16)
    assert found.shape == (16, 1, 80, 16)
    assert found.dtype == np.float32
    for i in range(12):
        start = int(80 * i / 25)
        np.testing.assert_array_equal(found[i, 0], mel[start : start + 16].T.astype(np.float32))
    assert (found[15, 0, :, 4:] == -4).all()  # 48 + 16 reach 12 beyond 52
    np.testing.assert_array_equal(found[15, 0, :, :4], mel[48:].T.astype(np.float32))


def test_stride_one_and_the_reference_s_last():
    mel = np.random.default_rng(0).uniform(-4, 4, (52, 80))
    stride = cut_windows(mel, WindowClock(None))
    assert len(stride) == 37
    np.testing.assert_array_equal(stride[36, 0], mel[36:].T.astype(np.float32))
    repeated = cut_windows(mel, WindowClock(None), 52, beyond="last")
    assert len(repeated) == 52
    np.testing.assert_array_equal(repeated[51], stride[36])
    before = cut_windows(mel, WindowClock(25, offset_seconds=Fraction(-1, 25)), 1)
    assert (before[0, 0, :, :4] == -4).all()
    np.testing.assert_array_equal(before[0, 0, :, 4:], mel[:12].T.astype(np.float32))


@given(data=st.data(), time=st.integers(1, 30_000), rate=st.sampled_from(RATES), offset=st.sampled_from(OFFSETS))
def test_streamed_windows_are_those_of_the_whole(data, time, rate, offset):
    clock = WindowClock(rate, offset_seconds=offset)
    samples = np.random.default_rng(time).uniform(-1, 1, time)
    cuts = sorted(data.draw(st.lists(st.integers(0, time), max_size=6)))
    mels, windows, parts = StreamingMel(), WindowStream(clock), []
    for part in np.split(samples, cuts):
        parts.append(windows.push(mels.push(part)))
        assert windows.given <= clock.ready_frames(mels.frames)
    parts += [windows.push(mels.flush()), windows.flush(clock.frames_in(time))]
    found = np.concatenate(parts)
    wanted = cut_windows(mel_spectrogram(samples), clock, max(len(found), clock.frames_in(time)))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)


def test_a_stream_keeps_little():
    stream = WindowStream(WindowClock(29.97))
    for _ in range(200):
        stream.push(np.zeros((64, 80), np.float32))
        assert len(stream._mel) < 20
        assert stream._mel.base is None


def test_an_empty_mel_is_silence():
    assert (cut_windows(np.empty((0, 80)), WindowClock(25), 3) == -4).all()
    assert cut_windows(np.empty((5, 80)), WindowClock(25)).shape == (0, 1, 80, 16)


def test_refusals():
    with pytest.raises(ParameterError, match="shape"):
        cut_windows(np.zeros((80, 52)), WindowClock(25))
    with pytest.raises(ParameterError, match="filling"):
        cut_windows(np.zeros((52, 80)), WindowClock(25), beyond="noise")
    with pytest.raises(ParameterError, match="16 mel frames"):
        cut_windows(np.zeros((5, 80)), WindowClock(25), 2, beyond="last")
    with pytest.raises(ParameterError, match="shape"):
        WindowStream(WindowClock(25)).push(np.zeros(80))
