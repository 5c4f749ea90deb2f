"""The code that views share, held by models of the notebook and so stored in it once."""

from __future__ import annotations

import threading

import anywidget

from audiokit_widgets.modules import bundle

__all__ = ["DeckKit", "RecorderKit", "StageKit", "WordsKit", "deck_kit", "recorder_kit", "stage_kit", "words_kit"]

_lock = threading.Lock()
_kits: dict[type[anywidget.AnyWidget], anywidget.AnyWidget] = {}


class StageKit(anywidget.AnyWidget):
    """Stage, waveform, spectrogram and viewport for views, which get them by ``host.getWidget``."""

    _esm = bundle("stage_kit.js")


class DeckKit(anywidget.AnyWidget):
    """Bar, keys and the lane of spans for views, which get them by ``host.getWidget``."""

    _esm = bundle("deck_kit.js")


class RecorderKit(anywidget.AnyWidget):
    """The engine of recorders: microphone, pieces and levels."""

    _esm = bundle("recorder_kit.js")


class WordsKit(anywidget.AnyWidget):
    """The running text for views that have one, which get it by ``host.getWidget``."""

    _esm = bundle("words_kit.js")


def stage_kit() -> anywidget.AnyWidget:
    """Give the notebook's one `StageKit`."""
    return _one(StageKit)


def deck_kit() -> anywidget.AnyWidget:
    """Give the notebook's one `DeckKit`."""
    return _one(DeckKit)


def recorder_kit() -> anywidget.AnyWidget:
    """Give the notebook's one `RecorderKit`."""
    return _one(RecorderKit)


def words_kit() -> anywidget.AnyWidget:
    """Give the notebook's one `WordsKit`."""
    return _one(WordsKit)


def _one(kind: type[anywidget.AnyWidget]) -> anywidget.AnyWidget:
    with _lock:
        if kind not in _kits or _kits[kind].comm is None:  # closed, as ipywidgets' close_all does
            _kits[kind] = kind()
        return _kits[kind]
