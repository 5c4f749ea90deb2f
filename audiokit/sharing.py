"""What the house's shared objects need: one default in a process, locks that a fork renews, errors for several threads.

These exist three times and no more, each replaceable by an argument: the table of backends, the cache of decoded sound,
and the store of models.
"""

from __future__ import annotations

import copy
import os
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["SharedDefault", "after_fork", "copied_error"]

T = TypeVar("T")


class SharedDefault(Generic[T]):
    """An object that a process shares where none is given; it is made when first asked for.

    Parameters
    ----------
    make : callable
        Makes it, without arguments. Of several threads that ask at once each may make one; all get the same.

    Examples
    --------
    >>> names = SharedDefault(list)
    >>> names.get() is names.get()
    True
    >>> names.set(["mine"]), names.get()
    ([], ['mine'])
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._kept: dict[str, T] = {}  # no lock, which a fork could leave locked: a table's methods are atomic

    def get(self) -> T:
        """Return the present one; make it if there is none."""
        found = self._kept.get("one")
        return self._kept.setdefault("one", self._make()) if found is None else found

    def set(self, value: T | None) -> T | None:
        """Use this one from now on.

        Parameters
        ----------
        value : object or None
            None forgets the present one; a new one is made when it is asked for.

        Returns
        -------
        object or None
            The one that was used so far, if any.
        """
        before = self._kept.pop("one", None)
        if value is not None:
            self._kept["one"] = value
        return before


def after_fork(method: Callable[[], None]) -> None:
    """Call a method in every child process that is forked, for as long as its object lives."""
    if not hasattr(os, "register_at_fork"):
        return
    weak = weakref.WeakMethod(method)

    def call() -> None:
        alive = weak()
        if alive is not None:
            alive()

    os.register_at_fork(after_in_child=call)


def copied_error(error: Exception) -> Exception:
    """Copy an exception for another thread, without its traceback, which grows with every thread that raises it."""
    try:
        twin = copy.copy(error)
    except Exception:  # noqa: BLE001 - an exception class may refuse in any way; its own then serves for all
        return error
    if type(twin) is not type(error):
        return error
    twin.__cause__ = error.__cause__
    return twin
