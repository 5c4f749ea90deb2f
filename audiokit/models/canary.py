"""The canary: a network that answers the same, or nothing but chance, to very different sounds did not load right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["canary_pictures", "canary_sounds", "what_is_wrong"]

# A head of random weights, as transformers makes them, spreads probability evenly to a few percent; a trained one is
# surer than this of at least one of six different sounds, whatever it thinks they are.
FLAT = 0.05
# A network that is deaf gives the same to rounding. A saturated but living one still moves its logits by more than this
# share of what lies between its classes.
SAME = 0.01


def canary_sounds(sample_rate: int = 16_000, seconds: float = 1.0) -> NDArray[np.float32]:
    """Six very different sounds: noise, a tone, a sweep, a voice-like vowel, clicks, a beating chord.

    Returns
    -------
    ndarray, shape (6, sample_rate * seconds), float32
        Peaks at 0.3.
    """
    time = np.arange(round(sample_rate * seconds)) / sample_rate
    noise = np.random.default_rng(0).standard_normal(time.size)
    tone = np.sin(2 * np.pi * 220 * time)
    sweep = np.sin(2 * np.pi * (100 * time + 1500 * time**2 / seconds))
    pitch = 2 * np.pi * np.cumsum(130 + 20 * np.sin(2 * np.pi * 3 * time)) / sample_rate
    vowel = sum(np.exp(-(((n * 130 - 700) / 250) ** 2)) * np.sin(n * pitch) for n in range(1, 25))
    vowel = vowel * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * time))
    clicks = (np.arange(time.size) % (sample_rate // 8) < sample_rate // 1000).astype(float)
    chord = sum(np.sin(2 * np.pi * f * time) for f in (262, 330, 392)) * (1 + np.sin(2 * np.pi * 2 * time))
    sounds = np.stack([noise, tone, sweep, np.asarray(vowel), clicks, np.asarray(chord)])
    return np.asarray(0.3 * sounds / np.abs(sounds).max(axis=1, keepdims=True), dtype=np.float32)


def canary_pictures(channels: int, height: int, width: int) -> NDArray[np.float32]:
    """Six very different pictures in place of spectrograms: noise, stripes across, stripes along, edges, a slope, flat.

    Returns
    -------
    ndarray, shape (6, channels, height, width), float32
        Between 0 and 1.
    """
    rows, columns = np.mgrid[0:height, 0:width]
    pictures = np.stack(
        [
            np.random.default_rng(0).random((height, width)),
            0.5 + 0.5 * np.sin(rows / 3),
            0.5 + 0.5 * np.sin(columns / 3),
            ((rows // 16 + columns // 16) % 2).astype(float),
            rows / max(height - 1, 1),
            np.full((height, width), 0.2),
        ]
    )
    return np.repeat(pictures[:, np.newaxis].astype(np.float32), channels, axis=1)


def what_is_wrong(logits: NDArray[np.floating], *, chance: bool = True) -> str | None:
    """Judge a network by what it says to very different inputs.

    Parameters
    ----------
    logits : ndarray, shape (inputs, classes) or (inputs, frames, classes)
        Before any softmax.
    chance : bool
        Whether even probabilities are wrong: not for one output, nor for answers frame by frame.

    Returns
    -------
    str or None
        What gave it away; None where nothing did.
    """
    values = np.asarray(logits, dtype=np.float64)
    if not np.isfinite(values).all():
        return "it answers with numbers that are not finite"
    spread = float(np.ptp(values, axis=0).max())
    between = float(np.ptp(values, axis=-1).max())
    if spread <= max(SAME * between, 1e-6):
        return (
            f"it answers the same to {len(values)} very different inputs (its logits differ by {spread:.2g} between "
            f"inputs, by {between:.2g} between classes)"
        )
    classes = values.shape[-1]
    if not chance or values.ndim != 2 or classes < 2:
        return None
    exponentials = np.exp(values - values.max(axis=-1, keepdims=True))
    highest = (exponentials / exponentials.sum(axis=-1, keepdims=True)).max(axis=-1)
    if float(highest.max()) < 1 / classes + FLAT * (1 - 1 / classes):
        return (
            f"its answers are chance: of {classes} classes the likeliest has {highest.max():.3f} at most, for "
            f"{len(values)} very different inputs (chance is {1 / classes:.3f})"
        )
    return None
