"""Decoded sound in memory that many may read and nobody writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.audio import Audio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.results import Segment

__all__ = ["CachedSound"]

_FLOAT32 = np.dtype(np.float32)
# Beside the samples: the key (a path, mostly), the object, its place in the table. So that empty sounds count, too.
_ENTRY_BYTES = 1024


@dataclass(frozen=True, slots=True, eq=False)
class CachedSound:
    """Sound whose memory many may read and nobody writes.

    Parameters
    ----------
    buffer : memoryview
        Read-only: ``channels * frames`` float32.
    shape : (int, int)
        Channels and frames.
    sample_rate : int
        Hz.
    name, warnings, lost, start_seconds
        As in `audiokit.Audio`.
    """

    buffer: memoryview
    shape: tuple[int, int]
    sample_rate: int
    name: str = ""
    warnings: tuple[str, ...] = ()
    lost: tuple[Segment, ...] = ()
    start_seconds: float = 0.0

    @classmethod
    def of(cls, audio: Audio) -> CachedSound:
        """Seal the samples of an `Audio`, without a copy where numpy's own memory holds them and nothing else.

        Whoever made the array gives it away: who still holds it, and made it writeable, could change it.
        """
        samples = audio.samples
        root: NDArray[Any] = samples
        while isinstance(root.base, np.ndarray):
            root = root.base
        # Another's memory may change (a mapped file), and a small part would keep the whole alive.
        borrowed = not root.flags.owndata or root.nbytes > samples.nbytes + samples.nbytes // 8 + _ENTRY_BYTES
        if borrowed or not samples.flags.c_contiguous:
            samples = np.array(samples, _FLOAT32, order="C")
        return cls(
            np.asarray(_Sealed(samples)).data,
            (audio.channels, audio.frames),
            audio.sample_rate,
            audio.name,
            audio.warnings,
            audio.lost,
            audio.start_seconds,
        )

    @property
    def samples(self) -> NDArray[np.float32]:
        """The samples, float32, (channels, time): each time a new array over the same memory, copied never.

        ``flags.writeable`` cannot be set, not on the array, its parts or its ``base``. What goes round numpy writes
        all the same: ``torch.from_numpy`` warns and does; use ``torch.tensor``, which copies.
        """
        return np.ndarray(self.shape, _FLOAT32, self.buffer)

    @property
    def cost_bytes(self) -> int:
        """What it counts in a cache: its samples, and 1 KiB for the rest."""
        return self.buffer.nbytes + _ENTRY_BYTES

    def audio(self) -> Audio:
        """Return it as `Audio`; nothing is copied."""
        return Audio(self.samples, self.sample_rate, self.name, self.warnings, self.lost, self.start_seconds)


class _Sealed:
    """Holds an array and shows numpy where its memory is, but not the array, and no buffer to ask for.

    A read-only view of an array that owns its memory is no protection: its ``base`` can be made writeable, and then the
    view. An array over this has nothing behind it that numpy would find writeable.
    """

    __slots__ = ("__array_interface__", "_owner")

    def __init__(self, owner: NDArray[np.float32]) -> None:
        self._owner = owner
        address, _ = owner.__array_interface__["data"]
        self.__array_interface__ = {
            "shape": (owner.size,),
            "typestr": _FLOAT32.str,
            "data": (address, True),
            "version": 3,
        }
