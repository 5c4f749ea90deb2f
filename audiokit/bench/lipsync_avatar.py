"""The demo avatar from end to end: how quick its models and its films are, and how far its mouth is from its sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import Audio
from audiokit.bench.bars import Bar
from audiokit.bench.timing import Timing, interleave
from audiokit.errors import AudiokitError, Unavailable
from audiokit.lipsync import demo_avatar, talk
from audiokit.lipsync.demo.measure import film_offset

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from audiokit.lipsync import Avatar

__all__ = ["AvatarComparison", "avatar_bars", "compare_avatar", "spoken_text"]

MOST_ENCODER_MS = 1.2
"""A window takes the encoder at most so long on one core."""

LEAST_FRAMES_PER_SECOND = 25.0
"""Frames made in a second, decoding to H.264 included."""

MOST_OFFSET_FRAMES = 1
"""Between mouth and sound, measured from the film's pixels."""

_WINDOWS = 16  # 640 ms at 25 frames a second
_TEXT = (
    "My mother bought a blue boat. We may go over the water by noon. Papa, open the window! "
    "People who read aloud move their lips a lot."
)


@dataclass(frozen=True, slots=True)
class AvatarComparison:
    """What was measured of the demo avatar.

    Parameters
    ----------
    timings : dict of str to Timing
        Seconds a frame: ``encoder``, ``generator``, each of 16 in one call, and ``film`` as a whole.
    stages : dict of str to float
        Milliseconds a frame of each stage of the film.
    offset_frames : int or None
        Of the film; None where it could not be measured.
    correlation : float or None
        Of mouth and loudness at that offset.
    voice : str
        Who spoke.
    size : str
        Of the frames.
    reason : str
        Why nothing was measured.
    """

    timings: dict[str, Timing]
    stages: dict[str, float]
    offset_frames: int | None
    correlation: float | None
    voice: str
    size: str
    reason: str = ""

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each part, in milliseconds a frame."""
        import pandas as pd

        rows = [{"name": name, "median_ms": 1000 * one.median_seconds} for name, one in self.timings.items()]
        rows += [{"name": f"film: {name}", "median_ms": value} for name, value in self.stages.items()]
        table = pd.DataFrame(rows, columns=["name", "median_ms"])
        table["frames_per_second"] = 1000.0 / table["median_ms"]
        return table


def spoken_text() -> tuple[Audio, str]:
    """Return speech of espeak-ng and its name; where it is not installed, syllables made of harmonics."""
    from audiokit.speech import speak

    try:
        return speak(_TEXT), "espeak-ng"
    except Unavailable:
        time = np.arange(8 * 16_000) / 16_000
        voice = sum(np.sin(2.0 * np.pi * 130.0 * k * time) / k for k in range(1, 30))
        open_and_shut = np.clip(np.sin(2.0 * np.pi * 1.7 * time) + np.sin(2.0 * np.pi * 2.9 * time), 0.0, 1.0)
        return Audio((0.2 * voice * open_and_shut).astype(np.float32), 16_000), "harmonics"


def compare_avatar(
    folder: Path, *, repeats: int = 5, after_each: Callable[[], object] | None = None, avatar: Avatar | None = None
) -> AvatarComparison:
    """Time the demo avatar, and measure the offset of a film that it makes.

    Parameters
    ----------
    folder : Path
        For the film.
    repeats : int
        Rounds, of which the median counts.
    after_each : callable, optional
        Called after each timed run.
    avatar : Avatar, optional
        In place of the demo's.
    """
    sound, voice = spoken_text()
    try:
        avatar = demo_avatar() if avatar is None else avatar
    except Unavailable as error:
        return AvatarComparison({}, {}, None, None, voice, "", str(error))
    shown = avatar  # for the closures below: not None any more
    windows = np.random.default_rng(0).uniform(-4.0, 4.0, (_WINDOWS, 1, 80, 16)).astype(np.float32)
    visual = np.broadcast_to(shown.visual, (_WINDOWS, *shown.visual.shape[1:]))
    audio = shown.encoder(windows)
    path = folder / "avatar.mp4"
    made = talk(sound, path, avatar=shown)
    timed = interleave(
        {
            "encoder": lambda: shown.encoder(windows),
            "generator": lambda: shown.generator(visual, audio),
            "film": lambda: talk(sound, path, avatar=shown),
        },
        repeats=repeats,
        after_each=after_each,
    )
    frames = {"encoder": _WINDOWS, "generator": _WINDOWS, "film": made.frames}
    each = {name: Timing(name, tuple(one / frames[name] for one in timing.seconds)) for name, timing in timed.items()}
    stages = {name: 1000.0 * seconds / made.frames for name, seconds in made.seconds.items() if name != "total"}
    size = f"{made.width} x {made.height}"
    try:
        offset = film_offset(path)
    except AudiokitError as error:  # an avatar that is not the demo's
        return AvatarComparison(each, stages, None, None, voice, size, str(error))
    return AvatarComparison(each, stages, offset.frames, offset.correlation, voice, size)


def avatar_bars(found: AvatarComparison) -> list[Bar]:
    """Check the encoder's time, the film's pace and its offset."""
    encoder = f"the lip-sync encoder takes at most {MOST_ENCODER_MS:g} ms a window"
    pace = f"films of the demo avatar: at least {LEAST_FRAMES_PER_SECOND:g} frames made a second"
    sync = f"its mouth is at most {MOST_OFFSET_FRAMES} frame from its sound"
    if not found.timings:
        return [Bar(claim, holds=None, found=found.reason) for claim in (encoder, pace, sync)]
    window_ms = 1000.0 * found.timings["encoder"].median_seconds
    frames = 1.0 / found.timings["film"].median_seconds
    said = f"{found.offset_frames} frames, correlation {found.correlation or 0.0:.2f}, {found.voice}"
    return [
        Bar(encoder, window_ms <= MOST_ENCODER_MS, f"{window_ms:.2f} ms"),
        Bar(pace, frames >= LEAST_FRAMES_PER_SECOND, f"{frames:.0f} of {found.size}"),
        Bar(
            sync,
            None if found.offset_frames is None else abs(found.offset_frames) <= MOST_OFFSET_FRAMES,
            found.reason or said,
        ),
    ]
