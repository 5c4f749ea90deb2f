"""Labels in arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.training.chunks import CHUNK_ROWS, Coded
from audiokit.training.labels import LabelsBuilder, labels_of


def values(labels):
    return [labels[place] for place in range(len(labels))]


def in_chunks(rows, size, **options):
    builder = LabelsBuilder(**options)
    for start in range(0, len(rows), size):
        builder.add(rows[start : start + size], start)
    return builder.finish()


@given(st.lists(st.text(max_size=3), min_size=1, max_size=40), st.integers(1, 10))
def test_texts_become_codes_in_alphabetical_order_whatever_the_chunks(texts, size):
    labels = in_chunks(texts, size)
    assert labels.classes == tuple(sorted(set(texts)))
    assert [labels.classes[code] for code in values(labels)] == texts
    assert labels.data.array.dtype == np.int32


def test_more_rows_than_a_chunk():
    texts = [f"c{number % 3}" for number in range(CHUNK_ROWS + 5)]
    labels = labels_of(texts)
    assert labels[CHUNK_ROWS + 4] == (CHUNK_ROWS + 4) % 3
    assert len(labels) == len(texts)


def test_whole_numbers_stay_as_they_are():
    labels = labels_of([5, 0, 5, -100])
    assert values(labels) == [5, 0, 5, -100]
    assert labels.classes == ()
    assert labels.data.array.dtype == np.int32
    assert labels_of(np.array([2**40])).data.array.dtype == np.int64
    assert values(labels_of([True, False])) == [1, 0]


def test_given_classes_decide_the_codes():
    assert values(labels_of(["b", "a"], classes=["a", "x", "b"])) == [2, 0]
    assert values(labels_of([7, 3, 7], classes=[3, 7])) == [1, 0, 1]
    with pytest.raises(ParameterError, match=r"'z' is not among the 2 classes.*'a', 'b'"):
        labels_of(["z"], classes=["a", "b"])
    with pytest.raises(ParameterError, match="twice"):
        labels_of(["a"], classes=["a", "a"])


def test_other_numbers_are_values():
    labels = labels_of([0.5, 2])
    assert labels.kind == "value"
    assert values(labels) == [0.5, 2.0]
    vectors = labels_of([[0.5, 2.0], [1.0, 3.0]])
    np.testing.assert_array_equal(vectors[1], np.array([1.0, 3.0], np.float32))
    assert vectors[1].dtype == np.float32


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=4), min_size=1, max_size=20), st.integers(1, 5))
def test_lists_of_texts_are_several_classes_at_once(rows, size):
    if not any(rows):
        return
    rows = [["d"], *rows]  # tells in every case what the rows are
    labels = in_chunks(rows, size)
    for place, names in enumerate(rows):
        assert [labels.classes[at] for at in np.flatnonzero(labels[place])] == sorted(set(names))


def test_rows_of_zero_and_one_are_several_classes_at_once():
    table = np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]])
    labels = labels_of(table)
    assert labels.kind == "classes"
    assert len(labels) == 3
    for place, row in enumerate(table):
        np.testing.assert_array_equal(labels[place], row.astype(np.float32))


def test_a_categorical_gives_its_names():
    labels = in_chunks(Coded(np.array([1, 0, 1]), ["x", "y"]).tolist(), 2)
    builder = LabelsBuilder()
    builder.add(Coded(np.array([1, 0, 1], np.int8), ["x", "y"]), 0)
    assert values(builder.finish()) == values(labels) == [1, 0, 1]
    with pytest.raises(ParameterError, match="Row 2 has no label"):
        LabelsBuilder().add(Coded(np.array([0, 0, -1]), ["x"]), 0)


def test_texts_of_a_csv_become_numbers_only_if_nothing_is_lost():
    assert values(in_chunks(["3", "1"], 1, parse=True)) == [3, 1]
    assert values(in_chunks(["0.5", "-1e3"], 2, parse=True)) == [0.5, -1000.0]
    assert in_chunks(["007", "1"], 2, parse=True).classes == ("007", "1")
    assert in_chunks(["nan", "1.5"], 2, parse=True).classes == ("1.5", "nan")
    assert in_chunks(["3", "1"], 1).classes == ("1", "3")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", None], "Row 1 has no label"),
        (["a", float("nan")], "Row 1 has no label"),
        (["a", 3], "Row 1: the labels are text so far, got int 3"),
        ([0.5, float("nan")], "Row 1: its label is missing or not finite"),
        (np.array([[1.0, 2.0], [np.inf, 0.0]]), "Row 1: its label is missing"),
        ([1, "a"], "mixed types"),
        ([[1, 2], [3]], "several lengths"),
        ([None], "Row 0 has no label"),
        ("abc", "one for each file"),
        ([object()], "got object"),
    ],
)
def test_what_is_no_label_is_refused_by_its_row(labels, message):
    with pytest.raises(ParameterError, match=message):
        labels_of(labels)


def test_none_is_no_labels():
    assert labels_of(None).kind == "none"
    assert labels_of(None)[3] is None
