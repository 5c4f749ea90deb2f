"""`AudioDecoder` with the cache and the arena behind it: what it keeps, and what it must not."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from decoder_parts import FRAMES, RATE, plain, write
from hypothesis import given
from hypothesis import strategies as st

from audiokit.audio import Audio
from audiokit.decode import decoder as decoder_module
from audiokit.decode.arena import Arena
from audiokit.decode.cache import DecodeCache, default_cache, set_default_cache
from audiokit.decode.decoder import AudioDecoder
from audiokit.decode.read import read
from audiokit.errors import SourceNotFound
from audiokit.results import Segment

pytest_plugins = ("decoder_parts",)


@pytest.fixture(scope="session")
def noise() -> np.ndarray:
    generator = np.random.default_rng(3)
    return generator.uniform(-0.9, 0.9, (2, FRAMES)).astype(np.float32)


@pytest.fixture(scope="session", params=["wav", "flac"])
def recording(request, tmp_path_factory, noise):
    return write(tmp_path_factory.mktemp("sound") / f"two.{request.param}", noise, subtype="PCM_16")


@pytest.fixture
def cache() -> DecodeCache:
    return DecodeCache(50_000_000)


@given(
    offset=st.floats(0, 2),
    duration=st.none() | st.floats(0, 2),
    mono=st.booleans(),
    first=st.booleans(),
)
def test_a_span_is_bit_for_bit_what_decoding_it_gives_also_when_cut_out_of_the_whole(
    recording, offset, duration, mono, first
):
    cache = DecodeCache(50_000_000)
    decoder = AudioDecoder(recording, mono=mono, cache=cache)
    if first:
        decoder.decode()
    found = decoder.decode(offset, duration)
    np.testing.assert_array_equal(found, decoder.decode(offset, duration, use_cache=False))
    np.testing.assert_array_equal(found, decoder.read(offset, duration).samples[slice(None) if not mono else 0])
    if first:
        assert np.shares_memory(found, decoder.decode()) or not found.size
        assert cache.stats().entries == 1


@given(offset=st.floats(0, 1.2), duration=st.floats(0.01, 1))
def test_a_resampled_span_is_the_same_whether_the_whole_is_there_or_not(recording, offset, duration):
    with_whole, without = (AudioDecoder(recording, 5000, cache=DecodeCache(50_000_000)) for _ in range(2))
    with_whole.decode()
    np.testing.assert_array_equal(with_whole.decode(offset, duration), without.decode(offset, duration))


def test_a_part_of_the_resampled_whole_would_be_another(recording, cache):
    """Why it is not served: the filter sees what is beyond the edges, or does not."""
    decoder = AudioDecoder(recording, 5000, cache=cache)
    part = decoder.decode()[2500:5000]
    span = decoder.decode(0.5, 0.5)
    assert part.shape == span.shape
    assert not np.array_equal(part, span)


def test_a_hit_decodes_nothing_and_copies_nothing(recording, cache, calls):
    decoder = AudioDecoder(recording, cache=cache, mono=False)
    first = decoder.decode()
    assert len(calls) == 1
    for found in (decoder.decode(), AudioDecoder(str(recording), cache=cache, mono=False).decode()):
        assert np.shares_memory(found, first)
    assert np.shares_memory(decoder.decode(0.1, 0.5), first)
    assert np.shares_memory(decoder.read().samples, first)
    assert np.shares_memory(decoder.read(0.1, 0.5).samples, first)
    assert len(calls) == 1
    stats = cache.stats()
    assert (stats.misses, stats.hits, stats.entries) == (1, 5, 1)


def test_without_the_cache_nothing_is_kept_and_the_array_is_yours(recording, cache, calls):
    decoder = AudioDecoder(recording, cache=cache)
    kept = decoder.decode()
    before = kept.copy()
    mine = decoder.decode(use_cache=False)
    mine[:] = 7
    np.testing.assert_array_equal(decoder.decode(), before)
    assert not np.shares_memory(mine, kept)
    assert len(calls) == 2
    AudioDecoder(recording, 4000, cache=cache).decode(use_cache=False)
    assert cache.stats().entries == 1


def test_an_array_that_is_not_ours_to_write_to_is_copied(recording, cache, monkeypatch, noise):
    foreign = np.frombuffer(noise.tobytes(), np.float32).reshape(2, -1)
    monkeypatch.setattr(decoder_module, "read", lambda source, **options: Audio(foreign, RATE))
    found = AudioDecoder(recording, cache=cache, mono=False).decode(use_cache=False)
    found[:] = 0
    np.testing.assert_array_equal(foreign, noise)


@pytest.mark.parametrize("span", [(0.0, None), (0.2, 0.5)])
def test_a_write_to_what_is_cached_is_refused(recording, cache, span):
    decoder = AudioDecoder(recording, cache=cache)
    decoder.decode()
    expected = decoder.decode(*span, use_cache=False)
    target = decoder.decode(*span)
    while isinstance(target, np.ndarray):
        with pytest.raises(ValueError):
            target.flags.writeable = True
        with pytest.raises(ValueError):
            target[...] = 1
        target = target.base
    np.testing.assert_array_equal(decoder.decode(*span), expected)


def test_a_changed_file_is_decoded_anew(tmp_path, noise, cache):
    path = write(tmp_path / "a.wav", noise)
    decoder = AudioDecoder(path, mono=False, cache=cache)
    old = decoder.decode()
    stamp = path.stat().st_mtime_ns
    write(path, -noise)
    os.utime(path, ns=(stamp + 10**9, stamp + 10**9))
    new = decoder.decode()
    np.testing.assert_array_equal(new, plain(path))
    assert np.abs(new + old).max() < 1e-4
    write(path, noise[:1], 4000)
    assert decoder.decode().shape == (FRAMES,)
    assert decoder.sample_rate == 4000
    path.unlink()
    with pytest.raises(SourceNotFound):
        decoder.decode()


def test_a_damaged_file_is_not_cut_into_spans(recording, cache, monkeypatch, noise):
    calls = []

    def damaged(source, *, offset_seconds, duration_seconds, **options):
        calls.append(offset_seconds)
        return Audio(noise, RATE, warnings=("something",), lost=(Segment(0.1, 0.2, "gone"),))

    monkeypatch.setattr(decoder_module, "read", damaged)
    decoder = AudioDecoder(recording, cache=cache, mono=False)
    decoder.decode()
    decoder.decode(0.5, 0.25)
    assert calls == [0.0, 0.5]
    audio = decoder.read()
    assert (audio.warnings, audio.lost) == (("something",), (Segment(0.1, 0.2, "gone"),))
    assert calls == [0.0, 0.5]


@pytest.mark.parametrize("whole_first", [False, True])
def test_an_audio_from_the_cache_says_what_read_says(recording, cache, whole_first):
    decoder = AudioDecoder(recording, cache=cache, mono=False)
    if whole_first:
        decoder.decode()
    for span in ({}, {"offset": 0.33}, {"offset": 0.33, "duration": 0.5}):
        for _ in range(2):
            found = decoder.read(**span)
            expected = read(recording, **{f"{name}_seconds": value for name, value in span.items()})
            np.testing.assert_array_equal(found.samples, expected.samples)
            for name in ("sample_rate", "name", "warnings", "lost", "start_seconds"):
                assert getattr(found, name) == getattr(expected, name)


def test_the_default_cache_serves_where_none_is_given(recording):
    before = set_default_cache(None)
    try:
        AudioDecoder(recording).decode()
        assert default_cache().stats().entries == 1
        mine = DecodeCache(10_000_000)
        set_default_cache(mine)
        AudioDecoder(recording).decode()
        assert mine.stats().entries == 1
    finally:
        set_default_cache(before)


def test_threads_share_a_decoder(recording, cache, calls):
    decoder = AudioDecoder(recording, 4000, cache=cache)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: decoder.decode(), range(60)))
    assert len(calls) == 1
    assert all(np.shares_memory(array, found[0]) for array in found)


def test_a_pickled_decoder_decodes(recording, cache, tmp_path):
    decoder = AudioDecoder(recording, 4000, cache=cache, arena=Arena(tmp_path))
    decoder.decode()
    other = pickle.loads(pickle.dumps(decoder))
    np.testing.assert_array_equal(other.decode(), decoder.decode())
    assert other.arena.stats().hits == 1
    assert "4000 Hz" in repr(other)
    assert recording.name in repr(other)


# --- with an arena -------------------------------------------------------------------------------------------------


def test_an_arena_serves_where_the_cache_has_nothing(recording, tmp_path, calls):
    arena = Arena(tmp_path)
    first = AudioDecoder(recording, 4000, cache=DecodeCache(10_000_000), arena=arena).decode()
    other = AudioDecoder(recording, 4000, cache=DecodeCache(10_000_000), arena=Arena(tmp_path))
    second = other.decode()
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(second, plain(recording, sample_rate=4000, mono=True))
    assert len(calls) == 1
    assert other.decode() is not None
    assert other.arena.stats().hits == 1, "the second time the cache in front has it"
    with pytest.raises(ValueError):
        second.flags.writeable = True


def test_an_arena_alone(recording, tmp_path, calls):
    arena = Arena(tmp_path)
    decoder = AudioDecoder(recording, cache=DecodeCache(0), arena=arena)
    for _ in range(3):
        np.testing.assert_array_equal(decoder.decode(), plain(recording, mono=True))
    assert len(calls) == 1
    assert arena.stats().entries == 1


def test_an_arena_that_refuses_changes_nothing(recording, tmp_path, calls):
    arena = Arena(tmp_path, max_bytes=1000)
    decoder = AudioDecoder(recording, cache=DecodeCache(10_000_000), arena=arena)
    for _ in range(2):
        np.testing.assert_array_equal(decoder.decode(), plain(recording, mono=True))
    assert len(calls) == 1
    assert arena.stats().refused == 1


def test_warnings_survive_the_arena(recording, tmp_path, monkeypatch, noise):
    lost = (Segment(0.1, 0.2, "gone"),)
    monkeypatch.setattr(decoder_module, "read", lambda source, **options: Audio(noise, RATE, "n", ("w",), lost, 0.5))
    for _ in range(2):
        audio = AudioDecoder(recording, cache=DecodeCache(0), arena=Arena(tmp_path)).read()
        assert (audio.name, audio.warnings, audio.lost, audio.start_seconds) == ("n", ("w",), lost, 0.5)
