"""Where files are found, in which order, and what is said where they are not. Nothing here asks a network."""

from __future__ import annotations

import hashlib
import json
import os
import socket

import pytest

from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError
from audiokit.models import find, locate, wheels
from audiokit.models.completeness import kind_of_files, lacking, weight_files
from audiokit.models.hub_cache import hub_cache_folder, snapshots
from audiokit.models.manifest import Bundled, FileRecord, Manifest, read_manifest, write_manifest
from audiokit.models.places import known_entry, models_folders

NAME, REPOSITORY = "superb_wav2vec2_base_er", "superb/wav2vec2-base-superb-er"
COMMIT, OTHER = "a" * 40, "b" * 40


@pytest.fixture(autouse=True)
def nothing_here(tmp_path, monkeypatch):
    """No models folder, an empty cache, no network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUDIOKIT_MODELS_FOLDER", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))

    def refuse(*_):
        raise AssertionError("a network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def cached(cache, repository, files, commit=COMMIT, ref="main"):
    """Lay files out as the hub's libraries do: blobs by hash, snapshots of links."""
    top = cache / f"models--{repository.replace('/', '--')}"
    (top / "blobs").mkdir(parents=True, exist_ok=True)
    snapshot = top / "snapshots" / commit
    snapshot.mkdir(parents=True, exist_ok=True)
    if ref:
        (top / "refs").mkdir(exist_ok=True)
        (top / "refs" / ref).write_text(commit)
    for name, content in files.items():
        large = name.endswith((".bin", ".safetensors"))
        blob = top / "blobs" / (hashlib.sha256 if large else hashlib.sha1)(content).hexdigest()
        blob.write_bytes(content)
        (snapshot / name).symlink_to(os.path.relpath(blob, snapshot))
    return snapshot


WHOLE = {"config.json": b"{}", "pytorch_model.bin": b"weights" * 100}


def put(folder, files=None):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (files or WHOLE).items():
        (folder / name).write_bytes(content)
    return folder


def bundle(folder, name=NAME, files=None):
    place = put(folder / name, files)
    records = {
        path.name: FileRecord(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
        for path in place.iterdir()
    }
    model = Bundled(f"hub:{REPOSITORY}", "emotion", "transformers", "Apache-2.0", COMMIT, records)
    write_manifest(folder, Manifest("audiokit test", {name: model}))
    return place


def test_a_path_is_itself(tmp_path):
    place = put(tmp_path / "my model")
    assert locate(place) == place
    assert locate(f"./{place.name}") == place.relative_to(tmp_path)
    assert find(str(place)).origin == "path"
    with pytest.raises(ModelUnavailable, match="nothing at"):
        locate(tmp_path / "other")


def test_nothing_anywhere_names_the_cure():
    with pytest.raises(ModelUnavailable, match="not on this machine") as caught:
        locate(NAME)
    assert f"audiokit models pull {NAME}" in caught.value.cure
    with pytest.raises(ModelUnavailable, match="efficientnet_b0_genre") as caught:
        locate("efficientnet_b0_genre")
    assert "labels.json" in caught.value.cure
    with pytest.raises(ParameterError, match="catalogue"):
        locate("no_such_model")


def test_the_hubs_cache_is_read(tmp_path):
    snapshot = cached(tmp_path / "hub", REPOSITORY, WHOLE)
    found = find(NAME)
    assert (found.path, found.origin, found.revision) == (snapshot, "hub cache", COMMIT)
    assert locate(NAME) == snapshot
    assert locate(f"hub:{REPOSITORY}") == snapshot
    another = cached(tmp_path / "hub", "some/one", WHOLE)
    assert locate("hub:some/one") == another


WHISPER = {"config.json": b"{}", "model.bin": b"weights", "tokenizer.json": b"{}", "vocabulary.txt": b"a"}


def test_a_repository_is_of_the_kind_that_its_files_are_of(tmp_path, monkeypatch):
    assert known_entry("hub:some/whisper").kind == "transformers"  # nothing is known of it here
    snapshot = cached(tmp_path / "hub", "some/whisper", WHISPER)
    assert find("hub:some/whisper").path == snapshot
    assert (known_entry("hub:some/whisper").kind, known_entry("hub:some/whisper").task) == (
        "faster_whisper",
        "speech_to_text",
    )
    put(tmp_path / "own" / "other--whisper", WHISPER)
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "own"))
    assert known_entry("hub:other/whisper").kind == "faster_whisper"
    assert find("hub:other/whisper").origin == "folder"
    assert kind_of_files({**WHISPER, "model.safetensors": b""}) == "transformers"


@pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", None])
def test_the_cache_is_where_the_hubs_own_library_looks(tmp_path, variable, monkeypatch):
    pytest.importorskip("huggingface_hub")
    import subprocess
    import sys

    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "XDG_", "HUGGINGFACE"))}
    if variable:
        environment[variable] = str(tmp_path / "x")
    code = (
        "from huggingface_hub import constants; from audiokit.models.hub_cache import hub_cache_folder;"
        "print(constants.HF_HUB_CACHE); print(hub_cache_folder())"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    theirs, ours = done.stdout.splitlines()
    assert theirs == ours


def test_what_is_found_is_what_the_hubs_own_library_finds(tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    cached(tmp_path / "hub", REPOSITORY, WHOLE)
    theirs = hub.try_to_load_from_cache(REPOSITORY, "config.json", cache_dir=tmp_path / "hub")
    assert theirs == str(locate(NAME) / "config.json")
    folder = hub.snapshot_download(REPOSITORY, cache_dir=tmp_path / "hub", local_files_only=True)
    assert folder == str(locate(NAME))


def test_a_snapshot_that_was_fetched_in_part_is_passed_over(tmp_path):
    cached(tmp_path / "hub", REPOSITORY, {"config.json": b"{}"})
    with pytest.raises(ModelUnavailable, match=r"lacks model\.safetensors or pytorch_model\.bin"):
        locate(NAME)
    whole = cached(tmp_path / "hub", REPOSITORY, WHOLE, commit=OTHER, ref="")
    assert locate(NAME) == whole


def test_the_catalogues_revision_comes_first(tmp_path):
    repository = "superb/hubert-large-superb-er"
    pinned = "ef1a2ebfd7cfc424dc7f0fbcdc406e8b794d63bb"
    main = cached(tmp_path / "hub", repository, WHOLE)
    assert locate("superb_hubert_large_er") == main
    wanted = cached(tmp_path / "hub", repository, WHOLE, commit=pinned, ref="")
    assert locate("superb_hubert_large_er") == wanted
    assert [found.revision for found in snapshots(repository, pinned)] == [pinned, COMMIT]
    assert hub_cache_folder() == tmp_path / "hub"


def test_one_flipped_byte_in_the_cache_is_refused(tmp_path):
    snapshot = cached(tmp_path / "hub", REPOSITORY, WHOLE)
    assert locate(NAME) == snapshot
    blob = (snapshot / "pytorch_model.bin").resolve()
    content = bytearray(blob.read_bytes())
    content[350] ^= 1
    blob.write_bytes(content)
    with pytest.raises(ModelRefused, match=r"pytorch_model\.bin is damaged or was changed"):
        locate(NAME)


def test_a_bundle_comes_before_the_cache_and_is_checked(tmp_path, monkeypatch):
    cached(tmp_path / "hub", REPOSITORY, WHOLE)
    place = bundle(tmp_path / "bundle")
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "bundle"))
    found = find(NAME)
    assert (found.path, found.origin, found.revision) == (place, "bundle", COMMIT)
    assert locate(NAME) == place
    (place / "config.json").write_bytes(b"{ ")
    with pytest.raises(ModelRefused, match=r"config\.json is damaged or was changed"):
        locate(NAME)
    (place / "config.json").write_bytes(b"{}")
    assert locate(NAME) == place
    (place / "pytorch_model.bin").unlink()
    assert find(NAME).origin == "hub cache"  # what lacks its weights is passed over


def test_a_path_into_a_bundle_or_the_cache_is_checked_too(tmp_path):
    place = bundle(tmp_path / "bundle")
    assert find(place).origin == find(place / "config.json").origin == "bundle"
    (place / "config.json").write_bytes(b"{ ")
    for path in (place, place / "pytorch_model.bin"):
        with pytest.raises(ModelRefused, match=r"config\.json is damaged"):
            locate(path)
    snapshot = cached(tmp_path / "hub", REPOSITORY, WHOLE)
    assert locate(snapshot) == snapshot
    (snapshot / "pytorch_model.bin").resolve().write_bytes(b"other")
    with pytest.raises(ModelRefused, match=r"pytorch_model\.bin is damaged"):
        locate(snapshot)


def test_a_file_that_the_manifest_lists_must_be_there(tmp_path, monkeypatch):
    place = bundle(tmp_path / "bundle", files={**WHOLE, "README.md": b"read me"})
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "bundle"))
    (place / "README.md").unlink()
    with pytest.raises(ModelRefused, match=r"README\.md is missing"):
        locate(NAME)


def test_a_folder_of_ones_own_needs_no_manifest(tmp_path, monkeypatch):
    place = put(tmp_path / "two" / "efficientnet_b0_genre", {"weights.safetensors": b"x"})
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", os.pathsep.join([str(tmp_path / "one"), str(tmp_path / "two")]))
    assert models_folders() == (tmp_path / "one", tmp_path / "two")
    assert locate("efficientnet_b0_genre") == place
    assert find("efficientnet_b0_genre").origin == "folder"
    (tmp_path / "audiokit.toml").write_text(f'models_folder = "{(tmp_path / "three").as_posix()}"\n')
    monkeypatch.delenv("AUDIOKIT_MODELS_FOLDER")
    assert models_folders() == (tmp_path / "three",)


@pytest.mark.skipif(wheels.file_in_wheel("silero_vad", "__init__.py") is None, reason="no silero-vad")
def test_what_travels_in_a_wheel_is_found_and_checked(monkeypatch):
    path = locate("silero_vad")
    assert path.name == "silero_vad_16k_sequence.onnx"
    assert wheels.sha256_in_wheel(path, "silero-vad") == hashlib.sha256(path.read_bytes()).hexdigest()
    assert wheels.sha256_in_wheel(path, "no-such-package") is None
    monkeypatch.setattr("audiokit.models.places.sha256_in_wheel", lambda *_: "0" * 64)
    with pytest.raises(ModelRefused, match="RECORD"):
        locate("silero_vad")


def test_a_wheel_that_is_not_installed_names_its_command(monkeypatch):
    monkeypatch.setattr("audiokit.models.places.file_in_wheel", lambda *_: None)
    for name, cure in (("pocketsphinx", "pip install pocketsphinx"), ("espeak_ng", "audiokit\\[tts\\]")):
        with pytest.raises(ModelUnavailable, match=cure):
            locate(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"format": 9}',
        '{"format": 1, "packed_by": "x", "models": {"a": {}}}',
        '{"format": 1, "packed_by": "x", "models": {"../a": {"source": "", "task": "", "kind": "", "licence": "", "files": {}}}}',
    ],
)
def test_a_damaged_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ModelRefused):
        read_manifest(tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\b", "c:d"])
def test_a_manifest_names_nothing_outside_its_folder(tmp_path, name):
    model = Bundled("local", "genre", "timm", "MIT", None, {name: FileRecord("0", 1)})
    write_manifest(tmp_path, Manifest("x", {"a": model}))
    with pytest.raises(ModelRefused, match="outside"):
        read_manifest(tmp_path)


def test_a_manifest_reads_as_it_was_written(tmp_path):
    assert read_manifest(tmp_path) is None
    model = Bundled("local", "genre", "timm", "MIT", None, {"a/b.bin": FileRecord("0" * 64, 1)}, "x==1", ("LICENSE",))
    write_manifest(tmp_path, Manifest("audiokit", {"a": model}))
    assert read_manifest(tmp_path) == Manifest("audiokit", {"a": model})


def test_what_each_kind_needs(tmp_path):
    assert lacking(tmp_path, "transformers") == ("config.json", "model.safetensors or pytorch_model.bin")
    assert len(lacking(tmp_path, "faster_whisper")) == 4
    assert lacking(tmp_path, "timm")
    assert lacking(tmp_path, "onnx")
    put(tmp_path / "w", {"model.bin": b"", "config.json": b"", "tokenizer.json": b"", "vocabulary.txt": b""})
    assert lacking(tmp_path / "w", "faster_whisper") == ()
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    place = put(tmp_path / "p", {"config.json": b"", "model.safetensors.index.json": json.dumps(index).encode()})
    (place / "model-1.safetensors").touch()
    assert lacking(place, "transformers") == ("model-2.safetensors",)
    (place / "model-2.safetensors").touch()
    assert lacking(place, "transformers") == ()
    assert [path.name for path in weight_files(place)] == ["model-1.safetensors", "model-2.safetensors"]
    (place / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../x.safetensors"}}')
    with pytest.raises(ModelRefused, match="outside"):
        weight_files(place)


def test_a_pickle_of_training_settings_is_no_weights(tmp_path):
    put(tmp_path / "a", {"training_args.bin": b""})
    assert weight_files(tmp_path / "a") == ()
    put(tmp_path / "a", {"z.pth": b"", "training_args.bin": b""})
    assert weight_files(tmp_path / "a") == (tmp_path / "a" / "z.pth",)
