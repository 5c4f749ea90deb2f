"""`Intake`: the kernel's end of the line to a page that records; it knows no widget and no sound."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from audiokit_widgets.takes import Take

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Intake"]

_QUIET_SECONDS = 5.0  # after so long without a word, the page that recorded counts as gone


class Intake:
    """Takes pieces in, answers each with what is missing, and says when a take is complete.

    The page sends ``hello``, ``piece``, ``where`` (to know what has arrived) and ``end``; it gets ``hello``, ``have``
    and ``done``. A ``hello`` from another page ends a take whose own page has been quiet for five seconds. Each message
    about a take names its rate and its channels, so that any of them may be lost; ``have`` echoes the ``order`` of the
    message that it answers, so that the page knows what was lost before it.

    Parameters
    ----------
    send : callable
        Takes an answer to the page.
    began : callable
        Called when a take's first message is here.
    grew : callable
        Called with the take and the samples of a new piece, of shape (channels, frames).
    ended : callable
        Called with the take, the page's ``end`` and the device's settings when the take is complete, or as complete as
        it will be; gives the sentence that people should know of its end.
    now : callable
        Gives seconds, for how long a page has been quiet.
    """

    def __init__(
        self,
        *,
        send: Callable[[dict[str, Any]], object],
        began: Callable[[], object],
        grew: Callable[[Take, NDArray[np.float32]], object],
        ended: Callable[[Take, Mapping[str, Any], Mapping[str, Any]], str],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._began = began
        self._grew = grew
        self._ended = ended
        self._now = now
        self._open: Take | None = None
        self._page = ""
        self._heard_at = 0.0
        self._given: Mapping[str, Any] = {}
        self._ending: Mapping[str, Any] | None = None
        self._done: dict[str, dict[str, Any]] = {}

    def is_others(self, page: str) -> bool:
        """Whether a page other than this one is recording."""
        return self._open is not None and page != self._page

    def hear(self, content: Mapping[str, Any], buffers: list[Any]) -> None:
        """Handle one message of a page; what is not about takes is ignored."""
        kind = content.get("kind")
        if kind == "hello":
            page = str(content["page"])
            if self.is_others(page) and self._now() - self._heard_at > _QUIET_SECONDS:
                self.close({"reason": "gone"})
            self._send({"kind": "hello"})
        elif kind in ("piece", "where", "end"):
            take = self._take(content)
            if take is not None:
                if kind == "piece":
                    self._add(take, content, buffers[0] if buffers else b"")
                elif kind == "end":
                    self._ending = content
                self._answer(take, content)
        if content.get("page") == self._page:
            self._heard_at = self._now()

    def close(self, ending: Mapping[str, Any]) -> None:
        """End the open take, if there is one, with what has arrived, and tell the page."""
        take, self._open, self._ending = self._open, None, None
        if take is None:
            return
        answer = {"kind": "done", "take": take.key, "message": ""}
        self._done[take.key] = answer
        answer["message"] = self._ended(take, ending, self._given)
        self._send(answer)

    def _take(self, content: Mapping[str, Any]) -> Take | None:
        """Return the take that a message is about, opened by its first; if it has ended, tell the page: None."""
        key = str(content["take"])
        if key in self._done:
            self._send(self._done[key])
            return None
        if self._open is None or self._open.key != key:
            self.close({"reason": "gone"})
            self._open = Take(key, int(content["rate"]), int(content["channels"]))
            self._page = str(content["page"])
            self._given = content.get("given") or {}
            self._began()
        return self._open

    def _add(self, take: Take, content: Mapping[str, Any], data: Any) -> None:
        number, start, frames = (int(content[name]) for name in ("number", "start", "frames"))
        samples = take.add(number, start, frames, data)
        if samples is not None:
            take.clock.append((start, float(content["stamp"]), int(content["run"])))
            self._grew(take, samples)

    def _answer(self, take: Take, content: Mapping[str, Any]) -> None:
        ending = self._ending
        if ending is not None and set(take.lacks(int(ending["pieces"]))) <= set(ending.get("given_up", [])):
            self.close(ending)
            return
        have = {"take": take.key, "next": take.next_number, "highest": take.highest, "missing": take.missing()}
        self._send({"kind": "have", **have, "order": int(content["order"])})
