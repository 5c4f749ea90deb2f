"""The content gate's networks: one looks at mel pictures, one at statistics; several of each are averaged."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.experts.content_clips import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.experts.content_windows import Windows

__all__ = ["export_gate", "gate_probabilities", "train_gate"]


def _picture_network(widths: tuple[int, ...]) -> Any:
    import torch
    from torch import nn

    class Picture(nn.Module):  # type: ignore[misc]  # torch is not followed
        def __init__(self) -> None:
            super().__init__()
            first, second, third, fourth = widths
            self.body = nn.Sequential(
                nn.Conv2d(1, first, 5, stride=2, padding=2), nn.BatchNorm2d(first), nn.ReLU(),
                nn.Conv2d(first, second, 3, stride=2, padding=1), nn.BatchNorm2d(second), nn.ReLU(),
                nn.Conv2d(second, third, 3, stride=2, padding=1), nn.BatchNorm2d(third), nn.ReLU(),
                nn.Conv2d(third, fourth, 3, stride=(2, 1), padding=1), nn.BatchNorm2d(fourth), nn.ReLU(),
            )  # fmt: skip
            self.drop = nn.Dropout(0.3)
            self.head = nn.Linear(3 * fourth, len(LABELS))

        def forward(self, mel: Any) -> Any:
            # level and gain say nothing of what sounds
            picture = torch.clamp(mel - mel.mean(dim=(1, 2), keepdim=True), -45.0, 45.0) / 15.0
            seen = self.body(picture.unsqueeze(1)).mean(dim=3)  # bands are averaged, time is kept
            mean = seen.mean(dim=2)
            spread = torch.sqrt((seen - mean.unsqueeze(2)).square().mean(dim=2) + 1e-4)
            return self.head(self.drop(torch.cat([mean, spread, seen.amax(dim=2)], dim=1)))

    return Picture()


def _statistics_network(mean: NDArray[np.floating], spread: NDArray[np.floating], width: int) -> Any:
    import torch
    from torch import nn

    class Statistics(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
            self.register_buffer("spread", torch.tensor(spread, dtype=torch.float32))
            self.body = nn.Sequential(
                nn.Linear(len(mean), width), nn.ReLU(), nn.Dropout(0.3), nn.Linear(width, width // 2), nn.ReLU(),
                nn.Dropout(0.2), nn.Linear(width // 2, len(LABELS)),
            )  # fmt: skip

        def forward(self, statistics: Any) -> Any:
            return self.body(torch.clamp((statistics - self.mean) / self.spread, -4.0, 4.0))

    return Statistics()


def train_gate(
    windows: Windows,
    seed: int,
    *,
    pictures: int = 2,
    tables: int = 3,
    epochs: int = 12,
    widths: tuple[int, ...] = (20, 32, 48, 64),
    say: Any = None,
    keep: Path | None = None,
) -> Any:
    """Train the networks and put them together.

    Parameters
    ----------
    windows : Windows
        All of them are trained on.
    seed : int
        Of weights and order.
    pictures, tables : int
        How many networks of each kind.
    epochs : int
        Passes of the picture networks, each over two fifths of the windows, which overlap; those on statistics, which
        cost little, pass three times as often over all of them.
    widths : tuple of four int
        Channels of the picture networks.
    say : callable, optional
        Told of the progress.
    keep : pathlib.Path, optional
        Each network that is done is kept in files that begin so, and not trained again by another run.

    Returns
    -------
    torch.nn.Module
        ``(mel, statistics) -> probabilities``, in evaluation mode.
    """
    import torch

    labels = torch.tensor(windows.labels)
    weight = torch.tensor(_weights(windows), dtype=torch.float32)
    mean, spread = windows.statistics.mean(axis=0), windows.statistics.std(axis=0) + 1e-3
    members: list[Any] = []
    statistics = torch.tensor(windows.statistics)
    noise = torch.tensor(spread * 0.1, dtype=torch.float32)
    for index in range(tables):
        torch.manual_seed(seed + 100 + index)
        network = _statistics_network(mean, spread, 96)
        with _kept(torch, network, keep, f"table-{index}") as done:
            if not done:
                _fit(
                    torch, network, lambda rows: statistics[rows] + noise * torch.randn(len(rows), len(noise)), labels,
                    weight, epochs=3 * epochs, batch=512, rate=2e-3, seed=seed + index, share=1.0, say=say,
                )  # fmt: skip
        members.append(network)
    mel: Any = _halved(torch.tensor(windows.mel)) if pictures else None
    for index in range(pictures):
        torch.manual_seed(seed + 200 + index)
        network = _picture_network(widths)
        with _kept(torch, network, keep, f"picture-{index}") as done:
            if not done:
                _fit(
                    torch, network, lambda rows: _disturbed(torch, mel[rows].float()), labels, weight, epochs=epochs,
                    batch=128, rate=3e-3, seed=seed + 50 + index, share=0.4, say=say,
                )  # fmt: skip
        members.append(network)
    return _together(members, tables)


@contextlib.contextmanager
def _kept(torch: Any, network: Any, keep: Path | None, name: str) -> Iterator[bool]:
    """Give a network the weights that an earlier run kept, and say so; or keep those that it has afterwards."""
    path = None if keep is None else keep.with_name(f"{keep.name}-{name}.pt")
    done = path is not None and path.is_file()
    if done:
        network.load_state_dict(torch.load(path, weights_only=True))
    yield done
    network.eval()
    if path is not None and not done:
        torch.save(network.state_dict(), path)


def _halved(mel: Any) -> Any:
    """Every two frames their mean: 32 ms are fine enough for a picture."""
    return 0.5 * (mel[:, 0::2] + mel[:, 1::2])


def _weights(windows: Windows) -> NDArray[np.floating]:
    counts = np.bincount(windows.labels, minlength=len(LABELS))
    return np.asarray((counts.sum() / np.maximum(counts, 1)) ** 0.5)[windows.labels]


def _disturbed(torch: Any, mel: Any) -> Any:
    """A smooth random tilt of the bands, a few bands or moments missing, and a floor of noise."""
    count, frames, bands = mel.shape
    points = torch.randn(count, 1, 6) * 3.0
    mel = mel + torch.nn.functional.interpolate(points, size=bands, mode="linear", align_corners=True)
    top = mel.amax(dim=(1, 2), keepdim=True)
    floor = top - (35.0 + 55.0 * torch.rand(count, 1, 1))
    mel = torch.maximum(mel, floor + torch.randn(count, frames, bands))
    for axis, size in ((1, frames), (2, bands)):
        width, begin = torch.rand(count) * 0.12 * size, torch.rand(count) * size
        place = torch.arange(size)
        hidden = (place >= begin[:, None]) & (place < (begin + width)[:, None])
        hidden &= torch.rand(count, 1) < 0.5
        hidden = hidden[:, :, None] if axis == 1 else hidden[:, None, :]
        mel = torch.where(hidden, mel.mean(dim=(1, 2), keepdim=True), mel)
    return mel


def _fit(
    torch: Any,
    network: Any,
    take: Any,
    labels: Any,
    weight: Any,
    *,
    epochs: int,
    batch: int,
    rate: float,
    seed: int,
    share: float,
    say: Any,
) -> None:
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-3)
    steps = epochs * -(-int(share * len(labels)) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps, pct_start=0.15)
    network.train()
    for epoch in range(epochs):
        order = torch.randperm(len(labels), generator=generator)[: int(share * len(labels))]
        total = 0.0
        for rows in order.split(batch):
            optimiser.zero_grad()
            losses = torch.nn.functional.cross_entropy(
                network(take(rows)), labels[rows], label_smoothing=0.05, reduction="none"
            )
            loss = (losses * weight[rows]).sum() / weight[rows].sum()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        if say is not None and (epoch + 1) % max(epochs // 4, 1) == 0:
            say(f"  {type(network).__name__} epoch {epoch + 1}/{epochs}: loss {total / len(order):.3f}")
    network.eval()


def _together(members: list[Any], tables: int) -> Any:
    import torch
    from torch import nn

    class Gate(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.tables = nn.ModuleList(members[:tables])
            self.pictures = nn.ModuleList(members[tables:])

        def forward(self, mel: Any, statistics: Any) -> Any:
            # each kind has one voice, however many networks speak for it
            of_tables = sum(torch.log_softmax(network(statistics), dim=1) for network in self.tables) / max(tables, 1)
            if not len(self.pictures):
                return torch.softmax(of_tables, dim=1)
            halved = _halved(mel)
            of_pictures = sum(torch.log_softmax(network(halved), dim=1) for network in self.pictures) / len(
                self.pictures
            )
            if not tables:
                return torch.softmax(of_pictures, dim=1)
            return torch.softmax(0.5 * (of_tables + of_pictures), dim=1)

    gate = Gate()
    gate.eval()
    return gate


def gate_probabilities(gate: Any, mel: NDArray[np.floating], statistics: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run the gate in torch, in pieces."""
    import torch

    out = []
    with torch.no_grad():
        for first in range(0, len(mel), 256):
            rows = slice(first, first + 256)
            pair = torch.tensor(mel[rows].astype(np.float32)), torch.tensor(statistics[rows])
            out.append(gate(*pair).numpy())
    return np.concatenate(out) if out else np.zeros((0, len(LABELS)), np.float32)


def export_gate(gate: Any, path: Path, *, statistics: int, frames: int, bands: int) -> None:
    """Write the gate as ONNX: inputs ``mel`` and ``statistics``, output ``probabilities``, any number of windows."""
    import torch

    from audiokit.experts.packaging import export_onnx

    example = (torch.zeros(2, frames, bands), torch.zeros(2, statistics))
    export_onnx(gate, example, path, inputs=("mel", "statistics"), output="probabilities")
