"""A cached sound is shared memory that nobody can write to, and that goes when the last view of it goes."""

from __future__ import annotations

import ctypes
import gc
import warnings
import weakref

import numpy as np
import pytest
from cache_parts import sound_of

from audiokit.audio import Audio
from audiokit.decode.cache import CachedSound, DecodeCache
from audiokit.results import Segment

# --- nobody writes -----------------------------------------------------------------------------------------------


def attempts(array: np.ndarray):
    """Every way numpy and Python offer to write, as callables."""

    def by_flag(target):
        target.flags.writeable = True
        target[...] = 99

    def by_setflags(target):
        target.setflags(write=True)
        target[...] = 99

    def behind(target):
        while target is not None:
            if isinstance(target, np.ndarray):
                with_flag = target
                with_flag.flags.writeable = True
                with_flag[...] = 99
            target = getattr(target, "base", None)

    def by_memoryview(target):
        memoryview(target).cast("B")[:] = bytes(target.nbytes)

    def every_base(target):
        done = None
        base = target.base
        while isinstance(base, np.ndarray):
            try:
                by_flag(base)
                done = True
            except ValueError:
                pass
            base = base.base
        if done is None:
            raise ValueError("no base could be written to")

    return {
        "item": lambda: array.__setitem__(..., 99),
        "flag": lambda: by_flag(array),
        "setflags": lambda: by_setflags(array),
        "view": lambda: by_flag(array.view()),
        "slice": lambda: by_flag(array[:, 3:7]),
        "row": lambda: by_flag(array[0]),
        "reshape": lambda: by_flag(array.reshape(-1)),
        "other type": lambda: by_flag(array.view(np.int32)),
        "asarray": lambda: by_flag(np.asarray(array)),
        "frombuffer": lambda: by_flag(np.frombuffer(array, np.float32)),
        "base": lambda: behind(array.base),
        "every base": lambda: every_base(array),
        "memoryview": lambda: by_memoryview(array),
        "in place": lambda: np.multiply(array, 2, out=array),
        "sort": array.sort,
        "ctypes": lambda: (ctypes.c_char * array.nbytes).from_buffer(array),
    }


WAYS = list(attempts(np.zeros((2, 10), np.float32)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("origin", ["array", "slice", "fortran", "bytes", "audio"])
def test_a_write_is_refused_and_changes_nothing(way, origin):
    expected = np.arange(20, dtype=np.float32).reshape(2, 10)
    made = {
        "array": expected.copy(),
        "slice": np.concatenate([expected, expected + 1], axis=1)[:, :10],
        "fortran": np.asfortranarray(expected),
        "bytes": np.frombuffer(expected.tobytes(), np.float32).reshape(2, 10),
        "audio": Audio(expected.copy(), 8000).samples,
    }[origin]
    cache = DecodeCache(100_000)
    for _ in range(2):  # both who decodes and who finds it
        sound = cache.get_or_decode(("k",), lambda: Audio(made, 8000))
        for array in (sound.samples, sound.audio().samples):
            assert not array.flags.writeable
            with pytest.raises((ValueError, TypeError, BufferError)):
                attempts(array)[way]()
            np.testing.assert_array_equal(cache.get(("k",)).samples, expected)


def test_the_protection_is_needed():
    """The obvious way, a read-only view of an array that owns its memory, is no protection."""
    owner = np.zeros(10, np.float32)
    view = owner.view()
    owner.flags.writeable = view.flags.writeable = False
    view.base.flags.writeable = True
    view.flags.writeable = True
    view[:] = 1
    assert owner[0] == 1


def test_bending_the_shape_of_an_array_bends_nobody_elses():
    cache = DecodeCache(100_000)
    expected = sound_of(3, 100, 2).samples
    first = cache.get_or_decode(("k",), lambda: sound_of(3, 100, 2)).samples
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # numpy would rather not have these set at all
        first.shape = (-1,)
        first.dtype = np.int16
        base = first.base
        base.dtype = np.int16
        base.shape = (2, -1)
        base.strides = (0, 0)
    np.testing.assert_array_equal(cache.get(("k",)).samples, expected)


def test_a_hit_is_the_same_memory_and_a_large_array_is_not_copied():
    array = np.zeros((2, 1000), np.float32)
    cache = DecodeCache(100_000)
    sound = cache.get_or_decode(("k",), lambda: Audio(array, 8000))
    assert np.shares_memory(sound.samples, array)
    assert np.shares_memory(sound.samples, cache.get(("k",)).samples)
    assert np.shares_memory(sound.audio().samples, array)


@pytest.mark.parametrize("kind", ["small part", "another's memory"])
def test_memory_that_is_not_the_sounds_own_is_copied(kind):
    big = np.zeros((1, 1_000_000), np.float32)
    array = big[:, :10] if kind == "small part" else np.frombuffer(bytearray(40), np.float32).reshape(1, 10)
    sound = CachedSound.of(Audio(array, 8000))
    assert not np.shares_memory(sound.samples, array)
    np.testing.assert_array_equal(sound.samples, array)


def test_everything_an_audio_says_is_kept():
    lost = (Segment(0.25, 0.5, "damaged"),)
    audio = Audio(np.ones((2, 5), np.float32), 44100, "a name", ("a warning",), lost, 1.5)
    back = CachedSound.of(audio).audio()
    np.testing.assert_array_equal(back.samples, audio.samples)
    assert (back.sample_rate, back.name, back.warnings, back.lost, back.start_seconds) == (
        44100,
        "a name",
        ("a warning",),
        lost,
        1.5,
    )


def test_memory_is_given_back_when_the_last_view_goes():
    owner = np.zeros((1, 1000), np.float32)
    alive = weakref.ref(owner)
    sound = CachedSound.of(Audio(owner, 8000))
    del owner
    view = sound.samples[:, 5:]
    del sound
    gc.collect()
    assert alive() is not None
    assert view.shape == (1, 995)
    del view
    gc.collect()
    assert alive() is None
