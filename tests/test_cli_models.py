"""`audiokit models` from outside: what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def audiokit(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "AUDIOKIT_MODELS_FOLDER"}
    environment["HF_HUB_CACHE"] = str(tmp_path / "hub")

    def run(*arguments, **more):
        command = [sys.executable, "-m", "audiokit", "models", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=120, cwd=tmp_path, env={**environment, **more}
        )

    return run


def test_list_says_what_is_here(audiokit):
    done = audiokit("list", "--task", "vad", "--json")
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert (found["name"], found["licence"]) == ("silero_vad", "MIT")
    assert "superb_wav2vec2_base_er" in audiokit("list").stdout
    wrong = audiokit("list", "--task", "mood")
    assert wrong.returncode == 2
    assert "emotion" in wrong.stderr


def test_pack_and_verify(audiokit, tmp_path):
    place = tmp_path / "mine" / "efficientnet_b0_genre"
    place.mkdir(parents=True)
    (place / "weights.safetensors").write_bytes(b"as good as any for this")
    (place / "labels.json").write_text('["a"]')
    done = audiokit(
        "pack", "efficientnet_b0_genre", "--to", tmp_path / "b", AUDIOKIT_MODELS_FOLDER=str(tmp_path / "mine")
    )
    assert done.returncode == 0, done.stderr
    assert "2 file(s)" in done.stdout
    assert audiokit("verify", tmp_path / "b").stdout == "2 of 2 whole.\n"
    (tmp_path / "b" / "efficientnet_b0_genre" / "labels.json").write_text('["b"]')
    done = audiokit("verify", tmp_path / "b")
    assert done.returncode == 1
    assert "labels.json: damaged or changed" in done.stdout
    findings = [json.loads(line) for line in audiokit("verify", tmp_path / "b", "--json").stdout.splitlines()]
    assert sorted(bool(finding["problem"]) for finding in findings) == [False, True]
    refused = audiokit("list", AUDIOKIT_MODELS_FOLDER=str(tmp_path / "b"))
    assert refused.returncode == 0  # listing reads no large file


def test_what_is_not_there_is_exit_code_1_with_its_cure(audiokit, tmp_path):
    done = audiokit("pack", "ast_audioset", "--to", tmp_path / "b")
    assert done.returncode == 1
    assert "audiokit models pull ast_audioset" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2
    assert audiokit("verify", tmp_path).returncode == 1
    assert audiokit("pack", "no_such", "--to", tmp_path / "b").returncode == 2


def test_doctor_names_cures_by_task(audiokit):
    done = audiokit("doctor")
    assert done.returncode == 0
    assert "audiokit models pull superb_wav2vec2_base_er" in done.stdout
    assert "models folder: none" in done.stdout
    found = [json.loads(line) for line in audiokit("doctor", "--task", "emotion", "--json").stdout.splitlines()]
    assert {"superb_wav2vec2_base_er", "emotion_emodb"} <= {line["name"] for line in found}
