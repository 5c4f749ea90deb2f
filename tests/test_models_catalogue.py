"""The catalogue says what is known, and refuses what is not."""

from __future__ import annotations

import re

import pytest

from audiokit.errors import ParameterError
from audiokit.models import catalogue, entry
from audiokit.models.catalogue import KINDS, TASKS, CatalogueEntry, read_catalogue


def test_each_entry_is_whole():
    entries = catalogue()
    assert len({found.name for found in entries}) == len(entries)
    for found in entries:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", found.name)
        assert found.task in TASKS
        assert found.kind in KINDS
        assert found.licence
        assert found.revision is None or re.fullmatch(r"[0-9a-f]{40}", found.revision)
        assert (found.repository is not None) == found.source.startswith("hub:")
        for pattern, _ in found.remap:
            re.compile(pattern)


def test_what_the_pillars_ask_for_is_there():
    names = {found.name for found in catalogue()}
    assert {
        "silero_vad", "content_gate", "emotion_emodb", "wav2vec2_xlsr_emotion", "superb_wav2vec2_base_er", "superb_wav2vec2_large_er",
        "ast_audioset", "efficientnet_b0_genre", "faster_whisper_small", "wav2vec2_base_960h", "pocketsphinx", "espeak_ng",
    } <= names  # fmt: skip
    assert {found.task for found in catalogue("emotion")} == {"emotion"}
    assert len(catalogue("emotion")) >= 4


def test_the_checkpoint_with_the_known_defect_carries_its_cure():
    found = entry("wav2vec2_xlsr_emotion")
    assert found.head == "tanh"
    renamed = {}
    for key in ("classifier.dense.weight", "classifier.output.bias", "wav2vec2.encoder.layer_norm.weight"):
        renamed[key] = key
        for pattern, replacement in found.remap:
            if re.search(pattern, key):
                renamed[key] = re.sub(pattern, replacement, key)
                break
    assert list(renamed.values()) == ["projector.weight", "classifier.bias", "wav2vec2.encoder.layer_norm.weight"]


def test_a_wrong_name_names_what_was_probably_meant():
    with pytest.raises(ParameterError, match="superb_wav2vec2_base_er"):
        entry("superb-wav2vec2-base")
    with pytest.raises(ParameterError, match="audiokit models list"):
        entry("zzz")
    with pytest.raises(ParameterError, match="emotion"):
        catalogue("mood")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('colour = "red"', "colour"),
        ('task = "vad"', "lacks kind"),
        ('task = "sing"\nkind = "onnx"\nsource = "local"\nlicence = "MIT"\nneeds = []', "task 'sing'"),
        ('task = "vad"\nkind = "exe"\nsource = "local"\nlicence = "MIT"\nneeds = []', "kind 'exe'"),
        ('task = "vad"\nkind = "onnx"\nsource = "ftp:x"\nlicence = "MIT"\nneeds = []', "source"),
        ('task = "vad"\nkind = "onnx"\nsource = "local"\nlicence = "MIT"\nneeds = []\nsize_bytes = 0', "size_bytes"),
        ('task = "vad"\nkind = "onnx"\nsource = "local"\nlicence = "MIT"\nneeds = []\nhead = "sine"', "head"),
    ],
)
def test_a_wrong_file_is_refused_by_model_and_field(tmp_path, text, message):
    (tmp_path / "catalogue.toml").write_text(f"[a_model]\n{text}\n")
    with pytest.raises(ParameterError, match=message) as caught:
        read_catalogue(tmp_path / "catalogue.toml")
    assert "a_model" in str(caught.value)


def test_where_an_entry_comes_from():
    facts = {
        "name": "x",
        "task": "vad",
        "kind": "wheel",
        "revision": None,
        "licence": "MIT",
        "size_bytes": None,
        "needs": (),
    }
    assert CatalogueEntry(**facts, source="wheel:a-b").distribution == "a-b"
    assert CatalogueEntry(**facts, source="hub:a/b").repository == "a/b"
    assert CatalogueEntry(**facts, source="local").repository is None
