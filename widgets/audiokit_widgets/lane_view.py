"""What views with lanes have in common: data on the wire, blocks that are asked for, and a picture of all lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from audiokit.errors import ParameterError
from audiokit_widgets.lane_data import LaneData, packed
from audiokit_widgets.view import SoundView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audiokit_widgets.lanes import Lane

__all__ = ["LaneView"]


class LaneView(SoundView):
    """A view of a sound with lanes below; `lane_facts` and `lane_bytes` are what the page draws them from."""

    lane_facts = traitlets.List(traitlets.Dict()).tag(sync=True)
    lane_bytes = traitlets.Bytes(b"").tag(sync=True)
    lane_version = traitlets.Int(0).tag(sync=True)

    def __init__(self, audio: object, lanes: Mapping[str, Lane], **options: Any) -> None:
        self._lanes = dict(lanes)
        self._lane_data: LaneData = packed(self._lanes)
        super().__init__(audio, lane_facts=self._lane_data.about, lane_bytes=self._lane_data.data, **options)
        self.on_msg(self._asked)

    @property
    def lanes(self) -> dict[str, Lane]:
        """The lanes by name, as they are drawn."""
        return dict(self._lanes)

    def _replace_lanes(self, lanes: Mapping[str, Lane]) -> None:
        self._lanes = dict(lanes)
        self._lane_data = packed(self._lanes)
        with self.hold_sync():
            self.lane_version += 1  # what was asked of the lanes before is not answered any more
            self.lane_bytes = self._lane_data.data
            self.lane_facts = self._lane_data.about

    def _asked(self, _widget: object, content: Any, _buffers: object) -> None:
        if not isinstance(content, dict) or content.get("ask") != "block" or content["version"] != self.lane_version:
            return
        lane, level, block = (int(content[key]) for key in ("lane", "level", "block"))
        held = self._lane_data.levels
        if not (0 <= lane < len(held) and 0 <= level < len(held[lane]) and block >= 0):
            raise ParameterError(f"There is no block {block} of level {level} of lane {lane}.")
        answer = {"answer": "block", "version": self.lane_version, "lane": lane, "level": level, "block": block}
        self.send(answer, buffers=self._lane_data.block(lane, level, block))

    def shown_lanes(self) -> dict[str, Lane]:
        """Lanes that the static picture holds."""
        return self.lanes

    def picture(self) -> bytes:
        """The sound and all lanes as one PNG, for pages that cannot run the view.

        Returns
        -------
        bytes
            A palette PNG, 1640 pixels wide.
        """
        from audiokit_widgets.lanes_picture import draw_lanes

        return draw_lanes(self.shown_lanes(), duration_seconds=self.duration_seconds, above=super().picture())
