"""What a run has put end to end so far: frames, silence for what is missing, and an account of what damage took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit.decode.frames import FrameBuffer
from audiokit.decode.timeline import Losses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Line"]

_SILENCE_SAMPLES = 65_536  # put in at once
_LOSSY = ("aac", "aac_latm", "ac3", "eac3", "mp1", "mp2", "mp3", "opus", "vorbis", "wmav1", "wmav2", "wmapro")


class Line:
    """Samples one behind the other.

    Parameters
    ----------
    sample_rate, channels : int
        Of the first frame, in Hz.
    size_bytes : int
        Of the file: so much silence it can make believable.
    codec : str
        FFmpeg's name of it.

    Attributes
    ----------
    end : int
        Sample of the track at which the next frame stands.
    buffer : FrameBuffer
        The samples.
    losses : Losses
        What damage took so far.
    """

    def __init__(self, sample_rate: int, channels: int, size_bytes: int, codec: str) -> None:
        self.end = 0
        self.buffer = FrameBuffer(sample_rate, channels)
        self.losses = Losses(sample_rate, channels, size_bytes)
        self._rate = sample_rate
        self._is_lossy = codec in _LOSSY

    def add(self, frame: Any) -> int:
        """Append a frame; return its samples."""
        samples = self.buffer.add(frame)
        self.end += samples
        return samples

    def lose_last(self, why: str, overlap: int = 0) -> None:
        """Put silence for the last frame, and take samples off its end for which there is no place."""
        self.buffer.silence_last()
        self.losses.lose(self.end - self.buffer.last, self.end - overlap, why)
        if overlap:
            self.buffer.drop(overlap)
            self.end -= overlap

    def doubt_last(self) -> None:
        """Beside damage, a frame of a lossy codec whose level no sound has is noise that was taken for one."""
        if self._is_lossy and not self.buffer.is_last_plausible:
            self.lose_last("noise was decoded")

    def silence(self, samples: int, why: str) -> Iterator[NDArray[Any]]:
        """Append silence, as far as it is believable, and yield the blocks that it fills."""
        if not self.losses.allows(samples):
            self.losses.jumps.append((self.end / self._rate, samples / self._rate))
            return
        self.doubt_last()
        self.losses.lose(self.end, self.end + samples, why)
        while samples:
            part = min(samples, _SILENCE_SAMPLES)
            self.buffer.add_silence(part)
            self.end += part
            samples -= part
            if self.buffer.is_full:
                yield self.buffer.take()
