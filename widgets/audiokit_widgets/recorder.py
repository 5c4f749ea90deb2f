"""`Recorder`: the microphone of the page, into Python, piece by piece while it runs."""

from __future__ import annotations

import html
import math
import uuid
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets
from ipywidgets import CallbackDispatcher

from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit_widgets.intake import Intake
from audiokit_widgets.kits import recorder_kit
from audiokit_widgets.modules import bundle, style
from audiokit_widgets.player import AudioPlayer
from audiokit_widgets.take_notes import departures
from audiokit_widgets.wording import clock, counted, decibels

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit_widgets.takes import Take

__all__ = ["Recorder"]

STATES = ("idle", "asking", "recording", "paused", "stopped", "failed")
_MOST_CHANNELS = 32
_NEEDS_A_KERNEL = "Recording needs a live notebook: open it in Jupyter and run this cell."
_ENDS = {
    "maximum": "The take reached its maximum length of {maximum} and stopped by itself.",
    "lost": "The device went away in the middle of the take; what was recorded until then is kept.",
    "changed": "The device changed its rate or its number of channels, which ended the take; it is kept.",
    "gone": "The page that recorded was closed; what had arrived until then is kept.",
    "closed": "The recorder was taken off the page, which ended the take; it is kept.",
    "finish": "The take was ended from Python with what had arrived.",
}


class Recorder(anywidget.AnyWidget):
    """Record from a microphone in the page; the take is an `Audio` in Python as soon as it stops.

    Samples come as the device gives them: float32, at its own rate, with echo cancellation, noise suppression and
    automatic gain off unless they are chosen. They travel in numbered pieces four times a second, so that what has
    arrived is safe when the page is closed; pieces wait in the page while the kernel is busy. A minute takes 11.5 MB
    of memory for each channel at 48 kHz.

    Parameters
    ----------
    channels : int
        Asked of the device, 1 to 32; what it gives is recorded.
    maximum_seconds : float
        A take ends by itself at this length.
    title : str
        Shown above, and the name of the takes.
    device_id : str
        The browser's name for an input; empty for its default. Follows the choice made in the page.

    Attributes
    ----------
    audio : Audio or None
        The last take once it has stopped.
    state : str
        ``"idle"``, ``"asking"`` (for the microphone), ``"recording"``, ``"paused"``, ``"stopped"`` or ``"failed"``.
    seconds : float
        Length of the take, or of what of it has arrived.
    level_dbfs : float
        RMS of the newest piece (a quarter of a second) over its loudest channel, relative to an amplitude of 1: a
        full-scale sine is at -3. Minus infinity in silence and before the first piece.
    message : str
        What went wrong and its cure, or what ended the take; empty otherwise.
    echo_cancellation, noise_suppression, auto_gain : bool
        What the browser is asked to do to the sound; all False, and choices in the page.

    Raises
    ------
    ParameterError
        If `channels` or `maximum_seconds` is out of range.

    Examples
    --------
    >>> recorder = Recorder(maximum_seconds=60, title="a question")
    >>> recorder.state, recorder.audio is None
    ('idle', True)
    """

    _esm = bundle("recorder.js")
    _css = style("kit/theme.css", "recorder.css")

    title = traitlets.Unicode("").tag(sync=True)
    channels = traitlets.Int(1).tag(sync=True)
    maximum_seconds = traitlets.Float(600.0).tag(sync=True)
    device_id = traitlets.Unicode("").tag(sync=True)
    echo_cancellation = traitlets.Bool(default_value=False).tag(sync=True)
    noise_suppression = traitlets.Bool(default_value=False).tag(sync=True)
    auto_gain = traitlets.Bool(default_value=False).tag(sync=True)
    identity = traitlets.Unicode("", read_only=True).tag(sync=True)
    state = traitlets.Enum(STATES, "idle", read_only=True).tag(sync=True)
    message = traitlets.Unicode("", read_only=True).tag(sync=True)
    take = traitlets.Dict(read_only=True).tag(sync=True)
    player = anywidget.WidgetTrait().tag(sync=True)
    kit = anywidget.WidgetTrait().tag(sync=True)
    seconds = traitlets.Float(0.0, read_only=True)
    level_dbfs = traitlets.Float(-math.inf, read_only=True)

    def __init__(
        self, *, channels: int = 1, maximum_seconds: float = 600, title: str = "", device_id: str = ""
    ) -> None:
        self._audio: Audio | None = None
        self._intake = Intake(send=self.send, began=self._began, grew=self._grew, ended=self._ended)
        self._callbacks = CallbackDispatcher()
        super().__init__(
            channels=channels,
            maximum_seconds=maximum_seconds,
            title=title,
            device_id=device_id,
            kit=recorder_kit(),
        )
        self.set_trait("identity", uuid.uuid4().hex)
        self.on_msg(self._hear)

    @traitlets.validate("channels")
    def _check_channels(self, proposal: dict[str, Any]) -> int:
        value = int(proposal["value"])
        if not 1 <= value <= _MOST_CHANNELS:
            raise ParameterError(f"channels must be 1 to {_MOST_CHANNELS}, got {value}.")
        return value

    @traitlets.validate("maximum_seconds")
    def _check_maximum(self, proposal: dict[str, Any]) -> float:
        value = float(proposal["value"])
        if not (math.isfinite(value) and value > 0):
            raise ParameterError(f"maximum_seconds must be a finite number of seconds above 0, got {value}.")
        return value

    @property
    def audio(self) -> Audio | None:
        """The last take, once it has stopped."""
        return self._audio

    def save(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the take to a file.

        Parameters
        ----------
        path : str or os.PathLike
            The ending decides the format.
        **options
            As for `audiokit.write`; ``subtype="FLOAT"`` keeps a WAV exactly.

        Returns
        -------
        Path
            Where the file is.

        Raises
        ------
        ParameterError
            If there is no take, or as `audiokit.write` does.
        """
        if self._audio is None:
            raise ParameterError(
                f"There is no take to save: the recorder is {self.state}.",
                cure="Record one and stop it; recorder.finish() ends a take whose page is gone.",
            )
        from audiokit.decode import write

        return write(path, self._audio, **options)

    def on_recorded(self, callback: Callable[[Audio], object], *, remove: bool = False) -> None:
        """Call `callback(audio)` after every take; with `remove`, no longer.

        An exception in it is shown, and does not end the recorder.
        """
        self._callbacks.register_callback(callback, remove=remove)

    def finish(self) -> Audio | None:
        """End a take now with what has arrived, without waiting for the page.

        Returns
        -------
        Audio or None
            The take, or the last one if nothing was being recorded; None if nothing has arrived.
        """
        self._intake.close({"reason": "finish"})
        return self._audio

    def close(self) -> None:
        """Close the recorder and the view of its take; `audio` stays."""
        player = self._trait_values.get("player")
        super().close()
        if player is not None:
            _let_go(player)

    # What the page says

    def _hear(self, _: object, content: dict[str, Any], buffers: list[Any]) -> None:
        kind, page = content.get("kind"), str(content.get("page", ""))
        if kind == "state" and not self._intake.is_others(page):
            self._tell(str(content["state"]), str(content.get("message", "")))
        elif kind == "discard" and content["take"] == self.take.get("key"):
            self._forget()
            self._tell("idle", "")
        else:
            self._intake.hear(content, buffers)

    def _began(self) -> None:
        """Begin a take: the one before goes."""
        self._forget()
        self._tell("recording", "")

    def _grew(self, take: Take, samples: NDArray[np.float32]) -> None:
        """Follow a take that grows."""
        with np.errstate(invalid="ignore"):
            finite = np.where(np.isfinite(samples), samples, 0).astype(np.float64)
        self.set_trait("level_dbfs", decibels(float(np.sqrt(np.square(finite).mean(axis=1)).max())))
        self.set_trait("seconds", take.seconds)

    def _ended(self, take: Take, ending: Mapping[str, Any], given: Mapping[str, Any]) -> str:
        """Keep a take that has ended."""
        asked = {name: getattr(self, name) for name in ("echo_cancellation", "noise_suppression", "auto_gain")}
        notes = departures(take, given, channels=self.channels, **asked)
        samples, lost = take.finish(int(ending.get("frames", 0)))
        if lost:
            seconds = sum(segment.duration_seconds for segment in lost)
            notes.append(f"{seconds:.3f} s in {counted(len(lost), 'place')} never arrived; silence stands there")
        wrong = int(samples.size - np.count_nonzero(np.isfinite(samples)))
        if wrong:
            np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
            notes.append(f"{counted(wrong, 'sample')} not finite; they are 0")
        audio = Audio(samples, take.sample_rate, name=self.title or "recording", warnings=tuple(notes), lost=lost)
        self.set_trait("seconds", audio.duration_seconds)
        if not audio.frames:
            self._tell("idle", "The take ended before any sound had come.")
            return str(self.message)
        self._audio = audio
        said = _ENDS.get(str(ending.get("reason", "")), "").format(maximum=clock(self.maximum_seconds))
        self.set_trait("take", {"key": take.key, "seconds": audio.duration_seconds})
        self._tell("stopped", said)
        self.player = AudioPlayer(audio, title=audio.name)
        self._callbacks(audio)
        return said

    def _forget(self) -> None:
        player, self._audio = self.player, None
        self.set_trait("seconds", 0.0)
        self.set_trait("level_dbfs", -math.inf)
        with self.hold_sync():
            self.set_trait("take", {})
            self.player = None
        if player is not None:
            _let_go(player)

    def _tell(self, state: str, message: str) -> None:
        with self.hold_sync():
            self.set_trait("state", state)
            self.set_trait("message", message)

    # Where no script runs

    def __repr__(self) -> str:
        name = f"{self.title!r}, " if self.title else ""
        said = f"; {self.message}" if self.message else ""
        if self.player is None:
            return f"Recorder({name}{self.state}, no take{said})"
        sound = self.player.sound
        facts = "; ".join([sound.summary, *sound.notes])
        return f"Recorder({name}{self.state}, {self.seconds:.3f} s, {facts}{said})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        made = super()._repr_mimebundle_(**kwargs)
        data, metadata = made if isinstance(made, tuple) else (made or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self.static_html()}, metadata

    def static_html(self) -> str:
        """HTML for where no script runs: the last take with its sound and picture, or what recording needs."""
        if self.player is not None:
            return str(self.player.static_html())
        name = f"<strong>{html.escape(self.title)}</strong> " if self.title else ""
        return f'<div class="audiokit-static"><div>{name}{_NEEDS_A_KERNEL}</div></div>'


def _let_go(player: AudioPlayer) -> None:
    """Close a take's player, and its sound if nothing else shows it: ipywidgets would hold both for ever."""
    from ipywidgets.widgets.widget import _instances

    sound = player.sound
    player.close()
    if not any(getattr(widget, "sound", None) is sound for widget in list(_instances.values())):
        sound.close()
