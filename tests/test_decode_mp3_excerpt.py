"""Which part of an MP3 a span needs: frames, their reservoir, and no more."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mp3_parts import CASES, frames_of, write_mp3

from audiokit.decode import mp3_tail
from audiokit.decode.backend import CannotDecode
from audiokit.decode.mp3_header import StatedLength, layer3_frame_bytes, stated_length
from audiokit.decode.mp3_tail import Excerpt, mp3_excerpt
from audiokit.decode.source import Source, open_source

pytest_plugins = ("mp3_parts",)

PLENTY = 1 << 30


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


class TestExcerpt:
    @pytest.mark.parametrize("case", CASES, ids=str)
    def test_it_holds_the_very_frames(self, long_mp3s, case):
        data = long_mp3s(case)
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

    def test_at_a_constant_bit_rate_the_beginning_is_not_read(self, long_mp3s):
        source, handles = open_source(long_mp3s((44_100, 2, "C"))), []
        stated = stated_length(source)
        served = in_parts(source, handles)
        first = stated.mpeg_frames - 20
        assert mp3_excerpt(served, stated, first, PLENTY, PLENTY) == mp3_excerpt(source, stated, first, PLENTY, PLENTY)
        assert handles[0].count < source.size_bytes / 4

    def test_at_a_variable_one_it_would_be(self, long_mp3s):
        source, handles = open_source(long_mp3s((44_100, 2, "V"))), []
        stated = stated_length(source)
        assert mp3_excerpt(in_parts(source, handles), stated, stated.mpeg_frames - 20, PLENTY, PLENTY) is None
        assert handles[0].count < 4000

    @pytest.mark.parametrize("mode", ["C", "V"])
    def test_what_contradicts_itself_is_left_alone(self, long_mp3s, mode):
        data = long_mp3s((44_100, 2, mode))
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
    def test_damage(self, long_mp3s, mode):
        header, frames = frames_of(long_mp3s((44_100, 2, mode)))
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

    def test_not_more_than_asked_for(self, long_mp3s):
        source = open_source(long_mp3s((44_100, 2, "V")))
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
