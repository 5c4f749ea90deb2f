"""Fetching on request: one format of weights, checked when it came. The hub is played by functions that write its cache."""

from __future__ import annotations

import hashlib
import os
import pickle

import pytest

from audiokit.errors import LibraryUnavailable, ModelRefused, ModelUnavailable, ParameterError
from audiokit.models.places import known_entry
from audiokit.models.pulling import files_to_pull, pull

COMMIT = "c" * 40
NAME, REPOSITORY = "superb_wav2vec2_base_er", "superb/wav2vec2-base-superb-er"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A repository that can be filled, and how it was asked."""
    library = pytest.importorskip("huggingface_hub")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("AUDIOKIT_MODELS_FOLDER", raising=False)
    state = {"files": {}, "asked": [], "error": None}

    def listed(_, repository, revision=None):
        if state["error"]:
            raise state["error"]
        state["asked"].append((repository, revision))
        return list(state["files"])

    def fetched(repository, revision=None, allow_patterns=None):
        top = tmp_path / "hub" / f"models--{repository.replace('/', '--')}"
        snapshot = top / "snapshots" / (revision or COMMIT)
        snapshot.mkdir(parents=True, exist_ok=True)
        (top / "blobs").mkdir(exist_ok=True)
        (top / "refs").mkdir(exist_ok=True)
        (top / "refs" / "main").write_text(revision or COMMIT)
        for name in allow_patterns:
            content = state["files"][name]
            blob = top / "blobs" / hashlib.sha256(content).hexdigest()
            blob.write_bytes(state.get("damage", lambda data: data)(content))
            (snapshot / name).symlink_to(os.path.relpath(blob, snapshot))

    monkeypatch.setattr(library.HfApi, "list_repo_files", listed)
    monkeypatch.setattr(library, "snapshot_download", fetched)
    return state


def test_one_format_of_weights_and_small_texts_are_chosen():
    both = ["README.md", "config.json", "model.safetensors", "pytorch_model.bin", "tf_model.h5", "flax_model.msgpack"]
    rest = ["training_args.bin", "runs/x/events.out", "optimizer.pt", "LICENSE", "vocab.json", ".gitattributes"]
    assert files_to_pull([*both, *rest], "transformers") == [
        "LICENSE", "README.md", "config.json", "model.safetensors", "vocab.json",
    ]  # fmt: skip
    assert files_to_pull(["config.json", "pytorch_model.bin", "training_args.bin"], "transformers") == [
        "config.json", "pytorch_model.bin",
    ]  # fmt: skip
    parts = ["model-1.safetensors", "model.safetensors.index.json", "pytorch_model.bin.index.json"]
    assert files_to_pull(parts, "transformers") == ["model-1.safetensors", "model.safetensors.index.json"]
    bark = [
        "pytorch_model.bin",
        "text_2.pt",
        "speaker_embeddings/v2/en_speaker_1_fine_prompt.npy",
        "speaker_embeddings/a/b.npy",
    ]
    assert files_to_pull(bark, "transformers") == ["pytorch_model.bin", bark[2]]
    assert files_to_pull(["model.bin", "config.json", "vocabulary.txt"], "faster_whisper") == [
        "config.json", "model.bin", "vocabulary.txt",
    ]  # fmt: skip
    assert files_to_pull(["onnx/model.onnx", "config.json"], "onnx") == ["config.json", "onnx/model.onnx"]


def test_what_was_fetched_is_found_and_checked(hub):
    hub["files"] = {"config.json": b"{}", "model.safetensors": b"weights", "tf_model.h5": b"no"}
    found = pull(NAME)
    assert (found.origin, found.revision) == ("hub cache", COMMIT)
    assert {path.name for path in found.path.iterdir()} == {"config.json", "model.safetensors"}
    assert hub["asked"] == [(REPOSITORY, None)]
    pull("superb_hubert_large_er")
    assert hub["asked"][1] == ("superb/hubert-large-superb-er", "ef1a2ebfd7cfc424dc7f0fbcdc406e8b794d63bb")
    assert pull("hub:any/one").path.is_dir()


def test_a_whisper_of_ctranslate2_is_known_by_its_files(hub):
    hub["files"] = {
        name: name.encode() for name in ("config.json", "model.bin", "tokenizer.json", "vocabulary.json", "README.md")
    }
    found = pull("hub:some/whisper-ct2")
    assert {path.name for path in found.path.iterdir()} == set(hub["files"])
    assert (known_entry("hub:some/whisper-ct2").kind, known_entry("hub:some/whisper-ct2").needs) == (
        "faster_whisper",
        ("faster_whisper",),
    )
    hub["files"] = {"config.json": b"{}", "vocabulary.json": b"{}"}
    with pytest.raises(ModelUnavailable, match=r"lacks model\.bin, tokenizer\.json"):
        pull("hub:some/broken-ct2")


def test_what_came_damaged_is_refused(hub):
    hub["files"] = {"config.json": b"{}", "model.safetensors": b"weights"}
    hub["damage"] = lambda data: data + b"!" if data == b"weights" else data
    with pytest.raises(ModelRefused, match="damaged"):
        pull(NAME)


def test_a_pickle_that_would_run_something_is_refused(hub):
    hub["files"] = {"config.json": b"{}", "pytorch_model.bin": pickle.dumps(print, protocol=2) * 5}
    with pytest.raises(ModelRefused, match="beyond tensors"):
        pull(NAME)


@pytest.mark.parametrize("error", [OSError("no route"), ConnectionError(""), ValueError("offline mode\nmore")])
def test_no_network_is_said_with_its_cure(hub, error):
    hub["error"] = error
    with pytest.raises(ModelUnavailable, match="could not be fetched") as caught:
        pull(NAME)
    assert "pack" in caught.value.cure
    assert "\n" not in str(caught.value)


def test_a_repository_without_weights_is_unavailable(hub):
    hub["files"] = {"config.json": b"{}"}
    with pytest.raises(ModelUnavailable, match="lacks model"):
        pull(NAME)


def test_what_does_not_come_from_the_hub_says_where_from(hub, monkeypatch):
    assert pull("silero_vad").origin == "wheel"
    with pytest.raises(ModelUnavailable, match=r"labels\.json"):
        pull("efficientnet_b0_genre")
    with pytest.raises(ParameterError, match="catalogue"):
        pull("nothing")
    assert hub["asked"] == []


def test_without_the_library_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(LibraryUnavailable, match="pip install huggingface_hub"):
        pull(NAME)
