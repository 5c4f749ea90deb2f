"""Which model goes first when there is no more room: least recently used, or least frequently used with ageing."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, Protocol, TypeVar

from audiokit.errors import ParameterError

__all__ = ["POLICIES", "EvictionPolicy", "LeastFrequentlyUsed", "LeastRecentlyUsed", "make_policy"]

Key = TypeVar("Key", bound=Hashable)

POLICIES = ("lfu", "lru")


class EvictionPolicy(Protocol[Key]):
    """Told of every use; asked for an order."""

    def used(self, key: Key) -> None:
        """Note a use, the first one included."""

    def evicted(self, key: Key) -> None:
        """Note that a model was given up to make room."""

    def forgotten(self, key: Key) -> None:
        """Note that a model went for another reason."""

    def first_to_go(self, keys: Iterable[Key]) -> list[Key]:
        """Put keys in the order in which they should be given up."""


class LeastRecentlyUsed(Generic[Key]):
    """The one whose last use is longest ago goes first.

    Examples
    --------
    >>> policy = LeastRecentlyUsed()
    >>> for key in "aabbbc":
    ...     policy.used(key)
    >>> policy.first_to_go("abc")
    ['a', 'b', 'c']
    """

    def __init__(self) -> None:
        self._turn = 0
        self._last: dict[Key, int] = {}

    def used(self, key: Key) -> None:
        """Note a use."""
        self._turn += 1
        self._last[key] = self._turn

    def evicted(self, key: Key) -> None:
        """Forget the key."""
        self._last.pop(key, None)

    forgotten = evicted

    def first_to_go(self, keys: Iterable[Key]) -> list[Key]:
        """Oldest use first."""
        return sorted(keys, key=lambda key: self._last.get(key, 0))


class LeastFrequentlyUsed(Generic[Key]):
    """The one used least often goes first; what was given up raises the age that newcomers begin with.

    Without ageing, a model that was once popular would stay for ever. Here a model's priority is its count of uses plus
    the age at its last use, and the age is the priority of the last one given up (LFU with dynamic ageing: Arlitt et
    al., "Evaluating content management techniques for web proxy caches", 2000).

    Examples
    --------
    >>> policy = LeastFrequentlyUsed()
    >>> for key in "aabbbc":
    ...     policy.used(key)
    >>> policy.first_to_go("abc")
    ['c', 'a', 'b']
    """

    def __init__(self) -> None:
        self._age = 0
        self._turn = 0
        self._uses: dict[Key, int] = {}
        self._priority: dict[Key, tuple[int, int]] = {}  # and the turn: of equals the older goes first

    def used(self, key: Key) -> None:
        """Note a use."""
        self._turn += 1
        self._uses[key] = self._uses.get(key, 0) + 1
        self._priority[key] = (self._uses[key] + self._age, self._turn)

    def evicted(self, key: Key) -> None:
        """Forget the key, and let all others age to its priority."""
        self._age = max(self._age, self._priority.get(key, (0, 0))[0])
        self.forgotten(key)

    def forgotten(self, key: Key) -> None:
        """Forget the key."""
        self._uses.pop(key, None)
        self._priority.pop(key, None)

    def first_to_go(self, keys: Iterable[Key]) -> list[Key]:
        """Lowest priority first."""
        return sorted(keys, key=lambda key: self._priority.get(key, (0, 0)))


def make_policy(name: str) -> EvictionPolicy[tuple[Hashable, str]]:
    """Make a policy by name.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name == "lfu":
        return LeastFrequentlyUsed()
    if name == "lru":
        return LeastRecentlyUsed()
    raise ParameterError(f"There is no eviction policy {name!r}.", cure=f"There are: {', '.join(POLICIES)}.")
