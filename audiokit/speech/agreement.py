"""Which words of a text that is still being heard will stay: those in which two hearings in a row agree.

Source: Liu et al., "Low-latency sequence-to-sequence speech recognition" (Interspeech 2020), local agreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from audiokit.speech.scoring import normalised

__all__ = ["StablePrefix"]


@dataclass
class StablePrefix:
    """Words that have been told as stable; they are only ever added to.

    Examples
    --------
    >>> prefix = StablePrefix()
    >>> [prefix.heard(text.split()) for text in ("the whether", "The weather is", "the weather was")]
    [((), ('the', 'whether')), (('The',), ('weather', 'is')), (('The', 'weather'), ('was',))]
    """

    stable: list[str] = field(default_factory=list)
    _last: list[str] = field(default_factory=list)

    def heard(self, words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Take another hearing of the whole.

        Parameters
        ----------
        words : sequence of str
            All of it, from the beginning. Capitals and punctuation do not count in comparing.

        Returns
        -------
        stable : tuple of str
            What has been agreed on so far.
        loose : tuple of str
            What follows in this hearing.
        """
        while len(self.stable) < min(len(words), len(self._last)):
            place = len(self.stable)
            if normalised(words[place]) != normalised(self._last[place]):
                break
            self.stable.append(words[place])
        self._last = list(words)
        return tuple(self.stable), tuple(words[len(self.stable) :])

    def holds_in(self, words: Sequence[str]) -> bool:
        """Whether a last hearing begins with what was told as stable."""
        first = [normalised(word) for word in words[: len(self.stable)]]
        return first == [normalised(word) for word in self.stable]
