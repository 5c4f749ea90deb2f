"""Loaders with the face of `AudioDataLoader`: one that is as fast as it is told, one that makes real batches plainly."""

import time

from audiokit.training import AudioDataset, collate, features_for
from audiokit.training.loader.plan import Plan
from audiokit.training.loader.report import Change, LoaderReport


class TimedLoader:
    """Batches of nothing, each of which takes a while; the search ends after some."""

    def __init__(self, plan=None, *, seconds=lambda plan: 0.0, batches=4, items=2, settled_after=3):
        self.plan, self.seconds, self.batches, self.items = plan or Plan(0, 2), seconds, batches, items
        self.given, self.settled_after = 0, 0 if plan else settled_after
        self.closed, self.epochs_ended = False, 0

    def __iter__(self):
        try:
            for _ in range(self.batches):
                time.sleep(self.seconds(self.plan))
                self.given += 1
                yield [0] * self.items
        finally:
            self.epochs_ended += 1

    def report(self):
        changes = () if self.settled_after == 0 else (Change(0.0, 0, 0, Plan(0, 1), self.plan, "it was faster"),)
        return LoaderReport(
            self.plan,
            settled=self.given >= self.settled_after,
            items=self.given * self.items,
            batches=self.given,
            failures=0,
            items_per_second=1.0,
            wait_share=0.0,
            step_seconds=0.0,
            made_per_second=1.0,
            changes=changes,
        )

    def close(self):
        self.closed = True


class PlainLoader(TimedLoader):
    """Real batches, made one item after the other."""

    def __init__(
        self,
        files,
        *,
        batch_size=2,
        plan=None,
        features=None,
        n_mfcc=20,
        shuffle=False,
        remember=False,
        prefetch_next_epoch=False,
        **options,
    ):
        assert (shuffle, remember, prefetch_next_epoch) == (False, False, False)
        made = features_for(features, backend="numpy", **({"n_mfcc": n_mfcc} if features else {}))
        self.dataset = AudioDataset(files, features=made, on_error="raise", **options)
        self.batch_size = batch_size
        super().__init__(plan)

    def __iter__(self):
        for first in range(0, len(self.dataset), self.batch_size):
            self.given += 1
            yield collate([self.dataset[i] for i in range(first, min(first + self.batch_size, len(self.dataset)))])
