"""`write`: what goes in comes out again, and nothing half-done stays behind."""

from __future__ import annotations

import importlib
import io
import os
import stat
import subprocess
import sys
import warnings

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from audiokit.audio import Audio
from audiokit.decode import encode
from audiokit.decode.writer import LevelWarning, write
from audiokit.dsp import resample
from audiokit.errors import OutputExists, OutputUnwritable, ParameterError

LOSSLESS = [
    ("a.wav", "PCM_16", 16), ("a.wav", "PCM_24", 24), ("a.wav", "PCM_32", 32), ("a.flac", "PCM_16", 16),
    ("a.flac", "PCM_24", 24),
]  # fmt: skip
LOSSY = ["mp3", "ogg", "opus", "m4a"]


def heard(path_or_file) -> tuple[np.ndarray, int]:
    """Decode with the libraries themselves, cutting what the file says is to be cut: (channels, time)."""
    data = path_or_file.read_bytes() if hasattr(path_or_file, "read_bytes") else path_or_file.getvalue()
    if data[4:8] != b"ftyp":
        samples, rate = soundfile.read(io.BytesIO(data), always_2d=True)
        return samples.T, rate
    import av

    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        parts = [frame.to_ndarray() for frame in container.decode(stream)]
        assert stream.start_time == 0
        length = stream.duration * stream.time_base * stream.sample_rate
        assert length.denominator == 1
        return np.concatenate(parts, axis=1)[:, : int(length)], stream.sample_rate


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
    ("kind", "samples", "rate", "options", "message"),
    [
        ("mp3", np.zeros((3, 9)), 48_000, {}, "MP3 holds at most 2 channels, got 3"),
        ("flac", np.zeros((9, 9)), 48_000, {}, "FLAC holds at most 8"),
        ("wav", np.zeros((2000, 2)), 48_000, {}, r"needs `\.T`"),
        ("opus", np.zeros((5, 9)), 48_000, {}, "1, 2, 3, 4, 6 channels, got 5"),
        ("flac", np.zeros(9), 700_000, {}, "at most 655,350 Hz"),
        ("ogg", np.zeros(9), 655_350, {}, "at most 200,000 Hz"),
        ("mp3", np.zeros(9), 96_000, {}, "output_sample_rate=48000"),
        ("m4a", np.zeros(9), 35_467, {}, "output_sample_rate=44100"),
        ("wav", np.zeros(9), 0, {}, "positive whole number"),
        ("wav", np.zeros(9), 44_100.5, {}, "positive whole number"),
        ("wav", np.zeros(9), None, {}, "Give sample_rate"),
        ("wav", np.zeros((2, 0)), 8000, {}, "no samples"),
        ("wav", np.zeros((1, 1, 9)), 8000, {}, "got shape"),
        ("wav", np.zeros(9, np.uint8), 8000, {}, "uint8"),
        ("wav", ["a"], 8000, {}, "got shape"),
        ("wav", np.zeros(9), 8000, {"subtype": "ULAW"}, "Its subtypes are PCM_16, PCM_24"),
        ("mp3", np.zeros(9), 8000, {"subtype": "PCM_16"}, "leave subtype out"),
        ("flac", np.zeros(9), 8000, {"subtype": "FLOAT"}, "no subtype"),
        ("wav", np.zeros(9), 8000, {"quality": 0.5}, "choose subtype"),
        ("wav", np.zeros(9), 8000, {"bit_rate_bps": 64_000}, "choose subtype"),
        ("ogg", np.zeros(9), 8000, {"bit_rate_bps": 64_000}, "give quality"),
        ("opus", np.zeros(9), 8000, {"quality": 0.5}, "Give bit_rate_bps"),
        ("mp3", np.zeros(9), 8000, {"quality": 1.5}, "between 0 and 1"),
        ("mp3", np.zeros(9), 8000, {"quality": 0.5, "bit_rate_bps": 64_000}, "exclude each other"),
        ("mp3", np.zeros(9), 44_100, {"bit_rate_bps": 100_000}, "there are 32, 40"),
        ("mp3", np.zeros(9), 8000, {"bit_rate_bps": 128_000}, "48, 56, 64;"),
        ("m4a", np.zeros(9), 8000, {"bit_rate_bps": 128_000}, "to 48000 bit/s"),
    ],
)  # fmt: skip
def test_what_a_format_does_not_hold_is_said(tmp_path, kind, samples, rate, options, message):
    with pytest.raises(ParameterError, match=message):
        write(tmp_path / f"a.{kind}", samples, rate, **options)
    assert not list(tmp_path.iterdir())


def test_the_name_decides_and_format_overrules(tmp_path):
    for name, kind in (("a.WAVE", "WAV"), ("a.oga", "OGG"), ("a.Flac", "FLAC")):
        assert soundfile.info(write(tmp_path / name, np.zeros(99), 8000)).format == kind
    assert soundfile.info(write(str(tmp_path / "b.bin"), np.zeros(99), 8000, format=".flac")).format == "FLAC"
    for name in ("a.aiff", "a", ".wav"):
        with pytest.raises(ParameterError, match=r"wav, flac, mp3, ogg, opus, m4a"):
            write(tmp_path / name, np.zeros(99), 8000)
    with pytest.raises(ParameterError, match=r"no format 'aiff'"):
        write(tmp_path / "a.wav", np.zeros(99), 8000, format="aiff")
    with pytest.raises(ParameterError, match=r"no ending"):
        write(io.BytesIO(), np.zeros(99), 8000)


def test_an_audio_carries_its_rate(tmp_path):
    with pytest.raises(ParameterError, match=r"output_sample_rate"):
        write(tmp_path / "a.wav", Audio(np.zeros(9), 8000), 16_000)
    assert write(tmp_path / "a.wav", Audio(np.zeros(9), 8000), 8000) == tmp_path / "a.wav"


@pytest.mark.parametrize("kind", encode.FORMATS)
def test_odd_names_are_names(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    names = ["file:x", "a:b", "-i", "é\u202e ñ", "%d", "x" * 200]
    if sys.platform == "win32":
        names = names[4:]
    for name in names:
        path = write(f"{name}.{kind}", 0.1 * np.ones(2000), 48_000)
        assert heard(path)[0].shape == (1, 2000)
    assert len(list(tmp_path.iterdir())) == len(names)


@pytest.mark.parametrize("kind", encode.FORMATS)
def test_file_objects_get_it_at_their_position(tmp_path, kind):
    with open(tmp_path / f"x.{kind}", "wb") as handle:  # its name says the format
        handle.write(b"before")
        size = write(handle, 0.1 * np.ones(2000), 48_000)
        assert not handle.closed
    data = (tmp_path / f"x.{kind}").read_bytes()
    assert data[:6] == b"before"
    assert len(data) == size + 6
    assert heard(io.BytesIO(data[6:]))[0].shape == (1, 2000)


class Trickle(io.RawIOBase):
    """Takes three bytes at a time, as a raw file may."""

    def __init__(self) -> None:
        self.got = b""

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.got += bytes(data[:3])
        return min(3, len(data))


def test_file_objects_that_take_a_part(tmp_path):
    target = Trickle()
    assert write(target, np.zeros(99), 8000, format="wav") == len(target.got) == 44 + 198
    with pytest.raises(ParameterError, match=r"'wb'"):
        write(io.StringIO(), np.zeros(99), 8000, format="wav")
    with pytest.raises(ParameterError, match=r"Cannot write to int"):
        write(3, np.zeros(99), 8000, format="wav")
    (tmp_path / "r.wav").touch()
    with open(tmp_path / "r.wav", "rb") as handle, pytest.raises(OutputUnwritable, match=r"'wb'"):
        write(handle, np.zeros(99), 8000)


def test_a_file_that_is_there(tmp_path):
    path = tmp_path / "a.wav"
    write(path, np.zeros(99), 8000, overwrite=False)
    before = path.read_bytes()
    with pytest.raises(OutputExists, match=r"a\.wav: there is a file already"):
        write(path, np.ones(9), 8000, overwrite=False)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]
    assert issubclass(OutputExists, FileExistsError)
    write(path, np.zeros(9), 8000)
    assert path.read_bytes() != before


def test_a_file_made_meanwhile_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    real = encode.encode

    def and_another_writes(target, *rest):
        real(target, *rest)
        path.write_bytes(b"mine")

    monkeypatch.setattr(importlib.import_module("audiokit.decode.writer"), "encode", and_another_writes)
    with pytest.raises(OutputExists):
        write(path, np.zeros(99), 8000, overwrite=False)
    assert path.read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and links")
def test_permissions_and_links_stay(tmp_path):
    real, link = tmp_path / "real.wav", tmp_path / "link.wav"
    write(real, np.zeros(9), 8000)
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(real.stat().st_mode) == 0o666 & ~mask
    real.chmod(0o640)
    link.symlink_to(real)
    assert write(link, np.zeros(99), 8000) == link
    assert link.is_symlink()
    assert soundfile.info(real).frames == 99
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@pytest.mark.parametrize("kind", encode.FORMATS)
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, kind):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(b"old")

    def half(target, *_):
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module("audiokit.decode.writer"), "encode", half)
    with pytest.raises(KeyboardInterrupt):
        write(path, np.zeros(99), 48_000)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


FULL_DISK = """
import resource, sys
import numpy as np
from audiokit.decode.writer import write
from audiokit.errors import OutputUnwritable
noise = 0.1 * np.random.default_rng(0).standard_normal((2, 96000))
write(sys.argv[1], noise[:, :2000], 48000)  # libraries are loaded before the files get short
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
try:
    write(sys.argv[1], noise, 48000)
except OutputUnwritable as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
@pytest.mark.parametrize("kind", encode.FORMATS)
def test_a_full_disk_is_said_and_leaves_the_old_file(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    ran = subprocess.run([sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=False)
    assert f"a.{kind}" in ran.stdout
    assert "cannot be written" in ran.stdout
    assert ran.stderr == ""
    assert heard(path)[0].shape == (2, 2000)
    assert len(list(tmp_path.iterdir())) == 1


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "d.wav").mkdir()
    with pytest.raises(OutputUnwritable, match=r"no file, and is not replaced"):
        write(tmp_path / "d.wav", np.zeros(9), 8000)
    with pytest.raises(OutputUnwritable, match=r"its folder does not exist"):
        write(tmp_path / "none" / "a.wav", np.zeros(9), 8000)
    with pytest.raises(OutputUnwritable, match=r"null character"):
        write(tmp_path / "a\0.wav", np.zeros(9), 8000)
    with pytest.raises(OutputUnwritable, match=r"cannot be written"):
        write(tmp_path / ("x" * 300 + ".wav"), np.zeros(9), 8000)
    if os.name != "nt":
        with pytest.raises(OutputUnwritable, match=r"no file"):
            write("/dev/null", np.zeros(9), 8000, format="wav")
    assert [p.name for p in tmp_path.iterdir()] == ["d.wav"]


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


def test_a_wav_beyond_4_gib_is_rf64(monkeypatch):
    monkeypatch.setattr(encode, "_RF64_BYTES", 200)
    small, large = io.BytesIO(), io.BytesIO()
    write(small, np.zeros(99), 8000, format="wav")
    write(large, np.zeros(100), 8000, format="wav")
    assert small.getvalue()[:4] == b"RIFF"
    assert large.getvalue()[:4] == b"RF64"
    assert soundfile.info(io.BytesIO(large.getvalue())).frames == 100
