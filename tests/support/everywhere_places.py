"""The notebook with an example of each widget, and the pages that show it."""

import json
import os
import re

import pytest
from frozen_page import open_frozen
from jupyter_page import LISTEN, asked, notebook, run
from monitor_page import FAKE, TRAIN, TRAIN_REAL
from works_table import DOCUMENT, WIDGETS

from audiokit.report import built_in_sample

WRITE_DOCS = os.environ.get("AUDIOKIT_WRITE_DOCS") == "1"
ROOTS = {
    "AudioPlayer": ".ak-player",
    "Inspector": ".ak-inspector",
    "WhatTheModelSaw": ".ak-seen",
    "Annotator": ".ak-annotator",
    "Compare": ".ak-compare",
    "Recorder": ".ak-recorder",
    "LoaderMonitor": ".ak-monitor",
    "TagCard": ".ak-tagcard",
    "TranscriptDiff": ".ak-diff",
}
OBJECTS = {
    "WhatTheModelSaw": "seen",
    "AudioPlayer": "player",
    "LoaderMonitor": "monitor",
    "TagCard": "card",
    "TranscriptDiff": "diff",
}
FILES = {
    "talk": (0.0, 30.0),
    "interview": (0.0, 6.2),
    "speech": (0.2, 4.0),
    "field": (4.0, 10.0),
    "master": (6.0, 10.0),
    "broadcast": (0.1, 20.9),
    "lecture": (0.05, 6.3),
}
# What a page that records sends: a take, so that there is one where no page was
TAKE = """import numpy as np
recorder = Recorder(title="A question")
take = audiokit.read("speech.wav").samples[:1]
head = {"take": "one", "page": "page", "rate": 22050, "channels": 1, "given": {}}
piece = {"number": 0, "start": 0, "frames": take.shape[1], "stamp": 100.0, "run": 0}
recorder._handle_custom_msg({**head, "kind": "piece", "order": 1, **piece}, [memoryview(np.ascontiguousarray(take).tobytes())])
recorder._handle_custom_msg({**head, "kind": "end", "order": 2, "pieces": 1, "frames": take.shape[1], "reason": "", "given_up": []}, [])"""
TELL = """import json
print(json.dumps({
    "position": player.position_seconds, "playing": player.playing, "selection": player.selection,
    "duration": player.duration_seconds, "chosen": inspector.chosen, "frame": seen.frame,
    "labels": [s.label for s in annotator.segments], "loop": compare.loop_seconds,
    "recorded": recorder.audio.duration_seconds if recorder.audio else 0,
    "taken": monitor.report.items, "tagged": card.position_seconds, "tagged_duration": card.duration_seconds,
    "text": inspector.transcript.text, "edits": inspector.text_edits, "error": diff.chosen, "heard": diff.heard,
    "kinds": [word.kind for word in diff.alignment.words],
}))"""
FIRST, TELLS = 1, 1 + len(WIDGETS)  # cells: imports, the widgets, what Python knows,
TRAINS = TELLS + 1  # and a training


def every_widget(function):
    return pytest.mark.parametrize("widget", WIDGETS)(function)


def examples():
    """The examples of docs/widgets.md, each with the name of its object at the end: cells."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = {}
    for name in WIDGETS:
        section = text[text.index(f"\n## {name}\n") :]
        code = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
        found[name] = f"{code}{OBJECTS.get(name, name.lower())}"
    return found


def write_recordings(folder):
    """The recordings that the examples read: pieces of the built-in sample."""
    import soundfile

    audio = built_in_sample().audio
    for name, span in FILES.items():
        first, last = (round(t * audio.sample_rate) for t in span)
        soundfile.write(folder / f"{name}.wav", audio.samples[:, first:last].T, audio.sample_rate, subtype="PCM_16")


def cells(*, take=False):
    """The notebook; with a take that no page recorded, and a training that is the same every time."""
    made = examples()
    if take:
        made["Recorder"] = f"from audiokit_widgets import Recorder\n{TAKE}\nrecorder"
        made["LoaderMonitor"] = f"{FAKE}\nmonitor"
    return notebook("import audiokit", *made.values(), TELL, TRAIN if take else TRAIN_REAL)


def written_for_lab(made, path, *, trusted):
    """Write an executed notebook as its reader gets it: signed where he trusts it, changed since where not."""
    import nbformat
    from nbformat.sign import NotebookNotary

    copied = nbformat.from_dict(json.loads(nbformat.writes(made)))
    if trusted:
        data = path.parents[1] / "data"
        data.mkdir(exist_ok=True)
        NotebookNotary(data_dir=str(data)).sign(copied)
    else:
        copied.cells[0].source += "\n# changed after it ran"
    nbformat.write(copied, path)


class Place:
    """The widgets on a page, each in its own part of it."""

    def __init__(self, watched, part, *, first=FIRST):
        self.watched = watched
        self.page = watched.page
        self.page.set_default_timeout(10_000)
        self.part = part
        self.first = first

    def cell(self, widget):
        return self.page.locator(self.part.format(self.first + WIDGETS.index(widget)))

    def root(self, widget):
        return self.cell(widget).locator(ROOTS[widget]).first

    def knows(self, wanted):
        asked(self.page, TELLS, lambda answer: wanted(json.loads(answer)))

    def hush(self):
        """Let nothing play, and no element of an earlier test be taken for this one's."""
        self.page.evaluate("window.element?.pause?.() ?? window.element?.stop?.(); window.element = undefined")


def live_place(watched):
    page = watched.page
    for index in range(TELLS + 1):
        printed = run(page, index)
        assert "Error" not in printed, printed
    for widget in WIDGETS:
        page.locator(ROOTS[widget]).first.wait_for(timeout=30_000)
    return Place(watched, ".jp-Notebook .jp-Cell >> nth={}")


def frozen_place(watched, report):
    watched.page.add_init_script(LISTEN)
    open_frozen(watched, report)
    for widget in WIDGETS:
        watched.page.locator(ROOTS[widget]).first.wait_for(timeout=20_000)
    return Place(watched, "#cell-{}", first=FIRST + 1)
