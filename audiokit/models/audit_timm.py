"""timm networks and plain state dictionaries, loaded so that every tensor is in its place or they are refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiokit.errors import LibraryUnavailable, ModelRefused, ModelUnavailable
from audiokit.models.canary import canary_pictures, what_is_wrong
from audiokit.models.checkpoint import read_tensors
from audiokit.models.completeness import weight_files
from audiokit.models.heads import Rules, fitting_labels, labels_in, renamed
from audiokit.models.places import find, verify_files

__all__ = ["AuditedPictureModel", "load_state_dict_audited", "load_timm_audited"]

_PREFIXES = (
    "module.",
    "model.",
    "_orig_mod.",
)  # of wrappers for many devices, Lightning, torch.compile


@dataclass(frozen=True, slots=True)
class AuditedPictureModel:
    """A timm network that passed.

    Parameters
    ----------
    model : torch.nn.Module
        On its device, in evaluation mode.
    labels : tuple of str
        One for each output; empty where there are none beside the weights and none were given.
    architecture : str
        timm's name.
    notes : tuple of str
        What was taken off the names of tensors.
    """

    model: Any
    labels: tuple[str, ...]
    architecture: str
    notes: tuple[str, ...] = ()


def load_timm_audited(
    path: str | Path,
    architecture: str | None = None,
    *,
    labels: Sequence[str] | None = None,
    in_chans: int = 1,
    remap: Rules = (),
    canary: bool = True,
    device: str = "cpu",
) -> AuditedPictureModel:
    """Load a timm checkpoint, or refuse it.

    Parameters
    ----------
    path : str or path
        A file of weights, or a folder with one; ``labels.json`` and ``config.json`` beside it are read.
    architecture : str, optional
        timm's name, for example ``"efficientnet_b0"``; by default the configuration's.
    labels : sequence of str, optional
        One for each output; by default those beside the weights.
    in_chans : int
        Channels of the input.
    remap : sequence of (str, str)
        See `audiokit.models.audit.load_audited`.
    canary : bool
        Whether six very different pictures are put in.
    device : str
        Where the network goes.

    Raises
    ------
    ModelUnavailable
        If there are no weights, or nothing says which network they are for.
    ModelRefused
        As `audiokit.models.audit.load_audited`, and if labels do not fit the head.
    LibraryUnavailable
        If timm or torch is not installed.
    """
    place = Path(path)
    folder = place if place.is_dir() else place.parent
    files = weight_files(place) if place.exists() else ()
    if not files:
        raise ModelUnavailable(f"There are no weights at {place}.")
    verify_files(find(place))
    config = _configuration(folder)
    name = architecture or config.get("architecture")
    if not isinstance(name, str):
        raise ModelUnavailable(
            f"Nothing says which network {files[0]} is for.",
            cure='Name it, for example architecture="efficientnet_b0".',
        )
    tensors, notes = _plain(read_tensors(files))
    tensors = {new: tensors[old] for old, new in renamed(tensors, remap).items()}
    model = _network(name, tensors, in_chans, files[0])
    load_state_dict_audited(model, tensors, where=str(files[0]))
    model = model.to(device).eval()
    found = labels if labels is not None else _labels_beside(folder, config)
    fitting = () if found is None else fitting_labels(found, int(model.num_classes), f"What labels {files[0]}")
    if canary:
        _look(model, files[0], in_chans, device)
    return AuditedPictureModel(model, fitting, name, notes)


def load_state_dict_audited(module: Any, tensors: Mapping[str, Any], *, where: str = "The checkpoint") -> None:
    """Put tensors into a network; all of them, and none left out.

    Parameters
    ----------
    module : torch.nn.Module
        Changed in place.
    tensors : mapping of str to torch.Tensor
        For example of `audiokit.models.checkpoint.read_tensors`.
    where : str
        For the message.

    Raises
    ------
    ModelRefused
        If any is missing, left over, of another shape or not finite. The network is then not to be used.
    """
    import torch

    wanted = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    counters = [name for name in wanted if name.endswith("num_batches_tracked")]  # of training; no answer uses them
    missing = sorted(set(wanted) - set(tensors) - set(counters))
    left = sorted(set(tensors) - set(wanted))
    shaped = sorted(name for name in set(wanted) & set(tensors) if tuple(tensors[name].shape) != wanted[name])
    complaints = [
        f"it {what} {', '.join(names[:4])}{f' and {len(names) - 4} more' if len(names) > 4 else ''}"
        for what, names in (
            ("lacks", missing),
            ("has in another shape", shaped),
            ("has no place in the network for", left),
        )
        if names
    ]
    if complaints:
        raise ModelRefused(
            f"{where} does not fit the network: {'; '.join(complaints)}.",
            cure="Name the network that it was saved from, its input channels, or its tensors by remap.",
        )
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ModelRefused(f"{where}: {name} holds numbers that are not finite.", cure="Fetch it again.")
    module.load_state_dict(dict(tensors), strict=False)


def _configuration(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelRefused(f"{path} is no JSON ({error}).") from error
    return document if isinstance(document, dict) else {}


def _labels_beside(folder: Path, config: dict[str, Any]) -> Any:
    if (folder / "labels.json").is_file():
        found = labels_in(folder / "labels.json")
        if found is None:
            raise ModelRefused(f"{folder / 'labels.json'} holds no list of labels.")
        return found
    return config.get("label_names")


def _plain(tensors: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    notes = []
    for prefix in _PREFIXES:
        if tensors and all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
            notes.append(f"{prefix!r} taken off every name")
    return tensors, tuple(notes)


def _network(name: str, tensors: dict[str, Any], in_chans: int, path: Path) -> Any:
    try:
        import timm
    except ImportError as error:
        raise LibraryUnavailable(
            f"{error.name}, which runs this model, is not installed.", cure='`pip install "audiokit[ml]"`.'
        ) from error
    if not timm.is_model(name):
        close = ", ".join(timm.list_models(f"*{name.partition('_')[0]}*")[:3])
        raise ModelUnavailable(f"timm has no network {name!r}.", cure=f"It has {close} …" if close else "")
    stated = timm.get_pretrained_cfg(name)
    heads = stated.classifier if stated is not None else "classifier"
    head = heads if isinstance(heads, str) else heads[0]
    weight = tensors.get(f"{head}.weight")
    if weight is None:
        raise ModelRefused(f"{path} has no {head}.weight, the head of {name}.", cure="Name it by remap.")
    return timm.create_model(name, pretrained=False, in_chans=in_chans, num_classes=int(weight.shape[0]))


def _look(model: Any, path: Path, in_chans: int, device: str) -> None:
    import torch

    with torch.inference_mode():
        logits = model(torch.from_numpy(canary_pictures(in_chans, 224, 224)).to(device)).float().cpu().numpy()
    wrong = what_is_wrong(logits)
    if wrong:
        raise ModelRefused(f"{path} loaded, but its network cannot be trusted: {wrong}.", cure="Fetch it again.")
