"""Augmentation of whole batches: each item as `Augmentation.apply` makes it."""

from __future__ import annotations

import numpy as np
import pytest
from augmentation_checks import RATE, close_db, level_db, pitch_hz, tone, voice
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.training.augment import (
    AddNoise,
    CodecDegradation,
    Compose,
    FrequencyMask,
    ImpulseResponse,
    PitchShift,
    SpeedPerturbation,
    TimeMask,
    TimeStretch,
    VolumeAdjust,
)
from audiokit.training.randomness import item_generator

torch = pytest.importorskip("torch")

from audiokit.training.augment import apply_batch, batched_resample  # noqa: E402
from audiokit.training.augment.batched import can_apply_batch  # noqa: E402
from audiokit.training.augment.batched_arrays import stretch_arrays  # noqa: E402
from audiokit.training.augment.batched_resample import MARGIN, PASSED, padded_size, resample_rows  # noqa: E402
from audiokit.training.augment.batched_vocoder import stretch_rows  # noqa: E402

ROOMS = [
    (np.random.default_rng(k).standard_normal(600 * k) * np.exp(-np.arange(600 * k) / 100)).astype(np.float32)
    for k in (1, 2)
]
# How far below the item's own level the difference to the NumPy path may stand, in dB
CLOSE = {
    "volume": (VolumeAdjust(-12, 12), 130),
    "white": (AddNoise((0, 20)), 120),
    "pink": (AddNoise(10, kind="pink", measured_over="whole"), 120),
    "speed": (SpeedPerturbation(0.85, 1.15), 65),  # two different filters, both flat where the sound is: below 5 kHz
    "room": (ImpulseResponse(ROOMS, RATE), 100),
    "room kept": (ImpulseResponse(ROOMS, RATE, normalise=False, align=False, tail="keep"), 100),
    "stretch": (TimeStretch(0.8, 1.25), 80),  # the same steps; ties between peaks may fall otherwise
    "pitch": (PitchShift(-3, 3), 65),
    "chain": (Compose([TimeStretch(0.9, 1.1, probability=0.5), AddNoise(15), VolumeAdjust(-3, 3)]), 80),
}
DEVICES = ["cpu"]
if torch.cuda.is_available():
    DEVICES.append("cuda")


def drawn_for(augmentation, items, sample_rate=RATE):
    return [
        augmentation.draw(item_generator(1, 0, i), sample_rate=sample_rate, frames=x.shape[1], channels=x.shape[0])
        for i, x in enumerate(items)
    ]


def below_5_khz(samples):
    spectrum = np.fft.rfft(samples)
    spectrum[:, np.fft.rfftfreq(samples.shape[1], 1 / RATE) > 5000] = 0
    return np.fft.irfft(spectrum, samples.shape[1]).astype(np.float32)


def padded(items):
    out = np.full((len(items), *items[0].shape[:-1], max(x.shape[-1] for x in items)), np.nan, np.float32)
    for row, item in zip(out, items, strict=True):
        row[..., : item.shape[-1]] = item
    return out


def test_cuda_is_tested_too():
    if not torch.cuda.is_available():
        pytest.skip("torch.cuda.is_available() is False: the batched path was compared on the CPU only")
    assert "cuda" in DEVICES


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", CLOSE)
def test_each_item_is_as_apply_makes_it(name, device):
    augmentation, decibels = CLOSE[name]
    items = [below_5_khz(voice(seconds, seed=k)) for k, seconds in enumerate((1.0, 0.37, 1.5, 0.8))]
    drawn = drawn_for(augmentation, items)
    # What stands beyond an item's length is not even a number, and is not looked at
    batch = torch.from_numpy(padded([item[0] for item in items])).to(device)
    before = batch.clone()
    made, lengths = apply_batch(batch, [x.shape[1] for x in items], RATE, drawn)
    assert torch.equal(batch.nan_to_num(7.0), before.nan_to_num(7.0)), "the batch was written to"
    assert made.dtype == torch.float32
    assert made.device.type == device
    assert made.shape[1] == max(lengths)
    for row, length, item, one in zip(made.cpu().numpy(), lengths, items, drawn, strict=True):
        wanted = augmentation.apply(item, RATE, one)[0]
        assert length == wanted.size
        assert not row[length:].any(), "sound beyond the item's end"
        assert close_db(row[:length], wanted) > decibels


@given(
    lengths=st.lists(st.integers(1, 900), min_size=1, max_size=4),
    name=st.sampled_from(list(CLOSE)),
    silent=st.booleans(),
)
def test_any_lengths_and_silence(lengths, name, silent):
    generator = np.random.default_rng(sum(lengths))
    items = [(0.1 * generator.standard_normal((1, n)) * (not silent)).astype(np.float32) for n in lengths]
    augmentation, _ = CLOSE[name]
    drawn = drawn_for(augmentation, items)
    made, after = apply_batch(torch.from_numpy(padded([item[0] for item in items])), lengths, RATE, drawn)
    assert bool(made.isfinite().all())
    assert after == [augmentation.frames_after(one, n) for one, n in zip(drawn, lengths, strict=True)]
    assert made.shape == (len(items), max(after))
    if silent:
        assert not made.any()


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.2, 2.0])
def test_a_batch_is_stretched_to_the_right_length_pitch_level_and_place(rate):
    stretch = TimeStretch(rate, rate)
    click = np.zeros((1, 48_000), np.float32)
    click[0, 20_000] = 0.9
    items = [tone(440.0, 3.0), click]
    made, lengths = apply_batch(
        torch.from_numpy(padded([x[0] for x in items])), [48_000] * 2, RATE, drawn_for(stretch, items)
    )
    sounding, clicked = made.numpy()
    assert lengths == [round(48_000 / rate)] * 2
    assert abs(1200 * np.log2(pitch_hz(sounding[np.newaxis]) / 440.0)) < 1
    assert abs(level_db(sounding) - level_db(items[0])) < 0.01
    if rate < 2:
        assert abs(int(np.abs(clicked).argmax()) - 20_000 / rate) / RATE < 0.002


@pytest.mark.parametrize(
    ("factor", "share", "low", "high"),
    [
        *[
            (factor, share, -0.001, 0.001)
            for factor in (0.5, 0.9, 1.0, 1.1, 2 ** (7 / 12), 2.0)
            for share in (0.1, 0.9)
        ],
        *[(factor, 1.02, -300.0, -90.0) for factor in (1.1, 2 ** (7 / 12), 2.0)],
    ],
)
def test_tones_below_half_the_lower_rate_pass_and_those_above_do_not(factor, share, low, high):
    hz = share * 0.5 * RATE / max(factor, 1.0)
    before = torch.from_numpy(tone(hz, 3.0))
    middle = resample_rows(before, [factor], int(48_000 / factor))[:, 4000:-4000].numpy()
    assert low < level_db(middle + 1e-12) - level_db(before.numpy()) < high
    if share < 1:
        assert abs(1200 * np.log2(pitch_hz(middle) / (hz * factor))) < 0.2


@settings(max_examples=10)
@given(frames=st.integers(1, 60), factor=st.floats(0.6, 1.6))
def test_resampling_is_the_filtered_spectrum_summed_at_each_place(frames, factor):
    samples = np.random.default_rng(frames).standard_normal((1, 200)).astype(np.float32)
    size = padded_size(200)
    spectrum = np.fft.rfft(np.pad(samples[0], (MARGIN, size - MARGIN - 200)))
    order = np.arange(spectrum.size)
    falling = np.clip((order / (size / 2) * max(1.0, factor) - PASSED) / (1 - PASSED), 0, 1)
    terms = spectrum * (0.5 + 0.5 * np.cos(np.pi * falling)) * np.where(order == 0, 1, 2) / size
    slow = [np.sum(terms * np.exp(2j * np.pi * order * (MARGIN + n * factor) / size)).real for n in range(frames)]
    assert np.abs(resample_rows(torch.from_numpy(samples), [factor], frames).numpy()[0] - slow).max() < 1e-4


def test_rows_are_resampled_alike_whatever_is_done_at_once(monkeypatch):
    batch = torch.from_numpy(np.concatenate([voice(0.3, seed=k) for k in range(5)]))
    factors = [0.9, 1.0, 1.1, 1.2, 0.8]
    together = resample_rows(batch, factors, 5000)
    monkeypatch.setattr(batched_resample, "_VALUES_AT_ONCE", 1)
    assert torch.allclose(resample_rows(batch, factors, 5000), together, atol=1e-6)
    for row, factor in zip(together, factors, strict=True):  # what the filter lets ring, and then nothing
        assert float(row[int((4800 + MARGIN) / factor) :].abs().sum()) == 0


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "mask", [TimeMask(max_frames=20), FrequencyMask(max_bands=9), TimeMask(fill=-3.0, probability=0.5)]
)
def test_masks_hide_the_same(mask, device):
    generator = np.random.default_rng(2)
    items = [generator.standard_normal((40, frames)).astype(np.float32) for frames in (100, 30, 77, 1)]
    drawn = drawn_for(mask, items, 100)
    made, lengths = apply_batch(torch.from_numpy(padded(items)).to(device), [x.shape[1] for x in items], 100, drawn)
    assert lengths == [x.shape[1] for x in items]
    for row, item, one in zip(made.cpu().numpy(), items, drawn, strict=True):
        assert np.abs(row[:, : item.shape[1]] - mask.apply(item, 100, one)).max() < 1e-6
        assert not row[:, item.shape[1] :].any()


def test_what_has_no_batched_form_says_so():
    items = [voice(0.1)]
    chain = Compose([VolumeAdjust(), CodecDegradation("mp3")])
    drawn = drawn_for(chain, items)
    assert not can_apply_batch(drawn)
    assert can_apply_batch(drawn_for(Compose([Compose([VolumeAdjust()]), AddNoise()]), items))
    with pytest.raises(ParameterError, match="CodecDegradation has no batched form"):
        apply_batch(torch.from_numpy(items[0]), [items[0].shape[1]], RATE, drawn)


def test_batches_that_do_not_fit_are_refused():
    batch, drawn = torch.zeros(2, 10), drawn_for(VolumeAdjust(), [np.zeros((1, 10))] * 2)
    for wrong in (
        (batch, [10], drawn),
        (batch, [10, 11], drawn),
        (batch, [10, 0], drawn),
        (batch, [10, 10], drawn[:1]),
    ):
        with pytest.raises(ParameterError):
            apply_batch(wrong[0], wrong[1], RATE, wrong[2])
    with pytest.raises(ParameterError, match="different augmentations"):
        apply_batch(batch, [10, 10], RATE, [drawn[0], *drawn_for(TimeStretch(), [np.zeros((1, 10))])])
    with pytest.raises(ParameterError, match="finite"):
        apply_batch(batch / 0, [10, 10], RATE, drawn)


@pytest.mark.parametrize("name", ["stretch", "pitch", "speed", "chain"])
def test_the_way_of_the_gpu_makes_the_same(name):
    """Where gradients are asked for, the CPU takes it too; otherwise it works on arrays."""
    augmentation, decibels = CLOSE[name]
    items = [below_5_khz(voice(seconds, seed=k)) for k, seconds in enumerate((1.0, 0.37, 0.8))]
    items.append(np.zeros((1, 500), np.float32))
    lengths = [x.shape[1] for x in items]
    batch = torch.from_numpy(padded([item[0] for item in items])).nan_to_num(0.0).requires_grad_()
    drawn = drawn_for(augmentation, items)
    made, after = apply_batch(batch, lengths, RATE, drawn)
    made.square().sum().backward()
    assert bool(batch.grad.isfinite().all())
    assert all(bool(row.any()) for row in batch.grad[:3])
    for row, length, item, one in zip(made.detach().numpy(), after, items, drawn, strict=True):
        wanted = augmentation.apply(item, RATE, one)[0]
        assert length == wanted.size
        assert not row[length:].any()
        assert not wanted.any() or close_db(row[:length], wanted) > decibels


@given(
    lengths=st.lists(st.integers(1, 900), min_size=1, max_size=4),
    rate=st.floats(0.5, 2.0),
    silent=st.booleans(),
)
def test_both_ways_to_stretch_agree_at_any_length(lengths, rate, silent):
    generator = np.random.default_rng(sum(lengths))
    batch = np.zeros((len(lengths), max(lengths)), np.float32)
    for row, length in zip(batch, lengths, strict=True):
        row[:length] = 0.1 * generator.standard_normal(length) * (not silent)
    rates = [rate * (1 + 0.1 * k) for k in range(len(lengths))]
    arrays = stretch_arrays(torch.from_numpy(batch), lengths, RATE, rates)
    tensors = stretch_rows(torch.from_numpy(batch), lengths, RATE, rates)
    assert arrays.shape == tensors.shape
    assert float((arrays - tensors).abs().max()) < 1e-3


def test_threads_make_no_difference(monkeypatch):
    items = [voice(0.3, seed=k) for k in range(5)]
    drawn = drawn_for(PitchShift(-3, 3), items)
    batch = torch.from_numpy(padded([x[0] for x in items]))
    made = []
    for threads in (1, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        made.append(apply_batch(batch, [x.shape[1] for x in items], RATE, drawn)[0].numpy())
    assert close_db(*made) > 75


def test_gradients_pass():
    batch = torch.from_numpy(voice(0.3)).requires_grad_()
    drawn = drawn_for(Compose([VolumeAdjust(), SpeedPerturbation(), ImpulseResponse(ROOMS, RATE)]), [voice(0.3)])
    apply_batch(batch, [batch.shape[1]], RATE, drawn)[0].square().sum().backward()
    assert float(batch.grad.abs().sum()) > 0
