"""Weights inside the package: their hash is their card's, or they are refused."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError
from audiokit.models import embedded
from audiokit.models.embedded import embedded_names
from audiokit.models.hashes import file_sha256, sha256_now


@pytest.fixture
def folder(tmp_path):
    weights = bytes(range(256)) * 40
    (tmp_path / "gate.onnx").write_bytes(weights)
    card = {"sha256": hashlib.sha256(weights).hexdigest(), "labels": ["speech", "music"], "version": "3"}
    (tmp_path / "gate.json").write_text(json.dumps(card))
    return tmp_path


def test_what_is_whole_is_found_with_its_card(folder):
    found = embedded("gate", folder=folder)
    assert found.path == folder / "gate.onnx"
    assert found.card["labels"] == ["speech", "music"]
    assert found.label == "gate 3"
    assert embedded_names(folder) == ("gate",)


@pytest.mark.parametrize("place", [0, 5000, -1])
def test_one_flipped_byte_is_refused(folder, place):
    embedded("gate", folder=folder)  # also after it was found whole
    weights = bytearray((folder / "gate.onnx").read_bytes())
    weights[place] ^= 1
    (folder / "gate.onnx").write_bytes(weights)
    with pytest.raises(ModelRefused, match="damaged or was changed"):
        embedded("gate", folder=folder)


@pytest.mark.parametrize("gone", ["gate.onnx", "gate.json"])
def test_what_is_missing_is_unavailable(folder, gone):
    (folder / gone).unlink()
    with pytest.raises(ModelUnavailable, match=gone) as caught:
        embedded("gate", folder=folder)
    assert not isinstance(caught.value, ModelRefused)
    assert caught.value.cure


@pytest.mark.parametrize("card", ["", "[]", "{}", "null", '{"sha256": 3}'])
def test_a_card_that_is_none_is_refused(folder, card):
    (folder / "gate.json").write_text(card)
    with pytest.raises(ModelRefused):
        embedded("gate", folder=folder)


@pytest.mark.parametrize("name", ["../gate", "gate.onnx", "", "/etc/passwd", "Gate"])
def test_a_name_is_no_path(folder, name):
    with pytest.raises(ParameterError, match="name"):
        embedded(name, folder=folder)


def test_each_embedded_model_of_the_package_is_whole_and_in_the_catalogue():
    from audiokit.models import entry

    for name in embedded_names():
        assert entry(name).kind == "embedded"
        assert embedded(name).card["labels"]


def test_a_hash_is_remembered_for_a_file_as_it_stands(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    reads = []
    real = sha256_now
    monkeypatch.setattr("audiokit.models.hashes.sha256_now", lambda path: reads.append(path) or real(path))
    assert file_sha256(path) == file_sha256(path) == hashlib.sha256(b"one").hexdigest()
    assert len(reads) == 1
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))  # even where somebody puts the time back, the change time moved
    assert file_sha256(path) == hashlib.sha256(b"two").hexdigest()
