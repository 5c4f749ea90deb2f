"""An avatar: pictures of a face, where its mouth is, and the two models that move it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.lipsync.compositor import Box, resized, soft_mask
from audiokit.lipsync.encoder import Encoder
from audiokit.lipsync.generator import Generator

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Avatar", "picture_avatar"]


@dataclass(frozen=True, slots=True, eq=False)
class Avatar:
    """Everything that a film of a speaking face needs but its sound.

    Parameters
    ----------
    name : str
        For results.
    pictures : sequence of ndarray, shape (H, W, 3 or 4), uint8
        The face at rest, RGB or RGBA; more than one where it does more than speak, as blinking.
    choose : callable
        Takes a time as a Fraction of seconds, and says which picture is shown.
    box : Box
        Where the mouth is in them.
    mask : ndarray, shape (box.height, box.width), float32
        How much of each pixel is the mouth's picture.
    visual : ndarray, shape (1, 6, h, w), float32
        What the generator sees: the reference, and the picture with the mouth hidden, in 0..1.
    encoder, generator : Encoder, Generator
        The models.
    offset_seconds : Fraction
        Where the encoder's windows begin; see `WindowClock`.
    hidden : ndarray, shape (h, w), bool, optional
        What of the picture with the mouth hidden is blacked out. Where frames come in, the generator then sees each of
        them so; without it, it sees `visual` for all, as one that knows one face alone.
    """

    name: str
    pictures: Sequence[NDArray[np.uint8]]
    choose: Callable[[Fraction], int]
    box: Box
    mask: NDArray[np.float32]
    visual: NDArray[np.float32]
    encoder: Encoder
    generator: Generator
    offset_seconds: Fraction = Fraction(0)
    hidden: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        shapes = {picture.shape[:2] for picture in self.pictures}
        if len(shapes) != 1:
            raise ParameterError(f"An avatar's pictures are of one size, got {sorted(shapes)}.")
        self.box.check(*self.size)
        if self.hidden is not None and self.hidden.shape != self.visual.shape[2:]:
            raise ParameterError(f"{self.name} hides {self.hidden.shape} of pictures of {self.visual.shape[2:]}.")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of its pictures."""
        height, width = self.pictures[0].shape[:2]
        return height, width

    def own(self) -> Avatar:
        """Return the same avatar with memory of its own for what its models take and give: one for each thread."""
        return replace(self, encoder=self.encoder.own(), generator=self.generator.own())


def picture_avatar(
    picture: NDArray[np.uint8],
    box: Box,
    encoder: str | Path,
    generator: str | Path,
    *,
    name: str = "picture",
    offset_seconds: Fraction = Fraction(-1, 25),
    hidden: float = 0.5,
    size: int | None = None,
    **options: Any,
) -> Avatar:
    """Make an avatar of a picture and somebody's ONNX files of Wav2Lip's shapes.

    Parameters
    ----------
    picture : ndarray, shape (H, W, 3 or 4), uint8
        A face.
    box : Box
        The part of it that the generator was trained to see.
    encoder, generator : path
        ONNX files; see `Encoder` and `Generator`.
    name : str
        For results.
    offset_seconds : Fraction
        By default one video frame of 25 a second, as Wav2Lip was trained.
    hidden : float
        The lower part of the box that is blacked out in the masked picture, 0 to 1; half, as in Wav2Lip.
    size : int, optional
        Of the generator's pictures, where its file leaves it free.
    **options
        ``device`` and ``threads`` for both models.

    Raises
    ------
    ParameterError
        For a box that does not lie within the picture.
    ModelRefused, ModelUnavailable, LibraryUnavailable
        As `Encoder` and `Generator`.
    """
    if picture.ndim != 3 or picture.shape[2] not in (3, 4) or picture.dtype != np.uint8:
        raise ParameterError(f"A picture has shape (H, W, 3 or 4) in uint8, got {picture.shape} in {picture.dtype}.")
    box.check(*picture.shape[:2])
    runner = Generator(generator, size=size, **options)
    part = picture[box.top : box.top + box.height, box.left : box.left + box.width, :3]
    reference = resized(part, runner.height, runner.width) / np.float32(255.0)
    blacked = np.zeros(reference.shape[:2], bool)
    blacked[runner.height - round(hidden * runner.height) :] = True
    masked = np.where(blacked[..., np.newaxis], np.float32(0.0), reference)
    visual = np.concatenate([reference, masked], axis=2).transpose(2, 0, 1)
    return Avatar(
        name=name,
        pictures=[picture],
        choose=lambda _: 0,
        box=box,
        mask=soft_mask(box.height, box.width, max(1, min(box.height, box.width) // 12)),
        visual=np.ascontiguousarray(visual)[np.newaxis],
        encoder=Encoder(encoder, **options),
        generator=runner,
        offset_seconds=offset_seconds,
        hidden=blacked,
    )
