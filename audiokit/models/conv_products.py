"""Convolutions over time as products of matrices, in an ONNX graph: so their weights can have eight bits like the rest.

wav2vec2 and its relatives begin with seven convolutions over the waveform, which take a third of the time of a network
whose other products have eight bits. A convolution whose stride is nearly its width is a product in which few samples
are taken twice. And where a normalisation of the channels follows, channels are moved to the end and back each time; as
a product wants them at the end, onnxruntime can leave them there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["convolutions_to_products"]

_TO_THE_END = 2**63 - 1
_WIDEST = 16  # samples; wider ones would be copied too often


def convolutions_to_products(network: Any) -> int:
    """Replace convolutions over one axis of time, in place.

    Parameters
    ----------
    network : onnx.ModelProto
        Replaced are convolutions of three axes with constant weights, without groups, padding and dilation. The
        outcome is the same but for rounding.

    Returns
    -------
    int
        How many were replaced.
    """
    from onnx import numpy_helper

    weights = {one.name: one for one in network.graph.initializer}
    nodes: list[Any] = []
    count = 0
    for node in network.graph.node:
        if _is_plain(node, weights):
            kernel = numpy_helper.to_array(weights[node.input[1]])
            nodes += _product(network.graph, node, kernel, f"conv_product_{count}")
            count += 1
        else:
            nodes.append(node)
    del network.graph.node[:]
    network.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [one for one in network.graph.initializer if one.name in used]
    del network.graph.initializer[:]
    network.graph.initializer.extend(kept)
    return count


def _is_plain(node: Any, weights: dict[str, Any]) -> bool:
    if node.op_type != "Conv" or node.input[1] not in weights or len(weights[node.input[1]].dims) != 3:
        return False
    said = {one.name: one for one in node.attribute}
    ones = all(value == 1 for value in _integers(said, "dilations"))
    apart = said["group"].i == 1 if "group" in said else True
    padded = any(_integers(said, "pads")) or ("auto_pad" in said and said["auto_pad"].s not in (b"NOTSET", b"VALID"))
    return ones and apart and not padded and weights[node.input[1]].dims[2] <= _WIDEST


def _integers(said: dict[str, Any], name: str) -> list[int]:
    return list(said[name].ints) if name in said else []


def _product(graph: Any, conv: Any, kernel: Any, name: str) -> list[Any]:
    """Nodes that do what a convolution does: windows side by side, times the kernel as a matrix."""
    from onnx import helper, numpy_helper

    said = {one.name: one for one in conv.attribute}
    width, stride = kernel.shape[2], (_integers(said, "strides") or [1])[0]

    def constant(suffix: str, values: Any) -> str:
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), f"{name}_{suffix}"))
        return f"{name}_{suffix}"

    def node(kind: str, inputs: list[str], suffix: str, **options: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [f"{name}_{suffix}"], f"{name}_{suffix}", **options))
        return f"{name}_{suffix}"

    nodes: list[Any] = []
    sound = node("Transpose", [conv.input[0]], "in", perm=[0, 2, 1])
    axis, step = constant("axis", np.array([1])), constant("step", np.array([stride]))
    taken = []
    for first in range(width):
        left = width - 1 - first  # samples that a window has after this one
        ends = np.array([-left if left else _TO_THE_END])
        limits = [constant(f"start_{first}", np.array([first])), constant(f"end_{first}", ends)]
        taken.append(node("Slice", [sound, *limits, axis, step], f"taken_{first}"))
    windows = node("Concat", taken, "windows", axis=2)
    # (out, in, width) -> (width * in, out): rows in the order in which the windows are laid out
    matrix = constant("matrix", kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0]))
    found = node("MatMul", [windows, matrix], "product")
    if len(conv.input) > 2 and conv.input[2]:
        found = node("Add", [found, conv.input[2]], "biased")
    nodes.append(helper.make_node("Transpose", [found], list(conv.output), f"{name}_out", perm=[0, 2, 1]))
    return nodes
