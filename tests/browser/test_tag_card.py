"""The tag card in Chromium, on a sound whose every sample is known."""

import pytest
from lane_page import lane_page

from audiokit import Segment, Status
from audiokit.results import Outcome
from audiokit.tagging import Genre, Mood, Stage, TagResult
from audiokit_widgets.tag_facts import card_facts

pytestmark = pytest.mark.browser

SPEECH = (Segment(0.0, 4.0, "speech", 0.9), Segment(8.0, 11.0, "speech", 0.8))
CONTENT = (Segment(0.0, 4.0, "speech"), Segment(4.0, 8.0, "music"), Segment(8.0, 12.0, "speech"))
MOOD = Mood("happy", 0.62, {"happy": 0.62, "sad": 0.38}, (Segment(1, 4, "happy", 0.7), Segment(8, 11, "happy", 0.6)),
            "expert", "an expert", threshold=0.5)  # fmt: skip


class Content:
    segments = CONTENT

    def seconds_of(self, label):
        return sum(s.duration_seconds for s in CONTENT if s.label == label)


class Vad:
    segments = SPEECH


def result(**changes):
    whole = {
        "name": "talk",
        "audio_seconds": 12.0,
        "voice": Outcome(Status.OK, Vad()),
        "mood": Outcome(Status.OK, MOOD, notes=("Heard 2 windows.",)),
        "genre": Outcome(
            Status.OK, Genre("rock", 0.8, ("punk",), {"rock": 0.8, "jazz": 0.2}, (Segment(2, 12, "rock"),))
        ),
        "content": Outcome(Status.OK, Content()),
        "models_invoked": ("silero_vad", "content_gate"),
        "stages": (Stage("decode", "sound", 0.0, 10.0), Stage("voice detection", "voice", 10.0, 90.0)),
        "processing_ms": 100.0,
    }
    return TagResult(**{**whole, **changes})


class Card:
    def __init__(self, watched):
        self.page, self.watched = watched.page, watched

    def tile(self, index):
        return self.page.locator(".ak-tile").nth(index)

    def asked(self):
        return self.page.evaluate("sound.transport.asked")


@pytest.fixture
def open_card(new_page, tmp_path):
    def make(found=None, **page):
        found = found or result()
        path = tmp_path / "page.html"
        text = lane_page("tag_card.js", ["tag_card.css"], found.lanes, {"facts": card_facts(found)}, duration=12.0)
        path.write_text(text, encoding="utf-8")
        watched = new_page(**page)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=20_000)
        watched.page.wait_for_timeout(80)
        return Card(watched)

    return make


def test_each_branch_has_a_tile(open_card):
    card = open_card()
    assert card.tile(0).locator(".ak-word").inner_text() == "7.0 s of speech"
    assert card.tile(1).locator(".ak-word").inner_text() == "happy"
    assert card.tile(2).locator(".ak-word").inner_text() == "rock"
    assert card.tile(2).locator(".ak-below").inner_text() == "punk"
    assert card.page.locator(".ak-state").all_inner_texts() == ["✓ ok"] * 3
    assert card.tile(1).get_attribute("aria-label") == "Mood: happy, ok"
    assert "Models that ran: silero_vad, content_gate" in card.page.locator(".ak-models").inner_text()
    assert card.watched.complaints == []
    assert card.watched.external == []


def test_bars_are_as_long_as_the_scores_and_the_line_stands_at_the_threshold(open_card):
    card = open_card()
    meter = card.tile(1).locator(".ak-meter").first.bounding_box()
    fill = card.tile(1).locator(".ak-fill").first.bounding_box()
    line = card.tile(1).locator(".ak-least").first.bounding_box()
    assert fill["width"] / meter["width"] == pytest.approx(0.62, abs=0.01)
    assert (line["x"] - meter["x"]) / meter["width"] == pytest.approx(0.5, abs=0.02)
    assert card.tile(1).locator(".ak-share").all_inner_texts() == ["62 %", "38 %"]
    assert card.tile(0).locator(".ak-least").count() == 0  # what a sound consists of has no threshold


def test_what_the_experts_heard_is_heard_window_by_window(open_card):
    card = open_card()
    button = card.tile(1).get_by_role("button")
    assert "2 windows" in button.inner_text()
    for _ in range(3):
        button.click()
    assert card.asked() == [[1, 4], [8, 11], [1, 4]]
    card.page.locator(".ak-surface").focus()
    card.page.keyboard.press("g")
    card.page.keyboard.press("m")
    assert card.asked()[3:] == [[2, 12], [8, 11]]
    assert card.tile(0).get_by_role("button").count() == 0


def test_a_click_on_a_lane_goes_to_the_start_of_what_it_hits(open_card):
    card = open_card()
    area = card.page.locator(".ak-surface").bounding_box()
    stage = card.page.locator(".ak-stage").bounding_box()
    # waveform, voice, content: 104 + 8, 16 + 21 + 8, 16 and the middle of the row
    card.page.mouse.click(area["x"] + area["width"] * 6 / 12, stage["y"] + 112 + 45 + 16 + 8)
    assert card.page.evaluate("sound.transport.position") == pytest.approx(4.0, abs=0.01)


def test_the_waterfall_stands_where_the_stages_were(open_card):
    card = open_card()
    card.page.locator(".ak-went summary").click()
    tracks, spans = card.page.locator(".ak-track"), card.page.locator(".ak-span")
    assert spans.count() == 2
    whole, second = tracks.nth(1).bounding_box(), spans.nth(1).bounding_box()
    assert (second["x"] - whole["x"]) / whole["width"] == pytest.approx(0.1, abs=0.01)
    assert second["width"] / whole["width"] == pytest.approx(0.8, abs=0.01)
    assert card.page.locator(".ak-waterfall .ak-share").all_inner_texts() == ["10 ms", "80 ms"]
    assert "100 ms in all" in card.page.locator(".ak-went summary").inner_text()


def test_branches_without_a_value_say_why(open_card):
    card = open_card(
        result(
            mood=Outcome(Status.FAILED, reason="Out of memory."),
            genre=Outcome(Status.UNAVAILABLE, reason="Not here. `audiokit models pull x`"),
        )
    )
    assert card.page.locator(".ak-state").all_inner_texts() == ["✓ ok", "✗ failed", "⌀ unavailable"]
    assert "Out of memory." in card.tile(1).inner_text()
    assert "audiokit models pull x" in card.tile(2).inner_text()
    card.page.locator(".ak-surface").focus()
    card.page.keyboard.press("m")
    assert card.asked() == []


def test_another_result_in_its_place(open_card):
    card = open_card()
    facts = card_facts(result(mood=Outcome(Status.ABSTAINED, reason="Nobody speaks.", value=Mood("none", 1.0))))
    card.page.evaluate("(facts) => model.set('facts', facts)", facts)
    assert card.tile(1).locator(".ak-word").inner_text() == "none"
    assert card.page.locator(".ak-tile").count() == 3


@pytest.mark.parametrize("width", [320, 1200])
def test_it_fits_narrow_and_wide_pages(open_card, width):
    card = open_card(width=width)
    assert card.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    boxes = [card.tile(i).bounding_box() for i in range(3)]
    beside = boxes[0]["y"] == boxes[1]["y"]
    assert beside == (width > 700)


def test_text_is_text(open_card):
    evil = '<img src=x onerror="window.hacked = 1">'
    mood = Mood(evil, 0.9, {evil: 0.9}, (Segment(0, 1, evil),), evil, evil)
    card = open_card(
        result(name=evil, mood=Outcome(Status.OK, mood, notes=(evil,)), models_invoked=(evil,), notes=(evil,))
    )
    card.page.locator("details").evaluate_all("(all) => all.forEach((one) => (one.open = true))")
    assert evil in card.page.locator(".ak-tagcard").inner_text()
    assert card.page.locator("#widget img").count() == 0
    assert card.page.evaluate("window.hacked") is None


def test_nothing_is_left_when_it_goes(open_card):
    card = open_card()
    card.page.evaluate("window.end()")
    assert card.page.locator(".ak-tagcard").count() == 0
    assert card.page.evaluate("heard['change:facts'].length") == 0
