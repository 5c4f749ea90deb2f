"""What a file format cannot hold: counted while writing, then said in one sentence."""

from __future__ import annotations

from audiokit.errors import LossyFormat

__all__ = ["AnnotationLossWarning", "Losses"]


class AnnotationLossWarning(UserWarning):
    """Something of the annotations is not in what was written, or read; the message says what, and how often."""


class Losses:
    """What has been left out or changed so far.

    Parameters
    ----------
    format_name : str
        As people know it, for example ``"an Audacity label file"``.

    Examples
    --------
    >>> losses = Losses("an SRT file")
    >>> losses.add("scores", 3)
    >>> losses.add("names of tiers", 0)
    >>> losses.message
    'An SRT file cannot hold all of this: scores (3).'
    """

    def __init__(self, format_name: str) -> None:
        self.format_name = format_name
        self._counts: dict[str, int] = {}
        self._is_read = False

    def add(self, what: str, count: int = 1) -> None:
        """Count something that is lost.

        Parameters
        ----------
        what : str
            In the plural, with what stands in its place where something does.
        count : int
            How many; nothing happens for 0.
        """
        if count:
            self._counts[what] = self._counts.get(what, 0) + count

    def __bool__(self) -> bool:
        return bool(self._counts)

    def was_read(self) -> None:
        """Let the message speak of reading: not the format is too small, but what we keep of it."""
        self._is_read = True

    @property
    def message(self) -> str:
        """One sentence: what cannot be held, and how many of each."""
        parts = "; ".join(f"{what} ({count})" for what, count in self._counts.items())
        name = self.format_name[:1].upper() + self.format_name[1:]
        return (
            f"Of {self.format_name}, left out: {parts}."
            if self._is_read
            else f"{name} cannot hold all of this: {parts}."
        )

    def refuse(self) -> None:
        """Raise LossyFormat if anything has been counted."""
        if self:
            other = "" if self._is_read else "Choose another format (a CSV table holds the most), or pass "
            raise LossyFormat(self.message, cure=f"{other or 'Pass '}strict=False.")
