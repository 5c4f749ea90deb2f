"""Features by name."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.training.features.arrays import ArrayFeatures
from audiokit.training.features.options import FeatureName, FeatureOptions

if TYPE_CHECKING:
    from audiokit.training.features.module import FeatureModule

__all__ = ["feature_options", "features_for"]


def feature_options(name: str, **options: Any) -> FeatureOptions:
    """Check the name and options of a feature.

    Raises
    ------
    ParameterError
        If there is no such feature, or it has no such option.

    Examples
    --------
    >>> feature_options("mfcc", n_mfcc=40).bands
    40
    """
    known = get_args(FeatureName)
    if name not in known:
        raise ParameterError(
            f"No feature is called {name!r}.", cure=f"Use one of {', '.join(known)}, or None for the samples."
        )
    names = [field.name for field in fields(FeatureOptions) if field.name != "name"]
    wrong = sorted(set(options) - set(names))
    if wrong:
        raise ParameterError(f"A feature has no option {', '.join(wrong)}.", cure=f"Options are {', '.join(names)}.")
    return FeatureOptions(name, **options)  # type: ignore[arg-type]


def features_for(
    name: str | None, *, backend: Literal["torch", "numpy"] = "torch", **options: Any
) -> FeatureModule | ArrayFeatures | None:
    """Make what computes a feature.

    Parameters
    ----------
    name : {"mfcc", "log_mel", "mel", "spectrogram"} or None
        None gives None: the samples themselves.
    backend : {"torch", "numpy"}
        A ``torch.nn.Module`` for batches (batch, time), or a callable for single items (time,) that needs no torch.
    **options
        Of `FeatureOptions`: sample_rate, n_fft, hop_length, n_mels, n_mfcc and so on.

    Raises
    ------
    ParameterError
        For an unknown name, option or backend.
    LibraryUnavailable
        If torch is asked for and not installed.

    Examples
    --------
    >>> import numpy as np
    >>> features_for("mfcc", backend="numpy", n_mfcc=40)(np.zeros(16000, np.float32)).shape
    (40, 101)
    """
    if backend not in ("torch", "numpy"):
        raise ParameterError(f"Unknown backend {backend!r}.", cure='Use "torch" or "numpy".')
    if name is None:
        if options:
            raise ParameterError(f"Samples have no option {', '.join(sorted(options))}.", cure="Name a feature.")
        return None
    checked = feature_options(name, **options)
    if backend == "numpy":
        return ArrayFeatures(checked)
    try:
        from audiokit.training.features import module
    except ImportError as error:
        raise LibraryUnavailable(
            "Features of batches need torch.", cure='pip install "audiokit[train]", or backend="numpy".'
        ) from error
    classes = {"spectrogram": module.Spectrogram, "mel": module.Mel, "log_mel": module.LogMel, "mfcc": module.Mfcc}
    return classes[checked.name](**options)
