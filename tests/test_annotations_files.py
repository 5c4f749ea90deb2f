"""Every format: what is written is read again, or said to be lost; what is damaged is an error of ours."""

from __future__ import annotations

import os
import warnings

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audiokit.annotations import FORMATS, AnnotationLossWarning, Annotations, Tier, read_annotations, write_annotations
from audiokit.errors import (
    InputError,
    LossyFormat,
    MalformedAnnotations,
    OutputUnwritable,
    ParameterError,
    SourceNotFound,
    SourceUnreadable,
    UnrecognisedFormat,
)
from audiokit.results import Segment

# One of everything that ends a field, a line or a text somewhere, looks like an escape, or cannot be seen
NASTY = "\t\n\r \"'%\\<>&;,|!-=[]\u2028\u2029\x85\x0b\x0c\x1c\x00\ufeff\u3000\u200f😀אب2Fé"
labels = (
    st.text(max_size=12)
    | st.text(NASTY, max_size=8)
    | st.sampled_from(
        [
            "",
            "<NA>",
            "%20",
            '"',
            "two words",
            "-->",
            "1\n00:00:01,000 --> 00:00:02,000\nx",
            '"ooTextFile" "TextGrid"',
            "SPEAKER",
            "WEBVTT\n",
        ]
    )
)
seconds = (
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 5000).map(lambda n: n / 1000) | st.floats(0, 1e4)
)
scores = st.none() | st.floats(allow_nan=False, allow_infinity=False)
titles = st.sampled_from(
    ["low_hz", "high_hz", "channel", "orthography", "lookahead", "voice", "cue_id", "note", "text", ""]
)


@st.composite
def tiers(
    draw, name=labels, label=labels, time=seconds, score=scores, title=titles, value=labels, kinds=("interval", "point")
):
    kind = draw(st.sampled_from(kinds))
    bounds = draw(st.lists(st.tuples(time, time), max_size=6))
    segments = [
        Segment(min(pair), min(pair) if kind == "point" else max(pair), draw(label), draw(score)) for pair in bounds
    ]
    columns = draw(st.lists(title, unique=True, max_size=2)) if title is not None else []
    return Tier(draw(name), segments, kind, {column: [draw(value) for _ in segments] for column in columns})


documents = st.builds(
    Annotations,
    st.lists(tiers(), max_size=3),
    st.none() | st.floats(0, 1e5),
    st.sampled_from(["", "a b", ";;", "SPEAKER", "WEBVTT", "1"]),
)


def as_read(annotations: Annotations, name: str) -> Annotations:
    """What reading gives for annotations of which nothing is lost, by what the formats' modules promise."""
    held = list(annotations.tiers)
    recording, duration = "", None
    if name == "textgrid":
        duration = max([annotations.duration_seconds or 0.0, *(s.end_seconds for s in annotations.segments)])
    elif name in ("csv", "tsv"):
        columns = {title for tier in held for title in tier.extra}
        held = [
            Tier(t.name, t.segments, t.kind, {c: t.extra.get(c, [""] * len(t.segments)) for c in columns}) for t in held
        ]
    else:
        (tier,) = held or [Tier()]
        extra = dict(tier.extra)
        if name == "audacity":
            extra = {c: ["" if v == "-1.000000" else v for v in values] for c, values in extra.items()}
            if any(any(values) for values in extra.values()):
                extra = {c: extra.get(c, [""] * len(tier.segments)) for c in ("low_hz", "high_hz")}
        if name in ("rttm", "ctm"):
            recording = (annotations.recording or "recording") if tier.segments else ""
        held = [
            Tier(
                "labels",
                tier.segments,
                tier.kind,
                {
                    c: v
                    for c, v in extra.items()
                    if any(x != ("1" if c == "channel" and name in ("rttm", "ctm") else "") for x in v)
                },
            )
        ]
    return Annotations(held, duration, recording)


@pytest.mark.parametrize("name", FORMATS)
@given(annotations=documents)
def test_nothing_is_lost_without_a_word(name, annotations):
    try:
        text = write_annotations(annotations, format=name, strict=True)
    except (LossyFormat, ParameterError):
        return
    assert read_annotations(text.encode(), format=name, strict=True) == as_read(annotations, name)
    if annotations.segments:
        assert read_annotations(text.encode(), strict=True) == as_read(annotations, name)  # recognised by content


@pytest.mark.parametrize("name", FORMATS)
@given(annotations=documents)
def test_what_is_written_with_losses_is_a_file_still(name, annotations):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            text = write_annotations(annotations, format=name)
        except (LossyFormat, ParameterError):
            return  # times that the format has no words for
    lost = bool(caught)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_annotations(text.encode(), format=name)
    if name not in ("csv", "tsv"):
        empty = sum(not s.label and s.start_seconds < s.end_seconds for s in annotations.segments)
        assert len(found.segments) == len(annotations.segments) - (empty if name == "textgrid" else 0)
    try:
        write_annotations(annotations, format=name, strict=True)
    except LossyFormat:
        assert lost
    else:
        assert not lost


plain = {"score": st.none(), "title": None}
milliseconds = st.integers(0, 10**9).map(lambda n: n / 1000)
# What each format holds: written with strict=True, without a way out
HELD = {
    "audacity": {"label": labels.filter(lambda t: not set(t) & set("\t\n\r")), **plain},
    "textgrid": {"label": labels.filter(bool), "time": st.floats(-1e6, 1e6), **plain},
    "rttm": {
        "time": st.floats(-1e6, 1e6),
        "title": st.sampled_from(["channel", "orthography", "speaker_type", "lookahead"]),
    },
    "ctm": {"time": st.floats(-1e6, 1e6), "title": st.just("channel")},
    "csv": {"title": st.text(NASTY + "notex", max_size=4)},
    "tsv": {"title": st.text(NASTY + "notex", max_size=4)},
    "srt": {
        "label": labels.filter(lambda t: not t or ("\r" not in t and all(line.strip() for line in t.split("\n")))),
        "time": milliseconds,
        **plain,
    },
}
HELD["webvtt"] = HELD["srt"]


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_what_a_format_holds_comes_back_to_the_last_bit(name, data):
    several = name == "textgrid"
    tier = data.draw(tiers(kinds=("interval",), **HELD[name]))
    assume(
        several or not (tier.segments or "sv" in name) or any(s.start_seconds < s.end_seconds for s in tier.segments)
    )
    held = [tier]
    if several:
        held += data.draw(st.lists(tiers(kinds=("interval", "point"), **HELD[name]), max_size=2))
    annotations = Annotations(held, 1e6 + 1 if several else None, data.draw(st.sampled_from(["", "meeting 1", ";;"])))
    text = write_annotations(annotations, format=name, strict=True)
    assert read_annotations(text.encode(), format=name, strict=True) == as_read(annotations, name)


@st.composite
def damaged(draw):
    """A file in some format, with a few changes of bytes."""
    name = draw(st.sampled_from(FORMATS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            text = write_annotations(draw(documents), format=name)
        except (LossyFormat, ParameterError):
            text = ""
    data = bytearray(text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 3)):
            case 0:
                del data[at:]
            case 1:
                data[at : at + 1] = b""
            case 2:
                data[at:at] = draw(
                    st.binary(max_size=3)
                    | st.sampled_from([b'"', b"\n", b"\t", b"-", b"e999", b"9" * 400, b"\\", b" "])
                )
            case _:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
    return name, bytes(data)


@pytest.mark.parametrize("by_name", [True, False])
@given(file=damaged())
def test_a_damaged_file_is_read_or_an_error_of_ours(by_name, file):
    name, data = file
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnnotationLossWarning)
        try:
            found = read_annotations(data, name if by_name else "auto")
        except InputError as error:
            assert error.message.startswith(("bytes in memory: ", "The file is about "))  # noqa: PT017
        else:
            assert isinstance(found, Annotations)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.binary(max_size=80) | st.text(NASTY + "0123456789.", max_size=80).map(str.encode))
def test_anything_is_read_or_an_error_of_ours(name, data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AnnotationLossWarning)
        try:
            read_annotations(data, name)
        except InputError:
            pass


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


MANY = 200_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("auto", "! " * MANY),
        ("auto", "!\n" * MANY + "x"),
        ("textgrid", '"ooTextFile" "TextGrid" 0 1 <exists> 1 ' + '"' * (MANY + 1)),
        ("textgrid", '"ooTextFile" "TextGrid" 0 1 <exists> 1 ' + '" ' * (MANY + 1)),
        ("csv", 'start,end,label\n0,1,"' + '""' * MANY + "x"),
        ("csv", "start,end,label\n0,1," + '"a"' * MANY),
        ("csv", "start,end" + "," * MANY + "\n0,1"),
        ("webvtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<" * MANY),
        ("webvtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "&" * MANY),
        ("srt", "1\n" + " " * MANY + "-->"),
        ("srt", "1\n00:00:01,000 -->" + " " * MANY),
        ("rttm", "SPEAKER a 1 0 1 <NA> <NA> " + "%C3" * MANY + " <NA> <NA>"),
        ("rttm", "SPEAKER a 1 1e-99999999 1 <NA> <NA> x <NA> <NA>"),
        ("rttm", "SPEAKER a 1 0." + "1" * MANY + " 1 <NA> <NA> x <NA> <NA>"),
        ("audacity", "0\t1" + "\t" * MANY),
    ],
)
def test_hostile_files_are_read_or_refused_in_the_time_of_their_length(name, text):
    try:
        found = read_annotations(text.encode(), name)
    except InputError as error:
        assert len(str(error)) < 500  # noqa: PT017
    else:
        assert found.segments
