"""The sound model and its kernel: what a notebook holds once, what is pushed unasked, what is answered."""

from __future__ import annotations

import hashlib
import threading
import types

import numpy as np
import pytest
from sound_parts import RATE, noise

from audiokit import Audio
from audiokit.errors import ParameterError
from audiokit_widgets import delivery
from audiokit_widgets import sound as sound_module
from audiokit_widgets.delivery import Ownership, Place
from audiokit_widgets.sound import Sound


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
