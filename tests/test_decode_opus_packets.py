"""Noise among the packets of Opus in MP4 costs those packets, and nothing of what follows comes late."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest

import audiokit
from audiokit import errors
from audiokit.decode.opus_packets import told_apart
from audiokit.decode.opus_pages import packet_samples

RATE = 48_000
SECONDS = 8
# (encoder's options, bit rate, channels, bytes of noise, seconds in which a decoder forgets noise to within 1e-3)
KINDS = {
    "music": ({}, 96_000, 2, 2048, 0.6),
    "speech": ({"application": "voip"}, 16_000, 1, 400, 1.2),
}


def opus_in_mp4(sound, options, bit_rate_bps):
    import av

    file = io.BytesIO()
    layout = "mono" if len(sound) == 1 else "stereo"
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libopus", rate=RATE, layout=layout, options=options)
        stream.bit_rate = bit_rate_bps
        stream.codec_context.format = av.AudioFormat("flt")
        stream.codec_context.open()
        size = stream.codec_context.frame_size
        for start in range(0, sound.shape[1], size):
            packed = np.ascontiguousarray(sound[:, start : start + size].T).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def plainly_decoded(data):
    import av

    with av.open(io.BytesIO(data)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def places(data):
    """(first byte, byte behind, first sample, sample behind) of each packet."""
    import av

    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        return [(p.pos, p.pos + p.size, p.pts, p.pts + p.duration) for p in container.demux(stream) if p.size]


@pytest.fixture(scope="module")
def recordings():
    clock = np.arange(RATE * SECONDS) / RATE
    generator = np.random.default_rng(3)
    sound = np.stack([0.4 * np.sin(2 * np.pi * (220 * clock + 9 * clock**2)), 0.3 * np.sin(2 * np.pi * 700 * clock)])
    sound = (sound + 0.02 * generator.standard_normal(sound.shape)).astype(np.float32)
    out = {}
    for kind, (options, bit_rate_bps, channels, _, _) in KINDS.items():
        data = opus_in_mp4(sound[:channels], options, bit_rate_bps)
        out[kind] = data, audiokit.read(data)
    return out


def garbled(data, kind, seed):
    """Noise in the middle, and the samples that the packets with noise in them cover."""
    generator = np.random.default_rng(seed)
    at, length = int(len(data) * (0.2 + 0.5 * generator.random())), KINDS[kind][3]
    out = bytearray(data)
    out[at : at + length] = generator.bytes(length)
    hit = [(first, behind) for start, end, first, behind in places(data) if start < at + length and end > at]
    return bytes(out), hit[0][0], hit[-1][1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(16))
def test_noise_costs_the_packets_that_hold_it(recordings, kind, seed):
    data, whole = recordings[kind]
    broken, first, behind = garbled(data, kind, seed)
    audio = audiokit.read(broken)
    assert audio.samples.shape == whole.samples.shape
    differs = np.flatnonzero(np.abs(audio.samples - whole.samples).max(axis=0) > 1e-3)
    assert first <= differs[0]
    assert differs[-1] < behind + KINDS[kind][4] * RATE
    assert len(audio.warnings) == 1
    assert "silence stands there" in audio.warnings[0]
    for span in audio.lost:
        start, stop = round(span.start_seconds * RATE), round(span.end_seconds * RATE)
        assert first <= start < stop <= behind
        assert not audio.samples[:, start:stop].any()
    # Noise that states the right length is taken for sound; it is the smaller part.
    assert sum(span.duration_seconds for span in audio.lost) > 0.5 * (behind - first) / RATE
    with pytest.raises(errors.DamagedAudio):
        audiokit.read(broken, strict=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_span_behind_the_noise_is_the_slice_of_the_whole(recordings, kind):
    broken, first, behind = garbled(recordings[kind][0], kind, 1)
    whole = audiokit.read(broken)
    for start, length in ((first - 500, 700), (behind + 7, 5000), (first + 100, behind - first)):
        part = audiokit.read(broken, offset_seconds=(start + 0.5) / RATE, duration_seconds=(length + 0.5) / RATE)
        np.testing.assert_array_equal(part.samples, whole.samples[:, start : start + length])


def test_pauses_and_long_packets_are_no_damage(recordings):
    sound = recordings["speech"][1].samples.copy()
    sound[:, RATE : 4 * RATE] = 0
    for options, bit_rate_bps in (({"application": "voip", "dtx": "1"}, 12_000), ({"frame_duration": "60"}, 24_000)):
        data = opus_in_mp4(sound, options, bit_rate_bps)
        audio = audiokit.read(data)
        assert (audio.warnings, audio.lost) == ((), ())
        assert audio.frames == sound.shape[1]
        np.testing.assert_array_equal(audio.samples, plainly_decoded(data)[:, : audio.frames])


def packet(content, duration):
    import av

    made = av.Packet(content)
    made.duration = duration
    return made


GOOD, BAD, SHORT, END = (b"\xf8aa", 960), (b"\x00aa", 960), (b"\xf8aa", 312), (b"", 0)


@pytest.mark.parametrize(
    ("packets", "expected"),
    [
        ((GOOD, GOOD, GOOD, END), "++++"),
        ((GOOD, GOOD, SHORT, END), "++++"),  # the end is cut
        ((GOOD, GOOD, SHORT), "+++"),
        ((GOOD, GOOD, BAD, END), "++-+"),
        ((GOOD, GOOD, SHORT, GOOD, END), "++-++"),
        ((GOOD, GOOD, BAD, GOOD, GOOD, BAD, GOOD, GOOD, GOOD, END), "++----++++"),
        ((GOOD, GOOD, BAD, GOOD, GOOD, GOOD, BAD, GOOD, GOOD, END), "++-+++-+++"),
        ((BAD, BAD, BAD, END), "++++"),  # a container that never agrees is not believed
        ((), ""),
    ],
)
def test_verdicts(packets, expected):
    given = [packet(*one) for one in packets]
    told = list(told_apart(given))
    assert all(one is another for (one, _), another in zip(told, given, strict=True))  # each once, in order
    assert "".join("+" if is_sound else "-" for _, is_sound in told) == expected


def test_an_error_comes_behind_what_came_before_it():
    def packets():
        yield from (packet(*one) for one in (GOOD, GOOD, BAD, GOOD))
        raise OSError("the container is damaged")

    told = []
    with pytest.raises(OSError, match="container"):
        told.extend(is_sound for _, is_sound in told_apart(packets()))
    assert told == [True, True, False, True]


def test_lengths_are_those_of_the_standard():
    assert packet_samples(b"\x78") == 960
    assert packet_samples(b"\x18") == 2880
    assert packet_samples(b"\x1b\x03") == 0  # 180 ms
    steps = [packet_samples(bytes([config << 3])) for config in range(16, 20)]
    assert all(after == 2 * before for before, after in pairwise(steps))
    assert steps[0] == 120
