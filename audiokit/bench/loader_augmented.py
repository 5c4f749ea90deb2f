"""Stretching and shifting on the way: the usual pipeline with audiomentations, ours with the same, and our own ways.

Stretched sound is never equal sample for sample, so the batches are not held to each other's values but to each other's
shapes, order and levels: the mean of the first coefficient, which is the loudness in decibels.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.drive import Drive, open_loader, settle
from audiokit.bench.equality import RowState, Verdict
from audiokit.bench.loader import LoaderComparison, absence_of, librosa_mfcc, librosa_samples, our_way, usual_contestant
from audiokit.bench.pipelines import Job
from audiokit.bench.race import Batches, Contestant, Running, Way, race
from audiokit.training.augment import Augmentation, PitchShift, TimeStretch, apply_batch
from audiokit.training.features import features_for
from audiokit.training.randomness import item_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.bench.training_files import TrainingFiles

__all__ = ["OURS_BATCHED", "OURS_OWN", "OURS_THEIRS", "USUAL_THEIRS", "Audiomentations", "compare_augmented_loaders"]

USUAL_THEIRS = "DataLoader + librosa + audiomentations"
OURS_THEIRS = "audiokit + audiomentations"
OURS_OWN = "audiokit, its own stretch and shift"
OURS_BATCHED = "audiokit, its own in batches"

MOST_DECIBELS = 3.0
"""By which the loudness of an item may differ between two ways to stretch and shift it."""

_RATE = 16_000
_MFCC_OPTIONS: dict[str, Any] = {"n_mfcc": 40}
_STRETCH, _SEMITONES = 1.1, 2.0
_BANDS = 80


@cache
def _transform() -> Any:
    """Both at once, always the same amounts; the length is kept."""
    import audiomentations

    return audiomentations.Compose(
        [
            audiomentations.TimeStretch(_STRETCH, _STRETCH, leave_length_unchanged=True, p=1.0),
            audiomentations.PitchShift(_SEMITONES, _SEMITONES, p=1.0),
        ]
    )


def audiomented(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stretch and shift by audiomentations."""
    found: NDArray[np.float32] = _transform()(samples=samples, sample_rate=_RATE)
    return found


@dataclass(frozen=True)
class Audiomentations(Augmentation):
    """audiomentations' stretch and shift as an augmentation of ours, to have the same work in both pipelines."""

    def _draw(
        self,
        generator: np.random.Generator,  # noqa: ARG002 - it draws nothing
        sample_rate: int,  # noqa: ARG002
        frames: int,  # noqa: ARG002
        channels: int,  # noqa: ARG002
    ) -> dict[str, Any]:
        return {}

    @classmethod
    def _render(
        cls,
        samples: NDArray[np.float32],
        sample_rate: int,  # noqa: ARG003 - everything here has one
        parameters: Mapping[str, Any],  # noqa: ARG003
    ) -> NDArray[np.float32]:
        return audiomented(samples[0].copy())[np.newaxis]  # its C++ wants memory that may be written to

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:  # noqa: ARG003
        return "stretched and shifted by audiomentations"


def compare_augmented_loaders(
    files: Sequence[str], kind: TrainingFiles, *, repeats: int = 3, after_each: Callable[[], object] | None = None
) -> LoaderComparison:
    """Race whole epochs of MFCC of clips that were stretched by 1.1 and shifted by two semitones.

    Parameters
    ----------
    files : sequence of str
        Of one kind.
    kind : TrainingFiles
        Says how long they are, and how many make a batch.
    repeats : int
        Rounds.
    after_each : callable, optional
        Called after each epoch.
    """
    batch, theirs = kind.batch_size, absence_of("audiomentations", "python_stretch")
    if theirs:  # it asks for a soxr below 1.0, which the rest has left behind, and works with a newer one
        theirs = replace(theirs, cure="pip install --no-deps audiomentations python-stretch numpy-minmax numpy-rms")
    own = [TimeStretch(_STRETCH, _STRETCH), PitchShift(_SEMITONES, _SEMITONES)]
    options: dict[str, Any] = {"features": "mfcc", "duration_seconds": kind.seconds, **_MFCC_OPTIONS}
    own_way = our_way(files, batch, augmentations=own, **options)
    with own_way() as running:
        alike = _like(list(running.epoch()))
    job = Job(librosa_samples, librosa_mfcc, audiomented)
    contestants = [
        Contestant(
            OURS_THEIRS, {"tuned": our_way(files, batch, augmentations=[Audiomentations()], **options)}, alike, theirs
        ),
        Contestant(OURS_OWN, {"tuned": own_way}, alike),
        Contestant(OURS_BATCHED, {"tuned": _batched(files, kind, own)}, alike),
        usual_contestant(USUAL_THEIRS, files, batch, alike, job, absence=theirs or absence_of("torch", "librosa")),
    ]
    return LoaderComparison(str(kind), len(files), race(contestants, repeats=repeats, after_each=after_each))


def _like(wanted: Batches) -> Callable[[Batches], Verdict]:
    def loudness(batch: Any) -> NDArray[np.float64]:
        first: NDArray[np.float64] = np.asarray(batch, np.float64)[:, 0]
        return np.asarray(first.mean(axis=-1) / np.sqrt(_BANDS))

    def check(got: Batches) -> Verdict:
        shapes = [np.shape(batch) for batch in got], [np.shape(batch) for batch in wanted]
        if shapes[0] != shapes[1]:
            return Verdict(RowState.DIFFERENT, f"batches of shapes {sorted(set(shapes[0]))}, not {set(shapes[1])}")
        apart = max(float(np.abs(loudness(its) - loudness(mine)).max()) for its, mine in zip(got, wanted, strict=True))
        state = RowState.OK if apart <= MOST_DECIBELS else RowState.DIFFERENT
        return Verdict(state, "" if state is RowState.OK else f"{apart:.1f} dB louder or softer", apart)

    return check


def _batched(files: Sequence[str], kind: TrainingFiles, augmentations: Sequence[Augmentation]) -> Way:
    """Samples by our loader; stretch, shift and features for a whole batch at once where training runs."""

    @contextlib.contextmanager
    def opened() -> Iterator[Running]:
        from torch.nn.functional import pad

        whole = {"duration_seconds": kind.seconds, "prefetch_next_epoch": False}
        loader = open_loader(files, batch_size=kind.batch_size, **whole)
        mfcc: Any = features_for("mfcc", **_MFCC_OPTIONS)
        frames = round(kind.seconds * _RATE)

        def epoch() -> Iterator[Any]:
            for batch in loader:
                samples, lengths = batch.data, batch.lengths.tolist()
                for one in augmentations:
                    drawn = [
                        one.draw(item_generator(0, 0, index), sample_rate=_RATE, frames=length, channels=1)
                        for index, length in zip(batch.indices.tolist(), lengths, strict=True)
                    ]
                    samples, lengths = apply_batch(samples, lengths, _RATE, drawn)
                samples = pad(samples, (0, max(0, frames - samples.shape[-1])))[..., :frames]
                yield mfcc(samples).numpy()

        try:
            yield Running(epoch, partial(settle, Drive(loader)), lambda: str(loader.report().plan))
        finally:
            loader.close()

    return opened
