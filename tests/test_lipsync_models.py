"""Our networks, their files, and files of others: same numbers, any batch, other shapes refused."""

import threading

import numpy as np
import pytest

from audiokit.errors import LibraryUnavailable, ModelRefused, ModelUnavailable, ParameterError
from audiokit.lipsync import Encoder, Generator
from audiokit.lipsync.bound_model import BoundModel
from audiokit.lipsync.shapes import Port, fit

pytest.importorskip("onnxruntime")


def torch_and_export():
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    return torch


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Small networks with random weights, told apart by their seed, and their files."""
    torch = torch_and_export()
    from audiokit.lipsync.export import export_encoder, export_generator
    from audiokit.lipsync.networks import AudioEncoder, MouthGenerator

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("lipsync")
    encoder, generator = AudioEncoder(8), MouthGenerator(48, 8)
    for network in (encoder, generator):  # norms that have seen something, as after training
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.uniform_(-0.2, 0.2)
                module.running_var.uniform_(0.5, 1.5)
    apart = export_encoder(encoder, folder / "encoder.onnx"), export_generator(generator, folder / "generator.onnx")
    return encoder.eval(), generator.eval(), folder, apart


def windows(count, seed=0):
    return np.random.default_rng(seed).uniform(-4, 4, (count, 1, 80, 16)).astype(np.float32)


def heard(count, size=48, seed=0):
    generator = np.random.default_rng(seed)
    visual = generator.random((count, 6, size, size)).astype(np.float32)
    return visual, generator.standard_normal((count, 512)).astype(np.float32)


def test_files_compute_what_the_networks_do(exported):
    torch = torch_and_export()
    encoder, generator, folder, apart = exported
    assert max(apart) <= 1e-4
    with torch.no_grad():
        wanted = encoder(torch.from_numpy(windows(7))).numpy()
        np.testing.assert_allclose(Encoder(folder / "encoder.onnx")(windows(7)), wanted, rtol=0, atol=1e-4)
        visual, audio = heard(5)
        wanted = generator(torch.from_numpy(visual), torch.from_numpy(audio)).numpy()
    found = Generator(folder / "generator.onnx")(visual, audio)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)
    assert found.std() > 1e-3


def test_a_batch_is_its_items(exported):
    folder = exported[2]
    run = Encoder(folder / "encoder.onnx")
    whole = run(windows(9))
    one_by_one = np.concatenate([run(windows(9)[i : i + 1]) for i in range(9)])
    np.testing.assert_allclose(whole, one_by_one, rtol=0, atol=1e-5)
    make = Generator(folder / "generator.onnx")
    visual, audio = heard(6)
    whole = make(visual, audio).copy()
    one_by_one = np.concatenate([make(visual[i : i + 1], audio[i : i + 1]).copy() for i in range(6)])
    np.testing.assert_allclose(whole, one_by_one, rtol=0, atol=1e-5)
    assert run(windows(0)).shape == (0, 512)
    assert make(visual[:0], audio[:0]).shape == (0, 3, 48, 48)


def test_memory_is_kept_and_shared_with_nobody(exported):
    make = Generator(exported[2] / "generator.onnx")
    visual, audio = heard(4)
    first = make(visual, audio)
    assert not first.flags.writeable
    again = make(visual[:2], audio[:2])
    assert np.shares_memory(first, again), "a call allocates nothing"
    own = make.own()
    assert not np.shares_memory(own(visual, audio), make(visual, audio))


def test_threads_with_memory_of_their_own(exported):
    make = Generator(exported[2] / "generator.onnx")
    wrong = []

    def work(seed):
        own = make.own()
        visual, audio = heard(3, seed=seed)
        wanted = own(visual, audio).copy()
        for _ in range(20):
            if not np.array_equal(own(visual, audio), wanted):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("shape", [(2, 1, 80, 17), (2, 80, 16), (2, 1, 16, 80)])
def test_windows_of_another_shape(exported, shape):
    with pytest.raises(ParameterError, match="80, 16"):
        Encoder(exported[2] / "encoder.onnx")(np.zeros(shape, np.float32))


def test_pictures_of_another_shape(exported):
    make = Generator(exported[2] / "generator.onnx")
    visual, audio = heard(2)
    for wrong in (visual[:, :3], visual[..., :40], visual.transpose(0, 2, 3, 1)):
        with pytest.raises(ParameterError, match=r"\(N, 6, 48, 48\)"):
            make(wrong, audio)
    with pytest.raises(ParameterError):
        make(visual, audio[:1])


def test_a_model_of_another_kind_is_refused_with_both_shapes(exported):
    folder = exported[2]
    with pytest.raises(ModelRefused, match=r"visual \[.*6, 48, 48\].*\[N, 1, 80, 16\]"):
        Encoder(folder / "generator.onnx")
    with pytest.raises(ModelRefused, match=r"mel \[.*1, 80, 16\].*\[N, 6, H, W\]"):
        Generator(folder / "encoder.onnx")
    with pytest.raises(ModelRefused, match="96"):
        Generator(folder / "generator.onnx", size=96)


def test_files_that_are_none(tmp_path):
    with pytest.raises(ModelUnavailable, match="no model at"):
        Encoder(tmp_path / "none.onnx")
    (tmp_path / "words.onnx").write_text("not a model")
    with pytest.raises(ModelRefused, match="cannot be loaded"):
        Encoder(tmp_path / "words.onnx")


def test_devices(exported):
    path = exported[2] / "encoder.onnx"
    with pytest.raises(ParameterError, match="device"):
        Encoder(path, device="tpu")
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        with pytest.raises(LibraryUnavailable, match="CUDA"):
            Encoder(path, device="cuda")


def test_somebody_else_s_file_with_a_batch_of_one(tmp_path):
    """Names, order and batch as others export them; two inputs are told apart by their axes."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("ReduceMean", ["a", "axis"], ["m"], keepdims=1),
        helper.make_node("Reshape", ["m", "four"], ["n"]),
        helper.make_node("Slice", ["v", "zero", "three", "axis"], ["p"]),
        helper.make_node("Add", ["p", "n"], ["out"]),
    ]
    constants = [
        helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
        helper.make_tensor("four", TensorProto.INT64, [4], [1, 1, 1, 1]),
        helper.make_tensor("zero", TensorProto.INT64, [1], [0]),
        helper.make_tensor("three", TensorProto.INT64, [1], [3]),
    ]
    graph = helper.make_graph(
        nodes,
        "theirs",
        [
            helper.make_tensor_value_info("a", TensorProto.FLOAT, [1, 512]),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, [1, 6, "h", "w"]),
        ],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 3, "h", "w"])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, tmp_path / "theirs.onnx")
    with pytest.raises(ModelRefused, match="size free"):
        Generator(tmp_path / "theirs.onnx")
    make = Generator(tmp_path / "theirs.onnx", size=32)
    visual, audio = heard(3, 32)
    wanted = visual[:, :3] + audio.mean(axis=1)[:, np.newaxis, np.newaxis, np.newaxis]
    np.testing.assert_allclose(make(visual, audio), wanted, rtol=0, atol=1e-5)


def test_ports_are_found_by_their_axes():
    visual, audio = Port("x", (None, 6, 96, 96)), Port("y", ("batch", 512))
    assert fit([audio, visual], [("N", 6, "H", "W"), ("N", 512)], model="m", side="input") == [visual, audio]
    for wrong in (
        [visual],
        [visual, Port("y", (None, 256))],
        [visual, Port("y", (None, 512), "tensor(float16)")],
        [audio, audio],
        [],
    ):
        with pytest.raises(ModelRefused, match="is wanted"):
            fit(wrong, [("N", 6, "H", "W"), ("N", 512)], model="m", side="input")


def test_a_fixed_batch_is_refused_unless_it_is_one(monkeypatch, tmp_path):
    from audiokit.lipsync import bound_model

    class Node:
        type = "tensor(float)"

        def __init__(self, name, shape):
            self.name, self.shape = name, shape

    class Session:
        def __init__(self, batch):
            self.batch = batch

        def get_inputs(self):
            return [Node("x", [self.batch, 1, 80, 16])]

        def get_outputs(self):
            return [Node("y", [self.batch, 512])]

    monkeypatch.setattr(bound_model, "_session", lambda *_: Session(4))
    with pytest.raises(ModelRefused, match="fixed at 4"):
        BoundModel(tmp_path / "x.onnx", [("N", 1, 80, 16)], ("N", 512))
    monkeypatch.setattr(bound_model, "_session", lambda *_: Session(1))
    assert BoundModel(tmp_path / "x.onnx", [("N", 1, 80, 16)], ("N", 512))._one_by_one


def test_networks_refuse_what_they_cannot_take():
    torch = pytest.importorskip("torch")
    from audiokit.lipsync.networks import AudioEncoder, MouthGenerator

    with pytest.raises(ParameterError, match="multiple of 16"):
        MouthGenerator(100)
    with pytest.raises(ParameterError, match="80, 16"):
        AudioEncoder(4)(torch.zeros(1, 1, 80, 20))
    assert MouthGenerator(320, 4).eval()(torch.zeros(1, 6, 320, 320), torch.zeros(1, 512)).shape == (1, 3, 320, 320)
