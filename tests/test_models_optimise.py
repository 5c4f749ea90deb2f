"""Faster forms of networks: equal within the tolerance, or refused with the numbers."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")
pytest.importorskip("transformers")

import tiny_models as tiny  # noqa: E402

from audiokit.errors import LibraryUnavailable, OptimisationRefused, ParameterError  # noqa: E402
from audiokit.models import runners  # noqa: E402
from audiokit.models.canary import canary_pictures, canary_sounds  # noqa: E402
from audiokit.models.export_cache import ExportCache  # noqa: E402
from audiokit.models.optimise import LEVELS, optimise  # noqa: E402
from audiokit.models.parity import Tolerance  # noqa: E402


def exporter():
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")


def never():
    raise AssertionError("the network was made")


@pytest.fixture
def cache(tmp_path):
    return ExportCache([tmp_path / "exports"])


@pytest.fixture(scope="module")
def sounds():
    return [canary_sounds(seconds=0.5)[:3], canary_sounds(seconds=0.8)]


@pytest.fixture(scope="module")
def exported(tmp_path_factory, sounds):
    """A tiny wav2vec2 classifier, exported at levels 1 and 2 once."""
    exporter()
    model = tiny.audio_classifier()
    with torch.no_grad():
        model.classifier.weight.mul_(0.05)
    folder = tmp_path_factory.mktemp("exports")
    options = {"key": "tiny", "cache": ExportCache([folder]), "input_names": ["input_values"], "dynamic_axes": (0, 1)}
    options["tolerance"] = Tolerance(0.3, 0.6)  # random weights leave ties between classes, which trained ones do not
    found = [optimise(lambda: model, sounds, optimization_level=level, **options) for level in (1, 2)]
    return model, folder, options, found


def test_level_0_is_the_network_itself(sounds, cache):
    model = tiny.audio_classifier()
    found = optimise(lambda: model, sounds, optimization_level=0, key="x", cache=cache)
    with torch.inference_mode():
        wanted = model(torch.from_numpy(sounds[1])).logits.numpy()
    np.testing.assert_array_equal(found(sounds[1]), wanted)
    assert (found.level, found.backend, found.parity, found.path) == (0, "torch", None, None)


def test_onnx_equals_torch_at_any_batch_and_length(exported):
    model, _, _, (onnx, _) = exported
    assert onnx.backend == "onnxruntime"
    assert onnx.parity.passed
    assert onnx.parity.inputs == 9
    assert onnx.parity.largest_difference < 1e-4
    for seconds, count in ((0.3, 1), (1.1, 5)):
        batch = canary_sounds(seconds=seconds)[:count]
        with torch.inference_mode():
            wanted = model(torch.from_numpy(batch)).logits.numpy()
        np.testing.assert_allclose(onnx(batch), wanted, atol=1e-4)


def test_int8_is_smaller_and_within_its_tolerance(exported):
    _, _, _, (onnx, int8) = exported
    assert int8.backend == "onnxruntime int8"
    assert int8.parity.passed
    assert 0 < int8.parity.largest_difference <= int8.parity.tolerance.difference
    assert int8.path.stat().st_size < onnx.path.stat().st_size
    assert any(note.startswith("int8 weights in ") for note in int8.notes)
    assert "largest difference" in repr(int8)


def test_the_next_time_neither_torch_nor_the_network_is_needed(exported, sounds):
    _, _, options, (onnx, int8) = exported
    for level, before in ((1, onnx), (2, int8)):
        again = optimise(never, sounds, optimization_level=level, **options)
        assert again.path == before.path
        assert again.parity == before.parity  # measured again, against the answers that were kept
        np.testing.assert_array_equal(again(sounds[0]), before(sounds[0]))


def test_other_inputs_ask_the_network_again(exported, sounds):
    model, _, options, _ = exported
    asked = []
    found = optimise(lambda: asked.append(1) or model, [sounds[0]], optimization_level=1, **options)
    assert asked == [1]
    assert found.parity.inputs == 3


def test_one_flipped_byte_in_an_export_is_not_used(exported, sounds, tmp_path):
    model, folder, options, (onnx, _) = exported
    shutil.copytree(folder, tmp_path / "exports")
    damaged = tmp_path / "exports" / onnx.path.parent.name / "model.onnx"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    options = {**options, "cache": ExportCache([tmp_path / "exports"])}
    with pytest.raises(AssertionError, match="was made"):
        optimise(never, sounds, **options)
    again = optimise(lambda: model, sounds, **options)
    assert again.path == damaged
    assert again.parity.passed


def test_the_gate_stays_shut_and_says_by_how_much(exported, sounds):
    _, _, options, _ = exported
    options = {**options, "tolerance": Tolerance(1e-6, 1.0)}
    with pytest.raises(OptimisationRefused, match="largest difference") as caught:
        optimise(never, sounds, optimization_level=2, **options)
    assert "tolerance" in caught.value.cure
    lower = optimise(never, sounds, optimization_level=2, on_refusal="lower", **options)
    assert lower.level == 1  # whose own tolerance is the level's
    assert "level 2 (ONNX with int8 weights) was refused: onnxruntime int8 differs" in lower.notes[0]


def test_a_wrong_form_is_caught(exported, sounds, monkeypatch):
    _, _, options, _ = exported
    real = runners.onnx_runner
    wrong = lambda path, providers, *, threads: lambda *a: -real(path, providers, threads=threads)(*a)  # noqa: E731
    monkeypatch.setattr("audiokit.models.optimise.onnx_runner", wrong)
    with pytest.raises(OptimisationRefused, match="the same class for"):
        optimise(never, sounds, **options)


def test_a_runtime_that_fails_is_refused(exported, sounds, monkeypatch):
    _, _, options, _ = exported

    def broken(*_, **__):
        def run(*_):
            raise RuntimeError("kernel missing")

        return run

    monkeypatch.setattr("audiokit.models.optimise.onnx_runner", broken)
    with pytest.raises(OptimisationRefused, match="kernel missing"):
        optimise(never, sounds, **options)


def test_a_picture_network_is_exported_and_int8_says_how_little_it_serves(cache):
    exporter()
    pytest.importorskip("timm")
    model = tiny.picture_network(architecture="test_efficientnet")
    pictures = [canary_pictures(1, 64, 64)]
    options = {"key": "picture", "cache": cache, "tolerance": Tolerance(0.1, 0.6)}
    onnx = optimise(lambda: model, pictures, **options)
    np.testing.assert_allclose(onnx(pictures[0][:1]), runners.torch_runner(model)(pictures[0][:1]), atol=1e-3)
    int8 = optimise(lambda: model, pictures, optimization_level=2, **options)
    assert int8.notes[0].startswith("int8 weights in 1 of ")


def test_a_spectrogram_transformer_is_exported(cache):
    exporter()
    model = tiny.spectrogram_transformer()
    batch = np.random.default_rng(0).normal(0, 1, (3, 64, 32)).astype(np.float32)
    assert optimise(lambda: model, [batch], key="ast", cache=cache, activation="sigmoid").parity.passed


def test_what_cannot_be_exported_or_quantised_is_refused(cache):
    exporter()

    class Odd(torch.nn.Module):
        def forward(self, x):
            return torch.from_numpy(np.linalg.inv(x.numpy()))

    class Plain(torch.nn.Module):
        def forward(self, x):
            return torch.relu(x)

    batch = [np.eye(3, dtype=np.float32)]
    with pytest.raises(OptimisationRefused, match="cannot be exported"):
        optimise(Odd, batch, key="odd", cache=cache, activation="none")
    lower = optimise(Odd, batch, key="odd", cache=cache, activation="none", optimization_level=2, on_refusal="lower")
    assert lower.level == 0
    assert len(lower.notes) == 2
    with pytest.raises(OptimisationRefused, match="int8 serves nothing"):
        optimise(Plain, batch, key="plain", cache=cache, activation="none", optimization_level=2)
    assert not [path for path in (cache._folders[0]).iterdir() if path.name.startswith(".making")]


def test_quantising_leaves_the_root_logger_alone(exported):
    assert not [handler for handler in logging.root.handlers if type(handler) is logging.NullHandler]


def test_without_the_exporter_the_cure_is_named(cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(LibraryUnavailable, match="pip install onnx"):
        optimise(tiny.audio_classifier, [canary_sounds(seconds=0.3)], key="x", cache=cache)


def test_tensorrt_is_taken_only_where_it_really_is(exported, sounds, monkeypatch):
    """onnxruntime falls back to the processor in silence; that must not be called TensorRT."""
    _, _, options, _ = exported
    monkeypatch.setattr("audiokit.models.optimise.tensorrt_there", lambda: True)
    if runners.tensorrt_there():
        pytest.skip("there is TensorRT here")
    with pytest.raises(OptimisationRefused, match="without TensorrtExecutionProvider"):
        optimise(never, sounds, optimization_level=3, **options)
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["TensorrtExecutionProvider"])
    with (
        pytest.warns(UserWarning, match="provider"),
        pytest.raises(OptimisationRefused, match="in place of TensorrtExecutionProvider"),
    ):
        optimise(never, sounds, optimization_level=3, **options)


def test_torch_compile_goes_through_the_same_gate(cache, monkeypatch):
    """The compiler itself is not run here (it takes half a minute); what it returns is."""
    model = torch.nn.Linear(4, 3)
    batch = [np.random.default_rng(0).normal(0, 1, (5, 4)).astype(np.float32)]
    monkeypatch.setattr("audiokit.models.optimise.tensorrt_there", lambda: False)
    monkeypatch.setattr(torch, "compile", lambda module: module)
    found = optimise(lambda: model, batch, optimization_level=3, key="linear", cache=cache)
    assert (found.level, found.backend) == (3, "torch.compile")
    assert found.parity.largest_difference == 0
    monkeypatch.setattr(torch, "compile", lambda module: lambda x: module(x) + torch.arange(3) * 5)
    with pytest.raises(OptimisationRefused, match=r"torch\.compile differs"):
        optimise(lambda: model, batch, optimization_level=3, key="linear", cache=cache)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None and shutil.which("cl") is None, reason="torch.compile wants a compiler")
def test_torch_compile_itself(cache, monkeypatch):
    monkeypatch.setattr("audiokit.models.optimise.tensorrt_there", lambda: False)
    model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3)).eval()
    batch = [np.random.default_rng(0).normal(0, 1, (5, 8)).astype(np.float32)]
    found = optimise(lambda: model, batch, optimization_level=3, key="net", cache=cache)
    assert found.parity.passed


@pytest.mark.parametrize(
    "wrong", [{"optimization_level": 4}, {"optimization_level": -1}, {"on_refusal": "ignore"}, {"inputs": []}]
)
def test_wrong_arguments_are_refused(cache, wrong):
    options = {"inputs": [np.zeros((1, 2), np.float32)], "key": "x", "cache": cache, **wrong}
    with pytest.raises(ParameterError):
        optimise(never, **options)
    assert list(LEVELS) == [0, 1, 2, 3]


def test_a_process_that_finds_its_export_never_imports_torch(exported, sounds, tmp_path):
    _, folder, _, _ = exported
    np.savez(tmp_path / "sounds.npz", *sounds)
    code = f"""
import sys, numpy as np
from pathlib import Path
from audiokit.models.export_cache import ExportCache
from audiokit.models.optimise import optimise
from audiokit.models.parity import Tolerance
arrays = np.load({str(tmp_path / "sounds.npz")!r})
found = optimise(None, [arrays["arr_0"], arrays["arr_1"]], key="tiny", cache=ExportCache([Path({str(folder)!r})]),
                 optimization_level=2, tolerance=Tolerance(0.3, 0.6), input_names=["input_values"], dynamic_axes=(0, 1))
print(found.backend, found.parity.passed, "torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "onnxruntime int8 True False"
