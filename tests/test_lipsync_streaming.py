"""The streaming mel gives the frames of the whole, in whatever pieces the sound comes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import Audio, dsp
from audiokit.dsp.resample_stream import ResampleStream
from audiokit.errors import ParameterError
from audiokit.lipsync import StreamingMel, mel_spectrogram


def streamed(samples, cuts, **options):
    stream = StreamingMel(**options)
    parts = [stream.push(part) for part in np.split(samples, sorted(cuts))]
    parts.append(stream.flush())
    assert stream.samples == len(samples)
    assert stream.frames == sum(map(len, parts))
    return np.concatenate(parts)


@given(data=st.data(), pad=st.sampled_from(["zero", "reflect"]), dtype=st.sampled_from([np.float32, np.float64]))
def test_any_pieces_give_the_whole(data, pad, dtype):
    time = data.draw(st.integers(1, 5000))
    cuts = data.draw(st.lists(st.integers(0, time), max_size=12))
    seed = data.draw(st.integers(0, 2**32 - 1))
    samples = np.random.default_rng(seed).uniform(-1, 1, time).astype(data.draw(st.sampled_from([np.float32, "f8"])))
    found = streamed(samples, cuts, pad=pad, dtype=dtype)
    wanted = mel_spectrogram(samples, pad=pad, dtype=dtype)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 if dtype is np.float64 else 1e-5)


@pytest.mark.parametrize("pad", ["zero", "reflect"])
@pytest.mark.parametrize("time", [1, 2, 199, 200, 399, 400, 401, 402, 600, 799, 800, 801, 1000])
def test_short_sounds_sample_by_sample(time, pad):
    samples = np.random.default_rng(time).uniform(-1, 1, time)
    np.testing.assert_allclose(
        streamed(samples, range(time), pad=pad), mel_spectrogram(samples, pad=pad), rtol=0, atol=1e-12
    )


def test_thousands_of_cuts():
    generator = np.random.default_rng(5)
    samples = generator.uniform(-1, 1, 48_000)
    wanted = {pad: mel_spectrogram(samples, pad=pad) for pad in ("zero", "reflect")}
    for pad, whole in wanted.items():
        cuts = generator.integers(0, 48_001, 3000)
        np.testing.assert_allclose(streamed(samples, cuts, pad=pad), whole, rtol=0, atol=1e-12)


def test_a_frame_is_given_as_soon_as_its_window_is_full():
    for pad, first in (("zero", 400), ("reflect", 401)):
        stream = StreamingMel(pad=pad)
        given_at = []
        for index in range(1, 1300):
            given_at += [index] * len(stream.push(np.ones(1) * index / 1300))
        assert given_at == [first, 600, 800, 1000, 1200]


def test_chunks_of_640_ms():
    stream = StreamingMel()
    assert [len(stream.push(np.zeros(10_240))) for _ in range(5)] == [50, 51, 51, 51, 52]
    assert len(stream.flush()) == 2
    assert stream.frames == 1 + 5 * 10_240 // 200


def test_a_hole_stays_where_it_is():
    samples = np.random.default_rng(3).standard_normal(16_000)
    samples[8000] = np.nan
    found = streamed(samples, [7999, 8000, 8001])
    assert np.flatnonzero(np.isnan(found).all(axis=1)).tolist() == [39, 40, 41, 42]
    assert np.isnan(found).any(axis=1).sum() == 4


def test_another_rate_comes_through_the_streaming_resampler():
    time = np.arange(66_150) / 44_100
    samples = (0.3 * np.sin(2 * np.pi * (200 * time + 300 * time**2))).astype(np.float32)
    resampler, stream, parts = ResampleStream(44_100, 16_000), StreamingMel(), []
    for part in np.split(samples, [1, 4410, 9999, 44_100]):
        parts.append(stream.push(resampler.push(part[np.newaxis])))
    parts += [stream.push(resampler.finish()), stream.flush()]
    wanted = mel_spectrogram(dsp.resample(samples, 44_100, 16_000))
    np.testing.assert_allclose(np.concatenate(parts), wanted, rtol=0, atol=1e-12)


def test_little_is_kept():
    stream = StreamingMel()
    for _ in range(50):
        stream.push(np.random.default_rng(0).uniform(-1, 1, 16_000))
        assert stream._tail.base is None
        assert stream._tail.size < 800


def test_what_was_given_is_not_written_again():
    stream = StreamingMel()
    samples = np.random.default_rng(1).uniform(-1, 1, 20_480)
    first = stream.push(samples[:10_240])
    kept = first.copy()
    stream.push(samples[10_240:])
    np.testing.assert_array_equal(first, kept)


def test_nothing_in_nothing_out():
    stream = StreamingMel(dtype=np.float32)
    assert stream.push(np.empty(0)).shape == (0, 80)
    assert stream.flush().shape == (0, 80)
    assert stream.samples == 0


def test_the_end_is_the_end_until_reset():
    stream = StreamingMel()
    stream.push(np.ones(500))
    stream.flush()
    with pytest.raises(ParameterError, match="flushed"):
        stream.push(np.ones(1))
    with pytest.raises(ParameterError, match="flushed"):
        stream.flush()
    stream.reset()
    samples = np.random.default_rng(2).uniform(-1, 1, 900)
    found = np.concatenate([stream.push(samples), stream.flush()])
    np.testing.assert_array_equal(found, mel_spectrogram(samples))


def test_refusals():
    with pytest.raises(ParameterError, match="padding"):
        StreamingMel(pad="edge")
    with pytest.raises(ParameterError, match="float32 or float64"):
        StreamingMel(dtype=np.int16)
    stream = StreamingMel()
    for wrong, words in (
        (np.zeros(8, np.uint8), r"\(samples - 128.0\) / 128"),
        (np.zeros(8, np.int16), "samples / 32768"),
        (np.zeros((2, 8)), "one channel"),
        (Audio(np.zeros(8), 44_100), "16000 Hz"),
    ):
        with pytest.raises(ParameterError, match=words):
            stream.push(wrong)
    assert stream.samples == 0
