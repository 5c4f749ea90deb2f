"""Which model goes first when there is no more room: by its last use, by its uses, or by its uses and its size."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, Protocol, TypeVar

from audiokit.errors import ParameterError

__all__ = [
    "POLICIES",
    "EvictionPolicy",
    "LeastFrequentlyUsed",
    "LeastRecentlyUsed",
    "LeastUsedForItsSize",
    "make_policy",
]

Key = TypeVar("Key", bound=Hashable)

POLICIES = ("lfu", "lfu_by_size", "lru")

_HALF_LIFE_USES = 8  # for each model that is there
_MOST_GONE = 1024  # models that went, and are remembered
_LARGEST_WEIGHT = 1e100


class EvictionPolicy(Protocol[Key]):
    """Told of every use; asked for an order."""

    def used(self, key: Key, size_bytes: int = 1, /) -> None:
        """Note a use, the first one included, and what the model takes."""

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

    def used(self, key: Key, _size_bytes: int = 1, /) -> None:
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

    def used(self, key: Key, _size_bytes: int = 1, /) -> None:
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


class LeastUsedForItsSize(Generic[Key]):
    """The one with the fewest uses for each byte goes first; a use counts half after a while.

    Most hits for the memory: of two models that are used alike the larger one goes, because two smaller ones find room
    in its place. Uses are remembered when a model goes, so that one which comes back is no newcomer, and each counts
    half after eight uses (of any model) for each model that is there: more where there are many, since each of them is
    then used less often. Counts that decay are those of LRFU (Lee et al., 2001); uses over size are Greedy-Dual-Size-
    Frequency's (Cherkasova, "Improving WWW proxies performance", 1998), whose ageing by what was given up follows less
    quickly what is wanted now.

    Examples
    --------
    >>> policy = LeastUsedForItsSize()
    >>> for key, size_bytes in (("small", 1), ("large", 9), ("large", 9)):
    ...     policy.used(key, size_bytes)
    >>> policy.first_to_go(["small", "large"])
    ['large', 'small']
    """

    def __init__(self) -> None:
        self._weight = 1.0  # of a use now: that it grows is that all others decay
        self._uses: dict[Key, float] = {}
        self._sizes: dict[Key, int] = {}  # of those that are there

    def used(self, key: Key, size_bytes: int = 1, /) -> None:
        """Note a use."""
        self._sizes[key] = max(1, size_bytes)
        self._weight *= 2.0 ** (1.0 / (_HALF_LIFE_USES * len(self._sizes)))
        self._uses[key] = self._uses.get(key, 0.0) + self._weight
        if self._weight > _LARGEST_WEIGHT:
            self._uses = {one: uses / self._weight for one, uses in self._uses.items()}
            self._weight = 1.0

    def evicted(self, key: Key) -> None:
        """Note that it went; its uses are remembered, for so many models at most."""
        self._sizes.pop(key, None)
        if len(self._uses) > len(self._sizes) + _MOST_GONE:
            del self._uses[min(self._uses.keys() - self._sizes.keys(), key=self._uses.__getitem__)]

    forgotten = evicted

    def first_to_go(self, keys: Iterable[Key]) -> list[Key]:
        """Fewest uses for each byte first."""
        return sorted(keys, key=lambda key: self._uses.get(key, 0.0) / self._sizes.get(key, 1))


def make_policy(name: str) -> EvictionPolicy[tuple[Hashable, str]]:
    """Make a policy by name.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name == "lfu":
        return LeastFrequentlyUsed()
    if name == "lfu_by_size":
        return LeastUsedForItsSize()
    if name == "lru":
        return LeastRecentlyUsed()
    raise ParameterError(f"There is no eviction policy {name!r}.", cure=f"There are: {', '.join(POLICIES)}.")
