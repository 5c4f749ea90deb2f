"""Files in, labelled samples out: whole, cropped, filled, augmented, the same every time."""

from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile
from training_parts import Gain, Mask, Speed, energies, write_sounds

import audiokit
from audiokit.errors import ParameterError
from audiokit.results import Segment
from audiokit.training import AudioDataset, Item

RATE = 16_000


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 6)


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """48 kHz stereo."""
    return write_sounds(tmp_path_factory.mktemp("rich"), 3, rate=48_000, channels=2, seconds=2.0)


def same(first: Item, second: Item) -> None:
    np.testing.assert_array_equal(first.data, second.data)
    assert first[1:] == second[1:]


def test_a_whole_file_is_what_read_gives(sounds, rich):
    dataset = AudioDataset(sounds, list("abcabc"))
    assert len(dataset) == 6
    item = dataset[1]
    np.testing.assert_array_equal(item.data, audiokit.read(sounds[1]).samples[0])
    assert item[1:] == (1, 1, sounds[1], 16_100, ())
    assert item.data.dtype == np.float32
    assert item.data.flags.writeable
    stereo = AudioDataset(rich, target_sr=48_000, mono=False)
    np.testing.assert_array_equal(stereo[2].data, audiokit.read(rich[2]).samples)
    mixed = AudioDataset(rich)[0]
    np.testing.assert_array_equal(mixed.data, audiokit.read(rich[0], sample_rate=RATE, mono=True).samples[0])
    assert mixed.label is None


@pytest.mark.parametrize("cache", [None, 10**8])
def test_crops_are_parts_of_the_whole(rich, cache):
    whole = [audiokit.read(path, sample_rate=RATE, mono=True).samples[0] for path in rich]
    dataset = AudioDataset(rich, duration_seconds=0.5, cache=cache)
    starts = set()
    for epoch in range(8):
        dataset.set_epoch(epoch)
        for index in range(3):
            item = dataset[index]
            assert item.frames == len(item.data) == 8000
            (first,) = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(whole[index], 8)[:, 0] == item.data[0])[
                :1
            ]
            np.testing.assert_array_equal(item.data, whole[index][first : first + 8000])
            starts.add(int(first))
    assert len(starts) > 15
    for crop, first in (("start", 0), ("centre", (len(whole[0]) - 8000) // 2)):
        item = AudioDataset(rich, duration_seconds=0.5, crop=crop, cache=cache)[0]
        np.testing.assert_array_equal(item.data, whole[0][first : first + 8000])


def test_short_files_are_filled(sounds):
    whole = audiokit.read(sounds[0]).samples[0]
    item = AudioDataset(sounds, duration_seconds=1.5)[0]
    assert (len(item.data), item.frames) == (24_000, 16_000)
    assert not item.data[16_000:].any()
    item = AudioDataset(sounds, duration_seconds=1.5, pad="repeat")[0]
    np.testing.assert_array_equal(item.data, np.concatenate([whole, whole[:8000]]))
    assert len(AudioDataset(sounds, duration_seconds=1.5, pad="none")[0].data) == 16_000


def test_segments_are_items(sounds):
    whole = audiokit.read(sounds[0]).samples[0]
    dataset = AudioDataset({sounds[0]: [Segment(0.25, 0.5, "x"), Segment(0.5, 99.0, "y"), Segment(50.0, 51.0, "y")]})
    np.testing.assert_array_equal(dataset[0].data, whole[4000:8000])
    np.testing.assert_array_equal(dataset[1].data, whole[8000:])
    assert (dataset[1].label, dataset.classes) == (1, ("x", "y"))
    assert "no sound between 50 s and 51 s" in dataset[2].failure.reason
    np.testing.assert_allclose(dataset.durations_seconds(), [0.25, 98.5, 1.0])


def test_the_same_seed_gives_the_same_items_in_any_order(sounds):
    options = {"duration_seconds": 0.3, "augmentations": [Gain()], "seed": 5}
    first, second = AudioDataset(sounds, **options), AudioDataset(sounds, **options)
    items = [first[index] for index in range(6)]
    for index in (4, 0, 5, 2):
        same(items[index], second[index])
    second.set_epoch(3)
    later = second[2]
    assert later.augmentation != items[2].augmentation
    same(first[3, 2], later)
    same(second[0, 2], items[2])
    other = AudioDataset(sounds, **{**options, "seed": 6})[2]
    assert other.augmentation != items[2].augmentation


def test_crops_do_not_change_what_is_drawn(sounds):
    cropped = AudioDataset(sounds, duration_seconds=0.3, augmentations=[Gain()])[2]
    start = AudioDataset(sounds, duration_seconds=0.3, crop="start", augmentations=[Gain()])[2]
    assert cropped.augmentation == start.augmentation


def test_what_was_drawn_can_be_replayed(sounds):
    plain = AudioDataset(sounds, duration_seconds=0.3, crop="centre")[3]
    item = AudioDataset(sounds, duration_seconds=0.3, crop="centre", augmentations=[Gain(), Gain(0.1, 0.2)])[3]
    replayed = plain.data[np.newaxis]
    for link, drawn in zip((Gain(), Gain(0.1, 0.2)), item.augmentation, strict=True):
        replayed = link.apply(replayed, RATE, drawn)
    np.testing.assert_array_equal(item.data, replayed[0])


@pytest.mark.parametrize("cache", [None, 10**8])
def test_speed_fills_the_wanted_length(rich, cache):
    dataset = AudioDataset(rich, duration_seconds=1.0, augmentations=[Speed(), Gain()], cache=cache)
    factors = set()
    for epoch in range(16):
        item = dataset[epoch, 0]
        assert item.frames == len(item.data) == RATE  # a crop long enough was read
        assert item.data[-1] != 0
        factors.add(item.augmentation[0].parameters["factor"])
    assert factors == {0.8, 1.25}


def test_fused_speed_sounds_as_applied_speed(tmp_path):
    path = tmp_path / "tone.wav"
    time_axis = np.arange(3 * 44_100) / 44_100
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 440 * time_axis), 44_100, subtype="FLOAT")
    os.utime(path, (1, 1))
    options = {"duration_seconds": 1.0, "augmentations": [Speed()], "crop": "centre"}
    fused, applied = AudioDataset([path], **options), AudioDataset([path], cache=10**8, **options)
    for epoch in range(4):
        one, two = fused[epoch, 0], applied[epoch, 0]
        assert one.augmentation == two.augmentation
        half_a_sample = 0.5 * 2 * np.pi * 440 * 1.25 * 0.5 / RATE
        assert np.abs(one.data - two.data)[100:-100].max() < half_a_sample + 1e-3
        spectrum = np.abs(np.fft.rfft(one.data * np.hanning(RATE)))
        assert spectrum.argmax() == round(440 * one.augmentation[0].parameters["factor"])
    whole = AudioDataset([path], augmentations=[Speed()])[0]
    assert whole.frames == round(3 * RATE / whole.augmentation[0].parameters["factor"])


def test_features_and_their_augmentations(sounds):
    item = AudioDataset(sounds, duration_seconds=2.0, features=energies, augmentations=[Gain(), Mask()])[0]
    assert item.data.shape == (2, 320)
    assert item.frames == 160  # the first second is of the file
    assert [drawn.name for drawn in item.augmentation] == ["Gain", "Mask"]
    assert item.augmentation[1].parameters["bands"] == 2
    assert not item.data[:, item.augmentation[1].parameters["frame"]].any()
    short = AudioDataset(sounds, duration_seconds=2.0, features=Framed())[0]
    assert short.frames == 161
    with pytest.raises(ParameterError, match="for 8000 Hz, and target_sr is 16000 Hz"):
        AudioDataset(sounds, features=Framed(8000))
    with pytest.raises(ParameterError, match="features stands before"):
        AudioDataset(sounds, features=energies, augmentations=[Mask(), Gain()])


class Framed:
    """Says itself how many frames it makes, as `audiokit.training.features` does."""

    def __init__(self, sample_rate=RATE):
        self.options = type("Options", (), {"sample_rate": sample_rate})

    def __call__(self, samples):
        return energies(samples)

    def frames_of(self, length):
        return length // 100 + 1
