"""`read`, `load` and `info` on synthesised files of every kind, and on real ones."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

import audiokit
from audiokit import errors

RATE = 48_000


NAMES = [
    "pcm16.wav", "pcm24.wav", "float.wav", "double.wav", "u8.wav", "big.aiff", "sun.au", "core.caf", "a.flac", "a.ogg",
    "a.mp3", "a.m4a", "a.opus", "film.mp4", "film.mkv", "film.webm",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_codec_gives_the_same_sound(files, stereo, name):
    path, step = files[name]
    audio = audiokit.read(path)
    assert audio.sample_rate == RATE
    assert audio.channels == 2
    assert audio.warnings == ()
    if step is not None:
        assert audio.frames == stereo.shape[1]
        assert np.abs(audio.samples - stereo).max() <= step
        return
    # Lossy: no shift, no gain, no swapped channels; a frame of the encoder's tail may stay in some containers.
    assert 0 <= audio.frames - stereo.shape[1] <= 2048
    for channel in range(2):
        heard, truth = audio.samples[channel, : stereo.shape[1]], stereo[channel]
        correlation = np.fft.irfft(np.fft.rfft(heard, 2**18) * np.conj(np.fft.rfft(truth, 2**18)))
        assert np.argmax(correlation) == 0
        gain = float(heard @ truth / (truth @ truth))
        assert gain == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("name", NAMES)
@given(offset=st.floats(0, 2.2), duration=st.one_of(st.none(), st.floats(0, 2.5)))
def test_a_span_is_the_slice_of_the_whole(files, name, offset, duration):
    path, _ = files[name]
    whole = audiokit.read(path).samples
    start = int(offset * RATE)
    stop = None if duration is None else start + int(duration * RATE)
    part = audiokit.read(path, offset_seconds=offset, duration_seconds=duration).samples
    np.testing.assert_array_equal(part, whole[:, start:stop])


def test_sources_agree(files):
    path, _ = files["a.flac"]
    expected = audiokit.read(path).samples
    for source in (str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), memoryview(path.read_bytes())):
        np.testing.assert_array_equal(audiokit.read(source).samples, expected)
    with open(path, "rb") as handle:
        handle.read(10)  # a handle is read from its beginning, wherever it stands
        np.testing.assert_array_equal(audiokit.read(handle).samples, expected)
        assert not handle.closed


def test_content_decides_not_the_name(files, tmp_path):
    path, _ = files["a.mp3"]
    liar = tmp_path / "really.wav"
    liar.write_bytes(path.read_bytes())
    assert audiokit.info(liar).codec == "mp3"
    np.testing.assert_array_equal(audiokit.read(liar).samples, audiokit.read(path).samples)


def test_load_is_librosa_load(files):
    librosa = pytest.importorskip("librosa", reason="librosa is in the extra 'ml'")
    for name in ("pcm16.wav", "a.flac", "a.mp3", "a.ogg"):
        for options in ({}, {"sr": None, "mono": False}, {"sr": 16000, "offset": 0.25, "duration": 1.1}):
            ours, rate = audiokit.load(files[name][0], **options)
            theirs, their_rate = librosa.load(files[name][0], **options)
            assert (ours.shape, rate) == (theirs.shape, their_rate)
            # MP3 and Vorbis spans differ from librosa's where it seeks without preroll
            tolerance = 1e-6 if not options.get("offset") or name in ("pcm16.wav", "a.flac") else 1e-3
            assert np.abs(ours - theirs).max() <= tolerance, (name, options)


def test_downmix_is_the_mean_and_comes_first(files, stereo):
    audio = audiokit.read(files["float.wav"][0], mono=True)
    np.testing.assert_allclose(audio.samples[0], stereo.mean(axis=0), atol=1e-7)


def test_load_shapes_and_types(files):
    samples, rate = audiokit.load(files["pcm16.wav"][0], sr=None, mono=False, dtype=np.float64)
    assert samples.shape == (2, 96_000)
    assert samples.dtype == np.float64
    assert rate == RATE
    assert samples.flags.writeable
    with pytest.raises(errors.ParameterError, match="floating"):
        audiokit.load(files["pcm16.wav"][0], dtype=np.int16)


@pytest.mark.parametrize(
    ("name", "container", "codec", "video"),
    [
        ("pcm16.wav", "wav", "pcm_s16le", False),
        ("double.wav", "wav", "pcm_f64le", False),
        ("a.flac", "flac", "flac", False),
        ("a.ogg", "ogg", "vorbis", False),
        ("a.opus", "ogg", "opus", False),
        ("a.m4a", "mp4", "aac", False),
        ("film.mp4", "mp4", "aac", True),
        ("film.mkv", "matroska", "flac", True),
        ("a.mp3", "mp3", "mp3", False),
    ],
)
def test_info_says_what_it_is(files, name, container, codec, video):
    found = audiokit.info(files[name][0])
    assert (found.container, found.codec, found.has_video) == (container, codec, video)
    assert (found.sample_rate, found.channels, found.tracks) == (RATE, 2, 1)
    assert found.duration_seconds == pytest.approx(2.0, abs=0.05)
    assert found.size_bytes == files[name][0].stat().st_size
    assert found.frames in (None, 96_000)


@pytest.mark.parametrize(
    "name", ["plain.wav", "with space.wav", 'quote\'s "x".wav', "{braces}.wav", "naïve-日本.wav", "a:b.wav"]
)
def test_any_name_works(tmp_path, name):
    path = tmp_path / name
    soundfile.write(path, np.zeros((800, 1)), 8000)
    assert audiokit.read(path).frames == 800
    assert audiokit.read(path).name == name


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode there")
@pytest.mark.parametrize("name", ["a.flac", "a.opus"])
def test_a_name_that_is_not_utf8_works(files, tmp_path, name):
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9-" + name.encode())
    try:
        with open(path, "wb") as handle:
            handle.write(files[name][0].read_bytes())
    except OSError:
        pytest.skip("this file system accepts UTF-8 names only")
    audio = audiokit.read(os.fsdecode(path))
    assert audio.frames >= 96_000
    audio.name.encode("utf-8")  # printable


def test_an_mp3_of_variable_bit_rate_without_a_xing_header_is_read_to_its_end():
    time = np.arange(6 * RATE) / RATE
    sound = np.where(time < 1, 0.3 * np.random.default_rng(0).standard_normal(len(time)), 0.0)  # costly, then cheap
    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", RATE, 1, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="VARIABLE", compression_level=0.5
    ) as out:
        out.write(sound)
    data = file.getvalue()
    second_frame = data.index(data[:2], 100)
    audio = audiokit.read(data[second_frame:])
    assert audio.duration_seconds == pytest.approx(6.0, abs=0.1)
    assert audiokit.info(data[second_frame:]).duration_seconds == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize(("channels", "layout"), [(6, "5.1"), (8, "7.1")])
def test_planar_sound_of_many_channels(tmp_path, channels, layout):
    import av

    # 8 planes fill FFmpeg's list; a reader that looks for an end mark behind it crashes
    samples = np.random.default_rng(1).integers(-9000, 9000, (channels, 4800)).astype(np.int16)
    path = tmp_path / "many.wv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("wavpack", rate=RATE, layout=layout)
        stream.format = "s16p"
        frame = av.AudioFrame(format=stream.format.name, layout=stream.layout.name, samples=4800)
        for plane, channel in zip(frame.planes, samples, strict=False):
            plane.update(channel.tobytes().ljust(plane.buffer_size, b"\0"))
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    np.testing.assert_array_equal(audiokit.read(path).samples, samples / np.float32(2**15))


def test_a_span_in_the_last_page_of_vorbis():
    # A quiet tone packs a second and more into one page; libsndfile's own seek into the last is off by up to a packet.
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE + 777) / RATE)
    file = io.BytesIO()
    soundfile.write(file, tone, RATE, format="OGG", subtype="VORBIS")
    whole = audiokit.read(file).samples
    for offset in np.arange(0.1, 3.0, 0.1):
        part = audiokit.read(file, offset_seconds=offset).samples
        np.testing.assert_array_equal(part, whole[:, int(offset * RATE) :])


def test_numbers_that_are_none_are_told(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.array([0.0, np.nan, np.inf, 0.5]), 8000, subtype="FLOAT")
    assert audiokit.read(tmp_path / "a.wav").warnings == ("2 samples are not finite numbers.",)
