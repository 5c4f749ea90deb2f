"""``audiokit tag`` from outside: lines, tables, exit codes."""

import csv
import io
import json
import subprocess
import sys

import jsonschema
import numpy as np
import pytest
import soundfile

from audiokit.speech import speak
from audiokit.tagging import result_schema


def audiokit(*arguments, **options):
    command = [sys.executable, "-m", "audiokit", "tag", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=180, **options)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds")
    talk = speak("Good morning. This is a sentence that is long enough to be heard.")
    soundfile.write(folder / "talk.wav", talk.samples.T, talk.sample_rate)
    soundfile.write(folder / "silence.flac", np.zeros(16_000), 16_000)
    (folder / "notes.wav").write_text("Dear diary")
    return folder


def test_for_people(files):
    done = audiokit(files / "talk.wav", files / "silence.flac")
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert "talk.wav, " in text
    assert "voice  Somebody speaks: " in text
    assert "mood   No mood. Nobody speaks." in text


def test_lines_of_json_keep_to_the_schema(files):
    done = audiokit("--json", "--genre", "none", files / "talk.wav", files / "silence.flac")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    check = jsonschema.Draft202012Validator(result_schema())
    for line in lines:
        check.validate(line)
    assert [line["file"] for line in lines] == [str(files / "talk.wav"), str(files / "silence.flac")]
    assert [line["audio_analysis"]["voice_detected"] for line in lines] == [True, False]
    assert lines[1]["audio_analysis"]["voice_mood"] == "none"


def test_a_table(files, tmp_path):
    done = audiokit("--csv", "--emotion", "none", files / "talk.wav", files / "silence.flac")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [row["voice_detected"] for row in rows] == ["True", "False"]
    assert rows[0]["mood_state"] == "abstained"
    done = audiokit("--parquet", "-o", tmp_path / "t.parquet", files / "talk.wav")
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    import pandas as pd

    table = pd.read_parquet(tmp_path / "t.parquet")
    assert table["file"].tolist() == [str(files / "talk.wav")]
    assert table["voice_detected"].tolist() == [True]


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(files):
    done = audiokit("--json", files / "missing.wav", files / "notes.wav", files / "silence.flac")
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 1
    assert b"missing.wav" in done.stderr
    assert b"notes.wav" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_recording_is_not_replaced_by_its_tags(files):
    before = (files / "talk.wav").read_bytes()
    done = audiokit("--json", "-o", "talk.wav", "silence.flac", "talk.wav", cwd=files)
    assert done.returncode == 2
    assert b"is not replaced" in done.stderr
    assert (files / "talk.wav").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--json", "--csv", "x.wav"], b"exclude one another"),
        (["--emotion", "wav2vec3", "x.wav"], b"no model 'wav2vec3'"),
        (["--mood-windows", "0", "x.wav"], b"mood_windows"),
        (["--json", "-o", "/no/such/folder/t.json", "x.wav"], b"x.wav"),
    ],
)
def test_a_wrong_call_is_exit_code_2(arguments, expected, tmp_path):
    done = audiokit(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert expected in done.stderr
    assert b"Traceback" not in done.stderr
