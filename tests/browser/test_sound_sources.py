"""What is heard is where the cursor stands, from every source: embedded, served, in pieces, in the page."""

import base64
import json
import os

import numpy as np
import pytest
import soundfile
from sound_followed import RATE, WITHIN_SECONDS, noise

from audiokit.decode import write
from audiokit_widgets import holding
from audiokit_widgets.figures.sound_page import Server, open_sound, samples_heard, where
from audiokit_widgets.sound import Sound

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    yield made
    made.close()


@pytest.fixture
def small_memory(monkeypatch):
    """Files of more than a second are long ones."""
    monkeypatch.setattr(holding, "MOST_DECODED_BYTES", RATE * 4)


@pytest.fixture
def jupyter(server, tmp_path, monkeypatch):
    """The kernel's word for a Jupyter server that shows the folder."""
    runtime = tmp_path / ".runtime"
    runtime.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    told = {"root_dir": str(tmp_path), "base_url": "/"}
    (runtime / f"jpserver-{os.getpid()}.json").write_text(json.dumps(told))


def follows(page, truth, seconds):
    """Seek to each place; what is heard first is the sample there, and what follows is the sound."""
    for at in seconds:
        heard = samples_heard(page, at)
        found, alike = where(heard, truth)
        assert alike > 0.9
        assert found / RATE == pytest.approx(at, abs=WITHIN_SECONDS)
        later, alike = where(heard[6000:], truth)
        assert alike > 0.9
        assert later == found + 6000  # nothing lost, nothing twice


PLACES = (0.0, 4.321, 1.0, 11.5, 17.03)


@pytest.mark.parametrize("preview", ["never", "always"])
def test_embedded_sound_is_heard_where_the_cursor_stands(new_page, server, preview):
    truth = noise(20)
    sound = Sound.of(truth, sample_rate=RATE, preview=preview)
    watched = new_page()
    page = open_sound(watched, sound, server.address, pages=server.pages)
    page.evaluate("rate => window.listen(rate)", RATE)
    assert sound.mime_type == ("audio/flac" if preview == "never" else "audio/mpeg")
    follows(page, truth[0], PLACES)
    assert watched.complaints == []
    assert page.evaluate("window.sound.transport.message") == ""


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_file_is_served_and_heard_where_the_cursor_stands(new_page, server, jupyter, small_memory, tmp_path, kind):
    truth = noise(20)
    soundfile.write(tmp_path / f"a file.{kind}", truth[0], RATE)
    sound = Sound.of(tmp_path / f"a file.{kind}")
    assert sound.delivery == "served"
    watched = new_page()
    page = open_sound(watched, sound, server.address, pages=server.pages)
    page.evaluate("rate => window.listen(rate)", RATE)
    assert page.evaluate("window.element.src").startswith(server.address)
    follows(page, truth[0], PLACES)
    assert not any(asked["kind"] == "chunk" for asked in page.evaluate("window.asked"))
    assert any(span for _, span in server.asked)


def test_pieces_are_heard_where_the_cursor_stands(new_page, server, small_memory, tmp_path):
    truth = noise(45)
    soundfile.write(tmp_path / "long.ogg", truth[0], RATE)  # not one that a browser seeks exactly
    sound = Sound.of(tmp_path / "long.ogg")
    assert sound.delivery == "chunks"
    watched = new_page()
    page = open_sound(watched, sound, server.address, pages=server.pages)
    page.evaluate("rate => window.listen(rate)", RATE)
    follows(page, truth[0], (*PLACES, sound.chunk_seconds - 0.2, 41.0, 2.0))  # over a border, far ahead, and back
    assert watched.complaints == []


def test_the_page_keeps_only_what_lies_around_the_position(new_page, server, small_memory, tmp_path):
    write(tmp_path / "long.ogg", np.tile(noise(20)[0], 12), RATE)  # in blocks: libsndfile crashes on so much at once
    sound = Sound.of(tmp_path / "long.ogg")
    page = open_sound(new_page(), sound, server.address, pages=server.pages)
    for seconds in (100, 230, 20):
        page.evaluate("s => (window.sound.transport.seek(s), window.sound.transport.play())", seconds)
        page.wait_for_function(f"window.element.currentTime > {seconds}.3", timeout=20_000)
    page.wait_for_timeout(1500)
    held = page.evaluate(
        "(b => Array.from({ length: b.length }, (_, i) => [b.start(i), b.end(i)]))(window.element.buffered)"
    )
    assert sum(end - start for start, end in held) < 90
    assert max(end for _, end in held) < 90


def test_a_file_that_is_another_one_is_not_served(new_page, server, jupyter, small_memory, tmp_path):
    truth, other = noise(12), noise(12, seed=1)
    soundfile.write(tmp_path / "a.wav", truth[0], RATE)
    sound = Sound.of(tmp_path / "a.wav")
    soundfile.write(tmp_path / "changed.wav", other[0], RATE)
    sound.served = {**sound.served, "path": "changed.wav"}  # the same size, and other samples
    page = open_sound(new_page(), sound, server.address, pages=server.pages)
    page.evaluate("rate => window.listen(rate)", RATE)
    assert page.evaluate("window.element.src").startswith("blob:")
    follows(page, truth[0], (1.0, 7.0))


@pytest.mark.parametrize("long", [False, True])
def test_without_kernel_or_bytes_it_says_so(new_page, server, tmp_path, monkeypatch, long):
    if long:
        monkeypatch.setattr(holding, "MOST_DECODED_BYTES", RATE)
    soundfile.write(tmp_path / "a.ogg", noise(3)[0], RATE)
    page = open_sound(new_page(), Sound.of(tmp_path / "a.ogg"), server.address, kernel=False, pages=server.pages)
    page.evaluate("window.sound.transport.play()")
    page.wait_for_function("window.sound.transport.message", timeout=25_000)
    assert "not in" in page.evaluate("window.sound.transport.message")
    assert not page.evaluate("window.sound.transport.playing")


def test_a_sound_in_the_page_is_known_by_its_hash(new_page, server):
    truth = noise(5)
    sound, decoy = Sound.of(truth, sample_rate=RATE), Sound.of(noise(5, seed=2), sample_rate=RATE)
    body = decoy.static_audio("b") + sound.static_audio("a")
    page = open_sound(new_page(), sound, server.address, kernel=False, body=body, pages=server.pages)
    page.evaluate("rate => window.listen(rate)", RATE)
    follows(page, truth[0], (0.0, 2.5))


def test_a_sound_in_the_saved_notebook_is_known_by_its_hash(new_page, server, tmp_path):
    truth = noise(5)
    sound = Sound.of(truth, sample_rate=RATE)
    outputs = [{"data": {"text/html": [sound.static_audio("a")]}}]
    (tmp_path / "sub folder").mkdir()
    (tmp_path / "sub folder" / "my notes.ipynb").write_text(json.dumps({"cells": [{"outputs": outputs}]}))
    head = '<script id="jupyter-config-data" type="application/json">{"baseUrl": "/"}</script>'
    watched = new_page()
    address = "/lab/workspaces/auto-x/tree/sub folder/my notes.ipynb"
    page = open_sound(watched, sound, server.address, kernel=False, head=head, pages=server.pages, path=address)
    page.evaluate("rate => window.listen(rate)", RATE)
    follows(page, truth[0], (0.0, 2.5))
    assert server.asked == [("/files/sub folder/my notes.ipynb", None)]


def test_a_kernel_that_is_busy_has_sent_the_bytes_before(new_page, server):
    sound = Sound.of(noise(4), sample_rate=RATE)
    sound._encoded()
    page = open_sound(new_page(), sound, server.address, kernel=False, pages=server.pages)
    page.evaluate("window.sound.transport.play()")
    assert page.evaluate("window.sound.transport.playing")  # as asked, as soon as there is something to play
    page.evaluate("text => window.reply({ kind: 'bytes' }, [text])", base64.b64encode(sound.embedded().data).decode())
    page.wait_for_function("window.element.currentTime > 0.2", timeout=10_000)
