"""Pictures and sound to MP4: H.264 and AAC by PyAV, in sync to the sample."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from audiokit.decode.encode import Options, check
from audiokit.errors import LibraryUnavailable, OutputUnwritable, ParameterError
from audiokit.lipsync.clock import frame_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FilmWriter"]

_ENCODERS = ("libx264", "h264_videotoolbox", "libopenh264", "h264_mf", "h264_nvenc")
_AAC_LAYOUTS = {1: "mono", 2: "stereo"}


class FilmWriter:
    """Write a film; use it as a context, which closes it.

    Video frame ``i`` is shown at exactly ``i / f`` seconds after the first sample of the sound. There are no B frames,
    so a frame is out as soon as it is in; the encoder's priming of the sound is cut by the file's edit list.

    Parameters
    ----------
    target : binary file object
        Where to; can be written and sought, or only written if `fragmented`.
    height, width : int
        Of the frames, both even.
    frames_per_second : int, float, str or Fraction
        See `clock.frame_rate`.
    sample_rate, channels : int
        Of the sound: a rate that AAC holds, and one or two channels.
    fragmented : bool
        Write pieces that can be played while the rest is still being made.
    quality : int
        x264's constant rate factor, 0 (best) to 51.

    Raises
    ------
    ParameterError
        For a size, rate or number of channels that does not go.
    LibraryUnavailable
        If this PyAV has no encoder for H.264.
    """

    def __init__(
        self,
        target: BinaryIO,
        height: int,
        width: int,
        frames_per_second: float | str | Fraction,
        sample_rate: int,
        channels: int = 1,
        *,
        fragmented: bool = False,
        quality: int = 20,
    ) -> None:
        import av

        if height < 2 or width < 2 or height % 2 or width % 2:
            raise ParameterError(f"H.264 wants an even height and width, got {height} x {width}.")
        if channels not in _AAC_LAYOUTS:
            raise ParameterError(f"A film's sound has one or two channels, got {channels}.", cure="Mix it down first.")
        if not 0 <= quality <= 51:
            raise ParameterError(f"quality lies between 0 and 51, got {quality}.")
        check("m4a", channels, sample_rate, Options())
        self.rate = frame_rate(frames_per_second)
        self._size = (height, width)
        self._channels, self._sample_rate = channels, sample_rate
        self._frames = self._samples = 0
        self._rest: NDArray[np.float32] = np.empty((channels, 0), np.float32)
        codec = next((name for name in _ENCODERS if name in av.codecs_available), None)
        if codec is None:
            raise LibraryUnavailable("This PyAV has no encoder for H.264.", cure="`pip install --force-reinstall av`.")
        # Edit lists count in this clock: the frame and the sample are whole numbers of it
        muxer = {"movie_timescale": str(sample_rate)}
        if fragmented:
            muxer["movflags"] = "frag_keyframe+empty_moov+default_base_moof+delay_moov"
        self._container: Any = av.open(target, "w", format="mp4", options=muxer)
        self._video: Any = self._container.add_stream(codec, rate=self.rate)
        self._video.width, self._video.height, self._video.pix_fmt = width, height, "yuv420p"
        self._video.time_base = self._video.codec_context.time_base = 1 / self.rate
        self._video.codec_context.gop_size = max(1, round(self.rate))
        self._video.codec_context.max_b_frames = 0
        self._video.options = {"preset": "veryfast", "crf": str(quality)} if codec == "libx264" else {}
        self._sound: Any = self._container.add_stream("aac", rate=sample_rate, layout=_AAC_LAYOUTS[channels])
        self._sound.bit_rate = min(80_000, 4 * sample_rate) * channels
        self._sound.codec_context.format = av.AudioFormat("fltp")
        self._sound.time_base = Fraction(1, sample_rate)
        self._sound.codec_context.open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._container.close()

    @property
    def frames(self) -> int:
        """How many frames have been written."""
        return self._frames

    @property
    def samples(self) -> int:
        """How many samples of sound have been written."""
        return self._samples

    def write_frame(self, picture: NDArray[np.uint8]) -> None:
        """Write the next frame, shape (height, width, 3), uint8, RGB.

        Raises
        ------
        ParameterError
            For another shape.
        OutputUnwritable
            If FFmpeg or the disk refuses.
        """
        import av

        if picture.shape != (*self._size, 3) or picture.dtype != np.uint8:
            raise ParameterError(
                f"This film's frames have shape {(*self._size, 3)} in uint8, got {picture.shape} in {picture.dtype}."
            )
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts, frame.time_base = self._frames, 1 / self.rate
        self._frames += 1
        self._mux(self._video, frame)

    def write_sound(self, samples: NDArray[np.float32]) -> None:
        """Write the next samples, shape (channels, time), float32, full scale ±1; any number of them.

        Raises
        ------
        ParameterError
            For another number of channels.
        OutputUnwritable
            If FFmpeg or the disk refuses.
        """
        if samples.ndim != 2 or samples.shape[0] != self._channels:
            raise ParameterError(f"This film's sound has shape ({self._channels}, time), got {samples.shape}.")
        self._rest = np.concatenate([self._rest, samples.astype(np.float32, copy=False)], axis=1)
        size = self._sound.codec_context.frame_size
        while self._rest.shape[1] >= size:
            self._write_block(self._rest[:, :size])
            self._rest = self._rest[:, size:]

    def _write_block(self, block: NDArray[np.float32]) -> None:
        import av

        clean = np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0)  # AAC's encoder refuses what is no number
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(clean), "fltp", _AAC_LAYOUTS[self._channels])
        frame.sample_rate, frame.pts = self._sample_rate, self._samples
        frame.time_base = Fraction(1, self._sample_rate)
        self._samples += block.shape[1]
        self._mux(self._sound, frame)

    def close(self) -> None:
        """Write what is left, and end the file; the target stays open."""
        if self._rest.shape[1]:
            self._write_block(self._rest)  # may be shorter: so the length is stated exactly
            self._rest = self._rest[:, :0]
        self._mux(self._video, None)
        self._mux(self._sound, None)
        try:
            self._container.close()
        except (OSError, ValueError) as error:
            raise _unwritable(error) from error

    def _mux(self, stream: Any, frame: Any) -> None:
        try:
            self._container.mux(stream.encode(frame))
        except (OSError, ValueError) as error:  # FFmpeg's errors are one or the other
            raise _unwritable(error) from error


def _unwritable(error: Exception) -> OutputUnwritable:
    reason = getattr(error, "strerror", None) or str(error)
    return OutputUnwritable(f"The film cannot be written ({reason}).", cure="Check the free space on the disk.")
