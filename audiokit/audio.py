"""`Audio`: samples that know their rate."""

from __future__ import annotations

import base64
import html
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.levels import LevelWarning, blocks_of, peak_of, quantised, what_was_clipped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.results import Segment

__all__ = ["Audio"]


@dataclass(frozen=True, eq=False)
class Audio:
    """Sound: samples and their rate, never one without the other.

    Parameters
    ----------
    samples : ndarray, shape (channels, time) or (time,)
        Full scale is ±1. Stored as float32, always 2-D, read-only; a 1-D array becomes one channel.
    sample_rate : int
        Samples a second, in Hz.
    name : str, optional
        Where it came from, for titles.
    warnings : tuple of str, optional
        What was lost or repaired on the way in, in sentences; empty for a clean file.
    lost : tuple of Segment, optional
        The spans that damage took, in seconds from the first sample; silence stands there.
    start_seconds : float, optional
        Where in the recording the first sample stood.

    Raises
    ------
    ParameterError
        If the array has more than two dimensions or is not numeric, or the rate is not a positive whole number.

    Examples
    --------
    >>> audio = Audio(np.zeros(8000), sample_rate=16000)
    >>> audio.samples.shape, audio.duration_seconds
    ((1, 8000), 0.5)
    """

    samples: NDArray[np.float32]
    sample_rate: int
    name: str = ""
    warnings: tuple[str, ...] = field(default=())
    lost: tuple[Segment, ...] = field(default=())
    start_seconds: float = 0.0

    def __post_init__(self) -> None:
        array = np.asarray(self.samples)
        if array.ndim == 1:
            array = array[np.newaxis, :]
        if array.ndim != 2 or array.shape[0] == 0 or array.dtype.kind not in "fiu":
            raise ParameterError(
                f"Audio wants a numeric array of shape (channels, time) or (time,), got shape "
                f"{np.shape(self.samples)} of {array.dtype}.",
                cure="librosa's shape is (channels, time); soundfile's (time, channels) needs `.T`.",
            )
        if array.dtype.kind in "iu":
            raise ParameterError(
                f"Audio wants floating-point samples with full scale ±1, got {array.dtype}.",
                cure=f"Divide by full scale first, for example samples / {2 ** (8 * array.dtype.itemsize - 1)}.",
            )
        rate = self.sample_rate
        if isinstance(rate, bool) or int(rate) != rate or rate <= 0:
            raise ParameterError(f"sample_rate must be a positive whole number of Hz, got {rate!r}.")
        if array.dtype != np.float32:
            array = array.astype(np.float32)
        if array.flags.writeable:
            array = array.view()
            array.flags.writeable = False
        object.__setattr__(self, "samples", array)
        object.__setattr__(self, "sample_rate", int(rate))
        object.__setattr__(self, "warnings", tuple(self.warnings))
        object.__setattr__(self, "lost", tuple(self.lost))

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        """Number of samples in each channel."""
        return int(self.samples.shape[1])

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate

    def mono(self) -> Audio:
        """One channel: the mean of all (never the sum, never +3 dB)."""
        if self.channels == 1:
            return self
        return replace(self, samples=mean_of_channels(self.samples)[np.newaxis, :])

    def between(self, start_seconds: float = 0.0, end_seconds: float | None = None) -> Audio:
        """Return the span [start, end) as a view; bounds outside the audio are clamped to it.

        Examples
        --------
        >>> Audio(np.zeros(100), 10).between(2, 5).frames
        30
        """
        end = self.duration_seconds if end_seconds is None else end_seconds
        if not start_seconds <= end:
            raise ParameterError(f"A span must not end before it starts, got {start_seconds} .. {end} s.")
        first, last = (int(np.clip(round(t * self.sample_rate), 0, self.frames)) for t in (start_seconds, end))
        return replace(self, samples=self.samples[:, first:last])

    def encode(self, format: str = "FLAC") -> bytes:  # noqa: A002 - the field's word
        """Encode as a file in memory, sample for sample in the lossless formats.

        Loudness is never changed. `audiokit.write` has more formats, and settings.

        Parameters
        ----------
        format : {"FLAC", "WAV", "MP3", "OGG"}
            FLAC and WAV are 16-bit; what lies beyond full scale is clipped there, with a warning.

        Returns
        -------
        bytes
            A complete file.

        Raises
        ------
        ParameterError
            For an unknown format, or samples that are no numbers or not finite.

        Warns
        -----
        LevelWarning
            If samples beyond full scale were clipped, as `audiokit.write` warns.
        """
        import io

        import soundfile

        subtype = {"FLAC": "PCM_16", "WAV": "PCM_16", "MP3": "MPEG_LAYER_III", "OGG": "VORBIS"}.get(format)
        if subtype is None:
            raise ParameterError(f"Cannot encode as {format!r}.", cure="Use FLAC, WAV, MP3 or OGG.")
        peak = peak_of(self.samples)
        is_whole = subtype == "PCM_16"
        out = io.BytesIO()
        with soundfile.SoundFile(out, "w", self.sample_rate, self.channels, subtype, format=format) as file:
            for block in blocks_of(self.samples):
                file.write(quantised(block.T, 16) if is_whole else block.T)
        said = what_was_clipped(self.samples, peak) if is_whole else ""
        if said:
            warnings.warn(said, LevelWarning, stacklevel=2)
        return out.getvalue()

    def __repr__(self) -> str:
        name = f"{self.name!r}, " if self.name else ""
        return f"Audio({name}{self.duration_seconds:.3f} s, {self.sample_rate} Hz, {self.channels} channel(s))"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        text = repr(self)
        if not self.frames:
            return {"text/plain": text}
        from audiokit.embed import playable

        data, mime_type = playable(self)
        source = f"data:{mime_type};base64,{base64.b64encode(data).decode('ascii')}"
        label = html.escape(text, quote=True)
        return {
            "text/plain": text,
            "text/html": f'<audio controls src="{source}" aria-label="{label}"></audio><div>{label}</div>',
        }


def mean_of_channels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Downmix (channels, time) to (time,) by the mean; two channels take a path without a strided reduction."""
    mono: NDArray[np.float32]
    if samples.shape[0] == 1:
        mono = samples[0]
    elif samples.shape[0] == 2:
        mono = (samples[0] + samples[1]) * np.float32(0.5)
    else:
        mono = samples.mean(axis=0, dtype=np.float32)
    return mono
