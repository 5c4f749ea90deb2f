"""`TagCard`: what tagging found in a sound, and where."""

from __future__ import annotations

import base64
from typing import Any

import traitlets

from audiokit.errors import ParameterError
from audiokit.tagging.result import TagResult
from audiokit_widgets.lane_view import LaneView
from audiokit_widgets.lanes import Spans
from audiokit_widgets.modules import bundle, style
from audiokit_widgets.tag_facts import MARKS, card_facts

__all__ = ["TagCard"]


class TagCard(LaneView):
    """Voice, mood and genre of a sound with their states, and below them the sound with all that has a place in time.

    A state is a word with a mark. What an expert heard can be heard; below, where each millisecond went.

    Parameters
    ----------
    result : TagResult
        Of `audiokit.tag`.
    audio : Audio, str, Path, bytes, array_like or Sound, optional
        The sound that was tagged; what the result was made from if None.
    title : str
        Shown above; the result's name if empty.
    sample_rate : int, optional
        In Hz, for an array only.

    Attributes
    ----------
    result : TagResult
        What is shown.
    selection, view_seconds, position_seconds, playing
        See `SoundView`.

    Raises
    ------
    ParameterError
        If it is no result, or there is no sound to go with it.
    """

    _esm = bundle("tag_card.js")
    _css = style("kit/theme.css", "kit/stage.css", "tag_card.css")

    facts = traitlets.Dict().tag(sync=True)

    def __init__(
        self, result: TagResult, audio: object = None, *, title: str = "", sample_rate: int | None = None
    ) -> None:
        if not isinstance(result, TagResult):
            raise ParameterError(
                f"A TagCard wants what audiokit.tag returns, got {type(result).__name__}.",
                cure="TagCard(audiokit.tag(path))",
            )
        sound = result.source if audio is None else audio
        if sound is None:
            raise ParameterError(
                "The result was made from something that cannot be read again, and no sound was given.",
                cure="TagCard(result, audio=...)",
            )
        self.result = result
        lanes = {name: Spans(spans) for name, spans in result.lanes.items()}
        super().__init__(sound, lanes, title=title or result.name, sample_rate=sample_rate, facts=card_facts(result))

    def static_html(self) -> str:
        """HTML for where no script runs: a table of the branches, the sound, the picture and the stages; escaped."""
        from audiokit_widgets.tag_static import card_html

        audio = self.sound.static_audio(self.model_id)  # first: the summary says how it was encoded
        return card_html(
            title=self.title,
            summary=self.sound.summary,
            notes=self.sound.notes,
            facts=self.facts,
            audio=audio,
            picture=base64.b64encode(self.picture()).decode("ascii"),
            duration_seconds=self.duration_seconds,
        )

    def __repr__(self) -> str:
        facts: dict[str, Any] = self.facts
        said = "".join(
            f"\n{branch['title']:5} {MARKS[branch['state']]} {branch['word']} ({branch['state']}). {branch['sentence']}"
            for branch in facts["branches"]
        )
        return f"{super().__repr__()}{said}"
