"""Loaded models, shared by threads: each loaded once, never given up while in use, bounded in memory."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import contextmanager
from typing import Any

from audiokit.decode.memory import usable_memory_bytes
from audiokit.errors import ParameterError
from audiokit.models.eviction import make_policy
from audiokit.models.memory_meter import device_bytes, resident_bytes, weigh
from audiokit.models.store_idle import IdleWatch
from audiokit.models.store_parts import Flight, Loaded
from audiokit.models.store_room import StoreRoom
from audiokit.models.store_statistics import StoreStatistics, model_statistics
from audiokit.sharing import SharedDefault, after_fork, copied_error

__all__ = ["ModelStore", "default_store", "set_default_store"]

_SHARE_OF_MEMORY = 2
_DEFAULT_IDLE_SECONDS = 600.0


class ModelStore(StoreRoom):
    """Models by key: loaded when first asked for, once, and kept as long as there is room.

    A model is used under a lease. While it has one it is never given up, even where the store then holds more than its
    bound; `statistics` says by how much. Of several threads that ask for a model that is not there, one loads it and
    the others wait; if loading fails all see the error, and who asks next tries again. Where memory runs out while
    loading, everything that is not in use is given up and loading is tried once more.

    Parameters
    ----------
    max_bytes : int, optional
        Bound for each device; 0 keeps only what is in use. By default the configured ``model_store_bytes``, or half of
        the memory that this process may use.
    idle_seconds : float
        A model that nobody used for so long is given up. ``inf`` keeps it.
    devices : sequence of str, optional
        ``auto`` leases take these in turn, one for each new model. By default those that there are.
    policy : {"lfu_by_size", "lfu", "lru"}
        Who goes first: see `audiokit.models.eviction`.
    clock : callable
        Seconds; `time.monotonic`.

    Raises
    ------
    ParameterError
        For a bound below 0, a time that is not above 0, no devices, or another policy.

    Examples
    --------
    >>> store = ModelStore(max_bytes=1_000_000, devices=["cpu"])
    >>> with store.lease("answers", lambda device: {"on": device}) as model:
    ...     model["on"]
    'cpu'
    >>> store.statistics().loads
    1
    """

    def __init__(
        self,
        max_bytes: int | None = None,
        *,
        idle_seconds: float = _DEFAULT_IDLE_SECONDS,
        devices: Sequence[str] | None = None,
        policy: str = "lfu_by_size",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        bound = _default_bytes() if max_bytes is None else max_bytes
        if isinstance(bound, bool) or bound < 0:
            raise ParameterError(f"max_bytes must be a whole number, 0 or more, got {max_bytes!r}.")
        if not idle_seconds > 0:
            raise ParameterError(f"idle_seconds must be above 0, got {idle_seconds!r}.")
        if devices is not None and not devices:
            raise ParameterError("A store wants at least one device.", cure='devices=["cpu"], or leave it out.')
        make_policy(policy)  # refuses a wrong name now
        self._idle_seconds = idle_seconds
        super().__init__(bound, devices, policy, clock)
        after_fork(self._begin)  # a forked child loads its own: locks may be held, and accelerators do not fork

    def _begin(self) -> None:
        super()._begin()
        self._watch = IdleWatch(self)

    @contextmanager
    def lease(self, key: Hashable, load: Callable[[str], Any], *, device: str = "auto") -> Generator[Any, None, None]:
        """Use a model.

        Parameters
        ----------
        key : hashable
            What makes this model this one: name, revision, level of optimisation.
        load : callable
            Takes a device and returns the model on it.
        device : str
            ``auto`` takes a device that has the model, else the next one in turn.

        Yields
        ------
        object
            What `load` returned. Do not keep it beyond the lease: its memory would stay taken and nobody would know.

        Raises
        ------
        Exception
            What `load` raises, in the thread that called it; a copy of it in those that waited.
        ParameterError
            If the store is closed, or `load` waits for itself, also by way of other threads.
        """
        loaded = self._acquire(key, load, device)
        try:
            yield loaded.model
        finally:
            self._release(loaded)

    def _acquire(self, key: Hashable, load: Callable[[str], Any], device: str) -> Loaded:
        me = threading.get_ident()
        while True:
            with self._lock:
                if self._closed:
                    raise ParameterError("This store of models is closed.", cure="Make another ModelStore.")
                slot = self._slot(key, device)
                loaded = self._loaded.get(slot)
                if loaded is not None:
                    self._hits += 1
                    self._take(loaded)
                    return loaded
                flight = self._flights.get(slot)
                if flight is None:
                    mine = self._flights[slot] = Flight(slot)
                    others = [other for other in self._flights.values() if other is not mine]
                    mine.alone = not others
                    for other in others:
                        other.alone = False
                else:
                    self._refuse_a_circle(flight, me)
                    self._waits += 1
                    flight.waiters += 1
                    self._waiting[me] = flight
            if flight is None:
                return self._load(mine, load)
            found = self._await(flight, me)
            if found is not None:
                return found

    def _await(self, flight: Flight, me: int) -> Loaded | None:
        try:
            flight.done.wait()
        except BaseException:
            with self._lock:
                self._waiting.pop(me, None)
                flight.waiters -= 1
                loaded = flight.loaded
            if loaded is not None:  # a lease was taken for this thread already
                self._release(loaded)
            raise
        with self._lock:
            self._waiting.pop(me, None)
        if flight.error is not None:
            raise copied_error(flight.error)
        return flight.loaded

    def _load(self, flight: Flight, load: Callable[[str], Any]) -> Loaded:
        device = flight.slot[1]
        loaded: Loaded | None = None
        try:
            self._make_room(device, self._known_bytes.get(flight.slot, 0))
            before = (resident_bytes(), device_bytes(device))
            began = self._clock()
            model = self._try_twice(load, device)
            seconds = self._clock() - began
            loaded = Loaded(flight.slot, model, weigh(model, before, device, alone=flight.alone), seconds)
        except Exception as error:
            flight.error = copied_error(error)
            raise
        finally:
            with self._lock:
                if self._flights.get(flight.slot) is flight:
                    del self._flights[flight.slot]
                if loaded is None:
                    self._failures += flight.error is not None
                else:
                    self._loads += 1
                    self._known_bytes[flight.slot] = loaded.measured.bytes
                    self._loaded[flight.slot] = loaded
                    for _ in range(1 + flight.waiters):  # before anybody could give it up
                        self._take(loaded)
                flight.loaded = loaded
            flight.done.set()
        self._make_room(device, 0)
        return loaded

    def _try_twice(self, load: Callable[[str], Any], device: str) -> Any:
        try:
            return load(device)
        except Exception as error:
            if not (isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"):
                raise
            if not self._give_up(lambda loaded: loaded.slot[1] == device, timeouts=False):
                raise
        return load(device)

    def _release(self, loaded: Loaded) -> None:
        with self._lock:
            loaded.leases -= 1
            loaded.used_at = self._clock()
            if self._closed and loaded.leases == 0:
                self._loaded.pop(loaded.slot, None)
        self._make_room(loaded.slot[1], 0)
        if not math.isinf(self._idle_seconds):
            self._watch.begin()

    def evict_idle(self, idle_seconds: float | None = None) -> int:
        """Give up what nobody has used for a while.

        Parameters
        ----------
        idle_seconds : float, optional
            By default the store's own; 0 gives up everything that is not in use.

        Returns
        -------
        int
            How many models went.
        """
        limit = self._idle_seconds if idle_seconds is None else idle_seconds
        now = self._clock()
        return self._give_up(lambda loaded: now - loaded.used_at >= limit, timeouts=True)

    def close(self) -> None:
        """Give up everything; what is in use goes when its lease ends. No lease can be taken any more."""
        with self._lock:
            self._closed = True
        self._give_up(lambda _: True, timeouts=False)
        self._watch.end()

    def statistics(self) -> StoreStatistics:
        """Say what the store has done, and what is in it."""
        with self._lock:
            return StoreStatistics(
                models=model_statistics(self._loaded.values(), self._clock()),
                hits=self._hits,
                waits=self._waits,
                loads=self._loads,
                failures=self._failures,
                evictions=self._evictions,
                timeouts=self._timeouts,
                max_bytes=self._max_bytes,
            )

    def seconds_to_next(self) -> float | None:
        """Give up what is idle, and return the seconds until the next model may be; None where there is none left."""
        self.evict_idle()
        with self._lock:
            now = self._clock()
            waits = [self._idle_seconds - (now - loaded.used_at) for loaded in self._loaded.values()]
            return max(min(waits), self._idle_seconds / 10, 0.001) if waits and not self._closed else None


def _default_bytes() -> int:
    from audiokit.config import load_config

    configured = load_config().model_store_bytes
    return usable_memory_bytes() // _SHARE_OF_MEMORY if configured is None else configured


_DEFAULT = SharedDefault(ModelStore)  # one of the house's three


def default_store() -> ModelStore:
    """Return the store that is used where none is given; it is made when first asked for."""
    return _DEFAULT.get()


def set_default_store(store: ModelStore | None) -> ModelStore | None:
    """Use a store wherever none is given, in this process.

    Parameters
    ----------
    store : ModelStore or None
        None forgets the present one; a new one is made when it is asked for.

    Returns
    -------
    ModelStore or None
        The one that was used so far, if any.
    """
    return _DEFAULT.set(store)
