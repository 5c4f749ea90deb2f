"""Damage inside a file costs the damaged packets and nothing else, keeps the time of the rest, and is told."""

from __future__ import annotations

import io
import time
import tracemalloc

import numpy as np
import pytest
import soundfile
from damaged_media import CODECS, RATE, aac_without_noise, drain, garbled

import audiokit
from audiokit import errors
from audiokit.decode.backend import CannotDecode
from audiokit.decode.bare_frames import follow_frames
from audiokit.decode.frames import FrameBuffer
from audiokit.decode.source import open_source
from audiokit.decode.timeline import LOUDEST_PLAUSIBLE, Clock, Losses, flac_sample_number

SECONDS = 12


@pytest.fixture(scope="module")
def originals(make_media, tmp_path_factory):
    clock = np.arange(RATE * SECONDS) / RATE
    generator = np.random.default_rng(3)
    sound = np.stack([0.4 * np.sin(2 * np.pi * (220 * clock + 9 * clock**2)), 0.3 * np.sin(2 * np.pi * 700 * clock)])
    sound = (sound + 0.02 * generator.standard_normal(sound.shape)).astype(np.float32)
    out = {}
    for name, (codec, _, _) in CODECS.items():
        if codec == "vorbis":
            file = io.BytesIO()
            soundfile.write(file, sound.T, RATE, format="OGG", subtype="VORBIS")
            data = file.getvalue()
        elif codec == "aac":
            data = aac_without_noise(tmp_path_factory.mktemp("aac") / name, sound)
        else:
            data = make_media(name, sound, RATE, codec).read_bytes()
        out[name] = (data, drain(data)[0])
    return out


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("seed", range(6))
def test_the_rest_keeps_its_time(originals, name, seed):
    where = 0.2 + 0.6 * np.random.default_rng(seed).random()
    data, whole = originals[name]
    _, most_lost, overlap = CODECS[name]
    samples, stream = drain(garbled(data, int(where * len(data)), seed))
    assert samples.shape == whole.shape
    assert 0 < sum(span.duration_seconds for span in stream.lost) <= most_lost
    assert len(stream.warnings) == 1
    assert "silence stands there" in stream.warnings[0]
    concerned = np.zeros(whole.shape[1], bool)
    for span in stream.lost:
        first, last = round(span.start_seconds * RATE), round(span.end_seconds * RATE)
        assert span.label
        assert not samples[:, first:last].any()
        # A packet may begin sound and end in noise, and nothing in it tells: one on either side is forgiven.
        concerned[max(0, first - 1152) : last + max(1152, int(overlap * RATE))] = True
    differs = np.abs(samples - whole).max(axis=0) > 1e-4
    assert not (differs & ~concerned).any()
    assert abs(stream.lost[0].start_seconds - where * SECONDS) < 2.5


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.aac", "a.m4a", "a.opus", "a.ts", "b.ts"])
def test_a_span_of_a_damaged_file_is_the_slice_of_the_whole(originals, name):
    data = garbled(originals[name][0], len(originals[name][0]) // 2, 1)
    whole, stream = drain(data)
    hole = stream.lost[0]
    middle = round((hole.start_seconds + hole.end_seconds) / 2 * RATE)
    for start, stop in ((0, middle), (middle, None), (middle - 10, middle + 10), (9 * RATE, 10 * RATE)):
        part, of_part = drain(data, start, stop)
        np.testing.assert_array_equal(part, whole[:, start:stop])
        assert bool(of_part.lost) == (start < hole.end_seconds * RATE)
        for span in of_part.lost:
            assert span.start_seconds * RATE >= start - 0.5
            assert stop is None or span.end_seconds * RATE <= stop + 0.5


@pytest.mark.parametrize("name", CODECS)
def test_several_holes(originals, name):
    data, whole = originals[name]
    for part in (4, 6):
        data = garbled(data, len(data) * part // 9, part)
    samples, stream = drain(data)
    assert samples.shape == whole.shape or name == "a.mp3"  # its total tells how much is missing, not where
    assert abs(samples.shape[1] - whole.shape[1]) <= 2304
    assert len(stream.lost) >= 2


@pytest.mark.parametrize("name", ["a.ts", "b.ts"])
@pytest.mark.parametrize("packets", range(1, 12, 2))
def test_lost_packets_of_a_transport_stream_leave_a_hole_of_whole_frames(originals, name, packets):
    data, whole = originals[name]
    at = len(data) // 188 * 3 // 5 * 188
    samples, stream = drain(data[:at] + data[at + 188 * packets :])
    assert samples.shape == whole.shape
    tail = round((stream.lost[-1].end_seconds + 0.03) * RATE)
    np.testing.assert_allclose(samples[:, tail:], whole[:, tail:], atol=1e-4)
    assert tail < 0.6 * len(whole[0]) + RATE


@pytest.mark.parametrize("rate", [44_100, 22_050, 32_000])
def test_a_transport_stream_whose_ticks_do_not_fit_its_frames_is_not_damaged(make_media, rate):
    sound = 0.2 * np.random.default_rng(1).standard_normal((1, 5 * rate)).astype(np.float32)
    samples, stream = drain(make_media("whole.ts", sound, rate, "aac").read_bytes())
    assert (stream.lost, stream.warnings) == ([], [])
    assert samples.shape[1] == pytest.approx(5 * rate, abs=3 * 1024)


def test_only_a_jump_by_whole_frames_is_one_of_missing_frames():
    clock = Clock("rounded", 48_000 / 90_000, stale_behind_gaps=False, steady=True)
    assert all(clock.skips_frames(frames * 1024 + slip, 1024) for frames in (1, 2, 9) for slip in (-2, 0, 2))
    assert not any(clock.skips_frames(drift, 1024) for drift in (0, 3, 500, 1000, 1050, -1024))
    assert not Clock("rounded", 48.0, stale_behind_gaps=False).skips_frames(2048, 1024)


def test_noise_that_is_too_loud_for_sound_is_told(tmp_path):
    """AAC that decodes without an error, a thousand times louder: one byte is damaged, the gain of one frame."""
    clock = np.arange(4 * RATE) / RATE
    data = bytearray(aac_without_noise(tmp_path / "a.aac", 0.4 * np.sin(2 * np.pi * 440 * clock)[np.newaxis]))
    whole, stream = drain(bytes(data))
    assert not stream.warnings
    at = 0
    for _ in range(100):
        at += (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    # Behind the header of 7 bytes: 3 bits of the element's kind, 4 of its number, 8 of its gain in steps of 1.5 dB
    fields = int.from_bytes(data[at + 7 : at + 9], "big")
    assert fields >> 13 == 0
    data[at + 7 : at + 9] = (fields + (40 << 1)).to_bytes(2, "big")
    samples, stream = drain(bytes(data))
    assert samples.shape == whole.shape
    (sentence,) = stream.warnings
    assert f"{np.abs(samples).max():,.0f} times full scale" in sentence
    loud = np.flatnonzero(np.abs(samples[0]) > LOUDEST_PLAUSIBLE) / RATE
    assert f"between {loud[0]:.2f} s and {loud[-1] + 1 / RATE:.2f} s" in sentence
    with pytest.raises(errors.DamagedAudio):
        audiokit.read(bytes(data), strict=True)
    *_, part = drain(bytes(data), 0, int(loud[0] * RATE) - 10)
    assert not part.warnings


def test_frames_beside_damage_have_a_level_that_sound_has():
    buffer = FrameBuffer(RATE, 2)
    buffer.add_silence(100)
    assert buffer.is_last_plausible
    for level, is_plausible in ((8.0, True), (-8.0, True), (8.1, False), (np.nan, False), (-np.inf, False)):
        buffer.byte_rows[1][4 * 50 : 4 * 51] = np.float32(level).tobytes()
        assert buffer.is_last_plausible == is_plausible


def test_an_mp3_that_breaks_off_at_once_is_refused_or_told(originals):
    data = originals["a.mp3"][0]
    outcomes = []
    for length in range(450, 3000, 150):
        try:
            samples, stream = drain(data[:length])
        except CannotDecode:
            outcomes.append("refused")
            continue
        outcomes.append("told" if any("breaks off" in warning for warning in stream.warnings) else "not told")
        assert samples.shape[1] <= 8 * 1152
    assert outcomes == sorted(outcomes)  # the short ones are refused
    assert set(outcomes) == {"refused", "told"}


def test_tags_between_joined_files_are_no_damage(originals):
    data, whole = originals["a.aac"]
    tag = b"ID3\x04\0\0\0\0\x07\x68" + bytes(1000)
    samples, stream = drain(data + tag + data)
    assert not stream.lost
    assert samples.shape[1] == pytest.approx(2 * whole.shape[1], abs=2048)


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "mp3"), ("a.aac", "aac")])
def test_the_chain_of_a_whole_file_is_not_touched(originals, tmp_path, name, codec):
    data = originals[name][0]
    path = tmp_path / name
    path.write_bytes(data)
    assert follow_frames(open_source(data), codec) is None
    assert follow_frames(open_source(path), codec) is None
    broken = garbled(data, len(data) // 2, 5)
    path.write_bytes(broken)
    chains = [follow_frames(open_source(source), codec) for source in (broken, path)]
    assert chains[0] == chains[1]
    (hole,) = chains[0].holes
    assert 1 <= hole.missing <= 12


@pytest.mark.parametrize("filler", [b"\xff", b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80", b"OggS", b"\0"])
@pytest.mark.parametrize("name", ["a.mp3", "a.aac", "a.flac", "a.opus"])
@pytest.mark.timeout(60)
def test_hostile_filling_costs_no_time(originals, name, filler):
    data = originals[name][0]
    middle = len(data) // 2
    began = time.process_time()
    samples, _ = drain(data[:middle] + filler * (1_000_000 // len(filler)) + data[middle:])
    assert time.process_time() - began < 30
    assert samples.shape[1] < 100 * SECONDS * RATE


@pytest.mark.parametrize("claim", [2**35, 2**31 - 1, 10**7])
def test_timestamps_of_hours_do_not_become_silence(originals, claim):
    data = bytearray(originals["a.opus"][0])
    at = data.index(b"OggS", len(data) // 2)
    while at >= 0:  # the rest of the file says that it is hours later; checksums are right
        after = data.find(b"OggS", at + 4)
        page = data[at : after if after >= 0 else len(data)]
        page[6:14] = (int.from_bytes(page[6:14], "little") + claim).to_bytes(8, "little")
        page[22:26] = bytes(4)
        page[22:26] = _checksum(page).to_bytes(4, "little")
        data[at : at + len(page)] = page
        at = after
    tracemalloc.start()
    samples, stream = drain(bytes(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert samples.shape[1] < 1024 * len(data)
    assert peak < 400e6
    assert stream.warnings
    if claim > 2**30:
        assert samples.shape[1] <= originals["a.opus"][1].shape[1]
        assert any("timestamps jump" in warning for warning in stream.warnings)


def _checksum(page):
    register = 0
    for byte in page:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register & 0x80000000 else 0)) & 0xFFFFFFFF
    return register


@pytest.mark.parametrize("name", CODECS)
def test_mutated_files_are_read_or_refused(originals, name):
    data = originals[name][0]
    data = data[: len(data) // 4]
    generator = np.random.default_rng(len(name))
    readable = 0
    for _ in range(12):
        broken = bytearray(data)
        for _ in range(3):
            at, length = int(generator.integers(0, len(data))), int(2 ** generator.integers(0, 12))
            if generator.random() < 0.3:
                del broken[at : at + length]
            else:
                broken[at : at + length] = generator.bytes(min(length, max(0, len(broken) - at)))
        try:
            samples, stream = drain(bytes(broken))
        except CannotDecode:
            continue
        readable += 1
        assert samples.size <= 2048 * len(broken)
        assert not stream.lost or stream.warnings
    assert readable or name == "a.m4a"  # whose index stands at the end


def test_losses_are_bounded_by_the_size_of_the_file():
    losses = Losses(RATE, 2, size_bytes=1_000_000)
    assert losses.allows(60 * RATE)
    assert not losses.allows(3600 * RATE)
    tiny = Losses(RATE, 2, size_bytes=100)
    assert not tiny.allows(2 * RATE)


def test_losses_join_and_are_cut_to_the_span():
    losses = Losses(1000, 1, 10**6)
    losses.lose(1000, 2000, "a")
    losses.lose(2000, 3000, "b")
    losses.lose(5000, 6000, "c")
    assert [(s.start_seconds, s.end_seconds) for s in losses.segments(0, 10_000)] == [(1.0, 3.0), (5.0, 6.0)]
    assert [(s.start_seconds, s.end_seconds) for s in losses.segments(2500, 5500)] == [(2.5, 3.0), (5.0, 5.5)]


def test_flac_frames_know_their_place(originals):
    import av

    with av.open(io.BytesIO(originals["a.flac"][0])) as container:
        stream = container.streams.audio[0]
        block = int.from_bytes(stream.codec_context.extradata[:2], "big")
        told = [flac_sample_number(bytes(packet)[:16], block) for packet in container.demux(stream) if packet.size]
    assert told == [index * block for index in range(len(told))]
    assert len(told) > 100
    assert flac_sample_number(b"", block) is None
