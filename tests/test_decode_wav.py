"""Our own WAV reader against soundfile, SciPy, hand-made headers, and real recordings."""

from __future__ import annotations

import struct
import tracemalloc
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import scipy.io.wavfile
import soundfile
from hypothesis import example, given
from hypothesis import strategies as st

from audiokit.decode.backend import CannotDecode
from audiokit.decode.sniff import sniff
from audiokit.decode.source import open_source
from audiokit.decode.truncation import truncation_warning
from audiokit.decode.wav_backend import WavBackend
from audiokit.decode.wav_header import read_header
from audiokit.decode.wav_samples import g711_table

RATE = 8000
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(name: bytes, content: bytes, *, size: int | None = None, order: str = "<") -> bytes:
    size = len(content) if size is None else size
    return name + struct.pack(order + "I", size) + content + bytes(len(content) & 1)


def fmt(
    tag=1, channels=1, rate=RATE, width=2, bits=None, *, block=None, a_second=None, order="<", extended=b"", guid=None
):
    bits = 8 * width if bits is None else bits
    block = channels * width if block is None else block
    a_second = rate * block if a_second is None else a_second
    if guid is not None:
        extended = struct.pack(order + "HHI", 22, bits, 0) + guid
        tag, bits = 0xFFFE, 8 * width
    return chunk(b"fmt ", struct.pack(order + "HHIIHH", tag, channels, rate, a_second, block, bits) + extended)


def wav(form: bytes, sound: bytes, *, magic=b"RIFF", size=None, riff=None, before=b"", after=b"", order="<") -> bytes:
    body = b"WAVE" + before + form + chunk(b"data", sound, size=size, order=order) + after
    return magic + struct.pack(order + "I", len(body) if riff is None else riff) + body


def big(form: bytes) -> bytes:
    """The chunk's own size, big-endian."""
    return form[:4] + form[7:3:-1] + form[8:]


def drain(source, start=0, stop=None, track=0):
    """(samples, stream) of a span; blocks are copied, for the next one may overwrite them."""
    opened = open_source(source)
    with WavBackend().open(opened, sniff(opened.head), track) as stream:
        blocks = []
        for block in stream.blocks(start, stop):
            assert block.dtype == np.float32
            assert block.shape[0] == stream.channels
            assert block.shape[1] > 0
            blocks.append(block.copy())
        return np.concatenate([np.zeros((stream.channels, 0), np.float32), *blocks], axis=1), stream


def info(source, track=0):
    opened = open_source(source)
    return WavBackend().info(opened, sniff(opened.head), track)


def refusal(source) -> CannotDecode:
    with pytest.raises(CannotDecode) as caught:
        drain(source)
    with pytest.raises(CannotDecode):
        info(source)
    return caught.value


def slow(sound: bytes, kind: str, width: int, channels: int, order: str) -> np.ndarray:
    """The obvious reference: one sample after the other, exactly, in Python's own numbers."""
    samples = []
    for at in range(0, len(sound) // (width * channels) * width * channels, width):
        piece = sound[at : at + width]
        if kind == "float":
            samples.append(struct.unpack(order + {2: "e", 4: "f", 8: "d"}[width], piece)[0])
        else:
            value = int.from_bytes(piece, "big" if order == ">" else "little", signed=width > 1)
            samples.append(Fraction(value - 128 if width == 1 else value, 1 << (8 * width - 1)))
    # From the exact value to float32 in one rounding: a double in between would round twice.
    out = [_nearest_float32(x) if isinstance(x, Fraction) else np.float32(x) for x in samples]
    return np.array(out, np.float32).reshape(-1, channels).T


def _nearest_float32(value: Fraction) -> np.float32:
    guess = np.float32(float(value))
    around = (np.nextafter(guess, np.float32(-2)), guess, np.nextafter(guess, np.float32(2)))
    best = min(abs(Fraction(float(x)) - value) for x in around)
    nearest = [x for x in around if abs(Fraction(float(x)) - value) == best]
    return next((x for x in nearest if x.view(np.uint32) % 2 == 0), nearest[0])  # ties to even


@pytest.mark.parametrize(
    ("container", "endian"), [("WAV", "LITTLE"), ("WAV", "BIG"), ("WAVEX", "LITTLE"), ("RF64", "LITTLE")]
)
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_equals_soundfile_bit_for_bit(tmp_path, rng, container, subtype, channels, endian):
    path = tmp_path / "a.wav"
    samples = rng.uniform(-1.1, 1.1, (70_001, channels))
    samples[:4] = [[0.0], [1.0], [-1.0], [0.5]]
    soundfile.write(path, samples, 44_100, subtype=subtype, endian=endian, format=container)
    expected, rate = soundfile.read(path, dtype="float32", always_2d=True)
    for source in (path, path.read_bytes()):
        got, stream = drain(source)
        np.testing.assert_array_equal(got, expected.T)
        assert (stream.sample_rate, stream.channels, stream.frames) == (rate, channels, 70_001)
        assert (stream.splits, stream.warnings, stream.lost) == (True, [], [])
    found = info(path)
    assert found.frames == 70_001
    order = "be" if endian == "BIG" else "le"
    assert found.codec == {
        "PCM_U8": "pcm_u8", "PCM_16": "pcm_s16" + order, "PCM_24": "pcm_s24" + order, "PCM_32": "pcm_s32" + order,
        "FLOAT": "pcm_f32" + order, "DOUBLE": "pcm_f64" + order, "ULAW": "pcm_mulaw", "ALAW": "pcm_alaw",
    }[subtype]  # fmt: skip


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_equals_scipy(tmp_path, rng, dtype, channels):
    path = tmp_path / "a.wav"
    kind = np.dtype(dtype)
    if kind.kind == "f":
        samples = rng.uniform(-1, 1, (999, channels)).astype(kind)
    else:
        limits = np.iinfo(kind)
        samples = rng.integers(limits.min, limits.max, (999, channels), dtype=kind, endpoint=True)
    scipy.io.wavfile.write(path, 12_345, samples)
    read = scipy.io.wavfile.read(path)[1].reshape(999, channels).T
    expected = read.astype(np.float32)
    if kind.kind != "f":
        expected = (expected - 128) / 128 if dtype == "uint8" else expected / np.float32(2.0 ** (8 * kind.itemsize - 1))
    np.testing.assert_array_equal(drain(path)[0], expected)


@given(
    kind=st.sampled_from(["integer", "float"]),
    width=st.integers(1, 8),
    channels=st.integers(1, 9),
    frames=st.integers(0, 40),
    order=st.sampled_from("<>"),
    in_memory=st.booleans(),
    padding=st.integers(0, 9),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_width_equals_the_slow_reference(
    tmp_path, kind, width, channels, frames, order, in_memory, padding, seed
):
    if kind == "float":
        width = (2, 4, 8)[width % 3]
    sound = np.random.default_rng(seed).integers(0, 256, width * channels * frames, dtype=np.uint8).tobytes()
    tag = 3 if kind == "float" else 1
    form = fmt(tag, channels, width=width, order=order)
    file = wav(
        big(form) if order == ">" else form, sound, magic=b"RIFX" if order == ">" else b"RIFF",
        before=chunk(b"JUNK", bytes(padding), order=order), order=order,
    )  # fmt: skip
    path = tmp_path / "a.wav"
    path.write_bytes(file)
    got, _ = drain(file if in_memory else path)
    with np.errstate(over="ignore", invalid="ignore"):
        np.testing.assert_array_equal(got, slow(sound, kind, width, channels, order))


FORMS = [(1, width) for width in range(1, 9)] + [(3, 2), (3, 4), (3, 8), (6, 1), (7, 1)]


@pytest.fixture(scope="module")
def long_files(tmp_path_factory):
    """(tag, width, channels, order) -> a file of more samples than two blocks hold, and its sound."""
    folder = tmp_path_factory.mktemp("long")
    made = {}

    def make(tag, width, channels, order):
        key = (tag, width, channels, order)
        if key not in made:
            count = 150_001 // channels
            if tag == 3:
                samples = np.random.default_rng(width).uniform(-1, 1, count * channels)
                sound = samples.astype(f"{order}f{width}").tobytes()
            else:
                sound = np.random.default_rng(width).bytes(count * channels * width)
            form = fmt(tag, channels, width=width, order=order)
            path = folder / f"{tag}-{width}-{channels}-{'be' if order == '>' else 'le'}.wav"
            magic = b"RIFX" if order == ">" else b"RIFF"
            path.write_bytes(wav(big(form) if order == ">" else form, sound, magic=magic, order=order))
            made[key] = (path, drain(path)[0])
        return made[key]

    return make


@given(
    form=st.sampled_from(FORMS),
    channels=st.sampled_from([1, 2, 3, 7]),
    order=st.sampled_from("<>"),
    in_memory=st.booleans(),
    start=st.one_of(st.integers(0, 160_000), st.sampled_from([32_767, 32_768, 65_535, 65_536])),
    stop=st.one_of(st.none(), st.integers(0, 160_000)),
)
@example(form=(1, 2), channels=2, order="<", in_memory=False, start=75_000, stop=None)
@example(form=(1, 2), channels=2, order="<", in_memory=False, start=74_999, stop=75_000)
@example(form=(1, 3), channels=2, order="<", in_memory=True, start=1, stop=65_537)
def test_any_span_is_the_slice_of_the_whole(long_files, form, channels, order, in_memory, start, stop):
    path, whole = long_files(*form, channels, order)
    part, _ = drain(path.read_bytes() if in_memory else path, start, stop)
    np.testing.assert_array_equal(part, whole[:, start:stop])


def test_the_mean_of_16_bit_stereo_is_that_of_the_float_samples(rng):
    pairs = rng.integers(-32768, 32768, (5000, 2), dtype=np.int16)
    got, _ = drain(wav(fmt(channels=2), pairs.tobytes()))
    expected = pairs.astype(np.float32) / np.float32(32768)
    np.testing.assert_array_equal((got[0] + got[1]) * np.float32(0.5), (expected[:, 0] + expected[:, 1]) / 2)


@pytest.mark.parametrize("law", ["alaw", "mulaw"])
def test_g711_is_the_standard(tmp_path, law):
    """Every code against libsndfile, and the standard's own properties."""
    codes = bytes(range(256))
    expected, _ = soundfile.read(
        _file(tmp_path, codes), samplerate=RATE, channels=1, format="RAW", subtype=law.upper().replace("MULAW", "ULAW"),
        dtype="float32",
    )  # fmt: skip
    table = g711_table(law)
    np.testing.assert_array_equal(table, expected)
    np.testing.assert_array_equal(table[:128], -table[128:])
    np.testing.assert_array_equal(drain(wav(fmt(6 if law == "alaw" else 7, width=1), codes))[0][0], table)


def _file(folder: Path, content: bytes) -> str:
    path = folder / "a.raw"
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize(
    ("width", "bits"), [(1, 5), (2, 12), (3, 20), (5, 36), (6, 45), (7, 53), (4, 24), (4, 20), (8, 53)]
)
def test_valid_bits_stand_at_the_top_of_their_container(width, bits):
    values = [-(1 << (bits - 1)), -1, 0, 1, (1 << (bits - 1)) - 1]
    shifted = [value << (8 * width - bits) for value in values]
    offset = 128 if width == 1 else 0
    sound = b"".join((value + offset).to_bytes(width, "little", signed=width > 1) for value in shifted)
    expected = [np.float32(value / 2.0 ** (bits - 1)) for value in values]
    for form in (fmt(width=width, bits=bits), fmt(width=width, bits=bits, guid=struct.pack("<H", 1) + GUID_TAIL)):
        np.testing.assert_array_equal(drain(wav(form, sound))[0][0], expected)


@pytest.mark.parametrize(
    ("order", "guid", "codec"),
    [
        ("<", bytes.fromhex("0100") + GUID_TAIL, "pcm_s16le"),
        ("<", bytes.fromhex("0100") + bytes.fromhex("00002107d3118644c8c1ca000000"), "pcm_s16le"),
        (">", bytes.fromhex("0100") + GUID_TAIL, "pcm_s16be"),
        (">", bytes.fromhex("00000001 0000 0010 800000aa00389b71"), "pcm_s16be"),
    ],
)
def test_extensible_sub_formats(order, guid, codec):
    form = fmt(width=2, channels=2, guid=guid, order=order)
    file = wav(big(form) if order == ">" else form, bytes(8), magic=b"RIFX" if order == ">" else b"RIFF", order=order)
    assert info(file).codec == codec
    assert info(file).frames == 2


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


# Files of SciPy's tests that soundfile does not read; their names state channels and samples.
UNREAD = {"36bit": (5, 36), "45bit": (6, 45), "53bit": (7, 53), "64bit": (8, 64)}


@pytest.mark.corpus
def test_real_files_equal_soundfile(corpus):
    paths = sorted(p for p in (corpus / "codec").rglob("*") if p.suffix.lower() == ".wav")
    assert len(paths) > 50
    compared = 0
    refused = {}
    for path in paths:
        try:
            got, stream = drain(path)
        except CannotDecode as error:
            refused[path.name] = error.reason
            continue
        np.testing.assert_array_equal(drain(path.read_bytes())[0], got)
        try:
            expected, rate = soundfile.read(path, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            assert any(name in path.name for name in UNREAD), path
            continue
        np.testing.assert_array_equal(got, expected.T, err_msg=path.name)
        assert stream.sample_rate == rate
        compared += 1
    assert compared > 50
    expected_words = {
        "adpcm": "ADPCM",
        "gsm": "GSM",
        "inconsistent": "contradicts",
        "no-data": "no data",
        "incomplete": "no data",
    }
    assert len(refused) == 6
    for name, reason in refused.items():
        assert any(key in name and words in reason for key, words in expected_words.items()), (name, reason)


@pytest.mark.corpus
@pytest.mark.parametrize("name", UNREAD)
def test_scipys_widths_keep_what_their_names_say(corpus, name):
    """Two channels run from -1 to 1 - one step of their bits, the third from -2 steps to 2."""
    path = corpus / "codec" / "wav_scipy" / f"test-8000Hz-le-3ch-5S-{name}.wav"
    width, bits = UNREAD[name]
    got, stream = drain(path)
    assert (stream.sample_rate, stream.channels, stream.frames) == (8000, 3, 5)
    assert stream.header.bytes_per_sample == width
    step = 2.0 ** (1 - bits)
    full = np.array([-1.0, -0.5, 0.0, 0.5, 1.0 - step]).astype(np.float32)
    for channel in (0, 1):
        np.testing.assert_array_equal(got[channel], full)
    np.testing.assert_array_equal(got[2], np.array([-2, -1, 0, 1, 2], np.float32) * np.float32(step))
    np.testing.assert_array_equal(got, slow(path.read_bytes()[44:], "integer", width, 3, "<"))
