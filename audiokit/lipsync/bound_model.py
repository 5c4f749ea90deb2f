"""An ONNX model whose inputs and outputs lie in memory that is kept and bound: a call allocates nothing."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable, ModelRefused, ModelUnavailable, ParameterError
from audiokit.lipsync.shapes import Port, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["BoundModel"]


class BoundModel:
    """Run a model with one output; not for several threads at once (see `own`).

    Parameters
    ----------
    path : path
        ONNX file.
    inputs, output : shapes
        What the model must take and give, the first axis being the batch; see `shapes.fit`.
    device : str
        ``"cpu"``, or ``"cuda"``, ``"cuda:1"`` where ONNX Runtime has its provider.
    threads : int
        Inside one operator.

    Raises
    ------
    LibraryUnavailable
        Without onnxruntime, or without its CUDA provider where that is asked for.
    ModelUnavailable
        If there is no such file.
    ModelRefused
        If it is no model, or one of other shapes; both are named.
    """

    def __init__(
        self,
        path: str | Path,
        inputs: Sequence[Sequence[int | str]],
        output: Sequence[int | str],
        *,
        device: str = "cpu",
        threads: int = 1,
    ) -> None:
        self.path = Path(path)
        self.device = device
        self._session = _session(self.path, device, threads)
        name = self.path.name
        self.inputs = fit([_port(node) for node in self._session.get_inputs()], inputs, model=name, side="input")
        self.output = fit([_port(node) for node in self._session.get_outputs()], [output], model=name, side="output")[0]
        batches = {port.shape[0] for port in (*self.inputs, self.output)}
        fixed = {batch for batch in batches if isinstance(batch, int)}
        if fixed - {1}:
            raise ModelRefused(
                f"{name}: its batch is fixed at {max(fixed)}.", cure="Export it with a free batch, or with 1."
            )
        self._one_by_one = bool(fixed)
        self._capacity = 0
        self._places: list[NDArray[np.float32]] = []
        self._result: NDArray[np.float32] = np.empty(0, np.float32)

    def __call__(self, *arrays: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run a batch in one call of the session.

        Parameters
        ----------
        *arrays : ndarray of float32, shape (N, …)
            In the order of `inputs`.

        Returns
        -------
        ndarray of float32, shape (N, …)
            A view, read-only, that holds until the next call.
        """
        count = len(arrays[0])
        for array, port in zip(arrays, self.inputs, strict=True):
            if len(array) != count or not _goes(array.shape[1:], port.shape[1:]):
                raise ParameterError(f"{self.path.name} wants {port}, got shape {array.shape} of {count}.")
        if count == 0:
            return np.empty((0, *self._inner(arrays)), np.float32)
        self._reserve(count, arrays)
        for array, place in zip(arrays, self._places, strict=True):
            place[:count] = array
        if self._one_by_one:
            for index in range(count):
                self._run(index, 1)
        else:
            self._run(0, count)
        result = self._result[:count]
        result.setflags(write=False)
        return result

    def own(self) -> BoundModel:
        """Return another user of the same session, with memory of its own: for another thread."""
        other = copy(self)
        other._capacity, other._places = 0, []  # noqa: SLF001 - its own kind
        return other

    def _inner(self, arrays: Sequence[NDArray[np.float32]]) -> tuple[int, ...]:
        """Return the output's shape behind the batch; its free axes are the picture's, the first input's last ones."""
        shape = self.output.shape[1:]
        given = arrays[0].shape[-len(shape) :]
        return tuple(axis if isinstance(axis, int) else given[place] for place, axis in enumerate(shape))

    def _reserve(self, count: int, arrays: Sequence[NDArray[np.float32]]) -> None:
        shapes = [array.shape[1:] for array in arrays]
        if count <= self._capacity and shapes == [place.shape[1:] for place in self._places]:
            return
        self._capacity = max(count, self._capacity)
        self._places = [np.empty((self._capacity, *shape), np.float32) for shape in shapes]
        self._result = np.empty((self._capacity, *self._inner(arrays)), np.float32)

    def _run(self, first: int, count: int) -> None:
        binding = self._session.io_binding()
        for place, port in zip(self._places, self.inputs, strict=True):
            part = place[first : first + count]
            binding.bind_input(port.name, "cpu", 0, np.float32, part.shape, part.ctypes.data)
        part = self._result[first : first + count]
        binding.bind_output(self.output.name, "cpu", 0, np.float32, part.shape, part.ctypes.data)
        self._session.run_with_iobinding(binding)


def _goes(shape: Sequence[int], wanted: Sequence[int | str | None]) -> bool:
    return len(shape) == len(wanted) and all(
        not isinstance(axis, int) or axis == size for size, axis in zip(shape, wanted, strict=True)
    )


def _port(node: Any) -> Port:
    return Port(node.name, tuple(axis if isinstance(axis, (int, str)) else None for axis in node.shape), node.type)


def _session(path: Path, device: str, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise LibraryUnavailable(
            "onnxruntime, which runs the model, is not installed.", cure="`pip install onnxruntime`."
        ) from error
    if not path.is_file():
        raise ModelUnavailable(f"There is no model at {path}.", cure="Check the path.")
    kind, _, number = device.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()):
        raise ParameterError(f"A device is 'cpu', 'cuda' or 'cuda:1', got {device!r}.")
    providers: list[Any] = ["CPUExecutionProvider"]
    if kind == "cuda":
        if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
            raise LibraryUnavailable(
                "This onnxruntime has no CUDA provider.", cure="`pip install onnxruntime-gpu`, or device='cpu'."
            )
        providers.insert(0, ("CUDAExecutionProvider", {"device_id": int(number or 0)}))
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads, options.intra_op_num_threads = 1, threads
    options.log_severity_level = 3  # errors only: a warning is no news to whoever makes a film
    try:
        return onnxruntime.InferenceSession(str(path), sess_options=options, providers=providers)
    except Exception as error:  # onnxruntime's own exceptions share no base class but Exception
        raise ModelRefused(
            f"{path} cannot be loaded as an ONNX model ({str(error).splitlines()[0]}).",
            cure="Export it anew; the file may be damaged.",
        ) from error
