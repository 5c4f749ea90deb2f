"""`SegmentTable`: spans of time as a table, where there is no sound to go with them."""

from __future__ import annotations

from audiokit_widgets.coerce import as_segments
from audiokit_widgets.wording import counted

__all__ = ["SegmentTable"]

_TEXT_ROWS = 20


class SegmentTable:
    """Segments as a plain, accessible table; the same live, untrusted and exported.

    With the sound at hand use ``AudioPlayer(audio, segments=segments)``: its table plays a row's span on a click.

    Parameters
    ----------
    segments : iterable of Segment, DataFrame, or object with `.segments`
        See `AudioPlayer`.
    title : str
        The table's caption.

    Raises
    ------
    ParameterError
        If it is none of these.

    Examples
    --------
    >>> from audiokit import Segment
    >>> SegmentTable([Segment(0.5, 2.0, "speech")])
    SegmentTable: 1 segment, 1.500 s in all
       0.500 ..    2.000 s  speech
    """

    def __init__(self, segments: object, *, title: str = "") -> None:
        self.segments = as_segments(segments)
        self.title = title

    def __repr__(self) -> str:
        total = sum(s.duration_seconds for s in self.segments)
        lines = [f"SegmentTable: {counted(len(self.segments), 'segment')}, {total:.3f} s in all"]
        lines += [f"{s.start_seconds:8.3f} .. {s.end_seconds:8.3f} s  {s.label}" for s in self.segments[:_TEXT_ROWS]]
        if len(self.segments) > _TEXT_ROWS:
            lines.append(f"... and {len(self.segments) - _TEXT_ROWS} more")
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from audiokit_widgets.fallback import table_html

        rows = [
            {"start": s.start_seconds, "end": s.end_seconds, "label": s.label, "score": s.score} for s in self.segments
        ]
        caption = self.title or counted(len(rows), "segment")
        return {"text/plain": repr(self), "text/html": table_html(rows, caption=caption)}
