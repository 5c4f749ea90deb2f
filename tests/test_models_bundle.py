"""Bundles: what is packed is what was there, verified byte by byte, and works where no socket can be opened."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys

import pytest

from audiokit.errors import ModelRefused, ModelUnavailable, OutputUnwritable, ParameterError
from audiokit.models import locate
from audiokit.models.bundle import pack, verify
from audiokit.models.manifest import read_manifest

NAME = "superb_wav2vec2_base_er"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A tiny checkpoint under a catalogue's name, in a folder of one's own, with things around it that stay out."""
    pytest.importorskip("transformers")
    import tiny_models as tiny

    mine = tmp_path / "mine"
    place = tiny.save(tiny.audio_classifier(labels=("neu", "hap", "ang", "sad")), mine / NAME)
    (place / "LICENSE").write_text("Do what is right.")
    (place / "README.md").write_text("# A model")
    (place / "training_args.bin").write_bytes(pickle.dumps(print))
    (place / "tf_model.h5").write_bytes(b"another framework")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(mine))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return place


def test_what_is_packed_is_what_was_there_and_nothing_else(here, tmp_path):
    manifest = pack([NAME, "silero_vad", "espeak_ng"], tmp_path / "bundle")
    model = manifest.models[NAME]
    assert set(model.files) == {"config.json", "model.safetensors", "preprocessor_config.json", "LICENSE", "README.md"}
    assert set(model.licence_files) == {"LICENSE", "README.md"}
    assert model.licence == "Apache-2.0"
    for name in model.files:
        assert (tmp_path / "bundle" / NAME / name).read_bytes() == (here / name).read_bytes()
    assert manifest.models["silero_vad"].requirement.startswith("silero-vad==")
    assert read_manifest(tmp_path / "bundle") == manifest
    licences = (tmp_path / "bundle" / "LICENCES.md").read_text()
    assert "Apache-2.0" in licences
    assert "GPL-3.0-or-later" in licences
    assert not [finding for finding in verify(tmp_path / "bundle") if finding.problem]


def test_a_bundle_can_be_added_to(here, tmp_path):
    pack(["silero_vad"], tmp_path / "bundle")
    assert set(pack([NAME], tmp_path / "bundle").models) == {"silero_vad", NAME}
    (here / "README.md").write_text("# A newer model")
    pack([NAME], tmp_path / "bundle")
    assert (tmp_path / "bundle" / NAME / "README.md").read_text() == "# A newer model"
    assert not [finding for finding in verify(tmp_path / "bundle") if finding.problem]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda place: (place / "README.md").unlink(), "missing"),
        (lambda place: (place / "README.md").write_text("# A mo"), "bytes"),
        (lambda place: (place / "README.md").write_text("# a model"), "SHA-256"),
        (lambda place: (place / "extra.bin").write_text("x"), "not listed"),
    ],
)
def test_verify_finds_each_kind_of_damage(here, tmp_path, damage, problem):
    pack([NAME], tmp_path / "bundle")
    damage(tmp_path / "bundle" / NAME)
    (wrong,) = [finding for finding in verify(tmp_path / "bundle") if finding.problem]
    assert problem in wrong.problem
    assert wrong.model == NAME


@pytest.mark.parametrize("place", [0, 1000, -1])
def test_one_flipped_byte_of_the_weights_is_refused_when_it_is_used(here, tmp_path, monkeypatch, place):
    pack([NAME], tmp_path / "bundle")
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "bundle"))
    weights = locate(NAME) / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[place] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ModelRefused, match="damaged or was changed"):
        locate(NAME)
    with pytest.raises(ModelRefused, match="damaged or was changed"):
        pack([NAME], tmp_path / "another")
    assert not (tmp_path / "another").exists()


def test_another_version_of_a_wheel_is_said(here, tmp_path):
    pack(["silero_vad"], tmp_path / "bundle")
    document = json.loads((tmp_path / "bundle" / "manifest.json").read_text())
    for requirement, problem in (("silero-vad==0.0.1", "is installed as"), ("no-such-thing==1", "not installed")):
        document["models"]["silero_vad"]["requirement"] = requirement
        (tmp_path / "bundle" / "manifest.json").write_text(json.dumps(document))
        (finding,) = verify(tmp_path / "bundle")
        assert problem in finding.problem


def test_a_pickle_beyond_tensors_is_not_packed(here, tmp_path):
    torch = pytest.importorskip("torch")
    (here / "model.safetensors").unlink()
    torch.save({"a": torch.zeros(1), "b": print}, here / "pytorch_model.bin")
    with pytest.raises(ModelRefused, match="beyond tensors"):
        pack([NAME], tmp_path / "bundle")
    assert not (tmp_path / "bundle" / "manifest.json").exists()


def test_what_cannot_be_packed_is_refused(here, tmp_path):
    with pytest.raises(ParameterError, match="at least one"):
        pack([], tmp_path / "bundle")
    with pytest.raises(ModelUnavailable, match="ast_audioset"):
        pack([NAME, "ast_audioset"], tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputUnwritable):
        pack([NAME], tmp_path / "file")
    with pytest.raises(ModelRefused, match=r"no manifest\.json"):
        verify(tmp_path)


def test_with_a_bundle_nothing_touches_a_network(here, tmp_path):
    """A process in which no socket can be opened finds, checks and loads a model, and answers with it."""
    import tiny_models as tiny

    tiny.save(
        tiny.audio_classifier(), here.parent / "wav2vec2_xlsr_emotion", rename=tiny.as_the_known_defect, pickled=True
    )
    pack([NAME, "wav2vec2_xlsr_emotion", "silero_vad"], tmp_path / "bundle")
    code = """
import socket
def refuse(*_, **__):
    raise AssertionError("a network was asked")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
socket.getaddrinfo = socket.create_connection = socket.gethostbyname = refuse
import numpy as np, torch
from audiokit.models import locate, find, default_store
from audiokit.models.audit import load_catalogued
from audiokit.models.doctor import diagnose
for name in ("superb_wav2vec2_base_er", "wav2vec2_xlsr_emotion"):
    assert find(name).origin == "bundle", find(name)
    with default_store().lease(name, lambda device: load_catalogued(name, device=device)) as audited:
        logits = audited.model(torch.zeros(1, 16000)).logits
        print(name, tuple(logits.shape), audited.report.head, audited.report.canary[:6])
print(sum(found.status == "ok" for found in diagnose("emotion", read_all=True)) >= 2)
try:
    locate("ast_audioset")
except LookupError as error:
    print(error.cure)
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRANSFORMERS_"))}
    environment |= {"AUDIOKIT_MODELS_FOLDER": str(tmp_path / "bundle"), "HF_HOME": str(tmp_path / "nothing")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{NAME} (1, 4) linear 6 diff"
    assert lines[1] == "wav2vec2_xlsr_emotion (1, 8) tanh 6 diff"
    assert lines[2] == "True"
    assert "audiokit models pull ast_audioset" in lines[3]
    assert not (tmp_path / "nothing").exists()
