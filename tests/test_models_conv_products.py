"""Convolutions over time as products: the same numbers for any width, stride and length, and others left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from audiokit.models.conv_products import convolutions_to_products  # noqa: E402 - onnx first, or skipped


def network(kernel, bias=None, **options):
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    weights = [numpy_helper.from_array(kernel.astype(np.float32), "kernel")]
    if bias is not None:
        weights.append(numpy_helper.from_array(bias.astype(np.float32), "bias"))
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", *(one.name for one in weights)], ["y"], "conv", **options)], "one",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None] * kernel.ndim)],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None] * kernel.ndim)], weights,
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def answer(model, x):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


@given(
    width=st.integers(1, 10), stride=st.integers(1, 6), inside=st.integers(1, 3), more=st.integers(0, 40),
    with_bias=st.booleans(),
)  # fmt: skip
def test_the_numbers_are_the_same(width, stride, inside, more, with_bias):
    generator = np.random.default_rng([width, stride, inside, more])
    kernel = generator.standard_normal((4, inside, width))
    model = network(kernel, generator.standard_normal(4) if with_bias else None, strides=[stride])
    x = generator.standard_normal((2, inside, width + more)).astype(np.float32)
    wanted = answer(model, x)
    assert convolutions_to_products(model) == 1
    onnx.checker.check_model(model)
    assert "Conv" not in {node.op_type for node in model.graph.node}
    assert "kernel" not in {one.name for one in model.graph.initializer}  # its matrix takes as much memory again
    np.testing.assert_allclose(answer(model, x), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((4, 2, 3), {"pads": [1, 1]}),
        ((4, 2, 3), {"dilations": [2]}),
        ((4, 1, 3), {"group": 2}),
        ((4, 2, 3), {"auto_pad": "SAME_UPPER"}),
        ((4, 2, 128), {}),
        ((4, 2, 3, 3), {}),
    ],
)
def test_others_are_left_alone(shape, options):
    model = network(np.ones(shape), **options)
    before = model.SerializeToString()
    assert convolutions_to_products(model) == 0
    assert model.SerializeToString() == before
