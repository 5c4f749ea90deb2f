"""libsndfile codec by codec: FLAC, MP3 and Ogg, whole and damaged, and damage is told."""

from __future__ import annotations

import hashlib
import sys

import numpy as np
import pytest
import soundfile
from soundfile_parts import BACKEND, MP3, OTHERS, decode, opened, sound

from audiokit.decode.backend import CannotDecode
from audiokit.decode.ogg_pages import walk_pages
from audiokit.decode.sniff import sniff
from audiokit.decode.source import open_source
from audiokit.decode.vorbis_start import first_granule

pytest_plugins = ("soundfile_parts",)


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
