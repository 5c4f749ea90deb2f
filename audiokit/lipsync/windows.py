"""Windows of 16 mel frames, cut from a whole mel or from one that is still coming in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.errors import ParameterError
from audiokit.lipsync.clock import WINDOW_FRAMES, WindowClock
from audiokit.lipsync.frames import LIMIT, RECIPE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Beyond", "WindowStream", "cut_windows"]

Beyond = Literal["silence", "last"]


def cut_windows(
    mel: NDArray[np.floating[Any]], clock: WindowClock, count: int | None = None, *, beyond: Beyond = "silence"
) -> NDArray[np.float32]:
    """Cut the windows of video frames 0 to `count` from a mel.

    Parameters
    ----------
    mel : ndarray, shape (frames, 80)
        From `mel_spectrogram`.
    clock : WindowClock
        Which window belongs to which video frame.
    count : int, optional
        How many; by default those whose windows end within the mel.
    beyond : {"silence", "last"}
        What a window holds that reaches beyond the mel: -4, which is silence; or, as in the reference's inference, such
        a window is replaced by the last 16 frames (the first 16 where it begins before the mel).

    Returns
    -------
    ndarray, shape (count, 1, 80, 16), float32
        As the encoder takes them.

    Raises
    ------
    ParameterError
        For a mel of another shape, or one of fewer than 16 frames with ``beyond="last"``.

    Examples
    --------
    >>> mel = np.zeros((52, 80))
    >>> len(cut_windows(mel, WindowClock(25))), len(cut_windows(mel, WindowClock(None)))
    (12, 37)
    """
    _checked(mel)
    wanted = clock.ready_frames(len(mel)) if count is None else count
    return _cut(mel, [*clock.starts(wanted)], 0, beyond)


def _checked(mel: NDArray[Any]) -> None:
    if mel.ndim != 2 or mel.shape[1] != RECIPE.n_mels:
        raise ParameterError(f"A lip-sync mel has shape (frames, {RECIPE.n_mels}), got {mel.shape}.")


def _cut(mel: NDArray[Any], starts: Sequence[int], origin: int, beyond: Beyond) -> NDArray[np.float32]:
    """Cut windows that begin at `starts` from mel frames of which the first is number `origin`."""
    if beyond not in ("silence", "last"):
        raise ParameterError(f"Unknown filling {beyond!r}.", cure='Use "silence" or "last".')
    at = np.asarray(starts, dtype=np.int64) - origin
    if beyond == "last":
        if len(mel) < WINDOW_FRAMES and len(at):
            raise ParameterError(
                f"The last window wants {WINDOW_FRAMES} mel frames, got {len(mel)}.", cure='Use beyond="silence".'
            )
        at = np.clip(at, 0, len(mel) - WINDOW_FRAMES)
    places = at[:, np.newaxis] + np.arange(WINDOW_FRAMES)
    inside = (places >= 0) & (places < len(mel))
    if not len(mel):
        return np.full((len(at), 1, RECIPE.n_mels, WINDOW_FRAMES), -LIMIT, np.float32)
    found = mel[np.clip(places, 0, len(mel) - 1)].astype(np.float32)  # (count, 16, 80)
    found[~inside] = -LIMIT
    return np.ascontiguousarray(found.transpose(0, 2, 1))[:, np.newaxis]


class WindowStream:
    """Windows of a mel that comes in pieces; together those of `cut_windows` for the whole.

    Parameters
    ----------
    clock : WindowClock
        Which window belongs to which video frame.

    Examples
    --------
    >>> stream = WindowStream(WindowClock(25))
    >>> [len(stream.push(np.zeros((k, 80)))) for k in (15, 1, 4)], len(stream.flush(6))
    ([0, 1, 1], 4)
    """

    def __init__(self, clock: WindowClock) -> None:
        self.clock = clock
        self._mel: NDArray[Any] = np.empty((0, RECIPE.n_mels), np.float32)
        self._origin = 0  # number of the first mel frame that is kept
        self._given = 0

    @property
    def given(self) -> int:
        """How many windows have been given out: the number of the next video frame."""
        return self._given

    def push(self, mel: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Take mel frames; give the windows that are complete, shape (k, 1, 80, 16)."""
        _checked(mel)
        self._mel = np.concatenate([self._mel, mel.astype(np.float32)])
        return self._up_to(self.clock.ready_frames(self._origin + len(self._mel)))

    def flush(self, count: int) -> NDArray[np.float32]:
        """Give the windows that are missing to `count`; beyond the mel they hold silence."""
        return self._up_to(count)

    def _up_to(self, count: int) -> NDArray[np.float32]:
        starts = [*self.clock.starts(max(0, count - self._given), self._given)]
        windows = _cut(self._mel, starts, self._origin, "silence")
        self._given += len(starts)
        unneeded = min(max(0, self.clock.start(self._given) - self._origin), len(self._mel))
        self._mel = self._mel[unneeded:].copy()
        self._origin += unneeded
        return windows
