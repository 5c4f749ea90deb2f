"""Models that weigh what they say, and a clock that a test turns."""

from __future__ import annotations

import pytest

from audiokit.models import store
from audiokit.models.memory_meter import Measured


class Model:
    def __init__(self, name, size=0):
        self.name, self.size, self.gone = name, size, False


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def sized(monkeypatch):
    """Models weigh what they say."""
    monkeypatch.setattr(
        store, "weigh", lambda model, before, device, *, alone: Measured(getattr(model, "size", 0), "parameters")
    )
