"""The recorder's protocol, whatever the line does to the pieces."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorder_line import RATE, Page, noise

from audiokit.errors import ParameterError
from audiokit_widgets import Recorder


@pytest.fixture
def recorder():
    made = Recorder(title="take")
    yield made
    made.close()


def test_before_a_take_there_is_none(recorder):
    assert recorder.audio is None
    assert (recorder.state, recorder.seconds, recorder.level_dbfs, recorder.message) == ("idle", 0.0, -math.inf, "")
    assert recorder.finish() is None
    with pytest.raises(ParameterError, match=r"no take to save.*Record one"):
        recorder.save("x.wav")


@given(
    channels=st.integers(1, 7),
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=5),
    frames=st.integers(1, 3000),
    randomly=st.randoms(use_true_random=False),
)
def test_whatever_order_the_pieces_come_in_and_however_often_the_take_is_the_sound(channels, sizes, frames, randomly):
    recorder = Recorder(channels=channels)
    samples = noise(frames, channels, seed=frames)
    page = Page(recorder, samples, sizes)
    numbers = [n for n in range(len(page.pieces)) for _ in range(randomly.choice((1, 1, 2)))]
    randomly.shuffle(numbers)
    for number in numbers:
        if randomly.random() < 0.2:
            page.piece(number, data=page.pieces[number]["data"][:-1])  # cut on the way, and then whole
        answer = page.piece(number)
    assert answer["missing"] == []
    assert page.end()["kind"] == "done"
    np.testing.assert_array_equal(recorder.audio.samples, samples)
    assert recorder.audio.sample_rate == RATE
    assert recorder.audio.lost == ()
    assert recorder.audio.warnings == ()
    recorder.close()


def test_what_is_lost_is_asked_for_and_the_end_waits_for_it(recorder):
    samples = noise(10_000)
    page = Page(recorder, samples)
    page.piece(0)
    assert page.piece(2) == {"kind": "have", "take": "one", "next": 1, "highest": 2, "missing": [1], "order": 2}
    page.piece(4)
    answer = page.end()
    assert answer["missing"] == [1, 3]
    assert recorder.audio is None
    assert recorder.seconds == 0.25  # what stands without a hole
    page.piece(3)
    assert page.piece(1)["kind"] == "done"  # the end was heard, and is not needed again
    np.testing.assert_array_equal(recorder.audio.samples, samples)


def test_an_end_that_comes_before_the_last_pieces_waits_for_them(recorder):
    page = Page(recorder, noise(6000))
    page.piece(0)
    assert page.end()["kind"] == "have"
    page.piece(1)
    assert page.piece(2)["kind"] == "done"


@pytest.mark.parametrize("wrong", [b"", b"\0" * 7999, b"\0" * 8004, b"\0" * 4])
def test_a_piece_that_is_not_whole_stays_missing(recorder, wrong):
    page = Page(recorder, noise(6000))
    page.piece(0)
    answer = page.piece(1, data=wrong)
    assert (answer["next"], answer["highest"], answer["missing"]) == (1, 1, [1])
    page.piece(2)
    assert page.piece(1)["next"] == 3


@pytest.mark.parametrize("start", [0, 1999, 2001, 50_000])
def test_a_piece_that_contradicts_its_place_stays_missing(recorder, start):
    page = Page(recorder, noise(6000))
    page.piece(0)
    assert page.piece(1, start=start)["missing"] == [1]
    page.piece(2, start=start + 1999)  # comes before the first one that is right
    page.piece(1)
    assert page.piece(2)["next"] == 3
    assert page.end()["kind"] == "done"
    assert recorder.audio.frames == 6000


def test_a_piece_that_comes_again_changes_nothing(recorder):
    samples = noise(4000)
    page = Page(recorder, samples)
    page.piece(0)
    page.piece(0, data=noise(2000, seed=9).tobytes())
    page.piece(1)
    page.end()
    np.testing.assert_array_equal(recorder.audio.samples, samples)


@pytest.mark.parametrize("gone", [(0,), (2,), (4,), (1, 2), (0, 1, 2, 3)])
def test_what_the_page_gave_up_is_silence_in_its_place_and_is_told(recorder, gone):
    samples = noise(10_000)
    page = Page(recorder, samples)
    for number in range(5):
        if number not in gone:
            page.piece(number)
    assert page.end(given_up=gone)["kind"] == "done"
    expected = samples.copy()
    for number in gone:
        expected[:, number * 2000 : (number + 1) * 2000] = 0
    np.testing.assert_array_equal(recorder.audio.samples, expected)
    lost = sum(s.duration_seconds for s in recorder.audio.lost)
    assert lost == pytest.approx(0.25 * len(gone))
    assert recorder.audio.lost[0].start_seconds == pytest.approx(gone[0] * 0.25)
    assert f"{lost:.3f} s" in recorder.audio.warnings[0]
    assert "silence" in recorder.audio.warnings[0]


def test_at_most_64_missing_pieces_are_named_at_a_time(recorder):
    page = Page(recorder, noise(10_000), sizes=(50,))
    assert page.piece(150)["missing"] == list(range(64))
    for number in range(64):
        page.piece(number)
    assert page.piece(0)["missing"] == list(range(64, 128))


def test_a_page_that_asks_where_the_kernel_stands_is_told(recorder):
    page = Page(recorder, noise(6000))
    page.piece(0)
    answer = page.say("where")
    assert (answer["next"], answer["missing"], answer["order"]) == (1, [], 2)
    page.piece(1)
    page.piece(2)
    page.end()
    assert page.say("where") == {"kind": "done", "take": "one", "message": ""}  # though it has ended
    assert page.piece(1)["kind"] == "done"
    assert recorder.audio.frames == 6000


def test_what_is_not_a_number_is_silence_and_is_counted(recorder):
    samples = noise(4000, 2)
    samples[0, 5] = np.nan
    samples[1, 7] = np.inf
    samples[1, 8] = -np.inf
    page = Page(recorder, samples)
    page.piece(0)
    assert math.isfinite(recorder.level_dbfs)
    page.piece(1)
    page.end()
    heard = recorder.audio.samples
    assert [heard[0, 5], heard[1, 7], heard[1, 8]] == [0, 0, 0]
    assert np.isfinite(heard).all()
    assert "3 samples not finite; they are 0" in recorder.audio.warnings


def test_level_and_seconds_follow_the_pieces(recorder):
    time = np.arange(2000) / RATE
    loud = 0.5 * np.sin(2 * np.pi * 400 * time)
    page = Page(recorder, np.stack([np.concatenate([loud, loud / 10]), np.zeros(4000)]).astype(np.float32))
    page.piece(0)
    assert recorder.level_dbfs == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=1e-3)  # of the loudest channel
    assert recorder.seconds == 0.25
    page.piece(1)
    assert recorder.level_dbfs == pytest.approx(20 * np.log10(0.05 / np.sqrt(2)), abs=1e-3)
    silent = Page(recorder, np.zeros((1, 10), np.float32), key="two")
    silent.piece(0)
    assert recorder.level_dbfs == -math.inf


def test_another_page_waits_while_one_records_and_takes_over_when_it_is_gone(recorder):
    now = [0.0]
    recorder._intake._now = lambda: now[0]
    samples = noise(6000)
    page = Page(recorder, samples)
    assert page.say("hello") == {"kind": "hello"}
    page.piece(0)
    now[0] = 4.0
    assert page.say("hello", page="other") == {"kind": "hello"}
    assert recorder.audio is None
    page.say("state", page="other", state="failed", message="theirs")
    assert recorder.state == "recording"
    now[0] = 9.5  # the other page's words are no sign of life of the first
    assert page.say("hello", page="other") == {"kind": "hello"}
    np.testing.assert_array_equal(recorder.audio.samples, samples[:, :2000])
    assert "page that recorded was closed" in recorder.message
    assert recorder.state == "stopped"


def test_a_take_that_begins_while_another_is_open_ends_it(recorder):
    heard = []
    recorder.on_recorded(heard.append)
    page = Page(recorder, noise(6000))
    page.piece(0)
    Page(recorder, noise(100), key="two", page="other").all()
    assert [audio.frames for audio in heard] == [2000, 100]


def test_what_the_device_did_otherwise_is_told(recorder):
    given = {"sampleRate": 48_000, "echoCancellation": False, "noiseSuppression": True, "channelCount": 2}
    Page(recorder, noise(4000, 2), given=given).all()
    assert list(recorder.audio.warnings) == [
        "the device gave 2 channels where 1 was asked for",
        "the browser resampled from 48000 to 8000 Hz",
        "the browser kept noise suppression on",
    ]
    assert recorder.player.sound.notes == list(recorder.audio.warnings)


def stamped(recorder, lateness, runs=None, key="one"):
    """A take of pieces of a quarter of a second, each late by so many seconds."""
    page = Page(recorder, noise(2000 * len(lateness)), key=key)
    for i, late in enumerate(lateness):
        page.pieces[i]["stamp"] += late
        page.pieces[i]["run"] = runs[i] if runs else 0
    page.all()
    return [w for w in recorder.audio.warnings if "never came" in w]


def test_sound_that_the_device_left_out_is_told(recorder):
    assert stamped(recorder, [0.0] * 12 + [0.12] * 12) == [
        "about 120 ms of sound never came from the device, at 0:03.0"
    ]
    both = [0.0] * 10 + [0.05] * 10 + [0.15] * 10
    assert stamped(recorder, both, key="two") == ["about 150 ms of sound never came from the device, at 0:02.5, 0:05.0"]


@given(st.lists(st.floats(0, 3), min_size=40, max_size=80), st.floats(-300, 300))
def test_stamps_that_are_late_now_and_then_and_clocks_that_differ_are_no_loss(jitter, drift_ppm):
    recorder = Recorder()
    late = [(0 if i % 4 == 0 else j) + 0.25 * i * drift_ppm * 1e-6 for i, j in enumerate(jitter)]
    assert stamped(recorder, late) == []
    recorder.close()


def test_a_pause_is_no_loss(recorder):
    assert stamped(recorder, [0.0] * 10 + [30.0] * 10, runs=[0] * 10 + [2] * 10) == []
