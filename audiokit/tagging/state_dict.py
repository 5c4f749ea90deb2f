"""State dicts from disk into a network: tensors only, all of them, and a head that fits its labels."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

from audiokit.errors import ModelRefused

__all__ = ["load_into", "read_state_dict"]

_WRAPPERS = ("state_dict", "model_state_dict", "model", "net")
_PREFIXES = ("module.", "model.", "net.", "backbone.")
_MOST_NAMED = 4


def read_state_dict(path: Path) -> dict[str, Any]:
    """Read tensors by name.

    Parameters
    ----------
    path : Path
        safetensors, or what ``torch.save`` wrote of a state dict (also one level down, under ``"state_dict"`` or
        ``"model"``); prefixes that wrappers leave (``module.``, ``model.``) are taken off where all names have them.

    Raises
    ------
    ModelRefused
        If it is a pickle that holds more than tensors, or is damaged.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            found: Any = load_file(path)
        else:
            import torch

            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelRefused(
            f"{path} is a pickle that holds more than tensors, which could run anything when read.",
            cure="Save the state dict alone: torch.save(model.state_dict(), path), or better as safetensors.",
        ) from error
    except Exception as error:  # both libraries raise what they like for damaged files
        raise ModelRefused(
            f"{path} cannot be read as weights ({str(error).splitlines()[0] if str(error) else type(error).__name__}).",
            cure="The file may be damaged; get it again.",
        ) from error
    for name in _WRAPPERS:
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    if not isinstance(found, dict) or not found or not all(hasattr(value, "shape") for value in found.values()):
        raise ModelRefused(f"{path} holds no state dict: a tensor for each name.")
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in found):
            found = {name.removeprefix(prefix): tensor for name, tensor in found.items()}
    return found


def load_into(network: Any, state: dict[str, Any], *, labels: int, where: Path) -> None:
    """Fill a network with a state dict; every tensor has to find its place.

    Parameters
    ----------
    network : torch.nn.Module
        As it was made, with random weights.
    state : dict of str to tensor
        See `read_state_dict`.
    labels : int
        How many the classifier's head should have.
    where : Path
        For messages.

    Raises
    ------
    ModelRefused
        If a tensor is missing, unexpected or of another shape, or the head does not fit the labels.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    held = {name: tuple(tensor.shape) for name, tensor in state.items()}
    # a counter of batches is no weight, and some savers leave it out
    missing = [name for name in wanted if name not in held and not name.endswith("num_batches_tracked")]
    other = [name for name in held if name not in wanted]
    shapes = [name for name in wanted if name in held and held[name] != wanted[name]]
    head = [name for name in shapes if re.search(r"(classifier|head|fc)", name)]
    if head:
        raise ModelRefused(
            f"{where}: the head has {held[head[0]][0]} outputs and there are {labels} labels.",
            cure="Give the labels that it was trained with, one for each output.",
        )
    for problem, names in (("lacks", missing), ("also holds", other), ("has other shapes for", shapes)):
        if names:
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            raise ModelRefused(
                f"{where} {problem} {', '.join(names[:_MOST_NAMED])}{more}: part of the network would be random.",
                cure="Name the architecture that the weights are of.",
            )
    import torch

    if not all(bool(torch.isfinite(tensor).all()) for tensor in state.values() if tensor.is_floating_point()):
        raise ModelRefused(f"{where} holds numbers that are not finite.", cure="The file may be damaged; get it again.")
    network.load_state_dict(state, strict=False)
