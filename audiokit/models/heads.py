"""Classification heads: renamed tensors, the layers of a head whose author had another one, labels that fit."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiokit.errors import ModelRefused, ParameterError

__all__ = ["KnownHead", "Rules", "fitting_labels", "known_head", "labels_in", "put_tanh", "renamed"]

Rules = Sequence[tuple[str, str]]
"""Regular expression of tensor names -> replacement; the first that matches wins."""


@dataclass(frozen=True, slots=True)
class KnownHead:
    """A head that checkpoints carry under names which transformers does not know, so that it would stay random.

    Parameters
    ----------
    tensors : tuple of str
        What gives it away.
    remap : tuple of (str, str)
        The names that transformers expects.
    head : str
        What stands between its two layers.
    """

    tensors: tuple[str, ...]
    remap: tuple[tuple[str, str], ...]
    head: str


# Both come from a class that people wrote before transformers had one: mean over time, dense, tanh, output. There the
# mean is taken first; a linear layer and a mean can change places, so transformers' order gives the same numbers as
# long as the tanh comes after both.
_KNOWN_HEADS = tuple(
    KnownHead(
        ("classifier.dense.weight", f"classifier.{output}.weight"),
        ((r"^classifier\.dense\.", "projector."), (rf"^classifier\.{output}\.", "classifier.")),
        "tanh",
    )
    for output in ("output", "out_proj")
)


def known_head(names: Collection[str]) -> KnownHead | None:
    """Recognise a head by the names of a checkpoint's tensors."""
    return next((head for head in _KNOWN_HEADS if set(head.tensors) <= set(names)), None)


def renamed(names: Iterable[str], rules: Rules) -> dict[str, str]:
    """Rename tensors by rules.

    Returns
    -------
    dict of str to str
        Old name -> new name, all names.

    Raises
    ------
    ParameterError
        If a rule is no regular expression.
    ModelRefused
        If a rule matches nothing (then this is not the checkpoint that it was made for), or two tensors would bear one
        name.
    """
    try:
        compiled = [(re.compile(pattern), replacement) for pattern, replacement in rules]
    except re.error as error:
        raise ParameterError(f"A rule of remap is no regular expression: {error}.") from error
    used = set()
    new: dict[str, str] = {}
    for name in names:
        new[name] = name
        for index, (pattern, replacement) in enumerate(compiled):
            if pattern.search(name):
                new[name] = pattern.sub(replacement, name)
                used.add(index)
                break
    for index, (pattern, _) in enumerate(compiled):
        if index not in used:
            raise ModelRefused(
                f"The checkpoint has no tensor that {pattern.pattern!r} would rename.",
                cure="It is not the one with the known defect; load it without remap.",
            )
    if len(set(new.values())) < len(new):
        raise ModelRefused("By the rules of remap two tensors would bear the same name.")
    return new


def put_tanh(model: Any) -> None:
    """Put a tanh in front of a model's ``classifier``, a linear layer; its weights and their names stay."""
    import torch

    class TanhLinear(torch.nn.Linear):  # type: ignore[misc]  # torch is not followed
        def forward(self, values: Any) -> Any:
            return super().forward(torch.tanh(values))

    old = model.classifier
    if type(old) is not torch.nn.Linear:
        raise ModelRefused(f"A tanh belongs before a linear layer; this model's classifier is {type(old).__name__}.")
    layer = TanhLinear(old.in_features, old.out_features, bias=old.bias is not None, device="meta")
    layer.weight, layer.bias = old.weight, old.bias
    layer.train(old.training)
    model.classifier = layer


def fitting_labels(labels: Sequence[str] | Mapping[Any, str], outputs: int, where: str) -> tuple[str, ...]:
    """Check that there is one label for each output of a head.

    Parameters
    ----------
    labels : sequence or mapping
        In order, or by index.
    outputs : int
        Of the head.
    where : str
        Where the labels come from, for the message.

    Raises
    ------
    ModelRefused
        If there are more, fewer, doubled or empty ones.
    """
    if isinstance(labels, Mapping):
        try:
            numbered = {int(index): label for index, label in labels.items()}
        except (TypeError, ValueError) as error:
            raise ModelRefused(f"{where}: labels are numbered by their output, got {list(labels)[:3]}.") from error
        if sorted(numbered) != list(range(len(numbered))):
            raise ModelRefused(f"{where}: labels are numbered from 0 without gaps, got {sorted(numbered)[:5]} …")
        labels = [numbered[index] for index in range(len(numbered))]
    found = tuple(labels)
    if len(found) != outputs:
        raise ModelRefused(
            f"{where} has {len(found)} label(s), the head has {outputs} output(s): they do not belong together.",
            cure="Use the labels that this checkpoint was trained with.",
        )
    if len(set(found)) < len(found) or not all(isinstance(label, str) and label.strip() for label in found):
        raise ModelRefused(f"{where}: labels are texts, none empty, none twice.")
    return found


def labels_in(path: Path) -> Sequence[str] | Mapping[Any, str] | None:
    """Read the labels in a JSON file: a list, a mapping from index to label, or one of these under a usual name.

    Returns
    -------
    sequence or mapping or None
        None where the file has none.

    Raises
    ------
    ModelRefused
        If it is no JSON.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelRefused(f"{path} is no JSON ({error}).") from error
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        for name in ("labels", "label_names", "id2label", "classes"):
            if isinstance(document.get(name), (list, dict)):
                found: Sequence[str] | Mapping[Any, str] = document[name]
                return found
        if document and all(str(key).isdigit() for key in document):
            return document
    return None
