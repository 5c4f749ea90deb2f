"""From what users have to an index."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from audiokit.annotations import Annotations
from audiokit.errors import InputError, ParameterError, SourceNotFound
from audiokit.results import Segment
from audiokit.training import index_of

PATHS = ["b/1.wav", "b/2.wav", "a.wav"]


def paths_of(index):
    return [index.path(place) for place in range(len(index))]


@pytest.mark.parametrize(
    "files",
    [
        PATHS,
        tuple(PATHS),
        np.array(PATHS),
        np.array(PATHS, object),
        [Path(path) for path in PATHS],
        (path for path in PATHS),
        pd.Series(PATHS, index=[5, 6, 7]),
        [os.fsencode(path) for path in PATHS],
        ["b/1.wav", Path("b/2.wav"), b"a.wav"],
    ],
)
def test_any_sequence_of_paths(files):
    index = index_of(files, ["x", "y", "x"])
    assert paths_of(index) == PATHS
    assert index[1] == ("b/2.wav", 1, 0.0, None)
    assert index.labels.classes == ("x", "y")


@pytest.mark.parametrize(
    ("files", "labels", "message"),
    [
        ([], None, "no files"),
        (iter([]), None, "no files"),
        (PATHS, ["x"], "3 files and 1 labels"),
        (PATHS, "label", "names a column"),
        (["a.wav", ""], None, "Row 1: the path is empty"),
        (["a.wav", "b\0.wav"], None, "Row 1: the path holds a null"),
        (["a.wav", None], None, "Row 1: a path is wanted, got nothing"),
        (["a.wav", 3.5], None, "Row 1: a path is wanted, got float 3.5"),
        (7, None, "list of paths"),
        (b"a.wav", None, "list of paths"),
        ("a.wav", None, "Give a list of paths, even for one file"),
        ({"a.wav": [Segment(0, 1, "x")]}, ["x"], "twice"),
        ({"a.wav": [3]}, None, "segments are wanted"),
        ({}, None, "no files"),
    ],
)
def test_what_does_not_fit_is_told(files, labels, message):
    with pytest.raises(ParameterError, match=message):
        index_of(files, labels)


def frame(**columns):
    return pd.DataFrame({"path": PATHS, **columns})


def test_a_frame_with_spans_and_further_columns():
    table = frame(
        label=["x", "y", "x"], start_seconds=[0, 1.5, None], duration_seconds=[2.0, 0.5, None],
        speaker=["s1", "s2", None], take=[1, 2, 3],
    )  # fmt: skip
    index = index_of(table)
    assert [index[place][2:] for place in range(3)] == [(0.0, 2.0), (1.5, 2.0), (0.0, None)]
    assert index.row(1) == {
        "path": "b/2.wav", "label": 1, "start_seconds": 1.5, "end_seconds": 2.0, "speaker": "s2", "take": 2,
    }  # fmt: skip
    assert index.row(2)["speaker"] == ""


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_missing_texts_are_empty_and_missing_paths_refused(missing):
    table = frame(speaker=pd.Series(["s1", missing, "s3"], dtype=object))
    assert [index_of(table).row(place)["speaker"] for place in range(3)] == ["s1", "", "s3"]
    with pytest.raises(ParameterError, match="Row 1: a path is wanted, got nothing"):
        index_of(table, path_column="speaker")
    with pytest.raises(ParameterError, match="Row 1 has no label"):
        index_of(table, "speaker")


def test_a_frame_with_a_categorical_and_labels_by_column_or_list():
    table = frame(label=pd.Categorical(["x", "y", "x"]), mood=["sad", "glad", "sad"])
    assert [index_of(table).labels[place] for place in range(3)] == [0, 1, 0]
    assert index_of(table, "mood").labels.classes == ("glad", "sad")
    assert index_of(table.drop(columns="label"), [1.0, 2.0, 3.0]).labels[2] == 3.0
    assert index_of(table.rename(columns={"path": "file"}), path_column="file").path(0) == "b/1.wav"


@pytest.mark.parametrize(
    ("table", "labels", "message"),
    [
        (frame(label=["x", "y", "x"]), ["x", "y", "x"], "given twice"),
        (frame(), "mood", r"no column 'mood'.*'path'"),
        (frame().rename(columns={"path": "file"}), None, "no column 'path'"),
        (frame(end_seconds=1.0, duration_seconds=1.0), None, "both end_seconds and duration_seconds"),
        (frame(end_seconds=[1.0, 0.0, 1.0]), None, r"Row 1: .*got 0 s \.\. 0 s"),
        (frame(start_seconds=[1.0, -1.0, 1.0]), None, "Row 1"),
        (frame(start_seconds=["soon", "0", "0"]), None, "seconds are wanted"),
        (pd.concat([frame(), frame()], axis=1), None, "two columns 'path'"),
        (frame().iloc[:0], None, "no rows"),
        (frame(label=["x", None, "x"]), None, "Row 1 has no label"),
        (frame(label=[1.0, None, 2.0]), None, "Row 1"),
    ],
)
def test_a_frame_that_does_not_fit_is_told(table, labels, message):
    with pytest.raises(ParameterError, match=message):
        index_of(table, labels)


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_csv_manifest_is_relative_to_its_folder(tmp_path, ending):
    path = tmp_path / f"train.{ending}"
    table = frame(label=[3, 1, 3], start_seconds=[0.0, 1.5, np.nan], speaker=["007", "é, x", ""])
    table.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    index = index_of(path)
    assert paths_of(index) == [str(tmp_path / name) for name in PATHS]
    assert [index.labels[place] for place in range(3)] == [3, 1, 3]
    assert index.span(1) == (1.5, None)
    assert [index.row(place)["speaker"] for place in range(3)] == ["007", "é, x", ""]
    assert index_of(str(path), root="/elsewhere").path(2) == os.path.join("/elsewhere", "a.wav")


def test_an_absolute_path_in_a_manifest_stays(tmp_path):
    target = tmp_path / "sounds" / "a.wav"
    (tmp_path / "m.csv").write_text(f"path\n{target}\n", encoding="utf-8")
    assert index_of(tmp_path / "m.csv").path(0) == str(target)


def test_a_broken_csv_and_a_missing_one_are_told(tmp_path):
    (tmp_path / "m.csv").write_text("path,label\na.wav,x\nb.wav\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="1 values for 2 columns"):
        index_of(tmp_path / "m.csv")
    (tmp_path / "n.csv").write_text("", encoding="utf-8")
    with pytest.raises(ParameterError, match="no rows"):
        index_of(tmp_path / "n.csv")
    with pytest.raises(SourceNotFound, match="no such manifest"):
        index_of(tmp_path / "none.parquet")


def test_parquet_without_its_library_names_the_cure(tmp_path, monkeypatch):
    import sys

    (tmp_path / "m.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match="needs pyarrow"):
        index_of(tmp_path / "m.parquet")


def test_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    columns = {
        "path": [*PATHS, "ü/ø.wav"],
        "label": pa.array(["x", "y", "x", "z"]).dictionary_encode(),
        "start_seconds": [0.0, 1.5, None, None],
        "end_seconds": [1.0, 2.5, None, 4.0],
        "speaker": ["s1", None, "s3", "s4"],
        "tags": [["a"], [], ["b"], []],
        "take": pa.array([1, 2, 3, 4], pa.int16()),
    }
    pq.write_table(pa.table(columns), tmp_path / "m.parquet", row_group_size=3)
    index = index_of(tmp_path / "m.parquet", root="/r")
    assert paths_of(index) == [os.path.join("/r", path) for path in columns["path"]]
    assert [index.labels[place] for place in range(4)] == [0, 1, 0, 2]
    assert [index.span(place) for place in range(4)] == [(0.0, 1.0), (1.5, 2.5), (0.0, None), (0.0, 4.0)]
    assert [index.row(place)["speaker"] for place in range(4)] == ["s1", "", "s3", "s4"]
    assert [index.row(place)["take"] for place in range(4)] == [1, 2, 3, 4]
    tags = index_of(tmp_path / "m.parquet", "tags").labels
    assert tags.kind == "classes"
    (tmp_path / "bad.parquet").write_bytes(b"nothing of the kind")
    with pytest.raises(ParameterError, match="not Parquet"):
        index_of(tmp_path / "bad.parquet")
    pq.write_table(pa.table({"path": ["", "a"]}), tmp_path / "e.parquet")
    with pytest.raises(ParameterError, match="Row 0: the path is empty"):
        index_of(tmp_path / "e.parquet")


def test_a_frame_on_arrow_gives_the_same(tmp_path):
    pytest.importorskip("pyarrow")
    table = frame(label=["x", "y", "x"]).astype({"path": "string[pyarrow]", "label": "string[pyarrow]"})
    index = index_of(table.iloc[1:])
    assert paths_of(index) == PATHS[1:]
    assert index.labels[0] == 1


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def test_a_folder_for_each_class(tmp_path):
    for name in ("dog/2.WAV", "dog/deep/1.flac", "cat/a.mp3", "cat/notes.txt", ".git/a.wav", "cat/.hidden.wav"):
        touch(tmp_path / name)
    (tmp_path / "empty").mkdir()
    index = index_of(tmp_path)
    assert [Path(path).relative_to(tmp_path).as_posix() for path in paths_of(index)] == [
        "cat/a.mp3", "dog/2.WAV", "dog/deep/1.flac",
    ]  # fmt: skip
    assert index.labels.classes == ("cat", "dog", "empty")
    assert [index.labels[place] for place in range(3)] == [0, 1, 1]
    touch(tmp_path / "loose.wav")
    with pytest.raises(ParameterError, match=r"loose\.wav stands beside"):
        index_of(tmp_path)
    with pytest.raises(ParameterError, match="twice"):
        index_of(tmp_path / "cat", ["a"])


def test_a_folder_of_files_alone_has_no_labels(tmp_path):
    touch(tmp_path / "b.wav")
    touch(tmp_path / "a.wav")
    index = index_of(str(tmp_path))
    assert [Path(path).name for path in paths_of(index)] == ["a.wav", "b.wav"]
    assert index.labels.kind == "none"
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match="no audio file"):
        index_of(tmp_path / "nothing")


def test_annotations_give_an_item_for_every_segment():
    segments = [Segment(0.0, 1.0, "speech"), Segment(2.0, 3.5, "music")]
    index = index_of({"a.wav": Annotations.from_segments(segments), Path("b.wav"): [Segment(1, 2, "speech")]})
    assert [tuple(index[place]) for place in range(3)] == [
        ("a.wav", 1, 0.0, 1.0), ("a.wav", 0, 2.0, 3.5), ("b.wav", 1, 1.0, 2.0),
    ]  # fmt: skip


def test_an_index_is_an_index():
    index = index_of(PATHS)
    assert index_of(index) is index
    with pytest.raises(ParameterError, match="twice"):
        index_of(index, ["x", "y", "x"])
    assert "3 files" in repr(index)
