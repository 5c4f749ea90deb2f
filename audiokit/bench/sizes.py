"""How much ``python -m audiokit.bench`` measures: its sections, and the sizes of each."""

from __future__ import annotations

from dataclasses import dataclass

from audiokit.bench.files import CODECS
from audiokit.bench.imports import IMPORTS
from audiokit.bench.peers import PEERS
from audiokit.bench.threads import thread_counts
from audiokit.bench.training_files import TrainingFiles
from audiokit.bench.tuning import plan_grid

__all__ = ["QUICK", "SECTIONS", "Sizes", "planned_runs", "rounds"]

SECTIONS = (
    *("imports", "first", "decode", "native", "floor", "lengths", "spans", "threads", "cache", "many", "blocks"),
    *("loader", "stretch", "tuner", "reading", "overlap"),
    *("tagging", "speech"),
    *("lipsync", "avatar"),
    "speaking",
)
"""In the order in which they run."""

POOLED_CODECS = ("FLAC", "MP3", "Opus")
"""Of which several files are read at once."""

_LONGEST_STRETCHED_SECONDS, _LONGEST_CACHED_SECONDS = 60.0, 120.0
_LONG = 100.0  # seconds from which two rounds must do


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Parameters
    ----------
    seconds : float
        Length of the file on which the bars are.
    repeats : int
        Rounds of which the median is taken; a third of it where a run takes seconds.
    lengths : tuple of float
        Other lengths, in seconds.
    long_seconds : float
        Length of the file whose last second is asked for.
    cached_seconds : float
        Length of the longest array in the cache.
    clips : int
        Short files for `read_many`.
    hours : float
        Length of the files that are gone through in blocks.
    training : tuple of TrainingFiles
        What the loaders are raced and tuned on; the first is the one that is augmented while a step sleeps.
    steady_seconds : float
        How long a loader is watched at least, each time.
    tagged : int
        Clips for `tag_many`.
    emotion_layers : int
        Of the large mood network; 24 are XLSR's.
    quick_speech : bool
        Whether a tiny Whisper and a few recordings must do.
    """

    seconds: float = 30.0
    repeats: int = 9
    lengths: tuple[float, ...] = (1.0, 300.0)
    long_seconds: float = 600.0
    cached_seconds: float = 300.0
    clips: int = 1000
    hours: float = 3.0
    training: tuple[TrainingFiles, ...] = (
        TrainingFiles("WAV", 600, 1.0, 32),
        TrainingFiles("MP3", 24, 30.0, 4),
        TrainingFiles("FLAC", 8, 300.0, 2),
    )
    steady_seconds: float = 2.0
    tagged: int = 100
    emotion_layers: int = 24
    quick_speech: bool = False

    @property
    def few(self) -> int:
        """Rounds where a run takes seconds."""
        return max(1, self.repeats // 3)

    @property
    def stretched(self) -> tuple[TrainingFiles, ...]:
        """What is stretched and shifted: not the recordings of minutes, which would take minutes."""
        return tuple(kind for kind in self.training if kind.seconds <= _LONGEST_STRETCHED_SECONDS)

    @property
    def cached(self) -> tuple[TrainingFiles, ...]:
        """What a training cache keeps whole."""
        return tuple(kind for kind in self.training if kind.seconds <= _LONGEST_CACHED_SECONDS)


QUICK = Sizes(
    repeats=3,
    lengths=(1.0, 60.0),
    long_seconds=120.0,
    cached_seconds=60.0,
    clips=100,
    hours=0.1,
    training=(TrainingFiles("WAV", 192, 1.0, 16), TrainingFiles("MP3", 8, 15.0, 2)),
    steady_seconds=0.5,
    tagged=24,
    emotion_layers=2,
    quick_speech=True,
)
"""A run of a few minutes: what it finds is a hint."""


def planned_runs(sizes: Sizes) -> dict[str, int]:
    """About how many timed runs each section makes: for a progress bar."""
    codecs, peers, few = len(CODECS), len(PEERS), sizes.few
    return {
        "imports": len(IMPORTS) * (sizes.repeats + 1),
        "first": peers * (few + 3),
        "decode": codecs * (peers * sizes.repeats + 1),
        "native": codecs * peers * sizes.repeats,
        "floor": codecs * 5 * (sizes.repeats + 1),
        "lengths": sum(codecs * (peers * rounds(sizes, seconds) + 1) for seconds in sizes.lengths),
        "spans": codecs * (peers + 3) * few,
        "threads": len(POOLED_CODECS) * peers * len(thread_counts()) * few,
        "cache": 2 * (sizes.repeats + 1),
        "many": 2 * peers + 3 * few,
        "blocks": 4,
        "loader": len(sizes.training) * (60 + 9 * few),
        "stretch": len(sizes.stretched) * (30 + 5 * few),
        "tuner": len(sizes.training) * (2 * max(1, few - 1) * len(plan_grid()) + 2),
        "reading": len(sizes.cached),
        "overlap": 8 * few,
        "tagging": 6 * sizes.repeats + 4 * few + 20,
        "speech": 3 * sizes.repeats + 3 * max(1, few - 1) + (14 if sizes.quick_speech else 27),
        "lipsync": 7 * (sizes.repeats + 1),
        "avatar": 3 * (few + 1),
        "speaking": 3 * (sizes.repeats + 1) + 2 * sizes.repeats,
    }


def rounds(sizes: Sizes, seconds: float) -> int:
    """Rounds for files of a length."""
    return min(2, sizes.few) if seconds >= _LONG else sizes.repeats
