"""`Inspector`: everything that is known of a recording over time, on one clock."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, cast

import anywidget
import traitlets

from audiokit.errors import ParameterError
from audiokit_widgets.kits import words_kit
from audiokit_widgets.lane_sources import as_lanes
from audiokit_widgets.lane_view import LaneView
from audiokit_widgets.lanes import Lane, Spans
from audiokit_widgets.modules import bundle, style
from audiokit_widgets.running_text import RunningText, running_text
from audiokit_widgets.view import plain_span
from audiokit_widgets.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from audiokit.annotations import Annotations
    from audiokit.results import Segment
    from audiokit.speech.transcript import Transcript

__all__ = ["Inspector"]


class Inspector(LaneView):
    """Waveform, spectrogram, and below them any number of lanes: spans, curves, matrices; all spans in one table.

    A click on a span finds its row, a click on a row is heard; in the table the arrow keys move and Enter hears. Lanes
    are shown and hidden by the menu "Lanes".

    A transcript is also read along: its text runs below the lanes, the word that is heard is marked, a click hears a
    word, with shift on from there. What the engine was not sure of is underlined. Double-click, or F2, edits a word
    while a kernel runs, and `transcript` has it at once.

    Parameters
    ----------
    audio : Audio, str, Path, bytes, array_like or Sound
        See `SoundView`.
    lanes : dict of str to object, Annotations, or Transcript
        A name for each lane, and what it shows: a `Transcript`, the first of which is the text; `Segment` values,
        words, a DataFrame with start and end columns, an annotation tier, or any object with ``.segments`` or
        ``.words``; a `Curve`; a `Matrix`; a `ModelInput`. Of `Annotations` each tier is a lane, of a `Transcript` its
        segments and its words.
    speakers : str
        Name of the lane of spans that says who speaks; the text names them where they change.
    table : bool
        Whether the spans of all lanes are listed.
    title : str
        Shown above; the audio's name if empty.
    sample_rate : int, optional
        In Hz, for an array only.

    Attributes
    ----------
    chosen : list
        ``[lane, index]`` of the span that is chosen: the lane's name and its place in the order given; empty for none.
        Follows the page, and sets it.
    hidden_lanes : list of str
        Names of lanes that are not drawn; follows the page, and sets it.
    text_edits : dict of str to str
        Texts that were put in place of words, by the place of the word among those given; an empty text took the word
        away. Of passages, where the transcript has no words. Follows the page, and sets it.
    doubtful_below : float
        Words of a lower confidence are marked, 0 to 1; follows the page, and sets it.
    selection, view_seconds, position_seconds, playing
        See `SoundView`.

    Raises
    ------
    ParameterError
        If a lane is none of these, an array does not say when its values are, or there is no lane of speakers.

    Examples
    --------
    >>> import numpy as np
    >>> from audiokit import Segment
    >>> inspector = Inspector(np.zeros(8000), lanes={"speech": [Segment(0.1, 0.4, "a")]}, sample_rate=16000)
    >>> inspector.chosen = ["speech", 0]
    >>> inspector.chosen_segment
    Segment(start_seconds=0.1, end_seconds=0.4, label='a', score=None)
    """

    _esm = bundle("inspector.js")
    _css = style("kit/theme.css", "kit/stage.css", "inspector.css", "words.css")

    chosen = traitlets.List().tag(sync=True)
    hidden_lanes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    show_table = traitlets.Bool(default_value=True).tag(sync=True)
    words_kit = anywidget.WidgetTrait().tag(sync=True)
    text_facts = traitlets.Dict().tag(sync=True)
    text_edits = traitlets.Dict().tag(sync=True)
    doubtful_below = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)

    def __init__(
        self,
        audio: object,
        lanes: Mapping[str, object] | Annotations | Transcript | None = None,
        *,
        speakers: str = "",
        table: bool = True,
        title: str = "",
        sample_rate: int | None = None,
    ) -> None:
        made = as_lanes(lanes)
        self._text: RunningText | None = running_text(lanes, made, speakers)
        text = {"text_facts": self._text.facts(), "words_kit": words_kit()} if self._text else {}
        super().__init__(audio, made, title=title, sample_rate=sample_rate, show_table=table, **text)

    def set_lanes(self, lanes: Mapping[str, object] | Annotations | Transcript, *, speakers: str = "") -> None:
        """Replace the lanes, and the text, by anything that the constructor takes; a live view follows."""
        wanted = as_lanes(lanes)
        text = running_text(lanes, wanted, speakers)
        self.chosen = []
        self.hidden_lanes = [name for name in self.hidden_lanes if name in wanted]
        with self.hold_sync():
            self.text_edits = {}
            self._text = text
            self.text_facts = text.facts() if text else {}
            self.words_kit = words_kit() if text else self.words_kit
            self._replace_lanes(wanted)

    @property
    def transcript(self) -> Transcript | None:
        """The text with all edits; None where no transcript was given."""
        return self._text.edited(self.text_edits) if self._text else None

    def on_edit(self, callback: Callable[[Transcript], None]) -> Callable[[], None]:
        """Call with the transcript after each edit of its text.

        Returns
        -------
        callable
            Ends it.
        """

        def told(_change: object) -> None:
            if self.transcript is not None:
                callback(self.transcript)

        self.observe(told, names="text_edits")
        return lambda: self.unobserve(told, names="text_edits")

    @property
    def chosen_segment(self) -> Segment | None:
        """The span that `chosen` names, or None."""
        if not self.chosen:
            return None
        name, index = self.chosen
        segments = cast("Spans", self._lanes[name]).segments
        return segments[cast("int", index)]

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: dict[str, Any]) -> list[Any]:
        value = list(proposal["value"])
        if not value:
            return []
        lane = self._lanes.get(value[0]) if len(value) == 2 and isinstance(value[0], str) else None
        if not isinstance(lane, Spans) or not isinstance(value[1], int) or not 0 <= value[1] < len(lane.segments):
            known = {name: len(held.segments) for name, held in self._lanes.items() if isinstance(held, Spans)}
            raise ParameterError(
                f"chosen must be empty or [lane, index] of a span, got {value}.",
                cure=f"Lanes of spans and how many each holds: {known}.",
            )
        return value

    @traitlets.validate("text_edits")
    def _check_edits(self, proposal: dict[str, Any]) -> dict[str, str]:
        if self._text is None:
            if proposal["value"]:
                raise ParameterError("There is no text to edit.", cure='Inspector(audio, {"said": transcript})')
            return {}
        return self._text.checked(proposal["value"])

    @traitlets.observe("text_edits")
    def _rename(self, _change: object) -> None:
        if self._text is not None:  # the page names its spans by itself
            self._lanes = self._text.relabelled(self._lanes, self.text_edits)

    def _asked(self, widget: object, content: Any, buffers: object) -> None:
        if isinstance(content, dict) and content.get("ask") == "edits":
            self.send({"answer": "edits"})  # somebody takes them
        super()._asked(widget, content, buffers)

    @traitlets.validate("hidden_lanes")
    def _check_hidden(self, proposal: dict[str, Any]) -> list[str]:
        unknown = [name for name in proposal["value"] if name not in self._lanes]
        if unknown:
            raise ParameterError(f"There are no lanes {unknown} to hide.", cure=f"Lanes: {list(self._lanes)}.")
        return list(proposal["value"])

    def shown_lanes(self) -> dict[str, Lane]:
        """Lanes that are not hidden."""
        return {name: lane for name, lane in self._lanes.items() if name not in self.hidden_lanes}

    def static_html(self) -> str:
        """HTML for where no script runs: as `SoundView`'s, the text, and a table for each lane of spans."""
        from audiokit_widgets.fallback import table_html

        tables = self._text.static_html(self.text_edits, self.doubtful_below) if self._text else ""
        if self.show_table:
            for name, lane in self.shown_lanes().items():
                if isinstance(lane, Spans) and lane.segments:
                    spans = [plain_span(segment) for segment in lane.segments]
                    head = f"{html.escape(name)}: {counted(len(spans), 'span')}"
                    tables += f"<details><summary>{head}</summary>{table_html(spans, caption=name)}</details>"
        return super().static_html() + tables

    def __repr__(self) -> str:
        kinds = {
            name: counted(len(lane.segments), "span") if isinstance(lane, Spans) else type(lane).__name__.lower()
            for name, lane in self._lanes.items()
        }
        told = ", ".join(f"{name!r} ({kind})" for name, kind in kinds.items())
        lanes = f"; lanes {told}" if told else ""
        text = f"; {self._text.summary(self.text_edits, self.doubtful_below)}" if self._text else ""
        return f"{super().__repr__()[:-1]}{lanes}{text})"
