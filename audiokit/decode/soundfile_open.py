"""Opening a file with libsndfile: by descriptor or callbacks, one at a time, and how much of its header to believe."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from audiokit.decode.backend import CannotDecode
from audiokit.decode.source import StrictReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audiokit.decode.source import Source

__all__ = ["believed_frames", "in_memory_file", "opened", "opened_handle"]

# A header of a few bytes can claim days. The densest honest sound here is 64 samples a byte (Vorbis in silence is
# near it, FLAC beyond it); what claims more is not believed.
_BELIEVABLE_SAMPLES_A_BYTE = 64

# When opening fails, the reason lies in a variable of the whole library until the next call of any thread clears it:
# sf_error(NULL). Without this lock a failure in one thread may look like success, or like another one, in the next.
# Once open, each file keeps its errors to itself, and reading needs no lock.
_OPENING = threading.Lock()


def believed_frames(file: Any, source: Source) -> int | None:
    """Return the length that libsndfile states, None where the file is too small for it."""
    frames = int(file.frames)
    most = _BELIEVABLE_SAMPLES_A_BYTE * source.size_bytes / max(int(file.channels), 1)
    return frames if 0 <= frames <= most else None


@contextmanager
def opened(source: Source) -> Iterator[Any]:
    """Let libsndfile open a source."""
    # A descriptor has no name: neither does its ending decide the format, nor its spelling whether it opens.
    # (Windows gives each C library descriptors of its own.) Bytes in memory go through callbacks.
    by_descriptor = source.path is not None and sys.platform != "win32"
    with opened_handle(source.open(), by_descriptor=by_descriptor) as file:
        yield file


@contextmanager
def opened_handle(handle: BinaryIO, *, by_descriptor: bool) -> Iterator[Any]:
    """Let libsndfile open a file, and close both; raise what had interrupted reading, if anything had."""
    # What reads for libsndfile remembers a failure, which looks like the end to it, and raises it when closed.
    reader = None if by_descriptor else StrictReader(handle)
    try:
        try:
            import soundfile
        except (ImportError, OSError) as error:  # OSError: no libsndfile on the machine
            raise CannotDecode(f"soundfile cannot be loaded ({error})") from error
        try:
            with _OPENING:
                file = soundfile.SoundFile(handle.fileno() if reader is None else reader, closefd=False)
        except (RuntimeError, OSError, TypeError) as error:
            raise CannotDecode(str(getattr(error, "error_string", error))) from error
        with file:
            yield file
    finally:
        (reader or handle).close()


def in_memory_file(data: bytes) -> BinaryIO | None:
    """Put bytes where libsndfile can read them by a descriptor, without calling back for them; None if there is no way.

    Linux only.
    """
    if sys.platform != "linux":
        return None
    try:
        handle = os.fdopen(os.memfd_create("audiokit-mp3"), "w+b")
    except OSError:
        return None
    try:
        handle.write(data)
        handle.seek(0)
    except OSError:  # no memory for it
        handle.close()
        return None
    return handle
