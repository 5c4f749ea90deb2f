"""espeak-ng in a process of its own that answers one request after another, until the session is closed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from audiokit.errors import ParameterError, SynthesisFailed
from audiokit.speech import espeak_process
from audiokit.speech.voice_engine import TextTooLong

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EspeakSession"]

_CURES = {
    "voice": "Try en, en-us, de, fr, es or another language code.",
    "length": "Split it at sentences, or raise max_seconds.",
    "data": 'Install it again: `pip install --force-reinstall "audiokit[tts]"`.',
}
_FULL_SCALE = np.float32(32768)


class EspeakSession:
    """A running process; a context manager, for one thread.

    Parameters
    ----------
    library : pathlib.Path
        espeak-ng's shared library.
    data : pathlib.Path
        The folder that holds ``espeak-ng-data``.
    timeout_seconds : float
        A request that takes longer ends the process.
    """

    def __init__(self, library: Path, data: Path, *, timeout_seconds: float) -> None:
        self._paths = {"library": str(library), "data": str(data)}
        self._timeout_seconds = timeout_seconds
        self._timed_out = False
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the session
        # started by its path and without site, so that it imports the standard library and nothing else, at once
        command = [sys.executable, "-I", "-S", str(Path(espeak_process.__file__))]
        self._process = subprocess.Popen(  # noqa: S603 - our own file, by the running interpreter
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints
        )
        self.sample_rate = 0  # known after the first answer

    def say(
        self, text: str, *, voice: str, words_per_minute: int, pitch: int, max_seconds: float, ssml: bool = False
    ) -> NDArray[np.float32]:
        """Speak a text; see `audiokit.speech.espeak.speak`.

        Returns
        -------
        ndarray, shape (time,), float32
            Silence where there is nothing to pronounce.

        Raises
        ------
        ParameterError
            If the voice is unknown or the text takes longer than is allowed.
        SynthesisFailed
            If the process crashed or ran out of time; the session is of no use afterwards.
        """
        request: dict[str, object] = {
            **self._paths,
            "text": text,
            "voice": voice,
            "words_per_minute": words_per_minute,
            "pitch": pitch,
            "max_seconds": max_seconds,
            "ssml": ssml,
        }
        watch = threading.Timer(self._timeout_seconds, self._give_up)
        watch.daemon = True
        watch.start()
        try:
            answer, pcm = self._asked(request)
        finally:
            watch.cancel()
        if "error" in answer:
            kind = TextTooLong if answer["error"] == "length" else ParameterError
            raise kind(f"{answer['message']}.", cure=_CURES.get(answer["error"], ""))
        self.sample_rate = int(answer["sample_rate"])
        return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / _FULL_SCALE

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):  # what was not taken any more
                    stream.close()
        try:
            self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._complaints.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _asked(self, request: dict[str, object]) -> tuple[dict[str, str], bytes]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(espeak_process.as_line(request))
            stdin.flush()
        except (BrokenPipeError, OSError):
            header = b""  # it has ended already; its code says how
        else:
            header = stdout.readline()
        if not header:
            raise self._ended()
        answer = espeak_process.of_line(header)
        promised = 2 * int(answer.get("samples", 0))
        pcm = stdout.read(promised) if promised else b""
        if len(pcm) != promised:
            if self._timed_out:
                raise self._ended()
            raise SynthesisFailed(
                f"espeak-ng's process promised {promised // 2} samples and sent {len(pcm) // 2}{self._last_line()}."
            )
        return answer, pcm

    def _give_up(self) -> None:
        self._timed_out = True
        self._process.kill()

    def _ended(self) -> SynthesisFailed:
        code = self._process.wait()
        if self._timed_out:
            return SynthesisFailed(
                f"espeak-ng had not finished after {self._timeout_seconds:g} s{self._last_line()}.",
                cure="Give it less text, or a longer timeout_seconds.",
            )
        return SynthesisFailed(f"espeak-ng's process ended with code {code}{self._last_line()}.")

    def _last_line(self) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return f": {lines[-1].strip()}" if lines else ""
