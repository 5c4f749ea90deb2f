"""The same segments as Silero's own on every recording: the first seconds of each, and all of it in a soak."""

from __future__ import annotations

import os

import numpy as np
import pytest

import audiokit
from audiokit.activity import detect_speech
from audiokit.dsp import resample
from audiokit.errors import AudiokitError
from audiokit.models import wheels

pytest.importorskip("onnxruntime")
if wheels.file_in_wheel("silero_vad", "data/silero_vad.onnx") is None:
    pytest.skip("no silero-vad", allow_module_level=True)

SECONDS = None if os.environ.get("AUDIOKIT_SOAK") else 2.5
FOLDERS = 8  # parts of the corpus, so that they are spread over processes


@pytest.fixture(scope="module")
def silero():
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    module = pytest.importorskip("silero_vad")
    torch.set_num_threads(threads)  # importing it leaves torch on one thread
    model = module.load_silero_vad(onnx=True)
    return lambda samples, rate: [
        (span["start"], span["end"])
        for span in module.get_speech_timestamps(torch.from_numpy(samples.copy()), model, sampling_rate=rate)
    ]


def heard(path):
    """The beginning of a file; None where nothing can be decoded, as in the corpus's broken and foreign files."""
    try:
        return audiokit.read(path, duration_seconds=SECONDS)
    except AudiokitError:
        return None


@pytest.mark.corpus
@pytest.mark.parametrize("part", range(FOLDERS))
def test_every_recording(silero, corpus, manifest, part):
    paths = sorted({row["path"] for row in manifest if "." in row["path"]})
    compared = spoken = 0
    for path in paths[part::FOLDERS]:
        audio = heard(corpus / path)
        if audio is None or not audio.frames:
            continue
        found = detect_speech(audio)
        mono = audio.mono().samples[0]
        if not np.isfinite(mono).all():
            continue
        samples = mono if audio.sample_rate in (8000, 16000) else resample(mono, audio.sample_rate, 16000)
        length = round(audio.duration_seconds * found.sample_rate)  # resampling may round the length up
        theirs = [(start, min(end, length)) for start, end in silero(samples, found.sample_rate)]
        ours = [(round(s.start_seconds * found.sample_rate), round(s.end_seconds * found.sample_rate))
                for s in found.segments]  # fmt: skip
        assert ours == theirs, path
        compared += 1
        spoken += bool(theirs)
    assert compared >= 0.7 * len(paths[part::FOLDERS])
    assert spoken >= 0.4 * compared
