"""`SoundView`: what every view of one sound has in common, in Python and in what it leaves in a notebook."""

from __future__ import annotations

import base64
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit_widgets.kits import deck_kit, stage_kit
from audiokit_widgets.modules import style
from audiokit_widgets.sound import Sound
from audiokit_widgets.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audiokit.results import Segment

__all__ = ["SoundView", "plain_span"]

_WITHIN = 1e-6  # seconds; what the page rounds to


class SoundView(anywidget.AnyWidget):
    """A view of one sound: live where something runs its module, a picture with an ``<audio>`` element elsewhere.

    Parameters
    ----------
    audio : Audio, str, Path, bytes, array_like or Sound
        A path or a file's bytes are decoded; an array of shape (time,) or (channels, time) needs `sample_rate`. What
        is too long to hold in memory is read piece by piece.
    title : str
        Shown above; the audio's name if empty.
    sample_rate : int, optional
        In Hz, for an array only.

    Attributes
    ----------
    position_seconds : float
        Where playback stands; follows the page, and moves it when set. Clamped to the audio. All views of one sound
        share it.
    playing : bool
        Whether it plays; follows the page, and starts or stops it when set. A page never starts by itself when it
        is opened.
    selection : list of float
        ``[start, end]`` in seconds, or empty; drawn with shift and the mouse, or set.
    view_seconds : list of float
        ``[start, end]`` of what is seen, or empty for all; follows zoom and pan, and sets them.

    Raises
    ------
    ParameterError
        If there is nothing to play, an array comes without a rate, or the type is another.
    """

    _css = style("kit/theme.css", "kit/stage.css")

    sound = anywidget.WidgetTrait().tag(sync=True)
    stage_kit = anywidget.WidgetTrait().tag(sync=True)
    deck_kit = anywidget.WidgetTrait().tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    selection = traitlets.List(traitlets.Float()).tag(sync=True)
    view_seconds = traitlets.List(traitlets.Float()).tag(sync=True)
    position_seconds = traitlets.Float(0.0)  # of the sound, not of the view: linked, and told to the page once
    playing = traitlets.Bool(default_value=False)

    def __init__(self, audio: object, *, title: str = "", sample_rate: int | None = None, **traits: Any) -> None:
        sound = Sound.of(audio, sample_rate=sample_rate)
        super().__init__(
            sound=sound,
            stage_kit=stage_kit(),
            deck_kit=deck_kit(),
            title=title or _name(audio) or sound.title,
            **traits,
        )
        # The sound's values win where they are linked; a view that is made later does not rewind it.
        traitlets.link((sound, "position_seconds"), (self, "position_seconds"))
        traitlets.link((sound, "playing"), (self, "playing"))

    @property
    def duration_seconds(self) -> float:
        """Length of the sound."""
        return float(self.sound.duration_seconds)

    @traitlets.validate("position_seconds")
    def _clamp_position(self, proposal: dict[str, Any]) -> float:
        value = float(proposal["value"])
        if not math.isfinite(value):
            raise ParameterError(f"position_seconds must be a finite number of seconds, got {value}.")
        return min(max(value, 0.0), self.duration_seconds)

    @traitlets.validate("selection", "view_seconds")
    def _check_range(self, proposal: dict[str, Any]) -> list[float]:
        value = [float(v) for v in proposal["value"]]
        duration = self.duration_seconds
        if value and not (len(value) == 2 and 0 <= value[0] <= value[1] <= duration + _WITHIN):
            raise ParameterError(
                f"{proposal['trait'].name} must be empty or [start, end] within 0 .. {duration:g} s, got {value}."
            )
        return value

    # what stays in a notebook

    def static_spans(self) -> Sequence[dict[str, Any]]:
        """Spans for the picture and the table of the static view."""
        return ()

    def picture(self) -> bytes:
        """All lanes as one PNG, for pages that cannot run the view.

        Returns
        -------
        bytes
            A palette PNG, 1640 pixels wide.
        """
        from audiokit_widgets.pictures import draw_sound

        return draw_sound(self.sound.scan, spans=self.static_spans())

    def static_html(self) -> str:
        """HTML for where no script runs: the sound, the picture, notes and tables; text escaped."""
        from audiokit_widgets.fallback import sound_html

        audio = self.sound.static_audio(self.model_id)  # first: the summary says how it was encoded
        return sound_html(
            title=self.title,
            summary=self.sound.summary,
            notes=self.sound.notes,
            audio=audio,
            picture=base64.b64encode(self.picture()).decode("ascii"),
            segments=self.static_spans(),
            duration_seconds=self.duration_seconds,
            show_table=getattr(self, "show_table", True),
        )

    def __repr__(self) -> str:
        name = f"{self.title!r}, " if self.title else ""
        spans = f", {counted(len(self.static_spans()), 'segment')}" if self.static_spans() else ""
        notes = "".join(f"; {note}" for note in self.sound.notes)
        return f"{type(self).__name__}({name}{self.duration_seconds:.3f} s, {self.sound.summary}{spans}{notes})"

    def _bundle(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        page = self.static_html()  # first: the text says how the sound was encoded for it
        return {**data, "text/plain": repr(self), "text/html": page}, metadata

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        self.sound.scan_progressively()
        return self._bundle(**kwargs)

    def _ipython_display_(self) -> None:
        # A long file is shown at once and fills in while its cell runs; what stays in the notebook is the whole. A
        # sound that was looked at already goes the usual way, which this error asks for.
        if self.sound.scan.complete:
            raise NotImplementedError
        from IPython.display import display

        data, metadata = self._bundle()
        shown = display(data, metadata=metadata, raw=True, display_id=True)
        self.sound.scan_progressively()
        data, metadata = self._bundle()
        shown.update(data, metadata=metadata, raw=True)


def _name(audio: object) -> str:
    # Of what was given: the same samples under another name share a sound that was named first.
    if isinstance(audio, str) and "://" not in audio:
        return Path(audio).name
    return str(getattr(audio, "name", "") or "") if isinstance(audio, Audio | Path) else ""


def plain_span(segment: Segment) -> dict[str, Any]:
    """Write a segment as the page takes it: seconds to the microsecond, and no number where there is none."""
    score = segment.score
    return {
        "start": round(float(segment.start_seconds), 6),
        "end": round(float(segment.end_seconds), 6),
        "label": str(segment.label),
        "score": None if score is None or not math.isfinite(score) else round(float(score), 6),
    }
