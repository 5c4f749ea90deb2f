"""Front doors that load what they show only when it is used (PEP 562)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping

__all__ = ["lazy_names"]


def lazy_names(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Make the ``__getattr__`` and ``__dir__`` of a package.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    homes : mapping of str to str
        Public name → module that holds it, relative to the package (``".vad"``); a name that is its own module's
        last part and has an empty home is that module.

    Returns
    -------
    tuple of two callables
        For ``__getattr__, __dir__ = lazy_names(__name__, {...})``.

    Examples
    --------
    >>> fetch, listed = lazy_names("json", {"JSONDecoder": ".decoder", "scanner": ""})
    >>> fetch("JSONDecoder").__name__, "scanner" in listed()
    ('JSONDecoder', True)
    """

    def __getattr__(name: str) -> object:  # noqa: N807 - it becomes the package's
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if homes[name]:
            value: object = getattr(importlib.import_module(homes[name], package), name)
        else:
            value = importlib.import_module(f".{name}", package)
        # Found by ordinary look-up from now on, and not shadowed by a module of the same name
        sys.modules[package].__dict__[name] = value
        return value

    def __dir__() -> list[str]:  # noqa: N807
        return sorted({*sys.modules[package].__all__, *homes})

    return __getattr__, __dir__
