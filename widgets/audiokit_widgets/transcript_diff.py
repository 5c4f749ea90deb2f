"""`TranscriptDiff`: what was said above what was written, and every error to be heard."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import traitlets

from audiokit.errors import ParameterError
from audiokit.speech.alignment import Alignment
from audiokit_widgets.diff_facts import KINDS, LETTERS, diff_facts, error_spans, errors_of, summary
from audiokit_widgets.modules import bundle, style
from audiokit_widgets.view import SoundView

if TYPE_CHECKING:
    from audiokit.speech.alignment import AlignedWord

__all__ = ["TranscriptDiff"]


class TranscriptDiff(SoundView):
    """A reference above a transcript, word by word, with the sound that both are of: a click on an error is heard.

    Errors have a colour and a sign: ``≠`` substituted, ``−`` missing, ``+`` inserted. ``N`` and ``P`` go from error to
    error; buttons hide a kind, or all that is right.

    Parameters
    ----------
    alignment : Alignment
        Of `audiokit.speech.align`.
    audio : Audio, str, Path, bytes, array_like or Sound
        See `SoundView`.
    margin_seconds : float
        What is heard before and after a word; of a missing word the gap between its neighbours is heard.
    title : str
        Shown above; the audio's name if empty.
    sample_rate : int, optional
        In Hz, for an array only.

    Attributes
    ----------
    alignment : Alignment
        What is shown.
    chosen : int
        Place of the word that is chosen among ``alignment.words``, or -1; follows the page, and sets it.
    heard : list of int
        Places of the errors that were heard so far, in order; follows the page, and sets it.
    hidden_kinds : list of str
        Of ``"substituted"``, ``"missing"`` and ``"inserted"``: shown as if they were right, and stepped over.
    only_errors : bool
        Whether what is right is left out, but for three words about each error.
    margin_seconds : float
        As given; follows when set.
    selection, view_seconds, position_seconds, playing
        See `SoundView`.

    Raises
    ------
    ParameterError
        If it is no alignment, or the margin is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from audiokit.speech import Transcript, Word, align
    >>> words = (Word(0.1, 0.3, "den"), Word(0.4, 0.8, "metres"))
    >>> found = align("ten metres", Transcript(words, "den metres", "en", "example 1.0", "draft", 1.0))
    >>> diff = TranscriptDiff(found, np.zeros(16000), sample_rate=16000)
    >>> diff.chosen = 0
    >>> diff.chosen_word.said, diff.chosen_word.heard
    ('ten', 'den')
    """

    _esm = bundle("transcript_diff.js")
    _css = style("kit/theme.css", "kit/stage.css", "words.css", "transcript_diff.css")

    facts = traitlets.Dict().tag(sync=True)
    word_bytes = traitlets.Bytes(b"").tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)
    heard = traitlets.List(traitlets.Int()).tag(sync=True)
    hidden_kinds = traitlets.List(traitlets.Unicode()).tag(sync=True)
    only_errors = traitlets.Bool(default_value=False).tag(sync=True)
    margin_seconds = traitlets.Float(0.3).tag(sync=True)

    def __init__(
        self,
        alignment: Alignment,
        audio: object,
        *,
        margin_seconds: float = 0.3,
        title: str = "",
        sample_rate: int | None = None,
    ) -> None:
        if not isinstance(alignment, Alignment):
            raise ParameterError(
                f"A TranscriptDiff wants what audiokit.speech.align returns, got {type(alignment).__name__}.",
                cure="TranscriptDiff(align(reference, transcript), audio)",
            )
        self.alignment = alignment
        facts, data = diff_facts(alignment)
        super().__init__(
            audio, title=title, sample_rate=sample_rate, facts=facts, word_bytes=data, margin_seconds=margin_seconds
        )

    @property
    def chosen_word(self) -> AlignedWord | None:
        """The word that `chosen` names, or None."""
        return self.alignment.words[self.chosen] if self.chosen >= 0 else None

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: dict[str, Any]) -> int:
        if not -1 <= proposal["value"] < len(self.alignment.words):
            raise ParameterError(
                f"chosen must be the place of a word or -1, got {proposal['value']}.",
                cure=f"There are {len(self.alignment.words)} words.",
            )
        return int(proposal["value"])

    @traitlets.validate("heard")
    def _check_heard(self, proposal: dict[str, Any]) -> list[int]:
        wrong = set(proposal["value"]) - set(errors_of(self.alignment))
        if wrong:
            raise ParameterError(f"heard wants places of errors, got {sorted(wrong)}, where there is none.")
        return list(dict.fromkeys(proposal["value"]))

    @traitlets.validate("hidden_kinds")
    def _check_hidden(self, proposal: dict[str, Any]) -> list[str]:
        wrong = [kind for kind in proposal["value"] if kind not in KINDS]
        if wrong:
            raise ParameterError(f"There are no errors of the kinds {wrong}.", cure=f"Kinds: {list(KINDS)}.")
        return list(proposal["value"])

    @traitlets.validate("margin_seconds")
    def _check_margin(self, proposal: dict[str, Any]) -> float:
        if not 0 <= proposal["value"] < float("inf"):
            raise ParameterError(f"margin_seconds must be 0 or more, got {proposal['value']}.")
        return float(proposal["value"])

    def picture(self) -> bytes:
        """The sound, and below it where its errors are, as one PNG, for pages that cannot run the view.

        Returns
        -------
        bytes
            A palette PNG, 1640 pixels wide.
        """
        from audiokit_widgets.lanes_picture import draw_lanes

        name = "errors: " + ", ".join(f"{LETTERS[kind]} {noun}" for kind, noun in KINDS.items())
        lanes = {name: error_spans(self.alignment.words, self.hidden_kinds)}
        return draw_lanes(lanes, duration_seconds=self.duration_seconds, above=super().picture())

    def static_html(self) -> str:
        """HTML for where no script runs: rates, the sound, the picture, both texts, a table of the errors; escaped."""
        from audiokit_widgets.diff_static import diff_html

        audio = self.sound.static_audio(self.model_id)  # first: the summary says how it was encoded
        return diff_html(
            title=self.title,
            summary=self.sound.summary,
            notes=(*self.sound.notes, *self.facts["notes"]),
            alignment=self.alignment,
            audio=audio,
            picture=base64.b64encode(self.picture()).decode("ascii"),
            duration_seconds=self.duration_seconds,
        )

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}; {summary(self.alignment)})"
