"""What a loader makes ahead for the next epoch: the same batches, at the right moments, and nothing that is kept on."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from pathlib import Path

import pytest
from training_parts import Gain, write_sounds

import audiokit
from audiokit.training import Plan

torch = pytest.importorskip("torch")

PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 10, seconds=0.1)


class Asked:
    """A feature that notes for which items it was asked, and can be made to wait."""

    def __init__(self):
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self, samples):
        with self._lock:
            self.count += 1
        return samples

    def reaches(self, count):
        end = time.monotonic() + PATIENCE_SECONDS
        while self.count < count and time.monotonic() < end:
            time.sleep(0.002)
        return self.count


def loader_of(files, **options):
    given = {"batch_size": 2, "remember": False, "cache": None, "plan": Plan(0, 2, prefetch=3), **options}
    return audiokit.AudioDataLoader(files, labels=list(range(len(files))), **given)


def told(batches):
    """Everything that says which batches these are."""
    return [(batch.data.tolist(), batch.indices.tolist(), batch.augmentation) for batch in batches]


@pytest.mark.parametrize("plan", [Plan(0, 1), Plan(0, 2, prefetch=16), Plan(1, 1, prefetch=3)], ids=str)
@pytest.mark.parametrize("bucket_by_length", [False, True])
def test_epochs_hold_what_they_would_hold_anyway(sounds, plan, bucket_by_length):
    options = {"plan": plan, "augmentations": [Gain()], "bucket_by_length": bucket_by_length, "seed": 5}
    with loader_of(sounds, **options) as ahead, loader_of(sounds, prefetch_next_epoch=False, **options) as plain:
        for _ in range(4):
            assert told(ahead) == told(plain)
            assert ahead.epoch == plain.epoch
            assert ahead.state_dict() == plain.state_dict()


def test_from_the_second_epoch_on_the_next_one_is_begun(sounds):
    asked = Asked()
    with loader_of(sounds, features=asked) as loader:
        list(loader)
        time.sleep(0.05)
        assert asked.count == 10  # nobody knows yet whether there will be another
        list(loader)
        assert asked.reaches(26) == 26  # three batches of two
        time.sleep(0.05)
        assert asked.count == 26
        list(loader)
        assert asked.reaches(36) == 36


def test_no_more_lies_ready_over_the_end_than_within_an_epoch(sounds):
    asked = Asked()
    with loader_of(sounds, features=asked) as loader:
        list(loader)
        for given, _ in enumerate(loader, 1):
            wanted = 10 + min(2 * given + 6, 16)  # as many batches ahead as the plan says, whichever epoch they are of
            assert asked.reaches(wanted) == wanted
            time.sleep(0.01)
            assert asked.count == wanted


def test_another_epoch_than_the_next_is_made_anew(sounds):
    asked = Asked()
    with loader_of(sounds, features=asked, seed=2) as loader, loader_of(sounds, seed=2) as other:
        list(loader)
        list(loader)
        asked.reaches(26)
        loader.set_epoch(7)
        other.set_epoch(7)
        assert told(loader) == told(other)
        before = asked.reaches(36)
        loader.set_epoch(7)
        list(loader)
        time.sleep(0.05)
        assert asked.count == before + 10  # a guess that was wrong is not made again


def test_a_state_that_is_loaded_comes_before_what_was_begun(sounds):
    with loader_of(sounds) as loader, loader_of(sounds) as other:
        batches = iter(other)
        next(batches)
        state = other.state_dict()
        rest = told(batches)
        list(loader)
        list(loader)
        loader.load_state_dict(state)
        assert told(loader) == rest
        assert told(loader) == told(other)


def test_a_loop_that_is_left_near_the_end_goes_on_with_the_next_epoch(sounds):
    with loader_of(sounds) as loader, loader_of(sounds, prefetch_next_epoch=False) as other:
        list(loader), list(other)
        for given, _ in enumerate(loader, 1):
            if given == 4:
                break
        other.set_epoch(2)
        assert told(loader) == told(other)


def test_failures_of_an_epoch_that_nobody_began_are_not_told_yet(sounds, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    with loader_of([str(broken), *sounds], shuffle=False) as loader:
        list(loader)
        list(loader)
        end = time.monotonic() + PATIENCE_SECONDS
        while loader.dataset.failure_count < 3 and time.monotonic() < end:
            time.sleep(0.002)
        assert loader.dataset.failure_count == 3
        assert [failure.epoch for failure in loader.failures] == [0, 1]
        assert loader.report().failures == 2
        list(loader)
        assert [failure.epoch for failure in loader.failures if failure.epoch < 3] == [0, 1, 2]


def test_an_error_ahead_is_raised_in_its_own_epoch(sounds, tmp_path):
    changing = tmp_path / "changing.wav"
    changing.write_bytes(Path(sounds[0]).read_bytes())
    with loader_of([str(changing), *sounds], shuffle=False, on_error="raise") as loader:
        list(loader)
        for given, _ in enumerate(loader, 1):
            if given == 1:
                changing.unlink()
        with pytest.raises(audiokit.errors.AudiokitError, match=r"changing\.wav"):
            list(loader)


@pytest.mark.parametrize("plan", [Plan(0, 2), Plan(1, 1)], ids=str)
def test_what_was_begun_does_not_keep_a_loader_alive(sounds, plan):
    loader = loader_of(sounds, plan=plan)
    list(loader), list(loader)
    there = weakref.ref(loader)
    pids = loader.worker_pids
    del loader
    gc.collect()
    assert there() is None
    assert not any(Path(f"/proc/{pid}/cmdline").exists() and _runs(pid) for pid in pids)


def _runs(pid):
    """Whether it runs: a process that has ended and was not waited for has no command any more."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            if not Path(f"/proc/{pid}/cmdline").read_bytes():
                return False
        except OSError:
            return False
        time.sleep(0.01)
    return True
