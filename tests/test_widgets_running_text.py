"""The text of an inspector: which transcript it is of, its paragraphs and speakers, edits that come back, what stays without script."""

import json

import numpy as np
import pytest

from audiokit import Audio, Segment
from audiokit.errors import ParameterError
from audiokit.speech import Passage, Transcript, Word
from audiokit_widgets import AudioPlayer, Inspector, show
from audiokit_widgets.kits import words_kit

RATE = 8000
TONE = (0.4 * np.sin(np.arange(RATE * 4) * 0.2)).astype(np.float32)
EVIL = '<img src=x onerror="alert(1)">'
WORDS = (
    Word(0.1, 0.4, "ten", 0.9), Word(0.5, 0.9, "metres", 0.2), Word(1.0, 1.3, "on", 0.8), Word(3.0, 3.4, "stop", None),
)  # fmt: skip
PASSAGES = (Passage(0.1, 1.3, "Ten metres on.", 0.7), Passage(3.0, 3.4, "Stop."))
SPOKEN = Transcript(WORDS, "Ten metres on. Stop.", "en", "example 1.0", "draft", 4.0, passages=PASSAGES)
COARSE = Transcript((), SPOKEN.text, "en", "example 1.0", "draft", 4.0, passages=PASSAGES)


def inspector(lanes=SPOKEN, **options):
    return Inspector(TONE, lanes, sample_rate=RATE, **options)


def test_a_transcript_is_two_lanes_and_a_text():
    view = inspector()
    assert [s.label for s in view.lanes["segments"].segments] == ["Ten metres on.", "Stop."]
    assert [s.label for s in view.lanes["words"].segments] == ["Ten", "metres", "on.", "Stop."]
    assert view.text_facts == {
        "lane": "words", "noun": "word", "passages": "segments", "begins": [[0, 0, ""], [3, 1, ""]],
    }  # fmt: skip
    assert view.transcript is not None
    assert view.transcript == SPOKEN
    assert view.words_kit is words_kit()


def test_the_first_transcript_among_lanes_is_the_text():
    view = inspector({"who": [Segment(0, 4, "Ada")], "said": SPOKEN, "other": COARSE})
    assert (view.text_facts["lane"], view.text_facts["passages"]) == ("said", "")
    assert [s.label for s in view.lanes["other"].segments] == ["Ten metres on.", "Stop."]
    bare = inspector({"who": [Segment(0, 4, "Ada")], "none": Transcript((), "", "en", "e", "draft", 4.0)})
    assert (bare.transcript, bare.words_kit, bare.text_facts) == (None, None, {})
    with pytest.raises(ParameterError, match="no text to edit"):
        bare.text_edits = {"0": "x"}


def test_words_without_times_leave_the_passages():
    view = inspector({"said": COARSE})
    assert view.text_facts["noun"] == "passage"
    assert view.text_facts["begins"] == [[0, 0, ""], [1, 1, ""]]
    view.text_edits = {"1": "Stop now."}
    assert view.transcript.text == "Ten metres on. Stop now."


def test_speakers_stand_where_they_change():
    who = [Segment(0.0, 0.95, "Ada"), Segment(0.95, 2.0, "Grace"), Segment(2.9, 4.0, "Grace")]
    view = inspector({"who": who, "said": SPOKEN}, speakers="who")
    assert view.text_facts["begins"] == [[0, 0, "Ada"], [2, 0, "Grace"], [3, 1, ""]]
    with pytest.raises(ParameterError, match="no lane 'whom'"):
        inspector({"who": who, "said": SPOKEN}, speakers="whom")


def test_edits_come_back_and_every_lane_says_them():
    view, told = inspector(), []
    end = view.on_edit(told.append)
    view.text_edits = {"1": "meters", "3": ""}
    assert view.transcript.text == "Ten meters on."
    assert [w.confidence for w in view.transcript.words] == [0.9, None, 0.8]
    assert [s.label for s in view.lanes["words"].segments] == ["Ten", "meters", "on.", ""]
    assert [s.label for s in view.lanes["segments"].segments] == ["Ten meters on.", ""]
    view.chosen = ["words", 1]
    assert view.chosen_segment.label == "meters"
    view.text_edits = {}
    assert view.transcript is SPOKEN
    assert [s.label for s in view.lanes["segments"].segments] == ["Ten metres on.", "Stop."]
    assert [t.text for t in told] == ["Ten meters on.", SPOKEN.text]
    end()
    view.text_edits = {0: "Two"}
    assert view.text_edits == {"0": "Two"}
    assert len(told) == 2


@pytest.mark.parametrize("wrong", [{"4": "x"}, {"-1": "x"}, {"a": "x"}, {"0": 3}])
def test_an_edit_of_nothing_is_refused(wrong):
    view = inspector()
    with pytest.raises(ParameterError, match="text_edits wants texts by the place of a word"):
        view.text_edits = wrong
    assert view.text_edits == {}


def test_other_lanes_bring_another_text():
    view = inspector()
    view.text_edits = {"0": "Two"}
    view.set_lanes({"said": COARSE})
    assert view.text_edits == {}
    assert view.transcript is COARSE
    assert view.text_facts["lane"] == "said"
    view.set_lanes({"who": [Segment(0, 1, "Ada")]})
    assert view.transcript is None
    assert view.text_facts == {}


def test_only_a_kernel_takes_edits(monkeypatch):
    view, sent = inspector(), []
    monkeypatch.setattr(view, "send", lambda content, buffers=None: sent.append(content))
    view._handle_custom_msg({"ask": "edits"}, [])
    view._handle_custom_msg({"ask": "something"}, [])
    assert sent == [{"answer": "edits"}]


def test_show_reads_a_transcript_along():
    sound = Audio(TONE, RATE)
    view = show(SPOKEN, audio=sound)
    assert isinstance(view, Inspector)
    assert view.transcript is SPOKEN
    assert show(COARSE, audio=sound).transcript is COARSE
    assert isinstance(show(Transcript((), "", "en", "e", "draft", 4.0), audio=sound), AudioPlayer)


def test_the_static_view_holds_the_text_and_says_what_is_doubtful():
    view = inspector({"who": [Segment(0, 4, EVIL)], EVIL: SPOKEN}, speakers="who")
    view.text_edits = {"0": EVIL, "3": ""}
    page = view.static_html()
    assert "Text: 4 words, 1 doubtful (confidence below 0.5), 2 edited" in page
    assert "<u>metres</u><sup>?</sup> on." in page
    assert "<del>Stop.</del>" in page
    assert "<small>0:03.0</small>" in page
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") >= 3
    assert "Text: 4 words, 1 doubtful" in repr(view)


def test_a_long_text_is_cut_in_the_static_view_and_says_so():
    words = tuple(Word(i, i + 0.2, f"w{i}") for i in range(300))
    page = inspector({"said": Transcript(words, "", "en", "e", "draft", 300.0)}).static_html()
    assert "The first 200 of 300 paragraphs." in page
    assert "w199" in page.split("<table>")[0]
    assert "w200" not in page.split("<table>")[0]


def test_what_it_stores_is_little_and_json():
    state = inspector().get_state()
    assert len(json.dumps(state["text_facts"], allow_nan=False)) < 200
    assert len(words_kit()._esm.encode()) <= 25_000
