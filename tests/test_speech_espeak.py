"""Speech made by espeak-ng: deterministic, in a process of its own, and clear about what it cannot do."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import LibraryUnavailable, ParameterError, SynthesisFailed
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import espeak, espeak_process
from audiokit.speech.espeak import speak

needs_espeak = pytest.mark.skipif(file_in_wheel("espeakng_loader", "__init__.py") is None, reason="no espeakng-loader")


@needs_espeak
def test_the_same_text_gives_the_same_samples():
    first, second = (speak("The quick brown fox jumps over the lazy dog.") for _ in range(2))
    assert first.samples.tobytes() == second.samples.tobytes()
    assert first.sample_rate == 22050
    assert first.channels == 1
    assert 1.5 < first.duration_seconds < 5
    assert 0.1 < np.abs(first.samples).max() <= 1
    assert first.name == "espeak-ng: The quick brown fox jumps over the lazy…"


@needs_espeak
def test_settings_are_heard():
    def pitch(audio):
        """Strongest lag of the autocorrelation within 60 to 400 Hz."""
        x = audio.samples[0]
        spectrum = np.abs(np.fft.rfft(x, 2 * x.size)) ** 2
        lags = np.fft.irfft(spectrum)[22050 // 400 : 22050 // 60]
        return 22050 / (22050 // 400 + np.argmax(lags))

    text = "One two three four five six seven eight nine ten."
    slow, fast = speak(text, words_per_minute=100), speak(text, words_per_minute=300)
    assert slow.duration_seconds > 2 * fast.duration_seconds
    assert pitch(speak(text, pitch=90)) > 1.2 * pitch(speak(text, pitch=10))
    assert speak(text, voice="de").samples.tobytes() != speak(text).samples.tobytes()
    assert speak(text, voice="en+f3").samples.tobytes() != speak(text).samples.tobytes()


@needs_espeak
def test_espeak_is_never_loaded_here():
    code = (
        "import sys; from audiokit.speech import speak; speak('hello')\n"
        "print('espeakng_loader' in sys.modules, 'ctypes.util' in sys.modules)\n"
        "maps = open('/proc/self/maps').read() if sys.platform == 'linux' else ''\n"
        "print('espeak' in maps)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].startswith("False")
    assert done.stdout.splitlines()[1] == "False"


@needs_espeak
def test_the_helper_runs_as_a_module_without_numpy(tmp_path):
    code = (
        "import sys; sys.modules['numpy'] = None; sys.argv = ['x']\n"
        "import runpy; runpy.run_module('audiokit.speech.espeak_process', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], input=b"\n", capture_output=True, check=False)
    assert b"KeyError: 'library'" in done.stderr  # it came as far as the request


def test_the_helper_imports_next_to_nothing():
    """Every module more would be heard as a later first sound."""
    command = [sys.executable, "-I", "-S", "-X", "importtime", espeak_process.__file__]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "ctypes" in imported
    assert not imported & {"json", "re", "typing", "enum", "inspect", "logging"}


@needs_espeak
@pytest.mark.parametrize(
    "voice", ["en", "en-us", "de", "fr", "pt", "cmn", "yue", "nb", "ru", "en+f3", "en-gb-scotland"]
)
def test_a_voice_by_its_file_speaks_as_by_its_name(voice):
    """The slow way is the name, for which espeak-ng reads the files of all voices."""
    library, data = espeak.library_and_data()
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('helper', {espeak_process.__file__!r})\n"
        "helper = importlib.util.module_from_spec(spec); spec.loader.exec_module(helper)\n"
        f"library, rate = helper.opened({str(library)!r}, {str(data.parent.parent)!r})\n"
        f"print(helper.path_of({voice!r}), file=sys.stderr)\n"
        "helper.path_of = lambda voice: voice\n"
        f"request = dict(text='Good morning.', voice={voice!r}, words_per_minute='160', pitch='50', max_seconds='60')\n"
        "sys.stdout.buffer.write(helper.synthesise(library, rate, request))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    assert b"/" in done.stderr
    by_name = np.frombuffer(done.stdout, "<i2").astype(np.float32) / np.float32(32768)
    np.testing.assert_array_equal(speak("Good morning.", voice=voice).samples[0], by_name)


@given(st.dictionaries(st.text("abcdef_", min_size=1), st.text(max_size=20)))
def test_lines_between_the_processes(values):
    line = espeak_process.as_line(values)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert espeak_process.of_line(line) == {
        name: text.encode("utf-8", "replace").decode() for name, text in values.items()
    }


@needs_espeak
@pytest.mark.parametrize(
    "text",
    [
        "😀 🎉",
        "a\x00b\x07\x1bc",
        "\ud800 broken",
        "日本語 и русский",
        "<speak>&amp;</b>",
        "[[h@l'oU]]",
        "x" * 5000,
        "\n" * 500 + "end",
    ],
)
def test_strange_text_is_spoken(text):
    audio = speak(text)
    assert audio.samples.any()
    assert bool(audio.warnings) == any(c in text for c in "\x00\x07\ud800")


@needs_espeak
def test_a_megabyte_of_text_is_refused_not_cut():
    with pytest.raises(ParameterError, match="more than 60 s"):
        speak("All work and no play. " * 50_000, max_seconds=60)
    with pytest.raises(ParameterError, match="more than 60 s"):
        speak("a" * 1_000_000, max_seconds=60)


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", {}, "empty"),
        (" \n\t", {}, "empty"),
        ("hello", {"voice": "../../etc/passwd"}, "voice"),
        ("hello", {"voice": ""}, "voice"),
        ("hello", {"words_per_minute": 5}, "words_per_minute"),
        ("hello", {"pitch": 101}, "pitch"),
    ],
)
def test_arguments_that_do_not_fit(text, options, said):
    with pytest.raises(ParameterError, match=said):
        speak(text, **options)


@needs_espeak
@pytest.mark.parametrize("voice", ["xx", "en-zz", "en+nope", "klingonisch"])
def test_an_unknown_voice_is_refused(voice):
    with pytest.raises(ParameterError, match="has no voice"):
        speak("hello", voice=voice)


@needs_espeak
def test_nothing_to_pronounce():
    with pytest.raises(ParameterError, match="nothing to pronounce"):
        speak("...")


def test_absent(monkeypatch):
    monkeypatch.setattr(espeak, "file_in_wheel", lambda *_: None)
    with pytest.raises(LibraryUnavailable, match=r'pip install "audiokit\[tts\]"'):
        speak("hello")


@needs_espeak
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import sys; sys.exit('out of breath')", "code 1: out of breath"),
        ("import os; os.abort()", "ended with code"),
        ("print('sample_rate=' + b'22050'.hex() + ' samples=' + b'9'.hex())", "promised 9 samples and sent 0"),
        (
            "import sys, time; print('still trying', file=sys.stderr, flush=True); time.sleep(60)",
            "not finished after 1 s: still trying",
        ),
    ],
)
def test_a_helper_that_fails(tmp_path, monkeypatch, script, said):
    path = tmp_path / "helper.py"
    path.write_text(script)
    monkeypatch.setattr(espeak_process, "__file__", str(path))
    with pytest.raises(SynthesisFailed, match=said):
        speak("hello", timeout_seconds=1)
