"""libsndfile's streams: every span is the slice of the whole to the last bit, and threads do not meet."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from soundfile_parts import BACKEND, MP3, OTHERS, RATES_MPEG1, decode, opened, sound

from audiokit.decode import soundfile_stream
from audiokit.decode.backend import CannotDecode
from audiokit.decode.sniff import sniff
from audiokit.decode.source import open_source

pytest_plugins = ("soundfile_parts",)

FROM_BLOCKS = [  # exact from anywhere, but not said to be cheap
    (f"{kind}-{subtype}".lower(), kind, subtype, rate, 1, None, None)
    for kind, subtype, rate in (
        ("CAF", "ALAC_16", 44_100),
        ("AIFF", "IMA_ADPCM", 44_100),
        ("AIFF", "GSM610", 8_000),
        ("OGG", "OPUS", 48_000),
    )
]


def ids(cases):
    return [case[0] for case in cases]


ALL = MP3 + OTHERS + FROM_BLOCKS


@pytest.mark.parametrize("case", ALL, ids=ids(ALL))
def test_the_whole_is_what_libsndfile_reads_at_once(sources, case):
    source, whole = sources(case)
    try:
        with soundfile.SoundFile(source.path) as file:
            expected = file.read(file.frames, dtype="float32", always_2d=True).T if file.seekable() else None
    except soundfile.LibsndfileError:
        expected = None
    if case[1] == "MP3":  # soundfile.read goes to the beginning first, and libmpg123's sums tell
        expected = soundfile.read(source.path, dtype="float32", always_2d=True)[0].T
    if expected is not None:
        np.testing.assert_array_equal(whole, expected)
    _, stream = decode(source)
    assert (stream.channels, stream.sample_rate) == (case[4], case[3])
    assert stream.frames in (None, whole.shape[1])
    assert (stream.warnings, stream.lost) == ([], [])
    assert stream.splits == (case in OTHERS or (case[3] in RATES_MPEG1 and case in MP3))
    assert stream.frames is not None or not stream.splits


@pytest.mark.parametrize("case", ALL, ids=ids(ALL))
def test_a_span_is_the_slice_of_the_whole(sources, case, capfd):
    source, whole = sources(case)
    length = whole.shape[1]

    @settings(max_examples=max(12, settings.default.max_examples * 3 // 5))
    @given(start=st.integers(0, length + 10), size=st.one_of(st.none(), st.integers(0, 3000), st.integers(0, length)))
    def check(start, size):
        stop = None if size is None else start + size
        part, stream = decode(source, start, stop)
        np.testing.assert_array_equal(part, whole[:, start:stop])
        assert (stream.warnings, stream.lost) == ([], [])

    check()
    assert capfd.readouterr().err == ""  # libmpg123 comments on a seek that it does not get right


def test_every_mp3_frame_is_a_place_to_begin(sources):
    """Lowest bit rate, 48 kHz: the longest way back into the bit reservoir, in frames."""
    for case in MP3:
        if case[3] == 48_000 and case[5] == "LOWEST":
            source, whole = sources(case)
            for start in range(0, whole.shape[1] - 600, 576):
                np.testing.assert_array_equal(decode(source, start, start + 600)[0], whole[:, start : start + 600])


def test_threads_read_one_file_side_by_side(sources):
    for case in (MP3[0], OTHERS[0], OTHERS[4], MP3[-1]):
        source, whole = sources(case)
        generator = np.random.default_rng(0)
        spans = [sorted(generator.integers(0, whole.shape[1], 2).tolist()) for _ in range(64)]
        with ThreadPoolExecutor(8) as pool:
            parts = list(pool.map(lambda span, of=source: decode(of, *span)[0], spans))
        for (start, stop), part in zip(spans, parts, strict=True):
            np.testing.assert_array_equal(part, whole[:, start:stop])


def test_failures_of_threads_keep_to_themselves(sources):
    source, whole = sources(OTHERS[0])
    noise = open_source(b"fLaC" + np.random.default_rng(0).bytes(4000))

    def one(index):
        if index % 2:
            with pytest.raises(CannotDecode):
                decode(noise)
            return True
        return np.array_equal(decode(source, 100, 900)[0], whole[:, 100:900])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(200)))


def test_bytes_in_memory_are_read_alike(sources):
    for case in (MP3[0], OTHERS[0], OTHERS[4]):
        source, whole = sources(case)
        with source.open() as handle:
            memory = open_source(handle.read())
        np.testing.assert_array_equal(decode(memory)[0], whole)
        np.testing.assert_array_equal(decode(memory, 40_000, 50_000)[0], whole[:, 40_000:50_000])


def test_blocks_share_one_buffer(sources):
    source, _ = sources(OTHERS[0])
    with opened(source) as stream:
        blocks = list(stream.blocks(1000, None))
    assert len(blocks) > 3
    assert all(block.dtype == np.float32 and block.shape[0] == 2 for block in blocks)
    assert len({block.__array_interface__["data"][0] for block in blocks}) == 1
    assert blocks[0].size <= 65_536


class TestShort:
    """What is short comes in one block; read in many, it is the same."""

    @staticmethod
    def in_blocks(source, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(soundfile_stream, "_MOST_VALUES_IN_ONE", 0)
            return decode(source)

    @pytest.mark.parametrize("kind", ["FLAC", "MP3", "AIFF", "OGG"])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_it_comes_in_one(self, kind, channels, tmp_path, monkeypatch):
        path = tmp_path / "short"
        soundfile.write(path, sound(44_100, channels, 1.7).T, 44_100, format=kind)
        source = open_source(path)
        whole, stream = self.in_blocks(source, monkeypatch)
        assert (stream.warnings, stream.lost) == ([], [])
        np.testing.assert_array_equal(decode(source)[0], whole)
        with opened(source) as stream:
            count = sum(1 for _ in stream.blocks(0, None))
            assert (count == 1) is (kind != "OGG")  # whose pages are checked on the way
        for start, stop in ((0, 100), (20_000, 60_000), (1, None)):
            np.testing.assert_array_equal(decode(source, start, stop)[0], whole[:, start:stop])

    @pytest.mark.parametrize("kind", ["FLAC", "MP3", "AIFF"])
    @pytest.mark.parametrize("in_memory", [False, True])
    @pytest.mark.parametrize("seed", range(8))
    def test_damage_is_the_same(self, kind, in_memory, seed, tmp_path, monkeypatch):
        generator = np.random.default_rng(seed)
        path = tmp_path / "damaged"
        soundfile.write(path, sound(32_000, 2, 2.5).T, 32_000, format=kind)
        data = bytearray(path.read_bytes())
        if seed % 2:
            del data[int(generator.integers(len(data) // 4, len(data))) :]
        for at in generator.integers(len(data) // 4, len(data), 1 + seed // 2):
            data[at : at + 40] = generator.bytes(len(data[at : at + 40]))
        path.write_bytes(data)
        source = open_source(bytes(data) if in_memory else path)
        try:
            wanted, told = self.in_blocks(source, monkeypatch)
        except CannotDecode:
            with pytest.raises(CannotDecode):
                decode(source)
            return
        samples, stream = decode(source)
        np.testing.assert_array_equal(samples, wanted)
        assert (stream.warnings, stream.lost) == (told.warnings, told.lost)

    def test_a_failure_in_the_middle_leaves_what_came_before(self, tmp_path, monkeypatch):
        """An error tells nothing of how far libsndfile got, so that the file is read again, in blocks."""
        path = tmp_path / "short"
        soundfile.write(path, sound(44_100, 2, 1.5).T, 44_100, format="FLAC")
        source = open_source(path)
        whole, _ = decode(source)
        original = soundfile.SoundFile.buffer_read_into

        def failing(file, buffer, dtype):
            position = file.tell()
            if position + len(buffer) > 40_000:
                raise soundfile.LibsndfileError(1)
            return original(file, buffer, dtype)

        monkeypatch.setattr(soundfile.SoundFile, "buffer_read_into", failing)
        monkeypatch.setattr(soundfile_stream, "_BLOCK_VALUES", 4096)
        wanted, told = self.in_blocks(source, monkeypatch)
        assert wanted.shape[1] > 30_000
        samples, stream = decode(source)
        np.testing.assert_array_equal(samples, wanted)
        np.testing.assert_array_equal(samples, whole[:, : samples.shape[1]])
        assert (stream.warnings, stream.lost) == (told.warnings, told.lost)
        assert "gives up" in stream.warnings[0]
        assert not stream.held  # both are closed


def test_a_track_that_is_not_there(sources):
    source, _ = sources(OTHERS[0])
    with pytest.raises(CannotDecode) as caught, opened(source, track=1):
        pass
    assert caught.value.no_audio_track
    with pytest.raises(CannotDecode):
        BACKEND.info(source, sniff(source.head), 1)


def test_samples_that_are_no_numbers_are_counted(tmp_path):
    samples = np.zeros((2, 100_000), np.float32)
    samples[0, 5], samples[1, 70_000] = np.nan, np.inf
    soundfile.write(tmp_path / "a.aiff", samples.T, 8000, format="AIFF", subtype="FLOAT")
    source = open_source(tmp_path / "a.aiff")
    assert decode(source)[1].warnings == ["2 samples are not finite numbers."]
    assert decode(source, 6, 70_000)[1].warnings == []


def test_info_and_version(sources):
    source, whole = sources(MP3[0])
    found = BACKEND.info(source, sniff(source.head), 0)
    assert (found.codec, found.frames, found.backend) == ("mp3", whole.shape[1], "soundfile")
    assert BACKEND.version == soundfile.__libsndfile_version__


def test_real_files_give_what_libsndfile_reads_at_once(corpus, manifest):
    checked = 0
    for row in manifest:
        path = corpus / row["path"]
        if path.suffix not in (".mp3", ".flac", ".ogg", ".aiff", ".aif") or path.stat().st_size > 1e6:
            continue
        source = open_source(path) if path.stat().st_size else None
        try:
            whole, stream = decode(source) if source else (None, None)
        except CannotDecode:
            continue
        if whole is None or whole.nbytes > 5e7:
            continue
        expected = soundfile.read(path, dtype="float32", always_2d=True)[0].T
        np.testing.assert_array_equal(whole, expected, err_msg=row["path"])
        assert stream.lost == []
        middle = whole.shape[1] // 2
        np.testing.assert_array_equal(decode(source, middle, middle + 5000)[0], whole[:, middle : middle + 5000])
        checked += 1
    assert checked > 20


if sys.platform == "win32":  # descriptors go through callbacks there; the rest is the same
    pytestmark = pytest.mark.filterwarnings("default")
