"""Lanes as a picture: spans, curves and matrices below one another on the clock of the sound above them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from audiokit_widgets.lane_data import DIVERGING, band_ticks
from audiokit_widgets.lanes import Curve, Lane, Matrix, Spans
from audiokit_widgets.overview import MAGMA
from audiokit_widgets.pictures import MOST_COLUMNS, segment_rows
from audiokit_widgets.wording import clock, nice_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PIL import Image, ImageDraw, ImageFont

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
    Box = tuple[int, int, int, int]

__all__ = ["column_extremes", "draw_lanes", "matrix_columns"]

# As in `audiokit_widgets.pictures`, whose picture stands above: twice the size at which it is shown.
_WIDTH, _LEFT, _RIGHT, _GAP, _FOOT, _FONT = 1640, 108, 24, 14, 40, 20
_TITLE, _ROW, _CURVE, _MATRIX = 30, 34, 110, 180
_PAPER, _LANE, _INK, _RULE, _WAVE_INK = (255, 255, 255), (244, 246, 249), (70, 78, 90), (208, 213, 221), (37, 99, 200)
_HUES = ((47, 111, 222), (217, 115, 13), (15, 157, 107), (139, 70, 214), (214, 51, 108), (12, 147, 168))
_CLIP_INK = (214, 40, 40)
_TINTS = tuple(tuple(round(255 + (c - 255) * 0.24) for c in hue) for hue in _HUES)
_FEW_COLOURS = DIVERGING[np.linspace(0, 255, 63).round().astype(int)]  # a palette holds 256 in all; odd: 0 is neutral


def draw_lanes(lanes: Mapping[str, Lane], *, duration_seconds: float, above: bytes = b"") -> bytes:
    """Draw all lanes and a time axis.

    Parameters
    ----------
    lanes : mapping of str to Spans, Curve or Matrix
        From top to bottom.
    duration_seconds : float
        Length of the time axis.
    above : bytes
        A picture of the sound, 1640 pixels wide and with the same margins, to stand above.

    Returns
    -------
    bytes
        A palette PNG, 1640 pixels wide.
    """
    from PIL import Image, ImageDraw, ImageFont

    heights = [_TITLE + _body_height(lane) for lane in lanes.values()]
    upper = Image.open(io.BytesIO(above)).convert("RGB") if above else None
    top = upper.height if upper else 0
    lower = sum(heights) + _GAP * len(heights) + _FOOT if heights else 0
    image = Image.new("RGB", (_WIDTH, max(1, top + lower)), _PAPER)
    if upper:
        image.paste(upper, (0, 0))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=_FONT)
    seconds, width = max(duration_seconds, 1e-9), _WIDTH - _LEFT - _RIGHT
    for (name, lane), height in zip(lanes.items(), heights, strict=True):
        box = (_LEFT, top + _TITLE, width, height - _TITLE)
        room = width
        if isinstance(lane, Spans):
            _draw_spans(draw, font, lane, box, seconds)
        elif isinstance(lane, Curve):
            _draw_curve(draw, font, lane, box, seconds)
        else:
            room = _draw_matrix(image, draw, font, lane, box, seconds)
        unit = f", {lane.unit}" if isinstance(lane, Curve) and lane.unit else ""
        draw.text(
            (_LEFT, top + _TITLE / 2 - 2), _fitted(draw, font, name + unit, room), font=font, fill=_INK, anchor="lm"
        )
        top += height + _GAP
    if heights:
        _draw_axis(draw, font, top - _GAP + 6, width, seconds)
    out = io.BytesIO()
    image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(out, format="PNG", optimize=True)
    return out.getvalue()


def column_extremes(curve: Curve, duration_seconds: float, columns: int) -> NDArray[np.float32]:
    """Lowest and highest value of a curve in each column of time, shape (columns, 2); NaN where there is none."""
    times, values = curve.times_seconds, curve.values
    at = np.floor(times / duration_seconds * columns).astype(np.int64)
    inside = np.isfinite(values) & (times >= 0) & (times <= duration_seconds)
    at = np.minimum(at[inside], columns - 1)  # what stands on the very end belongs to the last column
    out = np.full((columns, 2), (np.inf, -np.inf), dtype=np.float32)
    np.minimum.at(out[:, 0], at, values[inside])
    np.maximum.at(out[:, 1], at, values[inside])
    out[out[:, 0] > out[:, 1]] = np.nan
    return out


def matrix_columns(matrix: Matrix, duration_seconds: float, columns: int) -> NDArray[np.float32]:
    """A matrix at the columns of a picture, shape (columns, bands); NaN where there are no frames.

    A column narrower than a frame shows the frame that its middle lies in; a wider one the mean of the frames that
    begin in it, or of those the value farthest from 0 where the matrix keeps extremes.
    """
    frames = len(matrix.values)
    edges = (np.arange(columns + 1) / columns * duration_seconds - matrix.start_seconds) / matrix.hop_seconds
    out = np.full((columns, matrix.values.shape[1]), np.nan, dtype=np.float32)
    if edges[1] - edges[0] <= 1:
        at = np.floor((edges[:-1] + edges[1:]) / 2).astype(np.int64)
        inside = (at >= 0) & (at < frames)
        out[inside] = matrix.values[at[inside]]
        return out
    starts = np.clip(np.ceil(edges).astype(np.int64), 0, frames)
    for column, (first, last) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        if first == last:
            continue
        part = matrix.values[first:last]
        if matrix.keep_extremes:
            low, high = np.fmin.reduce(part), np.fmax.reduce(part)
            out[column] = np.where(np.abs(low) > np.abs(high), low, high)
        else:
            counts = np.isfinite(part).sum(axis=0)
            sums = np.where(np.isfinite(part), part, 0).sum(axis=0, dtype=np.float64)
            out[column] = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return out


def _body_height(lane: Lane) -> int:
    if isinstance(lane, Spans):
        return _ROW * max(1, 1 + max(segment_rows(_plain(lane)), default=-1))
    return _CURVE if isinstance(lane, Curve) else _MATRIX


def _plain(lane: Spans) -> list[dict[str, float]]:
    return [{"start": s.start_seconds, "end": s.end_seconds} for s in lane.segments]


def _draw_spans(draw: ImageDraw.ImageDraw, font: Font, lane: Spans, box: Box, seconds: float) -> None:
    left, top, width, _ = box
    hues = {label: i % len(_HUES) for i, label in enumerate(dict.fromkeys(s.label for s in lane.segments))}
    hues |= lane.hues
    painted: dict[int, float] = {}
    for segment, row in sorted(
        zip(lane.segments, segment_rows(_plain(lane)), strict=True), key=lambda pair: pair[0].start_seconds
    ):
        x0, x1 = (
            left + min(max(t, 0.0), seconds) / seconds * width for t in (segment.start_seconds, segment.end_seconds)
        )
        if segment.start_seconds > seconds or segment.end_seconds < 0 or max(x1, x0 + 2) <= painted.get(row, -1.0):
            continue  # thousands on one pixel are drawn once
        x1 = painted[row] = max(x1, x0 + 2)
        hue, y = hues[segment.label], top + row * _ROW
        draw.rectangle([x0, y, x1, y + _ROW - 6], fill=_TINTS[hue] if x1 - x0 > 8 else _HUES[hue])
        draw.rectangle([x0, y, x0 + 3, y + _ROW - 6], fill=_HUES[hue])
        text = _fitted(draw, font, segment.label, x1 - x0 - 16)
        if text:
            draw.text((x0 + 10, y + (_ROW - 6) / 2), text, font=font, fill=_INK, anchor="lm")


def _draw_curve(draw: ImageDraw.ImageDraw, font: Font, lane: Curve, box: Box, seconds: float) -> None:
    left, top, width, height = box
    low, high = lane.range

    def y(value: float) -> float:
        return min(max(top + height - 2 - (value - low) / (high - low) * (height - 4), top), top + height - 1)

    draw.rectangle([left, top, left + width - 1, top + height - 1], fill=_LANE)
    for value, at in ((high, top + 10), (low, top + height - 10)):
        draw.text((left - 12, at), f"{value:.4g}", font=font, fill=_INK, anchor="rm")
    if len(lane.values) > 2 * width:
        for x, (a, b) in enumerate(column_extremes(lane, seconds, width).tolist()):
            if a <= b:
                draw.line([(left + x, y(b) - 1), (left + x, y(a) + 1)], fill=_WAVE_INK)
        return
    run: list[tuple[float, float]] = []
    for t, value in [*zip(lane.times_seconds.tolist(), lane.values.tolist(), strict=True), (0.0, float("nan"))]:
        if np.isfinite(value) and 0 <= t <= seconds:
            run.append((left + t / seconds * width, y(value)))
        elif run:
            draw.line(run if len(run) > 1 else [run[0], (run[0][0] + 2, run[0][1])], fill=_WAVE_INK, width=2)
            run = []


def _draw_matrix(
    image: Image.Image, draw: ImageDraw.ImageDraw, font: Font, lane: Matrix, box: Box, seconds: float
) -> int:
    """Draw it, and its scale above; returns the room that is left for the title."""
    from PIL import Image as Images

    left, top, width, height = box
    low, high = lane.range
    values = matrix_columns(lane, seconds, min(width, MOST_COLUMNS))
    scale = _FEW_COLOURS if lane.diverging else MAGMA
    colours = np.concatenate([scale, np.array([_LANE], dtype=np.uint8)])
    place = np.clip(np.nan_to_num((values - low) / (high - low), nan=0.0), 0, 1)
    index = (place * (len(scale) - 1)).round().astype(np.int64)
    index[np.isnan(values)] = len(scale)
    picture = Images.fromarray(colours[index.T[::-1]])
    image.paste(picture.resize((width, height), Images.Resampling.NEAREST), (left, top))
    free = float("inf")
    for tick in band_ticks(lane):
        at = top + height * (1 - tick["fraction"])
        text_at = min(max(at, top + 10), top + height - 10)
        draw.line([(left - 6, at), (left, at)], fill=_INK, width=2)
        if text_at <= free:
            draw.text((left - 12, text_at), tick["text"], font=font, fill=_INK, anchor="rm")
            free = text_at - 24
    middle, right = top - _TITLE / 2 - 2, left + width
    unit = f" {lane.unit}" if lane.unit else ""
    draw.text((right, middle), f"{high:.4g}{unit}", font=font, fill=_INK, anchor="rm")
    right -= int(draw.textlength(f"{high:.4g}{unit}", font=font)) + 8 + 128
    for step in range(64):
        colour = tuple(scale[round(step / 63 * (len(scale) - 1))].tolist())
        draw.rectangle([right + 2 * step, middle - 8, right + 2 * step + 1, middle + 8], fill=colour)
    draw.text((right - 8, middle), f"{low:.4g}", font=font, fill=_INK, anchor="rm")
    return right - 24 - int(draw.textlength(f"{low:.4g}", font=font)) - left


def _draw_axis(draw: ImageDraw.ImageDraw, font: Font, top: int, width: int, seconds: float) -> None:
    step = nice_step(seconds, 10)
    decimals = 0 if step >= 1 else (1 if step >= 0.1 else (2 if step >= 0.01 else 3))
    for index in range(int(seconds / step + 1e-6) + 1):
        x = _LEFT + index * step / seconds * width
        draw.line([(x, top - 6), (x, top)], fill=_INK, width=2)
        text = clock(index * step, decimals=decimals) if seconds >= 60 else f"{index * step:.{decimals}f} s"
        half = draw.textlength(text, font=font) / 2
        draw.text((min(max(x, _LEFT + half - 8), _WIDTH - half - 4), top + 4), text, font=font, fill=_INK, anchor="mt")


def _fitted(draw: ImageDraw.ImageDraw, font: Font, text: str, room: float) -> str:
    text = " ".join(text[:200].split())  # one line
    if room < 20 or draw.textlength(text, font=font) <= room:
        return text if room >= 20 else ""
    while text and draw.textlength(text + "…", font=font) > room:
        text = text[:-1]
    return text + "…" if text else ""


def _palette() -> Image.Image:
    # both colour scales exactly, and enough of the rest for the edges of letters
    from PIL import Image

    plain = [_PAPER, _LANE, _INK, _RULE, _WAVE_INK, _CLIP_INK, *_HUES, *_TINTS]
    blends = [
        tuple(round(p + (i - p) * k / 6) for i, p in zip(_INK, paper, strict=True))
        for paper in (_PAPER, *_TINTS)
        for k in range(1, 6)
    ]
    colours = [tuple(int(v) for v in c) for c in (*MAGMA, *_FEW_COLOURS)] + plain + blends
    palette = Image.new("P", (1, 1))
    palette.putpalette([v for c in colours for v in c] + list(_PAPER) * (256 - len(colours)))
    return palette
