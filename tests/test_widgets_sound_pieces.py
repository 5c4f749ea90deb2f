"""Long sounds: looked at in constant memory, heard in pieces or through the Jupyter server."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from sound_parts import RATE, noise, state_bytes

from audiokit.decode import write
from audiokit.errors import ParameterError
from audiokit_widgets import holding
from audiokit_widgets.chunks import Pieces, fragment
from audiokit_widgets.served import served_file, server_root
from audiokit_widgets.sound import Sound


@pytest.fixture
def small_memory(monkeypatch):
    """Files that decode to more than a second are long ones."""
    monkeypatch.setattr(holding, "MOST_DECODED_BYTES", RATE * 4)


# long files


def test_a_long_file_fills_in(tmp_path, small_memory):
    samples = noise(20, channels=2)
    write(tmp_path / "a.ogg", samples, RATE)
    sound = Sound.of(tmp_path / "a.ogg")
    assert (sound.delivery, sound.fraction, sound.embedded()) == ("chunks", 0, None)
    assert sound.duration_seconds == pytest.approx(20, abs=0.1)
    seen = []
    sound.observe(lambda change: seen.append(change["new"]), "fraction")
    sound.scan_progressively(seconds_between=0.0)
    assert seen[-1] == 1
    assert sound.fraction == 1
    assert sound.frames == samples.shape[1]
    assert sound.peak == pytest.approx(np.abs(samples).max(), rel=0.4)  # Vorbis moves the peaks of noise
    assert "too long" in sound.static_audio()
    assert "data:" not in sound.static_audio()
    assert state_bytes(sound) < 200_000


@pytest.mark.slow
def test_a_file_that_is_long_is_looked_at_in_constant_memory(tmp_path):
    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", 48_000, 2, subtype="PCM_16") as file:
        for second in range(400):
            file.write(noise(1, 48_000, 2, seed=second).T)
    Sound.of(noise(1), sample_rate=RATE)  # what is imported at first does not count
    tracemalloc.start()
    sound = Sound.of(path)
    sound.scan_progressively()
    sound._answer({"kind": "chunk", "index": 20})
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sound.fraction == 1
    assert most < 0.5 * 400 * 48_000 * 2 * 4  # of what it decodes to


def decoded(pieces):
    import av

    samples, starts = [], []
    for data in pieces:
        with av.open(io.BytesIO(data)) as container:
            frames = list(container.decode(audio=0))
            starts.append(frames[0].pts * frames[0].time_base)
            samples.append(np.concatenate([f.to_ndarray().reshape(-1, f.layout.nb_channels) for f in frames]).T)
    return samples, starts


@pytest.mark.parametrize(("kind", "rate", "channels"), [("wav", 16_000, 1), ("flac", 44_100, 2), ("wav", 8_000, 6)])
def test_pieces_put_together_are_the_file(tmp_path, kind, rate, channels):
    samples = np.clip(np.round(noise(26, rate, channels) * 32768), -32768, 32767) / 32768
    path = tmp_path / f"a.{kind}"
    soundfile.write(path, samples.T, rate, subtype="PCM_16")
    pieces = Pieces(path, sample_rate=rate, channels=channels, frames=samples.shape[1])
    assert pieces.count == 3
    order = [2, 0, 1, 1]  # asked for in any order, and again
    got = {i: pieces.piece(i) for i in order}
    parts, starts = decoded([got[i] for i in range(3)])
    np.testing.assert_array_equal(np.concatenate(parts, axis=1) / 32768, samples)
    assert [round(float(s) * rate) for s in starts] == [round(i * pieces.seconds * rate) for i in range(3)]
    with pytest.raises(ParameterError, match="3 pieces"):
        pieces.piece(3)


@given(st.integers(1, 9000), st.integers(0, 2**40), st.sampled_from([8000, 44_100, 192_000]), st.integers(1, 8))
@settings(max_examples=20, deadline=None)
def test_a_fragment_says_where_it_stands(frames, start, rate, channels):
    samples = noise(1, 9000, channels)[:, :frames]
    (got,), (at,) = decoded([fragment(samples, rate, start)])
    assert got.shape == samples.shape
    assert at == pytest.approx(start / rate, abs=1e-6 + start / rate * 1e-9)


def test_a_rate_beyond_flac_is_played_at_48_khz(tmp_path):
    soundfile.write(tmp_path / "a.wav", noise(12, 384_000).T, 384_000)
    pieces = Pieces(tmp_path / "a.wav", sample_rate=384_000, channels=1, frames=12 * 384_000)
    assert pieces.played_rate == 48_000
    (first, last), _ = decoded([pieces.piece(0), pieces.piece(1)])
    assert first.shape[1] + last.shape[1] == 12 * 48_000


# served


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", "4711")
    (tmp_path / "root" / ".hidden").mkdir(parents=True)
    (runtime / "jpserver-4711.json").write_text(
        json.dumps({"root_dir": str(tmp_path / "root"), "base_url": "/user/x/"})
    )
    return tmp_path / "root"


def info_of(path):
    from audiokit.decode import info

    return info(path)


def test_a_file_under_the_servers_root_is_served(jupyter, small_memory):
    path = jupyter / "a file #1.wav"
    soundfile.write(path, noise(2).T, RATE)
    sound = Sound.of(path)
    assert sound.delivery == "served"
    assert sound.served == {
        "path": "a%20file%20%231.wav", "base_url": "/user/x/", "size_bytes": path.stat().st_size,
        "head_bytes": min(65536, path.stat().st_size), "head_digest": hashlib.sha256(path.read_bytes()[:65536]).hexdigest(),
    }  # fmt: skip


def test_what_the_server_does_not_give_out_or_browsers_do_not_seek_is_not_served(jupyter, tmp_path):
    for place, kind, subtype in (
        (jupyter / ".hidden", "wav", "PCM_16"),
        (tmp_path, "wav", "PCM_16"),
        (jupyter, "wav", "ULAW"),
        (jupyter, "ogg", "VORBIS"),
    ):
        path = place / f"a.{kind}"
        soundfile.write(path, noise(1).T, RATE, subtype=subtype)
        assert served_file(path, info_of(path)) is None


@pytest.mark.parametrize("text", [None, "", "{", '{"root_dir": 3}', "[]"])
def test_without_a_server_nothing_is_served(jupyter, tmp_path, text):
    file = tmp_path / "runtime" / "jpserver-4711.json"
    file.unlink()
    if text is not None:
        file.write_text(text)
    assert server_root() is None
