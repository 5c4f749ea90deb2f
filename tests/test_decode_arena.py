"""The cache on disk: what is put is got, within the bound, in a file laid out as documented."""

from __future__ import annotations

import errno
import gc
import json
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from arena_parts import FILE, FRAMES, kept, put, tone
from hypothesis import given
from hypothesis import strategies as st

from audiokit.decode import arena as arena_module
from audiokit.decode import arena_file
from audiokit.decode.arena import Arena
from audiokit.decode.cache import DecodeCache
from audiokit.decode.cache_key import key_digest
from audiokit.errors import ParameterError
from audiokit.results import Segment


@pytest.fixture
def arena(tmp_path) -> Arena:
    return Arena(tmp_path / "new" / "folder", max_bytes=1_000_000)


def only_file(arena: Arena) -> Path:
    (path,) = arena.folder.iterdir()
    return path


@given(
    channels=st.integers(1, 3),
    frames=st.integers(0, 3000),
    sample_rate=st.integers(1, 2**32 - 1),
    name=st.text(max_size=20) | st.just("\udce9" * 3000),
    warnings=st.lists(st.text(max_size=200), max_size=3),
    spans=st.lists(st.tuples(st.floats(0, 10), st.floats(10, 20), st.text(max_size=5)), max_size=3),
    start_seconds=st.floats(0, 1e6),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_what_is_put_is_got(tmp_path, channels, frames, sample_rate, name, warnings, spans, start_seconds, dtype):
    arena = Arena(tmp_path)
    samples = np.random.default_rng(0).standard_normal((frames, channels)).T.astype(dtype)
    lost = tuple(Segment(*span) for span in spans)
    notes = {"name": name, "warnings": warnings, "lost": lost, "start_seconds": start_seconds}
    assert arena.put(("k",), samples, sample_rate, **notes)
    sound = arena.get(("k",))
    np.testing.assert_array_equal(sound.samples, samples.astype(np.float32))
    assert sound.samples.dtype == np.float32
    assert sound.samples.flags.aligned
    assert (sound.sample_rate, sound.name, sound.warnings) == (sample_rate, name, tuple(warnings))
    assert (sound.lost, sound.start_seconds) == (lost, start_seconds)
    assert only_file(arena).stat().st_size % 4 == 0


def test_what_is_not_there_is_none(arena):
    assert arena.get(("k",)) is None
    put(arena, 1)
    assert arena.get((1,)) is not None
    stats = arena.stats()
    assert (stats.hits, stats.misses, stats.puts, stats.entries, stats.bytes) == (1, 1, 1, 1, FILE)


def test_the_samples_lie_in_the_file_and_cannot_be_written(arena):
    put(arena, 1)
    samples = arena.get((1,)).samples
    with open(only_file(arena), "r+b") as handle:  # who writes to the file itself is seen: so it is mapped, not read
        handle.seek(FILE - 4)
        handle.write(struct.pack("=f", 77))
    assert samples[0, -1] == 77
    target = samples
    while isinstance(target, np.ndarray):
        with pytest.raises(ValueError):
            target.flags.writeable = True
        target = target.base
    with pytest.raises((TypeError, BufferError, ValueError)):
        memoryview(target)[:4] = b"1234"


def test_a_map_cannot_be_closed_under_an_array(arena):
    put(arena, 1)
    samples = arena.get((1,)).samples
    gc.collect()
    root = samples
    while getattr(root, "base", None) is not None:
        root = root.base
    root = getattr(root, "obj", root)
    with pytest.raises(BufferError):
        root.close()
    np.testing.assert_array_equal(samples, tone(1))


def test_a_removed_sound_lives_on_for_those_who_use_it(arena):
    put(arena, 1)
    samples = arena.get((1,)).samples
    arena.clear()
    assert arena.get((1,)) is None
    np.testing.assert_array_equal(samples, tone(1))


def test_a_cache_in_front_holds_the_map(arena):
    put(arena, 1)
    sound = arena.get((1,))
    found = DecodeCache(100_000).get_or_decode((1,), lambda: sound)
    assert np.shares_memory(found.samples, sound.samples)


# --- the bound -----------------------------------------------------------------------------------------------------


def test_the_least_recently_used_goes_first(tmp_path):
    arena = Arena(tmp_path, max_bytes=4 * FILE)
    for number in range(4):
        assert put(arena, number)
    assert arena.get((0,)) is not None
    put(arena, 4)
    assert kept(arena, range(5)) == [0, 3, 4]  # an eighth more than needed goes: one more file
    stats = arena.stats()
    assert (stats.evictions, stats.entries, stats.bytes) == (2, 3, 3 * FILE)


@given(sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=25), bound=st.integers(500, 20_000))
def test_one_process_never_exceeds_the_bound(tmp_path_factory, sizes, bound):
    arena = Arena(tmp_path_factory.mktemp("arena"), max_bytes=bound)
    for number, frames in enumerate(sizes):
        written = arena.put((number,), tone(number, frames), 8000)
        stats = arena.stats()
        assert stats.bytes <= bound
        assert written == (arena.get((number,)) is not None)
        assert written or 4 * frames + 512 > bound
    stats = arena.stats()
    assert stats.puts + stats.refused == len(sizes)
    assert stats.puts - stats.evictions == stats.entries


def test_a_sound_larger_than_the_bound_is_refused_and_evicts_nothing(tmp_path):
    arena = Arena(tmp_path, max_bytes=2 * FILE)
    put(arena, 1)
    assert not arena.put(("large",), tone(2, 10 * FRAMES), 8000)
    assert kept(arena, [1]) == [1]
    assert arena.stats().refused == 1


def test_what_other_processes_wrote_counts(tmp_path):
    ours, theirs = (Arena(tmp_path, max_bytes=32 * FILE) for _ in range(2))
    for number in range(0, 200, 2):
        put(ours, number)
        put(theirs, number + 1)
    # Each may be ahead of what the other knows by a sixteenth.
    assert ours.stats().bytes <= 36 * FILE
    assert {number % 2 for number in kept(ours, range(200))} == {0, 1}


def test_parameters_that_do_not_fit_are_refused(tmp_path):
    for bound in (0, -1, 1.5, True):
        with pytest.raises(ParameterError, match="max_bytes"):
            Arena(tmp_path, max_bytes=bound)
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="folder"):
        Arena(tmp_path / "file" / "in it")
    with pytest.raises(ParameterError):
        Arena(tmp_path).put(("k",), np.zeros(3, np.int16), 8000)


@pytest.mark.parametrize("limit", ["ours", "the system's"])
def test_more_sounds_than_maps_are_read_instead(arena, monkeypatch, limit):
    if limit == "ours":
        monkeypatch.setattr(arena_file, "_most_maps", lambda: 2)
    else:

        def refuse(*args, **kwargs):
            raise OSError(errno.ENOMEM, "too many maps")

        monkeypatch.setattr(arena_file.mmap, "mmap", refuse)
    for number in range(4):
        put(arena, number)
    held = [arena.get((number,)) for number in range(4)]
    for number, sound in enumerate(held):
        np.testing.assert_array_equal(sound.samples, tone(number))
        with pytest.raises(ValueError):
            sound.samples.flags.writeable = True
    assert len(arena._maps._alive) == (2 if limit == "ours" else 0)
    del held, sound
    gc.collect()
    assert len(arena._maps._alive) == 0


@pytest.mark.skipif(os.name != "posix", reason="descriptors are counted on POSIX")
def test_thousands_of_sounds_in_use_do_not_use_up_the_descriptors(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = 300
    arena = Arena(tmp_path)
    for number in range(count):
        arena.put((number,), tone(number, 10), 8000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        held = [arena.get((number,)) for number in range(count)]
        with open(os.devnull, "rb"):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert all(sound is not None for sound in held)


def test_the_file_is_laid_out_as_documented(arena):
    """A slow, plain reader, from the description alone."""
    arena.put(("k",), tone(3), 8000, name="n", warnings=["w"], lost=[Segment(1, 2, "x")], start_seconds=0.5)
    content = only_file(arena).read_bytes()
    magic, version, begin, channels, rate, frames, length, crc = struct.unpack("=8sIIIIQII", content[:40])
    assert (magic, version, channels, rate, frames) == (b"AKsound\n", 1, 1, 8000, FRAMES)
    assert begin % 64 == 0
    assert json.loads(content[40 : 40 + length]) == {
        "key": key_digest(("k",)),
        "name": "n",
        "warnings": ["w"],
        "lost": [[1, 2, "x", None]],
        "start_seconds": 0.5,
    }
    assert zlib.crc32(content[:36] + bytes(4) + content[40 : 40 + length]) == crc
    np.testing.assert_array_equal(np.frombuffer(content[begin:], np.float32), tone(3)[0])
    assert arena_module._ENTRY.fullmatch(only_file(arena).name)
