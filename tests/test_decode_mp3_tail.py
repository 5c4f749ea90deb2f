"""A span far into an MP3 is decoded from a part of the file: the part, and the sound of it, to the last bit."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import audiokit
from audiokit.decode import mp3_tail, soundfile_mp3
from audiokit.decode.backend import CannotDecode
from audiokit.decode.mp3_header import StatedLength, layer3_frame_bytes, stated_length
from audiokit.decode.mp3_tail import Excerpt, mp3_excerpt
from audiokit.decode.sniff import sniff
from audiokit.decode.soundfile_backend import SoundFileBackend
from audiokit.decode.source import Source, open_source
from audiokit.errors import SourceUnreadable

BACKEND = SoundFileBackend()
PLENTY = 1 << 30
CASES = [(rate, channels, mode) for rate in (32_000, 44_100, 48_000) for channels in (1, 2) for mode in "CV"]


def write_mp3(path, sample_rate, channels, mode, seconds):
    """Chirps and noise that come and go; in stereo the sides are alike by turns, so that frames are joint and not."""
    generator = np.random.default_rng(sample_rate + channels)
    options = {"bitrate_mode": {"C": "CONSTANT", "V": "VARIABLE"}[mode], "compression_level": 0.6}
    with soundfile.SoundFile(path, "w", sample_rate, channels, "MPEG_LAYER_III", format="MP3", **options) as file:
        for second in range(seconds):
            now = np.arange(sample_rate + 41) / sample_rate
            rows = [
                0.3 * np.sin(2 * np.pi * now * (150 + 97 * second + 300 * now + 40 * row)) for row in range(channels)
            ]
            sound = np.stack(rows, axis=1)
            sound += (0, 0.2, 0.01)[second % 3] * generator.standard_normal((len(now), 1 if second % 2 else channels))
            file.write(sound.astype(np.float32))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """(sample_rate, channels, mode) -> the bytes of six seconds."""
    folder, made = tmp_path_factory.mktemp("mp3"), {}

    def make(case):
        if case not in made:
            made[case] = write_mp3(folder / f"{case}.mp3", *case, 6).read_bytes()
        return made[case]

    return make


def decode(source, start=0, stop=None):
    with BACKEND.open(source, sniff(source.head), 0) as stream:
        blocks = [block.copy() for block in stream.blocks(start, stop)]
        assert (stream.warnings, stream.lost) == ([], [])
        return np.concatenate(blocks, axis=1) if blocks else np.zeros((stream.channels, 0), np.float32)


@pytest.fixture
def excerpts(monkeypatch):
    """Short files use excerpts too, and what was cut is noted."""
    noted = []

    def noting(*arguments):
        noted.append(mp3_excerpt(*arguments))
        return noted[-1]

    monkeypatch.setattr(soundfile_mp3, "_MP3_FAR_FRAMES", 1)
    monkeypatch.setattr(soundfile_mp3, "mp3_excerpt", noting)
    return noted


def frames_of(data):
    """The slow way: (header frame, [frames of sound]), from the first byte on."""
    stated = stated_length(open_source(data))
    at, frames = stated.start_bytes, []
    while at < stated.end_bytes:
        size = layer3_frame_bytes(data[at : at + 4])
        frames.append(data[at : at + size])
        at += size
    return frames[0], frames[1:]


def in_parts(source: Source, handles: list[io.BytesIO]) -> Source:
    """The same bytes as if they were on a server."""

    class Remote:
        def open(self):
            handles.append(CountingBytes(source.content()))
            return handles[-1]

    return replace(source, path=None, data=None, remote=Remote())


class CountingBytes(io.BytesIO):
    count = 0

    def read(self, size=-1):
        data = super().read(size)
        self.count += len(data)
        return data


class BreakingBytes(io.BytesIO):
    def read(self, size=-1):
        if 40_000 < self.tell() < 60_000:
            raise OSError(5, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_span_is_the_slice_of_the_whole(files, excerpts, tmp_path, case, capfd):
    path = tmp_path / "sound.mp3"
    path.write_bytes(files(case))
    sources = [open_source(path), open_source(files(case))]
    whole = decode(sources[0])
    length = whole.shape[1]
    near_the_end = st.integers(length - 4000, length + 5)

    @settings(max_examples=max(15, settings.default.max_examples * 3 // 5))
    @given(
        st.sampled_from(sources),
        st.one_of(st.integers(0, length), near_the_end),
        st.one_of(st.none(), st.integers(0, 3000), st.integers(0, length)),
    )
    def check(source, start, size):
        stop = None if size is None else start + size
        np.testing.assert_array_equal(decode(source, start, stop), whole[:, start:stop])

    check()
    for start in range(length - 3000, length, 613):
        np.testing.assert_array_equal(decode(sources[0], start), whole[:, start:])
    assert len(excerpts) > 5
    assert all(excerpts)
    assert capfd.readouterr().err == ""


def test_sides_alike_and_different_are_in_the_files(files):
    """Joint stereo, with the middle and the side coded in some frames and the channels in others."""
    for mode in "CV":
        kinds = {frame[3] >> 6 << 4 | frame[3] >> 4 & 2 for frame in frames_of(files((44_100, 2, mode)))[1]}
        assert kinds == {0x10, 0x12}


@pytest.mark.parametrize("by_descriptor", [True, False])
def test_without_a_file_in_memory(files, excerpts, monkeypatch, by_descriptor):
    if not by_descriptor:
        monkeypatch.setattr(soundfile_mp3, "in_memory_file", lambda _: None)
    source = open_source(files(CASES[-1]))
    whole = decode(source)
    np.testing.assert_array_equal(decode(source, 200_000, 230_000), whole[:, 200_000:230_000])
    monkeypatch.setattr(soundfile_mp3, "_MP3_LARGEST_BY_CALLS_BYTES", 0)
    np.testing.assert_array_equal(decode(source, 200_000, 230_000), whole[:, 200_000:230_000])
    assert all(excerpts)


@pytest.mark.parametrize("mode", ["C", "V"])
def test_damage_before_a_span_does_not_shift_it(files, excerpts, mode, capfd):
    """The frames that were lost are counted: the span is where the whole has it."""
    data = files((44_100, 2, mode))
    whole = decode(open_source(data))
    middle = len(data) // 4
    spoiled = data[:middle] + bytes(3000) + data[middle + 3000 :]
    part = audiokit.read(spoiled, offset_seconds=5).samples
    np.testing.assert_allclose(part, whole[:, 5 * 44_100 :], atol=1e-4)
    assert excerpts == [] or mode == "C"
    assert capfd.readouterr().err == ""


def test_through_the_front_door(tmp_path, capfd):
    path = write_mp3(tmp_path / "minute.mp3", 32_000, 1, "V", 75)
    whole = audiokit.read(path, workers=1).samples
    for offset in (43, 60.01, 74):
        first = round(offset * 32_000)
        for workers in (1, 2):
            part = audiokit.read(path, offset_seconds=offset, workers=workers)
            np.testing.assert_array_equal(part.samples, whole[:, first:])
    np.testing.assert_array_equal(audiokit.read(path, workers=2).samples, whole)
    assert capfd.readouterr().err == ""


class TestExcerpt:
    @pytest.mark.parametrize("case", CASES, ids=str)
    def test_it_holds_the_very_frames(self, files, case):
        data = files(case)
        header, frames = frames_of(data)
        for extra in (b"", b"TAG" + bytes(125)):
            source = open_source(data + extra)
            stated = stated_length(source)
            assert stated.mpeg_frames == len(frames)
            for first in (1, 40, len(frames) // 2 + 1, len(frames) - 9, len(frames) - 1):
                for stop in (first + 1, first + 30, len(frames), len(frames) + 5):
                    found = mp3_excerpt(source, stated, first, stop, PLENTY)
                    sound = b"".join(frames[first : first + found.mpeg_frames])
                    assert found.first_frame == first
                    assert first + found.mpeg_frames >= min(stop + 8, len(frames))
                    assert found.data[len(header) :] == sound
                    own = stated_length(open_source(found.data))
                    assert (own.mpeg_frames, own.end_bytes) == (found.mpeg_frames, len(found.data))
                    assert own.delay_samples == stated.delay_samples
                    assert own.padding_samples == stated.padding_samples

    def test_at_a_constant_bit_rate_the_beginning_is_not_read(self, files):
        source, handles = open_source(files((44_100, 2, "C"))), []
        stated = stated_length(source)
        served = in_parts(source, handles)
        first = stated.mpeg_frames - 20
        assert mp3_excerpt(served, stated, first, PLENTY, PLENTY) == mp3_excerpt(source, stated, first, PLENTY, PLENTY)
        assert handles[0].count < source.size_bytes / 4

    def test_at_a_variable_one_it_would_be(self, files):
        source, handles = open_source(files((44_100, 2, "V"))), []
        stated = stated_length(source)
        assert mp3_excerpt(in_parts(source, handles), stated, stated.mpeg_frames - 20, PLENTY, PLENTY) is None
        assert handles[0].count < 4000

    @pytest.mark.parametrize("mode", ["C", "V"])
    def test_what_contradicts_itself_is_left_alone(self, files, mode):
        data = files((44_100, 2, mode))
        source = open_source(data)
        stated = stated_length(source)
        count, first = stated.mpeg_frames, stated.mpeg_frames - 30
        assert mp3_excerpt(source, stated, first, count, PLENTY)
        for wrong in (
            replace(stated, mpeg_frames=count + 1),
            replace(stated, mpeg_frames=count - 1),
            replace(stated, mpeg_frames=2 * count),
            replace(stated, end_bytes=stated.end_bytes - 1),
            replace(stated, end_bytes=stated.end_bytes + 1),
            replace(stated, end_bytes=None),
            replace(stated, xing_at=None),
            replace(stated, mpeg_frames=first),
            replace(stated, start_bytes=stated.start_bytes + 1),
        ):
            assert mp3_excerpt(source, wrong, first, count, PLENTY) is None
        assert mp3_excerpt(source, stated, first, count, 1000) is None
        assert mp3_excerpt(open_source(data[:-1]), stated, first, count, PLENTY) is None

    @pytest.mark.parametrize("mode", ["C", "V"])
    def test_damage(self, files, mode):
        header, frames = frames_of(files((44_100, 2, mode)))
        count = len(frames)
        for at, spoiled in (
            (count - 10, bytes(len(frames[-10]))),
            (count - 10, frames[-10][:-1]),
            (count - 10, frames[-10] + b"\0"),
            (count - 10, frames[-10][:2] + b"\xf0" + frames[-10][3:]),  # no bit rate has this number
            (count - 10, frames[-10][:3] + b"\xc0" + frames[-10][4:]),  # mono
        ):
            broken = header + b"".join([*frames[:at], spoiled, *frames[at + 1 :]])
            source = open_source(broken)
            stated = replace(stated_length(source), end_bytes=len(broken))
            assert mp3_excerpt(source, stated, count - 40, count, PLENTY) is None
        broken = header + b"".join([*frames[:50], bytes(1000), *frames[51:]])
        source = open_source(broken)
        stated = replace(stated_length(source), end_bytes=len(broken))
        with pytest.raises(CannotDecode, match="do not follow"):
            mp3_excerpt(source, stated, count - 40, count, PLENTY)

    def test_other_kinds_of_frames(self, tmp_path):
        path = write_mp3(tmp_path / "low.mp3", 22_050, 1, "C", 3)
        source = open_source(path)
        stated = stated_length(source)
        assert mp3_excerpt(source, stated, 60, 70, PLENTY) is None

    @given(seed=st.integers(0, 10_000), fakes=st.integers(0, 60), constant=st.booleans(), first=st.integers(1, 119))
    def test_bytes_that_look_like_frames(self, seed, fakes, constant, first):
        """Frames of noise, with the beginnings of frames in them that are none."""
        generator = np.random.default_rng(seed)
        frames = []
        for _ in range(120):
            third = int(generator.choice([0x90, 0x92] if constant else [0x50, 0x92, 0xB0]))
            frame = bytearray(generator.bytes(layer3_frame_bytes(bytes((0xFF, 0xFB, third, 0)))))
            frame[:4] = 0xFF, 0xFB, third, 0x40
            for _ in range(fakes // 10):
                at = int(generator.integers(4, len(frame) - 4))
                frame[at : at + 4] = 0xFF, 0xFA, int(generator.choice([0x90, 0x92])), 0x40
            frames.append(bytes(frame))
        if constant:  # as an encoder does: padded by a byte wherever the bit rate would fall behind
            frames = _padded(frames)
        tag = b"Info" if constant else b"Xing"
        header = bytearray(417)
        header[:4] = b"\xff\xfb\x90\x40"
        header[36:44] = tag + b"\0\0\0\3"
        header[44:52] = (120).to_bytes(4, "big") + (417 + sum(map(len, frames))).to_bytes(4, "big")
        source = open_source(bytes(header) + b"".join(frames))
        stated = stated_length(source)
        assert isinstance(stated, StatedLength)
        found = mp3_excerpt(source, stated, first, 120, PLENTY)
        assert isinstance(found, Excerpt)
        assert found.data[417:] == b"".join(frames[first:])

    def test_a_hostile_file_takes_no_time(self, monkeypatch):
        """A header in every fourth byte, and none of them leads to the end."""
        frame = b"\xff\xfb\x10\x40" * 26
        header = bytearray(frame[:104])
        header[36:44] = b"Info\0\0\0\3"
        count = 40_000
        data = bytes(header) + frame * count + b"\0"
        stated = StatedLength(count, len(data), xing_at=36)
        followed = []

        def noting(*arguments):
            followed.append(follow(*arguments))
            return followed[-1]

        follow = mp3_tail._follow
        monkeypatch.setattr(mp3_tail, "_follow", noting)
        assert mp3_excerpt(open_source(data), stated, count // 2, count, PLENTY) is None
        assert sum(len(starts) for starts, _ in followed) < 6 * count

    def test_not_more_than_asked_for(self, files):
        source = open_source(files((44_100, 2, "V")))
        stated = stated_length(source)
        with_margin = mp3_excerpt(source, stated, 50, 60, PLENTY)
        assert 18 <= with_margin.mpeg_frames <= 30


def _padded(frames):
    result, owed = [], 0
    for frame in frames:
        owed += 144_000 * 128 % 44_100
        pads = owed >= 44_100
        owed -= 44_100 * pads
        body = (frame + b"\0")[: 417 + pads]
        result.append(body[:2] + (b"\x92" if pads else b"\x90") + body[3:])
    return result


def test_a_read_that_fails_is_raised(files):
    """What serves the bytes breaks off: to libsndfile that looks like the end."""

    class Remote:
        def open(self):
            return BreakingBytes(data)

    data = files((44_100, 2, "C"))
    source = replace(open_source(data), data=None, remote=Remote())
    container = sniff(source.head)

    def take():
        with BACKEND.open(source, container, 0) as stream:
            for _ in stream.blocks(0, None):
                pass

    assert stated_length(open_source(data)).end_bytes > 60_000
    with pytest.raises(SourceUnreadable, match="cannot be read to its end"):
        take()
