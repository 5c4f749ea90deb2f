"""`AudioDataset`: files in, labelled samples or features out, the same every time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.dsp.arrays import checked_rate
from audiokit.errors import InputError
from audiokit.training.cache import CacheReport, TrainingCache, cache_of
from audiokit.training.chain import Chain, DrawnChain
from audiokit.training.checks import check_cut, check_features, feature_frames, item_place, whole_number
from audiokit.training.failures import Failure, FailureLog, Skipped, Unreadable, reading
from audiokit.training.fitting import Crop, Pad, crop_start, fitted
from audiokit.training.item import Item
from audiokit.training.lengths import Lengths, looked_up
from audiokit.training.manifest import index_of
from audiokit.training.randomness import item_generator
from audiokit.training.sounds import Sounds, check_samples, file_state, refuse_if_changed
from audiokit.training.spans import read_whole
from audiokit.training.workspace import Workspace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["AudioDataset"]


class AudioDataset:
    """Audio files and labels, ready to be learned from: a map-style dataset for `torch.utils.data.DataLoader`.

    Parameters
    ----------
    files : sequence of paths, DataFrame, path of a manifest or folder, mapping, or FileIndex
        See `audiokit.training.index_of`.
    labels : sequence, array, or str, optional
        One for each file, or the name of a table's column.
    target_sr : int
        Hz; everything is resampled to it.
    mono : bool
        Mean of the channels. Otherwise all files of a batch need as many channels.
    duration_seconds : float, optional
        Length of every item; whole files, or spans of the index, if None.
    crop : {"random", "start", "centre"}
        Which part of a longer recording is taken. ``random`` differs from epoch to epoch.
    pad : {"zero", "repeat", "reflect", "none"}
        What follows a shorter one; ``none`` leaves it to `collate`.
    augmentations : sequence of Augmentation
        Of `audiokit.training.augment`. Each item's are drawn from its own generator. Those of samples come before
        `features`, those of features after. A change of speed that comes first and offers ``fused_rate`` becomes part
        of the resampling, and costs nothing, unless there is a cache.
    features : callable, optional
        ``features(samples)`` with samples as an `Item` has them; returns an array with frames last. Its
        ``options.sample_rate``, where it has one, must be `target_sr`; its ``frames_of(length)``, where it has one,
        says how many frames an unpadded item gives, and otherwise they are counted in proportion.
    seed : int
        The same seed gives the same items, whatever the number of workers.
    cache : None, "auto", int, or TrainingCache
        Keep decoded sound, before any augmentation: in so many bytes, or a share of what memory is free.
    on_error : {"skip", "raise"}
        What a file does that cannot be read, is empty, not finite, or has changed since the epoch began. Skipped
        items are `Skipped` and listed in `failures`; `audiokit.training.collate` leaves them out of the batch, which is
        then smaller.
    classes : sequence, optional
        Names of the classes by code, for example those of the training part.
    path_column : str
        Of tables.
    root : path, optional
        What relative paths are relative to.

    Raises
    ------
    ParameterError
        For options or labels that do not fit.

    Notes
    -----
    `set_epoch` reaches workers that live on (``persistent_workers=True``) too. ``dataset[epoch, index]`` gives an item
    of a certain epoch.

    Examples
    --------
    >>> dataset = AudioDataset(["talk.wav"], [0], duration_seconds=1.0)
    >>> len(dataset), dataset.index.path(0)
    (1, 'talk.wav')
    """

    def __init__(
        self,
        files: Any,
        labels: Any = None,
        *,
        target_sr: int = 16_000,
        mono: bool = True,
        duration_seconds: float | None = None,
        crop: Crop = "random",
        pad: Pad = "zero",
        augmentations: Sequence[Any] | Any = (),
        features: Callable[[NDArray[np.float32]], Any] | None = None,
        seed: int = 0,
        cache: TrainingCache | int | Literal["auto"] | None = None,
        on_error: Literal["skip", "raise"] = "skip",
        classes: Sequence[Any] | None = None,
        path_column: str = "path",
        root: str | os.PathLike[str] | None = None,
    ) -> None:
        self.target_sr = checked_rate(target_sr, name="target_sr")
        check_cut(crop, pad, on_error, duration_seconds)
        check_features(features, self.target_sr)
        self.mono = bool(mono)
        self.duration_seconds = duration_seconds
        self._frames = None if duration_seconds is None else max(1, round(duration_seconds * self.target_sr))
        self.crop, self.pad, self.on_error = crop, pad, on_error
        self.features = features
        self.seed = whole_number("seed", seed)
        self._chain = Chain(augmentations)
        self.index = index_of(files, labels, classes=classes, path_column=path_column, root=root)
        self.cache = cache_of(cache)
        self._workspace = Workspace()
        self._open()
        self.set_epoch(0)

    def _open(self) -> None:
        """Open what processes share."""
        self._failures = FailureLog(self._workspace)
        self._clock = self._workspace.array("epoch", np.int64, 2)  # the epoch, and when it began (ns)
        self._sounds = Sounds(self.target_sr, self.mono, Lengths(self._workspace, len(self.index)), self.cache)

    def __getstate__(self) -> dict[str, Any]:
        shared = ("_failures", "_clock", "_sounds")
        kept = {name: value for name, value in self.__dict__.items() if name not in shared}
        return {**kept, "_began": self._clock.tolist()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        began = state.pop("_began")
        self.__dict__.update(state)
        self._open()
        if not self._clock.any():  # a copy with a workspace of its own
            self._clock[:] = began

    def __len__(self) -> int:
        return len(self.index)

    @property
    def classes(self) -> tuple[Any, ...]:
        """Names of the classes by code; empty where there are none."""
        return self.index.labels.classes

    @property
    def links(self) -> tuple[Any, ...]:
        """The augmentations, in order."""
        return (*self._chain.of_samples, *self._chain.of_features)

    @property
    def feature_links(self) -> int:
        """How many of the augmentations are of features: the last ones."""
        return len(self._chain.of_features)

    @property
    def epoch(self) -> int:
        """The present epoch, counted from 0."""
        return int(self._clock[0])

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch: crops and augmentations are drawn anew, and files that change from now on are refused.

        Parameters
        ----------
        epoch : int
            Counted from 0. Call it before the epoch's first item is asked for.
        """
        self._clock[:] = (whole_number("epoch", epoch), time.time_ns())

    def durations_seconds(self) -> NDArray[np.float32]:
        """Return how long every item is before it is cropped or padded, for `BucketBatchSampler`.

        Returns
        -------
        ndarray of float32
            Where the index has no span, the file's header is read, once for all epochs and workers. 0 for files that
            cannot be read; they are in `failures`.
        """
        return looked_up(self._duration, len(self))

    def _duration(self, index: int) -> float:
        start, end = self.index.span(index)
        if end is not None:
            return end - start
        path = self.index.path(index)
        try:
            state = file_state(path, int(self._clock[1]))
            return self._sounds.region(index, path, state, start, end).frames / self.target_sr
        except InputError as error:
            if self.on_error == "raise":
                raise
            self._failures.add(self.epoch, index, path, str(error))
            return 0.0

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What could not be read so far, in all workers: index, path, reason and time of each."""
        return self._failures.all()

    @property
    def failure_count(self) -> int:
        """How many of `failures` there are."""
        return self._failures.count()

    def cache_stats(self) -> CacheReport | None:
        """What the cache has done, in all workers; None without one."""
        return None if self.cache is None else self.cache.stats()

    def __getitem__(self, index: int | tuple[int, int]) -> Item | Skipped:
        epoch, place = index if isinstance(index, tuple) else (self.epoch, index)
        return self.timed(int(epoch), item_place(place, len(self)), [0.0, 0.0, 0.0])

    def timed(self, epoch: int, index: int, seconds: list[float]) -> Item | Skipped:
        """Make an item, and add up how long its stages took.

        Parameters
        ----------
        epoch, index : int
            Which; counted from 0.
        seconds : list of float
            Of reading (decoding, resampling, the cache), augmentations of samples, and features with their
            augmentations: what this item took is added to each.
        """
        path = self.index.path(index)
        try:
            return self._item(epoch, index, path, seconds)
        except Unreadable as error:
            if self.on_error == "raise":
                raise error.reason from error.reason.__cause__
            return self.skipped(epoch, index, str(error.reason))

    def skipped(self, epoch: int, index: int, reason: str) -> Skipped:
        """List an item that cannot be made in `failures`; return what stands in its place."""
        return Skipped(self._failures.add(epoch, index, self.index.path(index), reason))

    def __iter__(self) -> Iterator[Item | Skipped]:
        return (self[index] for index in range(len(self)))

    def _item(self, epoch: int, index: int, path: str, seconds: list[float]) -> Item:
        began = time.perf_counter()
        # To make a generator takes a twentieth of what a second of WAV takes: only where something is drawn.
        draws = self._frames is not None or not self._chain.is_empty
        generator = item_generator(self.seed, epoch, index) if draws else None
        samples, drawn = self._samples(index, path, generator)
        read = time.perf_counter()
        samples = drawn.apply(samples)
        frames = samples.shape[1]
        if self._frames is not None:
            samples = fitted(samples, self._frames, self.pad)
            frames = min(frames, self._frames)
        augmented = time.perf_counter()
        data = samples[0] if self.mono else samples
        later = getattr(self.features, "is_deferred", False)
        if self.features is not None and not later:
            data = np.asarray(self.features(data))
            frames = feature_frames(self.features, frames, samples.shape[1], data.shape[-1])
        changed: tuple[Any, ...] = ()
        if self._chain.of_features:
            shape = self.features.shape_of(len(data)) if later else data.shape  # type: ignore[union-attr]
            changed = self._chain.draw_for_features(generator, self.target_sr, *shape)
            data = data if later else self._chain.change_features(data, self.target_sr, changed)
        data = np.require(data, np.float32, ["C", "W"])  # torch takes the memory over
        if getattr(data.base, "nbytes", 0) > 2 * data.nbytes:
            data = data.copy()  # a part shall not keep the whole in memory
        for place, spent in enumerate((read - began, augmented - read, time.perf_counter() - augmented)):
            seconds[place] += spent
        return Item(data, self.index.labels[index], index, path, frames, (*drawn.drawn, *changed))

    def _samples(
        self, index: int, path: str, generator: np.random.Generator | None
    ) -> tuple[NDArray[np.float32], DrawnChain]:
        """Read the item's part of its file, and draw its augmentations."""
        # Drawn whether it is cropped or not, so that a crop does not change the augmentation
        fraction = 0.0 if generator is None else float(generator.random())
        rate, chain, began, span = self.target_sr, self._chain, int(self._clock[1]), self.index.span(index)
        whole = self._frames is None and span == (0.0, None) and self.cache is None and not chain.may_fuse
        with reading():
            state = file_state(path, began)
            if whole:
                samples = read_whole(path, rate, mono=self.mono)
                check_samples(samples, path)
            else:
                region = self._sounds.region(index, path, state, *span)
        if whole:
            drawn = chain.draw(generator, rate, samples.shape[1], len(samples), fuse=False)
        else:
            wanted = region.frames if self._frames is None else self._frames
            channels = 1 if self.mono else region.length.channels
            drawn = chain.draw(generator, rate, min(wanted, region.frames), channels, fuse=self.cache is None)
            count = region.frames if self._frames is None else min(drawn.frames_needed(wanted), region.frames)
            first = crop_start(self.crop, region.frames, count, fraction)
            with reading():
                samples = self._sounds.read(region, first, count, drawn)
        with reading():
            if not whole:
                check_samples(samples, path)
            refuse_if_changed(path, state, began)
        return samples, drawn
