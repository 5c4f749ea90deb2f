"""What a loader is put together from: its dataset, and the engine that makes batches of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit.decode.segments import available_cpus
from audiokit.training.dataset import AudioDataset
from audiokit.training.loader.asked import refuse_options, where_features
from audiokit.training.loader.engine import Engine
from audiokit.training.loader.processes import default_start_method
from audiokit.training.loader.remembered import Remembered, cache_folder, facts_of
from audiokit.training.loader.tuner import Tuner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from audiokit.training.loader.plan import Plan

__all__ = ["engine_for", "opened_dataset"]


def opened_dataset(
    loader: type,
    files: Any,
    options: Mapping[str, Any],
    feature_options: Mapping[str, Any],
    *,
    device: Any,
    features_on: str,
    seed: int,
) -> tuple[AudioDataset, Any]:
    """Return the dataset that was given, or the one of files; and the features that the device computes, or None.

    Raises
    ------
    ParameterError
        For options beside a dataset, which has its own, and as `AudioDataset`.
    """
    if isinstance(files, AudioDataset):
        refuse_options(loader, options, feature_options)
        return files, None
    features, module = where_features(
        options["features"],
        feature_options,
        options["augmentations"],
        device,
        features_on,
        target_sr=options["target_sr"],
        mono=options["mono"],
    )
    return AudioDataset(files, seed=seed, **{**options, "features": features}), module


def engine_for(
    dataset: AudioDataset,
    batch_size: int,
    *,
    plan: Plan | None,
    start_method: str | None,
    folder: Path,
    remember: bool,
    known_by: tuple[Any, ...],
) -> Engine:
    """Return an engine with a plan, or with a tuner that begins with what was best for such data the last time.

    Parameters
    ----------
    dataset, batch_size, plan, start_method, remember
        As in `audiokit.AudioDataLoader`.
    folder : Path
        For what processes share.
    known_by : tuple
        Device, features and their options: what else makes data such data.
    """
    cores, tuner, remembered = available_cpus(), None, None
    if plan is None:
        if remember:
            remembered = Remembered(facts_of(dataset, batch_size, *known_by), cores, cache_folder())
        tuner = Tuner(cores, batch_size, start=remembered.plan() if remembered else None)
        plan = tuner.plan
    keep = remembered.keep if remembered else lambda _: None
    return Engine(dataset, plan, tuner, start_method or default_start_method(), folder, keep)
