"""What a peer lacks on this machine besides its packages: FFmpeg's shared libraries, or its program.

A peer that lacks something is *unavailable*; one that has everything and cannot, or gives other samples, is not. So a
peer counts as unavailable only if it cannot load FFmpeg by its own account **and** the system's loader finds no FFmpeg
either: where FFmpeg is installed, a wheel that does not fit the installed torch, or any other defect, stays a failure.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass

__all__ = ["Absence", "ffmpeg_library_names", "ffmpeg_versions", "librosa_lacks", "spdl_lacks", "torchcodec_lacks"]

_LIBRARIES = ("avutil", "avcodec", "avformat", "avdevice", "avfilter", "swscale", "swresample")

# By FFmpeg's major version, those of its libraries: the numbers in the names of the shared objects that torchcodec's
# wheel is linked to (tests read them from there).
_MAJORS = {
    9: (61, 63, 63, 63, 12, 10, 7),
    8: (60, 62, 62, 62, 11, 9, 6),
    7: (59, 61, 61, 61, 10, 8, 5),
    6: (58, 60, 60, 60, 9, 7, 4),
    5: (57, 59, 59, 59, 8, 6, 4),
    4: (56, 58, 58, 58, 7, 5, 3),
}


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a peer cannot be asked on this machine.

    Parameters
    ----------
    what : str
        In a few words that fit into a cell of a table: ``"cannot load FFmpeg"``.
    cure : str
        What to do about it.

    Examples
    --------
    >>> str(Absence("not installed", "pip install librosa"))
    'not installed; pip install librosa'
    """

    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.what}; {self.cure}"


_NO_LIBRARIES = Absence("cannot load FFmpeg", "install FFmpeg's shared libraries (on most systems: the package ffmpeg)")
_NO_PROGRAM = Absence("cannot run ffmpeg", "install FFmpeg's program (on most systems: the package ffmpeg)")


def ffmpeg_library_names(version: int, platform: str = sys.platform) -> tuple[str, ...]:
    """Names under which a system's loader knows the libraries of one major version of FFmpeg.

    Parameters
    ----------
    version : int
        4 to 9: those that torchcodec and spdl.io are built for.
    platform : str, optional
        As ``sys.platform``.

    Examples
    --------
    >>> ffmpeg_library_names(5, "linux")[:2]
    ('libavutil.so.57', 'libavcodec.so.59')
    >>> ffmpeg_library_names(5, "win32")[0], ffmpeg_library_names(5, "darwin")[0]
    ('avutil-57.dll', 'libavutil.57.dylib')
    """
    form = {"win32": "{}-{}.dll", "darwin": "lib{}.{}.dylib"}.get(platform, "lib{}.so.{}")
    return tuple(form.format(name, major) for name, major in zip(_LIBRARIES, _MAJORS[version], strict=True))


def ffmpeg_versions() -> tuple[int, ...]:
    """Major versions of FFmpeg whose libraries the system's loader finds, all of them; the newest first.

    Whoever asks has them loaded afterwards.
    """
    return tuple(version for version in _MAJORS if all(map(_loads, ffmpeg_library_names(version))))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def torchcodec_lacks(path: str) -> Absence | None:  # noqa: ARG001 - whatever the file is
    """FFmpeg's libraries, which torchcodec's wheel does not carry."""
    try:
        import torchcodec
    except Exception:  # noqa: BLE001 - it does not import for want of FFmpeg: this is another matter, which its row will tell
        return None
    if getattr(torchcodec, "ffmpeg_major_version", None) is not None or ffmpeg_versions():
        return None
    return _NO_LIBRARIES


def spdl_lacks(path: str) -> Absence | None:  # noqa: ARG001 - whatever the file is
    """FFmpeg's libraries, which spdl_io's wheel does not carry."""
    try:
        from spdl.io.utils import get_ffmpeg_versions
    except Exception:  # noqa: BLE001 - it loads FFmpeg later than this
        return None
    try:
        get_ffmpeg_versions()
    except Exception:  # noqa: BLE001 - a RuntimeError, but it promises none
        return None if ffmpeg_versions() else _NO_LIBRARIES
    return None


def librosa_lacks(path: str) -> Absence | None:
    """The program ``ffmpeg``, which librosa has audioread run for what libsndfile does not know."""
    try:
        import audioread
        import soundfile
    except Exception:  # noqa: BLE001 - another librosa, which does it in another way
        return None
    try:
        soundfile.info(path)
    except soundfile.SoundFileRuntimeError:
        backends = {backend.__name__ for backend in audioread.available_backends()}
        # These two know WAV, AIFF and MP3 only; any other (ffmpeg, Core Audio, GStreamer) may know the file
        return None if backends - {"RawAudioFile", "MadAudioFile"} else _NO_PROGRAM
    return None
