"""`AudioPlayer`: hear a recording, see its waveform, its spectrogram and its segments on one clock."""

from __future__ import annotations

import base64
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from audiokit.errors import ParameterError
from audiokit_widgets.coerce import as_audio, as_segments
from audiokit_widgets.overview import mel_picture
from audiokit_widgets.scan import Scan
from audiokit_widgets.wording import counted, hertz, level

if TYPE_CHECKING:
    from audiokit.audio import Audio
    from audiokit.results import Segment

__all__ = ["AudioPlayer"]

_STATIC = Path(__file__).parent / "static"
_BINS = 2048  # columns of the outline: more than a screen has room for


class AudioPlayer(anywidget.AnyWidget):
    """A player: waveform at true amplitude, log-mel picture and segments, where a click seeks.

    Live in JupyterLab, and interactive wherever something runs its one JavaScript module. Elsewhere (an untrusted or
    exported notebook) the same object is a plain ``<audio>`` element, a picture and a table.

    Parameters
    ----------
    audio : Audio, str, Path, bytes or array_like
        A path or a file's bytes are decoded; an array of shape (time,) or (channels, time) needs `sample_rate`.
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
    position_seconds : float
        Where playback stands; follows the page, and moves it when set. Clamped to the audio.
    playing : bool
        Whether it plays; follows the page, and starts or stops it when set. A page never starts by itself when it
        is opened.
    selection : list of float
        ``[start, end]`` in seconds, or empty; drawn with shift and the mouse, or set.
    segments : list of dict
        ``start``, ``end``, ``label``, ``score``; `set_segments` takes what the constructor takes.

    Raises
    ------
    ParameterError
        If the audio holds no samples, an array comes without a rate, or the type is another.

    Examples
    --------
    >>> player = AudioPlayer(np.zeros(8000), sample_rate=16000, title="silence")
    >>> player.duration_seconds, player.mime_type
    (0.5, 'audio/flac')
    """

    _esm = _STATIC / "player.js"
    _css = _STATIC / "player.css"

    title = traitlets.Unicode("").tag(sync=True)
    audio_bytes = traitlets.Bytes(b"").tag(sync=True)
    mime_type = traitlets.Unicode("").tag(sync=True)
    summary = traitlets.Unicode("").tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    duration_seconds = traitlets.Float(0.0).tag(sync=True)
    sample_rate = traitlets.Int(0).tag(sync=True)
    channels = traitlets.Int(0).tag(sync=True)
    peaks = traitlets.Bytes(b"").tag(sync=True)
    clipped = traitlets.Bytes(b"").tag(sync=True)
    clipped_samples = traitlets.Int(0).tag(sync=True)
    mel_image = traitlets.Bytes(b"").tag(sync=True)
    mel_axis = traitlets.Dict().tag(sync=True)
    segments = traitlets.List(traitlets.Dict()).tag(sync=True)
    show_table = traitlets.Bool(default_value=True).tag(sync=True)
    position_seconds = traitlets.Float(0.0).tag(sync=True)
    playing = traitlets.Bool(default_value=False).tag(sync=True)
    selection = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(
        self,
        audio: object,
        *,
        segments: object = (),
        title: str = "",
        sample_rate: int | None = None,
        show_table: bool = True,
    ) -> None:
        from audiokit.embed import playable

        sound = as_audio(audio, sample_rate=sample_rate)
        spans = as_segments(segments)
        scan = Scan(sound, kinds=("mel",))
        scan.finish()
        (peaks,) = scan.outline(_BINS, each_channel=False)
        clipped = scan.clipped(0, scan.frames / len(peaks), len(peaks))
        mel = mel_picture(scan)
        embedded = playable(_finite(sound) if scan.not_finite else sound)
        self._levels = mel.levels
        kind = f"{_channels(sound.channels)} · {hertz(sound.sample_rate)} · peak {level(scan.peak)}"
        super().__init__(
            title=title or sound.name,
            audio_bytes=embedded.data,
            mime_type=embedded.mime_type,
            summary=f"{kind} · {embedded.note}",
            notes=_notes(sound, scan.not_finite, scan.clipped_samples),
            duration_seconds=sound.duration_seconds,
            sample_rate=sound.sample_rate,
            channels=sound.channels,
            peaks=peaks.astype("<f4").tobytes(),
            clipped=clipped.astype("<u4").tobytes() if scan.clipped_samples else b"",
            clipped_samples=scan.clipped_samples,
            mel_image=mel.png(),
            mel_axis=mel.axis,
            segments=[_plain(s) for s in spans],
            show_table=show_table,
        )

    def set_segments(self, segments: object) -> None:
        """Replace the segments by anything that the constructor takes; a live view follows."""
        self.segments = [_plain(s) for s in as_segments(segments)]

    @traitlets.validate("position_seconds")
    def _clamp_position(self, proposal: dict[str, Any]) -> float:
        value = float(proposal["value"])
        if not math.isfinite(value):
            raise ParameterError(f"position_seconds must be a finite number of seconds, got {value}.")
        return min(max(value, 0.0), float(self.duration_seconds))

    @traitlets.validate("selection")
    def _check_selection(self, proposal: dict[str, Any]) -> list[float]:
        value = [float(v) for v in proposal["value"]]
        if value and not (len(value) == 2 and 0 <= value[0] <= value[1] <= self.duration_seconds + 1e-6):
            raise ParameterError(
                f"selection must be empty or [start, end] within 0 .. {self.duration_seconds:g} s, got {value}."
            )
        return value

    def picture(self) -> bytes:
        """All lanes as one PNG, for pages that cannot run the player.

        Returns
        -------
        bytes
            A palette PNG, 1640 pixels wide.
        """
        from audiokit_widgets.pictures import draw_overview

        return draw_overview(
            peaks=np.frombuffer(self.peaks, "<f4").reshape(-1, 2),
            clipped=np.frombuffer(self.clipped, "<u4"),
            levels=self._levels,
            mel_axis=self.mel_axis,
            segments=self.segments,
            duration_seconds=self.duration_seconds,
        )

    def __repr__(self) -> str:
        name = f"{self.title!r}, " if self.title else ""
        spans = f", {counted(len(self.segments), 'segment')}" if self.segments else ""
        notes = "".join(f"; {note}" for note in self.notes)
        return f"AudioPlayer({name}{self.duration_seconds:.3f} s, {self.summary}{spans}{notes})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        from audiokit_widgets.fallback import player_html

        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        html = player_html(
            title=self.title,
            summary=self.summary,
            notes=self.notes,
            mime_type=self.mime_type,
            audio=base64.b64encode(self.audio_bytes).decode("ascii"),
            picture=base64.b64encode(self.picture()).decode("ascii"),
            segments=self.segments,
            show_table=self.show_table,
            duration_seconds=self.duration_seconds,
        )
        return {**data, "text/plain": repr(self), "text/html": html}, metadata


def _finite(audio: Audio) -> Audio:
    # encode() would turn an infinity into full scale; here it is silence, as drawn.
    return replace(audio, samples=np.nan_to_num(audio.samples, nan=0.0, posinf=0.0, neginf=0.0))


def _channels(count: int) -> str:
    return {1: "mono", 2: "stereo"}.get(count, f"{count} channels in one outline")


def _notes(audio: Audio, not_finite: int, clipped: int) -> list[str]:
    notes = [str(w) for w in audio.warnings]
    if not_finite:
        notes.append(f"{counted(not_finite, 'sample')} not finite; shown and played as 0")
    if clipped:
        notes.append(f"{counted(clipped, 'sample')} at or beyond full scale, marked in red")
    return notes


def _plain(segment: Segment) -> dict[str, Any]:
    score = segment.score
    return {
        "start": round(float(segment.start_seconds), 6),
        "end": round(float(segment.end_seconds), 6),
        "label": str(segment.label),
        "score": None if score is None or not math.isfinite(score) else round(float(score), 6),
    }
