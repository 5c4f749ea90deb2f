"""The emotion expert's networks: several small ones on statistics of speech, whose scores are averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.experts.recordings import EMOTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.experts.emotion_examples import Examples

__all__ = ["calibrated", "emotion_scores", "train_emotion_networks"]


def train_emotion_networks(
    acted: Examples, ordinary: Examples, seed: int, *, members: int = 8, epochs: int = 60, width: int = 64,
    exposure: float = 0.5, drop: float = 0.4,
) -> Any:
    """Train the networks.

    Parameters
    ----------
    acted : Examples
        Labelled; all are trained on, each speaker and emotion counted alike.
    ordinary : Examples
        Unlabelled; pushed towards equal probabilities (outlier exposure, Hendrycks et al. 2019).
    seed : int
        Of weights and order.
    members : int
        How many networks.
    epochs : int
        Passes over the acted examples.
    width : int
        Of the hidden layer.
    exposure : float
        Weight of the ordinary speech.
    drop : float
        Dropout.

    Returns
    -------
    torch.nn.Module
        ``statistics -> scores``, in evaluation mode.
    """
    import torch

    # acted speech alone would make what is usual elsewhere look extreme, ordinary speech alone the reverse
    mean = 0.5 * (acted.statistics.mean(axis=0) + ordinary.statistics.mean(axis=0))
    spread = acted.statistics.std(axis=0) + 1e-3
    weight = torch.tensor(_weights(acted), dtype=torch.float32)
    inside, labels = torch.tensor(acted.statistics), torch.tensor(acted.labels)
    outside = torch.tensor(ordinary.statistics)
    outside_weight = torch.tensor(_group_weights(ordinary), dtype=torch.float32)
    trained = []
    for index in range(members):
        torch.manual_seed(seed + index)
        network = _network(torch, mean, spread, width, drop)
        generator = torch.Generator().manual_seed(seed + 1000 + index)
        optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=2e-2)
        batch = 128
        steps = epochs * -(-len(labels) // batch)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=2e-3, total_steps=steps, pct_start=0.2)
        network.train()
        noise = torch.tensor(spread * 0.15, dtype=torch.float32)
        for _ in range(epochs):
            for rows in torch.randperm(len(labels), generator=generator).split(batch):
                optimiser.zero_grad()
                others = torch.multinomial(outside_weight, len(rows), replacement=True, generator=generator)
                both = torch.cat([inside[rows], outside[others]])
                scores = network(both + noise * torch.randn(both.shape, generator=generator))
                known = torch.nn.functional.cross_entropy(
                    scores[: len(rows)], labels[rows], reduction="none", label_smoothing=0.05
                )
                unknown = -torch.log_softmax(scores[len(rows) :], dim=1).mean(dim=1)
                loss = (known * weight[rows]).sum() / weight[rows].sum() + exposure * unknown.mean()
                loss.backward()
                optimiser.step()
                schedule.step()
        network.eval()
        trained.append(network)
    return _average(torch, trained)


def _weights(examples: Examples) -> NDArray[np.floating]:
    keys = np.char.add(np.char.add(examples.groups.astype(str), "/"), examples.labels.astype(str))
    _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[place] ** 0.5)


def _group_weights(examples: Examples) -> NDArray[np.floating]:
    _, place, counts = np.unique(examples.groups, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[place] ** 0.5)


def _network(torch: Any, mean: NDArray[np.floating], spread: NDArray[np.floating], width: int, drop: float) -> Any:
    nn = torch.nn

    class Network(nn.Module):  # type: ignore[misc]  # torch is not followed
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
            self.register_buffer("spread", torch.tensor(spread, dtype=torch.float32))
            self.body = nn.Sequential(
                nn.Dropout(0.15), nn.Linear(len(mean), width), nn.ReLU(), nn.Dropout(drop), nn.Linear(width, width // 2),
                nn.ReLU(), nn.Dropout(drop), nn.Linear(width // 2, len(EMOTIONS)),
            )  # fmt: skip

        def forward(self, statistics: Any) -> Any:
            # what lies far outside all that was ever seen must not make it surer
            return self.body(torch.clamp((statistics - self.mean) / self.spread, -3.5, 3.5))

    return Network()


def _average(torch: Any, networks: list[Any]) -> Any:
    nn = torch.nn

    class Average(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.networks = nn.ModuleList(networks)

        def forward(self, statistics: Any) -> Any:
            # of probabilities, not of scores: where members disagree nobody is sure
            chances = sum(torch.softmax(network(statistics), dim=1) for network in self.networks) / len(self.networks)
            return torch.log(chances + 1e-6)

    average = Average()
    average.eval()
    return average


def calibrated(networks: Any, temperature: float) -> Any:
    """Wrap the networks so that they give calibrated probabilities."""
    import torch

    class Calibrated(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.networks = networks

        def forward(self, statistics: Any) -> Any:
            return torch.softmax(self.networks(statistics) / temperature, dim=1)

    wrapped = Calibrated()
    wrapped.eval()
    return wrapped


def emotion_scores(networks: Any, statistics: NDArray[np.float32]) -> NDArray[np.floating]:
    """Run the networks in torch."""
    import torch

    with torch.no_grad():
        return np.asarray(networks(torch.tensor(statistics)).numpy(), dtype=np.float64)
