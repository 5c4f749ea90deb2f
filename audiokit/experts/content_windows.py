"""From clips to what a network is trained on: windows with labels, kept on disk between runs."""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.activity.content_features import GRID, FrameTracks, frame_tracks
from audiokit.activity.content_statistics import WINDOW_FRAMES, window_inputs
from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.experts.content_clips import KINDS, LABELS, draw_clip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.experts.content_clips import Clip
    from audiokit.experts.content_parts import Materials

__all__ = ["Windows", "make_windows", "windows_of"]

_STRIDE = 32
_LEAST_ACTIVE = 0.3
_PORTION = 40  # clips made with one generator, and kept in one file
_RECIPE = 2  # of the clips: portions of another one are no longer used


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Windows and what is in them.

    Parameters
    ----------
    mel : ndarray, shape (windows, 192, 48), float16
        In dB.
    statistics : ndarray, shape (windows, statistics), float32
    labels : ndarray of int, shape (windows,)
        Index into `audiokit.experts.content_clips.LABELS`.
    kinds, groups : ndarray of str, shape (windows,)
        How each was made, and whose voice is in it (empty: nobody's).
    clips : ndarray of int, shape (windows,)
        Windows of one clip have one number.
    """

    mel: NDArray[np.float16]
    statistics: NDArray[np.float32]
    labels: NDArray[np.int64]
    kinds: NDArray[np.str_]
    groups: NDArray[np.str_]
    clips: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, chosen: NDArray[np.bool_]) -> Windows:
        """Take some of them."""
        return Windows(**{name: getattr(self, name)[chosen] for name in self.__slots__})

    def stamp(self, more: str) -> str:
        """Name these windows, and what else is told, by what is in them."""
        return hashlib.sha256(self.statistics.tobytes() + more.encode()).hexdigest()[:12]

    @classmethod
    def joined(cls, parts: list[Windows]) -> Windows:
        """Put parts together; clips keep numbers of their own."""
        shift = 0
        clips = []
        for part in parts:
            clips.append(part.clips + shift)
            shift += int(part.clips.max(initial=-1)) + 1
        names = [name for name in cls.__slots__ if name != "clips"]
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cls(**columns, clips=np.concatenate(clips))


def windows_of(clip: Clip, number: int, generator: np.random.Generator) -> Windows:
    """Cut a clip into windows of 3 s, half a second apart, and one that is shorter, as short files are."""
    frames = frame_tracks(clip.samples)
    starts = np.arange(0, len(frames) - WINDOW_FRAMES + 1, _STRIDE)
    share = np.array([clip.active[_span(start, WINDOW_FRAMES)].mean() for start in starts.tolist()])
    chosen = starts[share >= _LEAST_ACTIVE]
    mel, statistics = window_inputs(frames, chosen if chosen.size else starts[[int(share.argmax())]])
    length = int(generator.integers(24, WINDOW_FRAMES))
    begin = int(generator.integers(len(frames) - length))
    if clip.active[_span(begin, length)].mean() >= 0.6:
        short = FrameTracks(frames.mel[begin : begin + length], frames.tracks[begin : begin + length])
        short_mel, short_statistics = window_inputs(short, np.array([0]))
        mel, statistics = np.concatenate([mel, short_mel]), np.concatenate([statistics, short_statistics])
    count = len(mel)
    return Windows(
        mel.astype(np.float16), statistics, np.full(count, LABELS.index(clip.label)), np.full(count, clip.kind),
        np.full(count, "".join(clip.groups)), np.full(count, number),
    )  # fmt: skip


def _span(start: int, frames: int) -> slice:
    """Frames of 10 ms under frames of the grid."""
    scale = GRID.hop_length / SAMPLE_RATE / 0.01
    return slice(int(start * scale), max(int((start + frames) * scale), int(start * scale) + 1))


def make_windows(
    materials: Materials,
    clips: int,
    seed: int,
    *,
    cache: Path | None = None,
    workers: int = 1,
    after_each: Callable[[], object] = int,
) -> Windows:
    """Draw clips by the shares of their kinds, and cut them into windows.

    Parameters
    ----------
    materials : Materials
        What clips are made of.
    clips : int
        How many.
    seed : int
        Of everything drawn.
    cache : pathlib.Path, optional
        Folder for finished portions, which another run continues from.
    workers : int
        Processes.
    after_each : callable
        Called after each few portions.

    Returns
    -------
    Windows
    """
    names = list(KINDS)
    shares = np.array([KINDS[name][2] for name in names])
    drawn = np.random.default_rng([seed, 3]).choice(names, size=clips, p=shares / shares.sum())
    portions = [
        (index, tuple(drawn[first : first + _PORTION])) for index, first in enumerate(range(0, clips, _PORTION))
    ]
    found: dict[int, Windows] = {}
    for index, _ in portions:
        if cache is not None and (kept := _load(cache / f"clips-{_RECIPE}-{seed}-{clips}-{index}.npz")) is not None:
            found[index] = kept
    missing = [portion for portion in portions if portion[0] not in found]
    if missing:
        _MATERIALS.clear()
        _MATERIALS.append(materials)
        with ProcessPoolExecutor(workers, initializer=_remember, initargs=(materials,)) as pool:
            for first in range(0, len(missing), 2 * workers):
                batch = missing[first : first + 2 * workers]
                for (index, _), made in zip(
                    batch, pool.map(_portion, [(seed, *portion) for portion in batch]), strict=True
                ):
                    found[index] = made
                    if cache is not None:
                        _save(cache / f"clips-{_RECIPE}-{seed}-{clips}-{index}.npz", made)
                after_each()
    return Windows.joined([found[index] for index, _ in portions])


_MATERIALS: list[Materials] = []  # of a worker process: sent once, not with each portion


def _remember(materials: Materials) -> None:
    _MATERIALS.append(materials)


def _portion(request: tuple[int, int, tuple[str, ...]]) -> Windows:
    seed, index, kinds = request
    generator = np.random.default_rng([seed, 4, index])
    return Windows.joined([windows_of(draw_clip(str(kind), _MATERIALS[-1], generator), 0, generator) for kind in kinds])


def _save(path: Path, windows: Windows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez(part, **{name: getattr(windows, name) for name in Windows.__slots__})
    part.replace(path)


def _load(path: Path) -> Windows | None:
    if not path.is_file():
        return None
    with np.load(path) as stored:
        return Windows(*(stored[name] for name in Windows.__slots__))
