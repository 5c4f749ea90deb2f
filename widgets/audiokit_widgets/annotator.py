"""`Annotator`: draw, move, resize and name spans of a recording; they are in Python at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import traitlets

from audiokit.annotations import Annotations, Tier, read_annotations, write_annotations
from audiokit.errors import ParameterError
from audiokit.results import Segment
from audiokit_widgets.coerce import as_segments, is_table
from audiokit_widgets.modules import bundle, style
from audiokit_widgets.view import SoundView

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    import pandas as pd

__all__ = ["Annotator"]


class Annotator(SoundView):
    """Spans on tiers under the waveform and the spectrogram, to be drawn, moved, resized, named, removed and undone.

    By mouse: drag on free ground of a tier to draw, a span to move it, its edge to resize it; double-click names it.
    By keyboard: ``N`` new, ``[`` and ``]`` set its bounds at the cursor, ``E`` names, ``1`` to ``9`` label, ``Delete``
    removes, ``U`` undoes; ``?`` lists the keys. The table below edits numbers and labels.

    Parameters
    ----------
    audio : Audio, str, Path, bytes, array_like or Sound
        See `SoundView`.
    annotations : Annotations, str, Path, DataFrame, iterable of Segment, or object with `.segments`
        To begin with; a path is read by `audiokit.annotations.read_annotations`.
    labels : sequence of str
        Offered as buttons, with keys 1 to 9 for the first nine. Any other text can be typed.
    tiers : sequence of str
        Names of lanes to draw on, beside those of `annotations`; one named ``labels`` if there is none.
    title : str
        Shown above; the audio's name if empty.
    sample_rate : int, optional
        In Hz, for an array only.

    Attributes
    ----------
    marks : list of dict
        ``start`` and ``end`` in seconds, ``label``, ``score`` (or None), ``tier``; what the page edits.
    chosen : int
        Index into `marks` of the span that is chosen, or -1.

    Raises
    ------
    ParameterError
        If the annotations are none of these, or reach beyond the end of the sound.

    Examples
    --------
    >>> import numpy as np
    >>> annotator = Annotator(np.zeros(16000), [Segment(0.25, 0.5, "click")], sample_rate=16000)
    >>> annotator.segments
    [Segment(start_seconds=0.25, end_seconds=0.5, label='click', score=None)]
    """

    _esm = bundle("annotator.js")
    _css = style("kit/theme.css", "kit/stage.css", "annotator.css")

    marks = traitlets.List(traitlets.Dict()).tag(sync=True)
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    tiers = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)

    def __init__(
        self,
        audio: object,
        annotations: object = (),
        *,
        labels: Sequence[str] = (),
        tiers: Sequence[str] = (),
        title: str = "",
        sample_rate: int | None = None,
    ) -> None:
        document = _document(annotations)
        super().__init__(audio, title=title, sample_rate=sample_rate)
        self._begin(document, tiers)
        self.labels = list(dict.fromkeys(str(label) for label in labels))

    def _begin(self, document: Annotations, tiers: Sequence[str] = ()) -> None:
        self._recording = document.recording
        self._kinds = {tier.name: tier.kind for tier in document.tiers}
        self.tiers = list(dict.fromkeys((*document.names, *(str(name) for name in tiers)))) or ["labels"]
        self.marks = [mark for tier in document.tiers for mark in _marks(tier)]
        self.chosen = -1

    @traitlets.validate("marks")
    def _check_marks(self, proposal: dict[str, Any]) -> list[dict[str, Any]]:
        marks: list[dict[str, Any]] = proposal["value"]
        for mark in marks:
            start, end = mark["start"], mark["end"]
            if not (math.isfinite(start) and math.isfinite(end) and 0 <= start <= end):
                raise ParameterError(f"A mark lasts from 0 s or later to its start or later, got {start} .. {end} s.")
            if end > self.duration_seconds + 1e-3:
                raise ParameterError(
                    f"A mark ends at {end:g} s, the sound at {self.duration_seconds:g} s.",
                    cure="Check that the annotations belong to this recording.",
                )
        return marks

    # what was annotated

    @property
    def annotations(self) -> Annotations:
        """All tiers as they stand now, in the order of their lanes; a tier without marks is an empty one."""
        names = list(dict.fromkeys((*self.tiers, *(str(mark["tier"]) for mark in self.marks))))
        tiers = [self._tier(name, [mark for mark in self.marks if mark["tier"] == name]) for name in names]
        return Annotations(tuple(tiers), self.duration_seconds, self._recording)

    def _tier(self, name: str, marks: Sequence[dict[str, Any]]) -> Tier:
        segments = tuple(_segment(mark) for mark in marks)
        # An empty tier stays what it was; a drawn one is of points as long as all its marks are.
        points = all(s.start_seconds == s.end_seconds for s in segments)
        kind: Literal["interval", "point"] = "point" if points and self._kinds.get(name) == "point" else "interval"
        columns = dict.fromkeys(column for mark in marks for column in mark.get("extra") or ())
        extra = {column: tuple(str((mark.get("extra") or {}).get(column, "")) for mark in marks) for column in columns}
        return Tier(name, segments, kind, extra)

    @property
    def segments(self) -> list[Segment]:
        """The spans of all tiers, in order of time."""
        return list(self.annotations.segments)

    @property
    def dataframe(self) -> pd.DataFrame:
        """Columns ``tier``, ``start_seconds``, ``end_seconds``, ``label``, ``score``; a row for each span."""
        return self.annotations.to_dataframe()

    def set_annotations(self, annotations: object) -> None:
        """Replace all spans by anything that the constructor takes; in the page, that can be undone."""
        self._begin(_document(annotations))

    def save(self, path: str | os.PathLike[str], format: str = "auto", *, strict: bool = False) -> None:  # noqa: A002
        """Write what was annotated: Audacity labels, TextGrid, RTTM, CSV and more, by the path's ending or by name.

        See `audiokit.annotations.write_annotations` for what each format holds, its warnings and its errors.
        """
        write_annotations(self.annotations, path, format, strict=strict)

    def on_edit(self, callback: Callable[[pd.DataFrame], None]) -> Callable[[], None]:
        """Call with the table after each edit.

        Returns
        -------
        callable
            Ends it.
        """

        def told(_change: object) -> None:
            callback(self.dataframe)

        self.observe(told, names="marks")
        return lambda: self.unobserve(told, names="marks")

    def static_spans(self) -> Sequence[dict[str, Any]]:
        """Spans of all tiers, in order of time, as the static view draws and lists them."""
        several = len({mark["tier"] for mark in self.marks}) > 1
        ordered = sorted(self.marks, key=lambda mark: (mark["start"], mark["end"]))
        return [{**m, "label": f"{m['tier']}: {m['label']}" if several else m["label"]} for m in ordered]


def _document(annotations: object) -> Annotations:
    if isinstance(annotations, Annotations):
        return annotations
    if isinstance(annotations, str) or hasattr(annotations, "__fspath__"):
        return read_annotations(annotations)
    if is_table(annotations) and {"start_seconds", "end_seconds"} <= set(annotations.columns):  # type: ignore[attr-defined]
        return Annotations.from_dataframe(annotations)
    segments = as_segments(annotations)
    return Annotations.from_segments(segments) if segments else Annotations()


def _marks(tier: Tier) -> list[dict[str, Any]]:
    marks: list[dict[str, Any]] = [
        {"start": s.start_seconds, "end": s.end_seconds, "label": s.label, "score": s.score, "tier": tier.name}
        for s in tier.segments
    ]
    for column, texts in tier.extra.items():
        for mark, text in zip(marks, texts, strict=True):
            mark.setdefault("extra", {})[column] = text
    return marks


def _segment(mark: dict[str, Any]) -> Segment:
    score = mark.get("score")
    return Segment(
        float(mark["start"]), float(mark["end"]), str(mark["label"]), None if score is None else float(score)
    )
