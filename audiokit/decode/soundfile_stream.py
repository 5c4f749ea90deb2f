"""A file that libsndfile has opened, read in blocks from any sample on."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from audiokit.decode.backend import CannotDecode
from audiokit.decode.ogg_pages import OggPages, damage_warning, damaged_pages, lost_granules
from audiokit.decode.scratch import Scratch, ScratchPool
from audiokit.results import Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from audiokit.decode.soundfile_open import Opened
    from audiokit.decode.source import Source

__all__ = ["NO_LENGTH", "PageWatch", "SoundFileStream"]

NO_LENGTH = 2**62  # libsndfile's SF_COUNT_MAX and its like: the header states none
_BLOCK_VALUES = 65_536  # of float32: a quarter of a MiB stays in the processor's cache
_MOST_VALUES_IN_ONE, _MOST_SECONDS_IN_ONE = 262_144, 3
_SHORTEST_BLOCK = 256  # samples, however many channels
_PAGES_AT_A_TIME = 64


class SoundFileStream:
    """A stream as `audiokit.decode.backend.Stream` describes it.

    Parameters
    ----------
    file : soundfile.SoundFile
        Open, at its beginning.
    seek_point : callable
        ``seek_point(start)`` is the sample to seek to, so that decoding is exact from `start` on; 0 for a codec, or a
        file, that has to be read from its beginning.
    frames : int or None
        As stated, if that can be believed.
    splits : bool
        Whether that holds for any start, bit by bit.
    is_float : bool
        Whether the file can hold samples that are no numbers.
    watch : PageWatch, optional
        For Ogg.
    excerpt : callable, optional
        ``excerpt(start, stop)`` opens a part of the file that gives these samples as the file itself does, and sooner:
        a SoundFile, and the sample of the track that is its first; None where there is no such part.
    held : list of Opened, optional
        What is closed at the end of a ``with``; the list is kept, so that `excerpt` may add to it.

    Attributes
    ----------
    again : callable or None
        Opens another stream on the same file, where it may be read a second time.
    """

    def __init__(
        self,
        file: Any,
        seek_point: Callable[[int], int],
        *,
        frames: int | None,
        splits: bool,
        is_float: bool = False,
        watch: PageWatch | None = None,
        excerpt: Callable[[int, int], tuple[Any, int] | None] | None = None,
        held: list[Opened | SoundFileStream] | None = None,
    ) -> None:
        self.sample_rate = int(file.samplerate)
        self.channels = int(file.channels)
        self.frames = frames
        self.splits = splits
        self.is_compared = False
        self.warnings: list[str] = []
        self.lost: list[Segment] = []
        self.held: list[Opened | SoundFileStream] = [] if held is None else held
        self.again: Callable[[], SoundFileStream] | None = None
        self._file = file
        self._seek_point = seek_point
        self._watch = watch
        self._excerpt = excerpt
        self._stated = int(file.frames)
        self._origin = 0  # sample of the track that is the first one of the file
        self._is_float = is_float
        self._not_finite = 0
        self.scratch = ScratchPool()  # memory to work in; a backend's streams share one
        # After each read soundfile seeks to where it is already, which makes libmpg123 begin anew, with an empty bit
        # reservoir; what cannot seek is spared that.
        file.seekable = _never

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what is held."""
        if self.held:
            try:
                self.held.pop().close()
            finally:  # one of them may raise what had interrupted reading
                self.close()

    def blocks(self, start: int, stop: int | None) -> Iterator[NDArray[np.float32]]:
        """Decode [start, stop) into one buffer, and yield views of it, (channels, samples)."""
        end = self._stated if stop is None else min(stop, self._stated)
        if start >= end:
            return
        found = self._excerpt(start, end) if self._excerpt is not None else None
        if found is not None:
            self._file, self._origin = found
            self._file.seekable = _never
        at = self._go_to(start)
        if self._watch is not None:
            self._watch.begin_at(at)
        with self.scratch.lend() as scratch:
            if not self._comes_in_one(end - at):
                frames = max(_BLOCK_VALUES // self.channels, _SHORTEST_BLOCK)
                yield from self._filled(self._buffer(scratch, frames), at, start, end)
                return
            try:
                yield from self._filled(self._buffer(scratch, end - at), at, start, end)
            except CannotDecode:
                # Nothing has been given out yet, but libsndfile may have got somewhere before it gave up.
                other = self._reopened()
                yield from other.blocks(start, stop)

    def _comes_in_one(self, wanted: int) -> bool:
        """What is short comes in one block: every call gives the GIL away, and has to get it back.

        Of what several threads decode in segments, a thread may stop early, so that it must not come in one.
        """
        is_short = wanted < _MOST_SECONDS_IN_ONE * self.sample_rate and wanted * self.channels <= _MOST_VALUES_IN_ONE
        return is_short and self.again is not None and self._watch is None

    def _reopened(self) -> SoundFileStream:
        """Another stream on the same file, which reads it in blocks; what it finds wrong is told here."""
        assert self.again is not None
        other = self.again()
        self.held.append(other)
        other.again = None
        other.warnings, other.lost = self.warnings, self.lost
        return other

    def _buffer(self, scratch: Scratch, frames: int) -> NDArray[np.float32]:
        return scratch.empty(frames * self.channels, np.float32).reshape(frames, self.channels)

    def _filled(self, buffer: NDArray[np.float32], at: int, start: int, end: int) -> Iterator[NDArray[np.float32]]:
        while at < end:
            # The preroll is read apart, so that the first block is no shorter than the others.
            wanted = min((start if at < start else end) - at, len(buffer))
            got = self._fill(buffer[:wanted], at, start, end)
            at += got
            if self._watch is not None:
                self._watch.note_damage(at, self, ends=got < wanted or at >= self._stated)
            if got and at > start:
                yield buffer[:got].T
            if got < wanted:
                break
        if self._not_finite:
            self.warnings.append(f"{self._not_finite:,} samples are not finite numbers.")
        if self.frames is None and at < end < NO_LENGTH and not self.lost:
            self._miss(start, at, end)

    def _fill(self, buffer: NDArray[np.float32], at: int, start: int, end: int) -> int:
        """Read as much as fits; return how many samples came, 0 where the file can be read no further."""
        try:
            got = int(self._file.buffer_read_into(buffer, dtype="float32"))
        except (RuntimeError, OSError, ValueError) as error:  # soundfile.LibsndfileError is a RuntimeError
            if at <= start:  # nothing has been given out yet
                raise CannotDecode(str(error)) from error
            self._give_up(at, end, error)
            return 0
        if self._is_float and at >= start:
            self._not_finite += got * self.channels - int(np.count_nonzero(np.isfinite(buffer[:got])))
        return got

    def _go_to(self, start: int) -> int:
        target = max(self._seek_point(start), 0)
        if not target:
            return 0
        try:
            landed = self._file.seek(target - self._origin)
            lands = landed == target - self._origin == self._file.tell()
        except (RuntimeError, OSError, ValueError) as error:
            raise CannotDecode(str(error)) from error
        if not lands:
            raise CannotDecode("a seek in it does not land where it should")
        return target

    def _give_up(self, at: int, end: int, error: Exception) -> None:
        """The rest is lost here; where `frames` is known, its shortness says so too, and FFmpeg may get further."""
        rate = self.sample_rate
        reason = str(error).rstrip(".")
        self.warnings.append(f"The file is damaged: at {at / rate:.3f} s libsndfile gives up ({reason}).")
        if self.frames is None and end < NO_LENGTH:
            self.lost.append(Segment(at / rate, end / rate, "libsndfile gives up"))

    def _miss(self, start: int, at: int, end: int) -> None:
        """Tell that less came than the header promises, where `frames` does not: it was not believed."""
        rate = self.sample_rate
        promised, missing = (end - start) / rate, (end - max(at, start)) / rate
        self.warnings.append(
            f"The file is truncated or damaged: {missing:.3f} s of the {promised:.2f} s that its header promises are "
            f"missing."
        )
        self.lost.append(Segment(max(at, start) / rate, end / rate, "missing at the end"))


def _never() -> bool:
    return False


class PageWatch:
    """Checks the pages of an Ogg file on the way, a little ahead of the sound that is given out.

    Parameters
    ----------
    source : Source
        The file.
    pages : OggPages
        Its pages.
    rate : int
        Granule positions in a second: the sample rate, and 48,000 for Opus.
    origin : int
        Granule position of the first sample.
    """

    def __init__(self, source: Source, pages: OggPages, rate: int, origin: int) -> None:
        self._source = source
        self._pages = pages
        self._rate = rate
        self._origin = origin
        self._ends = list(accumulate(pages.granules, max))  # never falling, so that it can be searched
        self._begin = self._first = self._checked = 0
        self._damaged: list[int] = []

    def begin_at(self, at: int) -> None:
        """Leave out the pages before this sample."""
        self._begin = self._origin + at
        self._first = self._checked = max(bisect_left(self._ends, self._begin + 1) - 1, 0) if at else 0

    def note_damage(self, at: int, stream: SoundFileStream, *, ends: bool) -> None:
        """Check the pages up to this sample, or all, and write into the stream what is wrong with them."""
        count = len(self._ends)
        needed = min(bisect_left(self._ends, self._origin + at * self._rate // stream.sample_rate) + 1, count)
        needed = count if ends else needed
        if needed <= self._checked:
            return
        upto = min(max(needed, self._checked + _PAGES_AT_A_TIME), count)
        found = damaged_pages(self._source, self._pages, self._checked, upto)
        holes = [hole for hole in self._pages.holes if self._checked <= hole < upto]
        self._checked = upto
        self._damaged += found
        if not found and not holes:
            return
        bad = {*self._damaged, *(hole for hole in self._pages.holes if self._first <= hole < upto)}
        stream.warnings[:] = [damage_warning(len(bad), count)]
        stream.lost[:] = [
            Segment(
                max(begin - self._origin, 0) / self._rate,
                max(end - self._origin, 0) / self._rate,
                "damaged pages in the Ogg stream",
            )
            for begin, end in lost_granules(self._pages, self._damaged, self._begin, self._ends[-1])
            if begin < self._ends[upto - 1]
        ]
