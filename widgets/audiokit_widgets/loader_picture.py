"""A loader's curves, its plans and the marks of its changes as one picture, drawn with Pillow and its own font."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from audiokit_widgets.loader_words import NOTHING, amount, plan_label
from audiokit_widgets.wording import clock, nice_step

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
    Colour = tuple[int, int, int]
    Points = list[tuple[float, float]]

__all__ = ["axis_top", "draw_loader", "runs"]

# Twice the size at which it is shown, for screens with two pixels to a point. The page's own view has the same lanes.
_WIDTH, _LEFT, _RIGHT, _TITLE, _GAP, _FOOT, _FONT = 1640, 108, 24, 34, 18, 44, 20
_RATES, _WAITED, _PLANS = 200, 110, 110
_PAPER, _LANE, _INK, _RULE = (255, 255, 255), (244, 246, 249), (70, 78, 90), (208, 213, 221)
_TOOK, _MADE, _WAIT, _PLAN = (29, 98, 209), (217, 115, 13), (214, 51, 108), (139, 70, 214)
_DASH = 12
_FAR = 2.5  # times what training took: beyond it runs along the top what the workers could make


def draw_loader(history: Mapping[str, Any], decisions: Mapping[str, Any]) -> bytes:
    """Draw throughput, time waited and plans above one time axis.

    Parameters
    ----------
    history, decisions : mapping
        See `audiokit_widgets.loader_readings`.

    Returns
    -------
    bytes
        A palette PNG, 1640 pixels wide.
    """
    from PIL import Image, ImageDraw, ImageFont

    heights = (_RATES, _WAITED, _PLANS)
    image = Image.new("RGB", (_WIDTH, sum(heights) + 3 * (_TITLE + _GAP) + _FOOT), _PAPER)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=_FONT)
    sheet = _Sheet(draw, font, max(float(history["end"]), 1e-9))
    tops = [_TITLE + sum(heights[:lane]) + lane * (_TITLE + _GAP) for lane in range(3)]
    took, made = history["took"], history["made"]
    top = axis_top(took, made)
    legend = [("items a second: ", _INK), ("training took", _TOOK), (", ", _INK), ("workers could make", _MADE)]
    beyond = max((value for value in made if value is not None), default=0.0)
    if beyond > top:
        legend.append((f" (up to {amount(beyond)})", _INK))
    sheet.lane(tops[0], _RATES, legend, [(0, "0"), (top / 2, amount(top / 2)), (top, amount(top))], top)
    sheet.curve(history["time"], made, tops[0], _RATES, top, _MADE, dashed=True)
    sheet.curve(history["time"], took, tops[0], _RATES, top, _TOOK)
    sheet.lane(
        tops[1],
        _WAITED,
        [("share of its time that training waited", _WAIT)],
        [(0, "0"), (0.5, "50"), (1, "100 %")],
        1.0,
    )
    sheet.curve(history["time"], history["waited"], tops[1], _WAITED, 1.0, _WAIT, filled=True)
    most = max(_workers(step[1:]) for step in history["plans"])
    words = [("plan in use: processes x threads", _PLAN), (", marks where it was decided", _INK)]
    sheet.lane(tops[2], _PLANS, words, [(0, "0"), (most, str(most))], most)
    sheet.plans(history["plans"], tops[2], _PLANS, most)
    sheet.marks([row["time"] for row in decisions["rows"]], tops[0], tops[2] + _PLANS)
    sheet.axis(tops[2] + _PLANS + 6)
    if not history["time"]:
        middle = ((_LEFT + _WIDTH - _RIGHT) / 2, tops[0] + _RATES / 2)
        draw.text(middle, NOTHING, font=font, fill=_INK, anchor="mm")
    out = io.BytesIO()
    _quantized(image).save(out, format="PNG", optimize=True)
    return out.getvalue()


def axis_top(took: Sequence[float | None], made: Sequence[float | None]) -> float:
    """Choose the top of the axis of throughput: round, above what training took, and near enough to read that.

    Examples
    --------
    >>> axis_top([80, 95, None], [110, 120, 130]), axis_top([90], [40_000]), axis_top([], [])
    (150.0, 250.0, 1)
    """
    most = max((value for value in took if value is not None), default=0.0)
    could = max((value for value in made if value is not None), default=0.0)
    wanted = max(most, min(could, _FAR * most) if most else could)
    if wanted <= 0:
        return 1
    scale: float = 10 ** math.floor(math.log10(wanted))
    factor = next(factor for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if factor * scale >= wanted * (1 - 1e-9))
    return factor * scale


def runs(times: Sequence[float], values: Sequence[float | None]) -> Iterator[list[tuple[float, float]]]:
    """Cut a curve where it has no value.

    Examples
    --------
    >>> list(runs([0, 1, 2, 3], [5, None, 6, 7]))
    [[(0, 5)], [(2, 6), (3, 7)]]
    """
    run: list[tuple[float, float]] = []
    for time, value in zip(times, values, strict=True):
        if value is not None:
            run.append((time, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


class _Sheet:
    """What is drawn on, and the clock that all lanes share."""

    def __init__(self, draw: ImageDraw.ImageDraw, font: Font, seconds: float) -> None:
        self.draw, self.font, self.seconds = draw, font, seconds
        self.width = _WIDTH - _LEFT - _RIGHT

    def x(self, seconds: float) -> float:
        return _LEFT + min(max(seconds / self.seconds, 0.0), 1.0) * self.width

    def lane(
        self,
        top: int,
        height: int,
        words: Sequence[tuple[str, Colour]],
        ticks: Sequence[tuple[float, str]],
        full: float,
    ) -> None:
        self.draw.rectangle([_LEFT, top, _LEFT + self.width - 1, top + height], fill=_LANE)
        x = float(_LEFT)
        for text, colour in words:
            self.draw.text((x, top - 8), text, font=self.font, fill=colour, anchor="ls")
            x += self.draw.textlength(text, font=self.font)
        for value, text in ticks:
            y = top + height * (1 - value / full)
            self.draw.line([(_LEFT, y), (_LEFT + self.width, y)], fill=_RULE, width=1)
            at = min(max(y, top + 8), top + height - 8)
            self.draw.text((_LEFT - 12, at), text, font=self.font, fill=_INK, anchor="rm")

    def curve(
        self,
        times: Sequence[float],
        values: Sequence[float | None],
        top: int,
        height: int,
        full: float,
        colour: Colour,
        *,
        filled: bool = False,
        dashed: bool = False,
    ) -> None:
        for run in runs(times, values):
            points = [(self.x(t), top + height * (1 - min(max(v / full, 0.0), 1.0))) for t, v in run]
            if filled:
                base = top + height
                self.draw.polygon([(points[0][0], base), *points, (points[-1][0], base)], fill=_tint(colour))
            if len(points) == 1:
                self.draw.ellipse([points[0][0] - 3, points[0][1] - 3, points[0][0] + 3, points[0][1] + 3], fill=colour)
            for piece in _dashes(points) if dashed else [points]:
                self.draw.line(piece, fill=colour, width=3, joint="curve")

    def plans(self, steps: Sequence[Sequence[float]], top: int, height: int, most: int) -> None:
        ends = [step[0] for step in steps[1:]] + [self.seconds]
        for (start, *numbers), end in zip(steps, ends, strict=True):
            x0, x1 = self.x(start), self.x(end)
            y = top + height * (1 - _workers(numbers) / most)
            self.draw.rectangle([x0, y, x1, top + height], fill=_tint(_PLAN, 2 / 6 if numbers[0] else 1 / 6))
            edge = [(x0, top + height)] if start else []  # even where as many are at work as before
            self.draw.line([*edge, (x0, y), (x1, y)], fill=_PLAN, width=3)
            text = plan_label([int(number) for number in numbers]).replace("×", "x")  # which Pillow's font lacks
            if self.draw.textlength(text, font=self.font) + 16 < x1 - x0:
                base = top + height if y < top + height / 2 else y  # a low step has no room below its line
                self.draw.text((x0 + 10, base - 8), text, font=self.font, fill=_INK, anchor="ls")

    def marks(self, times: Sequence[float], top: int, bottom: int) -> None:
        for x in sorted({round(self.x(time)) for time in times}):
            for y in range(top, bottom, 10):
                self.draw.line([(x, y), (x, y + 3)], fill=_INK, width=1)
            self.draw.polygon([(x - 8, top - 2), (x + 8, top - 2), (x, top + 10)], fill=_INK)

    def axis(self, top: int) -> None:
        step = nice_step(self.seconds, 10)
        decimals = 0 if step >= 1 else (1 if step >= 0.1 else 3)
        for index in range(int(self.seconds / step + 1e-6) + 1 if self.seconds > 1e-6 else 1):
            x = self.x(index * step)
            self.draw.line([(x, top - 6), (x, top)], fill=_INK, width=2)
            text = clock(index * step, decimals=decimals) if self.seconds >= 60 else f"{index * step:.{decimals}f} s"
            half = self.draw.textlength(text, font=self.font) / 2
            x = min(max(x, _LEFT + half - 8), _WIDTH - half - 4)
            self.draw.text((x, top + 6), text, font=self.font, fill=_INK, anchor="mt")


def _dashes(points: Points) -> Iterator[Points]:
    """Cut a line into dashes of one length, along the line."""
    piece, left, drawn = [points[0]], float(_DASH), True
    for (x0, y0), (x1, y1) in pairwise(points):
        length, at = math.hypot(x1 - x0, y1 - y0), 0.0
        while length - at > left:
            at += left
            place = (x0 + (x1 - x0) * at / length, y0 + (y1 - y0) * at / length)
            if drawn:
                yield [*piece, place]
            piece, left, drawn = [place], float(_DASH if not drawn else _DASH / 2), not drawn
        left -= length - at
        piece.append((x1, y1))
    if drawn and len(piece) > 1:
        yield piece


def _workers(numbers: Sequence[float]) -> int:
    return int(max(1, numbers[0]) * numbers[1])


def _tint(colour: Colour, part: float = 0.22) -> Colour:
    red, green, blue = (round(p + (c - p) * part) for c, p in zip(colour, _PAPER, strict=True))
    return red, green, blue


def _quantized(image: Image.Image) -> Image.Image:
    from PIL import Image

    colours = [_PAPER, _LANE, _INK, _RULE]
    for ink in (_TOOK, _MADE, _WAIT, _PLAN):
        colours += [ink, _tint(ink)]
    for ink in (_INK, _TOOK, _MADE, _WAIT, _PLAN):  # the edges of letters and lines
        colours += [_tint(ink, part / 6) for part in range(1, 6)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([v for colour in colours for v in colour] + list(_PAPER) * (256 - len(colours)))
    return image.quantize(palette=palette, dither=Image.Dither.NONE)
