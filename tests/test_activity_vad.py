"""Speech found in sound: equal to Silero's own, without torch, on whatever comes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audiokit import Audio, Status
from audiokit.activity import detect_speech
from audiokit.activity.silero import sequence_probabilities
from audiokit.dsp import resample
from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.models import wheels

pytest.importorskip("onnxruntime")
if wheels.file_in_wheel("silero_vad", "data/silero_vad.onnx") is None:
    pytest.skip("no silero-vad", allow_module_level=True)

CORPUS = os.environ.get("AUDIOKIT_CORPUS")
FILES = ("vad/cobra_sample.wav", "vad/count.wav", "vad/silero_test.wav", "vad/webrtcvad_leak-test.wav", "speech/jfk.flac",
         "speech/jfk.mp3", "speech/multirate/sample1_8kHz.wav", "speech/multirate/sample1_48kHz.wav")  # fmt: skip


@pytest.fixture(scope="module")
def silero():
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    module = pytest.importorskip("silero_vad")
    torch.set_num_threads(threads)  # importing it leaves torch on one thread
    model = module.load_silero_vad(onnx=True)
    return lambda samples, rate, **options: [
        (span["start"], span["end"])
        for span in module.get_speech_timestamps(torch.from_numpy(samples.copy()), model, sampling_rate=rate, **options)
    ]


def in_samples(result):
    return [
        (round(s.start_seconds * result.sample_rate), round(s.end_seconds * result.sample_rate))
        for s in result.segments
    ]


def voice_like(seconds=4.0, rate=16000):
    """Vowels by formants, in syllables with pauses: enough like speech for Silero to take part of it as speech."""
    rng = np.random.default_rng(7)
    time = np.arange(int(seconds * rate)) / rate
    pitch = 120 + 25 * np.sin(2 * np.pi * 2.1 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    formants = np.stack([600 + 250 * np.sin(2 * np.pi * 1.3 * time), 1500 + 600 * np.sin(2 * np.pi * 0.9 * time)])
    sound = np.zeros(time.size)
    for harmonic in range(1, 30):
        gain = sum(np.exp(-(((harmonic * pitch - centre) / 180) ** 2)) for centre in formants) + 0.02
        sound += gain * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * 3.3 * time) + 0.4, 0, 1) * (np.sin(2 * np.pi * 0.5 * time) > -0.3)
    return (0.1 * sound * syllables + 0.001 * rng.standard_normal(time.size)).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize(
    "options", [{}, {"threshold": 0.3, "min_silence_ms": 300, "speech_pad_ms": 100, "max_speech_seconds": 1.0}]
)
def test_equal_to_silero_on_made_sound(silero, rate, options):
    samples = voice_like(6.0, rate)
    names = {"min_silence_ms": "min_silence_duration_ms", "max_speech_seconds": "max_speech_duration_s"}
    theirs = silero(samples, rate, **{names.get(name, name): value for name, value in options.items()})
    result = detect_speech(Audio(samples, rate), **options)
    assert theirs
    assert in_samples(result) == theirs
    assert result.sample_rate == rate


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AUDIOKIT_CORPUS is not set")
@pytest.mark.parametrize("name", FILES)
def test_equal_to_silero_on_recordings(silero, name):
    import soundfile

    samples, rate = soundfile.read(Path(CORPUS) / name, dtype="float32", always_2d=True)
    audio = Audio(samples.T, rate)
    result = detect_speech(audio)
    heard = audio.mono().samples[0]
    if rate not in (8000, 16000):
        heard = resample(heard, rate, 16000)
    length = round(audio.duration_seconds * result.sample_rate)  # resampling may round the length up
    theirs = [(start, min(end, length)) for start, end in silero(heard, result.sample_rate)]
    assert theirs
    assert in_samples(result) == theirs
    stepwise = detect_speech(audio, model="silero_vad_stepwise")
    assert in_samples(stepwise) == theirs
    np.testing.assert_allclose(stepwise.probabilities, result.probabilities, atol=1e-5)


def test_the_sequence_model_equals_the_stepwise_one_across_blocks():
    samples = voice_like(36.0)[:-77]  # two block boundaries, and a last frame that is not full
    audio = Audio(samples, 16000)
    slow = detect_speech(audio, model="silero_vad_stepwise")
    fast = detect_speech(audio)
    assert fast.probabilities.shape == (-(-samples.size // 512),)
    np.testing.assert_allclose(fast.probabilities, slow.probabilities, atol=1e-5)
    assert in_samples(fast) == in_samples(slow)


def test_long_input_is_fed_in_blocks():
    """Three hours, silent: the network never sees more than a block at once."""

    class Network:
        def __init__(self):
            self.calls = []

        def run(self, names, inputs):
            self.calls.append(inputs["input"].shape)
            return np.full(len(inputs["input"]), inputs["h"].flat[0], np.float32), inputs["h"] + 1, inputs["c"]

    network = Network()
    hours = np.broadcast_to(np.float32(0), 3 * 3600 * 16000)  # takes no memory
    probabilities = sequence_probabilities(network, hours)
    assert probabilities.shape == (337_500,)
    assert {shape[1] for shape in network.calls} == {576}
    assert max(shape[0] for shape in network.calls) <= 1024
    assert probabilities[-1] == len(network.calls) - 1  # the state went along


def test_the_result_says_what_ran():
    result = detect_speech(Audio(np.stack([voice_like(), voice_like()]), 16000, name="two"))
    assert result.model.startswith("silero_vad (silero-vad ")
    assert result.status is Status.OK
    assert result.notes == ("mean of 2 channels",)
    assert result.frame_seconds == 0.032
    assert result.probabilities.dtype == np.float32
    assert result.speech_seconds == pytest.approx(sum(s.end_seconds - s.start_seconds for s in result.segments))
    assert all(s.label == "speech" and 0 < s.score <= 1 for s in result.segments)
    assert list(result.to_dataframe().columns) == ["start_seconds", "end_seconds", "duration_seconds", "label", "score"]


def test_channels_are_averaged():
    voice = voice_like()
    both = detect_speech(Audio(np.stack([voice, np.zeros_like(voice)]), 16000))
    half = detect_speech(Audio(voice / 2, 16000))
    np.testing.assert_array_equal(both.probabilities, half.probabilities)


@pytest.mark.parametrize("rate", [11025, 22050, 44100, 48000, 96000])
def test_any_rate_gives_nearly_the_same_segments(rate):
    voice = voice_like()
    reference = detect_speech(Audio(voice, 16000))
    result = detect_speech(Audio(resample(voice, 16000, rate), rate))
    assert result.sample_rate == 16000
    assert len(result.segments) == len(reference.segments)
    for ours, theirs in zip(result.segments, reference.segments, strict=True):
        assert ours.start_seconds == pytest.approx(theirs.start_seconds, abs=0.1)
        assert ours.end_seconds == pytest.approx(theirs.end_seconds, abs=0.1)
        assert ours.end_seconds <= result.audio_seconds


@pytest.mark.parametrize("frames", [0, 1, 511, 512, 513])
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_next_to_nothing_has_no_speech(frames, rate):
    result = detect_speech(Audio(np.zeros((2, frames)), rate))
    assert result.status is Status.ABSTAINED
    assert result.segments == ()
    assert result.to_dataframe().empty


@pytest.mark.parametrize("sound", ["silence", "direct current", "noise", "clipped noise"])
def test_no_speech_in_what_is_none(sound):
    noise = np.random.default_rng(3).standard_normal(64000)
    samples = {
        "silence": noise * 0,
        "direct current": noise * 0 + 0.5,
        "noise": noise * 0.1,
        "clipped noise": np.sign(noise),
    }
    assert detect_speech(Audio(samples[sound], 16000)).segments == ()


def test_samples_that_are_no_numbers_cost_only_themselves():
    voice = voice_like()
    broken = voice.copy()
    broken[[10, 300]] = np.nan
    broken[5] = np.inf
    repaired = broken.copy()
    repaired[[10, 300]], repaired[5] = 0, 1
    result = detect_speech(Audio(broken, 16000))
    assert result.segments
    assert "3 sample(s)" in result.notes[0]
    np.testing.assert_array_equal(result.probabilities, detect_speech(Audio(repaired, 16000)).probabilities)
    assert detect_speech(Audio(np.full(16000, np.nan), 16000)).segments == ()


def test_other_settings_without_running_the_network_again():
    audio = Audio(voice_like(), 16000)
    result = detect_speech(audio)
    for threshold in (0.1, 0.5, 0.9):
        assert result.with_settings(threshold=threshold).segments == detect_speech(audio, threshold=threshold).segments
    with pytest.raises(ParameterError):
        result.with_settings(loudness=3)
    with pytest.raises(ParameterError):
        result.with_settings(threshold=3)


def test_the_substitute_is_named(monkeypatch):
    if wheels.file_in_wheel("faster_whisper", "assets/silero_vad_v6.onnx") is None:
        pytest.skip("no faster-whisper")
    real = wheels.file_in_wheel
    monkeypatch.setattr(
        wheels, "file_in_wheel", lambda package, file: real(package, file) if package != "silero_vad" else None
    )
    result = detect_speech(Audio(voice_like(rate=8000), 8000))
    assert result.model.startswith("silero_vad_v6 (faster-whisper ")
    assert any("silero-vad wheel is absent" in note for note in result.notes)
    assert result.sample_rate == 16000  # these weights know no 8 kHz
    with pytest.raises(ModelUnavailable):
        detect_speech(Audio(voice_like(), 16000), model="silero_vad")


def test_no_weights_at_all(monkeypatch):
    monkeypatch.setattr(wheels, "file_in_wheel", lambda *_: None)
    with pytest.raises(ModelUnavailable, match="pip install --no-deps silero-vad"):
        detect_speech(Audio(voice_like(), 16000))


def test_an_unknown_model_is_refused():
    with pytest.raises(ParameterError, match="silero_vad"):
        detect_speech(Audio(np.zeros(100), 16000), model="webrtc")


def test_runs_without_torch():
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['silero_vad'] = sys.modules['silero_vad.model'] = None\n"
        "del sys.modules['silero_vad']\n"
        "import numpy as np; from audiokit import Audio; from audiokit.activity import detect_speech\n"
        "for rate in (8000, 16000, 44100):\n"
        "    print(detect_speech(Audio(np.zeros(rate), rate)).model, 'silero_vad' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("silero_vad (silero-vad ") and line.endswith("False") for line in lines)
