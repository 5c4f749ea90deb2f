"""Checks of what a dataset is made with."""

from __future__ import annotations

from typing import Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.fitting import CROPS, PADS

__all__ = ["check_cut", "check_features", "feature_frames", "item_place", "one_of", "whole_number"]


def check_features(features: Any, target_sr: int) -> None:
    """Raise ParameterError for features that cannot be called, or are for another rate (Hz)."""
    if features is not None and not callable(features):
        raise ParameterError(f"features must be callable, got {features!r}.", cure="features(samples) gives an array.")
    rate = getattr(getattr(features, "options", None), "sample_rate", target_sr)
    if rate != target_sr:
        raise ParameterError(
            f"The features are for {rate} Hz, and target_sr is {target_sr} Hz.", cure="Make both the same."
        )


def check_cut(crop: str, pad: str, on_error: str, duration_seconds: float | None) -> None:
    """Raise ParameterError for unknown ways to crop, to pad or to treat errors, or a length that is none."""
    one_of("crop", crop, CROPS)
    one_of("pad", pad, PADS)
    one_of("on_error", on_error, ("skip", "raise"))
    if duration_seconds is not None and not 0 < duration_seconds < float("inf"):
        raise ParameterError(f"duration_seconds must be above 0, got {duration_seconds!r}.", cure="None for all.")


def feature_frames(features: Any, valid: int, length: int, frames: int) -> int:
    """Return how many of `frames` frames come from the first `valid` of `length` samples."""
    of = getattr(features, "frames_of", None)
    return -(-frames * valid // length) if of is None else min(int(of(valid)), frames)


def item_place(index: int, count: int) -> int:
    """Return an index that counts from 0, also of one that counts from the end; raise IndexError beyond."""
    place = int(index)
    if place < 0:
        place += count
    if not 0 <= place < count:
        raise IndexError(f"item {index} of {count}")
    return place


def one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    """Raise ParameterError for a value that is not among those known."""
    if value not in known:
        raise ParameterError(f"{name} must be one of {', '.join(map(repr, known))}, got {value!r}.")


def whole_number(name: str, value: int) -> int:
    """Return a whole number as a plain one; raise ParameterError if it is none, or negative."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ParameterError(f"{name} must be a whole number, 0 or more, got {value!r}.")
    return int(value)
