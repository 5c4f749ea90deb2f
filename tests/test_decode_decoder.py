"""`AudioDecoder`: spans of files, of bytes and of addresses, against `read`."""

from __future__ import annotations

import gc
import io
import os
from dataclasses import replace

import numpy as np
import pytest
from decoder_parts import FRAMES, RATE, plain, write

from audiokit.audio import Audio
from audiokit.decode import decoder as decoder_module
from audiokit.decode.cache import DecodeCache
from audiokit.decode.cache_key import cache_key
from audiokit.decode.decoder import AudioDecoder
from audiokit.errors import ParameterError

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
