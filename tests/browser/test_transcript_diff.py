"""A transcript's diff in Chromium, on a sound whose every sample is known."""

import pytest
from diff_page import HEARD, REFERENCE, diff_page, transcript

pytest.importorskip("jiwer")
pytestmark = pytest.mark.browser

# of the aligned words: ten>den, +the, -and, stop>shop
ERRORS = [0, 2, 8, 11]


class Diff:
    def __init__(self, watched):
        self.page, self.watched = watched.page, watched
        self.flow = watched.page.locator(".ak-flow")

    def state(self, name):
        return self.page.evaluate("(name) => model.get(name)", name)

    def asked(self):
        return [[round(t, 3) for t in span] for span in self.page.evaluate("sound.transport.asked")]

    def piece(self, i):
        return self.page.locator(f'[data-piece="{i}"]')

    def says(self):
        return self.page.locator(".ak-finder .ak-count").inner_text()

    def press(self, *keys):
        self.page.locator(".ak-surface").focus()
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture
def open_diff(new_page, tmp_path):
    def make(reference=REFERENCE, heard=None, state=None, *, duration=12.0, **page):
        path = tmp_path / "page.html"
        path.write_text(diff_page(reference, heard, state, duration=duration), encoding="utf-8")
        watched = new_page(**page)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=20_000)
        watched.page.wait_for_timeout(80)
        return Diff(watched)

    return make


def test_the_reference_stands_above_the_transcript_and_errors_have_their_signs(open_diff):
    diff = open_diff()
    columns = diff.page.locator(".ak-piece").evaluate_all(
        "(all) => all.map((one) => [...one.children].map((row) => row.textContent.trim()).join('|'))"
    )
    assert columns[:4] == ["ten|≠den", "of|of", "|+the", "clubs|clubs"]
    assert columns[8] == "and|−"
    kinds = [diff.piece(i).get_attribute("class").split()[2] for i in ERRORS]
    assert kinds == ["ak-substituted", "ak-inserted", "ak-missing", "ak-substituted"]
    assert diff.piece(8).get_attribute("aria-label").startswith("deletion: and, 0:07.80")
    assert diff.page.locator(".ak-wer").inner_text() == "WER 33.3 %"
    assert "4 errors in 12 words" in diff.page.locator(".ak-rates").inner_text()
    assert diff.page.locator(".ak-kind-of").all_inner_texts() == ["≠ 2 substitutions", "− 1 deletion", "+ 1 insertion"]
    assert diff.watched.complaints == []
    assert diff.watched.external == []


def test_both_rows_of_a_word_stand_below_one_another(open_diff):
    diff = open_diff()
    for i in (0, 1, 11):
        above, below = (diff.piece(i).locator(row).bounding_box() for row in (".ak-said", ".ak-heard-text"))
        assert above["x"] == pytest.approx(below["x"], abs=0.5)
        assert above["y"] + above["height"] <= below["y"] + 0.5


def test_a_click_is_heard_with_some_sound_about_it(open_diff):
    diff = open_diff()
    diff.piece(2).click()
    diff.piece(0).click()
    diff.piece(11).click(modifiers=["Shift"])
    assert diff.asked() == [[1.9, 3.1], [0.0, 1.1]]
    assert diff.page.evaluate("sound.transport.position") == pytest.approx(9.9)
    assert diff.state("chosen") == 11
    assert diff.state("heard") == [2, 0, 11]
    assert diff.says() == "4 errors, 3 heard"
    diff.page.evaluate("model.set('margin_seconds', 0.1)")
    diff.piece(8).click()  # missing: the gap between its neighbours
    assert diff.asked()[-1] == [7.7, 8.3]
    diff.piece(1).click()
    assert diff.state("heard") == [2, 0, 11, 8]  # what is right is no error that was heard


def test_keys_and_buttons_walk_through_the_errors(open_diff):
    diff = open_diff()
    diff.press("n", "n", "n")
    assert diff.state("chosen") == 8
    diff.press("p")
    assert diff.state("chosen") == 2
    assert diff.piece(2).get_attribute("aria-selected") == "true"
    diff.page.get_by_role("button", name="Next error").click()
    assert diff.state("chosen") == 8
    diff.press("n", "n", "n")
    assert diff.state("chosen") == 11  # there it ends
    assert diff.state("heard") == [0, 2, 8, 11]
    diff.press("Enter")
    assert diff.asked()[-1] == diff.asked()[-2]


def test_where_nothing_is_chosen_it_goes_on_from_where_playback_stands(open_diff):
    diff = open_diff()
    diff.page.evaluate("sound.transport.seek(5)")
    diff.press("n")
    assert diff.state("chosen") == 8
    for seconds, key, wanted in ((5, "p", 2), (11.9, "n", 0), (11.9, "p", 11), (0, "p", 11)):
        diff.page.evaluate("(t) => (model.set('chosen', -1), sound.transport.seek(t))", seconds)
        diff.press(key)
        assert diff.state("chosen") == wanted


def test_a_kind_that_is_hidden_is_stepped_over_and_looks_right(open_diff):
    diff = open_diff()
    diff.page.get_by_role("button", name="Show 1 insertion").click()
    assert diff.state("hidden_kinds") == ["inserted"]
    assert "ak-right" in diff.piece(2).get_attribute("class")
    assert diff.says() == "3 errors, 0 heard"
    diff.press("n", "n")
    assert diff.state("chosen") == 8
    diff.page.get_by_role("button", name="Show 1 insertion").click()
    assert diff.state("hidden_kinds") == []
    assert "ak-error" in diff.piece(2).get_attribute("class")


def test_only_errors_with_three_words_about_each(open_diff):
    words = [f"w{i}" for i in range(60)]
    wrong = ["x" if i in (20, 40) else word for i, word in enumerate(words)]
    diff = open_diff(" ".join(words), transcript(" ".join(wrong), step=0.2))
    diff.press("e")
    assert diff.state("only_errors") is True
    shown = diff.page.locator(".ak-piece .ak-said").all_inner_texts()
    assert shown == [f"w{i}" for i in [*range(17, 24), *range(37, 44)]]
    assert diff.page.locator(".ak-line").count() == 2
    diff.piece(3).click()
    assert diff.state("chosen") == 20
    diff.press("e")
    assert diff.piece(20).get_attribute("aria-selected") == "true"


def test_a_span_on_the_clock_finds_its_word(open_diff):
    diff = open_diff()
    area = diff.page.locator(".ak-surface").bounding_box()
    diff.page.mouse.click(area["x"] + area["width"] * 10.4 / 12, area["y"] + 104 + 8 + 132 + 8 + 16 + 8)
    assert diff.state("chosen") == 11
    assert diff.page.evaluate("sound.transport.position") == pytest.approx(10.2, abs=0.01)


def test_what_is_heard_is_marked(open_diff):
    diff = open_diff()
    for seconds, wanted in ((0.1, []), (0.3, ["0"]), (2.4, ["2"]), (8.5, ["9"])):
        diff.page.evaluate("(t) => sound.transport.seek(t)", seconds)
        marked = diff.page.locator(".ak-sounds").evaluate_all("(all) => all.map((one) => one.dataset.piece)")
        assert marked == wanted, seconds


def test_without_times_it_is_read_and_walked_through(open_diff):
    diff = open_diff(heard=HEARD)
    assert "has no times" in diff.page.locator(".ak-notes").first.inner_text()
    diff.press("n", "n")
    assert diff.state("chosen") == 2
    assert diff.asked() == []


def test_ten_thousand_words_are_few_elements(open_diff):
    words = [f"w{i}" for i in range(10_000)]
    wrong = ["x" if i == 9000 else word for i, word in enumerate(words)]
    diff = open_diff(" ".join(words), transcript(" ".join(wrong), step=0.3), duration=3000.0)
    assert diff.page.locator(".ak-piece").count() < 300
    diff.press("n")
    assert diff.state("chosen") == 9000
    box, word = diff.flow.bounding_box(), diff.piece(9000).bounding_box()
    assert box["y"] <= word["y"] < box["y"] + box["height"]


@pytest.mark.parametrize("width", [320, 1200])
def test_it_fits_narrow_and_wide_pages(open_diff, width):
    diff = open_diff(" ".join([REFERENCE] * 5), transcript(" ".join([HEARD] * 5), step=0.2), width=width)
    assert diff.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    room = diff.flow.evaluate("(flow) => flow.getBoundingClientRect().left + flow.clientWidth")
    ends = diff.page.locator(".ak-line").evaluate_all(
        "(all) => all.map((one) => one.lastChild.getBoundingClientRect().right)"
    )
    assert max(ends) <= room + 1


def test_no_errors(open_diff):
    diff = open_diff("you are here", transcript("You are here."))
    assert diff.says() == "0 errors"
    assert diff.page.get_by_role("button", name="Next error").is_disabled()
    assert diff.page.locator(".ak-wer").inner_text() == "WER 0.0 %"


def test_nothing_is_left_when_it_goes(open_diff):
    diff = open_diff()
    diff.page.evaluate("window.end()")
    assert diff.page.locator(".ak-diff").count() == 0
    for name in ("facts", "heard", "chosen", "hidden_kinds", "only_errors"):
        assert diff.page.evaluate("(name) => heard['change:' + name].length", name) == 0
