"""Speed, rooms and codecs: against slow references, and in their place."""

from __future__ import annotations

import numpy as np
import pytest
from augmentation_checks import RATE, close_db, level_db, pitch_hz, tone, voice
from hypothesis import given
from hypothesis import strategies as st

import audiokit
from audiokit.bench.equality import lateness
from audiokit.errors import ParameterError
from audiokit.training.augment import CodecDegradation, Drawn, ImpulseResponse, SpeedPerturbation, VolumeAdjust
from audiokit.training.randomness import item_generator

GENERATOR = np.random.default_rng(11)
ROOM = (GENERATOR.standard_normal(2000) * np.exp(-np.arange(2000) / 300)).astype(np.float32)


def once(augmentation, samples, index=0, sample_rate=RATE):
    return augmentation(samples, sample_rate, item_generator(0, 0, index))


# Speed


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 1.25, 2.0])
def test_speed_moves_pitch_and_length_together(factor):
    before = tone(440.0, 3.0)
    after = once(SpeedPerturbation(factor, factor), before)
    assert after.shape[1] == pytest.approx(before.shape[1] / factor, abs=3)
    assert abs(1200 * np.log2(pitch_hz(after) / (440.0 * factor))) < 0.2
    assert abs(level_db(after) - level_db(before)) < 0.05


def test_speed_aliases_nothing():
    after = once(SpeedPerturbation(1.5, 1.5), tone(6500.0))  # would come out at 9750 Hz, beyond half the rate
    assert level_db(after[:, 2000:-2000]) < -90


@given(factor=st.floats(0.7, 1.4), frames=st.integers(1, 4000))
def test_speed_gives_the_length_of_the_formula(factor, frames):
    speed = SpeedPerturbation(factor, factor)
    drawn = speed.draw(np.random.default_rng(0), sample_rate=RATE, frames=frames, channels=1)
    real = RATE / speed.fused_rate(RATE, drawn)
    assert real == pytest.approx(factor, rel=1e-4)
    assert speed.apply(np.ones((1, frames), np.float32), RATE, drawn).shape[1] == max(1, round(frames / real))


@pytest.mark.parametrize("factor", [0.9, 1.0, 1.1, 1.21])
@pytest.mark.parametrize("source_rate", [16_000, 44_100, 48_000])
def test_fused_into_the_decoding_it_is_the_same_within_the_filters(factor, source_rate, tmp_path):
    """Sound below 0.8 of the lower half rate: there both ways have passed it untouched."""
    time = np.arange(2 * source_rate) / source_rate
    samples = sum(0.1 * np.sin(2 * np.pi * hz * time + hz) for hz in (110.0, 1234.5, 3000.0, 5100.0))
    samples *= np.minimum(1, np.minimum(time, time[::-1]) * 20)
    audiokit.write(tmp_path / "a.wav", samples.astype(np.float32)[np.newaxis], source_rate, subtype="FLOAT")
    speed = SpeedPerturbation(choices=[factor])
    drawn = speed.draw(np.random.default_rng(0), sample_rate=RATE, frames=2 * RATE, channels=1)
    two_steps = speed.apply(audiokit.read(tmp_path / "a.wav", sample_rate=RATE).samples, RATE, drawn)
    fused = audiokit.read(tmp_path / "a.wav", sample_rate=speed.fused_rate(RATE, drawn)).samples
    assert abs(fused.shape[1] - two_steps.shape[1]) <= 1
    common = min(fused.shape[1], two_steps.shape[1])
    assert np.abs(fused[:, :common] - two_steps[:, :common]).max() < 1e-4


def test_only_speed_can_be_fused_and_only_for_its_rate():
    speed = SpeedPerturbation()
    drawn = speed.draw(np.random.default_rng(0), sample_rate=RATE, frames=10, channels=1)
    with pytest.raises(ParameterError, match="not for 8000 Hz"):
        speed.fused_rate(8000, drawn)
    with pytest.raises(ParameterError, match="Only SpeedPerturbation"):
        speed.fused_rate(RATE, VolumeAdjust().draw(np.random.default_rng(0), sample_rate=RATE, frames=1, channels=1))
    assert speed.fused_rate(RATE, Drawn("SpeedPerturbation", applied=False)) == RATE


# Rooms


@given(
    frames=st.integers(1, 400),
    response=st.integers(1, 300),
    channels=st.integers(1, 3),
    normalise=st.booleans(),
    align=st.booleans(),
    tail=st.sampled_from(["cut", "keep"]),
)
def test_a_room_is_a_convolution(frames, response, channels, normalise, align, tail):
    generator = np.random.default_rng(frames)
    samples = generator.standard_normal((channels, frames)).astype(np.float32)
    impulse = generator.standard_normal(response).astype(np.float32)
    made = once(ImpulseResponse([impulse], RATE, normalise=normalise, align=align, tail=tail), samples)
    direct = int(np.abs(impulse).argmax()) if align else 0
    scaled = impulse / np.sqrt(np.sum(impulse.astype(np.float64) ** 2)) if normalise else impulse
    slow = np.stack([np.convolve(row, scaled)[direct:] for row in samples.astype(np.float64)])
    wanted = slow if tail == "keep" else slow[:, :frames]
    wanted = np.pad(wanted, ((0, 0), (0, max(0, frames - wanted.shape[1]))))
    assert made.shape == wanted.shape
    assert np.abs(made - wanted).max() < 1e-4


def test_noise_keeps_its_level_in_a_normalised_room():
    noise = 0.1 * GENERATOR.standard_normal((1, 10 * RATE)).astype(np.float32)
    assert abs(level_db(once(ImpulseResponse([7 * ROOM], RATE), noise)) - level_db(noise)) < 0.2


def test_nothing_comes_late():
    late = np.concatenate([np.zeros(800, np.float32), 0.1 * ROOM])
    late[800] = 5.0
    samples = voice()
    assert lateness(once(ImpulseResponse([late], RATE), samples)[0], samples[0], RATE) == 0
    assert lateness(once(ImpulseResponse([late], RATE, align=False), samples)[0], samples[0], RATE) == 800


def test_a_response_at_another_rate_keeps_its_gain():
    low = np.hanning(40).astype(np.float32) / 19.5  # a low-pass filter: its gain for low tones is its sum
    before = tone(20.0, 4.0)
    for rate in (8000, 16_000, 48_000):
        after = once(ImpulseResponse([low], rate, normalise=False), before)[:, 8000:-8000]
        assert abs(level_db(after) - level_db(before[:, 8000:-8000])) < 0.2


def test_responses_of_several_channels_and_from_a_folder(tmp_path):
    two = np.stack([ROOM[:100], ROOM[100:200]])
    samples = np.repeat(voice(0.3), 2, axis=0)
    made = once(ImpulseResponse([two], RATE, normalise=False, align=False), samples)
    assert close_db(made[1:], np.convolve(samples[1], two[1])[np.newaxis, : samples.shape[1]]) > 90
    with pytest.raises(ParameterError, match="2 channels, the samples 3"):
        once(ImpulseResponse([two], RATE), np.ones((3, 10), np.float32))
    audiokit.write(tmp_path / "room.wav", two, RATE, subtype="FLOAT")
    from_folder = ImpulseResponse(tmp_path, normalise=False, align=False)
    assert np.allclose(once(from_folder, samples), made, atol=1e-6)
    drawn = from_folder.draw(item_generator(0, 0, 0), sample_rate=RATE, frames=10, channels=2)
    assert drawn.parameters["path"] == str(tmp_path / "room.wav")


# Codecs


@pytest.mark.parametrize("kind", ["mp3", "opus", "telephone"])
@pytest.mark.parametrize("sample_rate", [8000, 16_000, 22_050, 44_100])
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("bit_rate_bps", [32_000, 64_000])
def test_a_codec_damages_but_does_not_delay(kind, sample_rate, channels, bit_rate_bps):
    rows = [voice(1.0, sample_rate, seed) for seed in range(channels)]
    samples = np.concatenate(rows)
    made = once(CodecDegradation(kind, bit_rates_bps=[bit_rate_bps]), samples, 0, sample_rate)
    assert made.shape == samples.shape
    for got, wanted in zip(made, samples, strict=True):
        # Opus at few bits passes its low half through a resampler of its own
        assert abs(lateness(got, wanted, sample_rate)) <= (0.00015 * sample_rate if kind == "opus" else 0)
    assert (0.5 if kind == "telephone" else 10) < close_db(made, samples) < 60


@pytest.mark.parametrize("kind", ["mp3", "opus", "telephone"])
def test_a_click_comes_out_where_it_went_in(kind):
    samples = np.zeros((1, RATE), np.float32)
    samples[0, 7001] = 0.8
    for bit_rate_bps in (None, [32_000]):
        made = once(CodecDegradation(kind, bit_rates_bps=bit_rate_bps), samples)
        assert abs(int(np.abs(made[0]).argmax()) - 7001) <= 4


@pytest.mark.parametrize("sample_rate", [8000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("bit_rate_bps", [32_000, 48_000, 64_000])
def test_a_few_samples_come_back_from_mp3(sample_rate, bit_rate_bps):
    """Two frames of MP3 are too little to be recognised; these were taken for films."""
    codec = CodecDegradation("mp3", bit_rates_bps=[bit_rate_bps])
    for frames in (1, 2, 6, 50, 600, 1152, 2000, 3000):
        for samples in (np.full((1, frames), 0.5, np.float32), np.eye(1, frames, frames // 2, dtype=np.float32)):
            made = once(codec, samples, sample_rate=sample_rate)
            assert made.shape == samples.shape
            assert np.isfinite(made).all()


def test_fewer_bits_are_further_from_the_original():
    samples = voice()
    for kind, rates in (("mp3", (16_000, 32_000, 64_000)), ("opus", (8000, 16_000, 48_000))):
        apart = [close_db(once(CodecDegradation(kind, bit_rates_bps=[rate]), samples), samples) for rate in rates]
        assert apart == sorted(apart)
        assert apart[-1] > apart[0] + 3


def test_loud_samples_are_not_clipped_by_the_encoder():
    for kind in ("mp3", "opus"):
        codec = CodecDegradation(kind, bit_rates_bps=[64_000])
        soft, loud = tone(440.0, amplitude=0.4), tone(440.0, amplitude=4.0)
        assert abs(level_db(once(codec, loud)) - level_db(once(codec, soft)) - 20) < 0.05
        assert close_db(once(codec, loud), loud) > 20


def test_a_telephone_passes_the_voice_band_only():
    line = CodecDegradation("telephone")
    for hz, low, high in ((1000.0, -0.5, 0.5), (100.0, -300.0, -30.0), (5000.0, -300.0, -30.0)):
        before = tone(hz)
        gain = level_db(once(line, before)[:, 4000:-4000] + 1e-12) - level_db(before)
        assert low <= gain <= high, hz


def test_mu_law_is_eight_bits():
    made = once(CodecDegradation("telephone"), voice(2.0, 8000), sample_rate=8000)
    assert 50 < len(np.unique(made)) <= 255
