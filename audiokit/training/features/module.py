"""Features as torch modules: whole batches, on the CPU or a GPU, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch  # noqa: TID253 - this module is reached through a lazy front door

from audiokit.errors import ParameterError
from audiokit.training.features.options import FeatureOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FeatureModule", "LogMel", "Mel", "Mfcc", "Spectrogram"]


class FeatureModule(torch.nn.Module):
    """One feature of a batch.

    Window, filters and cosines are buffers: ``.to("cuda")`` takes them along, and a checkpoint does not hold them.

    Parameters
    ----------
    options : FeatureOptions
        Which feature, and how.
    """

    window: torch.Tensor
    filters: torch.Tensor | None
    cosines: torch.Tensor | None

    def __init__(self, options: FeatureOptions) -> None:
        super().__init__()
        self.options = options
        self.register_buffer("window", torch.from_numpy(options.window().astype(np.float32)), persistent=False)
        filters = None if options.name == "spectrogram" else torch.from_numpy(options.filters())
        self.register_buffer("filters", filters, persistent=False)
        cosines = torch.from_numpy(options.cosines()) if options.name == "mfcc" else None
        self.register_buffer("cosines", cosines, persistent=False)

    def frames_of(self, length: int) -> int:
        """How many frames an item of `length` samples has, whatever it is padded to."""
        return self.options.frames_of(length)

    def forward(self, samples: torch.Tensor, lengths: Sequence[int] | None = None) -> torch.Tensor:
        """Compute the feature.

        Parameters
        ----------
        samples : Tensor, shape (batch, time), float32
            One channel at the options' sample rate; filled up with nought to the longest.
        lengths : sequence of int, optional
            Samples of each item that count. What comes after is left out of an item's loudest bin, from which
            `top_db` is counted, and its frames hold nought.

        Returns
        -------
        Tensor, shape (batch, bands, frames)
            Same device; `frames_of` says how many frames of each item count.

        Raises
        ------
        ParameterError
            For another shape, or an item too short for a frame.
        """
        if samples.dim() != 2:
            raise ParameterError(
                f"{self.options.name} wants a batch of shape (batch, time), got {tuple(samples.shape)}.",
                cure="A single item is samples[None, :].",
            )
        self.options.checked_length(samples.shape[1])
        counts = None if lengths is None else self._counts(samples, lengths)
        found = self._linear(samples if lengths is None else samples * self._within(samples, lengths))
        if self.options.name in ("log_mel", "mfcc"):
            found = self._decibels(found, counts)
        if self.cosines is not None:
            found = self.cosines @ found
        return found if counts is None else found.masked_fill(~counts, 0.0)

    def _linear(self, samples: torch.Tensor) -> torch.Tensor:
        options = self.options
        spectrum = torch.stft(
            samples,
            options.n_fft,
            hop_length=options.hop_length,
            window=self.window,
            center=options.center,
            pad_mode="constant",
            return_complex=True,
        )
        if options.power == 2.0:
            raised = spectrum.real.square() + spectrum.imag.square()
        else:
            magnitude = spectrum.abs()
            raised = magnitude if options.power == 1.0 else magnitude**options.power
        return raised if self.filters is None else self.filters @ raised

    def _decibels(self, found: torch.Tensor, counts: torch.Tensor | None) -> torch.Tensor:
        decibels = 10.0 * found.clamp(min=self.options.amin).log10()
        if self.options.top_db is None:
            return decibels
        looked_at = decibels if counts is None else decibels.masked_fill(~counts, -torch.inf)
        return torch.maximum(decibels, looked_at.amax((1, 2), keepdim=True) - self.options.top_db)

    def _counts(self, samples: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
        if len(lengths) != len(samples) or any(not 1 <= length <= samples.shape[1] for length in lengths):
            raise ParameterError(
                f"{len(samples)} items want as many lengths between 1 and {samples.shape[1]}, got {list(lengths)}."
            )
        frames = [self.options.checked_length(int(length)) for length in lengths]
        every = torch.arange(self.options.frames_of(samples.shape[1]), device=samples.device)
        return every < torch.tensor(frames, device=samples.device)[:, None, None]

    @staticmethod
    def _within(samples: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
        ends = torch.tensor([int(length) for length in lengths], device=samples.device)[:, None]
        return torch.arange(samples.shape[1], device=samples.device) < ends


class Spectrogram(FeatureModule):
    """``FeatureModule(FeatureOptions("spectrogram", ...))``: equal to ``abs(librosa.stft) ** power``."""

    def __init__(self, **options: object) -> None:
        super().__init__(FeatureOptions("spectrogram", **options))  # type: ignore[arg-type]


class Mel(FeatureModule):
    """``FeatureModule(FeatureOptions("mel", ...))``: equal to ``librosa.feature.melspectrogram``."""

    def __init__(self, **options: object) -> None:
        super().__init__(FeatureOptions("mel", **options))  # type: ignore[arg-type]


class LogMel(FeatureModule):
    """``FeatureModule(FeatureOptions("log_mel", ...))``: that, through ``librosa.power_to_db``."""

    def __init__(self, **options: object) -> None:
        super().__init__(FeatureOptions("log_mel", **options))  # type: ignore[arg-type]


class Mfcc(FeatureModule):
    """``FeatureModule(FeatureOptions("mfcc", ...))``: equal to ``librosa.feature.mfcc``."""

    def __init__(self, **options: object) -> None:
        super().__init__(FeatureOptions("mfcc", **options))  # type: ignore[arg-type]
