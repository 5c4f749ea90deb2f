"""What an item's array holds on to: writable, and no more memory than it is worth."""

from __future__ import annotations

import numpy as np
import pytest
from training_parts import Gain, write_sounds

from audiokit.training import AudioDataset, TrainingCache, dataset


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 3, seconds=0.5)


def beginning(samples):
    return samples[..., :100]


def held_bytes(array):
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array.nbytes


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize(
    "options",
    [{}, {"duration_seconds": 0.1}, {"features": beginning}, {"mono": False}],
    ids=["whole", "cropped", "features", "channels"],
)
def test_an_item_is_writable_and_keeps_no_whole_in_memory(sounds, options, cached):
    items = AudioDataset(sounds, cache=TrainingCache(10**7) if cached else None, **options)
    first = items[1].data
    assert held_bytes(first) <= 2 * first.nbytes
    assert first.flags.c_contiguous
    wanted = first.copy()
    first[...] = 0.0
    np.testing.assert_array_equal(items[0, 1].data, wanted)  # what is kept was not written to


@pytest.mark.parametrize(
    ("options", "count"),
    [({}, 0), ({"duration_seconds": 0.1}, 1), ({"augmentations": [Gain()]}, 1)],
    ids=["whole", "cropped", "changed"],
)
def test_a_generator_is_made_where_something_is_drawn(sounds, monkeypatch, options, count):
    made = []

    def noted(*numbers):
        made.append(numbers)
        return generator(*numbers)

    generator = dataset.item_generator
    monkeypatch.setattr(dataset, "item_generator", noted)
    items = AudioDataset(sounds, seed=4, **options)
    items[2, 1]
    assert made == [(4, 2, 1)] * count
