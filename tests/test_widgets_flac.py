"""Files for a page: every sample as it was, as fine as the difference needs, and nothing that tells one from another."""

import hashlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.embed import encode_flac
from audiokit.errors import ParameterError
from audiokit_widgets.flac import as_kept, bits_needed, without_traces


def decoded(data, dtype="int32"):
    import soundfile

    return soundfile.read(io.BytesIO(data), dtype=dtype, always_2d=True)


@given(st.integers(1, 5000), st.sampled_from([1, 2]), st.sampled_from([16, 24]), st.integers(0, 99))
def test_decoding_gives_the_very_samples_back(frames, channels, bits, seed):
    full = 2 ** (bits - 1)
    whole = np.random.default_rng(seed).integers(-full, full, (channels, frames))
    whole[0, 0] = -full
    samples = (whole / full).astype(np.float32)  # exact: 24 bits fit into a float32
    np.testing.assert_array_equal(as_kept(samples, bits), samples)
    got, rate = decoded(encode_flac(samples, 44_100, bits))
    assert rate == 44_100
    np.testing.assert_array_equal(got.T >> (32 - bits), whole)


def test_beyond_full_scale_is_cut_off():
    samples = np.array([[2.0, -2.0, 1.0, -1.0]], dtype=np.float32)
    assert (as_kept(samples, 16) * 32768).tolist() == [[32767, -32768, 32767, -32768]]
    assert decoded(encode_flac(samples, 8000, 24))[0].T.tolist() == [[2**31 - 256, -(2**31), 2**31 - 256, -(2**31)]]


def noise(amplitude, seed=0, frames=20_000):
    return (amplitude * np.random.default_rng(seed).standard_normal((1, frames))).astype(np.float32)


@pytest.mark.parametrize(
    ("difference", "bits"),
    [(0.0, 16), (1e-2, 16), (2e-4, 16), (3e-5, 24), (1e-6, 24)],
    ids=["none", "a codec", "20 dB above the rounding", "one step", "far below a step"],
)
def test_16_bits_do_until_their_rounding_would_be_a_tenth_of_the_difference(difference, bits):
    sound = noise(0.1)
    assert bits_needed([sound, sound + noise(difference, 1)], [1.0, 1.0]) == bits


def test_what_was_16_bits_needs_no_more_however_small_the_difference():
    steps = np.random.default_rng(0).integers(-3000, 3000, (1, 5000))
    other = steps.copy()
    other[0, 7] += 1
    assert bits_needed([(s / 2**15).astype(np.float32) for s in (steps, other)], [1.0, 1.0]) == 16


def test_the_difference_is_that_of_what_is_played():
    sound = noise(0.2)
    assert bits_needed([sound, sound / 3], [1.0, 1.0]) == 16
    assert bits_needed([sound, sound / 3], [1 / 3, 1.0]) == 24  # at one level they are the same


def test_every_pair_counts():
    one, two = noise(0.1), noise(0.1, 1)
    assert bits_needed([one, two, two + noise(1e-6, 2)], [1.0, 1.0, 1.0]) == 24


@given(st.integers(8, 3000), st.integers(0, 99))
def test_a_neutral_file_has_the_size_asked_for_and_the_same_sound(room, seed):
    data = encode_flac(noise(0.1, seed, 500), 16_000, 16)
    neutral = without_traces(data, len(data) + room, np.random.default_rng(seed))
    assert len(neutral) == len(data) + room
    np.testing.assert_array_equal(decoded(neutral)[0], decoded(data)[0])


def test_neither_digest_nor_size_nor_checksum_tells_which_sound_it_is():
    files = [encode_flac(noise(a, 1), 16_000, 16) for a in (0.1, 0.01)]
    size = max(map(len, files)) + 100
    generator = np.random.default_rng(0)
    neutral = [without_traces(data, size, generator) for data in (*files, *files)]
    assert len({hashlib.sha256(data).hexdigest() for data in neutral}) == 4
    assert {len(data) for data in neutral} == {size}
    assert {data[:42] for data in neutral} == {neutral[0][:42]}  # STREAMINFO, with the checksum in it
    assert len({data[:42] for data in files}) == 2


def test_a_filling_larger_than_one_block_may_be():
    data = encode_flac(noise(0.1, frames=100), 16_000, 16)
    for more in ((1 << 24) - 1, (1 << 24) + 3, (1 << 24) + 100):
        neutral = without_traces(data, len(data) + more, np.random.default_rng(0))
        assert len(neutral) == len(data) + more
        np.testing.assert_array_equal(decoded(neutral)[0], decoded(data)[0])


def test_a_file_whose_only_block_is_streaminfo_ends_its_blocks_in_the_filling():
    data = encode_flac(noise(0.1, frames=500), 16_000, 16)
    at, last = 42, False  # drop every other metadata block
    while not last:
        last = bool(data[at] & 0x80)
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    bare = bytearray(data[:42] + data[at:])
    bare[4] |= 0x80
    np.testing.assert_array_equal(decoded(bytes(bare))[0], decoded(data)[0])
    neutral = without_traces(bytes(bare), len(bare) + 50, np.random.default_rng(0))
    np.testing.assert_array_equal(decoded(neutral)[0], decoded(data)[0])


def test_no_room_is_refused():
    data = encode_flac(noise(0.1), 16_000, 16)
    with pytest.raises(ParameterError, match="size must be"):
        without_traces(data, len(data) + 7, np.random.default_rng(0))
