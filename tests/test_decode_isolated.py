"""`read_isolated`: the same Audio and the same errors, whatever becomes of the process that decodes."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import soundfile

from audiokit import errors
from audiokit.audio import Audio
from audiokit.decode.isolated import read_isolated, run_isolated
from audiokit.results import Segment

# What stands in for `read`: each function does to its process what a decoder might.
STAND_IN = """
import os, sys, time
import numpy as np
from audiokit import errors
from audiokit.audio import Audio
from audiokit.decode.source import open_source
from audiokit.results import Segment

class OurOwn(errors.DamagedAudio):
    pass

def rich(source, scale=1.0, **rest):
    opened = open_source(source)
    with opened.open() as handle:
        data = np.frombuffer(handle.read(), np.uint8)
    samples = np.stack([data, data[::-1]]).astype(np.float32) * scale
    lost = (Segment(0.5, 1.0, "\\udce9\\u2026", 0.25), Segment(2.0, 3.0))
    return Audio(samples, 8000, name=opened.name, warnings=("w\\u00e9", repr(rest)), lost=lost, start_seconds=1.5)

def tree(source): raise errors.NoAudioTrack("No so\\u00fbnd.", cure="Sing.")
def own(source): raise OurOwn("Ours.", cure="None.")
def foreign(source): raise KeyError("missing")
def value(source): raise ValueError("bad value")
def sleeps(source): time.sleep(60)
def spins(source):
    import re
    re.match(r"(a+)+$", "a" * 64 + "b")  # holds the interpreter's lock for years
def segfault(source):
    import ctypes
    ctypes.string_at(0)
def aborts(source): os.abort()
def leaves(source): os._exit(3)
def chatters(source):
    for _ in range(20000):
        print("x" * 100)
        print("y" * 100, file=sys.stderr)
    os.write(2, b"the last word\\n")
    os._exit(4)
def eats(source, size=2**30): return Audio(np.ones(size // 4, np.float32), 8000)
def leaks(source): raise RuntimeError("said") from ValueError("deeper")
"""


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stand_in")
    (folder / "stand_in.py").write_text(textwrap.dedent(STAND_IN), encoding="utf-8")
    return folder


@pytest.fixture
def run(stand_in, monkeypatch):
    monkeypatch.syspath_prepend(str(stand_in))

    def run(what, source=b"abc", seconds=30.0, memory=None, **options):
        return run_isolated(
            f"stand_in:{what}", source, time_limit_seconds=seconds, memory_limit_bytes=memory, options=options
        )

    return run


def test_everything_comes_back(run):
    data = bytes(range(256)) * 50
    audio = run("rich", data, scale=0.5, flag=True, text="é\udce9", nothing=None, count=np.int64(3))
    numbers = np.frombuffer(data, np.uint8)
    assert np.array_equal(audio.samples, np.stack([numbers, numbers[::-1]]) * np.float32(0.5))
    assert audio.samples.dtype == np.float32
    assert audio.sample_rate == 8000
    assert (audio.name, audio.start_seconds) == ("bytes in memory", 1.5)
    assert audio.warnings == ("wé", repr({"flag": True, "text": "é\udce9", "nothing": None, "count": 3}))
    assert audio.lost == (Segment(0.5, 1.0, "\udce9…", 0.25), Segment(2.0, 3.0))
    assert not audio.samples.flags.writeable


def test_every_field_of_an_audio_is_thought_of():
    """A field added to Audio must be plain, or be taken apart like `lost`."""
    assert {f.name for f in dataclasses.fields(Audio)} == {
        "samples", "sample_rate", "name", "warnings", "lost", "start_seconds",
    }  # fmt: skip


def test_paths_and_file_objects(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "caf\udce9 ñ.bin" if sys.platform == "linux" else "ñ.bin"
    with open(name, "wb") as handle:
        handle.write(b"abc")
    for source in (name, tmp_path / name, io.BytesIO(b"abc"), bytearray(b"abc")):
        audio = run("rich", source)
        assert audio.samples[0].tolist() == [97, 98, 99]
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported from the folder one is in')")
    assert run("rich", name).frames == 3


def test_what_is_wrong_with_the_source_is_said_before_a_process_starts(run, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    with pytest.raises(errors.SourceNotFound):
        run("rich", "no-such-file.wav")
    with pytest.raises(errors.EmptySource):
        run("rich", b"")


@pytest.mark.parametrize(("what", "kind"), [("tree", errors.NoAudioTrack), ("own", errors.DamagedAudio)])
def test_errors_of_the_tree_are_raised_again(run, what, kind):
    with pytest.raises(errors.AudiokitError) as caught:
        run(what)
    assert type(caught.value) is kind
    expected = ("No soûnd.", "Sing.") if what == "tree" else ("Ours.", "None.")
    assert (caught.value.message, caught.value.cure) == expected


def test_other_errors_say_where_they_come_from(run):
    with pytest.raises(ValueError, match=r"^bad value") as caught:
        run("value")
    assert 'raise ValueError("bad value")' in caught.value.__notes__[0]
    with pytest.raises(RuntimeError, match=r"KeyError: 'missing'"):
        run("foreign")
    with pytest.raises(RuntimeError, match=r"^said") as caught:
        run("leaks")
    assert "deeper" in caught.value.__notes__[0]
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'colour'"):
        run("tree", colour=3)


@pytest.mark.parametrize("what", ["sleeps", "spins"])
def test_the_time_limit_is_hard(run, what):
    began = time.monotonic()
    with pytest.raises(errors.DecodeTimeout, match=r"bytes in memory: decoding took longer than the 1\.5 s") as caught:
        run(what, seconds=1.5)
    assert time.monotonic() - began < 20  # not a speed: it does end
    assert isinstance(caught.value, TimeoutError)


@pytest.mark.parametrize(("what", "signal"), [("segfault", "SIGSEGV"), ("aborts", "SIGABRT")])
def test_a_crash_is_survived(run, what, signal):
    said = signal if os.name != "nt" else ""
    with pytest.raises(errors.DamagedAudio, match=rf"^bytes in memory: it crashed the decoder \({said}"):
        run(what)


@pytest.mark.parametrize(
    ("what", "message"), [("leaves", "code 3, and said: nothing"), ("chatters", "code 4, and said: the last word")]
)
def test_a_process_that_ends_without_an_answer(run, what, message):
    with pytest.raises(errors.Unavailable, match=message):
        run(what)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited on Linux")
def test_the_memory_limit(run):
    with pytest.raises(errors.InputError, match=r"needs more memory than is allowed"):
        run("eats", memory=2**27, size=2**28)
    assert run("eats", memory=2**27, size=2**26).frames == 2**24


def test_limits_and_options_that_do_not_fit(run):
    for seconds in (0, -1, float("nan"), float("inf")):
        with pytest.raises(errors.ParameterError, match=r"time_limit_seconds"):
            run("rich", seconds=seconds)
    for memory in (0, -1, 0.5):
        with pytest.raises(errors.ParameterError, match=r"memory_limit_bytes"):
            run("rich", memory=memory)
    with pytest.raises(errors.ParameterError, match=r"router cannot be handed to another process \(object\)"):
        run("rich", router=object())


def test_a_system_without_memory_limits_says_so(run, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(errors.ParameterError, match=r"keeps no limit"):
        run("rich", memory=2**30)


def test_dataclasses_of_ours_are_handed_over(run):
    audio = run("rich", spans=Segment(1.0, 2.0, "x"))
    assert audio.warnings[1] == repr({"spans": Segment(1.0, 2.0, "x")})


def test_nothing_is_left_behind(run, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    run("rich")
    for what in ("tree", "segfault"):
        with pytest.raises(errors.InputError):
            run(what)
    with pytest.raises(errors.DecodeTimeout):
        run("sleeps", seconds=0.5)
    assert not list(tmp_path.iterdir())


def test_no_interpreter(run, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(errors.Unavailable, match=r"no process can be started"):
        run("rich")


@pytest.mark.skipif(os.name == "nt", reason="POSIX processes")
def test_a_hanging_decoder_ends_even_if_its_parent_is_gone(stand_in, tmp_path):
    """The worker watches the clock itself: nobody is left to stop it."""
    import json

    (tmp_path / "out").mkdir()
    request = {
        "target": "stand_in:sleeps", "options": {}, "time_limit_seconds": 0.2, "memory_limit_bytes": None,
        "folder": str(tmp_path / "out"), "name": "x",
    }  # fmt: skip
    code = "import runpy, audiokit.decode.isolated_worker as worker\nworker._GRACE_SECONDS = 0.3\nworker.main()\n"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(stand_in), *filter(None, sys.path)])}
    ran = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(request).encode() + b"\n", env=environment, timeout=20,
        capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert b"Timeout" in ran.stderr


def test_the_real_read(tmp_path, stereo):
    path = tmp_path / "a.wav"
    soundfile.write(path, stereo.T, 48_000, subtype="FLOAT")
    audio = read_isolated(path, time_limit_seconds=30, offset_seconds=0.5, duration_seconds=1.0)
    assert np.array_equal(audio.samples, stereo[:, 24_000:72_000])
    assert (audio.name, audio.sample_rate) == ("a.wav", 48_000)
    assert read_isolated(path.read_bytes(), time_limit_seconds=30, mono=True, sample_rate=16_000).frames == 32_000
    with pytest.raises(errors.UnrecognisedFormat):
        read_isolated(b"%PDF-1.7 and nothing else", time_limit_seconds=30)
