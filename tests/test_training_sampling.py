"""Orders of an epoch: every item once, divided among processes, resumable anywhere."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_parts import in_two_processes

from audiokit.errors import ParameterError
from audiokit.training import BucketBatchSampler, EpochSampler
from audiokit.training.sampling import Share, share_of_this_process

TAILS = st.sampled_from(["pad", "drop", "keep"])


def flat(batches):
    return [item for batch in batches for item in batch]


@given(st.integers(1, 500), st.integers(1, 9), TAILS, st.booleans(), st.integers(0, 3))
def test_processes_share_the_items(length, world_size, tail, shuffle, epoch):
    shares = []
    for rank in range(world_size):
        sampler = EpochSampler(length, shuffle=shuffle, rank=rank, world_size=world_size, tail=tail)
        sampler.set_epoch(epoch)
        shares.append(list(sampler))
        assert len(shares[-1]) == len(sampler)
    every = sorted(flat(shares))
    if tail == "keep":
        assert every == list(range(length))
    elif tail == "drop":
        assert len(set(every)) == len(every) == length // world_size * world_size
    else:
        assert set(every) == set(range(length))
        assert len(every) == -(-length // world_size) * world_size
        assert max(np.bincount(every)) <= -(-world_size // length) + 1
    if tail != "keep":
        assert len({len(share) for share in shares}) == 1


def test_without_shuffling_they_come_as_they_are():
    assert list(EpochSampler(5, shuffle=False)) == [0, 1, 2, 3, 4]
    assert list(EpochSampler(5, shuffle=False, rank=1, world_size=2)) == [1, 3, 0]


def test_epochs_differ_and_repeat():
    sampler = EpochSampler(100)
    first = list(sampler)
    assert first == list(sampler)
    sampler.set_epoch(1)
    assert first != list(sampler)
    sampler.set_epoch(0)
    assert first == list(sampler)


@given(st.integers(1, 300), st.integers(1, 4), TAILS, st.integers(0, 3), st.data())
def test_it_resumes_at_any_item(length, world_size, tail, epoch, data):
    for rank in range(world_size):
        options = {"seed": 3, "rank": rank, "world_size": world_size, "tail": tail}
        sampler = EpochSampler(length, **options)
        sampler.set_epoch(epoch)
        whole = list(sampler)
        stop = data.draw(st.integers(0, len(whole)))
        running = iter(sampler)
        had = [next(running) for _ in range(stop)]
        state = json.loads(json.dumps(sampler.state_dict()))
        again = EpochSampler(length, **options)
        again.load_state_dict(state)
        again.set_epoch(state["epoch"])  # as a training loop does at the top of its epoch
        assert len(again) == len(whole) - stop
        middle = list(again)
        assert had + middle == whole
        second = again.state_dict(consumed=len(middle) // 2)  # and once more from there
        third = EpochSampler(length, **options)
        third.load_state_dict(second)
        assert had + middle[: len(middle) // 2] + list(third) == whole
        again.set_epoch(epoch + 1)
        assert len(again) == len(whole)


@given(st.integers(1, 300), st.integers(1, 4), st.integers(1, 4), st.data())
def test_it_resumes_with_another_number_of_processes(length, before, after, data):
    had = []
    steps = data.draw(st.integers(0, length // before))
    for rank in range(before):
        sampler = EpochSampler(length, rank=rank, world_size=before, tail="keep")
        running = iter(sampler)
        had += [next(running) for _ in range(steps)]
        state = sampler.state_dict()
    rest = []
    for rank in range(after):
        sampler = EpochSampler(length, rank=rank, world_size=after, tail="keep")
        sampler.load_state_dict(state)
        rest += list(sampler)
    assert sorted(had + rest) == list(range(length))


def test_a_state_of_another_order_is_refused():
    state = EpochSampler(10).state_dict()
    for other in (EpochSampler(11), EpochSampler(10, seed=1), EpochSampler(10, shuffle=False)):
        with pytest.raises(ParameterError, match="The state is of an order with"):
            other.load_state_dict(state)
    with pytest.raises(ParameterError, match="whole number"):
        EpochSampler(10).load_state_dict({**state, "consumed": -1})
    with pytest.raises(ParameterError, match="consumed must be"):
        EpochSampler(10).state_dict(consumed=11)


@pytest.mark.parametrize(
    "options",
    [{"length": 0}, {"rank": 0}, {"rank": 2, "world_size": 2}, {"tail": "cut"}, {"seed": -1}],
)
def test_options_that_do_not_fit_are_refused(options):
    with pytest.raises(ParameterError):
        EpochSampler(**{"length": 10, **options})


def test_one_process_has_everything():
    assert share_of_this_process(None, None) == Share(0, 1)


@given(st.integers(1, 400), st.integers(1, 20), st.integers(1, 6), st.booleans(), st.booleans(), st.integers(0, 2**20))
def test_buckets_hold_every_item_once(length, batch_size, together, shuffle, drop_last, seed):
    durations = np.random.default_rng(seed).uniform(1, 9, length)
    sampler = BucketBatchSampler(
        durations, batch_size, batches_together=together, shuffle=shuffle, seed=seed, drop_last=drop_last
    )
    batches = list(sampler)
    assert len(batches) == len(sampler)
    items = flat(batches)
    assert len(set(items)) == len(items)
    expected = length // batch_size * batch_size if drop_last else length
    assert len(items) == expected
    assert all(len(batch) == batch_size for batch in batches[:-1])
    assert batches == list(sampler)


def padding(durations, batches):
    return sum(len(batch) * durations[batch].max() - durations[batch].sum() for batch in batches) / durations.sum()


def test_buckets_save_padding_and_still_shuffle():
    durations = np.random.default_rng(0).uniform(1, 15, 5000)
    bucketed = list(BucketBatchSampler(durations, 16))
    shuffled = list(EpochSampler(5000))
    plain = [shuffled[at : at + 16] for at in range(0, 5000, 16)]
    assert padding(durations, bucketed) < padding(durations, plain) / 10
    longest = np.array([durations[batch].max() for batch in bucketed])
    assert abs(np.corrcoef(longest[:-1], longest[1:])[0, 1]) < 0.2  # batches are not in order of length
    sampler = BucketBatchSampler(durations, 16)
    sampler.set_epoch(1)
    assert {frozenset(batch) for batch in sampler} & {frozenset(batch) for batch in bucketed} == set()


@given(st.integers(1, 200), st.integers(1, 9), st.integers(1, 3), TAILS, st.data())
def test_buckets_resume_at_any_batch(length, batch_size, world_size, tail, data):
    durations = np.random.default_rng(length).uniform(1, 9, length)
    every = []
    for rank in range(world_size):
        options = {"batches_together": 3, "rank": rank, "world_size": world_size, "tail": tail}
        sampler = BucketBatchSampler(durations, batch_size, **options)
        whole = list(sampler)
        every += whole
        stop = data.draw(st.integers(0, len(whole)))
        state = json.loads(json.dumps(sampler.state_dict(consumed=stop)))
        again = BucketBatchSampler(durations, batch_size, **options)
        again.load_state_dict(state)
        assert list(again) == whole[stop:]
    if tail == "keep":
        assert sorted(flat(every)) == list(range(length))


def test_buckets_refuse_what_does_not_fit():
    for durations in ([], [[1.0]], [np.nan]):
        with pytest.raises(ParameterError, match="one finite number for each item"):
            BucketBatchSampler(durations, 4)
    with pytest.raises(ParameterError, match="batch_size"):
        BucketBatchSampler([1.0], 0)


def train(rank: int, address: str, connection) -> None:
    import torch.distributed as dist

    made = EpochSampler(101, tail="keep"), BucketBatchSampler(np.arange(1.0, 42.0), 4, tail="keep")
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=2)  # after they were made
    try:
        assert not made[0].state_dict()["consumed"]
        connection.send((list(made[0]), flat(made[1])))
        dist.barrier()
    finally:
        dist.destroy_process_group()


@pytest.mark.timeout(180)
def test_two_processes_of_torch_see_every_item_once(tmp_path):
    pytest.importorskip("torch.distributed")
    found = in_two_processes(train, tmp_path)
    assert sorted(found[0][0] + found[1][0]) == list(range(101))
    assert sorted(found[0][1] + found[1][1]) == list(range(41))
    assert found[0][0]
    assert found[1][0]
