"""The room in a store of models: what is there on each device, what loads, and what goes when there is no more room."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence

from audiokit.errors import ParameterError
from audiokit.models.devices import available_devices
from audiokit.models.eviction import make_policy
from audiokit.models.store_parts import Flight, Loaded, Slot, let_go

__all__ = ["StoreRoom"]


class StoreRoom:
    """Tables of models, and their order; `audiokit.models.store.ModelStore` gives leases on them.

    Parameters
    ----------
    max_bytes : int
        Bound for each device.
    devices : sequence of str, optional
        That ``auto`` takes in turn; by default those that there are.
    policy : str
        Who goes first: see `audiokit.models.eviction`.
    clock : callable
        Seconds.
    """

    def __init__(self, max_bytes: int, devices: Sequence[str] | None, policy: str, clock: Callable[[], float]) -> None:
        self._max_bytes = max_bytes
        self._devices: tuple[str, ...] | None = None if devices is None else tuple(devices)
        self._policy_name = policy
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        """Make the tables; in a forked child, empty ones."""
        self._lock = threading.Lock()  # held for book-keeping only, never while something loads
        self._loaded: dict[Slot, Loaded] = {}
        self._flights: dict[Slot, Flight] = {}
        self._waiting: dict[int, Flight] = {}  # thread -> what it waits for
        self._known_bytes: dict[Slot, int] = {}  # what a model took when it was here before
        self._policy = make_policy(self._policy_name)
        self._turn = 0
        self._closed = False
        self._hits = self._waits = self._loads = self._failures = self._evictions = self._timeouts = 0

    def _take(self, loaded: Loaded) -> None:
        loaded.leases += 1
        loaded.uses += 1
        loaded.used_at = self._clock()
        self._policy.used(loaded.slot, loaded.measured.bytes)

    def _slot(self, key: Hashable, device: str) -> Slot:
        """Find where a model is or loads already, or whose turn it is."""
        if device != "auto":
            return key, device
        if self._devices is None:
            self._devices = available_devices()
        for table in (self._loaded, self._flights):
            for name in self._devices:
                if (key, name) in table:
                    return key, name
        name = self._devices[self._turn % len(self._devices)]
        self._turn += 1
        return key, name

    def _refuse_a_circle(self, flight: Flight, me: int) -> None:
        """Raise ParameterError if a loading waits for this thread."""
        step: Flight | None = flight
        while step is not None:
            if step.thread == me:
                raise ParameterError(
                    f"Loading {flight.slot[0]!r} waits for itself.", cure="A `load` must not lease what waits for it."
                )
            step = self._waiting.get(step.thread)

    def _make_room(self, device: str, coming_bytes: int) -> None:
        """Give up models on a device until what is there, and what comes, fits; or until all that is left is in use."""
        dropped = []
        with self._lock:
            here = {slot: loaded for slot, loaded in self._loaded.items() if slot[1] == device}
            total = sum(loaded.measured.bytes for loaded in here.values()) + coming_bytes
            if total > self._max_bytes:
                for slot in self._policy.first_to_go([slot for slot, loaded in here.items() if not loaded.leases]):
                    if total <= self._max_bytes:
                        break
                    total -= here[slot].measured.bytes
                    dropped.append(self._loaded.pop(slot))
                    self._policy.evicted(slot)
                    self._evictions += 1
            here.clear()
        let_go(dropped)

    def _give_up(self, which: Callable[[Loaded], bool], *, timeouts: bool) -> int:
        """Give up what is not in use, of those that are meant; return how many."""
        with self._lock:
            dropped = [loaded for loaded in self._loaded.values() if not loaded.leases and which(loaded)]
            for slot in [loaded.slot for loaded in dropped]:
                del self._loaded[slot]
                self._policy.forgotten(slot)
            count = len(dropped)
            if timeouts:
                self._timeouts += count
            else:
                self._evictions += count
        let_go(dropped)
        return count
