"""Our own WAV reader against soundfile, SciPy, a slow reference, and real recordings."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import scipy.io.wavfile
import soundfile
from hypothesis import example, given
from hypothesis import strategies as st
from wav_parts import GUID_TAIL, RATE, chunk, drain, fmt, info, wav

from audiokit.decode.backend import CannotDecode
from audiokit.decode.wav_samples import g711_table


def big(form: bytes) -> bytes:
    """The chunk's own size, big-endian."""
    return form[:4] + form[7:3:-1] + form[8:]


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
