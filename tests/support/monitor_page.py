"""What a person does with a loader's monitor in a page, and a training to go with it."""

import re
from pathlib import Path

import pytest
from fake_loader import SEARCH

# As a loader that reports and makes nothing: what is seen of it is the same every time
FAKE = f"""import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from fake_loader import FakeLoader
from audiokit_widgets import LoaderMonitor
loader = FakeLoader()
monitor = LoaderMonitor(loader, title="Training")"""
TRAIN = """for batch in loader:
    if loader.seconds >= 60:
        break"""
# Until who looks has seen enough and stops it: how soon a page shows something is the machine's affair
TRAIN_REAL = """import time
end = time.monotonic() + 40
try:
    while time.monotonic() < end:
        for batch in loader:
            time.sleep(0.005)
except KeyboardInterrupt:
    print("stopped")"""
BEGIN = """(index) => {
  const panel = window.jupyterapp.shell.currentWidget;
  panel.content.deselectAll();
  panel.content.activeCellIndex = index;
  window.ran = false;
  window.jupyterapp.commands.execute("notebook:run-cell").then(() => (window.ran = true));
}"""


def items_shown(root):
    """How many items the monitor says were taken."""
    found = re.match(r"([\d,]+) item", root.locator(".ak-summary").inner_text())
    return int(found[1].replace(",", "")) if found else 0


def moves_while_busy(page, root, index, *, stop=False):
    """Run the cell of a training; the monitor moves on before it ends, or is stopped. How much it says in the end."""
    page.evaluate(BEGIN, index)
    seen = set()
    for _ in range(1200):
        shown = items_shown(root) if root.count() else 0
        if page.evaluate("window.ran"):
            break
        seen.add(shown)
        if stop and len(seen - {0}) >= 3:
            page.evaluate("void window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
            stop = False
        page.wait_for_timeout(50)
    else:
        pytest.fail("the training never ended")
    assert len(seen - {0}) >= 2, "it stood still while the kernel was busy"
    for _ in range(200):  # the last of it
        if items_shown(root) >= max(seen):
            return items_shown(root)
        page.wait_for_timeout(50)
    return pytest.fail("it forgot what it had shown")


def answers(root):
    """Ask marks for their reasons, and the plot for a reading, by pointer."""
    page, bubble = root.page, root.locator(".ak-bubble")
    for number in (2, 4):
        root.locator(".ak-pin").nth(number - 1).hover()
        assert SEARCH[number][3] in bubble.inner_text()
    box = root.locator(".ak-readings").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    assert re.search(r"took [\d,]+ items a second\ncould make 1,\d\d\d\nwaited \d", bubble.inner_text())
    page.mouse.move(0, 0)
    assert bubble.is_hidden()
    assert SEARCH[-1][3] in root.locator(".ak-decisions tbody tr").first.inner_text()


def answers_keys(root):
    """The same by keyboard; the plot has the focus."""
    page, surface = root.page, root.locator(".ak-readings")
    page.keyboard.press("Home")
    first = surface.get_attribute("aria-valuetext")
    assert "1 thread" in first
    page.keyboard.press("ArrowRight")
    assert surface.get_attribute("aria-valuetext") not in {first, None}
    page.keyboard.press("Escape")
    assert root.locator(".ak-bubble").is_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    assert SEARCH[1][3] in root.locator(".ak-bubble").inner_text()
    page.keyboard.press("End")
    assert SEARCH[-1][3] in page.evaluate("document.activeElement.ariaLabel")
