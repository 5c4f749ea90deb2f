"""A result as a row, a page, a waterfall and JSON by the published schema; and in another process."""

import pickle

import jsonschema
import pytest
import soundfile
from tagging_parts import Gate, Genres, Moods, gate_in_place, silence, tagged

from audiokit import Audio, Segment
from audiokit.speech import speak
from audiokit.tagging import result_schema, tags_table


@pytest.fixture(scope="module")
def talk():
    return speak("Good morning. This is a sentence that is long enough to be heard, and then another one.")


@pytest.fixture
def gate(monkeypatch):
    """Put a gate in the place of the real one; give it back to be changed."""
    return gate_in_place(monkeypatch)


def test_a_result_is_a_row_and_a_page(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    result = tagged(talk)
    table = tags_table([result, tagged(silence(1), genre=Genres(error=OSError("x")))])
    assert len(table) == 2
    assert table["voice_mood"].tolist() == ["happy", "none"]
    assert table["music_subgenres"].tolist()[0] == "house; techno"
    assert len(result.to_dataframe()) == 1
    assert list(tags_table([]).columns) == list(table.columns)
    page = result._repr_html_()
    for said in ("happy", "electronic", "a fake for tests", 'role="img"', "<svg"):
        assert said in page
    assert str(result).splitlines()[1].startswith("voice  Somebody speaks")


def test_the_page_escapes(talk, gate):
    evil = Moods()
    evil.labels = ("<b>", "<script>alert(1)</script>", "c", "d")
    named = Audio(talk.samples, talk.sample_rate, name="<img onerror=x>")
    page = tagged(named, emotion=evil)._repr_html_()
    assert "<script>" not in page
    assert "<img" not in page


def test_the_waterfall_has_every_stage(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    result = tagged(talk)
    table = result.stages_dataframe()
    assert {"decode", "voice detection", "content gate", "fake_moods", "fake_genres"} <= set(table["stage"])
    assert (table["duration_ms"] >= 0).all()
    assert table["end_ms"].max() <= result.processing_ms
    assert result.to_dict()["audio_analysis"]["processing_time_ms"] == round(result.processing_ms)


def test_lanes_are_what_has_a_place_in_time(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    lanes = tagged(talk).lanes
    assert list(lanes) == ["voice", "content", "mood", "genre"]
    assert {s.label for s in lanes["mood"]} == {"happy"}


def test_the_source_is_kept_where_it_can_be_heard_again(talk, gate, tmp_path):
    soundfile.write(tmp_path / "a.wav", talk.samples.T, talk.sample_rate)
    assert tagged(tmp_path / "a.wav").source == tmp_path / "a.wav"
    assert tagged(talk).source is talk
    with (tmp_path / "a.wav").open("rb") as handle:
        assert tagged(handle).source is None


def test_a_result_goes_to_another_process_and_back(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    result = tagged(talk)
    again = pickle.loads(pickle.dumps(result))
    assert again.to_dict() == result.to_dict()
    assert again.lanes == result.lanes


def test_a_result_cannot_be_changed(gate):
    result = tagged(silence(1))
    with pytest.raises(AttributeError):
        result.name = "other"


def test_the_schema_refuses_what_is_not_a_result(talk, gate):
    good = tagged(talk).to_dict()
    check = jsonschema.Draft202012Validator(result_schema())
    jsonschema.Draft202012Validator.check_schema(result_schema())
    for change in (
        {"voice_mood_confidence": 1.2},
        {"states": {"voice": "ok", "mood": "ok"}},
        {"states": {"voice": "ok", "mood": "failed", "genre": "ok"}},  # with a mood, and no reason
        {"voice_mood": "none"},
        {"models_invoked": ["a", "a"]},
        {"extra": 1},
        {"processing_time_ms": 1.5},
        {"voice_segments_seconds": [[1.0]]},
    ):
        bad = {"audio_analysis": {**good["audio_analysis"], **change}}
        assert not check.is_valid(bad), change
