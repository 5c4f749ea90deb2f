"""pyproject.toml, constraints.txt, environment.yml and the Makefile say the same."""

from __future__ import annotations

import re
import tomllib

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
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {name.lower().replace("_", "-"): version for name, version in pairs}


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
        if requirement.name != "audiokit":
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
