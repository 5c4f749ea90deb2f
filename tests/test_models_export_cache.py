"""Where exports are kept: under keys that change with what they stand for, whole, and once."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pytest

from audiokit.models.export_cache import ExportCache, export_digest, export_folders, inputs_key, weights_key


@pytest.fixture
def cache(tmp_path):
    return ExportCache([tmp_path / "exports"])


def test_keys_change_with_what_they_stand_for(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    files = [tmp_path / "b", tmp_path / "a"]
    first = weights_key(files, "tanh")
    assert first == weights_key(files[::-1], "tanh")
    assert first != weights_key(files, "linear")
    (tmp_path / "a").write_bytes(b"six")
    assert first != weights_key(files, "tanh")
    one = [[np.zeros(3, np.float32)]]
    assert inputs_key(one) == inputs_key([[np.zeros(3, np.float32)]])
    assert len({inputs_key(other) for other in (one, [[np.zeros(3)]], [[np.zeros((1, 3), np.float32)]], one * 2)}) == 4
    assert export_digest("a", ["numpy"], 1) != export_digest("a", ["numpy"], 2)
    assert export_digest("a", ["no-such-package"], 1)


def test_where_exports_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    model = tmp_path / "bundle" / "model"
    model.mkdir(parents=True)
    assert export_folders(model) == export_folders() == (tmp_path / "cache" / "audiokit" / "exports",)
    (tmp_path / "bundle" / "exports").mkdir()
    assert export_folders(model)[0] == tmp_path / "bundle" / "exports"


def test_what_cannot_be_kept_can_be_used(tmp_path):
    (tmp_path / "file").write_text("no folder")
    cache = ExportCache([tmp_path / "file"])
    workshop = cache.workshop()
    (workshop / "model.onnx").write_bytes(b"x")
    kept = cache.keep(workshop, "d" * 64, {}, {"a": np.zeros(2, np.float32)})
    assert kept.path.read_bytes() == b"x"
    assert cache.find("d" * 64) is None
    shutil.rmtree(workshop)


def test_what_was_made_twice_at_once_is_kept_once(tmp_path):
    cache = ExportCache([tmp_path])
    for content in (b"first", b"second"):
        workshop = cache.workshop()
        (workshop / "model.onnx").write_bytes(content)
        kept = cache.keep(workshop, "d" * 64, {"note": "n"}, {"a": np.zeros(2, np.float32)})
    assert kept.path.read_bytes() == b"first"
    assert cache.find("d" * 64).card["note"] == "n"
    assert [path.name for path in tmp_path.iterdir()] == ["d" * 64]
    (tmp_path / ("d" * 64) / "card.json").write_text(json.dumps({"sha256": []}))
    assert cache.find("d" * 64) is None
