"""The player's lanes as one picture, drawn with Pillow and its own font."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit_widgets.overview import MAGMA, mel_picture
from audiokit_widgets.wording import clock, hertz, nice_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image, ImageDraw, ImageFont

    from audiokit_widgets.scan import Scan

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

__all__ = ["draw_overview", "draw_sound"]

MOST_COLUMNS = 400
"""Of a spectrogram or a matrix in a static picture: half the bytes of one for each pixel."""

# Twice the size at which it is shown, for screens with two pixels to a point.
_BINS = 2048  # of the outline: more than the picture has columns
_WIDTH, _LEFT, _RIGHT, _TOP, _GAP = 1640, 108, 24, 16, 14
_WAVE, _MEL, _ROW, _FOOT = 200, 240, 34, 40
_FONT = 20
_PAPER, _LANE, _INK, _RULE = (255, 255, 255), (244, 246, 249), (70, 78, 90), (208, 213, 221)
_WAVE_INK, _CLIP_INK = (37, 99, 200), (214, 40, 40)
# One hue for each label, in the order of their first use; the player takes the same.
_HUES = ((47, 111, 222), (217, 115, 13), (15, 157, 107), (139, 70, 214), (214, 51, 108), (12, 147, 168))
_TINT = 0.24
_MOST_ROWS = 3

Colour = tuple[int, int, int]


def draw_sound(scan: Scan, *, spans: Sequence[dict[str, Any]] = ()) -> bytes:
    """Draw a scanned sound and spans on it; see `draw_overview`.

    Parameters
    ----------
    scan : Scan
        As far as it has come; the rest is blank.
    spans : sequence of dict
        With ``start``, ``end`` and ``label``.

    Returns
    -------
    bytes
        A palette PNG.
    """
    mel = mel_picture(scan)
    outline = scan.outline(_BINS, each_channel=False)[0]
    bins = len(outline)
    frames_per_bin = max(scan.frames, 1) / bins
    clipped = scan.clipped(0, frames_per_bin, bins) if scan.clipped_samples else np.zeros(0, np.uint32)
    return draw_overview(
        peaks=np.nan_to_num(outline),
        clipped=clipped,
        levels=_coarser(mel.levels),
        mel_axis=mel.axis,
        segments=spans,
        duration_seconds=scan.duration_seconds,
    )


def _coarser(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At most 400 columns, each the loudest of its own, and half the colours: half the bytes.

    Every static view in a notebook holds such a picture; who wants to look closely has the live view.
    """
    columns = levels.shape[1]
    if columns > MOST_COLUMNS:
        levels = np.maximum.reduceat(levels, np.arange(MOST_COLUMNS) * columns // MOST_COLUMNS, axis=1)
    return levels & np.uint8(0xFE)


def draw_overview(
    *,
    peaks: NDArray[np.float32],
    clipped: NDArray[np.uint32],
    levels: NDArray[np.uint8],
    mel_axis: dict[str, Any],
    segments: Sequence[dict[str, Any]],
    duration_seconds: float,
) -> bytes:
    """Draw waveform, mel spectrogram and segments above one time axis.

    Parameters
    ----------
    peaks : ndarray, shape (bins, 2)
        Lowest and highest sample of each bin.
    clipped : ndarray, shape (bins,) or (0,)
        Samples at full scale in each bin.
    levels : ndarray, shape (bands, columns), uint8
        Indices into the palette, highest band first.
    mel_axis : dict
        See `audiokit_widgets.overview.MelPicture`.
    segments : sequence of dict
        With ``start``, ``end`` and ``label``.
    duration_seconds : float
        Length of the time axis.

    Returns
    -------
    bytes
        A palette PNG.
    """
    from PIL import Image, ImageDraw, ImageFont

    rows = segment_rows(segments)
    used = max(rows, default=-1) + 1
    lanes = _GAP + used * _ROW if used else 0
    height = _TOP + _WAVE + _GAP + _MEL + lanes + _FOOT
    width = _WIDTH - _LEFT - _RIGHT
    image = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=_FONT)

    _wave(draw, font, peaks, clipped, (_LEFT, _TOP, width, _WAVE))
    mel_top = _TOP + _WAVE + _GAP
    coloured = Image.fromarray(MAGMA[levels])
    image.paste(coloured.resize((width, _MEL), Image.Resampling.NEAREST), (_LEFT, mel_top))
    for tick in mel_axis["ticks"]:
        y = mel_top + _MEL - tick["fraction"] * _MEL
        draw.line([(_LEFT - 6, y), (_LEFT, y)], fill=_INK, width=2)
        y = min(max(y, mel_top + 10), mel_top + _MEL - 10)
        draw.text((_LEFT - 12, y), hertz(tick["hz"]), font=font, fill=_INK, anchor="rm")

    seconds = max(duration_seconds, 1e-9)
    top = mel_top + _MEL + _GAP
    labels = dict.fromkeys(s["label"] for s in segments)
    hues = {label: _HUES[i % len(_HUES)] for i, label in enumerate(labels)}
    for segment, row in zip(segments, rows, strict=True):
        _span(draw, font, segment, hues[segment["label"]], (_LEFT, top + row * _ROW, width), seconds)
    _time_axis(draw, font, height - _FOOT + 6, width, seconds)
    out = io.BytesIO()
    _with_palette(image).save(out, format="PNG", optimize=True)
    return out.getvalue()


def segment_rows(segments: Sequence[dict[str, Any]]) -> list[int]:
    """Give each segment a row, so that what overlaps stands in different ones; at most three rows.

    Examples
    --------
    >>> segment_rows([{"start": 0, "end": 2}, {"start": 1, "end": 3}, {"start": 2, "end": 4}])
    [0, 1, 0]
    """
    ends = [-1.0] * _MOST_ROWS
    rows = [0] * len(segments)
    for index in sorted(range(len(segments)), key=lambda i: segments[i]["start"]):
        start, end = segments[index]["start"], segments[index]["end"]
        row = next((r for r in range(_MOST_ROWS) if ends[r] <= start), _MOST_ROWS - 1)
        rows[index] = row
        ends[row] = max(ends[row], end)
    return rows


def _mixed(ink: Colour, paper: Colour, part: float) -> Colour:
    red, green, blue = (round(b + (a - b) * part) for a, b in zip(ink, paper, strict=True))
    return red, green, blue


def _wave(
    draw: ImageDraw.ImageDraw,
    font: Font,
    peaks: NDArray[np.float32],
    clipped: NDArray[np.uint32],
    box: tuple[int, int, int, int],
) -> None:
    left, top, width, height = box
    scale = max(1.0, float(np.abs(peaks).max()))
    middle, half = top + height / 2, height / 2
    draw.rectangle([left, top, left + width - 1, top + height - 1], fill=_LANE)
    for db in (0.0, -6.0, -12.0):
        for sign in (1, -1):
            y = middle - sign * 10 ** (db / 20) / scale * half
            draw.line([(left, y), (left + width, y)], fill=_RULE, width=2 if db == 0 and scale > 1 else 1)
        y = middle - 10 ** (db / 20) / scale * half
        label = "0 dBFS" if db == 0 else f"{db:.0f}"  # Pillow's font has no minus sign and no infinity
        draw.text((left - 12, max(y, top + 9)), label, font=font, fill=_INK, anchor="rm")
    draw.text((left - 12, middle), "-inf", font=font, fill=_INK, anchor="rm")

    bins = len(peaks)
    starts = np.arange(width) * bins // width
    low = np.minimum.reduceat(peaks[:, 0], starts)
    high = np.maximum.reduceat(peaks[:, 1], starts)
    for x in range(width):
        # one pixel of overlap with the neighbour, so that a steep flank has no gaps
        a, b = (float(high[x]), float(low[x])) if x == 0 else (max(high[x], low[x - 1]), min(low[x], high[x - 1]))
        y0, y1 = middle - a / scale * half, middle - b / scale * half
        draw.line([(left + x, min(y0, y1 - 1)), (left + x, max(y1, y0 + 1))], fill=_WAVE_INK)
    if len(clipped):
        for x in np.flatnonzero(np.maximum.reduceat(clipped, starts)).tolist():
            draw.rectangle([left + x - 1, top, left + x + 1, top + 9], fill=_CLIP_INK)
            draw.rectangle([left + x - 1, top + height - 10, left + x + 1, top + height - 1], fill=_CLIP_INK)


def _span(
    draw: ImageDraw.ImageDraw,
    font: Font,
    segment: dict[str, Any],
    hue: Colour,
    place: tuple[int, int, int],
    seconds: float,
) -> None:
    left, top, width = place
    x0 = left + min(max(segment["start"] / seconds, 0.0), 1.0) * width
    x1 = max(left + min(max(segment["end"] / seconds, 0.0), 1.0) * width, x0 + 3)
    draw.rectangle([x0, top, x1, top + _ROW - 6], fill=_mixed(hue, _PAPER, _TINT))
    if x1 - x0 >= 12:  # where edges would touch, the tint alone shows what is gap and what is not
        draw.rectangle([x0, top, x0 + 3, top + _ROW - 6], fill=hue)
    label = segment["label"][:200]
    room = x1 - x0 - 16
    if label and draw.textlength(label, font=font) > room:
        while label and draw.textlength(label + "…", font=font) > room:
            label = label[:-1]
        label = label + "…" if label else ""
    if label:
        draw.text((x0 + 10, top + (_ROW - 6) / 2), label, font=font, fill=_INK, anchor="lm")


def _time_axis(draw: ImageDraw.ImageDraw, font: Font, top: int, width: int, seconds: float) -> None:
    step = nice_step(seconds, 10)
    decimals = 0 if step >= 1 else (1 if step >= 0.1 else (2 if step >= 0.01 else 3))
    for index in range(int(seconds / step + 1e-6) + 1):
        x = _LEFT + index * step / seconds * width
        draw.line([(x, top - 6), (x, top)], fill=_INK, width=2)
        text = clock(index * step, decimals=decimals) if seconds >= 60 else f"{index * step:.{decimals}f} s"
        half = draw.textlength(text, font=font) / 2
        draw.text((min(max(x, _LEFT + half - 8), _WIDTH - half - 4), top + 4), text, font=font, fill=_INK, anchor="mt")


def _with_palette(image: Image.Image) -> Image.Image:
    # The spectrogram's colours exactly, and enough of the rest for the edges of letters.
    from PIL import Image

    tints = [_mixed(hue, _PAPER, _TINT) for hue in _HUES]
    plain = [_PAPER, _LANE, _INK, _RULE, _WAVE_INK, _CLIP_INK, *_HUES, *tints]
    blends = [_mixed(_INK, paper, k / 6) for paper in (_PAPER, *tints) for k in range(1, 6)]
    colours = [tuple(int(v) for v in c) for c in MAGMA] + plain + blends
    palette = Image.new("P", (1, 1))
    palette.putpalette([v for c in colours for v in c] + list(_PAPER) * (256 - len(colours)))
    return image.quantize(palette=palette, dither=Image.Dither.NONE)
