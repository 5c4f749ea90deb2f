"""Real recordings decode to what they are known to hold."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import audiokit
from audiokit import errors

pytestmark = pytest.mark.corpus

NO_SOUND = {".uem", ".segments", ".rttm", ".npz", ".raw", ".csv", ".txt", ".lab", ".textgrid"}


def media(manifest, corpus):
    return [(row, corpus / row["path"]) for row in manifest if (corpus / row["path"]).suffix.lower() not in NO_SOUND]


def stream_info(data):
    """(bits a sample, total samples, MD5 of the samples) as a FLAC file states them (RFC 9639)."""
    at = data.index(b"fLaC") + 8
    fields = int.from_bytes(data[at + 10 : at + 18], "big")
    return (fields >> 36 & 31) + 1, fields & (2**36 - 1), data[at + 18 : at + 34]


def test_flac_gives_the_bits_whose_checksum_its_encoder_wrote(corpus, manifest):
    checked = 0
    for row, path in media(manifest, corpus):
        if path.suffix != ".flac":
            continue
        bits, total, checksum = stream_info(path.read_bytes())
        if bits > 24 or not any(checksum):
            continue
        samples = audiokit.read(path).samples
        assert samples.shape[1] == total
        integers = (samples.T.astype(np.float64) * 2 ** (bits - 1)).round().astype("<i4")
        width = -(-bits // 8)
        packed = integers.reshape(-1, 1).view(np.uint8)[:, :width].tobytes()
        assert hashlib.md5(packed, usedforsecurity=False).digest() == checksum, row["path"]
        checked += 1
    assert checked > 12


# The same sound in two files: (reference, other, largest error or None for a lossy one)
TWINS = [
    ("codec/opus/speech_8.wav", "codec/opus/speech_8.opus", None),
    *(
        (f"codec/tfio/ZASFX_ADSR_no_sustain.{a}", f"codec/tfio/ZASFX_ADSR_no_sustain.{b}", step)
        for a, b, step in (
            ("wav", "f32.wav", 2**-14),
            ("wav", "flac", 0.0),
            ("s24.wav", "s24.flac", 0.0),
            ("u8.wav", "u8.flac", 2**-6),  # each was dithered for itself
            ("wav", "s24.wav", 2**-14),
            ("wav", "u8.wav", 2**-6),
            ("wav", "ogg", None),
        )
    ),
    ("codec/lhotse/stereo.wav", "codec/lhotse/stereo.sph", 0.0),
    ("codec/lhotse/stereo.wav", "codec/lhotse/stereo.mp3", None),
    ("codec/pydub/format_test.m4a", "codec/pydub/wrong_extension.aac", 0.0),
]


@pytest.mark.parametrize(("reference", "other", "step"), TWINS)
def test_twins_agree(corpus, reference, other, step):
    truth, found = audiokit.read(corpus / reference), audiokit.read(corpus / other)
    assert (found.sample_rate, found.channels) == (truth.sample_rate, truth.channels)
    if step is not None:
        assert found.frames == truth.frames
        assert np.abs(found.samples - truth.samples).max() <= step
        return
    frames = min(found.frames, truth.frames)
    for one, two in zip(found.samples[:, :frames], truth.samples[:, :frames], strict=True):
        size = 2 ** int(np.ceil(np.log2(2 * frames)))
        correlation = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(two, size)))
        # A speech codec resamples inside, and is late by a sample or three of 48 kHz.
        assert np.argmax(correlation) <= (3 if other.endswith(".opus") else 0)
        # The speech codec was given 8 kHz: what lies above is gone.
        assert one @ two / (two @ two) == pytest.approx(1.0, abs=0.1 if "speech_8" in other else 0.05)


def test_spans_are_slices_in_real_files(corpus, manifest):
    checked = 0
    for row, path in media(manifest, corpus):
        if row["category"] != "codec":
            continue
        try:
            whole = audiokit.read(path)
        except errors.InputError:
            continue
        if whole.warnings or whole.frames > 2_000_000:
            continue
        for start, length in ((0.31, 0.2), (0.77, None)):
            offset = start * whole.duration_seconds
            span = audiokit.read(path, offset_seconds=offset, duration_seconds=length)
            first = int(offset * whole.sample_rate)
            stop = None if length is None else first + int(length * whole.sample_rate)
            np.testing.assert_array_equal(span.samples, whole.samples[:, first:stop], err_msg=row["path"])
        checked += 1
    assert checked > 80


def test_exact_counts_are_what_is_read(corpus, manifest):
    checked = 0
    for row, path in media(manifest, corpus):
        if row["category"] != "codec":
            continue
        try:
            frames = audiokit.read(path).frames
        except errors.InputError:
            continue
        assert audiokit.info(path, exact=True).frames == frames, row["path"]
        stated = audiokit.info(path).frames
        assert stated in (None, frames) or audiokit.read(path).warnings, row["path"]
        checked += 1
    assert checked > 80


def test_no_false_alarm_on_whole_files(corpus, manifest):
    cut = {
        "early-eof",
        "tinytag/test.opus",
        "tinytag/lossless.wma",
        "cut_off_titles",
    }  # these do break off before their stated end
    for row in manifest:
        path = corpus / row["path"]
        if path.suffix.lower() in {".uem", ".segments", ".rttm", ".npz", ".raw"}:
            continue
        try:
            warnings = audiokit.read(path).warnings
        except errors.InputError:
            continue
        assert bool(warnings) == any(part in row["path"] for part in cut), (row["path"], warnings)


def test_real_files_decode_to_the_frames_they_are_known_to_hold(corpus, manifest):
    checked = 0
    for row in manifest:
        path = corpus / row["path"]
        media = path.suffix.lower() in {
            ".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".mkv", ".webm", ".mka", ".aiff", ".sph",
            ".wma", ".spx", ".adts", ".aac",
        }  # fmt: skip
        if not media or row["category"] not in {"codec", "speech", "music", "video", "vad", "env"}:
            continue
        frames = int(float(row["frames"] or 0))
        if not frames:
            try:
                audiokit.read(path)
            except errors.InputError:
                pass  # an error of ours is the other right answer for a damaged file
            continue
        audio = audiokit.read(path)
        # The manifest states some Opus files at the rate of their original; Opus itself is always 48 kHz.
        expected = frames * audio.sample_rate / int(float(row["sample_rate"]))
        assert abs(audio.frames - expected) < audio.sample_rate / int(float(row["sample_rate"])), row["path"]
        checked += 1
    assert checked > 100
