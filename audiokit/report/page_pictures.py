"""Pictures of a page, each pixel once: losslessly smaller, and what two of them have in common in one place.

The pictures of several views of one sound begin alike: with its waveform and its spectrogram. Such pictures become
inline SVG whose parts are stored once and used where they are seen (``<use>``), which needs no script. Each pixel stays
what it was.
"""

from __future__ import annotations

import base64
import html
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

__all__ = ["Pictures"]

_IMAGE = re.compile(r'<img\b((?:\s+(?:alt|width|title)="[^"]*")*)\s+src="data:image/png;base64,([^"]*)"([^>]*)>')
_PLAIN = re.compile(r'(?:\s+(?:alt|width|title)="[^"]*")*\s*/?')  # anything else (a class, a style) stays an <img>
_ATTRIBUTE = re.compile(r'(alt|width|title)="([^"]*)"')
_FEWEST_BYTES = 2000  # below, nothing is worth the trouble
_FEWEST_ROWS = 64  # that pictures have to have in common
_MOST_PIXELS = 1 << 24
_EFFORT = {"lossless": True, "exact": True, "quality": 99, "method": 5}  # 0.8 s a picture; the last 5 % would take ten
_TOLD_OTHERWISE = {"gamma", "icc_profile", "srgb", "chromaticity", "transparency", "exif"}  # of how to show the pixels


@dataclass(slots=True)
class _Picture:
    """One distinct picture: its bytes, how often it is shown, its pixels if they are to be looked at."""

    png: bytes
    shown: int = 0
    pixels: NDArray[np.uint8] | None = None
    common: int = 0  # rows that it has in common with the first that begins alike
    parts: list[tuple[str, int]] = field(default_factory=list)  # name and first row


class Pictures:
    """What stands where, decided before the page is written.

    Parameters
    ----------
    outputs : iterable of str
        HTML of all outputs of the page; PNGs in it are taken, as ``<img src="data:image/png;base64,...">``.
    untouched : collection of str
        Base64 of pictures that have to stay the very bytes that they are: a model's state refers to them.
    """

    def __init__(self, outputs: Iterable[str], untouched: Collection[str] = ()) -> None:
        self._known: dict[str, _Picture] = {}
        self._stored: dict[str, tuple[bytes, str, int, int]] = {}
        self._smaller: dict[bytes, tuple[bytes, str]] = {}
        for found in (found for text in outputs for found in _IMAGE.finditer(text)):
            data, rest = found[2], found[3]
            if data in untouched or len(data) < _FEWEST_BYTES:
                continue
            if data not in self._known:
                self._known[data] = _Picture(base64.b64decode(data))
                self._known[data].pixels = _pixels(self._known[data].png)
            self._known[data].shown += bool(_PLAIN.fullmatch(rest))
        self._share()

    def placed(self, text: str) -> str:
        """Write an output's HTML with its pictures as the page holds them."""
        return _IMAGE.sub(self._place, text) if self._known else text

    def definitions(self) -> str:
        """Write the parts that pictures share, seen nowhere by themselves; empty if there are none."""
        images = "".join(
            f'<image id="{name}" width="{width}" height="{height}" href="{_address(data, mime)}"/>'
            for name, (data, mime, width, height) in self._stored.items()
        )
        hidden = '<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>'
        return f"{hidden}{images}</defs></svg>\n" if images else ""

    def _share(self) -> None:
        """Find pictures that begin alike, and store the parts of those, and of what is shown more than once."""
        kinds: list[list[_Picture]] = []
        for picture in self._known.values():
            if picture.pixels is None or not picture.shown:
                continue
            for alike in kinds:
                picture.common = _rows_in_common(alike[0].pixels, picture.pixels)
                if picture.common >= _FEWEST_ROWS:
                    alike.append(picture)
                    break
            else:
                kinds.append([picture])
        for first, *others in kinds:
            if others:
                self._cut([first, *others], min(one.common for one in others))
            elif first.shown > 1 and first.pixels is not None:
                first.parts = [(self._store(first.pixels), 0)]

    def _cut(self, alike: list[_Picture], rows: int) -> None:
        top = ""
        for one in alike:
            if one.pixels is None:
                continue
            top = top or self._store(one.pixels[:rows])
            one.parts = [(top, 0)]
            if rows < len(one.pixels):
                # One row twice: between two parts that are shrunk, the ground would shine through
                one.parts.append((self._store(one.pixels[rows - 1 :]), rows - 1))

    def _store(self, pixels: NDArray[np.uint8]) -> str:
        name = f"picture-{len(self._stored) + 1}"
        height, width = pixels.shape[:2]
        self._stored[name] = (*_written(pixels), width, height)
        return name

    def _place(self, found: re.Match[str]) -> str:
        before, data, rest = found.groups()
        picture = self._known.get(data)
        if picture is None or picture.pixels is None:
            return found[0]
        if not picture.parts or not _PLAIN.fullmatch(rest):
            if picture.png not in self._smaller:
                self._smaller[picture.png] = min(
                    (picture.png, "image/png"), _written(picture.pixels), key=lambda one: len(one[0])
                )
            return f'<img{before} src="{_address(*self._smaller[picture.png])}"{rest}>'
        told = dict(_ATTRIBUTE.findall(before + rest))
        height, width = picture.pixels.shape[:2]
        name = f'role="img" aria-label="{told["alt"]}"' if told.get("alt") else 'aria-hidden="true"'
        title = f"<title>{told['title']}</title>" if told.get("title") else ""
        parts = "".join(f'<use href="#{part}" y="{row}"/>' for part, row in picture.parts)
        size = f'width="{html.escape(told.get("width", str(width)))}" style="max-width:100%;height:auto;display:block"'
        return f'<svg {name} viewBox="0 0 {width} {height}" {size}>{title}{parts}</svg>'


def _address(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def _rows_in_common(one: NDArray[np.uint8] | None, other: NDArray[np.uint8]) -> int:
    """From the top; 0 for pictures of different kinds."""
    if one is None or one.shape[1:] != other.shape[1:]:
        return 0
    rows = min(len(one), len(other))
    differ = np.flatnonzero((one[:rows] != other[:rows]).any(axis=(1, 2)))
    return int(differ[0]) if len(differ) else rows


def _pixels(png: bytes) -> NDArray[np.uint8] | None:
    """Decode a picture whose pixels say all; None for any other, and where there is no Pillow."""
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            plain = image.mode in {"1", "L", "P", "RGB", "RGBA"} and not _TOLD_OTHERWISE & set(image.info)
            if not plain or image.width * image.height > _MOST_PIXELS or getattr(image, "n_frames", 1) > 1:
                return None
            return np.asarray(image.convert("RGBA" if image.mode == "RGBA" else "RGB"))
    except (OSError, SyntaxError, ValueError):  # what is no picture is left as it is
        return None


def _written(pixels: NDArray[np.uint8]) -> tuple[bytes, str]:
    """Write pixels without loss, in the smaller of two ways."""
    from PIL import Image

    image = Image.fromarray(pixels)
    png, webp = io.BytesIO(), io.BytesIO()
    image.save(png, format="PNG", optimize=True)
    try:
        image.save(webp, format="WEBP", **_EFFORT)
    except (KeyError, OSError, ValueError):  # a Pillow without WebP, or more than 16,383 pixels a side
        return png.getvalue(), "image/png"
    return min((png.getvalue(), "image/png"), (webp.getvalue(), "image/webp"), key=lambda one: len(one[0]))
