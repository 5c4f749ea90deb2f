"""Voices as vectors: names and x-vectors in a file, for networks that speak in any voice that a vector describes.

An x-vector is what a network that tells speakers apart makes of a recording (Snyder et al., "X-vectors: Robust DNN
embeddings for speaker recognition", ICASSP 2018). SpeechT5 was trained on those of 512 numbers.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable, ModelRefused, OutputExists, ParameterError, SourceNotFound

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["VoiceBank"]

_MADE_BY = "__made_by__"
_ENDINGS = (".npz", ".safetensors")


@dataclass(frozen=True, eq=False)
class VoiceBank(Mapping[str, "NDArray[np.float32]"]):
    """Speakers' vectors by name; all of one length.

    Parameters
    ----------
    vectors : mapping of str to array, shape (dimensions,)
        Kept as float32, read-only.
    made_by : mapping of str to str
        For voices made of a clip: which encoder made them. A network that was trained on another encoder's vectors
        need not speak like the speaker of the clip, and says so.

    Raises
    ------
    ParameterError
        If a vector is not one row of finite numbers, or the lengths differ.

    Examples
    --------
    >>> bank = VoiceBank({"anna": np.ones(512)}).with_voice("ben", np.zeros(512), made_by="an encoder")
    >>> list(bank), bank.dimensions, dict(bank.made_by)
    (['anna', 'ben'], 512, {'ben': 'an encoder'})
    """

    vectors: Mapping[str, NDArray[np.float32]]
    made_by: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept: dict[str, NDArray[np.float32]] = {}
        for name, given in self.vectors.items():
            vector = np.array(given, np.float32)  # a copy: nobody else shall change it
            if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all():
                raise ParameterError(
                    f"The vector of {name!r} must be one row of finite numbers, got shape {np.shape(given)}.",
                    cure="An x-vector has shape (512,).",
                )
            if name == _MADE_BY or not name:
                raise ParameterError(f"A voice cannot be called {name!r}.")
            first = next(iter(kept.values()), vector)
            if vector.shape != first.shape:
                raise ParameterError(
                    f"The vector of {name!r} has shape {vector.shape}, that of {next(iter(kept))!r} {first.shape}.",
                    cure="All voices of a bank come from encoders of one size.",
                )
            vector.flags.writeable = False
            kept[name] = vector
        object.__setattr__(self, "vectors", MappingProxyType(kept))
        object.__setattr__(self, "made_by", MappingProxyType(dict(self.made_by)))

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self.vectors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.vectors)

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def dimensions(self) -> int:
        """Numbers in each vector; 0 for an empty bank."""
        return next((vector.size for vector in self.vectors.values()), 0)

    def with_voice(self, name: str, vector: ArrayLike, *, made_by: str = "") -> VoiceBank:
        """Return a bank with one more voice, or another vector for one that it has."""
        others = {other: maker for other, maker in self.made_by.items() if other != name}
        makers = {**others, name: made_by} if made_by else others
        return replace(self, vectors={**self.vectors, name: np.asarray(vector, np.float32)}, made_by=makers)

    def vector_of(self, name: str, dimensions: int) -> NDArray[np.float32]:
        """Return a voice's vector for a network that wants so many numbers.

        Raises
        ------
        ParameterError
            If there is no such voice, or its length is another; the message names both shapes.
        """
        if name not in self.vectors:
            raise ParameterError(
                f"The voice bank has no voice {name!r}.", cure=f"It has: {', '.join(list(self)[:12]) or 'none'}."
            )
        vector = self.vectors[name]
        if vector.shape != (dimensions,):
            raise ParameterError(
                f"The vector of {name!r} has shape {vector.shape}, the network wants ({dimensions},).",
                cure="Make it with the encoder that the network was trained with.",
            )
        return vector

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> VoiceBank:
        """Read a bank: ``.npz`` (an array for each name, no pickles) or ``.safetensors`` (a tensor for each name).

        Raises
        ------
        SourceNotFound
            If there is no such file.
        ModelRefused
            If it is damaged, or holds something other than vectors.
        """
        place = Path(path)
        if not place.is_file():
            raise SourceNotFound(f"There is no voice bank at {place}.", cure="VoiceBank.write makes one.")
        try:
            vectors, makers = _read_npz(place) if _ending(place) == ".npz" else _read_safetensors(place)
            return cls(vectors, makers)
        except ParameterError as error:
            raise ModelRefused(f"{place}: {error.message}", cure=error.cure) from error
        except (OSError, ValueError, zipfile.BadZipFile, EOFError, KeyError) as error:
            raise ModelRefused(f"{place} cannot be read as a voice bank ({error}).", cure="Write it again.") from error

    def write(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the bank in the format that the path's ending names.

        Raises
        ------
        OutputExists
            If there is a file already and `overwrite` is off.
        ParameterError
            If the ending is another.
        """
        place = Path(path)
        ending = _ending(place)
        if place.exists() and not overwrite:
            raise OutputExists(f"{place} is there already.", cure="Pass overwrite=True to replace it.")
        makers = json.dumps(dict(self.made_by), ensure_ascii=False)
        arrays = {name: np.array(vector) for name, vector in self.vectors.items()}
        if ending == ".npz":
            # as numpy.savez, which has names of its own that a voice may not have
            with zipfile.ZipFile(place, "w") as archive:
                for name, array in {_MADE_BY: np.array(makers), **arrays}.items():
                    with archive.open(f"{name}.npy", "w") as file:
                        np.lib.format.write_array(file, array, allow_pickle=False)
        else:
            _safetensors().save_file(arrays, str(place), metadata={_MADE_BY: makers})
        return place


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in _ENDINGS:
        raise ParameterError(f"A voice bank ends in {' or '.join(_ENDINGS)}, got {path.name!r}.")
    return ending


def _read_npz(path: Path) -> tuple[dict[str, NDArray[np.float32]], dict[str, str]]:
    with np.load(path, allow_pickle=False) as held:
        makers = json.loads(str(held[_MADE_BY])) if _MADE_BY in held.files else {}
        return {name: held[name] for name in held.files if name != _MADE_BY}, makers


def _read_safetensors(path: Path) -> tuple[dict[str, NDArray[np.float32]], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    _safetensors()
    try:
        with safe_open(path, framework="numpy") as file:
            makers = json.loads((file.metadata() or {}).get(_MADE_BY, "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, makers  # noqa: SIM118 - it is no mapping
    except SafetensorError as error:
        raise ValueError(str(error)) from error


def _safetensors() -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise LibraryUnavailable("safetensors is not installed.", cure="`pip install safetensors`.") from error
    return safetensors.numpy
