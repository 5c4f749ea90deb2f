"""FFmpeg's backend: every span is the slice of the whole, in every container; tracks; hostile input."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from pyav_parts import RATE, drain

from audiokit.decode.backend import CannotDecode
from audiokit.decode.frames import FrameBuffer, to_float
from audiokit.decode.pyav_backend import PyAVBackend
from audiokit.decode.sniff import sniff
from audiokit.decode.source import open_source
from audiokit.errors import InputError


def vorbis(samples, rate):
    """An Ogg Vorbis file in memory."""
    file = io.BytesIO()
    soundfile.write(file, samples.T, rate, format="OGG", subtype="VORBIS")
    return file.getvalue()


def frame_by_frame(path):
    """The slow, obvious decoder: every frame as an array of its own, one after the other."""
    import av

    source = io.BytesIO(path) if isinstance(path, bytes) else str(path)
    with av.open(source, metadata_errors="replace") as container:
        frames = []
        for packet in container.demux(container.streams.audio[0]):
            try:
                frames += packet.decode()
            except (av.FFmpegError, ValueError):
                continue
    return np.concatenate([to_float(frame) for frame in frames], axis=1)


FILES = {
    "a.m4a": "aac", "lossless.m4a": "alac", "a.mp3": "libmp3lame", "music.mp4": "libmp3lame", "o.mp4": "libopus",
    "a.opus": "libopus", "a.ogg": "vorbis", "a.oga": "flac", "a.flac": "flac", "a.mkv": "aac", "f.mkv": "flac",
    "a.webm": "libopus", "a.aac": "aac", "a.ts": "aac", "a.avi": "libmp3lame", "a.ac3": "ac3",
    "a.asf": "libmp3lame", "a.wav": "pcm_s16le", "a.caf": "pcm_f32le", "a.nut": "pcm_s32le",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(make_media, stereo):
    made = {name: make_media(name, stereo, RATE, codec) for name, codec in FILES.items() if codec != "vorbis"}
    return made | {"a.ogg": vorbis(stereo, RATE)}


@pytest.fixture(scope="module")
def wholes(files):
    return {name: drain(path)[0] for name, path in files.items()}


@pytest.mark.parametrize("name", FILES)
def test_blocks_are_the_frames_one_after_the_other(files, wholes, stereo, name):
    samples, stream = drain(files[name])
    reference = frame_by_frame(files[name])
    assert stream.frames in (None, stereo.shape[1])
    if name.endswith((".m4a", ".mp4")):  # the container states where the encoder's padding begins
        assert samples.shape[1] == stereo.shape[1]
        reference = reference[:, : stereo.shape[1]]
    np.testing.assert_array_equal(samples, reference)
    assert (stream.sample_rate, stream.channels) == (RATE, 2)
    assert stream.warnings == []
    assert stream.lost == []
    assert abs(samples.shape[1] - stereo.shape[1]) <= 2048


@pytest.mark.parametrize("name", FILES)
@given(start=st.integers(0, 100_000), length=st.one_of(st.none(), st.integers(0, 100_000)))
def test_a_span_is_the_slice_of_the_whole(files, wholes, name, start, length):
    stop = None if length is None else start + length
    part, _ = drain(files[name], start, stop)
    np.testing.assert_array_equal(part, wholes[name][:, start:stop])


@pytest.mark.parametrize("fmt", ["fltp", "flt", "s16", "s16p", "s32", "s32p", "u8", "dbl", "u8p", "s64"])
@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1", "7.1"])
def test_the_buffer_converts_as_the_frame_by_frame_way_does(rng, fmt, layout):
    import av

    channels = {"mono": 1, "stereo": 2, "5.1": 6, "7.1": 8}[layout]
    buffer = FrameBuffer(RATE, channels)
    expected = []
    for samples in (1, 1000, 7):
        frame = av.AudioFrame(format=fmt, layout=layout, samples=samples)
        if fmt.endswith("p") and channels >= 8:
            continue  # PyAV cannot write them plane by plane
        for plane in frame.planes:
            raw = rng.bytes(plane.buffer_size)
            if fmt[:3] in ("flt", "dbl"):
                kind = np.float32 if fmt[:3] == "flt" else np.float64
                raw = rng.standard_normal(plane.buffer_size // kind().itemsize).astype(kind).tobytes()
            plane.update(raw)
        frame.sample_rate = RATE
        expected.append(to_float(frame))
        assert buffer.add(frame) == samples
    if expected:
        np.testing.assert_array_equal(buffer.take(last_too=True), np.concatenate(expected, axis=1))


def test_the_last_frame_stays_until_the_next_has_come(rng):
    import av

    buffer, given_out, put_in = FrameBuffer(RATE, 1), [], []
    for _ in range(200):
        array = rng.standard_normal((1, 1024)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(array, format="fltp", layout="mono")
        frame.sample_rate = RATE
        buffer.add(frame)
        put_in.append(array)
        if buffer.is_full:
            given_out.append(buffer.take().copy())
            buffer.silence_last()  # held back, so this is still possible
            put_in[-1] = np.zeros_like(array)
    given_out.append(buffer.take(last_too=True).copy())
    assert len(given_out) > 2
    np.testing.assert_array_equal(np.concatenate(given_out, axis=1), np.concatenate(put_in, axis=1))


class TestTracks:
    @pytest.fixture(scope="class")
    @classmethod
    def film(cls, tmp_path_factory, stereo):
        import av

        path = tmp_path_factory.mktemp("film") / "two.mkv"
        with av.open(str(path), "w") as container:
            tracks = [container.add_stream("pcm_s16le", rate=RATE, layout=layout) for layout in ("stereo", "mono")]
            for start in range(0, stereo.shape[1], 4800):
                for track, sound in zip(tracks, (stereo, stereo[:1] * 0.5), strict=True):
                    part = (sound[:, start : start + 4800] * 2**15).astype(np.int16)
                    array = np.ascontiguousarray(part.T).reshape(1, -1)
                    frame = av.AudioFrame.from_ndarray(array, format="s16", layout=track.layout.name)
                    frame.sample_rate, frame.pts = RATE, start
                    container.mux(track.encode(frame))
            for track in tracks:
                container.mux(track.encode(None))
        return path

    def test_each_is_reached(self, film, stereo):
        first, _ = drain(film, track=0)
        second, _ = drain(film, track=1)
        np.testing.assert_array_equal(first, (stereo * 2**15).astype(np.int16) / np.float32(2**15))
        np.testing.assert_array_equal(second, (stereo[:1] * 0.5 * 2**15).astype(np.int16) / np.float32(2**15))

    def test_info_is_of_the_track(self, film):
        source = open_source(film)
        found = [PyAVBackend().info(source, sniff(source.head), track) for track in (0, 1)]
        assert [info.channels for info in found] == [2, 1]
        assert {info.tracks for info in found} == {2}

    @pytest.mark.parametrize("track", [2, 99, -1])
    def test_one_that_is_not_there(self, film, track):
        source = open_source(film)
        with pytest.raises(CannotDecode, match="2 sound tracks") as caught:
            PyAVBackend().info(source, sniff(source.head), track)
        assert caught.value.no_audio_track
        with pytest.raises(CannotDecode, match=f"no track {track}"):
            drain(film, track=track)

    def test_no_sound_at_all(self, make_media):
        with pytest.raises(CannotDecode, match="video") as caught:
            drain(make_media("silent.mp4", None, RATE, "aac", video=True))
        assert caught.value.no_audio_track


def test_what_it_is(files):
    for name, codec, frames in (("a.m4a", "aac", None), ("a.flac", "flac", 96_000), ("a.opus", "opus", None)):
        source = open_source(files[name])
        info = PyAVBackend().info(source, sniff(source.head), 0)
        assert (info.codec, info.frames, info.backend, info.tracks) == (codec, frames, "pyav", 1)
        assert info.duration_seconds == pytest.approx(2.0, abs=0.001)
    assert "libavcodec" in PyAVBackend().version


def test_a_change_in_mid_stream_is_conformed_to_the_beginning(make_media, stereo):
    first = make_media("one.mp3", stereo, RATE, "libmp3lame").read_bytes()
    second = make_media("two.mp3", stereo[:1, :44_100], 44_100, "libmp3lame").read_bytes()
    alone, _ = drain(first)
    for data in (first + second, first + second + first):
        samples, stream = drain(data)
        assert (stream.sample_rate, stream.channels) == (RATE, 2)
        np.testing.assert_array_equal(samples[:, :95_000], alone[:, :95_000])
        assert samples.shape[1] - alone.shape[1] >= 0.9 * RATE
        assert any("44100 Hz, resampled to 48000 Hz" in warning for warning in stream.warnings)
        assert any("1 channel(s), mixed to 2" in warning for warning in stream.warnings)


def test_a_chain_of_ogg_streams_is_joined(stereo):
    data = vorbis(stereo, RATE)
    alone, _ = drain(data)
    samples, stream = drain(data + data)
    assert stream.lost == []
    np.testing.assert_array_equal(samples[:, : alone.shape[1]], alone)
    assert samples.shape[1] == pytest.approx(2 * alone.shape[1], abs=2048)


def test_a_header_without_sound_is_refused(make_media, stereo):
    data = make_media("a.opus", stereo, RATE, "libopus").read_bytes()
    third_page = data.index(b"OggS", data.index(b"OggS", 4) + 4)
    with pytest.raises(CannotDecode):
        drain(data[:third_page])


def test_a_claim_of_weeks_is_not_believed(make_media, stereo):
    data = bytearray(make_media("a.flac", stereo, RATE, "flac").read_bytes())
    data[18:26] = (int.from_bytes(data[18:26], "big") | (2**36 - 1)).to_bytes(8, "big")
    samples, stream = drain(bytes(data))
    assert samples.shape[1] == 96_000
    assert stream.frames is None
    assert any("missing" in warning for warning in stream.warnings)


@pytest.mark.corpus
def test_real_files_are_their_frames(corpus):
    checked = 0
    for path in sorted(corpus.glob("codec/**/*")):
        if not path.is_file():
            continue
        try:
            samples, stream = drain(path)
        except (CannotDecode, InputError):
            continue
        if "cut_off" in path.name:
            continue  # a frame that breaks off is left out, where the reference makes sound up
        reference = frame_by_frame(path)
        if stream.frames is not None:
            reference = reference[:, : stream.frames]
        np.testing.assert_array_equal(samples, reference, err_msg=path.name)
        assert not stream.lost, path.name
        checked += 1
    assert checked > 60


def test_sources_agree(files, wholes):
    for name in ("a.m4a", "a.opus"):
        data = files[name].read_bytes()
        for source in (data, str(files[name]), io.BytesIO(data)):
            np.testing.assert_array_equal(drain(source)[0], wholes[name])


def test_vorbis_that_begins_with_short_blocks_keeps_its_length(tmp_path):
    """FFmpeg states such blocks too late; nothing is lost all the same."""
    time = np.arange(4 * 48_000) / 48_000
    generator = np.random.default_rng(3)
    bursts = generator.standard_normal((2, len(time))) * (np.sin(2 * np.pi * 9 * time) > 0.95)
    path = tmp_path / "bursts.ogg"
    with soundfile.SoundFile(path, "w", 48_000, 2, format="OGG", subtype="VORBIS", compression_level=0.0) as out:
        out.write((0.4 * np.clip(bursts, -2, 2)).T.astype(np.float32))
    samples, stream = drain(path)
    assert stream.lost == []
    assert stream.warnings == []
    assert samples.shape[1] == len(time)
    np.testing.assert_allclose(samples, soundfile.read(path, always_2d=True)[0].T, atol=1e-4)
