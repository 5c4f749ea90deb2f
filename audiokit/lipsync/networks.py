"""Our own two networks, in torch: for training and export only. What runs them afterwards needs no torch.

The shapes are those of Wav2Lip's family, so that files can be exchanged; the layers are not.
"""

from __future__ import annotations

from typing import Any

import torch  # noqa: TID253 - this module is for training alone, and reached by name only
from torch import nn  # noqa: TID253

from audiokit.errors import ParameterError
from audiokit.lipsync.shapes import EMBEDDING, MEL_BANDS, MEL_FRAMES

__all__ = ["AudioEncoder", "MouthGenerator"]

_HALVINGS = 4  # of a generator's picture
_SMALLEST = 1 << _HALVINGS
_DARKEST = 1.0 / 255.0  # a logit wants something of both sides


def _conv(inputs: int, outputs: int, stride: int | tuple[int, int] = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(channels, channels),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Any) -> Any:
        return torch.relu(x + self.body(x))


class AudioEncoder(nn.Module):
    """A window of mel to what a mouth has to know of it.

    80 x 16 is halved to 40 x 16, 20 x 8, 10 x 4 and 5 x 2, with a residual block between the middle ones, and gathered
    by one kernel over all that is left.

    Parameters
    ----------
    width : int
        Channels of the first layer; 24 makes 0.75 million parameters.
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(1, width, (2, 1)),
            _conv(width, 2 * width, 2),
            _Residual(2 * width),
            _conv(2 * width, 4 * width, 2),
            _Residual(4 * width),
            _conv(4 * width, 4 * width, 2),
            nn.Conv2d(4 * width, EMBEDDING, (5, 2)),
        )

    def forward(self, mel: Any) -> Any:
        """(N, 1, 80, 16) -> (N, 512)."""
        if tuple(mel.shape[1:]) != (1, MEL_BANDS, MEL_FRAMES):
            raise ParameterError(f"The encoder wants (N, 1, {MEL_BANDS}, {MEL_FRAMES}), got {tuple(mel.shape)}.")
        return self.body(mel).flatten(1)


class _Heard(nn.Module):
    """A residual block whose channels the audio scales and shifts (FiLM: Perez et al., 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(channels, channels), nn.Conv2d(channels, channels, 3, 1, 1, bias=False))
        self.norm = nn.BatchNorm2d(channels)
        self.audio = nn.Linear(EMBEDDING, 2 * channels)

    def forward(self, x: Any, audio: Any) -> Any:
        scale, shift = self.audio(audio)[:, :, None, None].chunk(2, dim=1)
        return torch.relu(x + self.norm(self.body(x)) * (1.0 + scale) + shift)


class MouthGenerator(nn.Module):
    """A picture of a mouth, of which the lower part is hidden, and what is heard, to the picture with the mouth.

    A small U-Net; the audio scales and shifts the channels of every block on the way up, so that it reaches the pixels
    at each resolution. What it makes is a change to the reference: it begins with a mouth at rest and learns to move.

    Parameters
    ----------
    size : int
        Height and width of the picture, a multiple of 16; 320 at full size.
    width : int
        Channels at half its size.
    """

    def __init__(self, size: int = 128, width: int = 16) -> None:
        super().__init__()
        if size < _SMALLEST or size % _SMALLEST:
            raise ParameterError(f"A generator's size is a multiple of {_SMALLEST}, got {size}.")
        self.size = size
        channels = [width, 2 * width, 3 * width, 4 * width]
        self.down = nn.ModuleList(
            _conv(before, after, 2) for before, after in zip([6, *channels[:-1]], channels, strict=True)
        )
        self.heard = nn.ModuleList(_Heard(count) for count in reversed(channels))
        self.up = nn.ModuleList(
            nn.Sequential(nn.Conv2d(below, 4 * above, 1), nn.PixelShuffle(2))
            for below, above in zip(channels[:0:-1], channels[-2::-1], strict=True)
        )
        self.pixels = nn.Sequential(nn.Conv2d(width, 12, 3, 1, 1), nn.PixelShuffle(2))
        nn.init.zeros_(self.pixels[0].weight)  # it begins with the reference as it is
        nn.init.zeros_(self.pixels[0].bias)

    def forward(self, visual: Any, audio: Any) -> Any:
        """(N, 6, H, W) in 0..1 and (N, 512) -> (N, 3, H, W) in 0..1."""
        kept = []
        x = visual
        for down in self.down:
            x = down(x)
            kept.append(x)
        x = self.heard[0](x, audio)
        for up, heard, skip in zip(self.up, list(self.heard)[1:], kept[-2::-1], strict=True):
            x = heard(up(x) + skip, audio)
        reference = visual[:, :3].clamp(_DARKEST, 1.0 - _DARKEST)
        return torch.sigmoid(torch.log(reference / (1.0 - reference)) + self.pixels(x))
