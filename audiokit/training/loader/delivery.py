"""From an assembled batch to where training wants it: pinned, sent, and turned to features beside training."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from audiokit.fork_gate import FORK_GATE

if TYPE_CHECKING:
    from audiokit.training.batch import Batch
    from audiokit.training.dataset import AudioDataset

__all__ = ["Delivery"]

_Told = Callable[["Batch | None", "BaseException | None"], None]


class Delivery:
    """A thread that takes batches to a device.

    On a GPU it works on a stream of its own, from pinned memory, so that copies and features overlap with training's
    kernels; `arrived` lets training's stream wait for them, on the GPU.

    Parameters
    ----------
    device : torch.device
        Where to.
    module : torch.nn.Module, optional
        Features to compute there.
    dataset : AudioDataset
        Says whether items are all of one length, and the sample rate.
    """

    def __init__(self, device: Any, module: Any, dataset: AudioDataset) -> None:
        self._device, self._module, self._dataset = device, module, dataset
        self._waiting: queue.SimpleQueue[tuple[Batch, _Told] | None] = queue.SimpleQueue()
        self._events: dict[int, Any] = {}
        self._thread: threading.Thread | None = None
        self.spent: Callable[[int, float], None] = lambda _items, _seconds: None

    def take(self, batch: Batch, told: _Told) -> None:
        """Take a batch on, and tell what became of it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="audiokit-loader-delivery", daemon=True)
            self._thread.start()
        self._waiting.put((batch, told))

    def arrived(self, batch: Batch) -> Batch:
        """Let training's stream wait for a batch that it is about to use."""
        event = self._events.pop(id(batch), None)
        if event is not None:
            import torch

            stream = torch.cuda.current_stream(self._device)
            stream.wait_event(event)
            for tensor in (batch.data, batch.labels, batch.lengths):
                if tensor is not None:
                    tensor.record_stream(stream)  # its memory is not given to another before training is done with it
        return batch

    def close(self) -> None:
        """End the thread."""
        self._waiting.put(None)

    def _work(self) -> None:
        stream = None
        if self._device.type == "cuda":
            import torch

            stream = torch.cuda.Stream(self._device)
        while (found := self._waiting.get()) is not None:
            batch, told = found
            del found
            began = time.perf_counter()
            try:
                with FORK_GATE:
                    taken = self._taken(batch) if stream is None else self._sent(batch, stream)
            except BaseException as error:  # noqa: BLE001 - it is raised where the batch is asked for
                told(None, error)
                continue
            self.spent(len(batch), time.perf_counter() - began)
            del batch
            told(taken, None)
            del taken, told

    def _sent(self, batch: Batch, stream: Any) -> Batch:
        import torch

        with torch.cuda.stream(stream):
            taken = self._taken(batch.pin_memory())
            event = torch.cuda.Event()
            event.record(stream)
        self._events[id(taken)] = event
        return taken

    def _taken(self, batch: Batch) -> Batch:
        import torch

        there = batch.to(self._device, non_blocking=True)
        if self._module is None:
            return there
        lengths = batch.lengths.tolist()
        frames = [self._module.frames_of(length) for length in lengths]
        # Items that were filled up to one length: what fills them is sound like the rest, as it is in a worker.
        whole = self._dataset.duration_seconds is not None and self._dataset.pad != "none"
        with torch.no_grad():
            made = self._module(there.data) if whole else self._module(there.data, lengths)
            made = self._changed(made, [made.shape[-1]] * len(frames) if whole else frames, batch.augmentation)
        counts = torch.tensor(frames, dtype=torch.int64)
        return replace(there, data=made, lengths=counts.to(self._device, non_blocking=True))

    def _changed(self, made: Any, frames: Sequence[int], augmentation: Sequence[Any]) -> Any:
        """Apply what was drawn for features: the last of each item's."""
        from audiokit.training.augment import apply_batch

        for place in range(-self._dataset.feature_links, 0):
            drawn = [of_item[place] for of_item in augmentation]
            made, frames = apply_batch(made, frames, self._dataset.target_sr, drawn)
        return made
