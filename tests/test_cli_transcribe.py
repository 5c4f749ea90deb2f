"""``audiokit transcribe`` from outside: what stands on standard output, in files, and in the exit code."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from audiokit import read_annotations
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import Transcript

pytestmark = pytest.mark.skipif(
    not (
        file_in_wheel("pocketsphinx", "model/en-us/en-us.lm.bin")
        and file_in_wheel("silero_vad", "data/silero_vad.onnx")
        and file_in_wheel("espeakng_loader", "__init__.py")
    ),
    reason="no pocketsphinx, silero-vad or espeakng-loader",
)


def audiokit(*arguments, **options):
    command = [sys.executable, "-m", "audiokit", "transcribe", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **options)


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    from audiokit.speech import speak

    folder = tmp_path_factory.mktemp("talk")
    voice = speak("The weather will be fine tomorrow morning.", voice="en-us", words_per_minute=130)
    soundfile.write(folder / "talk.wav", voice.samples[0], voice.sample_rate)
    soundfile.write(folder / "talk.flac", np.zeros(16000), 16000)
    return folder


def test_text_on_standard_output_and_what_ran_beside_it(talk):
    done = audiokit(talk / "talk.wav")
    assert done.returncode == 0
    assert b"weather" in done.stdout.lower()
    assert b"pocketsphinx" not in done.stdout
    (line,) = done.stderr.decode().strip().splitlines()
    assert "quality draft" in line
    assert "s of speech" in line
    assert "full stops and capitals from pauses" in line
    assert audiokit(talk / "talk.wav", "--quiet").stderr == b""


def test_every_format_is_a_file_that_can_be_read(talk, tmp_path):
    done = audiokit(talk / "talk.wav", "-f", "json", "-m", "pocketsphinx")
    found = Transcript.from_json(done.stdout.decode())
    assert json.loads(done.stdout)["quality"] == "draft"
    for name, ending in (("srt", "srt"), ("textgrid", "TextGrid"), ("ctm", "ctm"), ("tsv", "tsv"), ("vtt", "vtt")):
        done = audiokit(talk / "talk.wav", "-f", name, "-o", tmp_path, "-q")
        assert (done.returncode, done.stderr) == (0, b"")
        held = read_annotations(tmp_path / f"talk.{ending}")
        assert held.segments
        if name == "ctm":
            assert [s.label for s in held.segments] == [w.text for w in found.words]


def test_noise_and_music_on_request(talk):
    done = audiokit(talk / "talk.wav", "-f", "json", "-q", "--denoise", "--gate", "--punctuator", "pauses")
    held = Transcript.from_json(done.stdout.decode())
    assert any(note.startswith("steady noise turned down") for note in held.notes)
    assert held.punctuation == "pauses"
    assert b"weather" in audiokit(talk / "talk.wav", "-q", "--no-gate").stdout.lower()


def test_several_files(talk, tmp_path):
    both = [talk / "talk.wav", talk / "talk.flac"]
    done = audiokit(*both, "-q")
    assert done.stdout.decode().count("== ") == 2
    done = audiokit(*both, "-q", "-o", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk.flac.txt", "talk.wav.txt"]
    again = audiokit(*both, "-q", "-o", tmp_path)
    assert again.returncode == 2
    assert again.stderr.count(b"there is a file already") == 2
    assert audiokit(*both, "-q", "-o", tmp_path, "--overwrite").returncode == 0


def test_a_recording_is_not_replaced_by_its_text(talk, tmp_path):
    named = tmp_path / "talk.txt"  # what counts is the content, so that any name may be that of a recording
    named.write_bytes((talk / "talk.wav").read_bytes())
    done = audiokit(named, "-q", "-o", tmp_path, "--overwrite")
    assert done.returncode == 2
    assert b"is not replaced" in done.stderr
    assert named.read_bytes() == (talk / "talk.wav").read_bytes()


def test_one_bad_file_does_not_stop_the_others(talk, tmp_path):
    (tmp_path / "notes.wav").write_text("Dear diary")
    done = audiokit(tmp_path / "notes.wav", talk / "talk.wav", "-q")
    assert done.returncode == 2
    assert b"weather" in done.stdout.lower()
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-f", "docx"], 2, b"docx"),
        (["-o", "nowhere"], 2, b"no such folder"),
        (["-m", "large-v3"], 1, b"audiokit models pull faster_whisper_large_v3"),
        (["-m", "pocketsphinx", "-l", "de"], 2, b"English only"),
        (["-m", "pocketsphinx", "--translate"], 2, b"cannot do task"),
        (["-m", "whispr"], 1, b"no speech-to-text model"),
        (["--punctuator", "silero_vad"], 2, b"no model of punctuation"),
        (["--punctuator", "fullstop_punctuation_base"], 1, b"audiokit models pull fullstop_punctuation_base"),
    ],
)
def test_what_cannot_be_done_is_two_lines(talk, tmp_path, arguments, code, said):
    done = audiokit(talk / "talk.wav", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert done.stdout == b""
    assert said in done.stderr
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_several_files_want_a_folder_for_subtitles(talk):
    done = audiokit(talk / "talk.wav", talk / "talk.flac", "-f", "srt")
    assert done.returncode == 2
    assert b"--output" in done.stderr
