"""Every format: what is written is read again, or said to be lost; what is damaged is an error of ours."""

from __future__ import annotations

import warnings

import pytest
from annotation_drawing import NASTY, as_read, documents, labels, tiers
from hypothesis import assume, given
from hypothesis import strategies as st

from audiokit.annotations import FORMATS, AnnotationLossWarning, Annotations, read_annotations, write_annotations
from audiokit.errors import InputError, LossyFormat, ParameterError


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
