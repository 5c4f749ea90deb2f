"""What a store of models has done, and what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.models.store_parts import Loaded

__all__ = ["ModelStatistics", "StoreStatistics", "model_statistics"]


@dataclass(frozen=True, slots=True)
class ModelStatistics:
    """One loaded model.

    Parameters
    ----------
    key : str
        What it was asked for by.
    device : str
        Where it is.
    bytes : int
        Its memory, and in ``measured_by`` how that is known; see `audiokit.models.memory_meter.Measured`.
    measured_by : str
        See there.
    leases : int
        In use now, by so many.
    uses : int
        Leases so far.
    load_seconds, idle_seconds : float
        How long it took to load, and for how long nobody has used it (0 while it is in use).
    """

    key: str
    device: str
    bytes: int
    measured_by: str
    leases: int
    uses: int
    load_seconds: float
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """A store as a whole.

    Parameters
    ----------
    models : tuple of ModelStatistics
        What is loaded.
    hits : int
        Leases of a model that was there.
    waits : int
        Leases that waited while another thread loaded the model.
    loads, failures : int
        Loadings that gave a model, and those that raised.
    evictions, timeouts : int
        Models given up for room, and for not being used.
    max_bytes : int
        The bound on each device.
    """

    models: tuple[ModelStatistics, ...]
    hits: int
    waits: int
    loads: int
    failures: int
    evictions: int
    timeouts: int
    max_bytes: int

    @property
    def bytes(self) -> int:
        """Memory of all models on all devices."""
        return sum(model.bytes for model in self.models)

    @property
    def over_bytes(self) -> int:
        """By how much the fullest device exceeds the bound now: what is in use is never given up."""
        on_device: dict[str, int] = {}
        for model in self.models:
            on_device[model.device] = on_device.get(model.device, 0) + model.bytes
        return max(max(on_device.values(), default=0) - self.max_bytes, 0)

    def to_dataframe(self) -> pd.DataFrame:
        """Models as a table, one row each, with the fields of `ModelStatistics`."""
        import pandas as pd

        columns = list(ModelStatistics.__slots__)
        return pd.DataFrame([[getattr(model, name) for name in columns] for model in self.models], columns=columns)


def model_statistics(loaded: Iterable[Loaded], now: float) -> tuple[ModelStatistics, ...]:
    """Describe loaded models, at a time of the store's clock."""
    return tuple(
        ModelStatistics(
            key=str(model.slot[0]),
            device=model.slot[1],
            bytes=model.measured.bytes,
            measured_by=model.measured.measured_by,
            leases=model.leases,
            uses=model.uses,
            load_seconds=model.load_seconds,
            idle_seconds=0.0 if model.leases else now - model.used_at,
        )
        for model in loaded
    )
