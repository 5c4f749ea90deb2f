"""What a store of models has done, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ModelStatistics", "StoreStatistics"]


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
    over_bytes : int
        By how much the fullest device exceeds it now: what is in use is never given up.
    """

    models: tuple[ModelStatistics, ...]
    hits: int
    waits: int
    loads: int
    failures: int
    evictions: int
    timeouts: int
    max_bytes: int
    over_bytes: int

    @property
    def bytes(self) -> int:
        """Memory of all models on all devices."""
        return sum(model.bytes for model in self.models)

    def to_dataframe(self) -> pd.DataFrame:
        """Models as a table, one row each, with the fields of `ModelStatistics`."""
        import pandas as pd

        columns = list(ModelStatistics.__slots__)
        return pd.DataFrame([[getattr(model, name) for name in columns] for model in self.models], columns=columns)
