"""Temporary folders that belong to a process: they go with it, and where it was killed, when the next one is made."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from audiokit import owned_folder
from audiokit.owned_folder import OwnedFolder

PREFIX = "audiokit-owned-test-"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="folders of processes that were killed are found by flock")
MAKER = f"""
import os, sys, time
from audiokit.owned_folder import OwnedFolder
made = OwnedFolder("{PREFIX}")
(made.path / "a.txt").write_text("a")
child = os.fork() if "fork" in sys.argv else -1
if child:  # one writes the folder, and the child's number
    sys.stdout.write(f"{{made.path}} {{child}}\\n")
    sys.stdout.flush()
    if "end" in sys.argv:
        sys.exit()
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A folder of the test's own for temporary ones, so that tests side by side do not clear up for each other."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def maker(*how):
    """A process that made a folder: itself, the folder, and the number of its child."""
    process = subprocess.Popen([sys.executable, "-c", MAKER, *how], stdout=subprocess.PIPE, text=True)
    folder, child = process.stdout.readline().split()
    return process, Path(folder), int(child)


def killed(process):
    process.kill()
    process.wait()
    process.stdout.close()  # a child may have it too: nobody waits for its end


def test_it_goes_with_its_object():
    made = OwnedFolder(PREFIX)
    path = made.path
    assert path.is_dir()
    assert path.name.startswith(PREFIX)
    (path / "inner").mkdir()
    (path / "inner" / "a.txt").write_text("a")
    del made
    gc.collect()
    assert not path.exists()


def test_it_goes_after_a_block_and_when_it_is_told():
    with OwnedFolder(PREFIX) as path:
        assert path.is_dir()
    assert not path.exists()
    made = OwnedFolder(PREFIX)
    made.cleanup()
    made.cleanup()
    assert not made.path.exists()


def test_it_is_nobody_elses():
    with pytest.raises(TypeError, match="give its path"):
        pickle.dumps(OwnedFolder(PREFIX))


def test_no_descriptor_stays_open():
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("descriptors are counted in /proc")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        OwnedFolder(PREFIX).cleanup()
    assert len(os.listdir("/proc/self/fd")) == before


def test_it_goes_when_its_process_ends():
    process, folder, _ = maker("end")
    process.communicate()
    assert process.returncode == 0
    assert not folder.exists()


@POSIX
def test_what_a_killed_process_left_goes_when_the_next_is_made(temporary):
    process, left, _ = maker()
    killed(process)
    assert left.is_dir()
    living, used, _ = maker()
    try:
        assert not left.exists()
        with OwnedFolder(PREFIX) as path:
            assert used.is_dir()  # its owner lives
            assert sorted(temporary.iterdir()) == sorted([used, path])
    finally:
        killed(living)
    with OwnedFolder(PREFIX + "of-another-name-"):
        assert used.is_dir()
    with OwnedFolder(PREFIX) as path:
        assert sorted(temporary.iterdir()) == [path]


@POSIX
def test_a_forked_child_keeps_what_it_uses_and_removes_nothing():
    process, folder, child = maker("fork")
    killed(process)
    try:
        with OwnedFolder(PREFIX):
            assert folder.is_dir()
    finally:
        os.kill(child, signal.SIGTERM)
    for _ in range(1000):  # it is no child of ours: nobody tells when it is gone
        with OwnedFolder(PREFIX):
            if not folder.exists():
                return
        time.sleep(0.01)
    pytest.fail("nobody uses the folder any more, and it stays")


@POSIX
def test_the_copy_of_a_forked_child_is_not_the_folders_end():
    made = OwnedFolder(PREFIX)
    child = os.fork()
    if not child:
        made.cleanup()
        os._exit(0)
    os.waitpid(child, 0)
    assert made.path.is_dir()


@POSIX
def test_what_is_not_marked_or_no_folder_stays(temporary):
    others = [temporary / f"{PREFIX}abc", temporary / f"{PREFIX}abc.owned.txt", temporary / "other.owned"]
    for folder in others:
        folder.mkdir()
    target = temporary / "target"
    target.mkdir()
    (target / "a.txt").write_text("a")
    link = temporary / f"{PREFIX}link.owned"
    link.symlink_to(target, target_is_directory=True)
    file = temporary / f"{PREFIX}file.owned"
    file.write_text("a")
    with OwnedFolder(PREFIX):
        assert all(folder.is_dir() for folder in others)
        assert link.is_symlink()
        assert (target / "a.txt").exists()
        assert file.exists()


def remove(path, real):
    path.rmdir()
    return real(path)


def remove_when_locked(path, real):
    lock = real(path)
    path.rmdir()
    return lock


def hold(path, real):
    """As a process that clears up does, or one that was forked from it meanwhile and lives on."""
    assert real(path) is not None
    return real(path)


@POSIX
@pytest.mark.parametrize("meanwhile", [remove, remove_when_locked, hold])
def test_a_folder_that_another_process_is_clearing_is_made_again(monkeypatch, meanwhile):
    first = []
    real = owned_folder._lock

    def late(path):
        if not first:
            first.append(path)
            return meanwhile(path, real)
        return real(path)

    monkeypatch.setattr(owned_folder, "_clear", lambda _: None)
    monkeypatch.setattr(owned_folder, "_lock", late)
    made = OwnedFolder(PREFIX)
    assert made.path.is_dir()
    assert made.path != first[0]


@POSIX
def test_where_nothing_can_be_locked_nothing_is_marked_and_nothing_removed(monkeypatch):
    def refuse(*_):
        raise OSError(77, "No locks available")

    process, left, _ = maker()
    killed(process)
    monkeypatch.setattr(owned_folder.fcntl, "flock", refuse)
    with OwnedFolder(PREFIX) as path:
        assert not path.name.endswith(".owned")
        assert left.is_dir()
    assert not path.exists()
