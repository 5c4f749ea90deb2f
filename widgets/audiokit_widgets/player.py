"""`AudioPlayer`: hear a recording, see its waveform, its spectrogram and its segments on one clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from audiokit_widgets.coerce import as_segments
from audiokit_widgets.modules import bundle
from audiokit_widgets.view import SoundView, plain_span

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AudioPlayer"]


class AudioPlayer(SoundView):
    """A player: waveform at true amplitude, spectrogram and segments, from the whole down to single samples.

    Live in JupyterLab, and interactive wherever something runs its JavaScript. Elsewhere (an untrusted or exported
    notebook) the same object is a plain ``<audio>`` element, a picture and a table.

    Parameters
    ----------
    audio : Audio, str, Path, bytes, array_like or Sound
        A path or a file's bytes are decoded; an array of shape (time,) or (channels, time) needs `sample_rate`. A file
        that is too long to hold in memory is read piece by piece.
    segments : iterable of Segment, DataFrame, or object with `.segments`
        Drawn in a lane under the spectrogram, and listed in a table.
    title : str
        Shown above; the audio's name if empty.
    sample_rate : int, optional
        In Hz, for an array only.
    show_table : bool
        Whether the segments are also listed in a table, a row of which plays its span.

    Attributes
    ----------
    position_seconds, playing, selection, view_seconds
        See `SoundView`.
    segments : list of dict
        ``start``, ``end``, ``label``, ``score``; `set_segments` takes what the constructor takes.

    Raises
    ------
    ParameterError
        If there is nothing to play, an array comes without a rate, or the type is another.

    Examples
    --------
    >>> import numpy as np
    >>> player = AudioPlayer(np.zeros(8000), sample_rate=16000, title="silence")
    >>> player.duration_seconds, player.sound.delivery
    (0.5, 'embedded')
    """

    _esm = bundle("player.js")

    segments = traitlets.List(traitlets.Dict()).tag(sync=True)
    show_table = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(
        self,
        audio: object,
        *,
        segments: object = (),
        title: str = "",
        sample_rate: int | None = None,
        show_table: bool = True,
    ) -> None:
        spans = [plain_span(s) for s in as_segments(segments)]
        super().__init__(audio, title=title, sample_rate=sample_rate, segments=spans, show_table=show_table)

    def set_segments(self, segments: object) -> None:
        """Replace the segments by anything that the constructor takes; a live view follows."""
        self.segments = [plain_span(s) for s in as_segments(segments)]

    def static_spans(self) -> Sequence[dict[str, Any]]:
        """Segments, as the static view draws and lists them."""
        spans: Sequence[dict[str, Any]] = self.segments
        return spans
