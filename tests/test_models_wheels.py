"""Weights found inside wheels, without importing the packages around them."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import threading

import pytest

from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.models import Sessions, silero_vad, wheels


def _only(*packages):
    """A finder that sees these packages and no others."""
    real = wheels.file_in_wheel
    return lambda package, relative: real(package, relative) if package in packages else None


needs_silero = pytest.mark.skipif(wheels.file_in_wheel("silero_vad", "__init__.py") is None, reason="no silero-vad")
needs_substitute = pytest.mark.skipif(
    wheels.file_in_wheel("faster_whisper", "vad.py") is None, reason="no faster-whisper"
)


@needs_silero
@pytest.mark.parametrize("variant", ["sequence", "stepwise"])
def test_the_file_is_named_with_its_version(variant):
    found = silero_vad(variant)
    assert found.path.is_file()
    assert found.name == "silero_vad"
    assert found.version == importlib.metadata.version("silero-vad")
    assert found.label == f"silero_vad (silero-vad {found.version})"
    assert found.licence == "MIT"


@needs_silero
def test_finding_imports_neither_the_package_nor_torch():
    code = (
        "import sys; from audiokit.models import silero_vad; silero_vad(); "
        "print(sorted({'silero_vad', 'torch', 'onnxruntime', 'faster_whisper'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@needs_substitute
def test_the_substitute_bears_its_own_name(monkeypatch):
    monkeypatch.setattr(wheels, "file_in_wheel", _only("faster_whisper"))
    found = silero_vad()
    assert found.name == "silero_vad_v6"
    assert found.label == f"silero_vad_v6 (faster-whisper {importlib.metadata.version('faster-whisper')})"
    with pytest.raises(ModelUnavailable, match="pip install --no-deps silero-vad"):
        silero_vad(substitute=False)


def test_nothing_there_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(wheels, "file_in_wheel", _only())
    with pytest.raises(ModelUnavailable) as caught:
        silero_vad()
    assert "pip install --no-deps silero-vad" in caught.value.cure
    with pytest.raises(ModelUnavailable, match="faster-whisper"):
        silero_vad("silero_vad_v6")


def test_a_hidden_package_is_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "silero_vad", None)
    assert wheels.file_in_wheel("silero_vad", "data/silero_vad.onnx") is None


def test_an_unknown_variant_is_refused():
    with pytest.raises(ParameterError, match="sequence"):
        silero_vad("v9")


@needs_silero
def test_many_threads_load_a_session_once(monkeypatch):
    pytest.importorskip("onnxruntime")
    sessions = Sessions()
    loads = []
    real = sessions._load
    monkeypatch.setattr(sessions, "_load", lambda path: loads.append(path) or real(path))
    path, seen = silero_vad().path, []
    threads = [threading.Thread(target=lambda: seen.append(sessions.get(path))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert len(seen) == 12
    assert len({id(session) for session in seen}) == 1


def test_a_damaged_file_is_refused(tmp_path):
    pytest.importorskip("onnxruntime")
    path = tmp_path / "weights.onnx"
    path.write_bytes(b"no protobuf of a model" * 10)
    with pytest.raises(ModelUnavailable, match=r"weights\.onnx"):
        Sessions().get(path)
