"""A transcript's diff: what travels to the page, what Python knows of it, what stays without script."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest

from audiokit import Audio, Status
from audiokit.errors import ParameterError
from audiokit.results import Outcome
from audiokit.speech import AlignedWord, Alignment, Transcript, Word, WordErrors, align
from audiokit_widgets import TranscriptDiff, show
from audiokit_widgets.diff_facts import NO_TIMES, context, diff_facts, error_spans, summary

pytest.importorskip("jiwer")
RATE = 8000
TONE = (0.4 * np.sin(np.arange(RATE * 8) * 0.2)).astype(np.float32)
EVIL = '<img src=x onerror="alert(1)">'
HEARD = tuple(
    Word(i + 0.2, i + 0.8, text) for i, text in enumerate(["den", "of", "the", "clubs", "you", "shop", "here"])
)
TRANSCRIPT = Transcript(HEARD, "den of the clubs you shop here", "en", "e", "draft", 8.0)
FOUND = align("ten of clubs then you stop here", TRANSCRIPT)


def diff(found=FOUND, **options):
    return TranscriptDiff(found, TONE, sample_rate=RATE, **options)


def read_back(facts, data):
    """Kind and texts of each word, out of what the page gets."""
    count = facts["count"]
    times = np.frombuffer(data, "<f8", 2 * count).reshape(2, count)
    said, heard = np.frombuffer(data, "<u4", 2 * count, offset=16 * count).reshape(2, count)
    words = facts["vocabulary"]
    return [
        (words[a], words[b], *(None if np.isnan(t) else t for t in pair))
        for a, b, pair in zip(said, heard, times.T.tolist(), strict=True)
    ]


def test_all_words_travel_with_their_times():
    facts, data = diff_facts(FOUND)
    assert read_back(facts, data) == [(w.said, w.heard, w.start_seconds, w.end_seconds) for w in FOUND.words]
    assert facts["counts"] == {"substituted": 2, "missing": 1, "inserted": 1}
    assert facts["wer"] == pytest.approx(4 / 7, abs=1e-6)
    assert facts["notes"] == []
    json.dumps(facts, allow_nan=False)


def test_without_times_it_says_that_nothing_can_be_heard():
    found = align("ten of clubs", "den of clubs please")
    view = diff(found)
    assert view.facts["notes"] == [NO_TIMES]
    assert NO_TIMES in view.static_html()
    assert read_back(view.facts, view.word_bytes)[0] == ("ten", "den", None, None)
    assert error_spans(found.words).segments == ()


def test_python_follows_and_leads():
    view = diff()
    assert view.chosen_word is None
    view.chosen = 0
    assert (view.chosen_word.said, view.chosen_word.heard) == ("ten", "den")
    for wrong in (-2, len(FOUND.words)):
        with pytest.raises(ParameterError, match="place of a word or -1"):
            view.chosen = wrong
    view.heard = [0, 2, 0]
    assert view.heard == [0, 2]
    with pytest.raises(ParameterError, match=r"got \[1\], where there is none"):
        view.heard = [1]
    view.hidden_kinds = ["missing"]
    with pytest.raises(ParameterError, match="no errors of the kinds"):
        view.hidden_kinds = ["equal"]
    with pytest.raises(ParameterError, match="0 or more"):
        diff(margin_seconds=-1.0)


def test_show_picks_it_and_asks_for_the_sound():
    sound = Audio(TONE, RATE)
    assert isinstance(show(FOUND, audio=sound), TranscriptDiff)
    assert isinstance(show(Outcome(Status.OK, FOUND), audio=TONE, sample_rate=RATE), TranscriptDiff)
    with pytest.raises(ParameterError, match="An Alignment is shown with the sound"):
        show(FOUND)
    with pytest.raises(ParameterError, match="got WordErrors"):
        TranscriptDiff(FOUND.errors, sound)


def test_errors_stand_in_their_context():
    place = [w.kind for w in FOUND.words].index("missing")
    assert context(FOUND.words, place) == ("ten of clubs", "you stop here")
    assert context(FOUND.words, 0) == ("", "of clubs then")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_static_view_holds_all_of_it():
    bundle = diff(title="talk")._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    page = bundle["text/html"]
    told = "WER 57.1 % (2 substitutions, 1 deletion, 1 insertion in 7 words)"
    assert told in page
    assert told in bundle["text/plain"]
    assert bundle["text/plain"].startswith("TranscriptDiff('talk', 8.000 s")
    assert "<summary>4 errors</summary>" in page
    assert "≠ substitution</td>" in page
    assert "[≠ <del>ten</del> → <ins>den</ins>]" in page
    assert "[+ <ins>the</ins>]" in page
    tags = Tags()
    tags.feed(page)
    assert sum(tag == "audio" for tag, _ in tags.tags) == 1
    (image,) = [attrs for tag, attrs in tags.tags if tag == "img"]
    assert "WER 57.1 %" in image["alt"]


def test_words_are_text():
    words = (AlignedWord("substituted", EVIL, EVIL + "2", 0.1, 0.4), AlignedWord("missing", EVIL, "", 0.4, 0.5))
    page = diff(Alignment(words, WordErrors(1, 1, 0, 2), 1.0), title=EVIL).static_html()
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") >= 6


def test_no_errors_are_told_as_such():
    view = diff(align("here you are", "Here you are."))
    assert "No errors." in view.static_html()
    assert summary(view.alignment).startswith("WER 0.0 % (0 substitutions")


def test_the_picture_marks_errors_in_the_colours_of_the_page():
    import io

    from PIL import Image

    whole = np.asarray(Image.open(io.BytesIO(diff().picture())).convert("RGB")).astype(int)
    hidden = diff()
    hidden.hidden_kinds = ["substituted"]
    fewer = np.asarray(Image.open(io.BytesIO(hidden.picture())).convert("RGB")).astype(int)

    def near(pixels, colour):
        return (np.abs(pixels[-140:] - colour).sum(axis=2) < 30).sum()

    orange, red, blue = (217, 115, 13), (214, 51, 108), (47, 111, 222)
    assert all(near(whole, colour) > 20 for colour in (orange, red, blue))
    assert near(fewer, orange) == 0
    assert near(fewer, red) > 20


def test_it_stores_little():
    view = diff()
    state = {k: v for k, v in view.get_state().items() if k not in ("_esm", "_css", "layout", "word_bytes")}
    assert len(json.dumps(state, allow_nan=False)) < 2000
    assert len(view.word_bytes) == 24 * len(FOUND.words)
    assert len(view._esm.encode()) <= 25_000
