"""A torch network as an ONNX file, and that with weights of eight bits."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable, OptimisationRefused
from audiokit.models.conv_products import convolutions_to_products

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LIBRARIES", "RECIPE", "export_onnx", "quantise", "single_output"]

LIBRARIES = ("torch", "transformers", "timm", "onnx", "onnxscript", "onnxruntime")
"""Whose versions decide what an exported file looks like."""

RECIPE = 2
"""Of what is exported and how: files of another one are no longer used."""

_CURE = "`pip install onnx onnxscript`."
_LARGEST_IN_ONE_FILE = 1_500_000_000  # protobuf ends at 2 GiB
# Convolutions that stay such are left alone: onnxruntime runs ConvInteger slower than float on most processors.
_QUANTISED = ("MatMul", "Gemm")
_FEWEST_ROWS = 16  # a product with a thinner matrix costs less than quantising what goes into it


def single_output(model: Any) -> Any:
    """Wrap a network so that it returns its logits as one tensor, as ``.logits`` of what transformers' return."""
    import torch

    class Logits(torch.nn.Module):  # type: ignore[misc]  # torch is not followed
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: Any) -> Any:
            answer = self.model(*inputs)
            return answer if isinstance(answer, torch.Tensor) else answer.logits

    return Logits().eval()


def export_onnx(
    model: Any,
    example: Sequence[NDArray[Any]],
    path: Path,
    *,
    input_names: Sequence[str],
    dynamic_axes: Sequence[int] = (0,),
) -> None:
    """Write a network as ONNX.

    Parameters
    ----------
    model : torch.nn.Module
        Whose output is a tensor, or has ``.logits``.
    example : sequence of ndarray
        One for each input. With one item in the batch it is doubled: the exporter would take the 1 for a constant.
    path : pathlib.Path
        The file; weights of more than 1.5 GB lie beside it.
    input_names : sequence of str
        One for each input; the output is called ``logits``.
    dynamic_axes : sequence of int
        Axes of every input whose length may change.

    Raises
    ------
    LibraryUnavailable
        If torch, onnx or onnxscript is not installed.
    OptimisationRefused
        If the exporter cannot follow the network.
    """
    try:
        import onnx  # noqa: F401 - the exporter's own message comes late
        import onnxscript  # noqa: F401
        import torch
    except ImportError as error:
        raise LibraryUnavailable(f"{error.name}, which exports networks, is not installed.", cure=_CURE) from error
    tensors = tuple(
        torch.from_numpy(np.ascontiguousarray(array if len(array) > 1 else np.repeat(array, 2, axis=0)))
        for array in example
    )
    free = dict.fromkeys(dynamic_axes, torch.export.Dim.DYNAMIC)
    shapes = (tuple({axis: dim for axis, dim in free.items() if axis < tensor.ndim} for tensor in tensors),)
    size = sum(int(tensor.numel() * tensor.element_size()) for tensor in model.parameters())
    wrapped = single_output(model)
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                wrapped,
                tensors,
                str(path),
                input_names=list(input_names),
                output_names=["logits"],
                dynamic_shapes=shapes,
                dynamo=True,
                external_data=size > _LARGEST_IN_ONE_FILE,
                verbose=False,
            )
    except MemoryError:
        raise
    except Exception as error:  # the exporter wraps errors of everything below it in its own
        raise OptimisationRefused(
            f"The network cannot be exported to ONNX ({type(error).__name__}: {_first_line(error)}).",
            cure="Use optimization_level=0.",
        ) from error


def quantise(source: Path, target: Path) -> str:
    """Write an ONNX file again with matrix weights of eight bits; activations are quantised as they come.

    Parameters
    ----------
    source, target : pathlib.Path
        The exported file, and where the other goes.

    Returns
    -------
    str
        How much of the network it concerns.

    Raises
    ------
    LibraryUnavailable
        If onnx is not installed.
    OptimisationRefused
        If nothing in the network is served by it, or the quantiser fails.
    """
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as error:
        raise LibraryUnavailable(f"{error.name}, which quantises, is not installed.", cure=_CURE) from error
    network = onnx.load(str(source))
    before = Counter(node.op_type for node in network.graph.node)
    convolutions_to_products(network)
    excluded = _left_alone(network)
    del network.graph.value_info[:]  # shapes that the exporter noted; the quantiser's own inference trips over them
    bare = target.with_name("bare.onnx")
    try:
        onnx.save(network, str(bare), save_as_external_data=_is_large(network))
        del network
        with _without_a_root_logger():
            quantize_dynamic(
                str(bare),
                str(target),
                op_types_to_quantize=list(_QUANTISED),
                per_channel=True,
                # processors without VNNI add two products of eight bits in sixteen, which overflows with all eight
                reduce_range=True,
                nodes_to_exclude=excluded,
                weight_type=QuantType.QInt8,
                use_external_data_format=target.with_name("bare.onnx.data").exists(),
            )
    except MemoryError:
        raise
    except Exception as error:  # protobuf's and onnx's own
        raise OptimisationRefused(f"The network cannot be quantised ({_first_line(error)}).") from error
    finally:
        for path in target.parent.glob("bare.onnx*"):
            path.unlink()
    after = Counter(node.op_type for node in onnx.load(str(target), load_external_data=False).graph.node)
    count = after["MatMulInteger"] + after["QGemm"] + after["DynamicQuantizeMatMul"]
    everything = before["MatMul"] + before["Gemm"] + before["Conv"]
    if not count:
        raise OptimisationRefused(
            f"int8 serves nothing in this network: of {everything} products none has constant weights.",
            cure="Use optimization_level=1.",
        )
    return f"int8 weights in {count} of {everything} products"


def _left_alone(network: Any) -> list[str]:
    """Names of products that stay as they are: those that give the answer, and thin ones."""
    rows = {weight.name: weight.dims[0] for weight in network.graph.initializer if len(weight.dims) == 2}
    answers = {value.name for value in network.graph.output}
    return [
        node.name
        for node in network.graph.node
        if node.op_type in _QUANTISED
        and (set(node.output) & answers or rows.get(node.input[1], _FEWEST_ROWS) < _FEWEST_ROWS)
    ]


def _is_large(network: Any) -> bool:
    return bool(network.ByteSize() > _LARGEST_IN_ONE_FILE)


@contextlib.contextmanager
def _without_a_root_logger() -> Iterator[None]:
    """The quantiser advises through the root logger, which would give the whole process a handler for it."""
    silent = logging.NullHandler()
    if not logging.root.handlers:
        logging.root.addHandler(silent)
    try:
        yield
    finally:
        logging.root.removeHandler(silent)


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else repr(error)
