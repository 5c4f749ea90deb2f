"""Keys of the cache: one for each state of a file, each decoder's version and each set of parameters."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.decode.cache_key import TrackedFile, cache_key, key_digest, plain
from audiokit.errors import ParameterError, SourceNotFound, SourceUnreadable

# --- keys ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + bytes(100))
    return path


def test_a_key_names_the_real_path_the_state_and_the_parameters(recording, tmp_path):
    link = tmp_path / "link.wav"
    try:
        link.symlink_to(recording)
    except OSError:
        pytest.skip("links are not permitted here")
    key = cache_key(recording, sample_rate=16000, mono=True)
    assert key == cache_key(str(link), mono=np.bool_(True), sample_rate=np.int64(16000))
    assert key[:3] == (os.path.realpath(recording), recording.stat().st_mtime_ns, 104)
    different = [
        cache_key(recording, sample_rate=8000, mono=True),
        cache_key(recording, sample_rate=16000, mono=False),
        cache_key(recording, sample_rate=16000, mono=True, offset_seconds=1),
        cache_key(recording, sample_rate=16000, mono=True, duration_seconds=1),
        cache_key(recording, sample_rate=16000, mono=True, quality="soxr_vhq"),
    ]
    assert len({key, *different}) == len({key_digest(k) for k in (key, *different)}) == 6


def test_a_changed_file_has_another_key(recording):
    first = cache_key(recording)
    stamp = recording.stat().st_mtime_ns
    os.utime(recording, ns=(stamp, stamp + 1_000_000))
    second = cache_key(recording)
    recording.write_bytes(bytes(200))
    os.utime(recording, ns=(stamp, stamp))
    assert len({first, second, cache_key(recording)}) == 3


def test_another_version_of_a_decoder_has_another_key(recording):
    from dataclasses import replace

    from audiokit.decode.router import Router

    class Newer:
        name, version = "soundfile", "99"

    router = Router()
    newer = replace(router, registered={**router.registered, "soundfile": Newer()})
    fewer = replace(router, routes=router.routes[1:])
    assert cache_key(recording) == cache_key(recording, router=router)
    assert len({cache_key(recording, router=r) for r in (router, newer, fewer)}) == 3


def test_a_link_that_is_turned_is_noticed(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"same size")
    link = tmp_path / "link"
    try:
        link.symlink_to(tmp_path / "a")
    except OSError:
        pytest.skip("links are not permitted here")
    tracked = TrackedFile(link)
    assert tracked.state()[0] == os.path.realpath(tmp_path / "a")
    link.unlink()
    link.symlink_to(tmp_path / "b")
    assert tracked.state()[0] == os.path.realpath(tmp_path / "b")


def test_a_relative_path_follows_the_working_directory(tmp_path, monkeypatch):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_bytes(b"same size")
    tracked = TrackedFile("a")
    for folder in ("one", "two"):
        monkeypatch.chdir(tmp_path / folder)
        assert tracked.state()[0] == os.path.realpath(tmp_path / folder / "a")


def test_what_is_no_file_says_so(tmp_path):
    with pytest.raises(SourceNotFound):
        cache_key(tmp_path / "none.wav")
    with pytest.raises(SourceUnreadable, match="directory"):
        cache_key(tmp_path)
    with pytest.raises(ParameterError):
        cache_key("a\0b")


@pytest.mark.parametrize("value", [object(), [1], {1: 2}, np.zeros(2), int])
def test_parameters_that_cannot_be_compared_are_refused(recording, value):
    with pytest.raises(ParameterError, match="odd"):
        cache_key(recording, odd=value)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@given(one=PLAIN, two=PLAIN)
def test_digests_differ_where_keys_print_differently(one, two):
    one, two = plain(one, "one"), plain(two, "two")
    assert (key_digest((one,)) == key_digest((two,))) == (ascii(one) == ascii(two))


def test_a_digest_is_the_same_in_every_process():
    """The arena's files of one version of the kit are found by the next process, and the next year."""
    assert key_digest(("/a/\udce9é.wav", 1, 2, None, True, 0.1)) == "4f83b86ffe667447787c352a570dca42"
