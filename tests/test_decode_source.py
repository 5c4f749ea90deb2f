"""Sources: files and file objects, what they are called, what the cache needs, and reads that fail."""

from __future__ import annotations

import gzip
import io
import os
import sys
from dataclasses import replace
from pathlib import PurePath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stubborn_server import CONTENT, everything

from audiokit import errors
from audiokit.decode.readers import StrictReader
from audiokit.decode.remote import without_secrets
from audiokit.decode.source import open_source

pytest_plugins = ("stubborn_server",)


@pytest.mark.parametrize("how", ["parts", "whole"])
@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg", "opus", "m4a"])
def test_read_takes_addresses(server, stereo, how, kind, capfd):
    from audiokit.decode.read import info, read
    from audiokit.decode.writer import write

    target = io.BytesIO()
    write(target, np.tile(stereo, 5), 48_000, format=kind)
    server.content = target.getvalue()
    url = f"{server.url.replace('//', '//u:p@')}/{how}/my%20talk.{kind}?key=1"
    truth = read(server.content, offset_seconds=6.0, duration_seconds=1.0)
    audio = read(url, offset_seconds=6.0, duration_seconds=1.0)
    assert audio.name == f"my talk.{kind}"
    assert np.array_equal(audio.samples, truth.samples)
    assert info(url).size_bytes == len(server.content)
    assert capfd.readouterr().err == ""


def test_without_the_libraries_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(errors.LibraryUnavailable, match=r'a\.wav: .*pip install "audiokit\[url\]"') as caught:
        open_source("https://ann:pw@example.org/a.wav?key=1")
    assert "pw" not in str(caught.value)
    assert "key" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("HTTP://Example.org/a.wav", "http://example.org/a.wav"),
        ("https://u:p@[::1]:81/a%0Ab.wav?x#y", "https://[::1]:81/a\ufffdb.wav"),
        ("s3://key:secret@bucket/a.wav?sig=1", "s3://bucket/a.wav"),
        ("file:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_names_hold_no_secrets(url, shown):
    assert without_secrets(url) == shown


def test_other_schemes_are_addresses_not_files():
    with pytest.raises(errors.SourceNotFound, match=r"^s3://bucket/a\.wav: this is an address, not a file"):
        open_source("s3://key:secret@bucket/a.wav?sig=1")


class TestFiles:
    def test_what_the_cache_needs(self, tmp_path):
        path = tmp_path / "a.wav"
        path.write_bytes(b"RIFF")
        os.utime(path, ns=(1, 1_700_000_000_123_456_700))
        source = open_source(path)
        assert source.real_path == os.path.realpath(path)
        assert source.mtime_ns == path.stat().st_mtime_ns
        assert source.content() == open_source(b"RIFF").content() == b"RIFF"
        assert (open_source(b"RIFF").real_path, open_source(b"RIFF").mtime_ns) == (None, None)

    @pytest.mark.parametrize("buffering", [-1, 0])
    def test_an_open_file_is_read_by_its_path(self, tmp_path, buffering):
        path = tmp_path / "a.wav"
        path.write_bytes(CONTENT)
        with open(path, "rb", buffering=buffering) as handle:
            handle.seek(5)
            source = open_source(handle)
            assert handle.tell() == 5
        assert (source.path, source.data) == (str(path), None)
        assert everything(source) == CONTENT

    def test_file_objects_that_only_look_like_their_path_are_read(self, tmp_path):
        path = tmp_path / "a.wav"
        path.write_bytes(gzip.compress(CONTENT, 1))
        with gzip.open(path, "rb") as handle:  # its descriptor is that of the packed file
            assert everything(open_source(handle)) == CONTENT
        with open(path, "rb+") as handle:  # may hold what is not written yet
            handle.write(b"new")
            assert open_source(handle).head[:3] == b"new"
        with open(path, "rb") as handle:
            path.unlink()
            path.write_bytes(b"another")
            assert open_source(handle).size_bytes > 7

    def test_a_handle_is_kept_for_the_decoder_and_no_longer(self, tmp_path):
        path = tmp_path / "a.wav"
        path.write_bytes(CONTENT)
        source = open_source(path, keep=True)
        (kept,) = source.kept
        assert source.open_once() is kept
        assert kept.read() == CONTENT  # from the beginning
        kept.close()
        with source.open_once() as another:  # it was taken
            assert another.read(5) == CONTENT[:5]
        assert source == open_source(path)
        source = open_source(path, keep=True)
        (kept,) = source.kept
        with source.open() as another:  # with a buffer: not the one that is kept
            assert another is not kept
        source.release()
        assert kept.closed
        assert not source.kept
        assert not open_source(path).kept
        with open_source(b"RIFF", keep=True).open_once() as handle:
            assert handle.read() == b"RIFF"

    @given(name=st.text(st.sampled_from("ab./\\"), min_size=1, max_size=8))
    def test_the_last_part_of_a_name_is_pathlibs(self, name):
        assert replace(open_source(b"RIFF"), name=name).last_name == PurePath(name).name

    def test_a_disk_that_breaks_under_a_decoder(self):
        class Broken(io.BytesIO):
            def read(self, size=-1):
                raise OSError(5, "Input/output error")

        handle = StrictReader(Broken(b"RIFF"))
        assert handle.read(4) == b""
        with pytest.raises(errors.SourceUnreadable, match=r"Input/output error"):
            handle.close()
