"""`write`: the sound that goes in comes out again."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from written_parts import heard

from audiokit.audio import Audio
from audiokit.decode import encode
from audiokit.decode.writer import LevelWarning, write
from audiokit.dsp import resample
from audiokit.errors import ParameterError

LOSSLESS = [
    ("a.wav", "PCM_16", 16), ("a.wav", "PCM_24", 24), ("a.wav", "PCM_32", 32), ("a.flac", "PCM_16", 16),
    ("a.flac", "PCM_24", 24),
]  # fmt: skip
LOSSY = ["mp3", "ogg", "opus", "m4a"]


def shift_and_gain(samples, truth) -> tuple[int, float]:
    spectrum = np.fft.rfft(samples, 2**18) * np.conj(np.fft.rfft(truth, 2**18))
    at = int(np.argmax(np.fft.irfft(spectrum)))
    return (at if at < 2**17 else at - 2**18), float(samples @ truth / (truth @ truth))


@pytest.mark.parametrize(("name", "subtype", "bits"), LOSSLESS)
def test_whole_numbers_survive_bit_for_bit(tmp_path, rng, name, subtype, bits):
    top = 2 ** (bits - 1)
    numbers = rng.integers(-top, top, (3, 70_001))
    numbers[0, :4] = -top, top - 1, 0, -1
    if bits == 16:
        numbers[0, : 2**16] = np.arange(-top, top)  # every one of them
    path = write(tmp_path / name, numbers / top, 35_467, subtype=subtype)
    back, rate = soundfile.read(path, dtype="int32", always_2d=True)
    assert rate == 35_467
    assert soundfile.info(path).subtype == subtype
    assert np.array_equal(back.T >> (32 - bits), numbers)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_int16_arrays_and_audio_agree(tmp_path, rng, name):
    numbers = rng.integers(-(2**15), 2**15, (2, 1000)).astype(np.int16)
    one = write(tmp_path / name, numbers, 16_000).read_bytes()
    two = write(tmp_path / f"2{name}", Audio(numbers / 2**15, 16_000)).read_bytes()
    assert one == two


def test_int32_arrays_survive(tmp_path, rng):
    numbers = rng.integers(-(2**31), 2**31, (2, 1000)).astype(np.int32)
    path = write(tmp_path / "a.wav", numbers, 16_000, subtype="PCM_32")
    assert np.array_equal(soundfile.read(path, dtype="int32")[0].T, numbers)


@pytest.mark.parametrize(("subtype", "dtype"), [("FLOAT", np.float32), ("DOUBLE", np.float64)])
def test_floating_point_survives_beyond_full_scale(tmp_path, rng, subtype, dtype):
    samples = (3 * rng.standard_normal((2, 70_000))).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = write(tmp_path / "a.wav", samples, 44_100, subtype=subtype)
    assert np.array_equal(soundfile.read(path, dtype=dtype)[0].T, samples)


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_keeps_origin_length_gain_and_channels(tmp_path, stereo, kind):
    path = write(tmp_path / f"a.{kind}", Audio(stereo, 48_000))
    samples, rate = heard(path)
    assert (rate, samples.shape) == (48_000, stereo.shape)
    for channel in range(2):
        shift, gain = shift_and_gain(samples[channel], stereo[channel])
        assert shift == 0
        assert gain == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("kind", "rate"),
    [(k, r) for k in LOSSY for r in (encode.FORMATS[k].rates if k != "ogg" else (8000, 35_467, 44_100, 200_000))],
)
@given(data=st.data())
def test_every_rate_and_length_is_kept(kind, rate, data):
    frames = data.draw(
        st.sampled_from([1, 2, 100, 959, 960, 961, 1023, 1024, 1025, 1151, 1152, 1153]) | st.integers(1, 9000)
    )
    samples = 0.1 * np.random.default_rng(frames).standard_normal(frames).astype(np.float32)
    target = io.BytesIO()
    assert write(target, samples, rate, format=kind) == len(target.getvalue())
    back, back_rate = heard(target)
    assert (back_rate, back.shape) == (rate, (1, frames))


@pytest.mark.parametrize(
    ("kind", "channels"),
    [("wav", 1024), ("flac", 8), ("ogg", 7), *(("opus", n) for n in (3, 4, 6)), *(("m4a", n) for n in (3, 4, 5, 6))],
)
def test_channels_keep_their_places(kind, channels):
    # A tone each of its own; the fourth of six is a loudspeaker for low tones, and gets one
    count = min(channels, 8)
    hertz = [60 if (index, channels) == (3, 6) else 300 + 150 * index for index in range(count)]
    tones = np.sin(2 * np.pi * np.outer(hertz, np.arange(48_000)) / 48_000).astype(np.float32)
    samples = 0.3 * np.resize(tones, (channels, 48_000))[:, : 6000 if channels > 8 else None]
    target = io.BytesIO()
    write(target, samples, 48_000, format=kind)
    back, _ = heard(target)
    assert back.shape == samples.shape
    if channels > 8:
        assert np.abs(back - samples).max() < 2**-15
        return
    found = np.abs(np.fft.rfft(back, axis=1)).argmax(axis=1)  # one second: bins are Hz
    if kind == "opus" and channels in (3, 6):  # libsndfile leaves Vorbis' order: left, centre, right, ...
        order = {3: [0, 2, 1], 6: [0, 2, 1, 4, 5, 3]}[channels]
        hertz = [hertz[index] for index in order]
    assert found.tolist() == hertz


@pytest.mark.parametrize("kbps", [32, 64, 128, 192, 320])
def test_mp3_has_the_bit_rate_asked_for(stereo, kbps):
    target = io.BytesIO()
    samples = np.tile(stereo, 4)
    size = write(target, samples, 44_100, format="mp3", bit_rate_bps=kbps * 1000)
    assert size * 8 / (samples.shape[1] / 44_100) == pytest.approx(kbps * 1000, rel=0.03)


@pytest.mark.parametrize(("rate", "kbps"), [(22_050, 8), (22_050, 56), (22_050, 160), (8000, 8), (8000, 64)])
def test_mp3_has_the_bit_rate_asked_for_at_low_rates(stereo, rate, kbps):
    target = io.BytesIO()
    size = write(target, np.tile(stereo[0], 2), rate, format="mp3", bit_rate_bps=kbps * 1000)
    assert size * 8 / (192_000 / rate) == pytest.approx(kbps * 1000, rel=0.05)


@pytest.mark.parametrize(
    ("kind", "option"), [("mp3", "quality"), ("ogg", "quality"), ("opus", "bit_rate_bps"), ("m4a", "bit_rate_bps")]
)
def test_more_quality_is_more_bytes(stereo, kind, option):
    values = (0, 0.5, 1) if option == "quality" else (24_000, 64_000, 128_000)
    sizes = [write(io.BytesIO(), stereo, 48_000, format=kind, **{option: value}) for value in values]
    assert sizes[0] * 1.2 < sizes[1]
    assert sizes[1] * 1.2 < sizes[2]


@pytest.mark.parametrize(("kind", "subtype"), [("wav", None), ("wav", "PCM_24"), ("flac", None)])
def test_clipping_is_reported_and_only_clipping(kind, subtype):
    samples = np.array([0.5, 1.0, 1.5, -1.0, -3.0, 0.0])
    target = io.BytesIO()
    with pytest.warns(LevelWarning, match=r"2 of 6 samples lie beyond full scale.* the loudest is 3"):
        write(target, samples, 8000, format=kind, subtype=subtype)
    back, _ = heard(target)
    assert np.abs(back[0] - np.clip(samples, -1, 1)).max() <= 2**-15
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write(io.BytesIO(), np.clip(samples, -1, 1), 8000, format=kind)


def test_an_encoder_that_lowers_loud_passages_is_reported():
    samples = np.sin(np.arange(48_000) / 50).astype(np.float32)
    target = io.BytesIO()
    with pytest.warns(LevelWarning, match=r"loudest sample is 1,.* AAC encoder lowers"):
        write(target, samples, 48_000, format="m4a")
    assert shift_and_gain(heard(target)[0][0], samples)[1] < 0.95
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write(target := io.BytesIO(), 0.94 * samples, 48_000, format="m4a")
    assert shift_and_gain(heard(target)[0][0], samples)[1] == pytest.approx(0.94, abs=0.01)


@pytest.mark.parametrize("kind", ["mp3", "ogg", "opus"])
def test_lossy_formats_keep_what_is_beyond_full_scale(kind):
    samples = 1.5 * np.sin(np.arange(48_000) / 50).astype(np.float32)
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write(target, samples, 48_000, format=kind)
    assert shift_and_gain(heard(target)[0][0], samples)[1] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("kind", encode.FORMATS)
def test_what_is_not_finite_is_refused(kind, bad):
    samples = np.zeros(70_000)
    samples[69_000] = bad
    target = io.BytesIO()
    with pytest.raises(ParameterError, match=r"nan_to_num"):
        write(target, samples, 48_000, format=kind)
    with pytest.raises(ParameterError, match=r"nan_to_num"):
        write(target, samples, 44_100, format=kind, output_sample_rate=48_000)
    assert not target.getvalue()


def test_rates_are_refused_or_resampled_on_request(tmp_path, stereo):
    with pytest.raises(ParameterError, match=r"Opus holds 8000, .* got 44100 Hz.* output_sample_rate=48000"):
        write(tmp_path / "a.opus", stereo, 44_100)
    assert not list(tmp_path.iterdir())
    path = write(tmp_path / "a.opus", stereo[:, :44_100], 44_100, output_sample_rate=48_000)
    assert heard(path)[0].shape == resample(stereo[:, :44_100], 44_100, 48_000).shape
    path = write(tmp_path / "b.wav", stereo[:, :44_100], 44_100, output_sample_rate=16_000, subtype="FLOAT")
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == 16_000
    assert np.array_equal(samples.T, resample(stereo[:, :44_100], 44_100, 16_000))


@pytest.mark.parametrize(
    ("kind", "rate"),
    [
        ("wav", 35_467), ("flac", 35_467), ("mp3", 44_100), ("mp3", 8000), ("ogg", 44_100), ("ogg", 35_467), ("opus", 48_000),
        ("opus", 8000), ("opus", 12_000), ("m4a", 44_100), ("m4a", 7350), ("m4a", 96_000),
    ],
)  # fmt: skip
@pytest.mark.parametrize("frames", [1, 1023, 96_000])
def test_read_gives_it_back(tmp_path, stereo, kind, rate, frames):
    """From the first sample, as many as there were, at the same level."""
    from audiokit.decode.read import read

    path = write(tmp_path / f"a.{kind}", Audio(stereo[:, :frames], rate))
    audio = read(path)
    times = 48_000 // rate if kind == "opus" else 1  # Opus decodes at 48 kHz
    assert (audio.sample_rate, audio.samples.shape) == (rate * times, (2, frames * times))
    assert audio.warnings == ()
    if frames == 96_000 and rate >= 35_000:
        for channel in range(2):
            assert shift_and_gain(audio.samples[channel], stereo[channel]) == (0, pytest.approx(1, abs=0.03))


def test_recordings_survive(corpus, tmp_path):
    """What was read from a 16-bit recording is written again sample for sample."""
    for name in ("speech/jfk.flac",):
        numbers, rate = soundfile.read(corpus / name, dtype="int16", always_2d=True)
        for kind in ("wav", "flac"):
            path = write(tmp_path / f"a.{kind}", Audio(numbers.T / np.float32(2**15), rate))
            assert np.array_equal(soundfile.read(path, dtype="int16", always_2d=True)[0], numbers)
