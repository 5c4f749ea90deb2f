"""What runs a network: torch, onnxruntime with one provider and no silent other, or what torch.compile makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable, OptimisationRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["compiled_runner", "onnx_runner", "tensorrt_there", "torch_runner"]

Runner = Callable[..., "NDArray[np.float32]"]
_TENSORRT = "TensorrtExecutionProvider"


def torch_runner(model: Any, device: str = "cpu") -> Runner:
    """Run a torch module: arrays in, its logits out."""
    import torch

    def run(*inputs: NDArray[Any]) -> NDArray[np.float32]:
        with torch.inference_mode():
            answer = model(*(torch.from_numpy(np.ascontiguousarray(array)).to(device) for array in inputs))
        logits = answer if isinstance(answer, torch.Tensor) else answer.logits
        return np.asarray(logits.float().cpu().numpy(), dtype=np.float32)

    return run


def compiled_runner(model: Any, device: str = "cpu") -> Runner:
    """Run what ``torch.compile`` makes of a module; compiled when it first runs, which takes a compiler."""
    import torch

    compiled = torch.compile(model)

    def run(*inputs: NDArray[Any]) -> NDArray[np.float32]:
        # not in inference mode, whose tensors the compiler would guard against one by one
        with torch.no_grad():
            answer = compiled(*(torch.from_numpy(np.ascontiguousarray(array)).to(device) for array in inputs))
        logits = answer if isinstance(answer, torch.Tensor) else answer.logits
        return np.asarray(logits.float().cpu().numpy(), dtype=np.float32)

    return run


def tensorrt_there() -> bool:
    """Whether onnxruntime was built with TensorRT."""
    try:
        import onnxruntime
    except ImportError:
        return False
    return _TENSORRT in onnxruntime.get_available_providers()


def onnx_runner(path: Path, providers: Sequence[str], *, threads: int | None = None) -> Runner:
    """Run an ONNX file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    providers : sequence of str
        What runs it. onnxruntime takes another one where it cannot load the first; that is refused here.
    threads : int, optional
        Inside an operator.

    Raises
    ------
    LibraryUnavailable
        If onnxruntime is not installed.
    OptimisationRefused
        If it cannot load the file, or not with that provider.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise LibraryUnavailable("onnxruntime is not installed.", cure="`pip install onnxruntime`.") from error
    if providers[0] not in onnxruntime.get_available_providers():
        raise OptimisationRefused(f"This onnxruntime was built without {providers[0]}.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(str(path), sess_options=options, providers=list(providers))
    except Exception as error:  # onnxruntime's own exceptions share no base class but Exception
        raise OptimisationRefused(f"onnxruntime cannot load {path} ({str(error).splitlines()[0]}).") from error
    taken = session.get_providers()[0]
    if taken != providers[0]:
        raise OptimisationRefused(f"onnxruntime would run {path} with {taken} in place of {providers[0]}.")
    names = [value.name for value in session.get_inputs()]

    def run(*inputs: NDArray[Any]) -> NDArray[np.float32]:
        feed = {name: np.ascontiguousarray(array) for name, array in zip(names, inputs, strict=True)}
        return np.asarray(session.run(None, feed)[0], dtype=np.float32)

    return run
