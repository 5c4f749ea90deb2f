"""Faster forms of a network, each behind a gate that measures how far it is from the network itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import AudiokitError, LibraryUnavailable, OptimisationRefused, ParameterError
from audiokit.models.export_cache import ExportCache, Exported, export_digest, export_folders, inputs_key
from audiokit.models.onnx_export import LIBRARIES, RECIPE, export_onnx, quantise
from audiokit.models.parity import TOLERANCES, Parity, Tolerance, measure_parity
from audiokit.models.runners import compiled_runner, onnx_runner, tensorrt_there, torch_runner

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEVELS", "OptimisedModel", "optimise"]

LEVELS = {
    0: "torch as it is",
    1: "ONNX",
    2: "ONNX with int8 weights",
    3: "TensorRT, or torch.compile where that is missing",
}
"""What each ``optimization_level`` does."""


class OptimisedModel:
    """A network in the form that was asked for, and how far it is from the network itself.

    Parameters
    ----------
    run : callable
        Arrays in, outputs out.
    level : int
        The level that it has.
    backend : str
        What runs it, for example ``"onnxruntime int8"``.
    parity : Parity or None
        What the gate measured; None at level 0, which is the network itself.
    path : pathlib.Path or None
        The exported file.
    notes : tuple of str
        What was measured and refused on the way, in sentences.
    """

    def __init__(
        self,
        run: Callable[..., NDArray[np.float32]],
        *,
        level: int,
        backend: str,
        parity: Parity | None,
        path: Path | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self._run = run
        self.level, self.backend, self.parity, self.path, self.notes = level, backend, parity, path, notes

    def __call__(self, *inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Run a batch; inputs as those of the network, outputs its logits, float32."""
        return self._run(*inputs)

    def __repr__(self) -> str:
        return f"OptimisedModel(level {self.level}, {self.backend}, {self.parity or 'the network itself'})"


def optimise(
    build: Callable[[], Any],
    inputs: Sequence[NDArray[Any] | Sequence[NDArray[Any]]],
    *,
    key: str,
    optimization_level: int = 1,
    tolerance: Tolerance | None = None,
    activation: str = "softmax",
    on_refusal: str = "raise",
    input_names: Sequence[str] = ("input",),
    dynamic_axes: Sequence[int] = (0,),
    cache: ExportCache | None = None,
    threads: int | None = None,
    device: str = "cpu",
) -> OptimisedModel:
    """Make a network faster, and measure what it costs.

    Every level above 0 runs the given inputs through the network itself and through the faster form, and is refused
    where they differ beyond the tolerance. What was exported is kept together with the network's own answers, so that
    the next time the same inputs go through the gate again, but torch is not needed.

    Parameters
    ----------
    build : callable
        Makes the network, a torch module in evaluation mode on `device`; called only where it is needed.
    inputs : sequence of batches
        Real inputs, the more the better; a batch is an array, or one array for each input of the network.
    key : str
        What the network is: see `audiokit.models.export_cache.weights_key`.
    optimization_level : {0, 1, 2, 3}
        See `LEVELS`.
    tolerance : Tolerance, optional
        By default that of the level in `audiokit.models.parity.TOLERANCES`.
    activation : {"softmax", "sigmoid", "none"}
        What turns outputs into what is compared.
    on_refusal : {"raise", "lower"}
        ``lower`` takes the next lower level instead and says so in ``notes``.
    input_names, dynamic_axes
        See `audiokit.models.onnx_export.export_onnx`.
    cache : ExportCache, optional
        By default in the user's cache.
    threads : int, optional
        Of onnxruntime inside an operator; by default as many as it takes.
    device : str
        For torch and TensorRT.

    Returns
    -------
    OptimisedModel
        Its ``parity`` can be printed.

    Raises
    ------
    OptimisationRefused
        If it is too far away, or cannot be made; the message has the numbers.
    LibraryUnavailable
        If a library that the level wants is not installed.
    ParameterError
        For another level, or inputs of which there are none.
    """
    if optimization_level not in LEVELS:
        raise ParameterError(f"optimization_level is one of {', '.join(map(str, LEVELS))}, got {optimization_level!r}.")
    if on_refusal not in {"raise", "lower"}:
        raise ParameterError(f"on_refusal is raise or lower, got {on_refusal!r}.")
    batches = [(batch,) if isinstance(batch, np.ndarray) else tuple(batch) for batch in inputs]
    if not batches or not all(len(batch) == len(input_names) and len(batch[0]) for batch in batches):
        raise ParameterError(f"The gate wants batches of {len(input_names)} array(s) that are not empty.")
    work = _Work(build, batches, key, activation, input_names, dynamic_axes, cache, threads, device)
    notes: list[str] = []
    for level in range(optimization_level, -1, -1):
        try:
            return work.at(level, tolerance if level == optimization_level else None, tuple(notes))
        except (OptimisationRefused, LibraryUnavailable) as error:
            if on_refusal == "raise" or level == 0:
                raise
            notes.append(f"level {level} ({LEVELS[level]}) was refused: {error.message}")
    raise AssertionError  # level 0 returns or raises


class _Work:
    """One call of `optimise`: the network and its answers, made at most once."""

    def __init__(
        self,
        build: Callable[[], Any],
        batches: list[tuple[NDArray[Any], ...]],
        key: str,
        activation: str,
        input_names: Sequence[str],
        dynamic_axes: Sequence[int],
        cache: ExportCache | None,
        threads: int | None,
        device: str,
    ) -> None:
        self._build, self._batches, self._key, self._activation = build, batches, key, activation
        self._input_names, self._dynamic_axes = tuple(input_names), tuple(dynamic_axes)
        self._cache = ExportCache(export_folders()) if cache is None else cache
        self._threads, self._device = threads, device
        self._inputs_key = inputs_key(batches)
        self._model: Any = None
        self._answers: NDArray[np.float32] | None = None

    def at(self, level: int, tolerance: Tolerance | None, notes: tuple[str, ...]) -> OptimisedModel:
        allowed = TOLERANCES.get(level) if tolerance is None else tolerance
        if level == 0 or allowed is None:
            return OptimisedModel(
                torch_runner(self._network(), self._device), level=0, backend="torch", parity=None, notes=notes
            )
        if level == 3 and not tensorrt_there():
            run, backend = compiled_runner(self._network(), self._device), "torch.compile"
            return self._gated(run, level, backend, allowed, None, notes)
        exported, note = self._exported(2 if level == 2 else 1)
        providers, backend = {
            1: (("CPUExecutionProvider",), "onnxruntime"),
            2: (("CPUExecutionProvider",), "onnxruntime int8"),
            3: (("TensorrtExecutionProvider",), "onnxruntime TensorRT"),
        }[level]
        run = onnx_runner(exported.path, providers, threads=self._threads)
        return self._gated(run, level, backend, allowed, exported, (*notes, *([note] if note else [])))

    def _gated(
        self,
        run: Callable[..., NDArray[np.float32]],
        level: int,
        backend: str,
        tolerance: Tolerance,
        exported: Exported | None,
        notes: tuple[str, ...],
    ) -> OptimisedModel:
        wanted = exported.reference.get(self._inputs_key) if exported else None
        wanted = self._reference() if wanted is None else wanted
        try:
            found = np.concatenate([run(*batch) for batch in self._batches])
        except AudiokitError:
            raise
        except Exception as error:  # a compiler's or a runtime's own
            raise OptimisationRefused(f"{backend} cannot run the network ({_first_line(error)}).") from error
        parity = measure_parity(wanted, found, tolerance, self._activation)
        if not parity.passed:
            raise OptimisationRefused(
                f"{backend} differs from the network: {parity}.",
                cure="Use a lower optimization_level, or allow more by tolerance.",
            )
        path = exported.path if exported else None
        return OptimisedModel(run, level=level, backend=backend, parity=parity, path=path, notes=notes)

    def _exported(self, level: int) -> tuple[Exported, str]:
        digest = export_digest(self._key, LIBRARIES, level, RECIPE, self._input_names, self._dynamic_axes)
        known = self._cache.find(digest)
        if known is not None:
            return known, str(known.card.get("note", ""))
        reference = {self._inputs_key: self._reference()}
        source = self._exported(1)[0].path if level == 2 else None
        workshop = self._cache.workshop()
        try:
            note = ""
            if source is not None:
                note = quantise(source, workshop / "model.onnx")
            else:
                export_onnx(
                    self._network(),
                    self._batches[0],
                    workshop / "model.onnx",
                    input_names=self._input_names,
                    dynamic_axes=self._dynamic_axes,
                )
            card = {"key": self._key, "level": level, "note": note, "inputs": list(self._input_names)}
            return self._cache.keep(workshop, digest, card, reference), note
        except BaseException:
            shutil.rmtree(workshop, ignore_errors=True)
            raise

    def _network(self) -> Any:
        if self._model is None:
            self._model = self._build()
        return self._model

    def _reference(self) -> NDArray[np.float32]:
        if self._answers is None:
            run = torch_runner(self._network(), self._device)
            self._answers = np.concatenate([run(*batch) for batch in self._batches])
        return self._answers


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else repr(error)
