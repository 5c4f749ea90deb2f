"""What makes samples of a voice's spectrogram: a HiFi-GAN, or Griffin-Lim where that was asked for."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from audiokit.errors import ModelRefused, ModelUnavailable
from audiokit.models.places import find, verify_files
from audiokit.speech.griffin_lim import GriffinLim
from audiokit.speech.voice_network import audited, facts_of, random_mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore

__all__ = ["GRIFFIN_LIM", "HifiGan", "Vocoder", "opened_vocoder"]

GRIFFIN_LIM = "griffin-lim"
"""What ``vocoder=`` calls the one without weights."""

_KINDS = ("SpeechT5HifiGan", "FastSpeech2ConformerHifiGan")
_BESIDE = "vocoder"  # a folder of this name inside a checkpoint's holds its own


class Vocoder(Protocol):
    """Turns a log-mel spectrogram, shape (frames, bands), into samples, shape (time,)."""

    @property
    def name(self) -> str:
        """For results."""
        ...

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        ...

    @property
    def hop_length(self) -> int:
        """Samples for each frame."""
        ...

    def __call__(self, log_mel: Any) -> NDArray[np.float32]:
        """Make sound."""
        ...


@dataclass(frozen=True)
class HifiGan:
    """A HiFi-GAN of transformers (Kong, Kim and Bae, NeurIPS 2020)."""

    network: Any
    name: str
    sample_rate: int

    @property
    def hop_length(self) -> int:
        """Samples for each frame: the product of its steps of upsampling."""
        return math.prod(self.network.config.upsample_rates)

    def __call__(self, log_mel: Any) -> NDArray[np.float32]:
        """Make sound; see `Vocoder`."""
        import torch

        with torch.inference_mode():
            wave = self.network(log_mel.to(self.network.device, torch.float32))
        return np.array(wave.reshape(-1).float().cpu().numpy(), np.float32)


@contextmanager
def opened_vocoder(
    asked: str | os.PathLike[str] | None,
    *,
    voice: Path,
    usual: str,
    bands: int,
    sample_rate: int | None,
    device: str,
    store: ModelStore,
) -> Iterator[Vocoder]:
    """Make ready the vocoder that was asked for, or the network's usual one; another is never put in its place.

    Parameters
    ----------
    asked : str, path or None
        ``"griffin-lim"``, a name of the catalogue, or the folder of a HiFi-GAN. None takes ``vocoder/`` in the voice's
        folder where there is one, else the usual one.
    voice : pathlib.Path
        The folder of the network that makes the spectrogram.
    usual : str
        Name of the catalogue.
    bands : int
        Of the spectrogram.
    sample_rate : int or None
        In Hz, where the network's files say one.
    device, store
        As `VoiceEngine.opened`.

    Raises
    ------
    ModelUnavailable
        If it is not on this machine.
    ModelRefused
        If it is no vocoder, or wants other bands or another rate; the message names both.
    """
    if asked == GRIFFIN_LIM:
        yield GriffinLim.of(voice)
        return
    place = _place_of(asked, voice, usual)
    kind = next((str(n) for n in facts_of(place).get("architectures") or () if n in _KINDS), None)
    if kind is None:
        raise ModelRefused(f"{place} holds no vocoder that is known here.", cure=f"Known are: {', '.join(_KINDS)}.")
    stated = facts_of(place).get("model_in_dim")
    if stated is not None and stated != bands:
        raise ModelRefused(
            f"The vocoder {place} wants frames of shape ({stated},), the voice makes ({bands},).",
            cure="Take the vocoder that belongs to the voice.",
        )
    own_rate = facts_of(place).get("sampling_rate")
    if own_rate is not None and sample_rate is not None and int(own_rate) != sample_rate:
        raise ModelRefused(
            f"The vocoder {place} makes {own_rate} Hz, the voice was made for {sample_rate} Hz.",
            cure="Take the vocoder that belongs to the voice.",
        )
    rate = own_rate or sample_rate
    if rate is None:
        raise ModelRefused(f"Neither {voice} nor {place} says a sample rate.", cure="Fetch the configurations again.")
    with store.lease(("vocoder", str(place.resolve())), lambda on: audited(place, kind, on), device=device) as network:
        yield HifiGan(network, f"HiFi-GAN ({place.name}{random_mark(place)})", int(rate))


def _place_of(asked: str | os.PathLike[str] | None, voice: Path, usual: str) -> Path:
    if asked is None and (voice / _BESIDE / "config.json").is_file():
        return voice / _BESIDE
    try:
        found = find(usual if asked is None else asked)
    except ModelUnavailable as error:
        if asked is not None or type(error) is not ModelUnavailable:
            raise
        raise ModelUnavailable(
            f"The vocoder {error.message}",
            cure=f'{error.cure} Or vocoder="{GRIFFIN_LIM}", which wants no weights and sounds rough.',
        ) from error
    verify_files(found)
    return found.path
