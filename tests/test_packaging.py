"""pyproject.toml, constraints.txt, environment.yml and the Makefile say the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
from packaging.requirements import Requirement

CARD = {
    "jupyterlab", "ipywidgets", "av", "soundfile", "numpy", "torch", "silero-vad", "transformers", "timm", "faster-whisper",
    "librosa", "pandas", "altair", "papermill",
}  # fmt: skip
HEAVY = {"torch", "torchvision", "transformers", "timm", "faster-whisper", "silero-vad", "librosa"}


@pytest.fixture(scope="module")
def project(project_root):
    return tomllib.loads((project_root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def pins(project_root):
    lines = (project_root / "constraints.txt").read_text().splitlines()
    found = {}
    for line in lines:
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", line
            if requirement.marker is None or requirement.marker.evaluate():
                found[requirement.name.lower().replace("_", "-")] = specifier.version
    return found


def names(project, extra):
    """Every distribution that an extra brings, extras of ours followed."""
    found = set()
    for text in project["optional-dependencies"][extra]:
        requirement = Requirement(text)
        if requirement.name == "audiokit":
            for other in requirement.extras:
                found |= names(project, other)
        else:
            found.add(requirement.name)
    return found


def core(project):
    return {Requirement(text).name for text in project["dependencies"]}


def test_all_holds_the_whole_card(project):
    assert CARD <= names(project, "all") | core(project)


def test_the_report_tier_has_no_torch(project):
    assert not (names(project, "report") | names(project, "tts") | core(project)) & HEAVY


def test_everything_asked_for_is_pinned_to_a_version_that_fits(project, pins):
    asked = [*project["dependencies"], *(t for extra in project["optional-dependencies"].values() for t in extra)]
    for text in asked:
        requirement = Requirement(text)
        if requirement.name != "audiokit" and (requirement.marker is None or requirement.marker.evaluate()):
            assert requirement.name.lower() in pins, text
            assert requirement.specifier.contains(pins[requirement.name.lower()]), text


def test_conda_installs_python_and_leaves_the_rest_to_pip(project, project_root):
    lines = [line.strip() for line in (project_root / "environment.yml").read_text().splitlines()]
    dependencies = lines[lines.index("dependencies:") + 1 :]
    assert f"- python{project['requires-python']}" in dependencies
    assert "- -e .[all]" in dependencies
    assert "- -c constraints.txt" in dependencies
    listed = {re.split(r"[<>=]", line.removeprefix("- "))[0] for line in dependencies} - {
        "-e .[all]",
        "-c constraints.txt",
    }
    assert listed == {"python", "pip", "make", "pip:"}


def test_the_makefile_installs_the_tiers(project_root):
    makefile = (project_root / "Makefile").read_text()
    assert '-e ".[report,tts]"' in makefile
    assert "--no-deps silero-vad" in makefile
    assert '-e ".[all,dev]"' in makefile


def test_no_file_names_a_registry(project_root):
    for name in ("pyproject.toml", "constraints.txt", "environment.yml", "Makefile", ".ci/run"):
        text = (project_root / name).read_text()
        assert "://" not in text, name
        assert "index-url" not in text, name


@pytest.fixture(scope="module")
def unpacked_wheel(project_root, tmp_path_factory):
    """The wheel, built offline and unpacked: what a person gets who installs it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=project_root, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_notebooks_widgets_and_types(unpacked_wheel, project_root):
    inside = {path.relative_to(unpacked_wheel).as_posix() for path in unpacked_wheel.rglob("*") if path.is_file()}
    assert {
        "audiokit/py.typed", "audiokit/models/catalogue.toml", "audiokit/report/page/host.js", "audiokit/report/page/page.css", "audiokit_widgets/py.typed",
        "audiokit_widgets/static/player.js", "audiokit_widgets/static/kit/stage.css",
    } <= inside  # fmt: skip
    for notebook in (project_root / "notebooks").glob("*.ipynb"):
        assert f"audiokit/notebooks/{notebook.name}" in inside
    assert not [name for name in inside if name.startswith(("tests", "docs"))]
    assert any(name.endswith("licenses/LICENSE") for name in inside)


def test_reports_run_from_the_wheel(unpacked_wheel, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(unpacked_wheel)}
    code = "from audiokit.report import list_notebooks; print(list_notebooks()['00_tour'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(unpacked_wheel / "audiokit" / "notebooks" / "00_tour.ipynb")
    command = [sys.executable, "-m", "audiokit", "report", "00_tour", "-q"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reports" / "00_tour.html").is_file()
