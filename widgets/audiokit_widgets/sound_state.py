"""The state of a sound that its views on a page share."""

from __future__ import annotations

import math
from typing import Any

import anywidget
import traitlets

from audiokit.errors import ParameterError

__all__ = ["SoundState"]


class SoundState(anywidget.AnyWidget):
    """What a page and a kernel know of a sound, each from the other.

    Attributes
    ----------
    title : str
        Its name.
    digest : str
        SHA-256 of the samples and their rate; of a long file, of its path, time and size.
    mime_type, size_bytes, digest_bytes : str, int, str
        Of the bytes that are embedded in pages; empty until they are first needed.
    delivery : {"embedded", "served", "chunks"}
        Whether the sound is in the page, is fetched as a file from the Jupyter server, or comes in pieces from the
        kernel.
    is_preview : bool
        Whether what is heard has lost something.
    heard_channels : int
        How many channels can be heard; one where a preview holds their mean.
    duration_seconds, sample_rate, channels, frames
        Its size. The length of a long file is its header's word until it has been scanned.
    peak : float
        Largest magnitude so far; 1 is full scale.
    clipped_samples : int
        At or beyond full scale, so far.
    fraction : float
        How much has been looked at, 0 to 1.
    summary, notes : str, list of str
        For people: what it is, and what is wrong with it.
    outline, outline_scale, outline_rows, clips, clip_frames_per_bin, overviews, mel_overview, linear_overview
        Pictures of the whole; see `audiokit_widgets.packing`.
    remade : list of str
        Which of them a page makes again of the embedded bytes, where it holds those; see `remade_pictures`.
    position_seconds : float
        Where playback stands; follows the page, and moves it when set. Clamped to the sound.
    playing : bool
        Whether it plays; follows the page, and starts or stops it when set.
    """

    title = traitlets.Unicode("").tag(sync=True)
    digest = traitlets.Unicode("").tag(sync=True)
    mime_type = traitlets.Unicode("").tag(sync=True)
    size_bytes = traitlets.Int(0).tag(sync=True)
    digest_bytes = traitlets.Unicode("").tag(sync=True)
    delivery = traitlets.Unicode("").tag(sync=True)
    served = traitlets.Dict().tag(sync=True)
    chunk_seconds = traitlets.Float(0.0).tag(sync=True)
    chunk_count = traitlets.Int(0).tag(sync=True)
    is_preview = traitlets.Bool(default_value=False).tag(sync=True)
    heard_channels = traitlets.Int(0).tag(sync=True)
    duration_seconds = traitlets.Float(0.0).tag(sync=True)
    sample_rate = traitlets.Int(0).tag(sync=True)
    channels = traitlets.Int(0).tag(sync=True)
    frames = traitlets.Int(0).tag(sync=True)
    summary = traitlets.Unicode("").tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    peak = traitlets.Float(0.0).tag(sync=True)
    clipped_samples = traitlets.Int(0).tag(sync=True)
    fraction = traitlets.Float(0.0).tag(sync=True)
    outline = traitlets.Bytes(b"").tag(sync=True)
    outline_scale = traitlets.Float(1.0).tag(sync=True)
    outline_rows = traitlets.Int(1).tag(sync=True)
    clips = traitlets.Bytes(b"").tag(sync=True)
    clip_frames_per_bin = traitlets.Int(1).tag(sync=True)
    overviews = traitlets.Dict().tag(sync=True)
    mel_overview = traitlets.Bytes(b"").tag(sync=True)
    linear_overview = traitlets.Bytes(b"").tag(sync=True)
    remade = traitlets.List(traitlets.Unicode()).tag(sync=True)
    position_seconds = traitlets.Float(0.0).tag(sync=True)
    playing = traitlets.Bool(default_value=False).tag(sync=True)

    @traitlets.validate("position_seconds")
    def _clamp_position(self, proposal: dict[str, Any]) -> float:
        value = float(proposal["value"])
        if not math.isfinite(value):
            raise ParameterError(f"position_seconds must be a finite number of seconds, got {value}.")
        return min(max(value, 0.0), float(self.duration_seconds))
