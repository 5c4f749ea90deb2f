"""Decoded sound kept in memory: bounded in bytes, shared by threads, and proof against its users' writes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audiokit.decode.cache_key import Key, cache_key
from audiokit.decode.cached_sound import CachedSound
from audiokit.decode.memory import usable_memory_bytes
from audiokit.errors import ParameterError
from audiokit.sharing import SharedDefault, after_fork, copied_error

if TYPE_CHECKING:
    from audiokit.audio import Audio

__all__ = [
    "CacheStats",
    "CachedSound",
    "DecodeCache",
    "cache_key",
    "default_cache",
    "default_cache_bytes",
    "set_default_cache",
]

_SHARE_OF_MEMORY = 10
_DEFAULT_AT_MOST_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What a cache has done, and what is in it.

    Parameters
    ----------
    hits : int
        Requests answered without decoding, also those that waited for another thread's decoding.
    misses : int
        Requests that decoded, or waited for a decoding that failed.
    evictions : int
        Entries given up for newer ones.
    entries, bytes : int
        What is kept now: samples, and 1 KiB for each entry.
    max_bytes : int
        The bound.
    """

    hits: int
    misses: int
    evictions: int
    entries: int
    bytes: int
    max_bytes: int


class _Flight:
    """A decoding under way, and what came of it; neither sound nor error if its thread was interrupted."""

    __slots__ = ("done", "error", "sound", "thread")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.thread = threading.get_ident()
        self.sound: CachedSound | None = None
        self.error: Exception | None = None


class DecodeCache:
    """Decoded sounds by key; the least recently used goes first.

    Parameters
    ----------
    max_bytes : int, optional
        Of samples, and 1 KiB for each entry; a larger sound is returned, but not kept. 0 keeps nothing. By default
        `default_cache_bytes`.

    Raises
    ------
    ParameterError
        If the bound is negative.

    Notes
    -----
    Threads share it; a child process that is forked inherits the entries, one that is spawned (or a copy by pickle)
    begins empty with the same bound.

    Examples
    --------
    >>> from audiokit import Audio
    >>> cache = DecodeCache(1_000_000)
    >>> for _ in range(2):
    ...     sound = cache.get_or_decode(("a tone",), lambda: Audio([[0.0] * 8000], 16000))
    >>> sound.samples.shape, cache.stats().hits, cache.stats().misses
    ((1, 8000), 1, 1)
    """

    def __init__(self, max_bytes: int | None = None) -> None:
        self._max_bytes = _checked(default_cache_bytes() if max_bytes is None else max_bytes)
        self._lock = threading.Lock()  # held for look-ups and book-keeping only, never while something is decoded
        self._entries: OrderedDict[Key, CachedSound] = OrderedDict()
        self._flights: dict[Key, _Flight] = {}
        self._bytes = self._hits = self._misses = self._evictions = 0
        after_fork(self._in_child)

    def get(self, key: Key) -> CachedSound | None:
        """Return what is kept under a key, or None; only the finding is counted."""
        with self._lock:
            sound = self._entries.get(key)
            if sound is not None:
                self._entries.move_to_end(key)
                self._hits += 1
            return sound

    def get_or_decode(self, key: Key, make: Callable[[], Audio | CachedSound]) -> CachedSound:
        """Return what is kept under a key, and make it first if there is nothing.

        Parameters
        ----------
        key : tuple
            Of `cache_key`.
        make : callable
            Decodes; its array is given away. Of several threads that ask for the same key, one calls it and the
            others wait.

        Returns
        -------
        CachedSound
            The same for all.

        Raises
        ------
        Exception
            What `make` raises, in the thread that called it; a copy of it in those that waited. Nothing is kept then.
        ParameterError
            If `make` asks for its own key.
        """
        while True:
            with self._lock:
                sound = self._entries.get(key)
                if sound is not None:
                    self._entries.move_to_end(key)
                    self._hits += 1
                    return sound
                flight = self._flights.get(key)
                if flight is None:
                    mine = self._flights[key] = _Flight()
                    self._misses += 1
            if flight is None:
                return self._decode(key, make, mine)
            if flight.thread == threading.get_ident():
                raise ParameterError("What decodes a sound asked the cache for this very sound.")
            flight.done.wait()
            with self._lock:
                self._hits += flight.sound is not None
                self._misses += flight.error is not None
            if flight.sound is not None:
                return flight.sound
            if flight.error is not None:
                raise copied_error(flight.error)

    def _decode(self, key: Key, make: Callable[[], Audio | CachedSound], flight: _Flight) -> CachedSound:
        try:
            made = make()
            flight.sound = made if isinstance(made, CachedSound) else CachedSound.of(made)
        except Exception as error:
            flight.error = copied_error(error)
            raise
        finally:
            dropped: list[CachedSound] = []
            with self._lock:
                # After clear() or a fork the flight is no longer in the table: its file may be another by now.
                if self._flights.get(key) is flight:
                    del self._flights[key]
                    if flight.sound is not None and flight.sound.cost_bytes <= self._max_bytes:
                        self._entries[key] = flight.sound
                        self._bytes += flight.sound.cost_bytes
                        dropped = self._evict()
            flight.done.set()
            dropped.clear()  # giving memory back takes time: not under the lock
        return flight.sound

    def _evict(self) -> list[CachedSound]:
        dropped = []
        while self._bytes > self._max_bytes:
            _, sound = self._entries.popitem(last=False)
            self._bytes -= sound.cost_bytes
            dropped.append(sound)
        self._evictions += len(dropped)
        return dropped

    def clear(self) -> None:
        """Forget all entries; what is being decoded meanwhile is not kept either. The counts go on."""
        with self._lock:
            dropped, self._entries = self._entries, OrderedDict()
            self._flights = {}
            self._bytes = 0
        dropped.clear()

    def resize(self, max_bytes: int) -> None:
        """Set another bound, and give up what exceeds it."""
        with self._lock:
            self._max_bytes = _checked(max_bytes)
            dropped = self._evict()
        dropped.clear()

    def stats(self) -> CacheStats:
        """Return counts and sizes, all of one moment."""
        with self._lock:
            return CacheStats(
                self._hits, self._misses, self._evictions, len(self._entries), self._bytes, self._max_bytes
            )

    def _in_child(self) -> None:
        # The thread that held the lock, or decoded, does not exist in the child, and may have been half-way.
        self._lock = threading.Lock()
        self._flights = {}
        self._bytes = sum(sound.cost_bytes for sound in self._entries.values())

    def __reduce__(self) -> tuple[Any, ...]:
        return DecodeCache, (self._max_bytes,)


def _checked(max_bytes: int) -> int:
    if isinstance(max_bytes, bool) or int(max_bytes) != max_bytes or max_bytes < 0:
        raise ParameterError(f"max_bytes must be a whole number, 0 or more, got {max_bytes!r}.")
    return int(max_bytes)


def default_cache_bytes() -> int:
    """Return the configured ``cache_bytes``, or a tenth of the memory that this process may use, and at most 2 GiB.

    Raises
    ------
    ParameterError
        If ``audiokit.toml`` or the environment says something that does not fit; see `audiokit.config.load_config`.
    """
    from audiokit.config import load_config

    configured = load_config().cache_bytes
    if configured is not None:
        return configured
    return min(usable_memory_bytes() // _SHARE_OF_MEMORY, _DEFAULT_AT_MOST_BYTES)


_DEFAULT = SharedDefault(DecodeCache)  # one of the house's three


def default_cache() -> DecodeCache:
    """Return the cache that is used where none is given; it is made when first asked for."""
    return _DEFAULT.get()


def set_default_cache(cache: DecodeCache | None) -> DecodeCache | None:
    """Use a cache wherever none is given, in this process.

    Parameters
    ----------
    cache : DecodeCache or None
        None forgets the present one; a new one is made when it is asked for.

    Returns
    -------
    DecodeCache or None
        The one that was used so far, if any.
    """
    return _DEFAULT.set(cache)
