"""libsndfile's streams: every span is the slice of the whole to the last bit, and damage is told."""

from __future__ import annotations

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit.decode import soundfile_stream
from audiokit.decode.backend import CannotDecode
from audiokit.decode.ogg_pages import walk_pages
from audiokit.decode.sniff import sniff
from audiokit.decode.soundfile_backend import SoundFileBackend
from audiokit.decode.source import open_source
from audiokit.decode.vorbis_start import first_granule

BACKEND = SoundFileBackend()


def opened(source, track=0):
    return BACKEND.open(source, sniff(source.head), track)


def decode(source, start=0, stop=None):
    """(samples, stream) of a span, copied block by block."""
    with opened(source) as stream:
        blocks = [block.copy() for block in stream.blocks(start, stop)]
        samples = np.concatenate(blocks, axis=1) if blocks else np.zeros((stream.channels, 0), np.float32)
        return samples, stream


def sound(sample_rate, channels, seconds=3.0):
    """Chirps, noise and stretches of silence: a variable bit rate has to vary, and the bit reservoir to fill."""
    frames = int(sample_rate * seconds)
    time = np.arange(frames) / sample_rate
    generator = np.random.default_rng(sample_rate + channels)
    high = sample_rate / 5
    rows = [
        0.4 * np.sin(2 * np.pi * (150 * (row + 1) * time + (high / seconds) * time**2 / (row + 2)))
        for row in range(channels)
    ]
    samples = np.stack(rows) + 0.03 * generator.standard_normal((channels, frames))
    samples[:, frames // 4 : frames // 3] = 0
    samples[:, frames // 2 : frames * 5 // 8] *= 0.001
    return (0.9 * samples).astype(np.float32)


RATES_MPEG1, RATES_MPEG2 = (32_000, 44_100, 48_000), (8_000, 11_025, 12_000, 16_000, 22_050, 24_000)
MP3 = [
    (f"{rate}-{channels}-{mode.lower()}", "MP3", "MPEG_LAYER_III", rate, channels, mode, level)
    for rate in RATES_MPEG1 + RATES_MPEG2
    for channels in (1, 2)
    for mode, level in (("LOWEST", None), ("CONSTANT", 0.7), ("VARIABLE", 0.5))
    if rate in RATES_MPEG1 or mode != "CONSTANT"
]
OTHERS = [
    (f"{kind}-{subtype}-{rate}-{channels}".lower(), kind, subtype, rate, channels, None, None)
    for kind, subtype, rate, channels in (
        ("FLAC", "PCM_16", 44_100, 2),
        ("FLAC", "PCM_24", 96_000, 1),
        ("FLAC", "PCM_24", 16_000, 8),
        ("FLAC", "PCM_S8", 8_000, 1),
        ("OGG", "VORBIS", 44_100, 2),
        ("OGG", "VORBIS", 8_000, 1),
        ("OGG", "VORBIS", 16_000, 2),
        ("OGG", "VORBIS", 48_000, 6),
        ("AIFF", "PCM_24", 44_100, 2),
        ("AIFF", "FLOAT", 22_050, 3),
        ("AU", "PCM_16", 8_000, 1),
        ("AU", "ULAW", 8_000, 1),
        ("CAF", "PCM_32", 48_000, 2),
        ("W64", "DOUBLE", 48_000, 2),
        ("W64", "PCM_16", 44_100, 40),
    )
]
FROM_BLOCKS = [  # exact from anywhere, but not said to be cheap
    (f"{kind}-{subtype}".lower(), kind, subtype, rate, 1, None, None)
    for kind, subtype, rate in (
        ("CAF", "ALAC_16", 44_100),
        ("AIFF", "IMA_ADPCM", 44_100),
        ("AIFF", "GSM610", 8_000),
        ("OGG", "OPUS", 48_000),
    )
]


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Name -> source, made when it is asked for."""
    folder = tmp_path_factory.mktemp("libsndfile")
    made = {}

    def make(case):
        name, kind, subtype, rate, channels, mode, level = case
        if name not in made:
            path = folder / name
            if mode == "LOWEST":
                _lowest_mp3(path, sound(rate, channels), rate)
            else:
                options = {} if mode is None else {"bitrate_mode": mode, "compression_level": level}
                soundfile.write(path, sound(rate, channels).T, rate, format=kind, subtype=subtype, **options)
            source = open_source(path)
            made[name] = source, decode(source)[0]
        return made[name]

    return make


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


class TestFlac:
    @pytest.mark.parametrize("channels", [1, 2, 8])
    def test_blocks_of_any_size_without_a_seek_table(self, channels):
        """24 bit, verbatim, block sizes at random: a seek has nothing to go by but the frames."""
        generator = np.random.default_rng(channels)
        sizes = generator.integers(16, 3000, 40).tolist()
        samples = generator.integers(-(2**23), 2**23, (channels, sum(sizes)), dtype=np.int64)
        source = open_source(_verbatim_flac(samples, sizes))
        whole, stream = decode(source)
        np.testing.assert_array_equal(whole, (samples / 2**23).astype(np.float32))
        assert (stream.frames, stream.splits) == (sum(sizes), True)
        for start in generator.integers(0, sum(sizes), 30).tolist():
            np.testing.assert_array_equal(decode(source, start, start + 500)[0], whole[:, start : start + 500])

    def test_without_a_stated_length(self):
        samples = np.random.default_rng(0).integers(-(2**23), 2**23, (1, 20_000), dtype=np.int64)
        source = open_source(_verbatim_flac(samples, [1000] * 20, stated=0))
        whole, stream = decode(source)
        assert (stream.frames, stream.splits) == (None, False)
        np.testing.assert_array_equal(whole, (samples / 2**23).astype(np.float32))
        np.testing.assert_array_equal(decode(source, 7777, 9999)[0], whole[:, 7777:9999])

    def test_a_length_beyond_belief_is_not_believed(self):
        samples = np.zeros((1, 2000), np.int64)
        source = open_source(_verbatim_flac(samples, [1000] * 2, stated=2**35))
        whole, stream = decode(source)
        assert stream.frames is None
        assert whole.shape[1] <= 2000
        assert any("damaged" in warning for warning in stream.warnings)
        assert stream.lost

    def test_damage_in_the_middle_shortens_it(self, sources):
        source, whole = sources(OTHERS[0])
        with source.open() as handle:
            data = bytearray(handle.read())
        data[len(data) // 2 : len(data) // 2 + 600] = bytes(600)
        part, stream = decode(open_source(bytes(data)))
        assert part.shape[1] < stream.frames == whole.shape[1]
        np.testing.assert_array_equal(part, whole[:, : part.shape[1]])
        assert any("damaged" in warning for warning in stream.warnings)

    def test_the_checksums_of_real_files(self, corpus):
        files = sorted((corpus / "codec" / "flac_ietf").glob("*.flac"))
        assert files
        for path in files:
            source = open_source(path)
            samples, _ = decode(source)
            bits = 1 + ((source.head[20] & 1) << 4 | source.head[21] >> 4)
            width = (bits + 7) // 8
            integers = (samples.T.astype(np.float64) * 2 ** (bits - 1)).astype("<i4")
            packed = np.ascontiguousarray(integers)[..., None].view(np.uint8)[..., :width]
            assert hashlib.md5(packed.tobytes()).digest() == source.head[26:42], path.name


class TestMp3:
    def test_two_files_in_one_go_to_a_decoder_that_counts(self, sources):
        source, _ = sources(MP3[0])
        with source.open() as handle:
            data = handle.read()
        with pytest.raises(CannotDecode, match="goes on"):
            decode(open_source(data + data))
        tagged, stream = decode(open_source(data + b"TAG" + bytes(125)))
        assert tagged.shape[1] == stream.frames

    def test_without_a_stated_length(self, sources):
        source, _ = sources(MP3[0])
        with source.open() as handle:
            data = bytearray(handle.read())
        at = max(data.find(b"Xing"), data.find(b"Info"))
        data[at : at + 4] = bytes(4)
        with pytest.raises(CannotDecode, match="true length"):
            decode(open_source(bytes(data)))
        with pytest.raises(CannotDecode, match="true length"):
            decode(open_source(source.head[:3000]))

    def test_a_length_beyond_belief_is_not_believed(self, sources):
        source, whole = sources(MP3[0])
        with source.open() as handle:
            data = bytearray(handle.read())
        at = max(data.find(b"Xing"), data.find(b"Info"))
        data[at + 8 : at + 12] = b"\xff\xff\xff\xff"
        part, stream = decode(open_source(bytes(data)))
        assert (stream.frames, stream.splits) == (None, False)
        assert whole.shape[1] <= part.shape[1] < whole.shape[1] + 3000
        assert stream.warnings
        assert stream.lost

    @pytest.mark.parametrize("delay", [0, 1, 576, 622, 623, 700, 1105, 1728, 4000])
    @pytest.mark.parametrize("rate", [48_000, 44_100, 24_000])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_any_delay_gives_what_libsndfile_reads_after_a_seek(self, tmp_path, rate, channels, delay):
        """Without a seek to the beginning its filter may be at another turn; where it is not, no seek is made."""
        path = tmp_path / "a.mp3"
        soundfile.write(path, sound(rate, channels, 1.0).T, rate, format="MP3", subtype="MPEG_LAYER_III")
        data = bytearray(path.read_bytes())
        at = max(data.find(b"Xing"), data.find(b"Info"))
        assert data[at + 7] & 0xF == 0xF
        data[at + 141 : at + 144] = (delay << 12 | 500).to_bytes(3, "big")
        path.write_bytes(data)
        with soundfile.SoundFile(path) as file:
            file.seek(0)
            file.seekable = lambda: False
            wanted = np.empty((file.frames, file.channels), np.float32)
            got = file.buffer_read_into(wanted, dtype="float32")
        np.testing.assert_array_equal(decode(open_source(path))[0], wanted[:got].T)

    @pytest.mark.parametrize("more", [b"", b"\xff", b"\xff\xfb\x90", b"\xff\xfb\x90\x00", b"ID3" + bytes(7)])
    def test_bytes_behind_the_end_are_not_more_of_it(self, sources, more):
        source, whole = sources(MP3[0])
        with source.open() as handle:
            data = handle.read()
        np.testing.assert_array_equal(decode(open_source(data + more))[0], whole)

    def test_a_delay_that_is_not_stated_is_no_obstacle(self, sources):
        """A Xing header without the encoder's part: spans are exact all the same, and begin where they should."""
        source, _ = sources(MP3[0])
        with source.open() as handle:
            data = bytearray(handle.read())
        at = max(data.find(b"Xing"), data.find(b"Info"))
        data[at + 120 : at + 156] = bytes(36)
        plain = open_source(bytes(data))
        whole, stream = decode(plain)
        assert stream.splits
        for start in (30_000, 50_001, 70_123):
            np.testing.assert_array_equal(decode(plain, start, start + 999)[0], whole[:, start : start + 999])


class TestOgg:
    def test_several_streams_are_ffmpegs(self, sources):
        data, pages = _pages_of(sources(OTHERS[5])[0])
        second = [_changed(one, serial=99) for one in pages]
        side_by_side = b"".join(one for pair in zip(pages, second, strict=True) for one in pair)
        for several in (data + b"".join(second), side_by_side):
            for question in (decode, lambda source: BACKEND.info(source, sniff(source.head), 0)):
                with pytest.raises(CannotDecode, match="several"):
                    question(open_source(several))

    def test_a_recording_cut_from_a_broadcast_begins_where_it_begins(self, sources):
        source, whole = sources(OTHERS[4])
        _, pages = _pages_of(source)
        later = open_source(b"".join(_changed(one, later=10**7) for one in pages))
        assert first_granule(later, walk_pages(later)) == 10**7
        for start, stop in ((0, None), (60_000, 70_000), (whole.shape[1] - 900, None), (100_000, 100_001)):
            part, stream = decode(later, start, stop)
            np.testing.assert_array_equal(part, whole[:, start:stop])
            assert (stream.warnings, stream.frames) == ([], whole.shape[1])
        joined = open_source(b"".join(pages[:2] + pages[5:]))
        tail, stream = decode(joined)
        assert (stream.frames, stream.warnings, stream.lost) == (tail.shape[1], [], [])
        np.testing.assert_array_equal(tail[:, -5000:], whole[:, -5000:])
        np.testing.assert_array_equal(decode(joined, 30_000, 40_000)[0], tail[:, 30_000:40_000])

    def test_samples_to_be_dropped_at_the_beginning_are_not_libsndfiles(self, sources):
        _, pages = _pages_of(sources(OTHERS[4])[0])
        with pytest.raises(CannotDecode, match="dropped"):
            decode(open_source(b"".join(_changed(one, later=-100) for one in pages)))

    @pytest.mark.parametrize("which", [3, 6, -1])
    def test_a_damaged_page_is_told_with_its_time(self, sources, which):
        source, whole = sources(OTHERS[4])
        data, pages = _pages_of(source)
        found = walk_pages(source)
        which %= len(pages)
        broken = bytearray(data)
        broken[found.starts[which] + 300] ^= 0x10
        damaged = open_source(bytes(broken))
        _, stream = decode(damaged)
        assert "1 of" in stream.warnings[0]
        rate = stream.sample_rate
        expected = [(found.granules[which - 1] / rate, found.granules[which] / rate)]
        assert [(span.start_seconds, span.end_seconds) for span in stream.lost] == expected
        before, stream = decode(damaged, 0, 4000)  # what is not read is nobody's business
        np.testing.assert_array_equal(before, whole[:, :4000])

    def test_damage_is_known_before_the_sound_around_it_is_given_out(self, sources):
        source, _ = sources(OTHERS[4])
        data, _ = _pages_of(source)
        found = walk_pages(source)
        broken = bytearray(data)
        broken[found.starts[5] + 300] ^= 0x10
        with opened(open_source(bytes(broken))) as stream:
            taken = 0
            for block in stream.blocks(0, None):
                taken += block.shape[1]
                if taken > found.granules[4]:
                    break
            assert stream.lost


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


def _lowest_mp3(path, samples, sample_rate):
    """The lowest constant bit rate that there is: FFmpeg makes room for the header that LAME itself leaves out."""
    import av

    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=sample_rate)
        stream.layout = "mono" if len(samples) == 1 else "stereo"
        stream.bit_rate = 32_000 if sample_rate in RATES_MPEG1 else 8_000
        size = stream.codec_context.frame_size or 1152
        for start in range(0, samples.shape[1], size):
            part = np.ascontiguousarray(samples[:, start : start + size])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=stream.layout.name)
            frame.sample_rate, frame.pts = sample_rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _pages_of(source):
    with source.open() as handle:
        data = handle.read()
    found = walk_pages(source)
    return data, [data[start:end] for start, end in zip(found.starts, found.ends, strict=True)]


def _changed(one, *, serial=None, later=0):
    """An Ogg page with another serial number, or at a later time."""
    from audiokit.decode import ogg_pages

    granule = int.from_bytes(one[6:14], "little", signed=True)
    granule += later if granule > 0 else 0
    number = one[14:18] if serial is None else serial.to_bytes(4, "little")
    made = bytearray(one[:6] + granule.to_bytes(8, "little", signed=True) + number + one[18:22] + bytes(4) + one[26:])
    mirrored = bytes(made).translate(ogg_pages._MIRRORED)
    register = ogg_pages.zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF
    made[22:26] = register.to_bytes(4, "big").translate(ogg_pages._MIRRORED)
    return bytes(made)


def _crc(data, polynomial, width):
    """The frame's checksums (FLAC, RFC 9639): most significant bit first, start 0."""
    register, top = 0, 1 << (width - 1)
    table = []
    for byte in range(256):
        value = byte << (width - 8)
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & top else 0)) & (1 << width) - 1
        table.append(value)
    for byte in data:
        register = ((register << 8) & (1 << width) - 1) ^ table[register >> (width - 8) ^ byte]
    return register.to_bytes(width // 8, "big")


def _verbatim_flac(samples, sizes, *, stated=None):
    """24-bit FLAC with a frame for each size, every sample as it stands (RFC 9639); no seek table, no checksum."""
    channels, total = samples.shape
    stated = total if stated is None else stated
    low, high = (min(sizes), max(sizes))
    packed = 44_100 << 44 | (channels - 1) << 41 | 23 << 36 | stated % 2**36
    info = low.to_bytes(2, "big") + high.to_bytes(2, "big") + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    out = [b"fLaC", b"\x80", len(info).to_bytes(3, "big"), info]
    at = 0
    for size in sizes:
        header = bytes([0xFF, 0xF9, 0x70, (channels - 1) << 4 | 6 << 1]) + _utf8(at) + (size - 1).to_bytes(2, "big")
        header += _crc(header, 0x07, 8)
        rows = np.ascontiguousarray(samples[:, at : at + size].astype(">i4")).view(np.uint8).reshape(channels, size, 4)
        frame = header + b"".join(b"\x02" + row[:, 1:].tobytes() for row in rows)
        out.append(frame + _crc(frame, 0x8005, 16))
        at += size
    return b"".join(out)


def _utf8(number):
    """A sample number in the way of UTF-8."""
    if number < 128:
        return bytes([number])
    length = next(length for length in range(2, 8) if number < 1 << (5 * length + 1))
    first = (0xFF << (8 - length)) & 0xFF
    return bytes([first | number >> (6 * (length - 1))]) + bytes(
        0x80 | number >> (6 * part) & 63 for part in range(length - 2, -1, -1)
    )


if sys.platform == "win32":  # descriptors go through callbacks there; the rest is the same
    pytestmark = pytest.mark.filterwarnings("default")
