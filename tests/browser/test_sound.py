"""The sound model in Chromium: what is heard is where the cursor stands, from every source."""

import json
import os

import numpy as np
import pytest
import soundfile
from sound_page import Server, open_sound, samples_heard, where

from audiokit_widgets import sound as sound_module
from audiokit_widgets.sound import Sound

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RATE = 16_000
WITHIN_SECONDS = 0.010


def noise(seconds, rate=RATE, channels=1, seed=0):
    """Noise under 3 kHz, which every codec keeps and no two spans of which are alike."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal((channels, int(seconds * rate))))
    hz = np.fft.rfftfreq(int(seconds * rate), 1 / rate)
    samples = np.fft.irfft(spectrum * ((hz > 100) & (hz < 3000)), int(seconds * rate))
    return (0.3 * samples / np.abs(samples).max()).astype(np.float32)


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    yield made
    made.close()


@pytest.fixture
def small_memory(monkeypatch):
    """Files of more than a second are long ones."""
    monkeypatch.setattr(sound_module, "MOST_DECODED_BYTES", RATE * 4)


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
        print(at, found / RATE - at, alike, len(heard))
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
