"""What a loader was asked for: its device, where features are computed, and what a dataset says for itself."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.training.features import features_for
from audiokit.training.features.deferred import DeferredFeatures

__all__ = ["device_of", "refuse_options", "where_features"]


def refuse_options(loader: type, options: Mapping[str, Any], feature_options: Mapping[str, Any]) -> None:
    """Refuse options of a dataset beside a dataset, which has its own: they would do nothing.

    Parameters
    ----------
    loader : type
        Whose defaults count as not given.
    options, feature_options : mapping
        As given.

    Raises
    ------
    ParameterError
        Naming those that were given.
    """
    defaults = inspect.signature(loader).parameters
    found = [name for name, value in options.items() if not _is(value, defaults[name].default)]
    found += feature_options
    if found:
        raise ParameterError(
            f"A dataset was given, which has {', '.join(found)} of its own: here they would do nothing.",
            cure="Give them to AudioDataset, or give the loader files.",
        )


def _is(value: Any, default: Any) -> bool:
    if isinstance(value, list | tuple):
        return list(value) == list(default or ())
    return value is default or (isinstance(value, str | int | float) and bool(value == default))


def device_of(device: Any) -> Any:
    """Return a torch.device that is there.

    Raises
    ------
    LibraryUnavailable
        Without torch, or without such a device: nothing is put in its place.
    ParameterError
        For what names none.
    """
    try:
        import torch
    except ImportError as error:
        raise LibraryUnavailable("A loader needs torch.", cure='pip install "audiokit[train]"') from error
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ParameterError(f"device {device!r} names none.", cure='"cpu", "cuda" or "cuda:1", say.') from error
    if found.type == "cuda" and not (torch.cuda.is_available() and (found.index or 0) < torch.cuda.device_count()):
        raise LibraryUnavailable(
            f"torch sees {torch.cuda.device_count() if torch.cuda.is_available() else 0} GPUs, and {found} is wanted.",
            cure='device="cuda" if torch.cuda.is_available() else "cpu"',
        )
    return found


def where_features(
    features: Any,
    options: Mapping[str, Any],
    augmentations: Any,
    device: Any,
    wanted: str,
    *,
    target_sr: int,
    mono: bool,
) -> tuple[Any, Any]:
    """Decide where features are computed.

    Returns
    -------
    for_workers : callable or None
        For the dataset.
    module : torch.nn.Module or None
        For `Delivery`; then workers only draw what is done to features.
    """
    if not isinstance(features, str):
        if options:
            raise ParameterError(
                f"Options {', '.join(sorted(options))} belong to a feature of a name.",
                cure='features="mfcc", say; or a misspelt option of the loader.',
            )
        if wanted == "device":
            raise ParameterError("Only features of a name are computed on the device.", cure='features="log_mel", say.')
        return features, None
    if not mono:
        raise ParameterError(f"{features} is of one channel, and mono is False.", cure="mono=True, or a callable.")
    chosen = {**options, "sample_rate": target_sr}
    arrays = features_for(features, backend="numpy", **chosen)
    on_device = wanted == "device" or (wanted == "auto" and device.type != "cpu")
    if not on_device:
        return arrays, None
    deferred = DeferredFeatures(arrays.options)  # type: ignore[union-attr]
    if not deferred.knows(augmentations):
        if wanted == "device":
            raise ParameterError("An augmentation of features has no batched form.", cure='features_on="workers"')
        return arrays, None
    module = features_for(features, **chosen)
    return deferred, module.to(device)  # type: ignore[union-attr]
