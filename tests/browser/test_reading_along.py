"""The text under an inspector's lanes in Chromium, on a sound whose every sample is known."""

import pytest
from words_page import transcript, words_page

from audiokit import Segment

pytestmark = pytest.mark.browser

WHO = [Segment(0.0, 1.45, "Ada"), Segment(1.45, 6.0, "Grace")]
EVIL = '<img src=x onerror="window.hacked = 1">'


class Reading:
    def __init__(self, watched):
        self.page, self.watched = watched.page, watched
        self.flow = watched.page.locator(".ak-flow")

    def state(self, name):
        return self.page.evaluate("(name) => model.get(name)", name)

    def asked(self):
        return self.page.evaluate("sound.transport.asked")

    def piece(self, i):
        return self.page.locator(f'[data-piece="{i}"]')

    def says(self):
        return self.page.locator(".ak-reading .ak-count").inner_text()

    def sounds(self):
        return self.page.locator(".ak-sounds").evaluate_all("(all) => all.map((one) => Number(one.dataset.piece))")

    def edit(self, i, text, key="Enter"):
        self.piece(i).dblclick()
        self.page.get_by_label("Text of").fill(text)
        self.page.keyboard.press(key)


@pytest.fixture
def read(new_page, tmp_path):
    def make(lanes=None, *, speakers="", live=True, state=None, duration=12.0, **page):
        lanes = {"who": WHO, "said": transcript()} if lanes is None else lanes
        path = tmp_path / "page.html"
        text = words_page(lanes, speakers=speakers, live=live, state=state, duration=duration)
        path.write_text(text, encoding="utf-8")
        watched = new_page(**page)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=20_000)
        watched.page.locator(".ak-piece").first.wait_for()
        if live:
            watched.page.locator(".ak-edits").wait_for()
        return Reading(watched)

    return make


def test_passages_are_paragraphs_with_their_times_and_speakers(read):
    view = read(speakers="who")
    lines = view.page.locator(".ak-line").evaluate_all("(all) => all.map((one) => one.textContent)")
    assert lines == ["0:00.1Ada:Tenofclubs.", "0:01.6Grace:Nowdenmetreson,andthenyoustophere."]
    assert view.piece(0).get_attribute("aria-label") == "Ada: Ten, 0:00.10, confidence 0.90"
    assert view.says() == "12 words, 1 doubtful"
    assert view.watched.complaints == []
    assert view.watched.external == []


def test_a_click_is_heard_and_chosen_and_with_shift_on_from_there(read):
    view = read()
    view.piece(4).click()
    assert view.asked() == [[pytest.approx(2.1), pytest.approx(2.4)]]
    assert view.state("chosen") == ["said", 4]
    assert "den" in view.page.locator(".ak-grid .ak-row.ak-chosen").inner_text()  # and its row is found
    view.piece(6).click(modifiers=["Shift"])
    assert len(view.asked()) == 1
    assert view.page.evaluate("[sound.transport.position, sound.transport.playing]") == [pytest.approx(3.1), True]


def test_what_is_heard_is_marked_and_only_that(read):
    view = read()
    for seconds, wanted in (
        (0.05, []),
        (0.1, [0]),
        (0.39, [0]),
        (0.55, [0]),
        (0.6, [1]),
        (2.2, [4]),
        (5.95, [11]),
        (6.2, []),
        (11.0, []),
    ):
        view.page.evaluate("(t) => sound.transport.seek(t)", seconds)
        assert view.sounds() == wanted, seconds


def test_a_span_that_is_clicked_or_python_chooses_is_found_in_the_text(read):
    view = read()
    view.page.evaluate("model.set('chosen', ['said', 9])")
    assert view.piece(9).get_attribute("aria-selected") == "true"
    view.page.evaluate("model.set('chosen', ['who', 0])")
    assert view.page.locator(".ak-piece.ak-chosen").count() == 0


def test_the_keyboard_walks_hears_and_edits(read):
    view = read()
    view.flow.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        view.page.keyboard.press(key)
    assert view.state("chosen")[1] in (3, 4)  # the word below
    view.page.keyboard.press("End")
    assert view.state("chosen") == ["said", 11]
    active = view.flow.get_attribute("aria-activedescendant")
    assert view.page.locator(f"#{active}").inner_text() == "here."
    view.page.keyboard.press("Enter")
    assert view.asked()[-1] == [pytest.approx(5.6), pytest.approx(5.9)]
    view.page.keyboard.press("F2")
    view.page.keyboard.type("there.")
    view.page.keyboard.press("Enter")
    assert view.state("text_edits") == {"11": "there."}
    assert view.flow.evaluate("(flow) => document.activeElement === flow")


def test_the_next_doubtful_word_is_chosen_and_heard(read):
    view = read({"said": transcript("a b c d e f g h i j k l m n o p")})
    view.flow.focus()
    view.page.keyboard.press("d")
    view.page.keyboard.press("d")
    assert view.state("chosen") == ["said", 14]
    assert [start for start, _ in view.asked()] == [pytest.approx(2.1), pytest.approx(7.1)]
    view.page.keyboard.press("Shift+D")
    assert view.state("chosen") == ["said", 4]
    assert view.piece(4).get_attribute("class").split()[1] == "ak-doubtful"
    line = view.piece(4).evaluate("(word) => getComputedStyle(word).textDecorationStyle")
    assert line == "wavy"  # not by colour alone
    view.page.get_by_role("slider", name="Doubtful below").fill("0.3")
    assert view.state("doubtful_below") == 0.3
    assert view.says() == "16 words, 0 doubtful"
    assert view.page.locator(".ak-flow .ak-doubtful").count() == 0


def test_edits_are_told_shown_everywhere_and_undone(read):
    view = read(transcript())
    view.edit(4, " ten  ")
    assert view.state("text_edits") == {"4": "ten"}
    assert view.says() == "12 words, 0 doubtful, 1 edited"
    rows = view.page.locator(".ak-body .ak-row").all_inner_texts()
    assert any("Now ten metres on, and then you stop here." in row for row in rows)  # the passage's lane says it too
    view.edit(10, "")
    assert view.state("text_edits") == {"4": "ten", "10": ""}
    assert "ak-gone" in view.piece(10).get_attribute("class")
    assert view.piece(10).get_attribute("aria-label") == "stop, 0:05.10, taken away"
    view.page.keyboard.press("Control+z")
    assert view.state("text_edits") == {"4": "ten"}
    view.page.get_by_role("button", name="Undo").click()
    assert view.state("text_edits") == {}
    view.page.evaluate("model.set('chosen', ['segments', 1])")
    assert "Now den metres on" in view.page.locator(".ak-body .ak-row.ak-chosen").inner_text()
    view.page.get_by_role("button", name="Do again").click()
    assert view.state("text_edits") == {"4": "ten"}
    view.edit(4, "other", key="Escape")
    assert view.state("text_edits") == {"4": "ten"}


def test_tab_goes_on_to_the_next_word(read):
    view = read()
    view.edit(0, "Tin", key="Tab")
    assert view.page.get_by_label("Text of").input_value() == "of"
    view.page.keyboard.type("off")
    view.page.keyboard.press("Shift+Tab")
    view.page.keyboard.press("Escape")
    assert view.state("text_edits") == {"0": "Tin", "1": "off"}


def test_tab_goes_on_where_the_text_has_to_scroll(read):
    view = read({"said": transcript(" ".join(f"word{i}" for i in range(60)))}, duration=40.0, width=320)
    view.piece(0).dblclick()
    for i in range(1, 40):
        view.page.keyboard.press("Tab")
        view.page.wait_for_timeout(20)  # a scroll is told with the next frame
        assert view.page.get_by_label("Text of").input_value() == f"word{i}"
        field, word = view.page.get_by_label("Text of").bounding_box(), view.piece(i).bounding_box()
        assert abs(field["y"] + field["height"] / 2 - word["y"] - word["height"] / 2) < 3


def test_edits_from_python_are_shown_and_can_be_undone(read):
    view = read(state={"text_edits": {"0": "Tin"}})
    assert view.piece(0).inner_text() == "Tin"
    view.page.evaluate("model.set('text_edits', {})")
    assert view.piece(0).inner_text() == "Ten"
    view.flow.focus()
    view.page.keyboard.press("u")
    assert view.state("text_edits") == {"0": "Tin"}


def test_where_nobody_takes_edits_there_are_none(read):
    view = read(live=False)
    view.piece(4).dblclick()
    view.page.keyboard.press("F2")
    view.page.wait_for_timeout(100)
    assert view.page.get_by_label("Text of").count() == 0
    assert view.page.locator(".ak-edits").is_hidden()
    assert view.asked()  # heard it is


def test_passages_without_words_are_heard_and_edited_whole(read):
    from dataclasses import replace

    view = read({"said": replace(transcript(), words=())})
    assert view.says() == "2 passages, 0 doubtful"
    view.piece(5).click()
    assert view.asked() == [[pytest.approx(1.6), pytest.approx(5.9)]]
    assert view.sounds() == list(range(3, 12))
    view.edit(5, "Now stop.")
    assert view.state("text_edits") == {"1": "Now stop."}
    assert view.page.locator(".ak-piece").count() == 5


def test_ten_thousand_words_are_few_elements_and_playback_is_followed(read):
    text = " ".join(f"word{i}{'.' if i % 12 == 11 else ''}" for i in range(10_000))
    view = read({"said": transcript(text, step=0.4)}, duration=4000.0)
    assert view.page.locator(".ak-piece").count() < 250
    view.page.evaluate("sound.transport.seek(2000.1), sound.transport.play()")
    view.piece(5000).wait_for()
    box, word = view.flow.bounding_box(), view.piece(5000).bounding_box()
    assert box["y"] <= word["y"] < box["y"] + box["height"]
    assert view.sounds() == [5000]
    view.flow.hover()
    view.page.mouse.wheel(0, 3000)  # who looks elsewhere is left there
    view.page.wait_for_timeout(100)
    view.page.evaluate("sound.transport.seek(2000.5)")
    assert view.piece(5001).count() == 0
    assert view.page.locator(".ak-piece").count() < 250
    view.flow.focus()
    view.page.keyboard.press("End")
    assert view.state("chosen") == ["said", 9999]
    assert view.piece(9999).get_attribute("aria-setsize") == "10000"


@pytest.mark.parametrize("width", [320, 1200])
def test_it_fits_narrow_and_wide_pages_and_lines_are_not_cut(read, width):
    view = read({"said": transcript(" ".join(["some"] * 40 + ["longer-words"] * 40))}, duration=40.0, width=width)
    assert view.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    room = view.flow.evaluate("(flow) => flow.getBoundingClientRect().left + flow.clientWidth")
    ends = view.page.locator(".ak-line").evaluate_all(
        "(all) => all.map((one) => one.lastChild.getBoundingClientRect().right)"
    )
    assert max(ends) <= room + 1
    assert max(ends) > room - 160  # nor broken early


def test_other_lanes_bring_another_text(read):
    view = read()
    view.page.evaluate("model.set('text_facts', {}), model.set('lane_facts', [])")
    view.page.wait_for_timeout(50)
    assert view.page.locator(".ak-reading").is_hidden()
    assert view.watched.complaints == []


def test_text_is_text(read):
    from audiokit.speech import Transcript, Word

    evil = Transcript((Word(0.1, 0.4, EVIL, 0.2),), EVIL, "en", "e", "draft", 1.0)
    view = read({"who": [Segment(0, 1, EVIL)], "said": evil}, speakers="who")
    assert EVIL in view.flow.inner_text()
    view.edit(0, EVIL + "2")
    assert EVIL + "2" in view.flow.inner_text()
    assert view.page.locator("#widget img").count() == 0
    assert view.page.evaluate("window.hacked") is None


def test_nothing_is_left_when_it_goes(read):
    view = read()
    view.page.evaluate("window.end()")
    for name in ("change:text_edits", "change:doubtful_below", "change:chosen", "msg:custom"):
        assert view.page.evaluate("(name) => heard[name].length", name) == 0
