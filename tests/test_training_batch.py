"""Items side by side."""

from __future__ import annotations

import numpy as np
import pytest

from audiokit.errors import ParameterError
from audiokit.training import Item, Skipped, collate
from audiokit.training.failures import Failure

torch = pytest.importorskip("torch")


def item(data, label=0, index=0, frames=None):
    array = np.asarray(data, np.float32)
    return Item(array, label, index, f"{index}.wav", array.shape[-1] if frames is None else frames, (f"d{index}",))


def test_it_unpacks_to_two_and_carries_the_rest():
    batch = collate([item([1, 2, 3], 1, 7), item([4, 5], 0, 3, frames=1)])
    data, labels = batch
    assert data.tolist() == [[1, 2, 3], [4, 5, 0]]
    assert (labels.tolist(), labels.dtype) == ([1, 0], torch.int64)
    assert batch.lengths.tolist() == [3, 1]
    assert batch.indices.tolist() == [7, 3]
    assert batch.paths == ("7.wav", "3.wav")
    assert batch.augmentation == (("d7",), ("d3",))
    assert len(batch) == 2


@pytest.mark.parametrize("shape", [(5,), (2, 5), (3, 2, 5)])
def test_any_shape_is_padded_at_its_end(shape):
    first, second = np.ones(shape), np.ones((*shape[:-1], 3))
    data = collate([item(first), item(second)], pad_to=8, pad_value=-1).data
    assert data.shape == (2, *shape[:-1], 8)
    assert (data[0, ..., 5:] == -1).all()
    assert (data[1, ..., 3:] == -1).all()
    assert (data[1, ..., :3] == 1).all()


def test_labels_of_each_kind():
    assert collate([item([1], 0.5), item([1], 2.0)]).labels.dtype == torch.float32
    rows = collate([item([1], np.array([0, 1], np.float32)), item([1], np.array([1, 1], np.float32))]).labels
    assert (rows.tolist(), rows.dtype) == ([[0, 1], [1, 1]], torch.float32)
    assert collate([item([1], None)]).labels is None


def test_what_was_skipped_is_told():
    failure = Failure(0, 5, "x.wav", "broken", 1.0)
    batch = collate([Skipped(failure), item([1, 2], 1)])
    assert len(batch) == 1
    assert batch.failures == (failure,)
    nothing = collate([Skipped(failure)])
    data, labels = nothing
    assert (len(nothing), tuple(data.shape), labels) == (0, (0, 0), None)
    assert nothing.to("cpu").failures == (failure,)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="mono=True"):
        collate([item(np.ones((2, 5))), item(np.ones((1, 5)))])
    with pytest.raises(ParameterError, match="1 of 2 items have no label"):
        collate([item([1]), item([1], None)])
    with pytest.raises(ParameterError, match="more than pad_to=2"):
        collate([item([1, 2, 3])], pad_to=2)
    with pytest.raises(ParameterError, match="items of an AudioDataset"):
        collate([np.ones(3)])


def test_it_moves():
    batch = collate([item([1, 2], 1, 4)])
    moved = batch.to("meta", non_blocking=True)
    assert moved.data.device.type == moved.labels.device.type == moved.lengths.device.type == "meta"
    assert moved.indices.tolist() == [4]
    assert moved.paths == batch.paths


@pytest.mark.skipif(not torch.cuda.is_available(), reason="only with a GPU is memory pinned")
def test_it_is_pinned():
    batch = collate([item([1, 2], 1)]).pin_memory()
    assert batch.data.is_pinned()
    assert batch.labels.is_pinned()
    assert batch.to("cuda", non_blocking=True).data.tolist() == [[1, 2]]
