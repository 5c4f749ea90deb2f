"""A recording to a film of a face that speaks it."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.blocks import blocks
from audiokit.decode.output import check_no_input, whole_file
from audiokit.dsp.resample_stream import ResampleStream
from audiokit.errors import EmptySource
from audiokit.lipsync.animator import Animator
from audiokit.lipsync.background import open_background
from audiokit.lipsync.compositor import over
from audiokit.lipsync.demo.avatar import demo_avatar
from audiokit.lipsync.film import FilmWriter
from audiokit.lipsync.frames import RECIPE
from audiokit.models.store import default_store

if TYPE_CHECKING:
    from audiokit.audio import Audio
    from audiokit.decode.source import SourceLike
    from audiokit.lipsync.avatar import Avatar
    from audiokit.models.store import ModelStore

__all__ = ["Film", "talk"]

_CHUNK_SECONDS = 0.64
_AAC_RATE = 48_000
_AAC_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000)


@dataclass(frozen=True, slots=True)
class Film:
    """What `talk` made.

    Parameters
    ----------
    path : Path
        The MP4 file.
    frames : int
        Of video.
    frames_per_second : Fraction
        Their rate.
    height, width : int
        Of a frame.
    sound_seconds : float
        Length of the sound.
    sample_rate : int
        Of the sound in the film.
    avatar : str
        Whose face it is.
    look_ahead_seconds : float
        How much later than its sound a frame can be made at the earliest; the film itself is in sync.
    seconds : dict of str to float
        Time that each stage took: decode, mel, encoder, generator, paste, background, film; and ``total``.
    warnings : tuple of str
        What is wrong with the recording, and what was changed.
    """

    path: Path
    frames: int
    frames_per_second: Fraction
    height: int
    width: int
    sound_seconds: float
    sample_rate: int
    avatar: str
    look_ahead_seconds: float
    seconds: dict[str, float]
    warnings: tuple[str, ...] = ()

    @property
    def made_per_second(self) -> float:
        """Frames made in a second, everything included."""
        return self.frames / self.seconds["total"]


def talk(
    source: SourceLike | Audio,
    output: str | os.PathLike[str],
    *,
    avatar: Avatar | None = None,
    frames_per_second: float | str | Fraction = 25,
    background: Any = None,
    fragmented: bool = False,
    quality: int = 20,
    overwrite: bool = True,
    store: ModelStore | None = None,
    progress: Callable[[float], object] | None = None,
) -> Film:
    """Make a film of a face that speaks a recording.

    The recording may be of any length: it goes through in pieces of 640 ms, in constant memory. Its own sound, at its
    own rate, is the film's; the face hears it mixed to one channel, at 16 kHz.

    Parameters
    ----------
    source : path, bytes, binary file object, http(s) address or Audio
        What is said.
    output : path
        Of the MP4; it is there whole, or not at all.
    avatar : Avatar, optional
        The demo's drawn face by default.
    frames_per_second : int, float, str or Fraction
        See `clock.frame_rate`.
    background : optional
        Colour, picture or film behind a face with alpha; see `background.open_background`.
    fragmented : bool
        Write MP4 that can be played while it is being made.
    quality : int
        Of the pictures: x264's constant rate factor, 0 (best) to 51.
    overwrite : bool
        Whether the output may replace a file.
    store : ModelStore, optional
        Where the demo avatar is kept between calls; the kit's own by default.
    progress : callable, optional
        Called now and then with the seconds of sound that are done.

    Returns
    -------
    Film

    Raises
    ------
    InputError
        As `audiokit.read` for the source; `ParameterError` for a wrong option.
    OutputExists, OutputUnwritable
        As `audiokit.write`; also where the output is the source, or the film behind the face.
    Unavailable
        Without onnxruntime, weights or an encoder for H.264.
    """
    check_no_input(output, (source, background))
    with ExitStack() as stack:
        if avatar is None:
            used = default_store() if store is None else store
            avatar = stack.enter_context(
                used.lease(("lipsync", "demo"), lambda device: demo_avatar(device=device), device="cpu")
            )
        beside = stack.enter_context(whole_file(output, overwrite=overwrite))
        handle = stack.enter_context(beside.open("wb+"))
        made = _make(source, handle, avatar.own(), frames_per_second, background, fragmented, quality, progress)
    return Film(path=Path(output), avatar=avatar.name, **made)


def _make(
    source: Any,
    handle: Any,
    avatar: Avatar,
    frames_per_second: float | str | Fraction,
    background: Any,
    fragmented: bool,
    quality: int,
    progress: Callable[[float], object] | None,
) -> dict[str, Any]:
    began = time.perf_counter()
    spent: defaultdict[str, float] = defaultdict(float)
    animator = Animator(avatar, frames_per_second)
    height, width = avatar.size
    behind = open_background(background, height, width)
    warnings: list[str] = []
    film: FilmWriter | None = None
    hearing = speaking = None

    def draw(frames: Any) -> None:
        assert film is not None
        for frame in frames:
            at = time.perf_counter()
            picture = over(frame, behind.at(film.frames / animator.clock.rate))
            composed = time.perf_counter()
            film.write_frame(picture)
            spent["background"] += composed - at
            spent["film"] += time.perf_counter() - composed

    sample_rate = 0
    with ExitStack() as stack:
        for block in _timed(_blocks(source), spent):
            warnings += block.warnings
            if film is None:
                sample_rate = block.sample_rate if block.sample_rate in _AAC_RATES else _AAC_RATE
                channels = min(block.channels, 2)
                if sample_rate != block.sample_rate:
                    warnings.append(
                        f"AAC does not hold {block.sample_rate} Hz: the film's sound is at {sample_rate} Hz"
                    )
                if channels != block.channels:
                    warnings.append(f"{block.channels} channels were mixed to one")
                    channels = 1
                film = stack.enter_context(
                    FilmWriter(
                        handle, height, width, frames_per_second, sample_rate, channels,
                        fragmented=fragmented, quality=quality,
                    )
                )  # fmt: skip
                hearing = ResampleStream(block.sample_rate, RECIPE.sample_rate)
                speaking = ResampleStream(block.sample_rate, sample_rate, channels=channels)
            assert hearing is not None
            assert speaking is not None
            mono = block.samples.mean(axis=0, keepdims=True, dtype=np.float32)
            film.write_sound(speaking.push(mono if channels == 1 else block.samples))
            draw(animator.push(hearing.push(mono)))
            if progress is not None:
                progress(film.samples / sample_rate)
        if film is None or hearing is None or speaking is None:
            raise EmptySource("There is no sound to speak.")
        film.write_sound(speaking.finish())
        draw(animator.push(hearing.finish()))
        draw(animator.flush())
    return {
        "frames": film.frames,
        "frames_per_second": animator.clock.rate,
        "height": height,
        "width": width,
        "sound_seconds": film.samples / sample_rate,
        "sample_rate": sample_rate,
        "look_ahead_seconds": float(animator.clock.look_ahead_seconds),
        "seconds": {**spent, **animator.seconds, "total": time.perf_counter() - began},
        "warnings": tuple(warnings),
    }


def _blocks(source: Any) -> Any:
    from audiokit.audio import Audio

    if not isinstance(source, Audio):
        return blocks(source, _CHUNK_SECONDS)
    step = max(1, round(_CHUNK_SECONDS * source.sample_rate))
    return (
        Audio(
            source.samples[:, first : first + step], source.sample_rate, warnings=source.warnings if first == 0 else ()
        )
        for first in range(0, source.frames, step)
    )


def _timed(parts: Any, spent: defaultdict[str, float]) -> Any:
    iterator = iter(parts)
    while True:
        began = time.perf_counter()
        part = next(iterator, None)
        spent["decode"] += time.perf_counter() - began
        if part is None:
            return
        yield part
