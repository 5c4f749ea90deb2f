"""The cache on disk: shared by processes, bounded, and unimpressed by damaged files."""

from __future__ import annotations

import errno
import gc
import json
import multiprocessing
import os
import pickle
import struct
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.audio import Audio
from audiokit.decode import arena as arena_module
from audiokit.decode import arena_file
from audiokit.decode.arena import Arena
from audiokit.decode.cache import DecodeCache
from audiokit.decode.cache_key import key_digest
from audiokit.errors import ParameterError
from audiokit.results import Segment

SOAK = bool(os.environ.get("AUDIOKIT_SOAK"))
FRAMES = 1000


def tone(number: int, frames: int = FRAMES) -> np.ndarray:
    return np.full((1, frames), number, np.float32) + np.arange(frames, dtype=np.float32) / 2048


FILE = arena_file.sound_bytes(Audio(tone(0), 8000), key_digest((0,)))  # of every tone of this length


def put(arena: Arena, number: int) -> bool:
    return arena.put((number,), tone(number), 8000)


def kept(arena: Arena, numbers) -> list[int]:
    """Which are there, without using them."""
    return [number for number in numbers if (arena.folder / (key_digest((number,)) + arena_file.SUFFIX)).exists()]


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


# --- damage --------------------------------------------------------------------------------------------------------


def rewritten(content: bytes, **changes) -> bytes:
    """A file whose header and notes are changed, with a checksum that fits."""
    fields = list(arena_file._HEADER.unpack_from(content))
    notes = json.loads(content[arena_file._HEADER.size : arena_file._HEADER.size + fields[6]])
    names = ["magic", "version", "begin", "channels", "sample_rate", "frames", "notes_bytes"]
    for name, value in changes.items():
        if name in names:
            fields[names.index(name)] = value
        elif value is None:
            del notes[name]
        else:
            notes[name] = value
    text = json.dumps(notes).encode()
    fields[6] = changes.get("notes_bytes", len(text))
    fields[7] = 0
    fields[7] = zlib.crc32(arena_file._HEADER.pack(*fields) + text)
    begin = arena_file._HEADER.unpack_from(content)[2]
    return (arena_file._HEADER.pack(*fields) + text).ljust(begin, b"\0") + content[begin:]


DAMAGE = {
    "empty": lambda c: b"",
    "a few bytes": lambda c: c[:20],
    "header only": lambda c: c[:44],
    "cut in the notes": lambda c: c[:90],
    "cut in the samples": lambda c: c[:-4],
    "longer": lambda c: c + b"1234",
    "something else": lambda c: b"RIFF" + bytes(len(c) - 4),
    "zeros": lambda c: bytes(len(c)),
    "a bit in the header": lambda c: c[:21] + bytes([c[21] ^ 4]) + c[22:],
    "a bit in the notes": lambda c: c[:60] + bytes([c[60] ^ 1]) + c[61:],
    "no channels": lambda c: rewritten(c, channels=0, frames=0),
    "no rate": lambda c: rewritten(c, sample_rate=0),
    "huge": lambda c: rewritten(c, frames=2**62),
    "notes beyond the samples": lambda c: rewritten(c, notes_bytes=2**31),
    "samples in the header": lambda c: rewritten(c, begin=4),
    "another version": lambda c: rewritten(c, version=2),
    "another sound": lambda c: rewritten(c, key="0" * 32),
    "no name": lambda c: rewritten(c, name=None),
    "lost is no list": lambda c: rewritten(c, lost=3),
    "a span backwards": lambda c: rewritten(c, lost=[[2, 1]]),
    "no number": lambda c: rewritten(c, start_seconds="x"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_a_miss_and_goes(arena, damage):
    put(arena, 1)
    path = only_file(arena)
    whole = path.read_bytes()
    path.write_bytes(rewritten(whole))  # the means of this test change nothing by themselves
    assert arena.get((1,)) is not None
    path.write_bytes(DAMAGE[damage](whole))
    assert arena.get((1,)) is None
    assert not path.exists()
    assert arena.stats().damaged == 1
    assert put(arena, 1)
    np.testing.assert_array_equal(arena.get((1,)).samples, tone(1))


@given(data=st.data())
def test_no_changed_byte_before_the_samples_is_believed(tmp_path, data):
    arena = Arena(tmp_path)
    put(arena, 1)
    path = only_file(arena)
    content = bytearray(path.read_bytes())
    notes_end = arena_file._HEADER.size + arena_file._HEADER.unpack_from(content)[6]
    position = data.draw(st.integers(0, notes_end - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert arena.get((1,)) is None


def test_files_of_others_in_the_folder_stay(tmp_path):
    names = ["thesis.txt", "0" * 32, "0" * 32 + ".sound1.txt", ".hidden", ".0123.unfinished", "sound1"]
    for name in names:
        (tmp_path / name).write_text("mine")
        os.utime(tmp_path / name, (1, 1))
    arena = Arena(tmp_path, max_bytes=2 * FILE)
    for number in range(6):
        put(arena, number)
    arena.clear()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert arena.stats().bytes == 0


def test_what_a_dead_process_left_is_cleared_and_what_a_living_one_writes_is_not(arena):
    put(arena, 1)
    old, new = (arena.folder / f".{'0' * 32}.{end * 16}.unfinished" for end in "ab")
    for path in (old, new):
        path.write_bytes(bytes(100))
    before = time.time() - 2 * 3600
    os.utime(old, (before, before))
    Arena(arena.folder, max_bytes=1_000_000).put(("k",), tone(2), 8000)  # a new process looks at the first put
    assert not old.exists()
    assert new.exists()


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


def test_a_file_that_cannot_be_removed_is_passed_over(tmp_path, monkeypatch):
    """As on Windows, where a mapped file stays."""
    arena = Arena(tmp_path, max_bytes=4 * FILE)
    for number in range(4):
        put(arena, number)
    mapped = arena.folder / (key_digest((0,)) + arena_file.SUFFIX)
    unlink = Path.unlink

    def refuse(path, missing_ok=False):
        if path == mapped:
            raise PermissionError(errno.EACCES, "in use")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    assert put(arena, 4)
    assert kept(arena, range(5)) == [0, 3, 4]
    assert arena.stats().bytes <= 4 * FILE


@pytest.mark.parametrize("failing", ["replace", "open"])
def test_a_disk_that_refuses_is_no_error(arena, monkeypatch, failing):
    def refuse(*args, **kwargs):
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(Path, failing, refuse)
        assert not put(arena, 1)
    assert arena.get((1,)) is None
    assert list(arena.folder.iterdir()) == []
    assert arena.stats().refused == 1
    assert arena._writing_bytes == 0


def test_a_folder_that_is_deleted_is_made_again(arena):
    import shutil

    put(arena, 1)
    shutil.rmtree(arena.folder)
    assert arena.get((1,)) is None
    assert arena.stats().entries == 0
    assert put(arena, 2)
    assert arena.get((2,)) is not None


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


# --- threads and processes -----------------------------------------------------------------------------------------


def hammer(folder: str, seed: int, rounds: int, keys: int, bound: int) -> tuple[int, list[str]]:
    """Put and get at random; return how often something was found, and what was wrong."""
    arena = Arena(folder, max_bytes=bound)
    generator = np.random.default_rng(seed)
    found, wrong, held = 0, [], []
    for number in generator.integers(0, keys, rounds).tolist():
        sound = arena.get((number,))
        if sound is None:
            put(arena, number)
            continue
        found += 1
        held = [*held[-20:], (number, sound)]
        earlier, sound = held[int(generator.integers(len(held)))]
        if not np.array_equal(sound.samples, tone(earlier)):
            wrong.append(f"{earlier} is not what was put")
    if arena.stats().damaged:
        wrong.append("a file was seen half-written")
    return found, wrong


def test_threads_share_an_arena(tmp_path):
    rounds = 5000 if SOAK else 200
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(hammer, str(tmp_path), seed, rounds, 30, 20 * FILE) for seed in range(4)]
        results = [job.result() for job in jobs]
    assert [wrong for _, wrong in results] == [[]] * 4
    assert sum(found for found, _ in results) > 0
    assert Arena(tmp_path, max_bytes=20 * FILE).stats().bytes <= 26 * FILE


def test_threads_that_write_at_once_keep_the_bound(tmp_path):
    arena = Arena(tmp_path, max_bytes=20 * FILE)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: put(arena, number), range(120)))
    put(arena, 1000)
    assert arena.stats().bytes <= 21 * FILE
    assert arena._writing_bytes == 0


def test_spawned_processes_share_an_arena(tmp_path):
    arena = Arena(tmp_path, max_bytes=20 * FILE)
    put(arena, 0)
    rounds = 5000 if SOAK else 150
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        jobs = [pool.apply_async(hammer, (str(tmp_path), seed, rounds, 30, 20 * FILE)) for seed in range(2)]
        mine = hammer(str(tmp_path), 9, rounds, 30, 20 * FILE)
        results = [mine, *(job.get(120) for job in jobs)]
    assert [wrong for _, wrong in results] == [[]] * 3
    assert all(found for found, _ in results)
    assert not list(tmp_path.glob("*.unfinished"))
    assert arena.stats().bytes <= 24 * FILE


def test_what_one_process_puts_another_finds(tmp_path):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(put, (Arena(tmp_path), 5))  # an arena can be sent to a process
    np.testing.assert_array_equal(Arena(tmp_path).get((5,)).samples, tone(5))


def test_a_copy_is_of_the_same_folder(arena):
    put(arena, 1)
    other = pickle.loads(pickle.dumps(arena))
    assert other.get((1,)) is not None
    assert other.stats().max_bytes == 1_000_000
    assert other.stats().hits == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_does_not_wait_for_a_thread_that_it_has_not(arena):
    put(arena, 1)
    inside, go_on = threading.Event(), threading.Event()

    def hold():
        with arena._lock:
            arena._looking = True
            inside.set()
            go_on.wait(60)
            arena._looking = False

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(30)
    child = os.fork()
    if child == 0:  # pragma: no cover - only an exit status comes out of here
        status = 1
        try:
            status = 0 if arena.get((1,)) is not None and put(arena, 2) and not arena._looking else 2
        finally:
            os._exit(status)
    try:
        for _ in range(3000):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                break
            time.sleep(0.01)
        else:
            os.kill(child, 9)
            os.waitpid(child, 0)
            pytest.fail("the child waits for ever")
    finally:
        go_on.set()
        thread.join(30)
    assert os.waitstatus_to_exitcode(status) == 0
    assert arena.get((2,)) is not None


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
