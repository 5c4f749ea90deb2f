"""A film keeps picture and sound together to the sample, measured from what a decoder gives back."""

import io
from fractions import Fraction

import numpy as np
import pytest

import audiokit
from audiokit.errors import ParameterError
from audiokit.lipsync.film import FilmWriter


def decoded(source):
    """Return times and mean levels of the pictures, and the sound with the time of its first sample."""
    import av

    times, levels, parts, first = [], [], [], None
    with av.open(source) as container:
        rate = container.streams.audio[0].rate
        for packet in container.demux():
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    times.append(frame.pts * Fraction(frame.time_base))
                    levels.append(frame.to_ndarray(format="gray").mean())
                else:
                    first = frame.pts * Fraction(frame.time_base) if first is None else first
                    parts.append(frame.to_ndarray())
    return times, np.array(levels), np.concatenate(parts, axis=1), rate, first


@pytest.mark.parametrize("fragmented", [False, True])
@pytest.mark.parametrize(("rate", "sample_rate"), [(25, 16_000), (29.97, 44_100), (60, 48_000), ("24000/1001", 22_050)])
def test_flash_and_beep_come_together(rate, sample_rate, fragmented):
    file = io.BytesIO()
    count, flashes = 75, (20, 50)
    with FilmWriter(file, 64, 48, rate, sample_rate, fragmented=fragmented) as film:
        sound = np.zeros((1, round(count * sample_rate / film.rate)), np.float32)
        for flash in flashes:
            at = round(flash * sample_rate / film.rate)
            sound[0, at : at + sample_rate // 50] = 0.8 * np.sin(np.arange(sample_rate // 50) * 0.4)
        step = 700  # pieces that fit nothing
        for index in range(count):
            film.write_frame(np.full((64, 48, 3), 255 if index in flashes else 0, np.uint8))
            film.write_sound(sound[:, index * step : (index + 1) * step])
        film.write_sound(sound[:, count * step :])
    times, levels, heard, found_rate, first = decoded(io.BytesIO(file.getvalue()))
    assert found_rate == sample_rate
    assert len(times) == count
    for index, time in enumerate(times):
        assert abs(time - index / film.rate) < Fraction(1, sample_rate)
    assert tuple(np.flatnonzero(levels > 128)) == flashes
    # where the sound sets in, on the film's own clock; the encoder smears an attack by less than a millisecond
    start = round(first * sample_rate)
    for flash in flashes:
        at = round(flash * sample_rate / film.rate)
        window = np.abs(heard[0, max(0, at - start - 2000) : at - start + 2000])
        onset = at - start - 2000 + int(np.argmax(window > 0.2)) if at - start >= 2000 else int(np.argmax(window > 0.2))
        assert abs(onset + start - at) <= 0.001 * sample_rate + 2


@pytest.mark.parametrize("fragmented", [False, True])
def test_sound_is_where_it_was_to_the_sample(fragmented):
    generator = np.random.default_rng(0)
    sound = np.convolve(generator.standard_normal(40_000), np.ones(8) / 8, "same")[np.newaxis].astype(np.float32) * 0.2
    file = io.BytesIO()
    with FilmWriter(file, 16, 16, 25, 16_000, fragmented=fragmented) as film:
        for _ in range(63):
            film.write_frame(np.zeros((16, 16, 3), np.uint8))
        film.write_sound(sound)
    assert film.samples == 40_000
    _, _, heard, _, first = decoded(io.BytesIO(file.getvalue()))
    start = round(first * 16_000)
    spectrum = np.fft.rfft(heard[0], 1 << 17).conj() * np.fft.rfft(sound[0], 1 << 17)
    lag = int(np.fft.irfft(spectrum).argmax())
    lag -= (1 << 17) if lag > 1 << 16 else 0
    assert lag == start  # heard[k] is sound[k + start]
    if not fragmented:
        assert audiokit.read(file.getvalue()).frames == 40_000


def test_two_channels_stay_two():
    file = io.BytesIO()
    left = 0.5 * np.sin(np.arange(48_000) * 0.1)
    with FilmWriter(file, 16, 16, 25, 48_000, 2) as film:
        for _ in range(25):
            film.write_frame(np.zeros((16, 16, 3), np.uint8))
        film.write_sound(np.stack([left, 0 * left]).astype(np.float32))
    heard = decoded(io.BytesIO(file.getvalue()))[2]
    assert np.abs(heard[0]).max() > 0.4
    assert np.abs(heard[1]).max() < 0.05


def test_fragments_are_written_as_they_come():
    file = io.BytesIO()
    sizes = []
    with FilmWriter(file, 64, 64, 25, 16_000, fragmented=True) as film:
        generator = np.random.default_rng(0)
        for _ in range(100):
            film.write_frame(generator.integers(0, 255, (64, 64, 3), np.uint8))
            film.write_sound(np.zeros((1, 640), np.float32))
            sizes.append(file.tell())
    assert sizes[60] > 20_000, "nothing was written before the end"
    head = file.getvalue()[:4000]
    assert b"moov" in head
    assert b"moof" in file.getvalue()


def test_what_is_no_number_becomes_silence():
    file = io.BytesIO()
    with FilmWriter(file, 16, 16, 25, 16_000) as film:
        film.write_frame(np.zeros((16, 16, 3), np.uint8))
        film.write_sound(np.full((1, 3000), np.nan, np.float32))
    assert np.abs(decoded(io.BytesIO(file.getvalue()))[2]).max() < 1e-3


def test_refusals():
    for size in ((15, 16), (16, 15), (0, 16)):
        with pytest.raises(ParameterError, match="even"):
            FilmWriter(io.BytesIO(), *size, 25, 16_000)
    with pytest.raises(ParameterError, match="channels"):
        FilmWriter(io.BytesIO(), 16, 16, 25, 16_000, 3)
    with pytest.raises(ParameterError, match="Hz"):
        FilmWriter(io.BytesIO(), 16, 16, 25, 17_000)
    with pytest.raises(ParameterError, match="quality"):
        FilmWriter(io.BytesIO(), 16, 16, 25, 16_000, quality=60)
    with FilmWriter(io.BytesIO(), 16, 16, 25, 16_000) as film:
        for wrong in (np.zeros((16, 18, 3), np.uint8), np.zeros((3, 16, 16), np.uint8), np.zeros((16, 16, 3))):
            with pytest.raises(ParameterError, match="frames have shape"):
                film.write_frame(wrong)
        with pytest.raises(ParameterError, match="sound has shape"):
            film.write_sound(np.zeros((2, 100), np.float32))
        film.write_frame(np.zeros((16, 16, 3), np.uint8))
        film.write_sound(np.zeros((1, 640), np.float32))
