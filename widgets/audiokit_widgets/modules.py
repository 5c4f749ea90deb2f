"""One ES module per widget, put together from the modules that widgets share.

A widget travels as one module: nothing can be imported where a notebook is read, offline or from disk. The sources
are real ES modules, so that they are type-checked and tested as they stand; here their imports are resolved by writing
each module once, in the order in which they need one another, without comments and indentation.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

__all__ = ["bundle", "style"]

_IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"([^"]+)";[ \t]*\n', re.MULTILINE)
_NAME = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"^[ \t]*/\*(?:(?!\*/).)*\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_INLINE_COMMENT = re.compile(r"/\*\* (?:(?!\*/).)*\*/ ?")
_LINE_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_LATE_COMMENT = re.compile(r"[ \t]+// .*$", re.MULTILINE)  # a space before and after: no address has both
_INDENT = re.compile(r"^[ \t]+|[ \t]+$", re.MULTILINE)
_ARROW = re.compile(r"^const (\w+) = (?:async )?\([^()]*\) => .*;\n", re.MULTILINE)  # does nothing by itself
_BLANK = re.compile(r"\n{2,}")


@cache
def bundle(entry: str) -> str:
    """Write a widget's module and all that it imports as one module.

    Parameters
    ----------
    entry : str
        A file's name in ``static/``; its ``export default`` stays.

    Returns
    -------
    str
        JavaScript. Modules keep their names in one scope.

    Raises
    ------
    ValueError
        If two modules give the same name to different things, an import has another form than
        ``import { a, b } from "./module.js";``, or modules import each other in a circle.
    """
    order: list[str] = []
    _visit(entry, order, ())
    owners: dict[str, str] = {}
    parts = []
    for name in order:
        source = _IMPORT.sub("", _source(name))
        if re.search(r"^import\b", source, re.MULTILINE):
            raise ValueError(f'{name}: only imports of the form import {{ a }} from "./b.js"; can be put together.')
        for defined in _NAME.findall(source):
            if owners.setdefault(defined, name) != name:
                raise ValueError(f"{name} and {owners[defined]} both define {defined}: one scope holds one of them.")
        parts.append(source if name == entry else re.sub(r"^export (?!default)", "", source, flags=re.MULTILINE))
    return _used(_lean("\n".join(parts)))


@cache
def style(*names: str) -> str:
    """Write style sheets of ``static/`` one behind the other, without comments."""
    text = "\n".join(_source(name) for name in names)
    return _BLANK.sub("\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


def _visit(name: str, order: list[str], path: tuple[str, ...]) -> None:
    if name in order:
        return
    if name in path:
        raise ValueError(f"Modules import each other in a circle: {' -> '.join((*path, name))}.")
    for wanted in _IMPORT.findall(_source(name)):
        _visit(_resolved(name, wanted), order, (*path, name))
    order.append(name)


def _resolved(importer: str, wanted: str) -> str:
    parts = importer.split("/")[:-1]
    for step in wanted.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def _source(name: str) -> str:
    return resources.files("audiokit_widgets").joinpath("static", *name.split("/")).read_text(encoding="utf-8")


def _used(text: str) -> str:
    """Leave out functions of one line that a shared module has for other widgets."""
    for found in list(_ARROW.finditer(text)):
        if len(re.findall(rf"\b{found[1]}\b", text)) == 1:
            text = text.replace(found[0], "")
    return text


def _lean(text: str) -> str:
    text = _INLINE_COMMENT.sub("", _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", text)))
    text = _LATE_COMMENT.sub("", text)
    return _BLANK.sub("\n", _INDENT.sub("", text)).strip() + "\n"
