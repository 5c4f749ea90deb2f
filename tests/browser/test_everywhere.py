"""Nine widgets in ten places: each test does what a person would do there. They fill in the table of docs/widgets.md."""

import base64
import contextlib
import importlib.util
import io
import json
import os
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from fake_loader import SEARCH, report_at
from frozen_page import notebook_of, open_frozen
from jupyter_page import CURRENT, LISTEN, asked, notebook, opened, revived, run, wait_until
from monitor_page import FAKE, TRAIN, TRAIN_REAL, answers, answers_keys, moves_while_busy
from works_table import DOCUMENT, PLACES, WIDGETS, differences, missing, written

from audiokit import Audio, Segment, Status, TagResult, lipsync
from audiokit.report import built_in_sample, freeze
from audiokit.results import Outcome
from audiokit.speech import AlignedWord, Alignment, Transcript, Word, WordErrors
from audiokit.tagging import Mood, Stage

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(240)]

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


@pytest.fixture(scope="module")
def recordings(home):
    write_recordings(home[0])
    return home[0]


def cells(*, take=False):
    """The notebook; with a take that no page recorded, and a training that is the same every time."""
    made = examples()
    if take:
        made["Recorder"] = f"from audiokit_widgets import Recorder\n{TAKE}\nrecorder"
        made["LoaderMonitor"] = f"{FAKE}\nmonitor"
    return notebook("import audiokit", *made.values(), TELL, TRAIN if take else TRAIN_REAL)


@pytest.fixture(scope="module")
def executed(home, recordings):
    """The notebook after nbclient ran it: no page was there."""
    from nbclient import NotebookClient

    made = cells(take=True)
    NotebookClient(made, timeout=120).execute(cwd=str(recordings), env=home[1])
    return made


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


def seconds_in(text):
    minutes, seconds = text.strip().split(":")
    return int(minutes) * 60 + float(seconds)


def seconds_shown(root):
    return seconds_in(root.locator(".ak-now").first.inner_text())


# All that the clock shows, so that a slow machine that looks late misses nothing
KEEP_CLOCK = """(node) => {
  window.clock = [node.textContent];
  const watch = new MutationObserver(() => window.clock.push(node.textContent));
  watch.observe(node, { childList: true, characterData: true, subtree: true });
}"""


def plays(place, root, *, key=None):
    """Start it; what is heard moves on, and the clock on the page with it; then stop it, unless it came to its end."""
    place.hush()
    root.locator(".ak-now").first.evaluate(KEEP_CLOCK)
    play = root.get_by_role("button", name="Play", exact=True).first
    place.page.keyboard.press(key) if key else play.click()
    wait_until(place.page, f"{CURRENT} >= 0")
    start = place.page.evaluate(CURRENT)
    wait_until(place.page, f"{CURRENT} > {start + 0.3}")
    for _ in range(200):
        shown = [seconds_in(text) for text in place.page.evaluate("window.clock")]
        if any(later > earlier for earlier, later in pairwise(shown)):
            break
        place.page.wait_for_timeout(50)
    else:
        pytest.fail(f"The clock on the page does not go on: {shown}")
    stops(place, root, key)


def stops(place, root, key):
    """Press Pause; a short sound may come to its end just then, and a slow machine may take its time."""
    from playwright.sync_api import TimeoutError as Late

    pause, play = (root.get_by_role("button", name=name, exact=True).first for name in ("Pause", "Play"))
    pressed = False
    while pause.is_visible() and not pressed:
        with contextlib.suppress(Late):
            place.page.keyboard.press(key) if key else pause.click(timeout=5000)
            pressed = True
    play.wait_for(timeout=10_000)  # less than what was left of a longer one


def seeks(root, fraction, duration):
    """Click into the picture; the clock on the page stands there."""
    box = root.locator(".ak-surface, .ak-slider").first.bounding_box()
    root.page.mouse.click(box["x"] + box["width"] * fraction, box["y"] + min(40, box["height"] / 2))
    root.page.mouse.move(0, 0)  # what is under the pointer would be shown instead of what plays
    for _ in range(200):
        if abs(seconds_shown(root) - fraction * duration) < 0.05 + duration / box["width"]:
            return
        root.page.wait_for_timeout(50)
    pytest.fail(f"It stands at {seconds_shown(root)} s, not at {fraction * duration} s.")


def duration_shown(root):
    return seconds_in(root.locator(".ak-time").first.inner_text().split("/")[1])


def tells_and_lets_hear(place, root):
    """Each branch has its word and its state; what the mood expert heard can be heard, if it heard anything."""
    tiles = root.locator(".ak-tile")
    assert tiles.locator(".ak-name").all_inner_texts() == ["Voice", "Mood", "Genre"]
    assert "s of speech" in tiles.nth(0).inner_text()
    for index in range(3):
        assert re.search(r"[✓–⌀✗] (ok|abstained|unavailable|failed)", tiles.nth(index).inner_text())
    listen = tiles.nth(1).locator(".ak-listen")
    if listen.count():
        place.hush()
        listen.click()
        wait_until(place.page, f"{CURRENT} > 0 && window.element.paused === false")
        stops(place, root, None)


def reads_along(place, root):
    """A click on a word of the text is heard, and the word is marked while it sounds."""
    place.hush()
    word = root.locator(".ak-flow .ak-piece").nth(1)
    word.scroll_into_view_if_needed()
    box = word.bounding_box()
    place.page.keyboard.down("Shift")  # on from there: one word is over before a slow machine looks
    place.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    place.page.keyboard.up("Shift")
    wait_until(place.page, f"{CURRENT} > 0 && window.element.paused === false")
    root.locator(".ak-flow .ak-sounds").first.wait_for(timeout=10_000)
    assert "ak-chosen" in word.get_attribute("class")
    stops(place, root, None)


def hears_errors(place, root):
    """The next error is chosen and heard, and counted as such."""
    place.hush()
    root.get_by_role("button", name=re.compile("Next error")).click()
    wait_until(place.page, f"{CURRENT} > 0 && window.element.paused === false")
    assert root.locator(".ak-piece.ak-chosen.ak-error").count() == 1
    assert re.search(r"[1-9]\d* heard", root.locator(".ak-finder .ak-count").inner_text())
    stops(place, root, None)


def record(place, root, seconds, *, key=None):
    def press(name):
        node = root.get_by_role("button", name=name, exact=True)
        if key:
            node.focus()
            place.page.keyboard.press(key)
        else:
            node.click()

    press("Record")
    if root.get_by_role("button", name="Record anew", exact=True).is_visible():
        press("Record anew")
    root.get_by_role("button", name="Stop", exact=True).wait_for(timeout=10_000)
    for _ in range(200):
        if seconds_shown(root) >= seconds:
            break
        place.page.wait_for_timeout(50)
    press("Stop")
    root.locator(".ak-player").wait_for(timeout=15_000)


def live(place, widget):
    """What only a kernel can do: a deed in the page is known in Python, or one in Python is seen in the page."""
    root = place.root(widget)
    root.scroll_into_view_if_needed()
    if widget == "AudioPlayer":
        plays(place, root)
        seeks(root, 0.5, duration_shown(root))
        place.knows(lambda now: abs(now["position"] - now["duration"] / 2) < 0.1 and not now["playing"])
    elif widget == "Inspector":
        place.hush()
        root.locator(".ak-body .ak-row").nth(1).click()
        wait_until(place.page, f"{CURRENT} > 1.7")  # the second span, which begins at 1.5 s, is heard
        place.knows(lambda now: now["chosen"] == ["said", 1])
        reads_along(place, root)
        root.get_by_role("button", name="Edit the chosen one (F2)").click()
        root.get_by_label("Text of").fill("put right")
        place.page.keyboard.press("Enter")
        place.knows(lambda now: now["edits"] == {"1": "put right"} and "put right" in now["text"])
        root.locator(".ak-flow").focus()  # asking Python took the focus away
        place.page.keyboard.press("u")
        place.knows(lambda now: now["edits"] == {} and "put right" not in now["text"])
    elif widget == "WhatTheModelSaw":
        seeks(root, 0.5, duration_shown(root))
        place.knows(lambda now: now["frame"] is not None and now["frame"] > 100)
        shown = root.locator(".ak-told .ak-title").inner_text()
        root.locator(".ak-surface").focus()
        root.page.keyboard.press(".")
        after = root.locator(".ak-told .ak-title").inner_text()
        assert after != shown
        place.knows(lambda now: f"frame {now['frame']} of" in after)
    elif widget == "Annotator":
        root.get_by_role("button", name="New span").click()
        label = root.locator("tbody tr").nth(2).get_by_label("Label of")
        label.fill("a dog, far away")
        label.press("Enter")
        place.knows(lambda now: "a dog, far away" in now["labels"] and len(now["labels"]) == 3)
    elif widget == "Compare":
        plays(place, root)
        root.get_by_role("button", name="Repeat").click()
        place.knows(lambda now: now["loop"] == pytest.approx([0, 4], abs=1e-3))
    elif widget == "LoaderMonitor":
        shown = moves_while_busy(place.page, root, TRAINS)
        place.knows(lambda now: now["taken"] == shown)
    elif widget == "TagCard":
        plays(place, root)
        seeks(root, 0.5, duration_shown(root))
        place.knows(lambda now: abs(now["tagged"] - now["tagged_duration"] / 2) < 0.1)
        tells_and_lets_hear(place, root)
    elif widget == "TranscriptDiff":
        hears_errors(place, root)
        place.knows(lambda now: now["heard"] == [now["error"]] and now["kinds"][now["error"]] != "equal")
    else:
        record(place, root, 2.4)  # enough to pause it before its end, however busy the machine is
        place.knows(lambda now: now["recorded"] >= 2.35)  # the page shows tenths
        plays(place, root.locator(".ak-player"))


def alone(place, widget):
    """What every widget does without a kernel: it plays, seeks, zooms and edits; or answers, where there is no sound."""
    root = place.root(widget)
    root.scroll_into_view_if_needed()
    if widget == "LoaderMonitor":
        answers(root)
        return
    if widget == "Recorder":
        assert root.get_by_role("button", name="Record", exact=True).is_disabled()
        for _ in range(300):
            if "here is the last take" in root.locator(".ak-status").first.inner_text():
                break
            place.page.wait_for_timeout(50)
        assert "here is the last take" in root.locator(".ak-status").first.inner_text()
        root = root.locator(".ak-player")
        root.wait_for(timeout=10_000)
    plays(place, root)
    seeks(root, 0.25, duration_shown(root))
    if widget == "Compare":
        root.locator(".ak-slider").focus()
        place.page.keyboard.press("2")
        assert root.get_by_role("radio").nth(1).is_checked()
        return
    root.locator(".ak-surface").focus()
    place.page.keyboard.press("+")
    place.page.keyboard.press("+")
    root.locator(".ak-map").wait_for(state="visible")
    place.page.keyboard.press("0")
    root.locator(".ak-map").wait_for(state="hidden")
    if widget == "Inspector":
        root.locator(".ak-body .ak-row").nth(2).click()
        assert "now listen" in root.locator(".ak-body .ak-row.ak-chosen").inner_text()
        reads_along(place, root)
        assert root.get_by_role("button", name="Edit the chosen one (F2)").is_hidden()  # nobody takes edits
        place.page.keyboard.press("F2")
        assert root.get_by_label("Text of").count() == 0
    elif widget == "WhatTheModelSaw":
        shown = root.locator(".ak-told .ak-title").inner_text()
        place.page.keyboard.press(",")
        assert root.locator(".ak-told .ak-title").inner_text() != shown
    elif widget == "TagCard":
        tells_and_lets_hear(place, root)
    elif widget == "TranscriptDiff":
        hears_errors(place, root)
        every = root.locator(".ak-piece").count()
        root.get_by_role("button", name=re.compile("Only errors")).click()
        assert 0 < root.locator(".ak-piece").count() <= every
    elif widget == "Annotator":
        rows = root.locator("tbody tr").count()
        place.page.keyboard.press("n")
        assert root.locator("tbody tr").count() == rows + 1
        place.page.keyboard.press("u")
        assert root.locator("tbody tr").count() == rows


# where a kernel runs


def live_place(watched):
    page = watched.page
    for index in range(TELLS + 1):
        printed = run(page, index)
        assert "Error" not in printed, printed
    for widget in WIDGETS:
        page.locator(ROOTS[widget]).first.wait_for(timeout=30_000)
    return Place(watched, ".jp-Notebook .jp-Cell >> nth={}")


@pytest.fixture(scope="module")
def live_lab(lab, recordings, new_shared_page):
    import nbformat

    nbformat.write(cells(), recordings / "everywhere.ipynb")
    return live_place(opened(new_shared_page, lab, "everywhere.ipynb", height=5000))


@pytest.fixture(scope="module")
def live_notebook(lab, recordings, new_shared_page):
    import nbformat

    pytest.importorskip("notebook", reason="no tests of Notebook 7: the package notebook is missing")
    nbformat.write(cells(), recordings / "everywhere7.ipynb")
    return live_place(opened(new_shared_page, lab, "everywhere7.ipynb", height=5000, place="notebooks"))


@every_widget
@pytest.mark.works_in("lab")
def test_live_in_lab_python_follows(live_lab, widget):
    live(live_lab, widget)
    assert live_lab.watched.external == []


@every_widget
@pytest.mark.works_in("notebook")
def test_live_in_notebook_7_python_follows(live_notebook, widget):
    live(live_notebook, widget)
    assert live_notebook.watched.external == []


# a notebook that was executed elsewhere


@pytest.fixture(scope="module")
def untrusted(lab, executed, recordings, new_shared_page):
    written_for_lab(executed, recordings / "everywhere-untrusted.ipynb", trusted=False)
    watched = opened(new_shared_page, lab, "everywhere-untrusted.ipynb", height=5000)
    return Place(watched, ".jp-Notebook .jp-Cell >> nth={}")


@every_widget
@pytest.mark.works_in("untrusted")
def test_untrusted_it_plays_and_shows_its_picture_without_script(untrusted, widget):
    cell = untrusted.cell(widget)
    static = cell.locator(".audiokit-static")
    static.first.wait_for(timeout=30_000)
    assert cell.locator(".ak-widget, script").count() == 0
    if widget == "LoaderMonitor":
        assert "The loader keeps up." in static.inner_text()
        assert SEARCH[-1][3] in static.locator("td").all_inner_texts()
    else:
        audio = static.locator("audio").first
        audio.wait_for(timeout=30_000)
        audio.evaluate("(audio) => audio.play()")
        for _ in range(300):
            if audio.evaluate("(audio) => audio.currentTime") > 0.3:
                break
            untrusted.page.wait_for_timeout(50)
        assert audio.evaluate("(audio) => (audio.pause(), audio.currentTime)") > 0.3
    assert static.locator("img").first.evaluate("(img) => img.naturalWidth") == 1640
    assert untrusted.watched.external == []


@pytest.fixture(scope="module")
def saved(lab, executed, recordings, new_shared_page):
    """Trusted by its reader and opened, no cell run: its kernel has never heard of the widgets.

    With no kernel at all, ipywidgets does not read the saved state, of any widget: "Loading widget...".
    """
    written_for_lab(executed, recordings / "everywhere-saved.ipynb", trusted=True)
    watched = opened(new_shared_page, lab, "everywhere-saved.ipynb", height=5000)
    revived(watched.page, ROOTS["AudioPlayer"], "everywhere-saved.ipynb")
    return Place(watched, ".jp-Notebook .jp-Cell >> nth={}")


@every_widget
@pytest.mark.works_in("saved")
def test_saved_and_not_run_again_it_is_alive(saved, widget):
    alone(saved, widget)
    known = """async () => {
      const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
      return Object.keys((await kernel.requestCommInfo({ target_name: 'jupyter.widget' })).content.comms).length;
    }"""
    assert saved.page.evaluate(known) == 0  # nobody but the page did that
    assert saved.watched.external == []


# a page from disk


@pytest.fixture(scope="module")
def report(executed, tmp_path_factory):
    path = tmp_path_factory.mktemp("frozen") / "everywhere.html"
    path.write_text(freeze(executed, title="Everywhere"), encoding="utf-8")
    return path


def frozen_place(watched, report):
    watched.page.add_init_script(LISTEN)
    open_frozen(watched, report)
    for widget in WIDGETS:
        watched.page.locator(ROOTS[widget]).first.wait_for(timeout=20_000)
    return Place(watched, "#cell-{}", first=FIRST + 1)


@pytest.fixture(scope="module")
def frozen(report, new_shared_page):
    return frozen_place(new_shared_page(width=1000, height=900), report)


@every_widget
@pytest.mark.works_in("frozen")
def test_frozen_from_disk_it_plays_seeks_zooms_and_edits(frozen, widget):
    alone(frozen, widget)
    assert frozen.watched.external == []
    assert frozen.watched.complaints == []


@pytest.fixture(scope="module")
def bare(report, new_shared_page):
    """The page where no script runs."""
    watched = new_shared_page(width=1000, scripts=False)
    watched.page.goto(report.as_uri())
    return watched


@every_widget
@pytest.mark.works_in("picture")
def test_where_no_script_runs_there_are_a_picture_and_a_text(executed, bare, widget):
    from PIL import Image

    index = FIRST + WIDGETS.index(widget)
    static = bare.page.locator(f"#cell-{index + 1} .audiokit-static")
    image = static.locator("img").first
    assert image.bounding_box()["width"] > 600
    source = image.get_attribute("src")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))).convert("RGB"))
    assert pixels.shape[1] == 1640
    _, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    assert counts.max() < 0.9 * counts.sum()  # not a blank one
    assert len(image.get_attribute("alt")) > 20
    text = "".join(executed.cells[index].outputs[-1]["data"]["text/plain"])
    assert text.startswith(f"{widget}(")
    assert re.search(r"\d\.\d{3} s\b" if widget != "LoaderMonitor" else r"\d,\d{3} items in", text)
    assert not re.search(r"0x[0-9a-f]{6}", text)  # an object's address says nothing


# how it looks, and who can use it


@pytest.fixture(scope="module")
def bright(report, new_shared_page):
    return frozen_place(new_shared_page(width=1000, height=900), report)


@pytest.fixture(scope="module")
def dark(report, new_shared_page):
    return frozen_place(new_shared_page(width=1000, height=900, dark=True), report)


def shot(root, name, folder):
    """A picture of one widget, and its pixels; in docs/images, when the documents are written."""
    from PIL import Image

    image = Image.open(io.BytesIO(root.screenshot())).convert("RGB")
    small = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    path = (DOCUMENT.parent / "images" if WRITE_DOCS else folder) / f"widget-{name}.png"
    small.save(path, optimize=True)
    assert path.stat().st_size < 120_000
    return np.asarray(image).astype(float)


def lightness(pixels):
    return pixels @ [0.2126, 0.7152, 0.0722]


def in_a_good_light(place, widget):
    """As a stranger would first meet it."""
    root = place.root(widget)
    place.hush()
    root.scroll_into_view_if_needed()
    if widget == "TranscriptDiff":
        root.locator(".ak-surface").focus()
        place.page.keyboard.press("n")
        place.hush()
    if widget == "WhatTheModelSaw":
        seeks(root, 0.62, duration_shown(root))
    elif widget != "LoaderMonitor":
        root_of_player = root.locator(".ak-player") if widget == "Recorder" else root
        seeks(root_of_player, 0.3, duration_shown(root_of_player))
    if widget == "Annotator":
        root.locator(".ak-surface").focus()
        place.page.keyboard.press(".")
    place.page.mouse.move(0, 0)
    place.page.evaluate("document.activeElement?.blur()")
    place.page.wait_for_timeout(200)
    return root


@every_widget
@pytest.mark.works_in("themes")
def test_it_is_light_in_the_light_and_dark_in_the_dark(bright, dark, tmp_path, widget):
    papers = []
    for name, place in (("light", bright), ("dark", dark)):
        light = lightness(shot(in_a_good_light(place, widget), f"{widget.lower()}-{name}", tmp_path))
        values, counts = np.unique(light.round(), return_counts=True)
        paper = values[counts.argmax()]
        papers.append(paper)
        assert (np.abs(light - paper) > 60).mean() > 0.02, "nothing stands out from the paper"
    assert papers[0] > 240
    assert papers[1] < 40


def walk_to(place, root, wanted, most=40):
    """Press Tab until the focus is where it is wanted."""
    for _ in range(most):
        place.page.keyboard.press("Tab")
        if root.evaluate(
            "(root, wanted) => root.contains(document.activeElement) && document.activeElement.matches(wanted)", wanted
        ):
            outline = place.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", "it is not seen where the focus is"
            return
    pytest.fail(f"Tab does not lead to {wanted}.")


@every_widget
@pytest.mark.works_in("keyboard")
def test_it_is_used_by_the_keyboard_alone(frozen, live_lab, widget):
    if widget == "Recorder":
        root = live_lab.root(widget)
        root.scroll_into_view_if_needed()
        before = json.loads(run(live_lab.page, TELLS))["recorded"]
        record(
            live_lab, root, 4.0, key="Enter"
        )  # longer than the take before, which the clock shows until this one begins
        # The page's clock is rounded to tenths: it shows 4.0 from 3.95 on.
        live_lab.knows(lambda now: now["recorded"] >= 3.95 and now["recorded"] != before)
        return
    root, page = frozen.root(widget), frozen.page
    frozen.hush()
    root.evaluate("(root) => { root.tabIndex = -1; root.focus(); root.removeAttribute('tabindex'); }")
    surface = {"Compare": ".ak-slider", "LoaderMonitor": ".ak-readings"}.get(widget, ".ak-surface")
    walk_to(frozen, root, surface)
    if widget == "LoaderMonitor":
        answers_keys(root)
        return
    page.keyboard.press("Home")
    assert seconds_shown(root) == 0
    plays(frozen, root, key=" ")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert 0 < seconds_shown(root) <= 1
    if widget == "Compare":
        page.keyboard.press("2")
        assert root.get_by_role("radio").nth(1).is_checked()
        page.keyboard.press("1")
        return
    page.keyboard.press("?")
    assert root.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert root.get_by_role("dialog").count() == 0
    if widget == "AudioPlayer":
        page.keyboard.press("]")
        assert root.locator(".ak-selection").is_visible()
        page.keyboard.press("Escape")
        assert root.locator(".ak-selection").is_hidden()
    elif widget == "Inspector":
        walk_to(frozen, root, ".ak-grid")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        chosen = root.locator(".ak-body .ak-row.ak-chosen").inner_text()
        page.keyboard.press("ArrowDown")
        assert root.locator(".ak-body .ak-row.ak-chosen").inner_text() != chosen
        page.keyboard.press("Enter")
        wait_until(page, f"{CURRENT} > 0 && window.element.paused === false")
        root.evaluate("(root) => { root.tabIndex = -1; root.focus(); root.removeAttribute('tabindex'); }")
        walk_to(frozen, root, ".ak-flow")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert root.locator(".ak-flow .ak-piece").nth(1).get_attribute("aria-selected") == "true"
        frozen.hush()
        page.keyboard.press("Shift+Enter")
        wait_until(page, f"{CURRENT} > 0 && window.element.paused === false")
    elif widget == "TranscriptDiff":
        walk_to(frozen, root, ".ak-flow")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert root.locator(".ak-piece").nth(1).get_attribute("aria-selected") == "true"
        frozen.hush()
        page.keyboard.press("n")
        wait_until(page, f"{CURRENT} > 0 && window.element.paused === false")
        assert root.locator(".ak-error.ak-chosen").count() == 1
    elif widget == "WhatTheModelSaw":
        shown = root.locator(".ak-told .ak-title").inner_text()
        page.keyboard.press(".")
        assert root.locator(".ak-told .ak-title").inner_text() != shown
    elif widget == "TagCard":
        walk_to(frozen, root, ".ak-went summary")
        page.keyboard.press("Enter")
        assert root.locator(".ak-waterfall li").first.is_visible()
        page.keyboard.press("Enter")
    else:
        rows = root.locator("tbody tr").count()
        page.keyboard.press("n")
        page.keyboard.press("3")
        assert root.locator("tbody tr").count() == rows + 1
        page.keyboard.press("e")
        page.keyboard.type("by keyboard")
        page.keyboard.press("Enter")
        labels = root.locator("tbody [aria-label^='Label of']").evaluate_all("(all) => all.map((field) => field.value)")
        assert "by keyboard" in labels
        page.keyboard.press("Delete")
        assert root.locator("tbody tr").count() == rows


def axe_source():
    """The text of axe-core (MPL-2.0), from the installed package axe-core-python."""
    found = importlib.util.find_spec("axe_core_python")
    if found is None:
        pytest.skip("axe-core does not run: the package axe-core-python is missing")
    from pathlib import Path

    return Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def violations(place, root):
    place.page.evaluate(axe_source())
    found = root.evaluate("async (root) => (await axe.run(root, { resultTypes: ['violations'] })).violations")
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for v in serious for node in v["nodes"]]


@every_widget
@pytest.mark.works_in("axe")
def test_axe_finds_nothing_serious(frozen, dark, live_lab, widget):
    for place in (frozen, dark, live_lab):
        place.hush()
        assert violations(place, place.root(widget)) == []


@pytest.fixture(scope="module")
def calm(report, new_shared_page):
    return frozen_place(new_shared_page(width=1000, height=900, reduced_motion=True), report)


@every_widget
@pytest.mark.works_in("calm")
def test_reduced_motion_is_heeded(calm, widget):
    place, root = calm, calm.root(widget)
    place.hush()
    root.scroll_into_view_if_needed()
    if widget == "LoaderMonitor":  # nothing of it ever moves by itself
        answers(root)
        assert place.page.evaluate("document.getAnimations().length") == 0
        return
    if widget == "Recorder":
        root = root.locator(".ak-player")
    root.get_by_role("button", name="Play", exact=True).first.click()
    wait_until(place.page, f"{CURRENT} > 0.1")
    moved = root.locator(".ak-cursor").first.evaluate(
        """async (cursor) => {
          const seen = new Set(), end = performance.now() + 1500;
          while (performance.now() < end) {
            seen.add(cursor.style.transform + cursor.style.left);
            await new Promise(requestAnimationFrame);
          }
          return seen.size;
        }"""
    )
    assert 2 <= moved <= 8  # four times a second, and not with every picture
    assert place.page.evaluate("document.getAnimations().length") == 0


# names that would be more


INJECTION = '<img src=x onerror="window.injected=1"><script>window.injected=2</script>'


def hostile_result(sound):
    """A result whose every text is markup."""
    mood = Mood(INJECTION, 0.9, {INJECTION: 0.9}, (Segment(0.1, 0.9, INJECTION, 0.9),), INJECTION, INJECTION)
    voice = Outcome(Status.FAILED, reason=INJECTION)
    return TagResult(
        name=sound.name,
        audio_seconds=sound.duration_seconds,
        voice=voice,
        mood=Outcome(Status.OK, mood, notes=(INJECTION,)),
        genre=Outcome(Status.UNAVAILABLE, reason=INJECTION),
        content=voice,
        models_invoked=(INJECTION,),
        stages=(Stage(INJECTION, "mood", 0.0, 5.0),),
        processing_ms=5.0,
        source=sound,
        notes=(INJECTION,),
    )


def hostile_alignment():
    """An alignment of words as no normalisation leaves them."""
    words = (
        AlignedWord("substituted", INJECTION, f"heard {INJECTION}", 0.1, 0.4),
        AlignedWord("missing", INJECTION, ""),
    )
    return Alignment(words, WordErrors(1, 1, 0, 2), 1.0)


def hostile_widgets():
    """Each widget, whose every name is markup."""
    from audiokit_widgets import (
        Annotator,
        AudioPlayer,
        Compare,
        Inspector,
        LoaderMonitor,
        Recorder,
        TagCard,
        TranscriptDiff,
        WhatTheModelSaw,
    )  # fmt: skip

    time = np.arange(16_000) / 16_000

    def sound(number):
        samples = 0.3 * np.sin(2 * np.pi * (300 + 50 * number) * time)
        return Audio(samples.astype(np.float32), 16_000, name=INJECTION, warnings=(f"warns of {INJECTION}",))

    spans = [Segment(0.1, 0.4, f"label {INJECTION}")]
    text = Transcript((Word(0.1, 0.4, INJECTION, 0.1),), INJECTION, "en", INJECTION, "draft", 1.0)
    seen = lipsync.model_input(sound(2).samples[0])
    return [
        AudioPlayer(sound(0), segments=spans),
        Inspector(sound(1), {f"lane {INJECTION}": spans, INJECTION: text}, speakers=f"lane {INJECTION}"),
        WhatTheModelSaw(sound(2), seen, title=INJECTION),
        Annotator(sound(3), spans, labels=[f"offered {INJECTION}"], tiers=[f"tier {INJECTION}"]),
        Compare({f"a {INJECTION}": sound(4), f"b {INJECTION}": sound(5)}, title=INJECTION),
        Recorder(title=INJECTION),
        LoaderMonitor(replace(report_at(60), stages={INJECTION: 0.1}), title=INJECTION),
        TagCard(hostile_result(sound(6))),
        TranscriptDiff(hostile_alignment(), sound(7), title=INJECTION),
    ]


@pytest.fixture(scope="module")
def hostile():
    return notebook_of(*hostile_widgets())


def stays_text(page):
    page.wait_for_timeout(300)
    assert page.evaluate("window.injected") is None
    assert page.locator("img[src='x']").count() == 0


def test_names_stay_text_in_a_frozen_page(hostile, new_page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(freeze(hostile), encoding="utf-8")
    watched = open_frozen(new_page(), path)
    for index, root in enumerate(ROOTS.values()):
        part = watched.page.locator(f"#cell-{index + 1} {root}").first
        part.wait_for(timeout=20_000)
        assert INJECTION in part.inner_text()
    stays_text(watched.page)
    assert watched.complaints == []


def test_names_stay_text_without_script(hostile, new_page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(freeze(hostile), encoding="utf-8")
    page = new_page(scripts=False).page
    page.goto(path.as_uri())
    for index in range(len(ROOTS)):
        static = page.locator(f"#cell-{index + 1} .audiokit-static").first
        assert INJECTION in static.inner_text()
    stays_text(page)


@pytest.mark.parametrize("trusted", [True, False])
def test_names_stay_text_in_lab(hostile, lab, home, new_page, trusted):
    name = f"hostile-{trusted}.ipynb"
    written_for_lab(hostile, home[0] / name, trusted=trusted)
    page = opened(new_page, lab, name, height=4000).page
    for index, root in enumerate(ROOTS.values()):
        shown = page.locator(f".jp-Notebook .jp-Cell >> nth={index}").locator(root if trusted else ".audiokit-static")
        shown.first.wait_for(timeout=30_000)
        assert INJECTION in shown.first.inner_text()
    stays_text(page)


# the document


def test_the_table_in_the_documents_is_what_was_found(request):
    outcomes = request.config.pluginmanager.get_plugin("WorksTable").outcomes
    text = DOCUMENT.read_text(encoding="utf-8")
    if WRITE_DOCS:
        if not missing(outcomes):
            DOCUMENT.write_text(written(outcomes, text), encoding="utf-8")
            return
        pytest.fail(f"The table cannot be written: nothing decided {missing(outcomes)}.")
    assert differences(outcomes, text) == ""
    if missing(outcomes):
        pytest.skip(
            f"{len(missing(outcomes))} of {len(WIDGETS) * len(PLACES)} cells of the table were not tried in this run"
        )
