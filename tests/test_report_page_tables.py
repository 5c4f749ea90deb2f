"""Tables in a page: words at the left, numbers at the right; nothing is lost, and what is not understood stays."""

import html
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit.report.page_tables import arranged


def cells(table):
    return [html.unescape(text) for text in re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", table, re.DOTALL)]


def marks(table):
    """Of each column, whether its cells are those of words: the same in every row."""
    rows = [re.findall(r"<t[hd]( class=\"words\")?>", row) for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)]
    assert all(row == rows[0] for row in rows)
    return [bool(one) for one in rows[0]]


def test_words_are_marked_and_numbers_are_not():
    frame = pd.DataFrame(
        {
            "name": ["piano", "a <b> & c"],
            "score": [0.5, np.nan],
            "count": [3, -12],
            "took": ["12 ms", "3.5 s"],
            "share": ["12 %", "1×"],
            "at": ["0:01.5", "1:00:02"],
            "said": ["12", "twelve"],
            "is": [True, False],
            "nothing": [None, ""],
            "big": [1e12, 2e-9],
        }
    )
    table = arranged(frame._repr_html_())
    wanted = [False, True, False, False, False, False, False, True, True, False, False]
    assert marks(table) == wanted
    assert "a &lt;b&gt; &amp; c" in table


def test_an_index_of_words_begins_at_the_left_and_its_name_needs_no_row():
    frame = pd.DataFrame({"rate": [0.3], "how": ["well"]}, index=pd.Index(["tiny"], name="engine"))
    table = arranged(frame._repr_html_())
    assert marks(table) == [True, False, True]
    assert cells(table) == ["engine", "rate", "how", "tiny", "0.3", "well"]


def test_names_of_columns_keep_their_row_where_it_says_more():
    frame = pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="row"))
    frame.columns.name = "column"
    assert cells(arranged(frame._repr_html_())) == cells(frame._repr_html_())


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({("a", "b"): [1], ("a", "c"): ["x"]}),
        pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([("x", 1), ("x", 2)])),
    ],
)
def test_tables_with_joined_cells_stay_as_they_are(frame):
    assert arranged(frame._repr_html_()) == frame._repr_html_()


def test_what_is_no_table_of_pandas_stays_as_it_is():
    for text in ("", "<p>x</p>", "<table><tr><td>x</td></tr></table>", '<table border="1" class="dataframe">'):
        assert arranged(text) == text


def test_a_long_table_that_pandas_cut_is_arranged_too():
    frame = pd.DataFrame({"name": ["x"] * 200, "value": range(200)})
    assert marks(arranged(frame._repr_html_())) == [False, True, False]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=12), st.floats(), st.integers(), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
)
def test_every_cell_stays_what_and_where_it_was(rows, named):
    frame = pd.DataFrame(rows, columns=["text", "float", "int", "bool"])
    frame.index.name = "n" if named else None
    before, after = cells(frame._repr_html_()), cells(arranged(frame._repr_html_()))
    assert after[5:] == (before[10:] if named else before[5:])
