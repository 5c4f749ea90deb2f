"""A training step of a named model on an accelerator, fed by the loader: who waits for whom."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from audiokit.errors import LibraryUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

__all__ = ["AcceleratedRun", "train_on"]

_SETTLING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class AcceleratedRun:
    """What was measured once the loader had settled.

    Parameters
    ----------
    device : str
        Its name.
    model : str
        What was trained.
    batch_size : int
        Items in a step.
    steps : int
        That were measured.
    plan : str
        That the loader settled on.
    items_per_second : float
        Trained on.
    wait_share : float
        Of the time, that the step waited for a batch; 0 to 1.
    headspace : float
        How many times as many items the workers could make as the step takes.
    busy_share : float
        Of the time, that the device worked on the step; 0 to 1.
    features_share : float
        Time that features take on the device, over that of the step.
    """

    device: str
    model: str
    batch_size: int
    steps: int
    plan: str
    items_per_second: float
    wait_share: float
    headspace: float
    busy_share: float
    features_share: float

    def to_dataframe(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        return pd.DataFrame([asdict(self)])


def train_on(
    files: Sequence[str | Path],
    device: Any = "cuda",
    *,
    batch_size: int = 64,
    duration_seconds: float = 3.0,
    steps: int = 200,
    model: str = "resnet18",
    after_each: Callable[[], object] = int,
) -> AcceleratedRun:
    """Train a torchvision model on log-mel spectrograms that the loader computes on the device.

    Parameters
    ----------
    files : sequence of path
        Recordings; each belongs to one of ten classes by its place.
    device : torch.device or str
        A GPU; the CPU, to see whether it runs.
    batch_size, duration_seconds, steps : int, float, int
        Items in a batch, length of each, and how many steps are measured.
    model : str
        Name of a classifier of torchvision, untrained; its first layer sees one channel three times.
    after_each : callable
        Called after each step.

    Raises
    ------
    LibraryUnavailable
        Without torch, torchvision, or the device.
    """
    try:
        import torch
        import torchvision
    except ImportError as error:
        raise LibraryUnavailable("This needs torch and torchvision.", cure='pip install "audiokit[train]"') from error
    from audiokit.training import AudioDataLoader

    with AudioDataLoader(
        files,
        labels=[place % 10 for place in range(len(files))],
        batch_size=batch_size,
        duration_seconds=duration_seconds,
        features="log_mel",
        features_on="device",
        device=device,
        drop_last=True,
        remember=False,
    ) as loader:
        place = loader.device
        network = torchvision.models.get_model(model, num_classes=10).to(place).train()
        step = _Step(network, torch.optim.SGD(network.parameters(), lr=0.01), place)
        batches = _without_end(loader)
        until = time.monotonic() + _SETTLING_SECONDS
        while not loader.report().settled and time.monotonic() < until:
            step(next(batches))
            after_each()
        found = _measured(step, batches, steps, after_each)
        report = loader.report()
        features = _features_seconds(loader, batch_size, duration_seconds, place)
    named = torch.cuda.get_device_name(place) if place.type == "cuda" else str(place)
    return AcceleratedRun(
        named,
        f"{model}, batches of {batch_size} x {duration_seconds:g} s",
        batch_size,
        steps,
        str(report.plan),
        batch_size * steps / found.seconds,
        found.waited_seconds / found.seconds,
        report.headspace,
        found.busy_seconds / found.seconds,
        features / (found.busy_seconds / steps),
    )


def _without_end(loader: Any) -> Any:
    while True:
        yield from loader


class _Step:
    """One step of training; a clock of the device's own around it."""

    def __init__(self, network: Any, optimizer: Any, device: Any) -> None:
        import torch

        self._network, self._optimizer, self._device = network, optimizer, device
        self._loss = torch.nn.CrossEntropyLoss()
        self.times: list[Any] = []

    def __call__(self, batch: Any) -> None:
        clock = _Clock(self._device)
        data, labels = batch
        self._optimizer.zero_grad(set_to_none=True)
        pictures = data[:, None].expand(-1, 3, -1, -1) / 80.0
        self._loss(self._network(pictures), labels).backward()
        self._optimizer.step()
        clock.stop()
        self.times.append(clock)


class _Clock:
    """Seconds that a device works on what is asked of it between two moments."""

    def __init__(self, device: Any) -> None:
        self._marks: list[Any] = []
        self._device = device
        self.stop()

    def stop(self) -> None:
        if self._device.type != "cuda":
            self._marks.append(time.perf_counter())
            return
        import torch

        event = torch.cuda.Event(enable_timing=True)
        event.record(torch.cuda.current_stream(self._device))
        self._marks.append(event)

    def seconds(self) -> float:
        first, last = self._marks
        if self._device.type != "cuda":
            return float(last - first)
        last.synchronize()
        return float(first.elapsed_time(last)) / 1000.0


@dataclass(slots=True)
class _Found:
    seconds: float
    waited_seconds: float
    busy_seconds: float


def _measured(step: _Step, batches: Any, steps: int, after_each: Callable[[], object]) -> _Found:
    step.times.clear()
    waited, began = 0.0, time.perf_counter()
    for _ in range(steps):
        asked = time.perf_counter()
        batch = next(batches)
        waited += time.perf_counter() - asked
        step(batch)
        # One step under way at most: asking for more than the device does would hide who waits.
        if len(step.times) > 1:
            step.times[-2].seconds()
        after_each()
    busy = sum(clock.seconds() for clock in step.times)
    return _Found(time.perf_counter() - began, waited, busy)


def _features_seconds(loader: Any, batch_size: int, duration_seconds: float, device: Any) -> float:
    """Seconds of the device for the features of one batch, median of nine."""
    import statistics

    import torch

    from audiokit.training import features_for

    module = features_for("log_mel", sample_rate=loader.dataset.target_sr).to(device)  # type: ignore[union-attr]
    samples = torch.randn(batch_size, round(duration_seconds * loader.dataset.target_sr), device=device)
    found = []
    for _ in range(10):
        clock = _Clock(device)
        with torch.no_grad():
            module(samples)
        clock.stop()
        found.append(clock.seconds())
    return statistics.median(found[1:])
