"""`Sound`: one sound for all the views of it, on a page and in a kernel."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit_widgets.chunks import Pieces
from audiokit_widgets.delivery import (
    Embedded,
    Ownership,
    audio_html,
    embedded,
    here,
    lossless_seconds,
    ownership_of,
    remade_pictures,
)
from audiokit_widgets.holding import digest_of, held, stamp_of
from audiokit_widgets.modules import bundle
from audiokit_widgets.scan import Scan
from audiokit_widgets.served import served_file
from audiokit_widgets.sound_facts import picture, seen, summary
from audiokit_widgets.sound_state import SoundState
from audiokit_widgets.wording import clock

if TYPE_CHECKING:
    from audiokit.decode import AudioInfo

__all__ = ["Sound"]

_PUSH_AFTER_SECONDS = 0.5

# Sounds by what they hold, as long as somebody holds them (ipywidgets does until the model is closed)
_SHARED: WeakValueDictionary[tuple[str, str], Sound] = WeakValueDictionary()
_FILE_DIGESTS: dict[tuple[str, int, int], str] = {}


class Sound(SoundState):
    """A sound that views share: its facts, its pictures at every zoom, and the one voice that plays it.

    `Sound.of` makes it, or finds the one that there is: the same `Audio`, the same unchanged file and the same samples
    give the same model. Views hold it as an ``anywidget.WidgetTrait``. Shown by itself it is a plain ``<audio>``. What
    a page knows of it is in `SoundState`.

    Examples
    --------
    >>> import numpy as np
    >>> sound = Sound.of(np.zeros(8000, np.float32), sample_rate=16000, title="silence")
    >>> sound.duration_seconds, sound.delivery, Sound.of(np.zeros(8000, np.float32), sample_rate=16000) is sound
    (0.5, 'embedded', True)
    """

    _esm = bundle("sound.js")

    def __init__(
        self, source: Audio | Path | bytes, *, digest: str, title: str, preview: str, told: AudioInfo | None = None
    ) -> None:
        self._source = source
        self._preview = preview
        self._told = told
        self._scan = Scan(source, told=told)
        self._embedded: Embedded | None = None
        self._encoding = threading.Lock()
        self._pieces: Pieces | None = None
        self._ownership: Ownership | None = None
        self._pushed = False
        if isinstance(source, Audio):
            self._scan.finish()
        super().__init__(digest=digest, title=title, **self._delivered(), **self._seen())
        self.on_msg(self._asked)

    @classmethod
    def of(cls, source: object, *, sample_rate: int | None = None, title: str = "", preview: str = "auto") -> Sound:
        """Find the model of a sound, or make it.

        Parameters
        ----------
        source : Audio, str, Path, bytes or array_like
            As for `AudioPlayer`. A file that decodes to more than 64 MB, or does not say to how much, is never decoded
            as a whole: it is looked at block by block (`scan_progressively`) and played in place.
        sample_rate : int, optional
            In Hz, for an array only.
        title : str
            Its name, if the model is new; the sound's own if empty.
        preview : {"auto", "always", "never"}
            How a sound is embedded in a page: up to 90 s without loss and beyond as an MP3 preview; always as a
            preview; or never.

        Returns
        -------
        Sound

        Raises
        ------
        ParameterError
            As `audiokit_widgets.coerce.as_audio`, or if `preview` is another.
        InputError
            If a file cannot be read.
        """
        lossless_seconds(preview)  # refuses another word
        if isinstance(source, Sound):
            return source
        if isinstance(source, str) and "://" not in source:
            source = Path(source)
        stamp = stamp_of(source) if isinstance(source, Path) and sample_rate is None else None
        known = _shared(_FILE_DIGESTS.get(stamp, "") if stamp else "", preview)
        if known is not None:
            return known
        kept, told = held(source, sample_rate)
        digest = digest_of(kept, stamp)
        if stamp:
            _FILE_DIGESTS[stamp] = digest
        known = _shared(digest, preview)
        if known is not None:
            return known
        name = kept.name if isinstance(kept, Audio | Path) else ""
        made = cls(kept, digest=digest, title=title or name, preview=preview, told=told)
        _SHARED[digest, preview] = made
        return made

    @property
    def scan(self) -> Scan:
        """What it looks like, at every zoom."""
        return self._scan

    def scan_progressively(self, *, seconds_between: float = 0.25) -> None:
        """Look at a long sound from end to end; live views fill in meanwhile. Nothing, if that was done.

        Parameters
        ----------
        seconds_between : float
            From one update of the page to the next, about.

        Raises
        ------
        InputError
            If the file cannot be decoded any further; what was seen stays.
        """
        if self._scan.complete:
            if self.fraction < 1:
                self._show()
            return
        shown = time.monotonic()
        try:
            for _ in self._scan.steps():
                # The pictures of hours take a while to pack: at most a third of the time goes into them
                began = time.monotonic()
                if began - shown >= seconds_between:
                    self._show()
                    shown = time.monotonic() + 2 * (time.monotonic() - began) - seconds_between
                    shown = max(shown, began)
        finally:
            self._show()

    def embedded(self) -> Embedded | None:
        """The bytes that stand in a page, encoded when they are first asked for; None for a long file."""
        if not isinstance(self._source, Audio):
            return None
        with self._encoding:
            if self._embedded is None:
                self._embedded = embedded(self._source, self._preview)
        return self._embedded

    def static_audio(self, view: str = "") -> str:
        """HTML for a view's static picture: an ``<audio>`` with its bytes, once in a notebook.

        The first cell that shows the sound holds it, also when it is run again; what other cells show refers to it.

        Parameters
        ----------
        view : str
            Which view asks, for example its ``model_id``: the same one gets the bytes again.

        Returns
        -------
        str
        """
        self._push_soon()
        made = self._encoded()
        if made is None:
            return (
                f"<div>The sound ({clock(self.duration_seconds)}) is too long to stand in the page: "
                "it plays where the notebook runs.</div>"
            )
        self._ownership = ownership_of(made.digest)
        if self._ownership.claims(view, here()):
            return audio_html(made, self.title)
        return "<div>The sound is in the view above.</div>"

    def __repr__(self) -> str:
        name = f"{self.title!r}, " if self.title else ""
        notes = "".join(f"; {note}" for note in self.notes)
        return f"Sound({name}{self.duration_seconds:.3f} s, {self.summary}{notes})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.static_audio(self.model_id)}

    def _encoded(self) -> Embedded | None:
        """Encode, and say on the model what came of it."""
        made = self.embedded()
        if made is not None and self.digest_bytes != made.digest:
            self.set_trait("mime_type", made.mime_type)
            self.set_trait("size_bytes", len(made.data))
            self.set_trait("digest_bytes", made.digest)
            if isinstance(self._source, Audio):
                self.set_trait("remade", remade_pictures(self._source, made))
            self.set_trait("is_preview", made.mime_type != "audio/flac")
            self.set_trait("heard_channels", made.heard_channels)
            self.set_trait("summary", self._summary())
        return made

    def _delivered(self) -> dict[str, Any]:
        """Choose how the bytes reach a page."""
        scan = self._scan
        if isinstance(self._source, Audio):
            return {"delivery": "embedded", "heard_channels": scan.channels}
        self._pieces = Pieces(
            self._source, sample_rate=scan.sample_rate, channels=scan.channels, frames=max(scan.frames, 1)
        )
        served = served_file(self._source, self._told) if isinstance(self._source, Path) and self._told else None
        return {
            "delivery": "served" if served else "chunks",
            "served": served or {},
            "chunk_seconds": self._pieces.seconds,
            "chunk_count": self._pieces.count,
            "heard_channels": self._pieces.played_channels,
            "size_bytes": len(self._source) if isinstance(self._source, bytes) else self._source.stat().st_size,
        }

    def _seen(self) -> dict[str, Any]:
        """Pack what the scan has seen so far."""
        return {"summary": self._summary(), **seen(self._scan, in_memory=isinstance(self._source, Audio))}

    def _show(self) -> None:
        with self.hold_sync():
            for name, value in self._seen().items():
                self.set_trait(name, value)
            if self._pieces is not None and self._scan.complete and not isinstance(self._source, Audio):
                self._pieces = Pieces(
                    self._source, sample_rate=self.sample_rate, channels=self.channels, frames=max(self.frames, 1)
                )
                self.chunk_count = self._pieces.count

    def _summary(self) -> str:
        heard = 0 if self._pieces is None else self._pieces.played_channels
        return summary(self._scan, self._embedded, heard_channels=heard)

    def _push_soon(self) -> None:
        """Send the bytes once without being asked, by a thread: a kernel that is busy cannot answer a page."""
        if self._pushed or self.delivery != "embedded" or here() is None:
            return
        self._pushed = True
        timer = threading.Timer(_PUSH_AFTER_SECONDS, self._push)
        timer.daemon = True
        timer.start()

    def _push(self) -> None:
        made = self.embedded()
        if made is not None and self.comm is not None:
            with contextlib.suppress(OSError, RuntimeError):  # the kernel ends: nobody listens any more
                self.send({"kind": "bytes"}, buffers=[made.data])

    def _asked(self, _widget: object, content: Any, _buffers: object) -> None:
        """Answer a page; what goes wrong is said there."""
        if not isinstance(content, dict) or "kind" not in content:
            return
        number = content.get("id")
        try:
            reply, data = self._answer(content)
        except Exception as error:  # noqa: BLE001 - whatever it is, the page that asked has to show it
            self.send({"id": number, "error": str(error) or type(error).__name__})
        else:
            self.send({"id": number, **reply}, buffers=[data])

    def _answer(self, content: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        kind = content["kind"]
        if kind in ("peaks", "tile"):
            return picture(self._scan, content)
        if kind == "chunk" and self._pieces is not None:
            return {}, self._pieces.piece(content["index"])
        if kind == "bytes":
            made = self._encoded()
            if made is not None:
                return {"kind": "bytes"}, made.data
        raise ParameterError(f"A sound that is {self.delivery} does not answer to {kind!r}.")


def _shared(digest: str, preview: str) -> Sound | None:
    found = _SHARED.get((digest, preview))
    return found if found is not None and found.comm is not None else None  # a closed model answers nobody
