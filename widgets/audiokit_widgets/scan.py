"""What a sound looks like at every zoom: scanned once from end to end, then asked for peaks and spectrogram tiles."""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import Audio
from audiokit.dsp.bins import bin_edges, check_channel
from audiokit.dsp.pyramid import PeakPyramid
from audiokit_widgets.bands import KINDS, Kind
from audiokit_widgets.closeup import exact_clipped, exact_peaks
from audiokit_widgets.overviews import OverviewPicture, Overviews
from audiokit_widgets.reading import held_or_left, reader_of
from audiokit_widgets.tiles import Spectrograms, level_count, whole

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from audiokit.decode import AudioInfo

__all__ = ["OverviewPicture", "Scan"]

_LAID_OUT_FRAMES = 1 << 31  # a header can claim days; beyond this the pyramid grows as frames really come


class Scan:
    """A sound's outline and spectrogram from three hours down to single samples.

    `steps` or `finish` scans it, once. Until then, and in between, everything can be asked, from any thread, and what
    needs the scan shows what there is so far. Nothing grows with the length of a sound in a file but the peak pyramid,
    13 MB for an hour of stereo at 44.1 kHz.

    Parameters
    ----------
    source : Audio, str, Path or bytes
        Samples in memory, or a file (or its content), which is decoded span by span; of it, only the header is read at
        construction. `Scan.of` chooses what is better.
    kinds : sequence of {"mel", "linear"}
        Spectrograms of which the scan makes an overview.
    told : AudioInfo, optional
        What `audiokit.decode.info` said of a file, if it was asked already.

    Attributes
    ----------
    sample_rate, channels : int
        Of the sound.
    complete : bool
        Whether all of it has been scanned.
    warnings : list of str
        What is wrong with it, in sentences; of a file, as far as it was scanned.

    Raises
    ------
    InputError
        As `audiokit.decode.info`.
    ParameterError
        If there are no samples, the type is another, or a kind is unknown.

    Examples
    --------
    >>> scan = Scan(Audio(np.float32([0.0, 0.5, -1.0, 0.25]), 8000))
    >>> scan.finish()
    >>> scan.peaks(1, 1.0, 2).tolist(), scan.peaks(0, 4.0, 1).tolist(), scan.clipped_samples
    ([[0.5, 0.5], [-1.0, -1.0]], [[-1.0, 0.5]], 1)
    """

    def __init__(
        self, source: Audio | str | Path | bytes, *, kinds: tuple[Kind, ...] = KINDS, told: AudioInfo | None = None
    ) -> None:
        self.warnings: list[str] = []
        self._reader = reader_of(source, told)
        if isinstance(source, Audio):
            self.warnings += [str(warning) for warning in source.warnings]
        self.sample_rate, self.channels = self._reader.sample_rate, self._reader.channels
        self.complete = False
        probable = self._reader.probable_frames or 0
        self._pyramid = PeakPyramid(
            self.sample_rate, self.channels, expected_frames=min(probable, _LAID_OUT_FRAMES // self.channels)
        )
        self._spectrograms = Spectrograms(self._reader)
        top = level_count(probable, self.sample_rate) - 1
        self._overviews = Overviews(self._spectrograms, kinds, top)
        self._turn = threading.Lock()  # held by the one who scans
        self._pass = self._scanned()
        self._failure: Exception | None = None

    @classmethod
    def of(cls, source: object, *, sample_rate: int | None = None, kinds: tuple[Kind, ...] = KINDS) -> Scan:
        """Hold a sound in memory if it is small, and leave it in its file otherwise.

        Parameters
        ----------
        source : Audio, str, Path, bytes or array_like
            As `audiokit_widgets.coerce.as_audio`. A file that decodes to more than 64 MB, or does not say to how much,
            is never held as a whole.
        sample_rate : int, optional
            In Hz, for an array only.
        kinds : sequence of {"mel", "linear"}
            As for `Scan`.

        Returns
        -------
        Scan
        """
        return cls(held_or_left(source, sample_rate), kinds=kinds)

    @property
    def frames(self) -> int:
        """Length in samples; before a file is scanned to its end, what its header says, or what has come so far."""
        if self._reader.frames is not None:
            return self._reader.frames
        return max(self._reader.probable_frames or 0, self._pyramid.frames)

    @property
    def duration_seconds(self) -> float:
        """Length in seconds, known as well as `frames` is."""
        return self.frames / self.sample_rate

    @property
    def fraction(self) -> float:
        """How much has been scanned, 0 to 1; 0 until the end for a file that does not say how long it is."""
        if self.complete:
            return 1.0
        told = self._reader.probable_frames
        return min(self._pyramid.frames / told, 1.0) if told else 0.0

    @property
    def not_finite(self) -> int:
        """Samples that are NaN or infinite, so far; they are shown as 0."""
        return self._pyramid.not_finite

    @property
    def clipped_samples(self) -> int:
        """Samples at or beyond full scale, so far, over all channels."""
        return self._pyramid.clipped_samples

    @property
    def peak(self) -> float:
        """The largest magnitude so far; 1.0 is full scale."""
        return self._pyramid.peak

    def steps(self, seconds_between: float = 0.1) -> Generator[float]:
        """Scan the sound, and pause now and then.

        A generator that is left is taken up by the next; the sound is scanned only once.

        Parameters
        ----------
        seconds_between : float
            Work between two pauses, about.

        Yields
        ------
        float
            `fraction`. The last is 1, when `complete` is true.

        Raises
        ------
        InputError
            If a file cannot be decoded (any further).
        """
        while not self.complete:
            began = time.monotonic()
            with self._turn:
                if self._failure is not None:
                    raise self._failure
                while not self.complete:
                    self._advance()
                    if time.monotonic() - began >= seconds_between:
                        break
            yield self.fraction

    def finish(self) -> None:
        """Scan what has not been scanned."""
        for _ in self.steps(math.inf):
            pass

    def peaks(
        self, start_frame: float, frames_per_bin: float, bins: int, channel: int | None = None
    ) -> NDArray[np.float32]:
        """Lowest and highest sample of each bin, at true amplitude.

        Below 256 frames a bin the samples themselves are looked at, whether scanned or not, and the answer is exact.
        From there on it comes from what was scanned: it misses no sample of a bin, and may include up to 255 before
        and after it.

        Parameters
        ----------
        start_frame, frames_per_bin, bins
            Borders as `audiokit.dsp.bins.bin_edges` has them; at 1.0 frames a bin, both columns are the sample.
        channel : int, optional
            Counted from 0; None encloses all.

        Returns
        -------
        ndarray, shape (bins, 2), float32
            Minimum and maximum; NaN outside of the sound, and where it has not been scanned.

        Raises
        ------
        ParameterError
            If a number is out of its range.
        """
        check_channel(channel, self.channels)
        if frames_per_bin >= self._pyramid.base_bin:
            return self._pyramid.query(start_frame, frames_per_bin, bins, channel)
        return exact_peaks(self._reader, bin_edges(start_frame, frames_per_bin, bins), channel)

    def clipped(self, start_frame: float, frames_per_bin: float, bins: int) -> NDArray[np.uint32]:
        """Samples at or beyond full scale in each bin, over all channels: (bins,), uint32; arguments as for `peaks`.

        Exact below 256 frames a bin; from there on, what lies up to 255 frames before or after a bin may count too.
        """
        if frames_per_bin >= self._pyramid.base_bin:
            return self._pyramid.clipped(start_frame, frames_per_bin, bins)
        return exact_clipped(self._reader, bin_edges(start_frame, frames_per_bin, bins))

    def outline(self, bins: int = 2048, *, each_channel: bool = True) -> NDArray[np.float32]:
        """Outline the whole sound, each channel or all in one: (channels or 1, bins, 2), float32, as `peaks`.

        There are at most so many bins: one for each frame where a sound is shorter.
        """
        bins = max(1, min(bins, self.frames))
        per_bin = max(self.frames / bins, 1.0)
        which = range(self.channels) if each_channel else [None]
        return np.stack([self.peaks(0, per_bin, bins, channel) for channel in which])

    @property
    def levels(self) -> int:
        """How many zooms the tiles have; at the last, ``levels - 1``, 4 tiles hold the whole sound."""
        return level_count(self.frames, self.sample_rate)

    def hop_seconds(self, level: int) -> float:
        """Length of a tile's column at a level: that of level 0, doubled with each."""
        return self._spectrograms.hop(level) / self.sample_rate

    def sampled(self, kind: Kind, level: int) -> float:
        """The part of the sound that lies under a level's windows, 1 where they touch or overlap."""
        return self._spectrograms.sampled(kind, level)

    def tile(self, kind: Kind, level: int, index: int) -> NDArray[np.uint8]:
        """One tile of the spectrogram, computed from the samples, whether they have been scanned or not.

        Parameters
        ----------
        kind : {"mel", "linear"}
            See `audiokit_widgets.bands.Bands`.
        level : int
            0 is the finest; `levels` says how many there are.
        index : int
            Tile ``i`` begins at ``i * 256 * hop_seconds(level)``.

        Returns
        -------
        ndarray, shape (bands, 256), uint8
            As `OverviewPicture.levels`; 0 beyond the end of the sound.

        Raises
        ------
        ParameterError
            If the kind is unknown, or a number is negative or not a whole one.
        InputError
            If the file cannot be decoded there.
        """
        index = whole(index, "index")
        seen = self._overviews.tile(kind, self._spectrograms.hop(level), index) if self.complete else None
        return self._spectrograms.tile(kind, level, index) if seen is None else seen

    def overview(self, kind: Kind) -> OverviewPicture:
        """Show the whole sound's spectrogram as far as it is scanned; ParameterError for a kind not in `kinds`."""
        return self._overviews.picture(kind, self.frames, self.sample_rate)

    def _advance(self) -> None:
        try:
            next(self._pass)
        except Exception as error:
            self._failure = error  # a pass that has failed cannot be taken up again
            raise

    def _scanned(self) -> Iterator[None]:
        """Take block after block, a pause after each."""
        yield from self._overviews.fill(self._pushed())
        self._pyramid.finish()
        self._reader.frames = self._pyramid.frames
        self.complete = True
        yield

    def _pushed(self) -> Iterator[NDArray[np.float32]]:
        for samples, warnings in self._reader.blocks():
            self._pyramid.push(samples)
            self.warnings += [warning for warning in warnings if warning not in self.warnings]
            yield samples
