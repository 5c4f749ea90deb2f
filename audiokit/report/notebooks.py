"""Where the notebooks are: in the wheel, or beside the package in a checkout."""

from __future__ import annotations

import difflib
from pathlib import Path

from audiokit.errors import ParameterError, SourceNotFound

__all__ = ["find_notebook", "list_notebooks"]


def list_notebooks() -> dict[str, Path]:
    """Name → file of every notebook that travels with the package, in order.

    Examples
    --------
    >>> "00_tour" in list_notebooks()
    True
    """
    return {path.stem: path for path in sorted(_folder().glob("[0-9]*.ipynb"))}


def find_notebook(name: str | Path) -> Path:
    """Return the file of a notebook given by name (``"00_tour"``) or by path.

    Raises
    ------
    SourceNotFound
        If a path does not exist.
    ParameterError
        If no notebook has that name; the message lists those that there are.
    """
    if str(name).endswith(".ipynb"):
        path = Path(name)
        if not path.is_file():
            raise SourceNotFound(f"{path}: there is no such notebook.", cure="Check the path.")
        return path
    known = list_notebooks()
    if str(name) in known:
        return known[str(name)]
    short = [stem for stem in known if stem.partition("_")[2] == str(name) or stem.startswith(f"{name}_")]
    if len(short) == 1:
        return known[short[0]]
    close = difflib.get_close_matches(str(name), known, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise ParameterError(
        f"There is no notebook named {str(name)!r}.", cure=f"{hint}There are: {', '.join(known) or 'none'}."
    )


def _folder() -> Path:
    package = Path(__file__).resolve().parent.parent
    inside = package / "notebooks"  # as installed from a wheel
    return inside if inside.is_dir() else package.parent / "notebooks"
