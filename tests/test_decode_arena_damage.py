"""The cache on disk, unimpressed by damaged files, by files of others, and by a disk that refuses."""

from __future__ import annotations

import errno
import json
import os
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from arena_parts import FILE, kept, put, tone
from hypothesis import given
from hypothesis import strategies as st

from audiokit.decode import arena_file
from audiokit.decode.arena import Arena
from audiokit.decode.cache_key import key_digest


@pytest.fixture
def arena(tmp_path) -> Arena:
    return Arena(tmp_path / "new" / "folder", max_bytes=1_000_000)


def only_file(arena: Arena) -> Path:
    (path,) = arena.folder.iterdir()
    return path


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
