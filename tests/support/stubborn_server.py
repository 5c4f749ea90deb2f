"""A web server of the test's own, that gives parts, the whole, or trouble."""

from __future__ import annotations

import base64
import gzip
import http.server
import threading
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

CONTENT = np.random.default_rng(0).integers(0, 256, 3_000_017, dtype=np.uint8).tobytes()


class Handler(http.server.BaseHTTPRequestHandler):
    """The first part of the path says how to behave."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server, parts = self.server, urlsplit(self.path)
        server.requests.append((self.path, self.headers.get("Range")))
        how = parts.path.split("/")[1]
        getattr(self, how, self.missing)(parse_qs(parts.query))

    def missing(self, _query) -> None:
        self.send_error(404)

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.server.sent += len(body)
        self.wfile.write(body)

    def parts(self, query, etag: str = '"1"') -> None:
        content = self.server.content
        asked = self.headers.get("Range")
        if asked is None:
            return self.answer(content, ETag=etag)
        first, last = (int(number) for number in asked.removeprefix("bytes=").split("-"))
        if first >= len(content):
            return self.answer(b"", 416, Content_Range=f"bytes */{len(content)}")
        body = content[first : last + 1]
        return self.answer(body, 206, ETag=etag, Content_Range=f"bytes {first}-{first + len(body) - 1}/{len(content)}")

    def whole(self, _query) -> None:
        self.answer(self.server.content)

    def chunked(self, _query) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(self.server.content), 100_000):
            part = self.server.content[start : start + 100_000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def unknown_total(self, _query) -> None:
        if self.headers.get("Range"):
            return self.answer(self.server.content[:65_536], 206, Content_Range="bytes 0-65535/*")
        return self.answer(self.server.content)

    def packed(self, _query) -> None:
        self.answer(gzip.compress(self.server.content, 1), Content_Encoding="gzip")

    def status(self, query) -> None:
        self.send_error(int(query["code"][0]))

    def to(self, query) -> None:
        self.send_response(302)
        self.send_header("Location", query["url"][0])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def circle(self, _query) -> None:
        self.to({"url": ["/circle/a.wav"]})

    def stalls(self, _query) -> None:
        self.server.release.wait(20)

    def stalls_midway(self, query) -> None:
        if len(self.server.requests) > 1:
            self.server.release.wait(20)
            return None
        return self.parts(query)

    def drips(self, _query) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not self.server.release.wait(0.05):
            self.wfile.write(b"x")

    def breaks_off(self, _query) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 10)
        self.close_connection = True

    def breaks_once(self, query) -> None:
        if len(self.server.requests) == 2:
            self.send_response(206)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.close_connection = True
            return None
        return self.parts(query)

    def changes(self, query) -> None:
        self.parts(query, etag=f'"{len(self.server.requests)}"')

    def dies_midway(self, query) -> None:
        return self.parts(query) if len(self.server.requests) == 1 else self.send_error(503)

    def nonsense(self, _query) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.0\r\n\r\n")
        self.close_connection = True

    def locked(self, query) -> None:
        token = base64.b64encode(b"ann:s3cr@t").decode()
        if self.headers.get("Authorization") != f"Basic {token}":
            return self.send_error(401)
        return self.parts(query)

    def log_message(self, *_args) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the client went away
            pass


@pytest.fixture
def server(monkeypatch):
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.requests, made.sent, made.content, made.release = [], 0, CONTENT, threading.Event()
    made.url = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.release.set()
    made.shutdown()
    made.server_close()
    thread.join()


def everything(source) -> bytes:
    with source.open() as handle:
        return handle.read()
