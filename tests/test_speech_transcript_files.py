"""A transcript goes into every format and comes back with what that format holds."""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import Annotations, Segment, read_annotations
from audiokit.annotations import Tier
from audiokit.errors import MalformedAnnotations, OutputUnwritable, ParameterError
from audiokit.speech import Passage, Transcript, Word
from audiokit.speech.coverage import Covered, ledger
from audiokit.speech.transcript_files import FORMATS

times = st.floats(0, 3600, allow_nan=False)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=9)
scores = st.none() | st.floats(0, 1)


@st.composite
def transcripts(draw):
    edges = sorted(draw(st.lists(times, min_size=2, max_size=12, unique=True)))
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    words = tuple(Word(start, end, draw(texts), draw(scores)) for start, end in spans)
    passages = tuple(
        Passage(word.start_seconds, word.end_seconds, word.text, draw(scores), "batched", -0.25, 1.5, 0.01, 0.0)
        for word in words[: draw(st.integers(0, len(words)))]
    )
    coverage = ledger(spans, [Covered(*spans[0], "rejected", "loops")], model="vad") if draw(st.booleans()) else None
    return Transcript(
        words, " ".join(w.text for w in words), "en", "engine 1.0", "full", edges[-1], ("a note",), passages,
        draw(scores), coverage, passages[:1], "engine", "translate", "why", draw(st.none() | st.floats(0.1, 9)),
    )  # fmt: skip


@given(transcripts())
def test_json_gives_everything_back(transcript):
    again = Transcript.from_json(transcript.export("json"))
    assert again == transcript
    assert again.processing_seconds == transcript.processing_seconds  # which == leaves out


@given(transcripts(), st.sampled_from(FORMATS))
def test_no_format_warns_or_fails(transcript, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = transcript.export(name)
    assert content.endswith("\n")


@given(transcripts())
def test_what_the_other_formats_hold_comes_back(transcript):
    def labels(segments):
        return [segment.label for segment in segments]

    words = transcript.to_annotations().tier("words").segments
    assert read_annotations(transcript.export("ctm").encode(), "ctm").segments == words
    table = read_annotations(transcript.export("tsv").encode(), "tsv")
    assert table.tier("words").segments == words
    assert table.tier("segments").segments == transcript.segments
    grid = read_annotations(transcript.export("textgrid").encode(), "textgrid")
    bare = [Segment(s.start_seconds, s.end_seconds, s.label) for s in words]
    assert list(grid.tier("words").segments) == bare
    assert grid.duration_seconds == transcript.audio_seconds
    for name in ("srt", "vtt"):
        cues = read_annotations(transcript.export(name).encode(), {"vtt": "webvtt"}.get(name, name)).segments
        assert len(cues) == len(transcript.segments)
        assert sorted(labels(cues)) == sorted(labels(transcript.segments))
        assert max((abs(a.start_seconds - b.start_seconds) for a, b in zip(cues, transcript.segments, strict=True)), default=0) < 0.00051  # fmt: skip


def made():
    words = (Word(0.5, 0.9, "Stop", 0.5), Word(0.9, 1.4, "here", 1.0), Word(4.0, 4.5, "please", 0.25))
    return Transcript(words, "Stop here please", "en", "engine 1.0", "draft", 5.0)


def test_text_has_one_passage_a_line_and_subtitles_are_numbered():
    assert made().export() == "Stop here\nplease\n"
    assert made().export("srt").startswith("1\n00:00:00,500 --> 00:00:01,400\nStop here\n\n2\n")
    assert made().export("vtt").startswith("WEBVTT\n\n00:00:00.500 --> 00:00:01.400\n")


def test_nothing_said_is_a_valid_file_in_every_format():
    nothing = Transcript((), "", "en", "engine 1.0", "draft", 5.0)
    assert nothing.export() == ""
    assert json.loads(nothing.export("json"))["text"] == ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(isinstance(nothing.export(name), str) for name in FORMATS)


def test_words_are_wanted_where_the_format_is_made_of_them():
    passages = (Passage(0.0, 1.0, "no word times"),)
    with pytest.raises(ParameterError, match="word_timestamps=True"):
        Transcript((), "no word times", "en", "engine 1.0", "full", 5.0, passages=passages).export("ctm")


def test_saving_goes_by_the_ending(tmp_path):
    made().save(tmp_path / "talk.CTM")
    assert (tmp_path / "talk.CTM").read_text().startswith("talk 1 0.5 ")
    made().save(tmp_path / "talk.txt")
    assert (tmp_path / "talk.txt").read_bytes() == b"Stop here\nplease\n"
    made().save(tmp_path / "talk.sub", "srt")
    assert (tmp_path / "talk.sub").exists()
    with pytest.raises(ParameterError, match="tells no transcript format"):
        made().save(tmp_path / "talk.doc")
    with pytest.raises(ParameterError, match="docx"):
        made().export("docx")
    with pytest.raises(OutputUnwritable):
        made().save(tmp_path / "none" / "talk.txt")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "audiokit transcript", "version": 2}', "nonsense", "null"])
def test_other_json_is_refused(text):
    with pytest.raises(MalformedAnnotations, match="no transcript"):
        Transcript.from_json(text)


def test_edits_of_words_come_back():
    transcript = made()
    table = transcript.to_annotations().to_dataframe()
    table.loc[table["label"] == "here", "label"] = "there"
    edited = Annotations.from_dataframe(table[table["tier"] == "words"])
    changed = transcript.with_annotations(edited)
    assert changed.text == "Stop there please"
    assert changed.words[1] == Word(0.9, 1.4, "there", 1.0)
    assert changed.notes == ("edited by hand",)
    assert changed.with_annotations(edited) == changed
    assert transcript.with_annotations(transcript.to_annotations()) is transcript


def test_edits_of_passages_keep_the_measures_of_the_others():
    kept, wrong = Passage(0, 1, "Stop", 0.9, "batched", -0.1), Passage(1, 2, "hear", 0.8, "batched", -0.2)
    transcript = Transcript((), "Stop hear", "en", "engine 1.0", "full", 5.0, passages=(kept, wrong))
    whole = transcript.to_annotations()
    edited = Annotations((Tier("segments", (whole.segments[0], Segment(1, 2, "here"), Segment(3, 4, " "))),))
    changed = transcript.with_annotations(edited)
    assert changed.passages == (kept, Passage(1, 2, "here"))
    assert changed.text == "Stop here"
    with pytest.raises(ParameterError, match="'chords'"):
        transcript.with_annotations(Annotations((Tier("chords", ()),)))
