"""Mutated files: each reads or is refused by an error of ours; nothing else happens, and nothing grows without bound.

300 cases, the same in every run; 5,000 when AUDIOKIT_SOAK is set.
"""

from __future__ import annotations

import os
import tracemalloc

import numpy as np
import pytest
import soundfile

import audiokit
from audiokit import errors

RATE = 16_000
CASES = 5000 if os.environ.get("AUDIOKIT_SOAK") else 300
# The densest codec here, WMA in silence, holds 2048 samples in 2 bytes; a mutation may turn one codec into another.
MOST_SAMPLES_A_BYTE = 2048
MOST_MEMORY_BYTES = 200 * 2**20
EXTREMES = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]

BY_SOUNDFILE = {
    "pcm16.wav": ("WAV", "PCM_16"),
    "float.wav": ("WAV", "FLOAT"),
    "wide.wav": ("WAVEX", "PCM_24"),
    "big.wav": ("RF64", "PCM_16"),
    "gsm.wav": ("WAV", "GSM610"),
    "a.w64": ("W64", "PCM_16"),
    "a.aiff": ("AIFF", "PCM_16"),
    "a.au": ("AU", "ULAW"),
    "a.caf": ("CAF", "PCM_16"),
    "a.flac": ("FLAC", "PCM_16"),
    "a.ogg": ("OGG", "VORBIS"),
    "a.mp3": ("MP3", "MPEG_LAYER_III"),
}
BY_FFMPEG = {
    "a.m4a": "aac",
    "lossless.m4a": "alac",
    "a.aac": "aac",
    "a.opus": "libopus",
    "a.mkv": "flac",
    "a.webm": "libopus",
    "a.ts": "mp2",
    "a.asf": "libmp3lame",
    "a.ac3": "ac3",
    "a.avi": "pcm_s16le",
    "film.mp4": "aac",
}
NAMES = [*BY_SOUNDFILE, *BY_FFMPEG, "unstated.mp3"]


@pytest.fixture(scope="module")
def originals(tmp_path_factory, make_media):
    folder = tmp_path_factory.mktemp("originals")
    time = np.arange(RATE * 16 // 5) / RATE  # long enough to be decoded in two segments
    sound = (0.4 * np.sin(2 * np.pi * (300 * time + 200 * time**2))).astype(np.float32)
    sound += 0.02 * np.random.default_rng(5).standard_normal(len(sound)).astype(np.float32)
    out = {}
    for name, (kind, subtype) in BY_SOUNDFILE.items():
        soundfile.write(folder / name, sound, RATE, format=kind, subtype=subtype)
        out[name] = (folder / name).read_bytes()
    for name, codec in BY_FFMPEG.items():
        rate = {"libopus": 48_000, "ac3": 48_000}.get(codec, RATE)
        samples = np.tile(sound, 48_000 // RATE)[np.newaxis] if rate == 48_000 else sound[np.newaxis]
        out[name] = make_media(name, samples, rate, codec, video=name == "film.mp4").read_bytes()
    with_header = out["a.mp3"]
    out["unstated.mp3"] = with_header[with_header.index(b"\xff", 100) :]  # from the second frame on
    return out


def mutate(data: bytes, generator: np.random.Generator) -> bytes:
    """One to three of the accidents that happen to files, and what an attacker would do to a header."""
    out = bytearray(data)
    for _ in range(generator.integers(1, 4)):
        size = len(out)
        start = int(generator.integers(0, size))
        if generator.random() < 0.5:  # headers are where the structure is
            start %= 300
        length = int(min(size - start, 2 ** generator.integers(0, 12)))
        match generator.integers(0, 8):
            case 0:
                for at in generator.integers(start, min(start + 200, size), 8):
                    out[at] ^= 1 << generator.integers(0, 8)
            case 1 if size - length > 16:
                del out[start : start + length]
            case 2:
                out[start:start] = out[start : start + length]
            case 3:
                out[start : start + length] = bytes(length)
            case 4:
                out[start : start + length] = generator.bytes(length)
            case 5 if start > 16:
                del out[start:]
            case 6:
                width = int(generator.choice([1, 2, 4, 8]))
                value = EXTREMES[generator.integers(len(EXTREMES))] & (256**width - 1)
                order = "big" if generator.random() < 0.5 else "little"
                out[start : start + width] = value.to_bytes(width, order)
            case _:
                out[start : start + 4] = b"\xff\xff\xff\xff"
    return bytes(out)


def outcome(function, *arguments, **options):
    """What a call gives, or None for an error of ours; any other exception fails the test."""
    try:
        return function(*arguments, **options)
    except errors.InputError as error:
        refusal = error
    assert refusal.message
    assert "\n" not in str(refusal)
    return None


@pytest.mark.timeout(60 + CASES // 5)
@pytest.mark.parametrize("name", NAMES)
def test_a_mutated_file_is_read_or_refused(originals, tmp_path, capfd, name):
    original = originals[name]
    assert audiokit.read(original).frames > 2 * RATE  # the file is sound before it is broken
    generator = np.random.default_rng([NAMES.index(name), 2024])
    path = tmp_path / "case"
    readable = 0
    tracemalloc.start()
    try:
        for case in range(-(-CASES // len(NAMES))):
            data = mutate(original, generator)
            source = data
            if case % 2:
                path.write_bytes(data)
                source = path
            found = outcome(audiokit.info, source)
            assert found is None or (found.sample_rate > 0 and found.channels > 0)
            # A header that is made to say 2 Hz makes hours of a second, and as much of it at 8 kHz: not asked for.
            target = 8000 if case % 5 == 0 and found is not None and found.sample_rate >= 1000 else None
            audio = outcome(audiokit.read, source, workers=1 + case % 3, sample_rate=target)
            if audio is not None:
                readable += 1
                assert all(span.duration_seconds >= 0 for span in audio.lost)
                assert audio.samples.size <= MOST_SAMPLES_A_BYTE * len(data)
                assert all(isinstance(warning, str) and warning for warning in audio.warnings)
            span = outcome(audiokit.read, source, offset_seconds=1.3, duration_seconds=0.1)
            assert span is None or span.frames <= 0.1 * span.sample_rate + 1
            if case % 4 == 0:
                outcome(lambda: sum(block.frames for block in audiokit.blocks(source, 0.5)))  # noqa: B023
                outcome(audiokit.info, source, exact=True)
                outcome(audiokit.read, source, strict=True)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY_BYTES
    finally:
        tracemalloc.stop()
    assert "Traceback" not in capfd.readouterr().err
    assert readable  # mutations that leave nothing readable would test only the first line of defence


@pytest.mark.parametrize("name", NAMES)
def test_every_beginning_of_a_file_is_read_or_refused(originals, name, capfd):
    data = originals[name]
    sizes = {*range(1, 80), *(len(data) * part // 24 for part in range(1, 24)), *(len(data) - few for few in (1, 2, 9))}
    whole = audiokit.read(data).frames
    for size in sorted(size for size in sizes if 0 < size < len(data)):
        audio = outcome(audiokit.read, data[:size])
        assert audio is None or audio.frames <= whole
    assert "Traceback" not in capfd.readouterr().err


# ADTS, AC-3, MP2 in TS and an MP3 without a Xing header are frames one after the other: nothing states their length.
STATES_ITS_LENGTH = [name for name in NAMES if name not in {"a.aac", "a.ac3", "a.ts", "unstated.mp3"}]


@pytest.mark.parametrize("name", STATES_ITS_LENGTH)
def test_a_truncated_file_says_so_and_a_whole_one_does_not(originals, name):
    data = originals[name]
    assert audiokit.read(data).warnings == ()
    told = 0
    for part in (0.5, 0.7, 0.85, 0.95):
        audio = outcome(audiokit.read, data[: int(part * len(data))])
        if audio is not None:
            told += 1
            said = " ".join(audio.warnings)
            assert "truncated" in said or "end mark" in said, (name, part, audio.warnings)
    assert told or name.endswith((".m4a", ".mp4"))  # their index stands at the end
