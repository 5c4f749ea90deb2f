"""Millions of paths in a few arrays: what goes in comes out."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.training import folder_codes
from audiokit.training.chunks import Utf8, add_texts
from audiokit.training.text_table import TextTableBuilder, smallest_type

NAMES = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1, max_size=8)
PATHS = st.lists(NAMES | st.sampled_from(["a", "b", "caf\udce9"]), min_size=1, max_size=4).map("/".join)


def table_of(paths, *, sizes=(), split=True):
    builder, row = TextTableBuilder(split=split), 0
    for size in [*sizes, len(paths)]:
        add_texts(builder, paths[row : row + size], row, paths=split)
        row = min(row + size, len(paths))
    return builder.finish()


@given(st.lists(PATHS, max_size=30), st.lists(st.integers(0, 10), max_size=4))
@pytest.mark.skipif(os.name == "nt", reason="names there are UTF-16")
def test_paths_come_back_whatever_the_chunks(paths, sizes):
    table = table_of(paths, sizes=sizes)
    assert len(table) == len(paths)
    assert list(table.paths()) == paths


@given(st.lists(st.text(max_size=6), max_size=30))
def test_texts_come_back_with_empty_ones_and_null_characters(texts):
    table = table_of(texts, split=False)
    assert [table.text(place) for place in range(len(texts))] == texts


@given(st.lists(PATHS.filter(lambda path: "\udce9" not in path), min_size=1, max_size=30), st.data())
def test_a_slice_of_arrows_buffer_gives_its_own_texts(paths, data):
    encoded = [path.encode() for path in paths]
    ends = np.cumsum([0, *map(len, encoded)])
    first = data.draw(st.integers(0, len(paths) - 1))
    builder = TextTableBuilder(split=True)
    text = np.frombuffer(b"".join(encoded), np.uint8)
    add_texts(builder, Utf8(text[ends[first] :], ends[first:] - ends[first]), 0, paths=True)
    assert list(builder.finish().paths()) == paths[first:]


def test_a_folder_is_kept_once():
    paths = [f"/corpus/{'long-name-of-a-speaker' * 3}/{number % 10}/{number:06d}.wav" for number in range(20_000)]
    table = table_of(paths)
    assert table.nbytes < 20_000 * (10 + 4 + 1) + 2000  # the name, its end, the folder's code
    assert table.nbytes < sum(map(len, paths)) / 4
    assert table.path(19_999) == paths[19_999]


def test_folders_with_one_hash_are_not_mixed_up(monkeypatch):
    monkeypatch.setattr(folder_codes, "_hashes", lambda rows: np.zeros(len(rows), np.uint64))
    paths = [f"{'abcdef'[number % 6]}{number % 5}/{number}.wav" for number in range(100)]
    assert list(table_of(paths, sizes=(30, 1, 40)).paths()) == paths


def test_paths_beyond_the_most_folders_stay_whole(monkeypatch):
    monkeypatch.setattr(folder_codes, "_MOST_FOLDERS", 3)
    paths = [f"folder{number % 10}/{number}.wav" for number in range(100)]
    table = table_of(paths, sizes=(5, 50))
    assert list(table.paths()) == paths
    assert len(table._folder_ends) == 4  # the empty one, and two more


def test_hashes_differ_where_one_letter_does():
    rows = np.zeros((24 * 255 + 1, 24), np.uint8)
    for place in range(24):
        rows[1 + place * 255 : 1 + (place + 1) * 255, place] = np.arange(1, 256)
    assert len(np.unique(folder_codes._hashes(rows))) == len(rows)


def test_ends_take_as_few_bytes_as_they_need():
    assert table_of(["a/b"])._ends.array.dtype == np.uint32
    assert smallest_type(255) == np.uint8
    assert smallest_type(256) == np.uint16
