"""A span far into an MP3 is decoded from a part of the file: the sound of it, to the last bit."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mp3_parts import CASES, frames_of, write_mp3

import audiokit
from audiokit.decode import soundfile_mp3
from audiokit.decode.mp3_header import stated_length
from audiokit.decode.mp3_tail import mp3_excerpt
from audiokit.decode.sniff import sniff
from audiokit.decode.soundfile_backend import SoundFileBackend
from audiokit.decode.source import open_source
from audiokit.errors import SourceUnreadable

pytest_plugins = ("mp3_parts",)

BACKEND = SoundFileBackend()


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


class BreakingBytes(io.BytesIO):
    def read(self, size=-1):
        if 40_000 < self.tell() < 60_000:
            raise OSError(5, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_span_is_the_slice_of_the_whole(long_mp3s, excerpts, tmp_path, case, capfd):
    path = tmp_path / "sound.mp3"
    path.write_bytes(long_mp3s(case))
    sources = [open_source(path), open_source(long_mp3s(case))]
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


def test_sides_alike_and_different_are_in_the_files(long_mp3s):
    """Joint stereo, with the middle and the side coded in some frames and the channels in others."""
    for mode in "CV":
        kinds = {frame[3] >> 6 << 4 | frame[3] >> 4 & 2 for frame in frames_of(long_mp3s((44_100, 2, mode)))[1]}
        assert kinds == {0x10, 0x12}


@pytest.mark.parametrize("by_descriptor", [True, False])
def test_without_a_file_in_memory(long_mp3s, excerpts, monkeypatch, by_descriptor):
    if not by_descriptor:
        monkeypatch.setattr(soundfile_mp3, "in_memory_file", lambda _: None)
    source = open_source(long_mp3s(CASES[-1]))
    whole = decode(source)
    np.testing.assert_array_equal(decode(source, 200_000, 230_000), whole[:, 200_000:230_000])
    monkeypatch.setattr(soundfile_mp3, "_MP3_LARGEST_BY_CALLS_BYTES", 0)
    np.testing.assert_array_equal(decode(source, 200_000, 230_000), whole[:, 200_000:230_000])
    assert all(excerpts)


@pytest.mark.parametrize("mode", ["C", "V"])
def test_damage_before_a_span_does_not_shift_it(long_mp3s, excerpts, mode, capfd):
    """The frames that were lost are counted: the span is where the whole has it."""
    data = long_mp3s((44_100, 2, mode))
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


def test_a_read_that_fails_is_raised(long_mp3s):
    """What serves the bytes breaks off: to libsndfile that looks like the end."""

    class Remote:
        def open(self):
            return BreakingBytes(data)

    data = long_mp3s((44_100, 2, "C"))
    source = replace(open_source(data), data=None, remote=Remote())
    container = sniff(source.head)

    def take():
        with BACKEND.open(source, container, 0) as stream:
            for _ in stream.blocks(0, None):
                pass

    assert stated_length(open_source(data)).end_bytes > 60_000
    with pytest.raises(SourceUnreadable, match="cannot be read to its end"):
        take()
