"""Addresses as sources, on a server of the test's own: parts, redirects, and everything that a server can do wrong."""

from __future__ import annotations

import io
import os
import pickle
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from stubborn_server import CONTENT, everything

from audiokit import errors
from audiokit.decode import http_client, remote
from audiokit.decode.readers import StrictReader
from audiokit.decode.source import open_source

pytest_plugins = ("stubborn_server",)


class TestParts:
    def test_only_what_is_read_is_fetched(self, server):
        source = open_source(f"{server.url}/parts/long.wav")
        assert (source.path, source.data, source.size_bytes) == (None, None, len(CONTENT))
        assert source.head == CONTENT[:4096]
        assert source.tail(100) == CONTENT[-100:]
        with source.open() as handle:
            handle.seek(1_500_000)
            assert handle.read(1000) == CONTENT[1_500_000:1_501_000]
        assert server.sent < 5 * 65_536
        before = len(server.requests)
        assert source.tail(100) == CONTENT[-100:]
        assert everything(source)[:4096] == source.head
        assert len(server.requests) - before < 10  # what is read on and on comes in growing parts

    def test_it_is_all_there(self, server):
        assert everything(open_source(f"{server.url}/parts/long.wav")) == CONTENT
        assert open_source(f"{server.url}/parts/long.wav").content() == CONTENT

    def test_the_cache_is_bounded(self, server, monkeypatch):
        monkeypatch.setattr(remote, "_CACHED_BLOCKS", 3)
        source = open_source(f"{server.url}/parts/long.wav")
        assert everything(source) == CONTENT
        assert len(source.remote._blocks) == 3

    @given(data=st.data())
    def test_it_is_a_file(self, server, data):
        """Any walk of seeks and reads gives what it gives on a file in memory."""
        server.content = CONTENT[: data.draw(st.sampled_from([1, 4096, 65_536, 65_537, 300_000]))]
        source, truth = open_source(f"{server.url}/parts/a"), io.BytesIO(server.content)
        with source.open() as handle:
            for _ in range(data.draw(st.integers(1, 6))):
                place = data.draw(st.integers(0, len(server.content) + 9))
                size = data.draw(st.sampled_from([0, 1, 100, 65_536, 200_000, -1]))
                assert handle.seek(place) == truth.seek(place)
                assert handle.read(size) == truth.read(size)
                assert handle.tell() == truth.tell()
            assert handle.seek(-1, os.SEEK_END) == truth.seek(-1, os.SEEK_END)
            assert handle.read() == truth.read()

    def test_threads_share_it(self, server):
        source = open_source(f"{server.url}/parts/long.wav")
        with ThreadPoolExecutor(8) as pool:
            assert all(part == CONTENT for part in pool.map(lambda _: everything(source), range(16)))

    def test_it_travels_without_its_cache_and_shows_no_secret(self, server):
        source = open_source(f"{server.url.replace('//', '//ann:s3cr%40t@')}/locked/a.wav?key=topsecret")
        copy = pickle.loads(pickle.dumps(source))
        assert everything(copy) == CONTENT
        assert "s3cr" not in repr(copy)
        assert "topsecret" not in repr(copy)

    def test_a_short_file(self, server):
        server.content = b"RIFF"
        source = open_source(f"{server.url}/parts/a.wav")
        assert (source.head, source.tail(100), everything(source)) == (b"RIFF",) * 3

    def test_libraries_decode_it(self, server, stereo):
        target = io.BytesIO()
        soundfile.write(target, np.tile(stereo, 20).T, 48_000, format="WAV", subtype="PCM_16")
        server.content = target.getvalue()
        handle = StrictReader(open_source(f"{server.url}/parts/a.wav").open())
        with soundfile.SoundFile(handle) as file:
            file.seek(1_000_000)
            part = file.read(1000)
        handle.close()
        assert np.array_equal(part, soundfile.read(io.BytesIO(server.content), start=1_000_000, frames=1000)[0])
        assert server.sent < len(server.content) / 10


@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac"])
def test_damage_is_the_same_by_address_and_in_memory(server, kind, rng):
    """Nothing that looks for damage takes a source without a path for bytes in memory."""
    from audiokit.decode.read import read
    from audiokit.decode.writer import write

    target = io.BytesIO()
    write(target, 0.1 * rng.standard_normal((2, 240_000)), 48_000, format=kind)
    data = bytearray(target.getvalue())
    middle = len(data) // 2
    data[middle : middle + 2000] = rng.bytes(2000)
    server.content = bytes(data)
    truth, audio = read(server.content), read(f"{server.url}/parts/a.{kind}")
    assert np.array_equal(audio.samples, truth.samples)
    assert (audio.lost, audio.warnings) == (truth.lost, truth.warnings)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg", "opus", "m4a"])
def test_a_server_that_fails_while_read_decodes_is_an_error_not_damage(server, kind, capfd):
    from audiokit.decode.read import read
    from audiokit.decode.writer import write

    target = io.BytesIO()
    write(target, 0.3 * np.random.default_rng(0).standard_normal((2, 960_000)).clip(-3, 3), 48_000, format=kind)
    server.content = target.getvalue()
    with pytest.raises(errors.SourceUnreadable, match=r"503 Service Unavailable"):
        read(f"{server.url}/dies_midway/a.{kind}")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("how", ["whole", "chunked", "unknown_total", "packed"])
def test_servers_without_parts(server, how):
    source = open_source(f"{server.url}/{how}/a.wav")
    assert source.data == CONTENT
    assert source.head == CONTENT[:4096]
    assert everything(source) == CONTENT


@pytest.mark.parametrize("how", ["whole", "chunked", "packed"])
def test_a_download_is_bounded(server, how, monkeypatch):
    monkeypatch.setattr(remote, "_LARGEST_DOWNLOAD_BYTES", 2 * 2**20)
    with pytest.raises(errors.SourceUnreadable, match=r"gives no parts of it, and the whole is more than 2 MiB"):
        open_source(f"{server.url}/{how}/a.wav")


@pytest.mark.parametrize("how", ["parts", "whole"])
def test_nothing_in_it(server, how):
    server.content = b""
    with pytest.raises(errors.EmptySource, match=r"/a\.wav: the file is empty"):
        open_source(f"{server.url}/{how}/a.wav")


@pytest.mark.parametrize("to", ["/parts/b.wav", "http://127.0.0.1:{port}/parts/b.wav"])
def test_redirects_are_followed(server, to):
    source = open_source(f"{server.url}/to/a.wav?url={to.format(port=server.server_port)}")
    assert source.tail(10) == CONTENT[-10:]
    assert source.name == f"{server.url}/to/a.wav"


class TestFailures:
    """Every one an error of ours, without a secret, and nothing on standard error."""

    def refused(self, url: str, kind: type[Exception], message: str) -> None:
        url = url.replace("//", "//zoe9:passw0rd@") + ("&" if "?" in url else "?") + "key=topsecret#frag"
        with pytest.raises(kind, match=message) as caught:
            everything(open_source(url))
        said, error = "", caught.value
        while error is not None:
            said += f"{error!r} {error} "
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        for secret in ("zoe9", "passw0rd", "topsecret", "key=", "frag"):
            assert secret not in said

    @pytest.mark.parametrize(
        ("code", "kind", "message"),
        [
            (404, errors.SourceNotFound, r"/status/a b\.wav: the server answered 404 Not Found\. Check the address"),
            (410, errors.SourceNotFound, "410 Gone"),
            (403, errors.SourceUnreadable, "answered 403 Forbidden"),
            (401, errors.SourceUnreadable, "401 Unauthorized. Give an address with"),
            (429, errors.SourceUnreadable, "429 Too Many Requests. Wait"),
            (500, errors.SourceUnreadable, "500 Internal Server Error"),
            (304, errors.SourceUnreadable, "304 Not Modified"),
            (204, errors.SourceUnreadable, "204 No Content"),
        ],
    )
    def test_what_the_server_said(self, server, code, kind, message, capfd):
        self.refused(f"{server.url}/status/a%20b.wav?code={code}", kind, message)
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/a", "data:audio/wav,RIFF", "javascript:x"])
    def test_redirects_elsewhere_are_not_followed(self, server, to, capfd):
        self.refused(f"{server.url}/to/a.wav?url={to}", errors.SourceUnreadable, "no web address")
        assert capfd.readouterr().err == ""

    def test_redirects_in_circles(self, server):
        self.refused(f"{server.url}/circle/a.wav", errors.SourceUnreadable, "from address to address without an end")

    def test_a_connection_refused(self, server, capfd):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.refused(f"http://127.0.0.1:{port}/a.wav", errors.SourceUnreadable, "no connection to the server")
        assert capfd.readouterr().err == ""

    def test_a_server_that_is_not_known(self, server, capfd):
        self.refused("http://no-such-server.invalid/a.wav", errors.SourceUnreadable, "no connection to the server")
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("how", ["stalls", "stalls_midway", "drips"])
    def test_a_server_that_stalls(self, server, how, monkeypatch, capfd):
        monkeypatch.setattr(http_client, "_STALL_SECONDS", 0.3)
        began = time.monotonic()
        self.refused(f"{server.url}/{how}/a.wav", errors.SourceUnreadable, r"stalled for 0\.3 s")
        assert time.monotonic() - began < 10  # not a speed: it does end
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize(
        ("how", "message"),
        [
            ("breaks_off", "the connection broke off"),
            ("changes", "the file changed on the server"),
            ("dies_midway", "503 Service Unavailable"),
            ("nonsense", "cannot be understood|broke off"),
        ],
    )
    def test_servers_that_fail(self, server, how, message, capfd):
        self.refused(f"{server.url}/{how}/a.wav", errors.SourceUnreadable, message)
        assert capfd.readouterr().err == ""

    def test_a_connection_that_breaks_once_is_made_again(self, server):
        assert everything(open_source(f"{server.url}/breaks_once/a.wav")) == CONTENT

    @pytest.mark.parametrize(
        "url", ["http://", "https:///a.wav", "http://h:port/a", "http://[::1/a", "http://u:pa/ss@h/a"]
    )
    def test_malformed_addresses(self, server, url):
        self.refused(url, errors.ParameterError, "address")

    def test_a_read_that_fails_under_a_decoder_is_raised(self, server, stereo, capfd):
        target = io.BytesIO()
        soundfile.write(target, np.tile(stereo, 20).T, 48_000, format="WAV", subtype="PCM_16")
        server.content = target.getvalue()
        handle = StrictReader(open_source(f"{server.url}/dies_midway/a.wav").open())
        with soundfile.SoundFile(handle) as file:
            assert len(file.read()) < file.frames
        asked = len(server.requests)
        handle.seek(0)
        assert handle.read(10) == b""  # and the server is left alone
        assert len(server.requests) == asked
        with pytest.raises(errors.SourceUnreadable, match=r"503"):
            handle.close()
        assert capfd.readouterr().err == ""


def test_nothing_is_left_on_standard_error(server):
    """A process that ends with sources still open ends in silence."""
    code = (
        "import sys; from audiokit.decode.source import open_source; from audiokit.errors import InputError\n"
        "kept = open_source(sys.argv[1] + '/parts/a.wav'); handle = kept.open(); handle.read(99)\n"
        "try:\n    open_source(sys.argv[1] + '/status/a.wav?code=403')\n"
        "except InputError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", code, server.url]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "403" in ran.stdout
    assert (ran.returncode, ran.stderr) == (0, "")
