"""The emotion expert's networks: several small ones on statistics of speech, whose scores are averaged."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.experts.recordings import EMOTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.experts.emotion_examples import Examples

__all__ = ["calibrated", "emotion_scores", "train_emotion_networks"]

_BATCH = 128


def train_emotion_networks(
    acted: Examples,
    ordinary: Examples,
    seed: int,
    *,
    members: int = 8,
    epochs: int = 60,
    width: int = 64,
    exposure: float = 0.5,
    drop: float = 0.4,
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
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 1000)
    weight = torch.tensor(_weights(acted), dtype=torch.float32)
    labels = torch.tensor(acted.labels)
    inside, outside = (torch.tensor((part.statistics - mean) / spread) for part in (acted, ordinary))
    outside_weight = torch.tensor(_group_weights(ordinary), dtype=torch.float32)
    networks = _networks(mean, spread, members, width, drop)
    optimiser = torch.optim.AdamW(networks.parameters(), lr=2e-3, weight_decay=2e-2)
    steps = epochs * -(-len(labels) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=2e-3, total_steps=steps, pct_start=0.2)
    networks.train()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # products as small as these are not worth waiting for another thread
    try:
        for _ in range(epochs):
            # every member has an order of its own
            orders = torch.stack([torch.randperm(len(labels), generator=generator) for _ in range(members)])
            for rows in orders.split(_BATCH, dim=1):
                optimiser.zero_grad()
                others = torch.multinomial(outside_weight, rows.numel(), replacement=True, generator=generator)
                both = torch.cat([inside[rows], outside[others].reshape(*rows.shape, -1)], dim=1)
                scores = networks.scores(both + 0.15 * torch.randn(both.shape, generator=generator))
                count = rows.shape[1]
                known = torch.nn.functional.cross_entropy(
                    scores[:, :count].reshape(-1, len(EMOTIONS)), labels[rows].reshape(-1), reduction="none",
                    label_smoothing=0.05,
                ).reshape(rows.shape)  # fmt: skip
                unknown = -torch.log_softmax(scores[:, count:], dim=2).mean(dim=(1, 2))
                share = weight[rows]
                loss = (known * share).sum(dim=1) / share.sum(dim=1) + exposure * unknown
                loss.sum().backward()
                optimiser.step()
                schedule.step()
    finally:
        torch.set_num_threads(threads)
    networks.eval()
    return networks


def _weights(examples: Examples) -> NDArray[np.floating]:
    keys = np.char.add(np.char.add(examples.groups.astype(str), "/"), examples.labels.astype(str))
    _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[place] ** 0.5)


def _group_weights(examples: Examples) -> NDArray[np.floating]:
    _, place, counts = np.unique(examples.groups, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[place] ** 0.5)


def _networks(mean: NDArray[np.floating], spread: NDArray[np.floating], members: int, width: int, drop: float) -> Any:
    """All members side by side: one matrix product does for all of them."""
    import torch
    from torch import nn

    sizes = (len(mean), width, width // 2, len(EMOTIONS))

    class Networks(nn.Module):  # type: ignore[misc]  # torch is not followed
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
            self.register_buffer("spread", torch.tensor(spread, dtype=torch.float32))
            pairs = list(itertools.pairwise(sizes))
            self.weights = nn.ParameterList(
                [nn.Parameter((torch.rand(members, a, b) * 2 - 1) / a**0.5) for a, b in pairs]
            )
            self.biases = nn.ParameterList([nn.Parameter(torch.zeros(members, 1, b)) for _, b in pairs])

        def scores(self, normal: Any) -> Any:
            # what lies far outside all that was ever seen must not make it surer
            here = torch.clamp(normal, -3.5, 3.5)
            for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
                if self.training:
                    here = nn.functional.dropout(here, drop if layer else 0.15)
                here = torch.matmul(here, weight) + bias
                if layer < len(sizes) - 2:
                    here = torch.relu(here)
            return here

        def forward(self, statistics: Any) -> Any:
            each = self.scores(((statistics - self.mean) / self.spread).unsqueeze(0))
            # of probabilities, not of scores: where members disagree nobody is sure
            return torch.log(torch.softmax(each, dim=2).mean(dim=0) + 1e-6)

    return Networks()


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
