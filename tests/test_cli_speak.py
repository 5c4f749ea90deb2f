"""``audiokit speak`` from outside."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from audiokit import read
from audiokit.models.wheels import file_in_wheel

pytestmark = pytest.mark.skipif(file_in_wheel("espeakng_loader", "__init__.py") is None, reason="no espeakng-loader")


def audiokit(*arguments, **options):
    command = [sys.executable, "-m", "audiokit", "speak", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **options)


def test_a_text_becomes_a_file(tmp_path):
    from audiokit.speech import speak

    done = audiokit("Good morning.", "-o", tmp_path / "a.wav", "-v", "en-us", "-s", "1.5")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"22050 Hz, espeak-ng (en-us)" in done.stdout
    found = read(tmp_path / "a.wav")
    assert found.samples.tobytes() == speak("Good morning.", "en-us", speed=1.5).samples.tobytes()
    again = audiokit("Other words.", "-o", tmp_path / "a.wav")
    assert again.returncode == 2
    assert b"--overwrite" in again.stderr or b"overwrite" in again.stderr
    assert read(tmp_path / "a.wav").samples.tobytes() == found.samples.tobytes()
    assert audiokit("Other words.", "-o", tmp_path / "a.wav", "--overwrite").returncode == 0


def test_standard_input_and_a_check(tmp_path):
    done = audiokit("-", "-o", tmp_path / "b.flac", "--check", input="The weather is fine.\nGrüße!".encode())
    assert done.returncode == 0
    assert b" of 5" in done.stdout


def test_language_figures_and_shape(tmp_path):
    pytest.importorskip("num2words")
    pytest.importorskip("pyloudnorm")
    options = ("--language", "de", "--write-out", "--trim", "--loudness-lufs", "-23")
    done = audiokit("42 Katzen.", "-o", tmp_path / "a.wav", *options)
    assert done.returncode == 0
    assert b"espeak-ng (de)" in done.stdout
    assert b"silence trimmed" in done.stderr
    assert b"loudness set by" in done.stderr


def test_engines_are_listed_with_what_is_missing(tmp_path):
    empty = {**os.environ, "AUDIOKIT_MODELS_FOLDER": str(tmp_path), "HF_HUB_CACHE": str(tmp_path)}
    done = audiokit("--engines", env=empty)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("espeak_ng        ok (pitch, speed, ssml, words_per_minute)")
    assert any(line.startswith("tacotron2        unavailable") for line in lines)
    assert "no Tacotron2" in done.stdout.decode()


def test_voices_are_listed():
    done = audiokit("--voices")
    assert done.returncode == 0
    assert any(line.split()[:2] == [b"de", b"German"] for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, b"nothing to say"),
        ([""], 2, b"empty"),
        (["hello", "-v", "klingonisch"], 2, b"no voice"),
        (["hello", "-e", "festival"], 1, b"festival"),
        (["hello", "-s", "9"], 2, b"speed"),
        (["hello", "-o", "nowhere/a.wav"], 2, b"folder"),
    ],
)
def test_what_cannot_be_done_is_two_lines(tmp_path, arguments, code, said):
    done = audiokit(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
    assert list(tmp_path.iterdir()) == []
