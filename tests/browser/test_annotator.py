"""Drawing, moving, resizing, naming and undoing spans in Chromium, by mouse and by keyboard alone."""

import pytest
from stage_page import stage_page

pytestmark = pytest.mark.browser

MARKS = [
    {"start": 0.5, "end": 3.2, "label": "speech", "score": 0.91, "tier": "who"},
    {"start": 2.8, "end": 6.0, "label": "<b>music</b>", "score": None, "tier": "who"},
    {"start": 7.0, "end": 11.0, "label": "dog", "score": None, "tier": "what"},
]
PIXEL = 12 / 800  # seconds: what one is worth, about


class Annotating:
    def __init__(self, watched):
        self.page = watched.page
        self.watched = watched

    @property
    def marks(self):
        return self.page.evaluate("model.get('marks')")

    def place(self, seconds, tier=0, row=0):
        area = self.page.locator(".ak-surface").bounding_box()
        top = [104 + 8 + 132 + 8, 104 + 8 + 132 + 8 + 43 + 8][tier]
        return area["x"] + area["width"] * seconds / 12, area["y"] + top + 8 + 20 * row

    def drag(self, start, end, *, tier=0, row=0, keys=()):
        self.page.mouse.move(*self.place(start, tier, row))
        for key in keys:
            self.page.keyboard.down(key)
        self.page.mouse.down()
        self.page.mouse.move(*self.place((start + end) / 2, tier, row), steps=3)
        self.page.mouse.move(*self.place(end, tier, row), steps=3)
        self.page.mouse.up()
        for key in keys:
            self.page.keyboard.up(key)


@pytest.fixture
def annotate(new_page, tmp_path):
    def opened(marks=MARKS, **page):
        path = tmp_path / "page.html"
        state = {"marks": list(marks), "labels": ["speech", "music", "noise"], "tiers": ["who", "what"], "chosen": -1}
        path.write_text(stage_page("annotator.js", ["annotator.css"], state), encoding="utf-8")
        watched = new_page(**page)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=10_000)
        watched.page.wait_for_timeout(60)
        return Annotating(watched)

    return opened


def near(mark, start, end, within=3 * PIXEL):
    return mark["start"] == pytest.approx(start, abs=within) and mark["end"] == pytest.approx(end, abs=within)


def test_draw_move_resize_and_undo_each_step(annotate):
    it = annotate()
    it.drag(8, 9)
    assert near(it.marks[3], 8, 9)
    assert (it.marks[3]["label"], it.marks[3]["tier"]) == ("speech", "who")
    it.drag(8.5, 7.5)  # its middle
    assert near(it.marks[3], 7, 8)
    it.drag(7.99, 9.9)  # its end
    assert near(it.marks[3], 7, 9.9)
    it.drag(7.01, 6.5)  # its start
    assert near(it.marks[3], 6.5, 9.9)
    for start, end in ((7, 9.9), (7, 8), (8, 9)):
        it.page.keyboard.press("Control+z")
        assert near(it.marks[3], start, end)
    it.page.keyboard.press("Control+z")
    assert it.marks == MARKS
    it.page.keyboard.press("Control+y")
    assert near(it.marks[3], 8, 9)
    assert it.watched.complaints == []


def test_an_edge_drawn_past_the_other_becomes_the_other(annotate):
    it = annotate()
    it.drag(7.01, 11.8, tier=1)
    assert near(it.marks[2], 11, 11.8)


def test_edges_snap_to_neighbours_and_not_with_alt(annotate):
    it = annotate()
    it.drag(8, 6.06)
    assert it.marks[3]["start"] == 6.0
    it.page.keyboard.press("u")
    it.drag(8, 6.06, keys=["Alt"])
    assert it.marks[3]["start"] == pytest.approx(6.06, abs=PIXEL)
    assert it.marks[3]["start"] != 6.0


def test_a_click_seeks_and_does_not_edit(annotate):
    it = annotate()
    it.page.mouse.click(*it.place(8))
    assert it.page.evaluate("sound.transport.position") == pytest.approx(8, abs=PIXEL)
    it.page.mouse.click(*it.place(9, tier=1))
    assert it.page.evaluate("sound.transport.position") == pytest.approx(7)
    assert it.page.evaluate("model.get('chosen')") == 2
    assert it.marks == MARKS


def test_naming_by_double_click_and_by_number(annotate):
    it = annotate()
    it.page.mouse.dblclick(*it.place(9, tier=1))
    it.page.keyboard.type("née <b>")
    it.page.keyboard.press("Enter")
    assert it.marks[2]["label"] == "née <b>"
    it.page.keyboard.press("3")
    assert it.marks[2]["label"] == "noise"
    it.page.keyboard.press("e")
    it.page.keyboard.type("not this")
    it.page.keyboard.press("Escape")
    assert it.marks[2]["label"] == "noise"


def test_everything_by_keyboard(annotate):
    it = annotate(marks=[])
    it.page.locator(".ak-surface").focus()
    it.page.evaluate("sound.transport.seek(4)")
    it.page.keyboard.press("2")
    it.page.keyboard.press("n")
    assert near(it.marks[0], 4, 5, 1e-6)
    assert it.marks[0]["label"] == "music"
    it.page.evaluate("sound.transport.seek(4.75)")
    it.page.keyboard.press("]")
    it.page.evaluate("sound.transport.seek(4.25)")
    it.page.keyboard.press("[")
    assert near(it.marks[0], 4.25, 4.75, 1e-6)
    it.page.keyboard.press("Enter")
    assert it.page.evaluate("sound.transport.asked") == [[4.25, 4.75]]
    it.page.keyboard.press("Delete")
    assert it.marks == []
    it.page.keyboard.press("u")
    assert len(it.marks) == 1


def test_walking_through_the_spans_in_time(annotate):
    it = annotate(marks=[MARKS[2], MARKS[0], MARKS[1]])
    it.page.locator(".ak-surface").focus()
    seen = []
    for _ in range(4):
        it.page.keyboard.press(".")
        seen.append(it.page.evaluate("model.get('chosen')"))
    assert seen == [1, 2, 0, 0]
    it.page.keyboard.press(",")
    assert it.page.evaluate("model.get('chosen')") == 2


def test_the_table_edits(annotate):
    it = annotate()
    row = it.page.locator("tbody tr").nth(0)
    row.get_by_label("start of speech").fill("0.75")
    row.get_by_label("start of speech").press("Tab")
    it.page.wait_for_function("model.get('marks')[0].start === 0.75", timeout=5000)
    assert it.page.evaluate("document.activeElement.name") == "end"  # the focus is where it was going
    it.page.keyboard.type("")
    label = it.page.locator("tbody tr").nth(1).get_by_label("Label of")
    assert label.input_value() == "<b>music</b>"
    label.fill("<i>x</i>")
    label.press("Enter")
    it.page.wait_for_function("model.get('marks')[1].label === '<i>x</i>'", timeout=5000)
    assert it.page.locator("tbody i:not(.ak-swatch), tbody b").count() == 0
    it.page.locator("tbody tr").nth(2).get_by_role("button", name="Remove").click()
    assert len(it.marks) == 2


def test_what_python_sets_is_shown_and_can_be_undone(annotate):
    it = annotate()
    it.page.evaluate("model.set('marks', [{start: 1, end: 2, label: 'set', score: null, tier: 'new tier'}])")
    assert it.page.locator("tbody tr").count() == 1
    it.page.locator(".ak-undo").click()
    assert it.marks == MARKS


def test_a_span_outside_of_the_sound_is_cut_to_it(annotate):
    it = annotate()
    it.drag(10, 13)
    assert near(it.marks[3], 10, 12)
