"""A training that is done in pieces: checkpoints in a folder, a clock, and one loop for every network."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch  # noqa: TID253 - of a program of its own
from torch import nn  # noqa: TID253

__all__ = ["Course"]

_STEPS_A_LINE = 25


class Course:
    """Learns step by step until it is done or the time is up, and goes on where it was when it is called again.

    Parameters
    ----------
    folder : Path
        For checkpoints.
    most_seconds : float
        From now on; the step that is under way then is the last.
    say : callable
        Takes lines about how far it is.
    """

    def __init__(self, folder: Path, most_seconds: float, say: Callable[[str], object]) -> None:
        self.folder, self.say = folder, say
        self._until = time.monotonic() + most_seconds
        folder.mkdir(parents=True, exist_ok=True)

    def learn(
        self,
        name: str,
        network: nn.Module,
        loss_of: Callable[[int], torch.Tensor],
        steps: int,
        *,
        weight_decay: float,
        scale: float = 1.0,
    ) -> bool:
        """Descend (AdamW, one cycle); whether all steps are done.

        Parameters
        ----------
        name : str
            Of the checkpoint and in lines.
        network : torch.nn.Module
            What learns; its parameters are those of the checkpoint, if there is one.
        loss_of : callable
            Takes the number of a step, counted from 0, and gives its loss, a scalar: the same for the same number and
            parameters, whatever was done in one piece.
        steps : int
            How many.
        weight_decay : float
            Of AdamW.
        scale : float
            What the loss is multiplied by in lines.
        """
        network.to(memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps + 1)
        parts = {"network": network, "optimiser": optimiser, "schedule": schedule}
        path = self.folder / f"{name}.pt"
        done = _restored(path, parts)
        network.train()
        total = 0.0
        for step in range(done, steps):
            loss = loss_of(step)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
            done = step + 1
            if done % _STEPS_A_LINE == 0:
                self.say(f"{name} {done}/{steps}: {scale * total / _STEPS_A_LINE:.4g}")
                total = 0.0
            over = time.monotonic() > self._until
            if over or done == steps:
                torch.save({"step": done, **{key: part.state_dict() for key, part in parts.items()}}, path)
            if over:
                break
        network.eval().to(memory_format=torch.contiguous_format)
        return done >= steps


def _restored(path: Path, parts: dict[str, Any]) -> int:
    """Set parts to what was kept; how many steps were done."""
    if not path.is_file():
        return 0
    kept = torch.load(path, weights_only=True)
    for key, part in parts.items():
        part.load_state_dict(kept[key])
    return int(kept["step"])
