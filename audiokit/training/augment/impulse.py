"""The sound of a room, a telephone or a loudspeaker: convolution with its impulse response."""

from __future__ import annotations

import base64
import os
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.dsp.arrays import checked_rate
from audiokit.errors import ParameterError
from audiokit.training.augment.augmentation import Augmentation, checked_items
from audiokit.training.augment.recordings import read_recording, recordings_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["ImpulseResponse", "response_of"]

_WORTHWHILE = 0.8  # share of its size to which a response has to shrink to be kept compressed


@dataclass(frozen=True)
class ImpulseResponse(Augmentation):
    """Convolve with an impulse response, so that it sounds as it would there.

    Parameters
    ----------
    responses : path, or sequence of ndarray
        A folder of recordings, or arrays of shape (time,) or (channels, time). One is drawn for each item. A response
        of one channel serves every channel of the samples; otherwise the numbers of channels have to be equal.
    response_rate : int, optional
        Of the arrays, in Hz; they are resampled to that of the samples. Recordings know their own.
    normalise : bool
        Divide each response by the root of its energy (the mean of its channels'), so that white noise keeps its level.
    align : bool
        Begin at the direct path, the response's greatest magnitude, so that nothing comes late.
    tail : {"cut", "keep"}
        Whether the result is as long as the samples, or goes on until the room is silent.
    probability : float
        How likely an item is changed.

    Notes
    -----
    What an array drew holds the array itself (as text, for JSON), so that it can be replayed from that alone; for
    responses of seconds a folder is the lighter way.

    Raises
    ------
    ParameterError
        If there is no response, one is silent or no array of samples, or arrays come without `response_rate`.

    Examples
    --------
    >>> echo = ImpulseResponse([np.float32([1, 0, 0.5])], response_rate=16000, normalise=False)
    >>> echo(np.float32([[1, 0, 0, 0]]), 16000, np.random.default_rng(0)).round(3).tolist()
    [[1.0, 0.0, 0.5, 0.0]]
    """

    responses: str | os.PathLike[str] | Sequence[ArrayLike] = ()
    response_rate: int | None = None
    normalise: bool = True
    align: bool = True
    tail: Literal["cut", "keep"] = "cut"
    sources: tuple[str, ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tail not in ("cut", "keep"):
            raise ParameterError(f"ImpulseResponse: unknown tail {self.tail!r}.", cure='Use "cut" or "keep".')
        if isinstance(self.responses, str | os.PathLike):
            sources = recordings_in(self.responses, wanted_by="ImpulseResponse")
            object.__setattr__(self, "responses", os.fspath(self.responses))
        else:
            if self.response_rate is None:
                raise ParameterError("ImpulseResponse: arrays have no rate of their own.", cure="Give response_rate.")
            checked_rate(self.response_rate, name="response_rate")
            sources = tuple(_packed(array) for array in self.responses)
            # The packed form is the one kept: immutable, picklable, comparable
            object.__setattr__(self, "responses", ())
            if not sources:
                raise ParameterError("ImpulseResponse: no response given.", cure="Give a folder or a list of arrays.")
        object.__setattr__(self, "sources", sources)

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        source = self.sources[int(generator.integers(len(self.sources)))]
        kind: dict[str, Any] = {"path": source}
        if not self.responses:
            kind = {"response": source, "response_rate": self.response_rate}
        settings = {"normalise": self.normalise, "align": self.align, "tail": self.tail}
        if self.tail == "keep":  # how much longer the item becomes is part of what was drawn
            settings["more_frames"] = _from_direct_path({**kind, **settings}, sample_rate)[0].shape[1] - 1
        return {**kind, **settings}

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        import scipy.signal

        response, before = response_of(parameters, sample_rate, samples.shape[0])
        frames = cls._frames_after(parameters, samples.shape[1])
        full = scipy.signal.fftconvolve(samples, response, axes=1)
        return np.ascontiguousarray(full[:, before : before + frames], dtype=np.float32)

    @classmethod
    def _frames_after(cls, parameters: Mapping[str, Any], frames: int) -> int:
        return frames + int(parameters.get("more_frames", 0))

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        where = os.path.basename(parameters["path"]) if "path" in parameters else "an array"  # noqa: PTH119
        kept = ", its tail kept" if parameters["tail"] == "keep" else ""
        return f"in the room of {where}{kept}"


def response_of(parameters: Mapping[str, Any], sample_rate: int, channels: int) -> tuple[NDArray[np.float32], int]:
    """Return the drawn response at a rate, (1 or channels, time), and how many of its samples precede the direct path.

    Raises
    ------
    ParameterError
        If its number of channels is neither one nor `channels`.
    """
    response = _at_rate(parameters, sample_rate)
    if response.shape[0] not in (1, channels):
        raise ParameterError(
            f"ImpulseResponse: the response has {response.shape[0]} channels, the samples {channels}.",
            cure="Use responses of one channel, or of as many as the samples.",
        )
    before = int(np.abs(response).max(axis=0).argmax()) if parameters["align"] else 0
    if parameters["normalise"]:
        energy = float(np.mean(np.einsum("ct,ct->c", response, response, dtype=np.float64)))
        response = response / np.float32(np.sqrt(energy))
    return response, before


def _from_direct_path(parameters: Mapping[str, Any], sample_rate: int) -> tuple[NDArray[np.float32], int]:
    response = _at_rate(parameters, sample_rate)
    before = int(np.abs(response).max(axis=0).argmax()) if parameters["align"] else 0
    return response[:, before:], before


def _at_rate(parameters: Mapping[str, Any], sample_rate: int) -> NDArray[np.float32]:
    from audiokit.dsp import resample

    if "path" in parameters:
        from audiokit.decode import info

        rate = info(parameters["path"]).sample_rate
        response = read_recording(parameters["path"], sample_rate, mono=False)
    else:
        rate = int(parameters["response_rate"])
        response = np.asarray(resample(_unpacked(parameters["response"]), rate, sample_rate))
    if not np.any(response):
        raise ParameterError("ImpulseResponse: the response is silent.", cure="Take it out.")
    # Samples closer together are more of them: the sum of the response, its gain, shall stay as it was
    return response if rate == sample_rate else response * np.float32(rate / sample_rate)


def _packed(array: ArrayLike) -> str:
    response = checked_items(np.atleast_2d(np.asarray(array)), "ImpulseResponse")
    if not response.any():
        raise ParameterError("ImpulseResponse: a response is silent.", cure="Leave it out.")
    raw = np.ascontiguousarray(response, dtype="<f4").tobytes()
    smaller = zlib.compress(raw)
    # Noise hardly gets smaller, and inflating it takes a tenth as long as the convolution
    form, data = ("deflate", smaller) if len(smaller) < _WORTHWHILE * len(raw) else ("raw", raw)
    return f"{response.shape[0]}:{form}:{base64.b64encode(data).decode('ascii')}"


def _unpacked(text: str) -> NDArray[np.float32]:
    channels, form, packed = text.split(":")
    # Base 64, a fifteenth longer than base 85: that one Python decodes in a loop, longer than the convolution takes
    data = base64.b64decode(packed)
    raw = zlib.decompress(data) if form == "deflate" else data
    return np.frombuffer(raw, dtype="<f4").reshape(int(channels), -1).astype(np.float32)
