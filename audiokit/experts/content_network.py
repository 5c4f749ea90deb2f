"""The content gate's networks: one looks at mel pictures, one at statistics; several of each are averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.experts.content_clips import LABELS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["export_gate", "gate_probabilities", "halved", "picture_network", "statistics_network", "together"]


def picture_network(widths: tuple[int, ...]) -> Any:
    """Four convolutions over a mel picture, with so many channels, and a layer on their statistics over time."""
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


def statistics_network(mean: NDArray[np.floating], spread: NDArray[np.floating], width: int) -> Any:
    """Three layers on statistics, which are brought to mean 0 and deviation 1 first."""
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


def halved(mel: Any) -> Any:
    """Every two frames their mean: 32 ms are fine enough for a picture."""
    return 0.5 * (mel[:, 0::2] + mel[:, 1::2])


def together(members: list[Any], tables: int) -> Any:
    """One network of several: those on statistics come first."""
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
            coarse = halved(mel)
            of_pictures = sum(torch.log_softmax(network(coarse), dim=1) for network in self.pictures) / len(
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
