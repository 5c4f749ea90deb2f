"""`Inspector`: everything that is known of a recording over time, on one clock."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, cast

import traitlets

from audiokit.errors import ParameterError
from audiokit_widgets.lane_sources import as_lanes
from audiokit_widgets.lane_view import LaneView
from audiokit_widgets.lanes import Lane, Spans
from audiokit_widgets.modules import bundle, style
from audiokit_widgets.view import plain_span
from audiokit_widgets.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audiokit.annotations import Annotations
    from audiokit.results import Segment

__all__ = ["Inspector"]


class Inspector(LaneView):
    """Waveform, spectrogram, and below them any number of lanes: spans, curves, matrices; all spans in one table.

    A click on a span finds its row, a click on a row is heard; in the table the arrow keys move and Enter hears. Lanes
    are shown and hidden by the menu "Lanes".

    Parameters
    ----------
    audio : Audio, str, Path, bytes, array_like or Sound
        See `SoundView`.
    lanes : dict of str to object, or Annotations
        A name for each lane, and what it shows: `Segment` values, words, a DataFrame with start and end columns, an
        annotation tier, or any object with ``.segments`` or ``.words``; a `Curve`; a `Matrix`; a `ModelInput`. Of
        `Annotations` each tier is a lane.
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
    selection, view_seconds, position_seconds, playing
        See `SoundView`.

    Raises
    ------
    ParameterError
        If a lane is none of these, or an array does not say when its values are.

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
    _css = style("kit/theme.css", "kit/stage.css", "inspector.css")

    chosen = traitlets.List().tag(sync=True)
    hidden_lanes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    show_table = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(
        self,
        audio: object,
        lanes: Mapping[str, object] | Annotations | None = None,
        *,
        table: bool = True,
        title: str = "",
        sample_rate: int | None = None,
    ) -> None:
        super().__init__(audio, as_lanes(lanes), title=title, sample_rate=sample_rate, show_table=table)

    def set_lanes(self, lanes: Mapping[str, object] | Annotations) -> None:
        """Replace the lanes by anything that the constructor takes; a live view follows."""
        wanted = as_lanes(lanes)
        self.chosen = []
        self.hidden_lanes = [name for name in self.hidden_lanes if name in wanted]
        self._replace_lanes(wanted)

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
        """HTML for where no script runs: as `SoundView`'s, and a table for each lane of spans."""
        from audiokit_widgets.fallback import table_html

        tables = ""
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
        return f"{super().__repr__()[:-1]}{lanes})"
