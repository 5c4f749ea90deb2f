"""`AudioDecoder`: one source, decoded whole or in spans, as often as you like."""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Any

from audiokit.audio import Audio
from audiokit.decode.cache import DecodeCache, default_cache
from audiokit.decode.cache_key import Key, TrackedFile, decoders, settings
from audiokit.decode.read import info, read
from audiokit.decode.router import Router, default_router
from audiokit.decode.source import Source, SourceLike, open_source
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from audiokit.decode.arena import Arena
    from audiokit.decode.backend import AudioInfo
    from audiokit.decode.cached_sound import CachedSound

__all__ = ["AudioDecoder"]

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# What the samples do not depend on, and the router, which has a place of its own in the key
_NOT_IN_THE_KEY = ("workers", "time_limit_seconds", "router")
_OWN_NAMES = {
    "sample_rate": "target_sr",
    "offset_seconds": "decode(offset=...)",
    "duration_seconds": "decode(duration=...)",
}


class AudioDecoder:
    """One source and how to read it; decoded sound is kept in a cache. No file stays open.

    Parameters
    ----------
    path : path, bytes, binary file object, or address
        What to read. Only a path has a cache: bytes, the content of a file object (read once, here) and what is at an
        address are decoded each time.
    target_sr : int, optional
        Sample rate in Hz to resample to; the file's own if None.
    mono : bool
        Mean of the channels.
    cache : DecodeCache, optional
        Where decoded sound is kept; `audiokit.decode.default_cache` if None.
    arena : Arena, optional
        Where processes share it, asked where the cache has nothing. Then the cache holds maps of its files, and counts
        them as if they were memory; ``cache=DecodeCache(0)`` leaves the arena alone.
    **read_options
        Of `audiokit.read`: ``quality``, ``track``, ``strict``, ``workers``, ``limits``, ``time_limit_seconds``,
        ``router``.

    Raises
    ------
    ParameterError
        For a rate that is none, or an option that has another name here.
    InputError
        If a file object cannot be read. A path is looked at when it is decoded.

    Notes
    -----
    A file that is rewritten is decoded anew, unless neither its size nor its time of change differs: see
    `audiokit.decode.cache_key`. A decoder can be pickled for another process if its source can; a cache given here
    is empty there.

    Examples
    --------
    >>> from audiokit import Audio
    >>> import numpy as np
    >>> tone = np.sin(np.arange(16000) * 0.1).astype(np.float32)
    >>> AudioDecoder(Audio(tone, 16000).encode("WAV"), target_sr=8000).decode(duration=0.5).shape
    (4000,)
    """

    def __init__(
        self,
        path: SourceLike,
        target_sr: int | None = None,
        mono: bool = True,
        *,
        cache: DecodeCache | None = None,
        arena: Arena | None = None,
        **read_options: Any,
    ) -> None:
        for name, own in _OWN_NAMES.items():
            if name in read_options:
                raise ParameterError(f"AudioDecoder has no option {name}.", cure=f"It is {own} here.")
        if target_sr is not None and (isinstance(target_sr, bool) or int(target_sr) != target_sr or target_sr <= 0):
            raise ParameterError(f"target_sr must be a positive whole number of Hz, or None, got {target_sr!r}.")
        self.target_sr = None if target_sr is None else int(target_sr)
        self.mono = bool(mono)
        self.cache = cache
        self.arena = arena
        self._options = {**read_options, "sample_rate": self.target_sr, "mono": self.mono}
        self._settings = settings({n: value for n, value in self._options.items() if n not in _NOT_IN_THE_KEY})
        named = isinstance(path, (str, os.PathLike))
        self._source: SourceLike | Source = path if named else open_source(path)
        self._is_address = isinstance(path, str) and _ADDRESS.match(path) is not None
        self._file = TrackedFile(path) if isinstance(path, (str, os.PathLike)) and not self._is_address else None
        self._decoders: tuple[Router, str] | None = None
        self._info: tuple[Any, AudioInfo] | None = None

    def decode(self, offset: float = 0.0, duration: float | None = None, use_cache: bool = True) -> NDArray[np.float32]:
        """Decode a span, or find it decoded.

        Parameters
        ----------
        offset, duration : float
            Seconds, counted in the file's own samples as ``int(seconds * rate)``; all of it by default.
        use_cache : bool
            Whether what is found in the cache will do, and what is decoded may stay there.

        Returns
        -------
        ndarray of float32, shape (samples,) or (channels, samples)
            librosa's shape: one-dimensional when there is one channel. With `use_cache` it is read-only, and a hit
            copies nothing; without, it is yours to write to. What numpy forbids, ``torch.from_numpy`` does not: it
            warns, and writes would change the cache or, in an arena, stop the program; ``torch.tensor`` copies.

        Raises
        ------
        InputError
            As `audiokit.read`.

        Notes
        -----
        `read` gives the same as `Audio`, with the warnings and losses of a damaged file.

        At the file's own rate (``target_sr=None``), a span of an undamaged file that is in the cache whole is a part
        of it: sample for sample what decoding the span would give. After resampling that is not so: a span is resampled
        by itself, and its edges differ from those of a part. So it is decoded, and kept beside the whole. Who wants
        many spans of a file at another rate does better to decode it whole and to take parts.
        """
        if use_cache:
            sound, span = self._found(offset, duration)
            if sound is not None:
                return _librosa_shape(sound.samples[:, span])
        audio = self._read(offset, duration)
        return _librosa_shape(audio.samples if use_cache else _writeable(audio.samples))

    def read(self, offset: float = 0.0, duration: float | None = None, use_cache: bool = True) -> Audio:
        """Decode as `decode` does, to an `Audio` that tells what damage took.

        Parameters
        ----------
        offset, duration, use_cache
            As in `decode`.

        Returns
        -------
        Audio
            Read-only as always.
        """
        sound, span = self._found(offset, duration) if use_cache else (None, slice(None))
        if sound is None:
            return self._read(offset, duration)
        start = sound.start_seconds if span.start is None else span.start / sound.sample_rate
        return Audio(sound.samples[:, span], sound.sample_rate, sound.name, sound.warnings, sound.lost, start)

    @property
    def info(self) -> AudioInfo:
        """What the file is, read from its headers, and again when it has changed."""
        state = None if self._file is None else self._file.state()
        known = self._info
        if known is None or known[0] != state or self._is_address:
            options = {name: self._options[name] for name in ("track", "router") if name in self._options}
            known = self._info = (state, info(self._source, **options))
        return known[1]

    @property
    def sample_rate(self) -> int:
        """Hz of what `decode` returns."""
        return self.target_sr if self.target_sr is not None else self.info.sample_rate

    def _read(self, offset: float, duration: float | None) -> Audio:
        return read(self._source, offset_seconds=offset, duration_seconds=duration, **self._options)

    def _found(self, offset: float, duration: float | None) -> tuple[CachedSound | None, slice]:
        """The sound and the part of it that is asked for; None where there is no cache for the source."""
        everything = slice(None)
        if self._file is None:
            return None, everything
        cache = default_cache() if self.cache is None else self.cache
        state, how = self._file.state(), (self._settings, self._version())
        if self.target_sr is None and (offset or duration is not None):
            whole = cache.get((*state, 0.0, None, *how))
            span = None if whole is None else _span(whole, offset, duration)
            if span is not None:
                return whole, span
        key = (*state, float(offset), None if duration is None else float(duration), *how)
        return cache.get_or_decode(key, lambda: self._make(key, offset, duration)), everything

    def _version(self) -> str:
        """Which decoders read the file; asked anew when the default router is another one."""
        router = self._options.get("router") or default_router()
        known = self._decoders
        if known is None or known[0] is not router:
            known = self._decoders = (router, decoders(router))
        return known[1]

    def _make(self, key: Key, offset: float, duration: float | None) -> Audio | CachedSound:
        if self.arena is None:
            return self._read(offset, duration)
        sound = self.arena.get(key)
        if sound is not None:
            return sound
        made = self._read(offset, duration)
        written = self.arena.put(
            key,
            made.samples,
            made.sample_rate,
            name=made.name,
            warnings=made.warnings,
            lost=made.lost,
            start_seconds=made.start_seconds,
        )
        # What other processes will share, this one shares, too; it may have been evicted at once.
        return (self.arena.get(key) if written else None) or made

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_decoders": None}  # the other process has its own

    def __repr__(self) -> str:
        rate = "its own rate" if self.target_sr is None else f"{self.target_sr} Hz"
        name = self._source.name if isinstance(self._source, Source) else str(self._source)
        return f"AudioDecoder({name!r}, {rate}, {'mono' if self.mono else 'all channels'})"


def _span(whole: CachedSound, offset: float, duration: float | None) -> slice | None:
    """The samples of a span, if it can be cut out of the whole; `read` says what is wrong with bounds that are none.

    A damaged file is left alone: its spans may be salvaged in another way than the whole.
    """
    length = 0.0 if duration is None else duration
    if (
        whole.warnings
        or whole.lost
        or not (math.isfinite(offset) and math.isfinite(length) and min(offset, length) >= 0)
    ):
        return None
    start = int(offset * whole.sample_rate)
    return slice(start, None if duration is None else start + int(duration * whole.sample_rate))


def _librosa_shape(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return samples[0] if len(samples) == 1 else samples


def _writeable(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same memory, which was just decoded and belongs to nobody else; a copy if it was not ours to write to."""
    try:
        own = samples.view()
        own.flags.writeable = True
    except ValueError:
        own = samples.copy()
    return own
