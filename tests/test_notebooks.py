"""Every notebook runs under papermill and holds to the house's rules."""

from __future__ import annotations

import ast
import json
import re

import pytest

from audiokit.report import list_notebooks, read_parameters, run

NOTEBOOKS = list_notebooks()

# Smaller than the defaults where a default is for people and not for a test
SMALL: dict[str, dict[str, object]] = {
    "01_decode_benchmarks": {
        "codecs": "MP3 WAV Opus AAC",
        "without": "torchcodec, torchcodec WavDecoder",  # importing torch would be a third of it
        "repeats": 1,
        "duration_seconds": 2.0,
        "lengths_seconds": "1 2",
        "long_seconds": 3.0,
    },
    "02_dataloader_tuning": {"max_files": 32, "batch_size": 4, "step_milliseconds": 20.0, "watch_seconds": 0.2},
    "03_augmentation": {"duration_seconds": 1.2},
}


@pytest.fixture(params=list(NOTEBOOKS))
def name(request):
    return request.param


@pytest.fixture
def cells(name):
    return json.loads(NOTEBOOKS[name].read_text(encoding="utf-8"))["cells"]


def test_the_notebooks_of_the_card_are_there():
    assert {
        "00_tour", "01_decode_benchmarks", "02_dataloader_tuning", "03_augmentation", "04_tagging",
        "05_speech_to_text", "06_text_to_speech", "07_lipsync_mel_validation",
    } <= set(NOTEBOOKS)  # fmt: skip


def test_a_notebook_is_committed_without_its_outputs(name):
    notebook = json.loads(NOTEBOOKS[name].read_text(encoding="utf-8"))
    assert all(not c["outputs"] and c["execution_count"] is None for c in notebook["cells"] if c["cell_type"] == "code")
    assert "widgets" not in notebook["metadata"]
    assert notebook["metadata"]["kernelspec"]["language"] == "python"


def test_a_notebook_is_thin(name, cells):
    assert 12 <= len(cells) <= 35
    for cell in cells:
        if cell["cell_type"] == "code":
            assert len("".join(cell["source"]).splitlines()) <= 8, "".join(cell["source"])
    prose = sum(cell["cell_type"] == "markdown" for cell in cells)
    assert prose >= len(cells) / 3


def test_a_notebook_can_be_seen_heard_and_turned(name, cells):
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    ast.parse(code)
    assert re.search(r"AudioPlayer|show\(", code), "nothing to hear"
    assert re.search(r"charts|alt\.|chart", code), "nothing to see"
    assert re.search(r"live\(|ipywidgets", code), "no control to turn"
    assert "record(" in code
    assert re.search(r"^assert ", code, re.MULTILINE), "claims nothing"
    assert not re.search(r"^assert .*(clock|elapsed|milliseconds|_ms\b|wall)", code, re.MULTILINE), "asserts a time"


def test_parameters_are_typed_and_explained(name):
    found = read_parameters(NOTEBOOKS[name])
    assert found
    assert all(parameter.help for parameter in found.values())


@pytest.mark.notebook
@pytest.mark.slow
def test_it_runs_and_claims_what_it_finds(name, tmp_path):
    done = run(name, reports_folder=tmp_path, progress=False, **SMALL.get(name, {}))
    assert done.metrics
    page = done.page.read_text(encoding="utf-8")
    assert "This report failed" not in page
    assert len(page) < 3_000_000


@pytest.mark.notebook
@pytest.mark.corpus
@pytest.mark.parametrize(
    "recording", ["speech/jfk.flac", "codec/opus/speech_8.opus", "speech/jfk.mp3", "video/exo_sample.mkv"]
)
def test_the_tour_of_real_recordings(recording, corpus, tmp_path):
    import audiokit
    from audiokit.embed import playable

    path = corpus / recording
    done = run("00_tour", audio=path, reports_folder=tmp_path, progress=False)
    assert len(done.summary) == 5
    embedded = playable(audiokit.read(path)).data
    assert done.page.stat().st_size <= 1.5 * len(embedded) + 400_000
