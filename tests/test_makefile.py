"""What make hands on: file names reach the command untouched, whatever they hold."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(
    os.name == "nt" or shutil.which("make") is None, reason="needs make and a POSIX shell, as the Makefile does"
)


@pytest.fixture
def environment_of_echo(tmp_path):
    """An environment that is complete already, and whose python says what it was asked."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    python = folder / "bin" / "python"
    python.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\0" "$word"; done\n')
    python.chmod(0o755)
    (folder / ".report").touch()
    return folder


def words(project_root, venv, *arguments):
    command = ["make", "-s", "report", f"VENV={venv}", *arguments]
    done = subprocess.run(command, cwd=project_root, capture_output=True, check=True)
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]]


NAMES = [
    "talk.mp4", "with space.wav", "it's.wav", 'say "hi".wav', "$HOME.wav", "$(shell id).wav", "${x}.wav", "a$$b.wav",
    "`id`;&|<>.wav", "{brace}%d.wav", "#hash.wav", "back\\slash.wav", "naïve-日本.wav", "-dash.wav", "a=b.wav",
    "caf\udce9.wav",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_arrives_as_it_was_given(project_root, environment_of_echo, name):
    given = os.fsdecode(b"AUDIO=" + os.fsencode(name))
    expected = ["-m", "audiokit", "report", "00_tour", "-p", f"audio={name}"]
    assert words(project_root, environment_of_echo, given) == expected


def test_without_a_name_the_sample_is_taken(project_root, environment_of_echo):
    assert words(project_root, environment_of_echo) == ["-m", "audiokit", "report", "00_tour"]


def test_help_lists_every_target(project_root):
    listed = subprocess.run(["make", "-s", "help"], cwd=project_root, capture_output=True, text=True, check=True).stdout
    for target in ("report", "lab", "test", "check", "bench", "soak", "notebooks", "wheel", "clean"):
        assert f"\n{target} " in f"\n{listed}"
