"""`AudioDataLoader`: files and labels in, batches out, as fast as this machine can, without anything to set."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Self

from audiokit.errors import ParameterError
from audiokit.training.batch import Batch, collate
from audiokit.training.checks import one_of, whole_number
from audiokit.training.loader.ahead import Ahead
from audiokit.training.loader.asked import device_of
from audiokit.training.loader.delivery import Delivery
from audiokit.training.loader.epochs import Epochs
from audiokit.training.loader.facts import LoaderFacts
from audiokit.training.loader.flow import Flow
from audiokit.training.loader.opening import engine_for, opened_dataset
from audiokit.training.workspace import Workspace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from audiokit.training.cache import TrainingCache
    from audiokit.training.fitting import Crop, Pad
    from audiokit.training.loader.engine import Engine
    from audiokit.training.loader.plan import Plan
    from audiokit.training.sampling import Tail

__all__ = ["AudioDataLoader"]


class AudioDataLoader(LoaderFacts):
    """Batches of an `AudioDataset`; it measures while it runs, and changes how it works until training does not wait.

    Parameters
    ----------
    files, labels, target_sr, mono, duration_seconds, crop, pad, augmentations, on_error, classes, path_column, root
        As in `audiokit.AudioDataset`. `files` may also be an `AudioDataset`, which then says all of these and `cache`.
    batch_size : int
        Items in a batch.
    features : {"mfcc", "log_mel", "mel", "spectrogram"}, callable, or None
        What batches hold in place of samples. A name takes options as `audiokit.training.features_for` does
        (``n_mfcc=40``, ``n_fft``, ``hop_length``, ``n_mels`` and so on); a callable gets the samples of one item.
    seed : int
        Of the order, the crops and the augmentations: the same seed gives the same batches, whatever the plan.
    shuffle : bool
        In another order each epoch.
    drop_last : bool
        Leave out the last batch if it is not full.
    bucket_by_length : bool
        Batches of items of similar length: less padding. All headers are read before the first.
    cache : "auto", None, int, or TrainingCache
        Keep decoded sound from one epoch to the next: in a share of the memory that is free, or so many bytes.
    device : str or torch.device
        Where batches are given out. For a GPU they are pinned, sent and turned to features beside training, on a
        stream of their own.
    features_on : {"auto", "workers", "device"}
        Where features of a name are computed: ``auto`` takes the device if it is a GPU and knows what comes after.
    rank, world_size, tail
        As in `audiokit.training.EpochSampler`: by default what `torch.distributed` says.
    plan : Plan, optional
        Work so, and measure without changing anything.
    start_method : {"fork", "spawn", "forkserver"}, optional
        Of worker processes: by default ``fork`` on Linux, ``spawn`` elsewhere. With ``spawn``, a script that trains
        stands under ``if __name__ == "__main__":``.
    remember : bool
        Begin with what was best the last time for such data on this machine, and keep what is best now, in the user's
        folder for such things.
    prefetch_next_epoch : bool
        From the second epoch on, ask for the first batches of the next while the last of this one are given out, so
        that training does not wait at its beginning. They are held, and what they took is wasted if none comes.
    **feature_options
        See `features`.

    Raises
    ------
    ParameterError
        For options that do not fit.
    LibraryUnavailable
        If torch is not installed, or has no such device.

    Notes
    -----
    Every iteration is an epoch and gives `Batch` objects, which unpack to ``data, labels``. Batches in which nothing
    could be read are left out; see `failures`. Workers live on from one epoch to the next, until `close`, the end of a
    ``with`` block, or the end of the loader.

    A worker process that dies is replaced, and its work is done again. An item with which that happens three times is
    skipped or raised as `on_error` says.

    Examples
    --------
    >>> loader = AudioDataLoader(["talk.wav", "song.mp3"], labels=["speech", "music"], batch_size=2)
    >>> len(loader), loader.classes
    (1, ('music', 'speech'))
    """

    def __init__(
        self,
        files: Any,
        labels: Any = None,
        *,
        batch_size: int = 32,
        target_sr: int = 16_000,
        mono: bool = True,
        duration_seconds: float | None = None,
        crop: Crop = "random",
        pad: Pad = "zero",
        features: str | Callable[..., Any] | None = None,
        augmentations: Sequence[Any] | Any = (),
        seed: int = 0,
        shuffle: bool = True,
        drop_last: bool = False,
        bucket_by_length: bool = False,
        cache: TrainingCache | int | Literal["auto"] | None = "auto",
        on_error: Literal["skip", "raise"] = "skip",
        device: Any = "cpu",
        features_on: Literal["auto", "workers", "device"] = "auto",
        rank: int | None = None,
        world_size: int | None = None,
        tail: Tail = "pad",
        plan: Plan | None = None,
        start_method: str | None = None,
        remember: bool = True,
        prefetch_next_epoch: bool = True,
        classes: Sequence[Any] | None = None,
        path_column: str = "path",
        root: str | os.PathLike[str] | None = None,
        **feature_options: Any,
    ) -> None:
        if whole_number("batch_size", batch_size) < 1:
            raise ParameterError(f"batch_size must be 1 or more, got {batch_size}.")
        one_of("features_on", features_on, ("auto", "workers", "device"))
        self.batch_size, self.drop_last = int(batch_size), bool(drop_last)
        self.device = device_of(device)
        options = {
            "labels": labels,
            "target_sr": target_sr,
            "mono": mono,
            "duration_seconds": duration_seconds,
            "crop": crop,
            "pad": pad,
            "augmentations": augmentations,
            "features": features,
            "cache": cache,
            "on_error": on_error,
            "classes": classes,
            "path_column": path_column,
            "root": root,
        }
        self.dataset, module = opened_dataset(
            AudioDataLoader, files, options, feature_options, device=self.device, features_on=features_on, seed=seed
        )
        self._epochs = Epochs(
            self.dataset,
            self.batch_size,
            drop_last=self.drop_last,
            bucket_by_length=bucket_by_length,
            shuffle=shuffle,
            seed=seed,
            rank=rank,
            world_size=world_size,
            tail=tail,
        )
        self._delivery = Delivery(self.device, module, self.dataset) if module or self.device.type != "cpu" else None
        self._workspace = Workspace()
        self._engine = engine_for(
            self.dataset,
            self.batch_size,
            plan=plan,
            start_method=start_method,
            folder=self._workspace.folder,
            remember=remember,
            known_by=(str(self.device), features, feature_options),
        )
        if self._delivery:
            self._delivery.spent = self._engine.meter.transferred
        self._flow: Flow | None = None
        self._begin = partial(
            Flow,
            submit=self._engine.submit,
            assemble=collate,
            forward=self._delivery.take if self._delivery else None,
            meter=self._engine.meter,
        )
        self._ahead = Ahead(self._epochs, self._begin, is_wanted=prefetch_next_epoch)
        self._finalizer = weakref.finalize(self, _closed, self._engine, self._delivery)

    # Batches

    def __len__(self) -> int:
        """How many batches the epoch has left (all of them, unless a state was loaded)."""
        return len(self._epochs)

    def __iter__(self) -> Iterator[Batch]:
        """Begin an epoch: the first, the one that `set_epoch` or a state named, or the next."""
        if self._engine.is_closed:
            raise ParameterError("This loader is closed.", cure="Make another one.")
        if self._flow is not None:
            self._flow.cancel()
        batches, epoch = self._epochs.begin(), self._epochs.current
        self.dataset.set_epoch(epoch)
        flow = self._flow = self._ahead.take(epoch) or self._begin(batches, epoch)
        return self._given(flow, epoch)

    def _given(self, flow: Flow, epoch: int) -> Iterator[Batch]:
        engine, given = self._engine, 0
        try:
            while True:
                engine.meter.asked()
                flow.fill(engine.plan.prefetch, engine.plan.workers)
                batch = flow.take()
                if batch is None:
                    break
                engine.meter.given(len(batch))
                flow.fill(engine.plan.prefetch, engine.plan.workers)
                self._ahead.fill(flow, engine.plan.prefetch, engine.plan.workers)
                engine.taken(batch, flow, epoch)
                if len(batch):
                    given += 1
                    yield self._delivery.arrived(batch) if self._delivery else batch
            if not given and flow.given_items:
                raise self._nothing()
            if self._flow is flow:
                self._flow = None
        finally:
            engine.meter.pause()
            flow.cancel()

    def _nothing(self) -> Exception:
        from audiokit.errors import DamagedAudio

        first = "; ".join(failure.reason for failure in self.failures[:3])
        return DamagedAudio(f"None of the files could be read: {first}", cure="See failures.")

    # Where it is

    @property
    def epoch(self) -> int:
        """The epoch that is under way, or that will begin."""
        return self._epochs.next if self._flow is None else self._epochs.current

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the next iteration is; without it they are counted from 0."""
        self._epochs.set(epoch)

    def state_dict(self) -> dict[str, Any]:
        """Return where training is: what was given out, not what lies ready.

        Returns
        -------
        dict
            Of numbers, strings and booleans, for `load_state_dict` of a loader of the same files, seed and batch size,
            with any number of processes and any plan.
        """
        return self._epochs.state(self._flow)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken: the next iteration gives the rest of that epoch.

        Raises
        ------
        ParameterError
            For the state of another order.
        """
        if self._flow is not None:
            self._flow.cancel()
            self._flow = None
        self._ahead.drop()
        self._epochs.load(state)

    # The end

    def close(self) -> None:
        """End all workers and free what they share."""
        if self._flow is not None:
            self._flow.cancel()
            self._flow = None
        self._ahead.drop()
        self._finalizer()

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._engine.is_closed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _closed(engine: Engine, delivery: Delivery | None) -> None:
    engine.close()
    if delivery is not None:
        delivery.close()
