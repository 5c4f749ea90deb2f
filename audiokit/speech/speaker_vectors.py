"""A speaker's vector from a clip, by a network that tells speakers apart."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.audio import Audio
from audiokit.errors import ModelRefused, ParameterError
from audiokit.models.places import find, verify_files
from audiokit.models.store import default_store
from audiokit.speech.voice_network import audited, facts_of, needed, random_mark

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore

__all__ = ["SpeakerVector", "speaker_vector"]

_KINDS = ("WavLMForXVector", "Wav2Vec2ForXVector", "UniSpeechSatForXVector", "Data2VecAudioForXVector")
_OF_TRAINING = ("objective.weight",)  # what the loss compares with
_SAMPLE_RATE = 16_000
_SHORTEST_SECONDS, _LONGEST_SECONDS = 1.0, 60.0


@dataclass(frozen=True, slots=True)
class SpeakerVector:
    """What an encoder made of a clip.

    Parameters
    ----------
    vector : ndarray, shape (dimensions,), float32
        Of length 1.
    encoder : str
        What made it.
    heard_seconds : float
        How much of the clip it heard.
    """

    vector: NDArray[np.float32]
    encoder: str
    heard_seconds: float


def speaker_vector(
    source: Audio | str | os.PathLike[str],
    encoder: str | os.PathLike[str] = "wavlm_base_plus_sv",
    *,
    dimensions: int | None = 512,
    device: str = "auto",
    store: ModelStore | None = None,
) -> SpeakerVector:
    """Make a speaker's vector of a clip, for `VoiceBank.with_voice`.

    Vectors of different encoders are different languages: SpeechT5 learned those of SpeechBrain's
    ``spkrec-xvect-voxceleb``, which transformers does not read. One of another encoder is accepted where its length
    fits, and what is spoken with it says that it need not resemble the speaker.

    Parameters
    ----------
    source : Audio or path
        One speaker, 1 s at least; of more than a minute, the first minute is heard.
    encoder : str or path
        A model of the catalogue, or the folder of a checkpoint of transformers with an x-vector head (WavLM, wav2vec 2,
        UniSpeech-SAT, data2vec).
    dimensions : int, optional
        What the vector is for wants so many numbers; None takes any.
    device : str
        As `audiokit.transcribe`.
    store : ModelStore, optional
        Where loaded models are kept.

    Returns
    -------
    SpeakerVector

    Raises
    ------
    ParameterError
        If the clip is too short or silent.
    ModelUnavailable, LibraryUnavailable
        If the encoder is not on this machine.
    ModelRefused
        If the checkpoint is no such encoder, or its vectors have another length; the message names both shapes.
    """
    from audiokit.decode import read

    needed(("torch", "transformers"), "the speaker encoder")
    found = find(encoder)
    verify_files(found)
    place = found.path
    kind = _kind_of(place)
    _fits(place, dimensions)
    samples = _heard(source if isinstance(source, Audio) else read(source, duration_seconds=_LONGEST_SECONDS))
    key = ("speaker_vector", str(place.resolve()))
    with (store or default_store()).lease(
        key, lambda on: (audited(place, kind, on, ignore=_OF_TRAINING), on), device=device
    ) as loaded:
        vector = _encoded(loaded[0], loaded[1], samples, normalised=bool(_preprocessing(place).get("do_normalize")))
    if dimensions is not None and vector.shape != (dimensions,):
        raise _wrong_shape(place, vector.size, dimensions)
    label = f"{kind} ({place.name}{random_mark(place)})"
    return SpeakerVector(vector, label, samples.size / _SAMPLE_RATE)


def _kind_of(place: Path) -> str:
    names = facts_of(place).get("architectures") or ()
    for name in names:
        if name in _KINDS:
            return str(name)
    raise ModelRefused(
        f"{place} is no speaker encoder: its config.json names {', '.join(map(str, names)) or 'nothing'}.",
        cure=f"Known are: {', '.join(_KINDS)}.",
    )


def _fits(place: Path, dimensions: int | None) -> None:
    """Refuse before anything is loaded where the configuration says the length."""
    stated = facts_of(place).get("xvector_output_dim")
    if dimensions is not None and isinstance(stated, int) and stated != dimensions:
        raise _wrong_shape(place, stated, dimensions)


def _wrong_shape(place: Path, got: int, wanted: int) -> ModelRefused:
    return ModelRefused(
        f"{place} makes vectors of shape ({got},), and shape ({wanted},) is wanted.",
        cure="Take the encoder that the network was trained with, or dimensions=None for another use.",
    )


def _preprocessing(place: Path) -> dict[str, Any]:
    return facts_of(place, "preprocessor_config.json")


def _heard(audio: Audio) -> NDArray[np.float32]:
    from audiokit.dsp import resample

    mono = audio.mono().samples[0, : int(_LONGEST_SECONDS * audio.sample_rate)]
    samples: NDArray[np.float32] = resample(mono, audio.sample_rate, _SAMPLE_RATE)
    if samples.size < _SHORTEST_SECONDS * _SAMPLE_RATE:
        raise ParameterError(
            f"A voice wants {_SHORTEST_SECONDS:g} s of a speaker at least, got {samples.size / _SAMPLE_RATE:.2f} s.",
            cure="Ten seconds of clean speech are better.",
        )
    if not samples.any():
        raise ParameterError("The clip is silent: there is no speaker in it.")
    return samples


def _encoded(network: Any, device: str, samples: NDArray[np.float32], *, normalised: bool) -> NDArray[np.float32]:
    import torch

    if normalised:  # as Wav2Vec2FeatureExtractor: zero mean, unit variance
        samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    with torch.inference_mode():
        made = network(torch.from_numpy(np.ascontiguousarray(samples, np.float32))[None].to(device)).embeddings[0]
        made = torch.nn.functional.normalize(made.float(), dim=-1)
    return np.array(made.cpu().numpy(), np.float32)
