"""`AudioDecoder`: spans, the cache and the arena behind it, against `read` without any."""

from __future__ import annotations

import gc
import io
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.audio import Audio
from audiokit.decode import decoder as decoder_module
from audiokit.decode.arena import Arena
from audiokit.decode.cache import DecodeCache, default_cache, set_default_cache
from audiokit.decode.cache_key import cache_key
from audiokit.decode.decoder import AudioDecoder
from audiokit.decode.read import read
from audiokit.errors import ParameterError, SourceNotFound
from audiokit.results import Segment

RATE = 8000
FRAMES = 12_345


def write(path, samples, rate=RATE, **options):
    import soundfile

    soundfile.write(path, samples.T, rate, **options)
    return path


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


@pytest.fixture
def calls(monkeypatch):
    """Every call of `read`, which works as ever."""
    made = []

    def counted(source, **options):
        made.append(options)
        return read(source, **options)

    monkeypatch.setattr(decoder_module, "read", counted)
    return made


def plain(path, **options) -> np.ndarray:
    """What decoding without any cache gives, in librosa's shape."""
    samples = read(path, **options).samples
    return samples[0] if len(samples) == 1 else samples


@pytest.mark.parametrize("mono", [True, False])
@pytest.mark.parametrize("target_sr", [None, RATE, 5000])
@pytest.mark.parametrize("use_cache", [True, False])
def test_it_gives_what_read_gives(recording, cache, mono, target_sr, use_cache):
    decoder = AudioDecoder(recording, target_sr, mono, cache=cache)
    for _ in range(2):
        for span in ({}, {"offset": 0.5}, {"duration": 0.25}, {"offset": 0.1, "duration": 1.0}, {"offset": 99.0}):
            found = decoder.decode(**span, use_cache=use_cache)
            expected = plain(
                recording,
                sample_rate=target_sr,
                mono=mono,
                **{f"{name}_seconds": value for name, value in span.items()},
            )
            np.testing.assert_array_equal(found, expected)
            assert found.dtype == np.float32
            assert found.ndim == (1 if mono else 2)
            assert found.flags.writeable == (not use_cache)
    assert decoder.sample_rate == (target_sr or RATE)
    assert decoder.info.channels == 2


def test_one_channel_is_one_dimensional(tmp_path, noise, cache):
    path = write(tmp_path / "one.wav", noise[:1])
    assert AudioDecoder(path, mono=False, cache=cache).decode().shape == (FRAMES,)


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


@pytest.mark.parametrize("use_cache", [True, False])
@pytest.mark.parametrize(
    "bad", [{"offset": -1.0}, {"offset": float("nan")}, {"duration": -0.5}, {"duration": float("inf")}]
)
def test_spans_that_are_none_are_refused_whatever_is_cached(recording, cache, bad, use_cache):
    decoder = AudioDecoder(recording, cache=cache)
    decoder.decode()
    for _ in range(2):
        with pytest.raises(ParameterError):
            decoder.decode(**bad, use_cache=use_cache)
    assert cache.stats().entries == 1


def test_the_key_is_the_one_of_cache_key(recording, cache):
    AudioDecoder(recording, 4000, cache=cache, quality="soxr_vhq", workers=1).decode(0.25, 0.5)
    key = cache_key(
        recording, sample_rate=4000, mono=True, quality="soxr_vhq", offset_seconds=0.25, duration_seconds=0.5
    )
    assert cache.get(key) is not None


def test_options_reach_read_and_those_that_matter_tell_sounds_apart(recording, cache, calls):
    for options in ({"quality": "soxr_qq"}, {"quality": "soxr_hq"}, {"quality": "soxr_hq", "workers": 2}):
        AudioDecoder(recording, 4000, cache=cache, **options).decode()
    assert [call["quality"] for call in calls] == ["soxr_qq", "soxr_hq"]
    assert cache.stats().hits == 1


def test_another_default_router_is_noticed(recording, cache, calls, monkeypatch):
    decoder = AudioDecoder(recording, cache=cache)
    decoder.decode()
    router = decoder_module.default_router()
    monkeypatch.setattr(decoder_module, "default_router", lambda: replace(router, routes=router.routes[:1]))
    decoder.decode()
    assert len(calls) == 2


@pytest.mark.parametrize(
    "options",
    [{"sample_rate": 8000}, {"offset_seconds": 1.0}, {"duration_seconds": 1.0}, {"target_sr": 0}, {"target_sr": 1.5}],
)
def test_options_that_do_not_fit_are_refused(recording, options):
    with pytest.raises(ParameterError, match="target_sr|decode"):
        AudioDecoder(recording, **options)


@pytest.mark.parametrize("kind", ["bytes", "file object", "file"])
@pytest.mark.parametrize("use_cache", [True, False])
def test_bytes_and_file_objects_are_decoded_each_time(recording, cache, calls, kind, use_cache):
    content = recording.read_bytes()
    with open(recording, "rb") as handle:
        source = {"bytes": content, "file object": io.BytesIO(content), "file": handle}[kind]
        decoder = AudioDecoder(source, mono=False, cache=cache)
    for _ in range(2):
        found = decoder.decode(0.1, 0.5, use_cache=use_cache)
        np.testing.assert_array_equal(found, plain(recording, offset_seconds=0.1, duration_seconds=0.5))
        assert found.flags.writeable == (not use_cache)
    assert len(calls) == 2
    assert cache.stats().entries == 0
    assert decoder.info.sample_rate == decoder.sample_rate == RATE


def test_an_address_goes_to_read_untouched(cache, monkeypatch, noise):
    seen = []

    def fetched(source, **options):
        seen.append(source)
        return Audio(noise, RATE)

    monkeypatch.setattr(decoder_module, "read", fetched)
    decoder = AudioDecoder("https://example.org/a.wav", cache=cache)
    for _ in range(2):
        decoder.decode()
    assert seen == ["https://example.org/a.wav"] * 2
    assert cache.stats().entries == 0


def test_no_file_stays_open(recording, cache):
    folder = "/proc/self/fd"
    if not os.path.isdir(folder):
        pytest.skip("needs /proc")
    decoder = AudioDecoder(recording, cache=cache)
    gc.collect()
    before = len(os.listdir(folder))
    kept = [decoder.decode(), decoder.decode(0.5, 0.1, use_cache=False), decoder.info]
    assert len(os.listdir(folder)) == before
    assert len(kept) == 3


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
