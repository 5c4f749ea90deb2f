"""Many files: in order, errors as asked, taken as needed; threads lose nothing and mix nothing up."""

from __future__ import annotations

import io
import os
import threading

import numpy as np
import pytest
from array_backend import SOURCE, ArrayBackend, noise, router_of

import audiokit
from audiokit import errors
from audiokit.decode import Route, Router, read_many

ROUNDS = 40 if os.environ.get("AUDIOKIT_SOAK") else 3
THREADS = 6
ENDINGS = ("wav", "flac", "mp3", "ogg", "opus", "m4a")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """(path, its samples at 16 kHz, read alone) of short files that all differ, in many codecs."""
    folder = tmp_path_factory.mktemp("many")
    generator = np.random.default_rng(11)
    found = []
    for index in range(24):
        path = folder / f"{index}.{ENDINGS[index % len(ENDINGS)]}"
        samples = 0.1 * generator.standard_normal((1 + index % 2, 9_600 + 480 * index)).astype(np.float32)
        audiokit.write(path, samples, 48_000)
        found.append((path, audiokit.read(path, sample_rate=16_000, mono=True, workers=1).samples))
    return found


@pytest.mark.timeout(60 + 20 * ROUNDS)
def test_threads_that_hammer_read_many(recordings):
    failures = []

    def hammer(seed):
        generator = np.random.default_rng(seed)
        try:
            for _ in range(ROUNDS):
                order = generator.permutation(len(recordings))
                sources = [recordings[index][0] for index in order]
                read = audiokit.read_many(sources, sample_rate=16_000, mono=True, max_workers=3)
                for index, sound in zip(order, read, strict=True):
                    assert sound.name == recordings[index][0].name
                    np.testing.assert_array_equal(sound.samples, recordings[index][1])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


@pytest.mark.parametrize("no_source", [3, None, ["a.wav"], float("nan"), io.StringIO("text")])
@pytest.mark.parametrize("on_error", ["raise", "skip", "return"])
def test_what_is_no_source_is_an_error_of_the_program(recordings, no_source, on_error):
    found = audiokit.read_many([recordings[0][0], no_source, recordings[1][0]], on_error=on_error, max_workers=2)
    with pytest.raises(errors.ParameterError, match="Cannot read audio from|binary mode"):
        list(found)


@pytest.mark.parametrize("name", ["", "a\0b.wav", "http://", "nothing-of-this-name.wav"])
def test_a_name_that_names_nothing_is_one_file_that_cannot_be_read(recordings, name):
    sources = [recordings[0][0], name, recordings[1][0]]
    assert len(list(audiokit.read_many(sources, on_error="skip"))) == 2
    _, error, _ = audiokit.read_many(sources, on_error="return")
    assert isinstance(error, errors.InputError)
    with pytest.raises(type(error)):
        list(audiokit.read_many(sources))


def test_an_option_that_fits_no_file_is_raised(recordings):
    with pytest.raises(errors.ParameterError, match="sample_rate"):
        list(audiokit.read_many([recordings[0][0]], sample_rate=-1, on_error="skip"))


@pytest.mark.parametrize("at", [0, 1, 5, 30, 99])
def test_what_came_before_an_error_of_the_program_is_given_first(recordings, at):
    sources = [recordings[index % len(recordings)][0] for index in range(100)]
    sources[at] = 3
    found = audiokit.read_many(sources, sample_rate=16_000, max_workers=2)
    names = [next(found).name for _ in range(at)]
    assert names == [path.name for path in sources[:at]]
    with pytest.raises(errors.ParameterError, match="Cannot read audio from int"):
        next(found)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted in /proc")
def test_no_file_stays_open(recordings, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF" + bytes(100))
    sources = [path for path, _ in recordings] + [bad, tmp_path / "missing.wav", b"", tmp_path]
    before = len(os.listdir("/proc/self/fd"))
    found = list(audiokit.read_many(sources * 4, on_error="return", max_workers=2))
    assert sum(isinstance(one, audiokit.Audio) for one in found) == 4 * len(recordings)
    stopped = audiokit.read_many([path for path, _ in recordings] * 20, max_workers=2)
    next(stopped)
    stopped.close()
    for thread in threading.enumerate():  # what had begun may end
        if thread.name.startswith("audiokit-read"):
            thread.join()
    with pytest.raises(errors.ParameterError):
        audiokit.read(recordings[0][0], time_limit_seconds=-1)
    assert len(os.listdir("/proc/self/fd")) == before


def test_many_files_come_in_order_and_errors_as_asked():
    router = Router({b.name: b for b in (ArrayBackend(noise(500, seed=1)),)}, (Route("", "", ("array",), "test"),))
    sources = [SOURCE[:-n] if n % 5 != 3 else b"" for n in range(1, 41)]
    with pytest.raises(errors.EmptySource):
        list(read_many(sources, router=router, max_workers=3))
    skipped = list(read_many(sources, router=router, on_error="skip", max_workers=3))
    assert len(skipped) == 32
    returned = list(read_many(iter(sources), router=router, on_error="return", max_workers=3, mono=True))
    assert len(returned) == 40
    assert [isinstance(one, errors.EmptySource) for one in returned] == [not source for source in sources]
    assert all(one.channels == 1 for one in returned if not isinstance(one, errors.InputError))
    assert list(read_many([])) == []


def test_many_files_are_taken_as_needed():
    asked = []

    def endless():
        while True:
            asked.append(1)
            yield SOURCE

    router = router_of(ArrayBackend(noise(100)))
    found = read_many(endless(), router=router, max_workers=2)
    for _ in range(5):
        assert next(found).frames == 100
    assert len(asked) < 200  # and not for ever
    found.close()
    with pytest.raises(errors.ParameterError, match="on_error"):
        read_many([], on_error="ignore")
    with pytest.raises(errors.ParameterError, match="max_workers"):
        read_many([], max_workers=0)
    with pytest.raises(errors.ParameterError, match="sample_rate"):
        list(read_many([SOURCE], sample_rate=-1, on_error="skip"))
