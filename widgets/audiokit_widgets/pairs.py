"""Several sounds as a picture and as plain HTML: their outlines, and what is left when one is taken from another."""

from __future__ import annotations

import base64
import html
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit_widgets.wording import clock, nice_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import ImageDraw, ImageFont

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

__all__ = ["Lane", "blind_html", "difference_lane", "draw_lanes", "lane_of", "sighted_html"]

_BINS = 2048  # columns of an outline: more than a screen has room for
_MOST_MAGNIFIED = 1 << 16
# Twice the size at which it is shown, for screens with two pixels to a point.
_WIDTH, _LEFT, _RIGHT, _HEAD, _WAVE, _FOOT, _FONT = 1640, 96, 24, 34, 120, 44, 20
_PAPER, _LANE_PAPER, _INK, _RULE = (255, 255, 255), (244, 246, 249), (70, 78, 90), (208, 213, 221)
_SOUND_INK, _DIFFERENCE_INK, _CLIP_INK = (37, 99, 200), (139, 70, 214), (214, 40, 40)


@dataclass(frozen=True, slots=True)
class Lane:
    """One waveform of a comparison.

    Parameters
    ----------
    label : str
        What it is; text, never markup.
    peaks : ndarray, shape (2048, 2), float32
        Lowest and highest sample of each of equal spans, at true amplitude.
    magnified : int
        The factor by which it is drawn larger than the others.
    is_difference : bool
        Whether it is one sound less another.
    """

    label: str
    peaks: NDArray[np.float32]
    magnified: int = 1
    is_difference: bool = False

    def packed(self) -> bytes:
        """Give the outline as it goes to a page: little-endian float32, lowest and highest in turn."""
        return self.peaks.astype("<f4").tobytes()


def lane_of(label: str, samples: NDArray[np.float32]) -> Lane:
    """Outline a sound of shape (channels, time); all channels in one."""
    from audiokit.dsp.peaks import peaks

    return Lane(label, peaks(samples, _BINS))


def difference_lane(first_name: str, first: NDArray[np.float32], second_name: str, second: NDArray[np.float32]) -> Lane:
    """Outline one sound less another, and say how loud that is.

    Parameters
    ----------
    first, second : ndarray, shape (channels, time), float32
        As they are played, so with their gains.

    Returns
    -------
    Lane
        Its label has the level of the difference (root mean square) in dB relative to full scale and to the first
        sound; it is magnified by a power of two, so that it can be seen.
    """
    rest = first.astype(np.float64) - second
    name = f"{first_name} minus {second_name}"
    lane = lane_of(name, rest.astype(np.float32))
    power, whole = float(np.mean(rest**2)), float(np.mean(first.astype(np.float64) ** 2))
    if power == 0:
        return Lane(f"{name}: nothing, they are the same sample for sample", lane.peaks, is_difference=True)
    peak = float(np.abs(lane.peaks).max())
    magnified = min(2 ** max(0, math.floor(-math.log2(max(peak, 1e-30)))), _MOST_MAGNIFIED)
    level = f"{_decibels(power)} dBFS"
    relative = f", {_decibels(power / whole)} dB relative to {first_name}" if whole > 0 else ""
    drawn = f", drawn {magnified}× larger" if magnified > 1 else ""
    return Lane(f"{name}: {level}{relative}{drawn}", lane.peaks, magnified, is_difference=True)


def _decibels(power: float) -> str:
    return f"{10 * math.log10(power):.1f}".replace("-", "\N{MINUS SIGN}")


def sighted_html(
    *,
    title: str,
    summary: str,
    outcome: str,
    sounds: Sequence[dict[str, Any]],
    files: Sequence[bytes],
    elsewhere: Sequence[bool],
    differences: Sequence[str],
    notes: Sequence[str],
    remarks: Sequence[str],
    picture: bytes,
    duration_seconds: float,
) -> str:
    """Write a comparison without script: one ``<audio>`` for each sound, its gain in words, and the picture.

    Parameters
    ----------
    sounds : sequence of dict
        With ``label``, ``facts``, ``gain`` and ``level``, the factor by which its file would be played.
    files : sequence of bytes
        FLAC files of the same order.
    elsewhere : sequence of bool
        Whether a view above holds that file already.
    picture : bytes
        A PNG.

    Returns
    -------
    str
        All text escaped; a file is written once, however many sounds share it.
    """
    name, length = html.escape(title or "Comparison"), clock(duration_seconds)
    parts = [f"<div><strong>{name}</strong> <small>{length} · {html.escape(summary)}</small></div>"]
    if outcome:
        parts.append(f"<div>{html.escape(outcome)}</div>")
    first: dict[bytes, str] = {}
    for sound, data, above in zip(sounds, files, elsewhere, strict=True):
        label = html.escape(sound["label"])
        facts = f"{html.escape(sound['facts'])} · {_in_words(sound, 'there' if above else 'here')}"
        parts.append(f"<div><strong>{label}</strong> <small>{facts}</small></div>")
        if data in first:
            parts.append(f"<div><small>The same, sample for sample, as {html.escape(first[data])}.</small></div>")
            continue
        first[data] = sound["label"]
        if above:
            parts.append("<div><small>The sound is in the view above, sample for sample.</small></div>")
            continue
        source = base64.b64encode(data).decode("ascii")
        parts.append(
            f'<audio controls src="data:audio/flac;base64,{source}" title="{label}" style="width:100%"></audio>'
        )
    alt = html.escape(
        f"Waveforms of {', '.join(s['label'] for s in sounds)} on one clock, and their differences, {length}"
    )
    parts.append(
        f'<img src="data:image/png;base64,{base64.b64encode(picture).decode("ascii")}" alt="{alt}" width="100%">'
    )
    parts += [f"<div>{html.escape(text)}</div>" for text in differences]
    parts += [f"<div>⚠ {html.escape(note)}</div>" for note in notes]
    parts += _remarks_html(remarks)
    return f'<div class="audiokit-static">{"".join(parts)}</div>'


def blind_html(*, title: str, answered: int, trials: int, notes: Sequence[str], remarks: Sequence[str]) -> str:
    """Write what a blind test is where no script or no kernel runs: a sentence, no sound, no names."""
    parts = [
        f"<div><strong>{html.escape(title or 'Blind comparison')}</strong></div>",
        f"<div>{answered} of {trials} trials answered. A blind test needs a running kernel, which draws the trials and "
        "keeps the answers: open the notebook in Jupyter and run its cell.</div>",
    ]
    parts += [f"<div>⚠ {html.escape(note)}</div>" for note in notes]
    parts += _remarks_html(remarks)
    return f'<div class="audiokit-static">{"".join(parts)}</div>'


def _remarks_html(remarks: Sequence[str]) -> list[str]:
    """Write the first for everybody, and the others for who wants to know."""
    first, *others = [f"<div>{html.escape(remark)}</div>" for remark in remarks] or [""]
    return [first, *([f"<details><summary>More</summary>{''.join(others)}</details>"] if others else [])]


def _in_words(sound: dict[str, Any], place: str) -> str:
    db = 20 * math.log10(sound["level"])
    if abs(db) < 0.05:
        return f"plays {place} as loud as it is compared"
    return f"plays {place} {abs(db):.1f} dB {'louder' if db < 0 else 'quieter'} than it is compared"


def draw_lanes(lanes: Sequence[Lane], duration_seconds: float) -> bytes:
    """Draw outlines above one time axis, all at the same scale but for what says that it is magnified.

    Parameters
    ----------
    lanes : sequence of Lane
        From the top down.
    duration_seconds : float
        Length of the time axis.

    Returns
    -------
    bytes
        A palette PNG, 1640 pixels wide.
    """
    from PIL import Image, ImageDraw, ImageFont

    height = len(lanes) * (_HEAD + _WAVE) + _FOOT
    image = Image.new("RGB", (_WIDTH, height), _PAPER)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=_FONT)
    top_amplitude = max(1.0, *(float(np.abs(lane.peaks).max()) for lane in lanes if not lane.is_difference))
    for index, lane in enumerate(lanes):
        _draw_lane(draw, font, lane, index * (_HEAD + _WAVE), top_amplitude)
    _draw_axis(draw, font, height - _FOOT + 8, max(duration_seconds, 1e-9))
    out = io.BytesIO()
    image.quantize(colors=64, dither=Image.Dither.NONE).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _draw_lane(draw: ImageDraw.ImageDraw, font: Font, lane: Lane, top: int, full: float) -> None:
    width = _WIDTH - _LEFT - _RIGHT
    # Pillow's font has neither a minus nor a times sign
    draw.text(
        (_LEFT, top + 8), lane.label.replace("\N{MINUS SIGN}", "-").replace("×", " times")[:140], font=font, fill=_INK
    )
    top += _HEAD
    middle, half = top + _WAVE / 2, _WAVE / 2
    draw.rectangle([_LEFT, top, _LEFT + width - 1, top + _WAVE - 1], fill=_LANE_PAPER)
    for amplitude in (1.0, 0.5, 0.0):
        for y in {middle - amplitude / full * half, middle + amplitude / full * half}:
            draw.line([(_LEFT, y), (_LEFT + width, y)], fill=_CLIP_INK if amplitude == 1 and full > 1 else _RULE)
    if not lane.is_difference:
        for amplitude, text in ((1.0, "0 dBFS"), (0.5, "-6"), (0.0, "-inf")):
            y = max(middle - amplitude / full * half, top + 9)
            draw.text((_LEFT - 12, y), text, font=font, fill=_INK, anchor="rm")
    bins = len(lane.peaks)
    starts = np.arange(width) * bins // width
    low = np.minimum.reduceat(lane.peaks[:, 0], starts) * lane.magnified
    high = np.maximum.reduceat(lane.peaks[:, 1], starts) * lane.magnified
    ink = _DIFFERENCE_INK if lane.is_difference else _SOUND_INK
    for x in range(width):
        # one pixel of overlap with the neighbour, so that a steep flank has no gaps
        a, b = (float(high[x]), float(low[x])) if x == 0 else (max(high[x], low[x - 1]), min(low[x], high[x - 1]))
        y0, y1 = (min(max(middle - v / full * half, top), top + _WAVE - 1) for v in (a, b))
        draw.line([(_LEFT + x, min(y0, y1 - 1)), (_LEFT + x, max(y1, y0 + 1))], fill=ink)


def _draw_axis(draw: ImageDraw.ImageDraw, font: Font, top: int, seconds: float) -> None:
    width = _WIDTH - _LEFT - _RIGHT
    step = nice_step(seconds, 10)
    decimals = 0 if step >= 1 else (1 if step >= 0.1 else (2 if step >= 0.01 else 3))
    for index in range(int(seconds / step + 1e-6) + 1):
        x = _LEFT + index * step / seconds * width
        draw.line([(x, top - 6), (x, top)], fill=_INK, width=2)
        text = clock(index * step, decimals=decimals) if seconds >= 60 else f"{index * step:.{decimals}f} s"
        half = draw.textlength(text, font=font) / 2
        draw.text((min(max(x, _LEFT + half - 8), _WIDTH - half - 4), top + 4), text, font=font, fill=_INK, anchor="mt")
