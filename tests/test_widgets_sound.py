"""The sound model in Python: one for each sound, small, exact in what it sends, and whole in constant memory."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import sys
import threading
import tracemalloc
import types
import zlib

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit import Audio
from audiokit.decode import write
from audiokit.errors import InputError, ParameterError
from audiokit_widgets import delivery, holding
from audiokit_widgets import sound as sound_module
from audiokit_widgets.chunks import Pieces, fragment
from audiokit_widgets.delivery import Ownership, Place, embedded
from audiokit_widgets.packing import packed_clips, packed_outline, packed_overview
from audiokit_widgets.scan import Scan
from audiokit_widgets.served import served_file, server_root
from audiokit_widgets.sound import Sound

RATE = 16_000


def noise(seconds, rate=RATE, channels=1, seed=0):
    return (0.2 * np.random.default_rng(seed).standard_normal((channels, int(seconds * rate)))).astype(np.float32)


@pytest.fixture
def small_memory(monkeypatch):
    """Files that decode to more than a second are long ones."""
    monkeypatch.setattr(holding, "MOST_DECODED_BYTES", RATE * 4)


def state_bytes(sound):
    state = sound.get_state()
    text = json.dumps({k: v for k, v in state.items() if not isinstance(v, bytes | memoryview)}, allow_nan=False)
    return len(text) + sum(len(v) for v in state.values() if isinstance(v, bytes | memoryview))


# one sound, one model


def test_the_same_sound_is_the_same_model(tmp_path):
    samples = noise(1)
    audio = Audio(samples, RATE, name="first")
    sound = Sound.of(audio)
    assert Sound.of(audio) is sound
    assert Sound.of(samples.copy(), sample_rate=RATE) is sound
    assert Sound.of(sound) is sound
    assert sound.title == "first"
    assert Sound.of(samples, sample_rate=RATE // 2) is not sound
    assert Sound.of(samples + 1e-4, sample_rate=RATE) is not sound
    assert Sound.of(audio, preview="always") is not sound
    sound.close()
    again = Sound.of(audio)
    assert again is not sound  # a closed model answers nobody
    assert again.digest == sound.digest


@pytest.mark.parametrize("long", [False, True])
def test_an_unchanged_file_is_the_same_model_and_a_changed_one_is_not(tmp_path, monkeypatch, long):
    if long:
        monkeypatch.setattr(holding, "MOST_DECODED_BYTES", RATE)
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(2).T, RATE)
    sound = Sound.of(path)
    assert Sound.of(str(path)) is sound
    soundfile.write(path, noise(2, seed=1).T, RATE)
    os.utime(path, ns=(1, 1))
    assert Sound.of(path) is not sound


def test_what_is_no_sound_is_refused(tmp_path):
    for source, sample_rate in ((np.zeros(0), RATE), (np.zeros(9), None), (3, None), (Audio(np.zeros(9), RATE), RATE)):
        with pytest.raises(ParameterError):
            Sound.of(source, sample_rate=sample_rate)
    with pytest.raises(ParameterError, match="preview"):
        Sound.of(np.zeros(9), sample_rate=RATE, preview="perhaps")
    with pytest.raises(InputError):
        Sound.of(tmp_path / "missing.wav")


# what travels


@pytest.mark.parametrize(
    ("seconds", "rate", "channels"),
    [(0.0001, 16_000, 1), (20, 16_000, 1), (20, 48_000, 2), (5, 44_100, 6), (3, 192_000, 1)],
)
def test_the_state_is_small_and_has_no_number_that_json_lacks(seconds, rate, channels):
    samples = noise(seconds, rate, channels)
    samples[0, 0] = np.nan
    samples[-1, -1] = np.inf
    sound = Sound.of(Audio(samples, rate))
    sound.static_audio()
    assert state_bytes(sound) < 200_000
    assert np.isfinite([sound.peak, sound.duration_seconds, sound.outline_scale]).all()
    assert any("not finite" in note for note in sound.notes)
    assert sound.fraction == 1


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_outline_is_that_of_the_samples(channels):
    samples = noise(3, channels=channels)
    packed = packed_outline_of(samples)
    rows = channels if channels <= 2 else 1
    assert packed.rows == rows
    got = np.frombuffer(packed.data, "<i2").reshape(rows, -1, 2) / 32767 * packed.scale
    edges = np.arange(4097) * samples.shape[1] / 4096
    for row in range(rows):
        seen = samples if rows != channels else samples[row : row + 1]
        for i in range(0, 4096, 97):
            part = seen[:, int(edges[i]) : max(int(edges[i + 1]), int(edges[i]) + 1)]
            assert got[row, i, 0] <= part.min() + 1e-4
            assert got[row, i, 1] >= part.max() - 1e-4
    assert got.max() == pytest.approx(samples.max(), abs=1e-4)


def packed_outline_of(samples):
    scan = Scan(Audio(samples, RATE))
    scan.finish()
    return packed_outline(scan)


@given(st.lists(st.integers(0, 99_999), max_size=40), st.sampled_from([1, 256]))
@settings(max_examples=25, deadline=None)
def test_clips_are_found_in_their_bins(at, finest):
    samples = np.zeros((1, 100_000), np.float32)
    samples[0, at] = 1.0
    scan = Scan(Audio(samples, RATE))
    scan.finish()
    data, width = packed_clips(scan, finest_frames=finest)
    bins = np.frombuffer(data, "<u4")
    reach = 0 if width < 256 else 1  # from 256 frames on, a scan may count what lies just beside a bin
    assert {i // width for i in at} <= set(bins.tolist())
    assert all(min((abs(b - i // width) for i in at), default=9) <= reach for b in bins.tolist())


def test_very_many_clips_are_told_in_fewer_bins():
    scan = Scan(Audio(np.ones((1, 200_000), np.float32), RATE))
    scan.finish()
    data, width = packed_clips(scan, finest_frames=1)
    bins = np.frombuffer(data, "<u4")
    assert len(bins) <= 8192
    assert set(range(-(-200_000 // width))) == set(bins.tolist())


@pytest.mark.parametrize("kind", ["mel", "linear"])
def test_an_overview_is_the_scans_within_a_few_levels(kind):
    scan = Scan(Audio(noise(30, 44_100), 44_100))
    scan.finish()
    picture = scan.overview(kind)
    axis, data = packed_overview(picture)
    assert len(data) <= 52_000
    levels = np.frombuffer(zlib.decompress(data), np.uint8).reshape(axis["bands"], axis["columns"])
    fold = round(axis["hop_seconds"] / picture.hop_seconds)
    padded = np.pad(picture.levels, ((0, 0), (0, -picture.levels.shape[1] % fold)))
    truth = padded.reshape(axis["bands"], -1, fold).max(axis=2)
    assert np.abs(truth.astype(int) - levels).max() <= 3
    assert axis["columns"] * axis["hop_seconds"] >= scan.duration_seconds


def test_an_overview_that_is_small_is_not_changed():
    scan = Scan(Audio(np.sin(np.arange(RATE) / 5).astype(np.float32), RATE))
    scan.finish()
    axis, data = packed_overview(scan.overview("mel"))
    levels = np.frombuffer(zlib.decompress(data), np.uint8).reshape(axis["bands"], -1)
    np.testing.assert_array_equal(levels, scan.overview("mel").levels)


# the bytes


def test_a_preview_of_ten_minutes_takes_less_than_15_percent_of_what_ipython_stores():
    speechlike = noise(600) * np.abs(np.sin(np.arange(600 * RATE) / 5000)).astype(np.float32)
    ipython = 4 / 3 * (44 + 2 * 600 * RATE)  # a WAV file of 16 bits in base64, which IPython.display.Audio embeds
    sound = Sound.of(Audio(speechlike, RATE))
    html = sound.static_audio()
    assert len(html) <= 0.15 * ipython
    assert sound.is_preview
    assert (sound.mime_type, sound.heard_channels) == ("audio/mpeg", 1)
    assert "MP3 preview" in sound.summary


@pytest.mark.parametrize(
    ("preview", "seconds", "kind"),
    [("auto", 2, "flac"), ("auto", 91, "mpeg"), ("always", 2, "mpeg"), ("never", 91, "flac")],
)
def test_the_preview_is_as_asked(preview, seconds, kind):
    made = embedded(Audio(noise(seconds, 8000), 8000), preview)
    assert made.mime_type == f"audio/{kind}"
    assert made.digest == hashlib.sha256(made.data).hexdigest()


def test_a_preview_of_many_channels_is_their_mean_and_says_so():
    made = embedded(Audio(noise(1, channels=4), RATE), "always")
    assert made.heard_channels == 1
    assert "mean of 4 channels" in made.note
    assert embedded(Audio(noise(1, channels=4), RATE)).heard_channels == 4


def test_the_static_audio_is_the_sound_and_its_traits_say_which():
    samples = noise(1)
    sound = Sound.of(Audio(samples, RATE, name='<b>"x"'))
    html = sound.static_audio()
    assert "<b>" not in html
    data = base64.b64decode(re.search(r'src="data:audio/flac;base64,([^"]+)"', html)[1])
    assert hashlib.sha256(data).hexdigest() == sound.digest_bytes
    assert len(data) == sound.size_bytes
    back, rate = soundfile.read(io.BytesIO(data))
    np.testing.assert_allclose(back, np.clip(samples[0], -1, 1), atol=2**-15)
    assert rate == RATE


def test_a_notebook_holds_a_sound_once():
    owner = Ownership()
    assert owner.claims("a", Place("cell 1", "run 1"))
    assert owner.claims("a", Place("cell 1", "run 1"))  # the same view again: its output is replaced
    assert not owner.claims("b", Place("cell 1", "run 1"))
    assert not owner.claims("b", Place("cell 2", "run 2"))
    assert owner.claims("c", Place("cell 1", "run 3"))  # run again
    assert not owner.claims("a", Place("cell 1", "run 3"))
    assert owner.claims("d", None)  # outside of a kernel every picture stands alone


def kernel_shell(monkeypatch, parent):
    kernel = types.SimpleNamespace(get_parent=lambda _channel: parent)
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: types.SimpleNamespace(kernel=kernel))


def test_cells_are_known_by_their_number_or_their_code(monkeypatch):
    parent = {"header": {"msg_id": "r1"}, "content": {"code": "show()"}, "metadata": {"cellId": "c1"}}
    kernel_shell(monkeypatch, parent)
    assert delivery.here() == Place("c1", "r1")
    kernel_shell(monkeypatch, {**parent, "metadata": {}})
    without = delivery.here()
    kernel_shell(monkeypatch, {**parent, "metadata": {}, "header": {"msg_id": "r2"}})
    assert without is not None
    assert delivery.here().cell == without.cell
    assert delivery.here().execution == "r2"


def test_another_cells_view_refers_to_the_first(monkeypatch):
    sound = Sound.of(Audio(noise(1, seed=9), RATE))
    monkeypatch.setattr(sound_module, "here", lambda: Place("1", "a"))
    monkeypatch.setattr(sound, "_pushed", True)
    assert "data:audio" in sound.static_audio("v")
    monkeypatch.setattr(sound_module, "here", lambda: Place("2", "b"))
    assert sound.static_audio("w") == "<div>The sound is in the view above.</div>"


def test_a_displayed_sound_is_pushed_once_by_another_thread(monkeypatch):
    sound = Sound.of(Audio(noise(1, seed=8), RATE))
    monkeypatch.setattr(sound_module, "here", lambda: Place("1", "a"))
    monkeypatch.setattr(sound_module, "_PUSH_AFTER_SECONDS", 0.01)
    sent, done = [], threading.Event()
    monkeypatch.setattr(
        sound,
        "send",
        lambda content, buffers: (sent.append((content, buffers, threading.current_thread())), done.set()),
    )
    for _ in range(3):
        sound.static_audio("v")
    assert done.wait(10)
    (content, buffers, thread), *more = sent
    assert not more
    assert content == {"kind": "bytes"}
    assert buffers == [sound.embedded().data]
    assert thread is not threading.main_thread()


def test_a_busy_kernel_sends_the_bytes_while_it_works():
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    code = """
import time, numpy as np
from IPython.display import display
from audiokit_widgets.sound import Sound
sound = Sound.of(np.sin(np.arange(16000) / 9).astype(np.float32), sample_rate=16000)
display(sound)
time.sleep(4)
print(sound.digest_bytes)
"""
    try:
        number = client.execute(code)
        pushed_while_busy, told = None, ""
        while True:
            message = client.get_iopub_msg(timeout=60)
            content = message["content"]
            if message["msg_type"] == "comm_msg" and content["data"].get("method") == "custom":
                assert content["data"]["content"] == {"kind": "bytes"}
                pushed_while_busy = hashlib.sha256(bytes(message["buffers"][0])).hexdigest()
                assert not told  # the cell had not ended
            elif message["msg_type"] == "stream":
                told += content["text"]
            elif message["msg_type"] == "error":
                pytest.fail("\n".join(content["traceback"]))
            elif message["parent_header"].get("msg_id") == number and content.get("execution_state") == "idle":
                break
        assert pushed_while_busy == told.strip()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


# answers


def answers(sound):
    sent = []
    sound.send = lambda content, buffers=None: sent.append((content, buffers))
    return sent


def test_questions_are_answered_and_errors_go_back():
    samples = noise(2, channels=2)
    sound = Sound.of(Audio(samples, RATE))
    sent = answers(sound)
    ask = {"kind": "peaks", "id": "1", "start_frame": 100, "frames_per_bin": 1, "bins": 50, "channel": 1}
    sound._asked(sound, ask, [])
    sound._asked(sound, {"kind": "tile", "id": "2", "picture": "mel", "level": 1, "index": 0}, [])
    sound._asked(sound, {"kind": "bytes", "id": "3"}, [])
    sound._asked(sound, {"kind": "peaks", "id": "4", "start_frame": 0, "frames_per_bin": 1, "bins": 1 << 30}, [])
    sound._asked(sound, {"kind": "tile", "id": "5", "picture": "sepia", "level": 1, "index": 0}, [])
    sound._asked(sound, {"kind": "chunk", "id": "6", "index": 0}, [])
    sound._asked(sound, {"kind": "peaks", "id": "7"}, [])
    sound._asked(sound, "what?", [])
    peaks, tile, data, *errors = sent
    np.testing.assert_array_equal(
        np.frombuffer(peaks[1][0], "<f4").reshape(-1, 2), np.repeat(samples[1, 100:150, None], 2, axis=1)
    )
    assert peaks[0] == {"id": "1", "partial": False}
    assert tile[1][0] == sound.scan.tile("mel", 1, 0).tobytes()
    assert data == ({"id": "3", "kind": "bytes"}, [sound.embedded().data])
    assert [e[0]["id"] for e in errors] == ["4", "5", "6", "7"]
    assert all(e[0]["error"] for e in errors)


def test_position_is_checked():
    sound = Sound.of(Audio(noise(2, seed=3), RATE))
    sound.position_seconds = 9
    assert sound.position_seconds == 2
    with pytest.raises(ParameterError):
        sound.position_seconds = float("nan")


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


def test_a_sound_by_itself_is_a_plain_audio_element():
    bundle = Sound.of(Audio(noise(1, seed=5), RATE, name="x"))._repr_mimebundle_()
    assert bundle["text/html"].startswith("<audio controls")
    assert "mono" in bundle["text/plain"]
    assert "IPython" in sys.modules or delivery.here() is None


@pytest.mark.parametrize(
    ("audio", "remade"),
    [
        (Audio(np.rint(noise(1) * 32768) / np.float32(32768), RATE), True),
        (Audio(noise(1), RATE), False),
        (Audio(np.full((1, 800), 1.0, np.float32), RATE), False),
        (Audio(np.zeros((1, 91 * 8000), np.float32), 8000), False),
        (Audio(np.zeros((1, 800), np.float32), 4000), False),
    ],
    ids=[
        "16 bits",
        "finer than 16 bits",
        "full scale is beyond 16 bits",
        "a preview",
        "a rate that not every browser has",
    ],
)
def test_a_page_makes_pictures_again_where_it_holds_the_very_samples(audio, remade):
    sound = Sound.of(audio)
    assert sound.remade == []  # nothing is known before the bytes are
    sound.static_audio("x")
    assert sound.remade == (["mel_overview", "linear_overview"] if remade else [])
