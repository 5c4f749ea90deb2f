"""Train the content gate's networks: side by side in processes with one thread each, kept one by one."""

from __future__ import annotations

import contextlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.experts.content_clips import LABELS
from audiokit.experts.content_network import halved, picture_network, statistics_network, together

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.experts.content_windows import Windows

__all__ = ["train_gate"]

_WIDTHS = (24, 32, 48, 64)  # multiples of eight, in which convolutions are computed


def train_gate(
    windows: Windows,
    seed: int,
    *,
    pictures: int = 2,
    tables: int = 3,
    epochs: int = 12,
    widths: tuple[int, ...] = _WIDTHS,
    say: Any = None,
    keep: Path | None = None,
    workers: int = 1,
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
    workers : int
        Processes; each trains one network at a time, on one thread. Two threads in one network take three times the
        work where another program wants one of the processors.

    Returns
    -------
    torch.nn.Module
        ``(mel, statistics) -> probabilities``, in evaluation mode.
    """
    requests = [
        *(("picture", index, seed, epochs, widths, keep) for index in range(pictures)),
        *(("table", index, seed, epochs, widths, keep) for index in range(tables)),
    ]
    if workers > 1:
        # not forked: threads that this process may have in torch would be missing in the copy
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, spawn, initializer=_share, initargs=(windows,)) as pool:
            states = []
            for request, state in zip(requests, pool.map(_member_elsewhere, requests), strict=True):
                states.append(state)
                if say is not None:
                    say(f"  {request[0]} network {request[1] + 1}")
    else:
        states = [_member(windows, *request, say=say) for request in requests]
    import torch

    networks = []
    for (kind, _, _, _, _, _), state in zip(requests, states, strict=True):
        network = _empty(windows, kind, widths)
        network.load_state_dict({name: torch.from_numpy(values) for name, values in state.items()})
        network.eval()
        networks.append(network)
    return together(networks[pictures:] + networks[:pictures], tables)


_WINDOWS: list[Windows] = []  # of a worker process: sent once, not with each network


def _share(windows: Windows) -> None:
    import torch

    torch.set_num_threads(1)
    _WINDOWS[:] = [windows]


def _member_elsewhere(request: tuple[str, int, int, int, tuple[int, ...], Path | None]) -> dict[str, NDArray[Any]]:
    return _member(_WINDOWS[0], *request)


def _empty(windows: Windows, kind: str, widths: tuple[int, ...]) -> Any:
    if kind == "picture":
        return picture_network(widths)
    mean, spread = windows.statistics.mean(axis=0), windows.statistics.std(axis=0) + 1e-3
    return statistics_network(mean, spread, 96)


def _member(
    windows: Windows,
    kind: str,
    index: int,
    seed: int,
    epochs: int,
    widths: tuple[int, ...],
    keep: Path | None,
    *,
    say: Any = None,
) -> dict[str, NDArray[Any]]:
    """Train one network, or take the weights that an earlier run kept; give its weights."""
    import torch

    labels = torch.tensor(windows.labels)
    weight = torch.tensor(_weights(windows), dtype=torch.float32)
    torch.manual_seed(seed + (200 if kind == "picture" else 100) + index)
    network = _empty(windows, kind, widths)
    with _kept(torch, network, keep, f"{kind}-{index}") as done:
        if not done and kind == "picture":
            mel = halved(torch.tensor(windows.mel))
            network.to(memory_format=torch.channels_last)  # a quarter less time for few channels
            _fit(
                torch, network, lambda rows: _disturbed(torch, mel[rows].float()), labels, weight, epochs=epochs,
                batch=128, rate=3e-3, seed=seed + 50 + index, share=0.4, say=say,
                keep=None if keep is None else keep.with_name(f"{keep.name}-{kind}-{index}.begun"),
            )  # fmt: skip
        elif not done:
            statistics, noise = torch.tensor(windows.statistics), 0.1 * network.spread
            _fit(
                torch, network, lambda rows: statistics[rows] + noise * torch.randn(len(rows), len(noise)), labels,
                weight, epochs=3 * epochs, batch=512, rate=2e-3, seed=seed + index, share=1.0, say=say,
            )  # fmt: skip
    # arrays, since tensors would go to another process by way of /dev/shm
    return {name: values.contiguous().numpy() for name, values in network.state_dict().items()}


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
        path.with_suffix(".begun").unlink(missing_ok=True)


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


def _begun(torch: Any, keep: Path | None, parts: dict[str, Any], generator: Any) -> int:
    """Go on where an earlier run was after its last whole epoch; how many it had done."""
    if keep is None or not keep.is_file():
        return 0
    kept = torch.load(keep, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(kept[name])
    generator.set_state(kept["order"])
    torch.set_rng_state(kept["drawn"])
    return int(kept["epoch"])


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
    keep: Path | None = None,
) -> None:
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-3)
    steps = epochs * -(-int(share * len(labels)) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps, pct_start=0.15)
    network.train()
    parts = {"network": network, "optimiser": optimiser, "schedule": schedule}
    for epoch in range(_begun(torch, keep, parts, generator), epochs):
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
        if keep is not None:
            states = {name: part.state_dict() for name, part in parts.items()}
            chance = {"order": generator.get_state(), "drawn": torch.get_rng_state()}
            torch.save({"epoch": epoch + 1, **states, **chance}, keep)
        if say is not None and (epoch + 1) % max(epochs // 4, 1) == 0:
            say(f"  {type(network).__name__} epoch {epoch + 1}/{epochs}: loss {total / len(order):.3f}")
    network.eval()
