"""What a sound is made of: decoded if it is small, left where it is if it is long; and how it is known again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from audiokit.audio import Audio
from audiokit_widgets.coerce import as_audio

if TYPE_CHECKING:
    from audiokit.decode import AudioInfo

__all__ = ["MOST_DECODED_BYTES", "digest_of", "held", "info_of", "stamp_of"]

MOST_DECODED_BYTES = 64_000_000  # of a file: what is larger is never held as a whole

_DIGESTS: WeakKeyDictionary[Audio, str] = WeakKeyDictionary()


def stamp_of(path: Path) -> tuple[str, int, int] | None:
    """Tell which state of which file it is: its real path, time in ns and size in bytes; None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None  # reading it says what is wrong
    return str(path.resolve()), state.st_mtime_ns, state.st_size


def held(source: object, sample_rate: int | None) -> tuple[Audio | Path | bytes, AudioInfo | None]:
    """Decode what is small; leave what is long where it is, with what its header says."""
    if sample_rate is None and isinstance(source, Path | bytes | bytearray | memoryview):
        file = source if isinstance(source, Path) else bytes(source)
        told = info_of(file)
        frames = told.frames or round((told.duration_seconds or 0) * told.sample_rate)
        if not frames or frames * told.channels * 4 > MOST_DECODED_BYTES:
            return file, told
    return as_audio(source, sample_rate=sample_rate), None


def info_of(file: Path | bytes) -> AudioInfo:
    """Read what a file's header says."""
    from audiokit.decode import info

    return info(file)


def digest_of(sound: Audio | Path | bytes, stamp: tuple[str, int, int] | None) -> str:
    """SHA-256 of the samples, their rate and warnings; of what is not decoded, its stamp or its bytes."""
    if isinstance(sound, Audio):
        known = _DIGESTS.get(sound)
        if known is None:
            known = _DIGESTS[sound] = _digest_of_samples(sound)
        return known
    told = repr(stamp).encode() if isinstance(sound, Path) else sound
    return hashlib.sha256(told).hexdigest()


def _digest_of_samples(audio: Audio) -> str:
    # What it was warned of belongs to it: the notes of one must not stand at another.
    seen = hashlib.sha256(f"{audio.sample_rate} {audio.samples.shape} {[str(w) for w in audio.warnings]}".encode())
    for channel in audio.samples:
        seen.update(np.ascontiguousarray(channel).data)
    return seen.hexdigest()
