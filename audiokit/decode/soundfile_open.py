"""Opening a file with libsndfile: by descriptor or callbacks, one at a time, and how much of its header to believe."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from audiokit.decode.backend import CannotDecode
from audiokit.decode.readers import StrictReader
from audiokit.fork_gate import FORK_GATE

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["Opened", "believed_frames", "in_memory_file", "opened"]

# A header of a few bytes can claim days. The densest honest sound here is 64 samples a byte (Vorbis in silence is
# near it, FLAC beyond it); what claims more is not believed.
_BELIEVABLE_SAMPLES_A_BYTE = 64

# When opening fails, the reason lies in a variable of the whole library until the next call of any thread clears it:
# sf_error(NULL). Without this lock a failure in one thread may look like success, or like another one, in the next.
# Once open, each file keeps its errors to itself, and reading needs no lock. soundfile 0.14 has one too, for the same
# reason. Nobody may fork meanwhile: no file could be opened in the child.
_OPENING = threading.Lock()


def believed_frames(file: Any, source: Source) -> int | None:
    """Return the length that libsndfile states, None where the file is too small for it."""
    frames = int(file.frames)
    most = _BELIEVABLE_SAMPLES_A_BYTE * source.size_bytes / max(int(file.channels), 1)
    return frames if 0 <= frames <= most else None


def opened(source: Source) -> Opened:
    """Let libsndfile open a source."""
    # A descriptor has no name: neither does its ending decide the format, nor its spelling whether it opens.
    # (Windows gives each C library descriptors of its own.) Bytes in memory go through callbacks.
    by_descriptor = source.path is not None and sys.platform != "win32"
    return Opened(source.open_once() if by_descriptor else source.open(), by_descriptor=by_descriptor)


class Opened:
    """A file that libsndfile has opened; `close`, or the end of a ``with``, closes it and what it is read from.

    Parameters
    ----------
    handle : BinaryIO
        At the beginning.
    by_descriptor : bool
        Whether libsndfile reads by the handle's descriptor; otherwise it calls back.

    Attributes
    ----------
    file : soundfile.SoundFile
        At its beginning.

    Raises
    ------
    CannotDecode
        If libsndfile is not there, or does not know the file; the handle is closed then.
    """

    __slots__ = ("_handle", "file")

    def __init__(self, handle: BinaryIO, *, by_descriptor: bool) -> None:
        # What reads for libsndfile remembers a failure, which looks like the end to it, and raises it when closed.
        self._handle = handle if by_descriptor else StrictReader(handle)
        try:
            self.file: Any = _sound_file(handle.fileno() if by_descriptor else self._handle)
        except BaseException:
            self._handle.close()
            raise

    def close(self) -> None:
        """Close both; raise what had interrupted reading, if anything had."""
        try:
            self.file.close()
        finally:
            self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _sound_file(descriptor_or_reader: int | BinaryIO | StrictReader) -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: no libsndfile on the machine
        raise CannotDecode(f"soundfile cannot be loaded ({error})") from error
    try:
        with FORK_GATE, _OPENING:
            return soundfile.SoundFile(descriptor_or_reader, closefd=False)
    except (RuntimeError, OSError, TypeError) as error:
        raise CannotDecode(str(getattr(error, "error_string", error))) from error


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
