"""What a person does with each widget, wherever it stands, and what is then seen, heard and known."""

import contextlib
import re
from itertools import pairwise

import pytest
from everywhere_places import TRAINS
from jupyter_page import CURRENT, wait_until
from monitor_page import answers, moves_while_busy


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
        shown = moves_while_busy(place.page, root, TRAINS, stop=True)
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
