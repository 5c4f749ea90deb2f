"""What a benchmark says about where it ran."""

import os

import numpy as np

import audiokit
from audiokit.bench import describe_machine
from audiokit.bench.machine import usable_cores, version_of


def test_versions_are_those_that_are_installed():
    found = describe_machine(["audiokit", "numpy", "a-library-nobody-has"])
    assert dict(found.packages) == {
        "audiokit": audiokit.__version__,
        "numpy": np.__version__,
        "a-library-nobody-has": "not installed",
    }
    line = str(found)
    assert "\n" not in line
    assert f"numpy {np.__version__}" in line
    assert f"{found.cores} core(s)" in line


def test_cores_follow_the_affinity(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert usable_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1


def test_no_version_of_what_is_not_there():
    assert version_of("a-library-nobody-has") is None
