from __future__ import annotations

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import errors
from audiokit.report.parameters import Parameter, check_parameters, read_parameters

CELL = """audio: str = ""  # a file # with a hash
count: int = 3
level_db: float = -6.0  # dB
loud: bool = False
names: list[str] = ["a"]
sizes: list[int] = []
limit_seconds: float | None = None  # all of it"""


@pytest.fixture
def notebook(tmp_path):
    def write(code, tags=("parameters",)):
        cell = nbformat.v4.new_code_cell(code, metadata={"tags": list(tags)})
        path = tmp_path / "n.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x"), cell]), path)
        return path

    return write


def test_names_types_defaults_and_help_are_read(notebook):
    found = read_parameters(notebook(CELL))
    assert [(p.name, p.type, p.default, p.help) for p in found.values()][:3] == [
        ("audio", "str", "", "a file # with a hash"),
        ("count", "int", 3, ""),
        ("level_db", "float", -6.0, "dB"),
    ]
    assert found["limit_seconds"].type == "float | None"
    assert read_parameters(notebook(CELL, tags=())) == {}


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("audio", "a=b {c}.wav", "a=b {c}.wav"),
        ("count", "12", 12),
        ("count", 12.0, 12),
        ("level_db", "1e-3", 1e-3),
        ("level_db", 2, 2.0),
        ("loud", "Yes", True),
        ("loud", "0", False),
        ("names", "x, y", ["x", "y"]),
        ("names", '["x, y"]', ["x, y"]),
        ("sizes", "1,2", [1, 2]),
        ("sizes", (1, 2), [1, 2]),
        ("limit_seconds", "none", None),
        ("limit_seconds", "2.5", 2.5),
    ],
)
def test_values_are_converted(notebook, name, given, expected):
    assert check_parameters(notebook(CELL), {name: given}) == {name: expected}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("count", "many"), ("count", 1.5), ("count", True), ("count", None), ("level_db", "loud"), ("loud", "maybe"),
        ("loud", 1), ("audio", 3), ("audio", None), ("sizes", "1,x"), ("sizes", 3), ("limit_seconds", "soon"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_was_wanted(notebook, name, given):
    with pytest.raises(errors.ParameterError, match=f"'{name}' wants"):
        check_parameters(notebook(CELL), {name: given})


def test_an_unknown_parameter_is_refused_and_the_known_ones_are_listed(notebook):
    with pytest.raises(errors.ParameterError, match=r"'adio'.*audio: str, count: int"):
        check_parameters(notebook(CELL), {"adio": "x"})


@pytest.mark.parametrize("code", ["count = 3", "when: date = 1", "x: int = f()", "import os", "x: int | str = 3"])
def test_a_cell_that_cannot_be_typed_in_is_refused(notebook, code):
    with pytest.raises((errors.ParameterError, ValueError)):
        read_parameters(notebook(code))


def test_what_is_no_notebook_is_refused(tmp_path):
    (tmp_path / "n.ipynb").write_text("hello")
    with pytest.raises(errors.ParameterError, match="not a Jupyter notebook"):
        read_parameters(tmp_path / "n.ipynb")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_the_command_line(value):
    assert Parameter("x", "float", 0.0, "").convert(repr(value)) == value
