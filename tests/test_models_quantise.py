"""Weights of eight bits: which products get them, and that none overflows."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from audiokit.errors import OptimisationRefused  # noqa: E402 - onnx first, or skipped
from audiokit.models.onnx_export import quantise  # noqa: E402


def chain(path, *weights):
    """Products one after the other; the last one gives the answer."""
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    names = ["x", *(f"h{n}" for n in range(1, len(weights))), "logits"]
    nodes = [
        helper.make_node("MatMul", [names[n], f"w{n}"], [names[n + 1]], f"product{n}") for n in range(len(weights))
    ]
    graph = helper.make_graph(
        nodes, "chain",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", weights[0].shape[0]])],
        [helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["n", weights[-1].shape[1]])],
        [numpy_helper.from_array(weight.astype(np.float32), f"w{n}") for n, weight in enumerate(weights)],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), str(path))
    return path


def answers(path, x):
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def test_thin_products_and_the_answer_are_left_alone(tmp_path, rng):
    source = chain(tmp_path / "a.onnx", *(rng.standard_normal(shape) for shape in ((10, 64), (64, 64), (64, 8))))
    said = quantise(source, tmp_path / "b.onnx")
    assert said == "int8 weights in 1 of 3 products"
    kinds = Counter(node.op_type for node in onnx.load(str(tmp_path / "b.onnx")).graph.node)
    assert (kinds["MatMul"], kinds["MatMulInteger"] + kinds["DynamicQuantizeMatMul"]) == (2, 1)
    x = rng.standard_normal((5, 10)).astype(np.float32)
    wanted = answers(source, x)
    np.testing.assert_allclose(answers(tmp_path / "b.onnx", x), wanted, atol=0.05 * np.abs(wanted).max())


def test_large_numbers_do_not_overflow(tmp_path, rng):
    """Products without VNNI are added in pairs of 16 bits, which full weights and full inputs would exceed."""
    ones = np.ones((64, 64))
    source = chain(tmp_path / "a.onnx", ones, np.eye(64))
    quantise(source, tmp_path / "b.onnx")
    x = np.ones((3, 64), dtype=np.float32)
    np.testing.assert_allclose(answers(tmp_path / "b.onnx", x), 64.0, rtol=0.02)


def test_a_network_with_nothing_to_quantise_is_refused(tmp_path, rng):
    source = chain(tmp_path / "a.onnx", rng.standard_normal((10, 8)))
    with pytest.raises(OptimisationRefused, match="serves nothing"):
        quantise(source, tmp_path / "b.onnx")
    assert not list(tmp_path.glob("bare*"))
