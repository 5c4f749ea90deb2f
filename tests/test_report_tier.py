"""The report tier has no torch, nor anything else that is not in it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(240)]

ABSENT = ("torch", "torchvision", "transformers", "timm", "librosa", "faster_whisper", "jupyterlab", "numba", "jiwer")

BLOCKER = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}} (not in the report tier)", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture
def without_torch(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BLOCKER)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


def test_the_blocker_blocks(without_torch):
    done = subprocess.run([sys.executable, "-c", "import torch"], env=without_torch, capture_output=True, check=False)
    assert b"not in the report tier" in done.stderr


def test_the_tour_runs_with_torch_absent(without_torch, tmp_path):
    command = [sys.executable, "-m", "audiokit", "report", "00_tour", "--quiet", "-o", str(tmp_path / "reports")]
    done = subprocess.run(command, env=without_torch, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 6  # the path, and five lines of summary
    assert (tmp_path / "reports" / "00_tour.html").is_file()
