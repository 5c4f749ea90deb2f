"""The runner on small notebooks made here: success, failure, bad input, odd names."""

from __future__ import annotations

import json
import os

import nbformat
import numpy as np
import pytest
import soundfile

from audiokit import errors
from audiokit.report import run

pytest.importorskip("papermill", reason="papermill is in the extra 'report'")
pytestmark = pytest.mark.notebook

PARAMETERS = 'audio: str = ""  # a file\ncount: int = 2  # how many'


@pytest.fixture
def notebook(tmp_path):
    def write(*codes, parameters=PARAMETERS, name="check.ipynb"):
        cells = [nbformat.v4.new_markdown_cell("# A check\n\nOf *the* runner.")]
        cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        cells += [nbformat.v4.new_code_cell(code) for code in codes]
        path = tmp_path / name
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
        return path

    return write


@pytest.fixture
def reports(tmp_path):
    return tmp_path / "out" / "reports"


def go(path, reports, **parameters):
    return run(path, reports_folder=reports, progress=False, **parameters)


def test_a_run_leaves_page_notebook_and_metrics(notebook, reports):
    path = notebook(
        "from audiokit.report import record\nrecord('doubled', 2 * count)\nrecord('summary', ['one', 'two'])", "6 * 7"
    )
    done = go(path, reports, count="21")
    assert done.metrics["doubled"] == 42
    assert done.summary == ("one", "two")
    assert done.page == reports / "check.html"
    page = done.page.read_text()
    assert "42" in page
    assert "FAILED" not in page
    assert json.loads((reports / "check.json").read_text())["doubled"] == 42
    nbformat.validate(nbformat.read(done.notebook, 4))


def test_nothing_runs_when_a_parameter_does_not_fit(notebook, reports, tmp_path):
    path = notebook(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    for wrong in ({"coutn": 1}, {"count": "many"}):
        with pytest.raises(errors.ParameterError):
            go(path, reports, **wrong)
    assert not (tmp_path / "ran").exists()
    assert not reports.exists()


def test_a_notebook_is_never_replaced_by_its_own_report(notebook, tmp_path, monkeypatch):
    path = notebook(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    before = path.read_bytes()
    linked = tmp_path / "linked"
    linked.symlink_to(tmp_path, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, ".", linked):
        with pytest.raises(errors.ParameterError, match="is the notebook itself"):
            go(path, folder)
    assert path.read_bytes() == before
    assert not (tmp_path / "ran").exists()
    assert {found.name for found in tmp_path.iterdir()} == {"check.ipynb", "linked"}


def test_a_failing_cell_is_named_on_a_page_marked_as_failed(notebook, reports):
    path = notebook("fine = 1", "raise KeyError('no <such> key')", "print('ne' + 'ver')")
    with pytest.raises(errors.ReportFailed, match=r"cell 4: KeyError") as caught:
        go(path, reports)
    page = (reports / "check.html").read_text()
    assert str(reports / "check.html") in str(caught.value)
    assert "<title>FAILED: check</title>" in page
    assert 'href="#cell-4"' in page
    assert "no &lt;such&gt; key" in page
    assert "never" not in page


def test_a_cell_that_takes_too_long_is_stopped(notebook, reports):
    path = notebook("import time; time.sleep(60)")
    with pytest.raises(errors.ReportFailed, match="cell 3"):
        run(path, reports_folder=reports, progress=False, cell_timeout_seconds=2)
    assert "failed" in (reports / "check.html").read_text()


def test_a_kernel_that_dies_is_a_failure(notebook, reports):
    path = notebook("import os; os._exit(3)")
    with pytest.raises(errors.ReportFailed):
        go(path, reports)


def test_a_recording_that_cannot_be_used_leaves_no_page(notebook, reports, tmp_path):
    path = notebook("1")
    text = tmp_path / "notes.wav"
    text.write_text("these are notes")
    reports.mkdir(parents=True)
    for ending in ("html", "ipynb", "json"):
        (reports / f"check-notes.{ending}").write_text("of an earlier run that was a success")
    with pytest.raises(errors.UnrecognisedFormat, match=r"notes\.wav"):
        go(path, reports, audio=text)
    assert list(reports.iterdir()) == []


def test_a_recording_found_bad_while_decoding_leaves_no_page(notebook, reports, tmp_path):
    sound = tmp_path / "a.wav"
    soundfile.write(sound, np.zeros(100), 8000)
    path = notebook("from audiokit.errors import DamagedAudio\nraise DamagedAudio('a.wav: gone.', cure='Copy it.')")
    with pytest.raises(errors.InputError, match=r"gone\. Copy it\."):
        go(path, reports, audio=sound)
    assert not (reports / "check-a.html").exists()


ODD = [
    "with space.wav",
    'quote\'s "q".wav',
    "{brace} {0}.wav",
    "naïve-日本.wav",
    "$HOME `x`;.wav",
    "<b>.wav",
    "back\\slash.wav",
]


@pytest.mark.skipif(os.name == "nt", reason="those names are not allowed there")
def test_any_file_name_reaches_the_notebook(notebook, reports, tmp_path):
    raw = [os.fsencode(name) for name in ODD] + [b"caf\xe9.wav"]
    path = notebook("import audiokit\nprint(audiokit.read(audio).frames, 'frames')")
    for number, name in enumerate(raw):
        sound = os.path.join(os.fsencode(tmp_path), name)
        try:
            with open(sound, "wb") as handle:
                soundfile.write(handle, np.zeros(100 + number), 8000, format="WAV")
        except OSError:
            continue  # this file system does not take the name
        done = go(path, reports, audio=os.fsdecode(sound))
        assert f"{100 + number} frames" in done.page.read_text(encoding="utf-8")
    assert len(list(reports.glob("*.html"))) == len(raw)


def test_relative_paths_are_seen_from_where_the_caller_stands(notebook, reports, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    soundfile.write("here.wav", np.zeros(123), 8000)
    done = go(notebook("import audiokit\naudiokit.read(audio).frames"), reports, audio="here.wav")
    assert "123" in done.page.read_text()


def test_a_notebook_is_found_by_its_short_name_and_a_wrong_one_is_explained():
    from audiokit.report import find_notebook

    assert find_notebook("tour") == find_notebook("00_tour")
    with pytest.raises(errors.ParameterError, match="Did you mean 00_tour"):
        find_notebook("00_tuor")
    with pytest.raises(errors.SourceNotFound):
        find_notebook("missing.ipynb")


@pytest.mark.parametrize(
    "content",
    [
        "[1, 2]",
        '{"cells": 5}',
        '{"cells": [null]}',
        '{"cells": [{"cell_type": "code"}]}',
        "[" * 100_000,
        '{"cells": [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "a: str = (("}]}',
        '{"cells": [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "a: int = f()"}]}',
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path, reports, content):
    path = tmp_path / "broken.ipynb"
    path.write_text(content)
    with pytest.raises(errors.ParameterError, match="broken"):
        go(path, reports)
    assert not reports.exists()


def test_a_report_can_be_made_from_inside_a_notebook(notebook, reports):
    """In Jupyter an event loop is running already."""
    inner = notebook("'made ' + 'inside'", name="inner.ipynb")
    outer = notebook(
        f"import audiokit\nprint(audiokit.report.run({str(inner)!r}, reports_folder={str(reports)!r}, progress=False).page)",
        name="outer.ipynb",
    )
    done = go(outer, reports)
    assert str(reports / "inner.html") in done.page.read_text()
    assert "made inside" in (reports / "inner.html").read_text()


def test_the_metrics_of_a_failed_run_say_so(notebook, reports):
    path = notebook("from audiokit.report import record\nrecord('before', 1)", "1 / 0")
    with pytest.raises(errors.ReportFailed):
        go(path, reports)
    metrics = json.loads((reports / "check.json").read_text())
    assert metrics["before"] == 1
    assert metrics["failure"]["cell"] == 4
    assert metrics["failure"]["error"] == "ZeroDivisionError"


def test_a_wrong_argument_in_a_cell_is_the_notebooks_fault(notebook, reports):
    path = notebook("import audiokit\naudiokit.Segment(2, 1)")
    with pytest.raises(errors.ReportFailed, match="cell 3: ParameterError"):
        go(path, reports)
    assert "This report failed" in (reports / "check.html").read_text()
