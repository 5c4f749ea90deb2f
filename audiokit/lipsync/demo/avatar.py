"""The demo avatar: a drawn face, what its generator is given, and its weights."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.lipsync.avatar import Avatar
from audiokit.lipsync.compositor import Box
from audiokit.lipsync.demo.face import LEFT, TOP, draw_face, region_mask
from audiokit.lipsync.demo.mouth import REGION
from audiokit.lipsync.encoder import Encoder
from audiokit.lipsync.frames import RECIPE
from audiokit.lipsync.generator import Generator
from audiokit.models.embedded import embedded

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SIZE", "WEIGHTS", "demo_avatar", "demo_visual"]

SIZE = REGION
WEIGHTS = Path(__file__).parent.parent / "weights"

_HIDDEN = (slice(20, 124), slice(12, 116))  # rows and columns of the region that the generator has to fill
_LIDS = (0.0, 0.5, 1.0)
# Blinks: when lids begin to fall, in seconds of a round; people blink every two to six seconds, not evenly
_BLINKS = (Fraction(14, 10), Fraction(49, 10), Fraction(72, 10), Fraction(122, 10))
_ROUND = Fraction(15)
_CLOSING = (1, 2, 2, 1)  # pictures of a blink, 40 ms each


def demo_avatar(*, device: str = "cpu", threads: int = 1) -> Avatar:
    """Load the demo avatar from the weights inside the package.

    Parameters
    ----------
    device, threads
        See `bound_model.BoundModel`.

    Raises
    ------
    ModelUnavailable, ModelRefused
        If the weights are missing, or not what their cards say.
    LibraryUnavailable
        Without onnxruntime.
    """
    encoder, generator = embedded("demo_encoder", folder=WEIGHTS), embedded("demo_generator", folder=WEIGHTS)
    offset = Fraction(encoder.card["window_offset_mel_frames"] * RECIPE.hop_length, RECIPE.sample_rate)
    return Avatar(
        name=f"demo {encoder.card['version']}",
        pictures=[draw_face(lids) for lids in _LIDS],
        choose=_lids_at,
        box=Box(TOP, LEFT, REGION, REGION),
        mask=region_mask(),
        visual=demo_visual(),
        encoder=Encoder(encoder.path, device=device, threads=threads),
        generator=Generator(generator.path, device=device, threads=threads),
        offset_seconds=offset,
    )


def demo_visual() -> NDArray[np.float32]:
    """Return the region with closed lips, and the same with the mouth hidden: what the generator sees.

    Returns
    -------
    ndarray, shape (1, 6, 128, 128), float32
        In 0..1.
    """
    region = draw_face()[TOP : TOP + REGION, LEFT : LEFT + REGION, :3].astype(np.float32) / np.float32(255.0)
    hidden = region.copy()
    hidden[_HIDDEN] = 0.0
    return np.ascontiguousarray(np.concatenate([region, hidden], axis=2).transpose(2, 0, 1))[np.newaxis]


def _lids_at(seconds: Fraction) -> int:
    within = seconds % _ROUND
    for start in _BLINKS:
        step = int((within - start) * 25) if within >= start else -1
        if 0 <= step < len(_CLOSING):
            return _CLOSING[step]
    return 0
