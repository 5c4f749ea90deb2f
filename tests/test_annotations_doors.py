"""`read` and `write` of annotations: which format, which encoding, which targets, and what is refused."""

from __future__ import annotations

import os

import pytest

from audiokit.annotations import FORMATS, AnnotationLossWarning, read_annotations, write_annotations
from audiokit.errors import (
    LossyFormat,
    MalformedAnnotations,
    OutputUnwritable,
    ParameterError,
    SourceNotFound,
    SourceUnreadable,
    UnrecognisedFormat,
)
from audiokit.results import Segment


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("audacity", "txt"),
        ("textgrid", "TextGrid"),
        ("rttm", "rttm"),
        ("ctm", "ctm"),
        ("csv", "csv"),
        ("tsv", "tsv"),
        ("srt", "srt"),
        ("webvtt", "vtt"),
    ],
)
def test_a_file_is_known_by_its_content_and_written_by_its_ending(tmp_path, name, ending):
    segments = [Segment(0.5, 1.5, "hello"), Segment(2, 3, "world")]
    path = tmp_path / f"talk.{ending}"
    text = write_annotations(segments, path, strict=True)
    assert path.read_bytes() == text.encode()
    assert text == write_annotations(segments, format=name, recording="talk")
    path.rename(tmp_path / "talk.dat")
    assert read_annotations(str(tmp_path / "talk.dat")).segments == tuple(segments)
    assert os.listdir(tmp_path) == ["talk.dat"]  # nothing else was left


def test_the_ending_decides_where_the_content_tells_nothing(tmp_path):
    path = tmp_path / "silence.rttm"
    write_annotations([], path)
    assert path.read_bytes() == b""
    assert read_annotations(path).segments == ()
    (tmp_path / "wrong.rttm").write_text("Dear diary\n")
    with pytest.raises(MalformedAnnotations, match=r"wrong\.rttm: .*Line 1: got 'Dear diary', wanted SPEAKER"):
        read_annotations(tmp_path / "wrong.rttm")
    with pytest.raises(UnrecognisedFormat, match="It is empty"):
        read_annotations(b"")
    with pytest.raises(UnrecognisedFormat, match="begins with 'Dear diary'"):
        read_annotations(b"Dear diary\n")


def test_the_content_wins_over_the_ending(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("0.5\t1.5\thello\n")
    assert read_annotations(path).segments == (Segment(0.5, 1.5, "hello"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", FORMATS)
def test_encodings_and_line_ends(name, encoding, newline):
    segments = (Segment(0.5, 1.5, "grüße, שלום"), Segment(2, 3, "😀"))
    data = write_annotations(segments, format=name).replace("\n", newline).encode(encoding)
    assert read_annotations(data).segments == segments


def test_another_encoding_is_named():
    data = "0.5\t1.5\tcafé\n".encode("cp1252")
    with pytest.raises(UnrecognisedFormat, match=r"no text in utf-8 \(byte 11\).*encoding='cp1252'"):
        read_annotations(data)
    assert read_annotations(data, encoding="cp1252").segments[0].label == "café"
    for wrong in ("klingon", "hex", "zlib"):
        with pytest.raises(ParameterError):
            read_annotations(data, encoding=wrong)


def test_sources_that_are_none(tmp_path):
    with pytest.raises(SourceNotFound):
        read_annotations(tmp_path / "missing.txt")
    with pytest.raises(SourceUnreadable):
        read_annotations(tmp_path)
    with pytest.raises(SourceUnreadable):
        read_annotations("a\0b")
    with pytest.raises(ParameterError):
        read_annotations(7)
    with pytest.raises(ParameterError, match="no annotation format 'eaf'"):
        read_annotations(b"", "eaf")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.txt")
        with pytest.raises(SourceUnreadable):
            read_annotations(tmp_path / "pipe.txt")


def test_a_recording_is_no_annotation_file(tmp_path):
    path = tmp_path / "talk.wav"
    path.write_bytes(b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0\x01\0" + bytes(range(256)) * 16)
    with pytest.raises(UnrecognisedFormat):
        read_annotations(path)


def test_targets_that_are_none(tmp_path):
    with pytest.raises(OutputUnwritable):
        write_annotations([], tmp_path, format="csv")
    with pytest.raises(OutputUnwritable):
        write_annotations([], tmp_path / "nowhere" / "a.csv")
    with pytest.raises(ParameterError, match="not known from the ending '.doc'"):
        write_annotations([], tmp_path / "a.doc")
    with pytest.raises(ParameterError, match="neither a path nor a format"):
        write_annotations([])
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_where_something_would_be_lost(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(LossyFormat, match=r"scores \(1\)"):
        write_annotations([Segment(0, 1, "x", 0.5)], path, strict=True)
    with pytest.raises(ParameterError, match="no character"):
        write_annotations([Segment(0, 1, "\ud83d")], path)
    assert path.read_text() == "before"
    with pytest.warns(AnnotationLossWarning, match=r"An Audacity label file cannot hold all of this: scores \(1\)"):
        write_annotations([Segment(0, 1, "x", 0.5)], path)
    assert path.read_text() == "0.000000\t1.000000\tx\n"
