"""ONNX Runtime sessions, made once for a file and shared by threads."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

from audiokit.errors import LibraryUnavailable, ModelUnavailable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Sessions", "default_sessions"]


class Sessions:
    """A holder of sessions: one for each file, made when first asked for.

    Parameters
    ----------
    threads : int
        Threads inside one operator. One is fastest for models as small as Silero's, and leaves the other cores to
        other files.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._sessions: dict[Path, Any] = {}

    def get(self, path: Path) -> Any:
        """Return the session for a file; made under a lock, so that many threads asking at once load it once.

        Raises
        ------
        LibraryUnavailable
            If onnxruntime is not installed.
        ModelUnavailable
            If the file is no model that onnxruntime can read.
        """
        with self._lock:
            if path not in self._sessions:
                self._sessions[path] = self._load(path)
            return self._sessions[path]

    def _load(self, path: Path) -> Any:
        try:
            import onnxruntime
        except ImportError as error:
            raise LibraryUnavailable(
                "onnxruntime, which runs the model, is not installed.", cure="`pip install onnxruntime`."
            ) from error
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = self._threads
        try:
            return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions share no base class but Exception
            raise ModelUnavailable(
                f"{path} cannot be loaded as an ONNX model ({str(error).splitlines()[0]}).",
                cure="Install the package that carries it again; the file may be damaged.",
            ) from error


@functools.lru_cache(maxsize=1)
def default_sessions() -> Sessions:
    """Return the sessions that are used where none are passed."""
    return Sessions()
