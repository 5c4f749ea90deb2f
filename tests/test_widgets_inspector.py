"""The inspector's traits, what the page asks for, and what `show` makes an inspector of."""

import numpy as np
import pytest
from inspector_parts import RATE, SPANS, TONE, Held, inspector

from audiokit import Audio, ModelInput
from audiokit.errors import ParameterError
from audiokit.speech.transcript import Transcript, Word
from audiokit_widgets import Curve, Inspector, WhatTheModelSaw, show
from audiokit_widgets.lane_data import packed
from audiokit_widgets.lanes import Spans


def test_a_million_points_travel_as_a_pyramid_and_the_rest_is_asked_for():
    values = np.random.default_rng(1).standard_normal(1_000_000).astype(np.float32)
    made = packed({"c": Curve(values, hop_seconds=1e-4)})
    (about,) = made.about
    assert len(made.data) < 2_000_000
    assert about["levels"][0]["at"] is None
    assert about["levels"][2]["at"] is not None
    rows = about["block"]
    joined = b"".join(made.block(0, 0, block)[0] for block in range(-(-len(values) // rows)))
    np.testing.assert_array_equal(np.frombuffer(joined, "<f4"), values)


# the widget


def test_the_page_asks_and_python_answers():
    view = inspector({"c": Curve(np.arange(1_000_000), hop_seconds=4e-6)})
    sent = []
    view.send = lambda content, buffers=None: sent.append((content, buffers))
    view._handle_custom_msg({"ask": "block", "version": 0, "lane": 0, "level": 0, "block": 1}, [])
    ((content, (values,)),) = sent
    assert content == {"answer": "block", "version": 0, "lane": 0, "level": 0, "block": 1}
    rows = view.lane_facts[0]["block"]
    assert np.frombuffer(values, "<f4")[:2].tolist() == [rows, rows + 1]
    view.set_lanes({"other": SPANS})
    view._handle_custom_msg({"ask": "block", "version": 0, "lane": 0, "level": 0, "block": 0}, [])
    assert len(sent) == 1  # of lanes that are no longer there


def test_what_is_chosen_is_a_span():
    view = inspector()
    assert view.chosen_segment is None
    view.chosen = ("spans", 2)
    assert view.chosen == ["spans", 2]
    assert view.chosen_segment == SPANS[2]
    for wrong in (["spans", 3], ["spans", -1], ["nothing", 0], ["spans"], ["spans", 0.5]):
        with pytest.raises(ParameterError, match=r"chosen must be.*got"):
            view.chosen = wrong
    assert view.chosen == ["spans", 2]
    view.set_lanes({"curve": Curve([1.0, 2.0], hop_seconds=1)})
    assert view.chosen == []
    with pytest.raises(ParameterError, match="Lanes of spans"):
        view.chosen = ["curve", 0]


def test_lanes_are_hidden_by_name():
    view = inspector({"a": SPANS, "b": SPANS})
    view.hidden_lanes = ["b"]
    assert list(view.shown_lanes()) == ["a"]
    with pytest.raises(ParameterError, match="no lanes \\['c'\\]"):
        view.hidden_lanes = ["c"]
    view.set_lanes({"a": SPANS})
    assert view.hidden_lanes == []


def test_show_gives_an_inspector_where_there_are_several_lanes():
    words = (Word(0.0, 0.4, "ten", 0.9), Word(0.5, 0.9, "metres", 0.8))
    result = Held(audio=Audio(TONE, RATE), segments=SPANS, words=words)
    view = show(result)
    assert isinstance(view, Inspector)
    assert [type(lane) for lane in view.lanes.values()] == [Spans, Spans]
    transcript = Transcript(words, "ten metres", "en", "example 1.0", "draft", 4.0)
    assert list(show(transcript, audio=Audio(TONE, RATE)).lanes) == ["segments", "words"]
    assert type(show(Held(audio=Audio(TONE, RATE), segments=SPANS))).__name__ == "AudioPlayer"
    assert type(show(result, segments=SPANS)).__name__ == "AudioPlayer"
    assert len(show(SPANS, audio=TONE, sample_rate=RATE).segments) == 3


def test_show_gives_a_model_input_its_view_with_its_sound():
    seen = ModelInput(np.zeros((40, 2), np.float32), 0.1)
    assert isinstance(show(seen, audio=TONE, sample_rate=RATE), WhatTheModelSaw)
    with pytest.raises(ParameterError, match="with the sound"):
        show(seen)
    with pytest.raises(ParameterError, match="Two sounds"):
        show(TONE, audio=TONE, sample_rate=RATE)


# the linked chart
