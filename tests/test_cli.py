"""The command line from outside: exit codes, two lines at most, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile


def audiokit(*arguments, **options):
    command = [sys.executable, "-m", "audiokit", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **options)


def test_info_describes_each_file(tmp_path):
    soundfile.write(tmp_path / "a.flac", np.zeros((800, 2)), 8000)
    done = audiokit("info", str(tmp_path / "a.flac"))
    assert done.returncode == 0
    assert b"flac, flac, 8000 Hz, 2 channel(s), 0.100 s" in done.stdout
    found = json.loads(audiokit("info", "--json", str(tmp_path / "a.flac")).stdout)
    assert (found["sample_rate"], found["frames"]) == (8000, 800)


def test_notebooks_and_their_parameters_are_listed():
    listed = audiokit("notebooks").stdout.decode()
    assert "00_tour" in listed
    assert "audio: str = ''" in audiokit("notebooks", "00_tour").stdout.decode()


def bad_inputs(folder):
    (folder / "empty.wav").touch()
    (folder / "notes.wav").write_text("Dear diary,\n" * 10)
    (folder / "cut.m4a").write_bytes(b"\0\0\0\x18ftypM4A \0\0\0\0M4A isom\0\0\x10\0mdat" + bytes(500))
    return {
        "missing.wav": b"no such file",
        "": b"directory",
        "empty.wav": b"empty",
        "notes.wav": b"text",
        "cut.m4a": b"mp4",
    }


@pytest.mark.parametrize("name", ["missing.wav", "", "empty.wav", "notes.wav", "cut.m4a"])
@pytest.mark.parametrize("command", [["info"], ["report", "00_tour", "-o", "out", "-p"]])
def test_bad_input_is_two_lines_and_exit_code_2(tmp_path, command, name):
    found = bad_inputs(tmp_path)[name]
    path = str(tmp_path / name)
    done = audiokit(*command, f"audio={path}" if command[-1] == "-p" else path, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    lines = done.stderr.decode().strip().splitlines()
    assert 1 <= len(lines) <= 2
    assert found in done.stderr
    assert (name or str(tmp_path)).encode() in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode there")
def test_a_missing_file_whose_name_is_not_utf8_is_named_all_the_same(tmp_path):
    done = audiokit("info", os.path.join(os.fsencode(tmp_path), b"caf\xe9.wav"))
    assert done.returncode == 2
    assert "caf\ufffd.wav".encode() in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["report", "99_none"], b"There is no notebook"),
        (["report", "00_tour", "-p", "adio=x"], b"audio: str"),
        (["report", "00_tour", "-p", "speech_threshold=high"], b"wants float"),
        (["report", "00_tour", "-p", "audio"], b"name=value"),
    ],
)
def test_a_wrong_call_is_exit_code_2(arguments, expected, tmp_path):
    done = audiokit(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert expected in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="those names are not allowed there")
def test_a_name_with_a_line_break_is_still_two_lines(tmp_path):
    done = audiokit("info", "two\nlines\x1b[31m.wav", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.decode().strip().splitlines()) == 2
    assert b"\x1b" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_line(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(100), 8000)
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "audiokit", "info", str(tmp_path / "a.wav")]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_a_folder_that_is_none_is_refused_before_anything_runs(tmp_path):
    (tmp_path / "file").write_text("x")
    done = audiokit("report", "00_tour", "-o", str(tmp_path / "file"), cwd=tmp_path)
    assert done.returncode == 2
    assert b"is not a folder" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.notebook
def test_a_failing_notebook_is_exit_code_1_and_names_its_page(tmp_path):
    cells = [
        {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None, "source": "1 / 0"}
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}
    (tmp_path / "broken.ipynb").write_text(json.dumps(notebook))
    done = audiokit("report", "broken.ipynb", "-q", cwd=tmp_path)
    assert done.returncode == 1
    assert b"cell 1: ZeroDivisionError" in done.stderr
    assert b"Traceback" not in done.stderr
    assert "This report failed" in (tmp_path / "reports" / "broken.html").read_text()
