"""Typed parameters of a notebook: read from its cell tagged ``parameters``, checked before anything runs."""

from __future__ import annotations

import ast
import io
import json
import os
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiokit.decode.source import printable
from audiokit.errors import ParameterError, SourceUnreadable

__all__ = ["Parameter", "check_parameters", "read_parameters"]

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a notebook.

    Parameters
    ----------
    name : str
        As assigned in the cell.
    type : str
        Its annotation: ``str``, ``int``, ``float``, ``bool``, ``list[...]`` of these, or one of them ``| None``.
    default : object
        The value in the cell.
    help : str
        The comment behind it.
    """

    name: str
    type: str
    default: Any
    help: str

    def convert(self, value: object) -> Any:
        """Check a value, or parse the text that a command line gives.

        Raises
        ------
        ParameterError
            Saying what was got and what was wanted.

        Examples
        --------
        >>> Parameter("threshold", "float", 0.5, "").convert("0.7")
        0.7
        """
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        try:
            return _convert(self.type, value)
        except (ValueError, TypeError) as error:
            raise ParameterError(
                f"Parameter {self.name!r} wants {self.type}, got {value!r} ({type(value).__name__}).",
                cure=f"Example: {self.name}={self.default!r}.",
            ) from error


def _convert(kind: str, value: Any) -> Any:
    options = [part.strip() for part in kind.split("|")]
    if "None" in options:
        if value is None or (isinstance(value, str) and value.lower() in ("none", "null")):
            return None
        options.remove("None")
    (kind,) = options
    if kind.startswith("list"):
        inner = kind.removeprefix("list").strip("[] ") or "str"
        if isinstance(value, str):
            value = json.loads(value) if value.lstrip().startswith("[") else [v.strip() for v in value.split(",") if v]
        if not isinstance(value, (list, tuple)):
            raise TypeError(kind)
        return [_convert(inner, item) for item in value]
    return _convert_scalar(_TYPES[kind], value)


def _convert_scalar(kind: type, value: Any) -> Any:
    if kind is bool:
        if isinstance(value, str) and value.lower() in _TRUE + _FALSE:
            return value.lower() in _TRUE
        if isinstance(value, bool):
            return value
        raise TypeError
    if isinstance(value, bool) or (kind is str and not isinstance(value, str)):
        raise TypeError  # a truth value is no number, and a number is no name
    converted = kind(value)
    if kind is int and not isinstance(value, str) and converted != value:
        raise ValueError
    return converted


def read_parameters(notebook: Path) -> dict[str, Parameter]:
    """Read the parameters cell of a notebook, without running it.

    Parameters
    ----------
    notebook : Path
        An ``.ipynb`` file.

    Returns
    -------
    dict of str to Parameter
        In the order of the cell.

    Raises
    ------
    ParameterError
        If the file is no notebook, or a parameter has no annotation, no literal default, or a type that is not known.
    """
    try:
        cells = [dict(cell) for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]]
        tagged = [
            "".join(cell["source"])
            for cell in cells
            if cell["cell_type"] == "code" and "parameters" in cell.get("metadata", {}).get("tags", [])
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}" if isinstance(error, (KeyError, AttributeError)) else error
        raise ParameterError(
            f"{printable(notebook)}: this is not a Jupyter notebook ({reason}).", cure="Give an .ipynb file."
        ) from error
    except OSError as error:
        raise SourceUnreadable(
            f"{printable(notebook)}: it cannot be read ({error.strerror}).", cure="Check its permissions."
        ) from error
    return {p.name: p for p in _parse(tagged[0], notebook.name)} if tagged else {}


def _parse(code: str, where: str) -> list[Parameter]:
    try:
        nodes = ast.parse(code).body
        comments = {
            token.start[0]: token.string.lstrip("# ").strip()
            for token in tokenize.generate_tokens(io.StringIO(code).readline)
            if token.type == tokenize.COMMENT
        }
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        raise ParameterError(
            f"{where}: the parameters cell is not Python ({error}).", cure="Mend that cell."
        ) from error
    found = []
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
            raise ParameterError(
                f"{where}: line {node.lineno} of the parameters cell is not `name: type = value  # help`.",
                cure="Annotate every parameter; keep other code out of that cell.",
            )
        kind = ast.unparse(node.annotation)
        bare = {part.strip() for part in kind.replace("list[", "").replace("]", "").split("|")} - {"None", "list"}
        if len(bare) > 1 or not bare <= set(_TYPES):
            raise ParameterError(
                f"{where}: parameter {node.target.id!r} has the type {kind}, which no one can type in."
            )
        try:
            default = ast.literal_eval(node.value)
        except ValueError as error:
            raise ParameterError(
                f"{where}: the default of parameter {node.target.id!r} is computed.", cure="Write it as a literal."
            ) from error
        found.append(Parameter(node.target.id, kind, default, comments.get(node.end_lineno or 0, "")))
    return found


def check_parameters(notebook: Path, given: Mapping[str, object]) -> dict[str, Any]:
    """Refuse what the notebook does not know, convert what it does.

    Raises
    ------
    ParameterError
        Listing the known parameters, or saying which value does not fit.
    """
    known = read_parameters(notebook)
    unknown = [name for name in given if name not in known]
    if unknown:
        listed = ", ".join(f"{p.name}: {p.type}" for p in known.values()) or "none"
        raise ParameterError(
            f"{notebook.stem} has no parameter {', '.join(map(repr, unknown))}.", cure=f"It knows: {listed}."
        )
    return {name: known[name].convert(value) for name, value in given.items()}
