"""The doctor says what is here, what is missing and what helps."""

from __future__ import annotations

import pytest

from audiokit import Status
from audiokit.models import catalogue, doctor
from audiokit.models.doctor import diagnose, facts_of_this_machine


@pytest.fixture(autouse=True)
def bare(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUDIOKIT_MODELS_FOLDER", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def test_every_model_is_looked_at_and_what_is_missing_has_a_cure():
    found = diagnose()
    assert {diagnosis.name for diagnosis in found} == {known.name for known in catalogue()}
    for diagnosis in found:
        if diagnosis.status is Status.OK:
            assert diagnosis.where
        else:
            assert diagnosis.reason
            assert diagnosis.cure


def test_a_missing_library_is_named_with_its_command(monkeypatch):
    monkeypatch.setattr(doctor, "_installed", lambda library: library != "onnxruntime")
    (silero,) = diagnose("vad")
    assert silero.status is Status.UNAVAILABLE
    assert "onnxruntime" in silero.reason
    assert silero.cure == "`pip install onnxruntime`."
    assert silero.where.startswith("wheel: ")


def test_damaged_weights_are_failed_not_unavailable(tmp_path, monkeypatch):
    folder = tmp_path / "models" / "superb_wav2vec2_base_er"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_text("x")
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "models"))
    assert {d.name: d.status for d in diagnose("emotion")}["superb_wav2vec2_base_er"] is Status.OK
    (tmp_path / "models" / "manifest.json").write_text("no list")
    assert {d.name: d.status for d in diagnose("emotion")}["superb_wav2vec2_base_er"] is Status.FAILED


def test_what_decides_is_told(tmp_path, monkeypatch):
    facts = dict(facts_of_this_machine())
    assert facts["models folder"].startswith("none")
    assert facts["hub's cache"].endswith("(not there)")
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "a"))
    assert dict(facts_of_this_machine())[f"  {tmp_path / 'a'}"] == "is not there"
    (tmp_path / "a").mkdir()
    assert dict(facts_of_this_machine())[f"  {tmp_path / 'a'}"] == "no manifest"
    (tmp_path / "a" / "manifest.json").write_text('{"format": 1, "packed_by": "x", "models": {}}')
    assert dict(facts_of_this_machine())[f"  {tmp_path / 'a'}"] == "bundle of 0 model(s)"
    monkeypatch.setattr(doctor, "_installed", lambda _: False)
    assert "pip install" in dict(facts_of_this_machine())["torch"]
