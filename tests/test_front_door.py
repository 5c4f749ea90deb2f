"""What `import audiokit` costs and offers."""

from __future__ import annotations

import json
import subprocess
import sys

import audiokit
import audiokit_widgets

HEAVY = {
    "torch", "torchvision", "transformers", "timm", "librosa", "faster_whisper", "silero_vad", "pocketsphinx", "scipy",
    "pandas", "altair", "onnxruntime", "pyloudnorm", "papermill", "nbconvert", "soundfile", "av", "soxr", "PIL",
    "IPython", "typer", "rich", "ipywidgets", "anywidget", "numba",
}  # fmt: skip


def loaded_after(code: str) -> set[str]:
    program = f"import sys, json\n{code}\nprint(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_import_loads_nothing_heavy():
    assert not loaded_after("import audiokit") & HEAVY
    assert (
        not loaded_after(
            "import audiokit; audiokit.Audio; audiokit.errors; audiokit.dsp; audiokit.decode; audiokit.Annotations"
        )
        & HEAVY
    )


def test_importing_the_widgets_does_not_load_torch():
    assert not loaded_after("import audiokit_widgets") & HEAVY
    assert "torch" not in loaded_after("from audiokit_widgets import AudioPlayer, live, show")


def test_the_public_surface_is_this():
    assert sorted(audiokit.__all__) == [
        "AddNoise", "Annotations", "Audio", "AudioDataLoader", "AudioDataset", "AudioDecoder", "AudioInfo", "CodecDegradation", "Compose",
        "FrequencyMask", "ImpulseResponse", "ModelInput", "PitchShift", "Segment", "SpeedPerturbation", "Status", "TagResult", "TimeMask",
        "TimeStretch", "VolumeAdjust", "__version__", "activity", "annotations", "bench", "blocks", "decode", "dsp",
        "errors", "info", "lipsync", "load", "models", "read", "read_annotations", "read_many", "report", "speak", "speech",
        "tag", "tag_many", "tagging", "training", "transcribe", "write", "write_annotations",
    ]  # fmt: skip
    assert sorted(audiokit_widgets.__all__) == [
        "Annotator", "AudioPlayer", "Compare", "Curve", "Inspector", "LoaderMonitor", "Matrix", "Recorder", "SegmentTable", "Sound",
        "TagCard", "TranscriptDiff", "WhatTheModelSaw", "linked_chart", "live", "show",
    ]  # fmt: skip


def test_every_public_name_is_there():
    for package in (audiokit, audiokit_widgets):
        for name in package.__all__:
            assert getattr(package, name) is not None
        assert set(package.__all__) <= set(dir(package))


def test_an_unknown_name_is_an_attribute_error():
    for package in (audiokit, audiokit_widgets):
        try:
            _ = package.no_such_thing
        except AttributeError as error:
            assert "no_such_thing" in str(error)  # noqa: PT017
        else:
            raise AssertionError


def test_a_widget_without_its_library_names_the_cure():
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "try:\n    from audiokit_widgets import AudioPlayer\n"
        "except ImportError as error:\n    print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("LibraryUnavailable audiokit_widgets.AudioPlayer needs anywidget")
    assert 'pip install "audiokit[report]"' in done.stdout
