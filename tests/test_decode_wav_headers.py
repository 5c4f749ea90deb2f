"""Headers of WAV files: chunks, 64 bits, streamed, cut, hostile; believed only as far as the file goes."""

from __future__ import annotations

import struct
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wav_parts import GUID_TAIL, RATE, chunk, drain, fmt, info, wav

from audiokit.decode.backend import CannotDecode
from audiokit.decode.sniff import sniff
from audiokit.decode.source import open_source
from audiokit.decode.truncation import truncation_warning
from audiokit.decode.wav_backend import WavBackend
from audiokit.decode.wav_header import read_header


def refusal(source) -> CannotDecode:
    with pytest.raises(CannotDecode) as caught:
        drain(source)
    with pytest.raises(CannotDecode):
        info(source)
    return caught.value


SOUND = np.arange(1, 101, dtype="<i2")


@pytest.mark.parametrize("before", [b"", chunk(b"LIST", b"INFOodd"), chunk(b"bext", bytes(602)) + chunk(b"JUNK", b"")])
@pytest.mark.parametrize("after", [b"", chunk(b"LIST", b"INFO"), chunk(b"id3 ", bytes(99)), b"\0", b"trailing rubbish"])
@pytest.mark.parametrize("between", [b"", chunk(b"fact", bytes(4)), chunk(b"PAD ", bytes(9001))])
def test_chunks_around_the_sound_are_passed_over(before, after, between):
    file = wav(fmt() + between, SOUND.tobytes(), before=before, after=after)
    got, stream = drain(file)
    np.testing.assert_array_equal(got[0], SOUND / np.float32(32768))
    assert stream.warnings == []


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0xFFFFFF24, 0x7FFFFFFF, 0x7FFFF000])
@pytest.mark.parametrize("riff", [0, 36, 0xFFFFFFFF])
def test_a_streamed_file_goes_to_its_end(size, riff):
    got, stream = drain(wav(fmt(), SOUND.tobytes(), size=size, riff=riff))
    np.testing.assert_array_equal(got[0], SOUND / np.float32(32768))
    assert stream.frames == 100
    assert stream.warnings == []


@pytest.mark.parametrize(
    ("size", "riff", "wanted"),
    [
        (0x7FFFEFFC, 0x7FFFF020, None),  # a frame of 6 bytes does not divide 0x7FFFF000
        (0xFFFFFFFF, 0xFFFFFFFF, None),
        (0x7FFFEFFC - 6, 0x7FFFF020, (0x7FFFEFFC - 6) // 6),
        (0x7FFFEFFC, 3_000_000_000 - 8, 0x7FFFEFFC // 6),  # the whole states its true length: so does the sound
    ],
)
def test_streamed_files_beyond_two_gigabytes(size, riff, wanted):
    file = wav(fmt(channels=2, width=3), b"", size=size, riff=riff)
    header = read_header(lambda position, length: file[position : position + length], 3_000_000_000)
    assert header.frames == ((3_000_000_000 - 44) // 6 if wanted is None else wanted)


def test_a_file_that_truly_holds_no_sound_does_not_play_its_tags():
    file = wav(fmt(), b"", after=chunk(b"LIST", b"INFOISFT" + bytes(400)))
    got, stream = drain(file)
    assert got.shape == (1, 0)
    assert stream.frames == 0
    assert info(file).duration_seconds == 0.0


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
@pytest.mark.parametrize(
    ("data_64", "size", "riff_64", "frames"),
    [
        (200, 0xFFFFFFFF, 1000, 100),
        (200, 0, 1000, 100),
        (0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF, 0, 102),  # a recorder that was switched off
        (0, 0xFFFFFFFF, 0, 102),
        (7, 200, 1000, 100),  # 64-bit sizes count where the 32-bit one is left open
        (1 << 40, 0xFFFFFFFF, 1000, 102),
    ],
)
def test_rf64(magic, data_64, size, riff_64, frames):
    ds64 = chunk(b"ds64", struct.pack("<QQQI", riff_64, data_64, 100, 0))
    file = wav(fmt(), SOUND.tobytes(), magic=magic, size=size, riff=0xFFFFFFFF, before=ds64, after=b"tail")
    got, stream = drain(file)
    assert stream.frames == frames
    np.testing.assert_array_equal(got[0, :100], SOUND / np.float32(32768))


def test_rf64_names_other_long_chunks_in_a_table():
    table = struct.pack("<QQQI", 1000, 200, 100, 1) + b"axml" + struct.pack("<Q", 50)
    before = chunk(b"ds64", table) + chunk(b"axml", bytes(50), size=0xFFFFFFFF)
    got, _ = drain(wav(fmt(), SOUND.tobytes(), magic=b"BW64", size=0xFFFFFFFF, riff=0xFFFFFFFF, before=before))
    np.testing.assert_array_equal(got[0], SOUND / np.float32(32768))


@pytest.mark.parametrize("missing", [1, 2, 3, 150, 200])
def test_a_cut_file_gives_what_is_there_and_its_length_is_told_once(missing):
    file = wav(fmt(), SOUND.tobytes())[:-missing]
    got, stream = drain(file)
    assert stream.frames == (200 - missing) // 2
    np.testing.assert_array_equal(got[0], SOUND[: stream.frames] / np.float32(32768))
    assert stream.warnings == []  # truncation_warning speaks for every container
    assert "missing" in truncation_warning(open_source(file), "wav")


def test_an_incomplete_last_frame_is_no_frame():
    got, _ = drain(wav(fmt(channels=2), bytes(11), after=chunk(b"LIST", b"abcd")))
    assert got.shape == (2, 2)


def test_a_file_that_shrinks_while_it_is_read_says_so(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(fmt(), bytes(2 * 600_000)))
    opened = open_source(path)
    with WavBackend().open(opened, sniff(opened.head), 0) as stream:
        blocks = stream.blocks(0, None)
        taken = next(blocks).shape[1]
        with open(path, "r+b") as handle:
            handle.truncate(44 + 2 * 400_000)
        taken += sum(block.shape[1] for block in blocks)
    assert taken == 400_000
    assert len(stream.warnings) == 1
    assert "50.000 s" in stream.warnings[0]
    assert [(s.start_seconds, s.end_seconds) for s in stream.lost] == [(50.0, 75.0)]


@pytest.mark.parametrize("width", [2, 4, 8])
def test_samples_that_are_no_numbers_are_counted_over_all_blocks(width):
    samples = np.zeros(200_000, f"<f{width}")
    samples[[5, 70_000, 199_999]] = [np.nan, np.inf, -np.inf]
    expected = 3
    if width == 8:
        samples[9], expected = 1e300, 4  # beyond float32
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got, stream = drain(wav(fmt(3, width=width), samples.tobytes()))
    assert stream.warnings == [f"{expected} samples are not finite numbers."]
    assert np.count_nonzero(~np.isfinite(got)) == expected
    assert drain(wav(fmt(3, width=width), samples.tobytes()), 10, 60_000)[1].warnings == []


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"RIFF", "does not begin"),
        (b"RIFF\x04\0\0\0AVI ", "does not begin"),
        (b"RIFF\x04\0\0\0WAVE", "no data chunk"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "no data chunk"),
        (wav(fmt()[:4] + struct.pack("<I", 8) + bytes(8), bytes(8)), "8 bytes of at least 16"),
        (wav(b"", bytes(8), after=fmt()), "comes before the fmt"),
        (wav(fmt(channels=0, block=2), bytes(8)), "0 channels"),
        (wav(fmt(channels=65_535, width=1), bytes(8)), "65,535 channels"),
        (wav(fmt(rate=0), bytes(8)), "0 Hz"),
        (wav(fmt(block=0), bytes(8)), "contradicts"),
        (wav(fmt(channels=3, width=3, block=4), bytes(8)), "contradicts"),
        (wav(fmt(width=2, block=1), bytes(8)), "contradicts"),
        (wav(fmt(width=9), bytes(18)), "contradicts"),
        (wav(fmt(width=2, bits=0), bytes(8)), "contradicts"),
        (wav(fmt(width=2, bits=8), bytes(8)), "contradicts"),
        (wav(fmt(width=4, bits=24, a_second=RATE * 3), bytes(8)), "contradicts"),
        (wav(fmt(3, width=3), bytes(9)), "contradicts"),
        (wav(fmt(3, width=4, bits=24), bytes(8)), "contradicts"),
        (wav(fmt(7, width=2), bytes(8)), "contradicts"),
        (wav(fmt(0x11, width=1, bits=4), bytes(8)), "IMA ADPCM"),
        (wav(fmt(0x1234), bytes(8)), "0x1234"),
        (wav(fmt(0xFFFE), bytes(8)), "16 bytes of 40"),
        (wav(fmt(guid=b"\1" + bytes(15)), bytes(8)), "sub-format 0100"),
        (wav(fmt(guid=b"\x55\0" + GUID_TAIL), bytes(8)), "MP3"),
        (wav(fmt(), bytes(8), magic=b"RF64", before=chunk(b"ds64", bytes(16))), "ds64"),
        (wav(chunk(b"LIST", b"abcd", size=0xFFFFFFF0) + fmt(), bytes(8)), "no data chunk"),
    ],
)
def test_a_header_that_cannot_be_believed_is_refused_with_its_reason(file, says):
    assert says in refusal(file).reason


def test_another_track_is_none():
    file = wav(fmt(), SOUND.tobytes())
    for ask in (info, lambda source, track: drain(source, track=track)):
        with pytest.raises(CannotDecode) as caught:
            ask(file, track=1)
        assert caught.value.no_audio_track


def test_hostile_sizes_cost_no_memory(tmp_path):
    """Millions of tiny chunks, and claims of terabytes: refused or read for what is there, in little memory."""
    many = tmp_path / "many.wav"
    many.write_bytes(b"RIFF\xff\xff\xff\xffWAVE" + fmt() + b"JUNK\0\0\0\0" * 1_000_000)
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 1 << 61, 1 << 61, 1 << 61, 0xFFFFFFFF))
    huge = tmp_path / "huge.wav"
    huge.write_bytes(wav(fmt(), bytes(20), magic=b"RF64", size=0xFFFFFFFF, riff=0xFFFFFFFF, before=ds64))
    tracemalloc.start()
    try:
        assert "first 10,000 chunks" in refusal(many).reason
        got, stream = drain(huge)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert got.shape == (1, 10)
    assert stream.frames == 10
    assert peak < 6_000_000


def test_a_long_file_passes_through_little_memory(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(fmt(channels=2), bytes(4 * 2_000_000)))
    opened = open_source(path)
    tracemalloc.start()
    try:
        with WavBackend().open(opened, sniff(opened.head), 0) as stream:
            assert sum(block.shape[1] for block in stream.blocks(0, None)) == 2_000_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000


@given(seed=st.integers(0, 2**32 - 1), which=st.integers(0, 5))
def test_mutated_headers_are_refused_or_read(seed, which):
    """Only CannotDecode comes out, and never more frames than there are bytes."""
    sound = bytes(range(256)) * 4
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 1100, 1024, 512, 0))
    files = (
        wav(fmt(), sound), wav(fmt(channels=2, width=3), sound, before=chunk(b"LIST", b"odd")),
        wav(fmt(3, width=4), sound), wav(fmt(7, width=1), sound), wav(fmt(guid=b"\1\0" + GUID_TAIL), sound),
        wav(fmt(), sound, magic=b"RF64", size=0xFFFFFFFF, before=ds64),
    )  # fmt: skip
    generator = np.random.default_rng(seed)
    for _ in range(25):
        file = bytearray(files[which])
        for _ in range(generator.integers(1, 5)):
            at = int(generator.integers(4, 130))
            file[at : at + 1] = bytes([int(generator.choice([0, 1, 0x7F, 0xFF, generator.integers(256)]))])
        cut = bytes(file[: int(generator.integers(1, len(file) + 1))]) if generator.random() < 0.3 else bytes(file)
        try:
            got, stream = drain(cut)
        except CannotDecode:
            continue
        found = info(cut)
        assert found.frames == stream.frames == got.shape[1]
        assert got.shape[0] * got.shape[1] <= len(cut)
        assert stream.lost == []


def test_info_states_the_track():
    found = info(wav(fmt(channels=2, width=3, rate=48_000), bytes(6 * 480)))
    assert (found.container, found.codec, found.backend) == ("wav", "pcm_s24le", "wav")
    assert (found.sample_rate, found.channels, found.frames) == (48_000, 2, 480)
    assert (found.duration_seconds, found.bit_rate_bps) == (0.01, 48_000 * 48)
    assert (found.tracks, found.has_video) == (1, False)
    assert WavBackend().version
