"""Load checkpoints so that weights cannot lie: every tensor in its place, none random, and a network that listens."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiokit.errors import LibraryUnavailable, ModelRefused, ModelUnavailable, ParameterError
from audiokit.models.catalogue import HEADS
from audiokit.models.checkpoint import refuse_pickled_code, tensor_shapes
from audiokit.models.completeness import weight_files
from audiokit.models.heads import Rules, fitting_labels, known_head, put_tanh, renamed
from audiokit.models.listening import canary_of_sounds
from audiokit.models.places import find, known_entry, locate, verify_files

__all__ = ["AuditReport", "AuditedModel", "load_audited", "load_catalogued", "load_transformers_audited"]

# Used in training only, and so absent from some checkpoints, or left over in them; no answer depends on these.
_UNUSED = ("masked_spec_embed", "position_ids", "num_batches_tracked")


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was found out about a checkpoint while it loaded.

    Parameters
    ----------
    files : tuple of str
        The weights that were read.
    format : str
        ``"safetensors"``, or ``"pickle of tensors"`` (looked through, then read with ``weights_only``).
    tensors, parameters : int
        Of the checkpoint, and of the network.
    renamed : tuple of (str, str)
        Tensors that were given another name.
    head : str
        ``"linear"`` or ``"tanh"``.
    labels : tuple of str
        One for each output; empty where the configuration has none of its own.
    canary : str
        What the canary found, or why it did not run.
    """

    files: tuple[str, ...]
    format: str
    tensors: int
    parameters: int
    renamed: tuple[tuple[str, str], ...]
    head: str
    labels: tuple[str, ...]
    canary: str


@dataclass(frozen=True, slots=True)
class AuditedModel:
    """A network that passed, on its device and in evaluation mode, and what was found out about it."""

    model: Any
    report: AuditReport


def load_transformers_audited(folder: str | Path, auto_class: Any, *, remap: Rules = (), **options: Any) -> Any:
    """Load a checkpoint as `load_audited` does, and return the network alone."""
    return load_audited(folder, auto_class, remap=remap, **options).model


def load_catalogued(name: str, auto_class: Any = "AutoModelForAudioClassification", **options: Any) -> AuditedModel:
    """Find a model of the catalogue on this machine and load it with the cure for its known defects, if it has any.

    Parameters
    ----------
    name : str
        See `audiokit.models.locate`; its files are compared with the hashes on record.
    auto_class, **options
        See `load_audited`.
    """
    facts = known_entry(name)
    cure = {"remap": facts.remap, "head": facts.head} if facts.remap else {}
    return load_audited(locate(name), auto_class, **{**cure, **options})


def load_audited(
    folder: str | Path,
    auto_class: Any,
    *,
    remap: Rules = (),
    head: str | None = None,
    ignore: Sequence[str] = (),
    canary: bool = True,
    device: str = "cpu",
) -> AuditedModel:
    """Load a transformers checkpoint from a folder, or refuse it. No network, no code from the checkpoint.

    Refused are: a file that is not what its hash says, where one is on record (`audiokit.models.locate`); a pickle that
    holds anything beyond tensors; tensors that the network wants and the checkpoint lacks, that have another shape, or
    that it has no place for; a head that is stored under the names of another class, unless `remap` names them; numbers
    that are not finite; labels that do not fit the head; and a network that fails the canary
    (`audiokit.models.canary`).

    Parameters
    ----------
    folder : str or path
        With ``config.json`` and weights.
    auto_class : class or str
        Of transformers, for example ``"AutoModelForAudioClassification"``.
    remap : sequence of (str, str)
        Regular expressions of tensor names and replacements; each must match something.
    head : {"linear", "tanh"}, optional
        What stands between the two layers of the head. By default what the head is known to have had, where `remap`
        puts a known one right, else ``"linear"``.
    ignore : sequence of str
        Names of tensors that may be left over or missing, because no answer depends on them.
    canary : bool
        Whether six very different sounds are put in.
    device : str
        Where the network goes.

    Returns
    -------
    AuditedModel
        In evaluation mode.

    Raises
    ------
    ModelUnavailable
        If there is nothing in the folder.
    ModelRefused
        As above; the message names the tensors.
    LibraryUnavailable
        If transformers or torch is not installed.
    """
    place = Path(folder)
    if head is not None and head not in HEADS:
        raise ParameterError(f"There is no head {head!r}.", cure=f"There are: {', '.join(HEADS)}.")
    files = _weights(place)
    verify_files(find(place))
    loader = _loader(auto_class)
    config = _configuration(place)
    names = renamed(shapes := tensor_shapes(files), rules=remap)
    known = known_head(names)
    if known is not None and not remap:
        rules = ", ".join(f"({pattern!r}, {replacement!r})" for pattern, replacement in known.remap)
        raise ModelRefused(
            f"The head of {place} is stored as {' and '.join(known.tensors)}, names that transformers does not know: "
            "it would leave the head random and answer by chance.",
            cure=f"Load it with remap=[{rules}], or by its name in the catalogue.",
        )
    for old, new in names.items():
        if new == "projector.weight" and hasattr(config, "classifier_proj_size"):
            config.classifier_proj_size = shapes[old][0]
    model, found = _from_pretrained(loader, place, config, dict(remap), safe=files[0].suffix == ".safetensors")
    _all_in_place(place, found, (*_UNUSED, *ignore))
    style = head or (known.head if known else "linear")
    if style == "tanh":
        put_tanh(model)
    _finite(model, place)
    labels = _labels(model, place)
    model = model.to(device).eval()
    report = AuditReport(
        files=tuple(path.name for path in files),
        format="safetensors" if files[0].suffix == ".safetensors" else "pickle of tensors",
        tensors=len(shapes),
        parameters=sum(int(tensor.numel()) for tensor in model.parameters()),
        renamed=tuple((old, new) for old, new in names.items() if old != new),
        head=style,
        labels=labels,
        canary=canary_of_sounds(model, place, device, labels) if canary else "not asked for",
    )
    return AuditedModel(model, report)


def _weights(place: Path) -> tuple[Path, ...]:
    if not place.is_dir():
        raise ModelUnavailable(f"There is no folder {place}.", cure="Name a folder with config.json and weights.")
    files = weight_files(place)
    if not files:
        raise ModelUnavailable(f"There are no weights in {place}.", cure="It wants model.safetensors.")
    for path in files:
        if path.suffix != ".safetensors":
            refuse_pickled_code(path)
    return files


def _loader(auto_class: Any) -> Any:
    try:
        import torch  # noqa: F401 - transformers' own message for this is a page long
        import transformers
    except ImportError as error:
        raise LibraryUnavailable(
            f"{error.name}, which runs this model, is not installed.", cure='`pip install "audiokit[ml]"`.'
        ) from error
    return getattr(transformers, auto_class) if isinstance(auto_class, str) else auto_class


def _configuration(place: Path) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(str(place), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelRefused(f"{place}: config.json cannot be used ({_first_line(error)}).") from error


def _from_pretrained(
    loader: Any, place: Path, config: Any, mapping: dict[str, str], *, safe: bool
) -> tuple[Any, dict[str, Any]]:
    import torch

    try:
        with _quiet():
            model, found = loader.from_pretrained(
                str(place),
                config=config,
                dtype=torch.float32,  # whatever it was stored in: processors are slow, or wrong, with less
                key_mapping=mapping or None,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=safe,
                weights_only=True,
                ignore_mismatched_sizes=True,  # reported, and refused below with all names at once
                output_loading_info=True,
            )
    except MemoryError:
        raise
    except Exception as error:  # transformers passes on whatever its readers raise
        if type(error).__name__ == "OutOfMemoryError":
            raise
        raise ModelRefused(f"{place} cannot be loaded ({_first_line(error)}).", cure="Fetch it again.") from error
    return model, found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and no table of tensors: what matters is said by the error."""
    from transformers.utils import logging

    bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _all_in_place(place: Path, found: dict[str, Any], unused: Iterable[str]) -> None:
    def strange(names: Iterable[Any]) -> list[str]:
        plain = [name if isinstance(name, str) else str(name[0]) for name in names]
        return sorted(name for name in plain if not any(name == word or name.endswith(f".{word}") for word in unused))

    complaints = []
    for what, key in (
        ("lacks", "missing_keys"),
        ("has in another shape", "mismatched_keys"),
        ("has no place in the network for", "unexpected_keys"),
    ):
        names = strange(found.get(key) or ())
        if names:
            more = f" and {len(names) - 4} more" if len(names) > 4 else ""
            complaints.append(f"it {what} {', '.join(names[:4])}{more}")
    complaints += [str(message) for message in found.get("error_msgs") or ()]
    if complaints:
        raise ModelRefused(
            f"{place} does not fit the network: {'; '.join(complaints)}. What it lacks would be random.",
            cure="Load it with the class that it was saved from, or name the tensors by remap.",
        )


def _finite(model: Any, place: Path) -> None:
    import torch

    for name, tensor in model.named_parameters():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ModelRefused(f"{place}: {name} holds numbers that are not finite.", cure="Fetch it again.")


def _labels(model: Any, place: Path) -> tuple[str, ...]:
    """The configuration's own labels; transformers makes up LABEL_0 and so on where there are none."""
    stated = json.loads((place / "config.json").read_text(encoding="utf-8")).get("id2label")
    layer = getattr(model, "classifier", None)
    outputs = getattr(layer, "out_features", None) or getattr(getattr(layer, "dense", None), "out_features", None)
    if not stated or outputs is None:
        return ()
    return fitting_labels(stated, int(outputs), f"{place}: config.json")


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else repr(error)
