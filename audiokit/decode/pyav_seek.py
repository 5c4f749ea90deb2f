"""Starting far into a file without decoding what comes before, where that gives the very same samples."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.opus_pages import clock_counts_samples
from audiokit.decode.pyav_open import is_ogg, opened, sound_stream
from audiokit.decode.pyav_run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.decode.source import Source

__all__ = ["far_run"]

NEAREST_SECONDS = 20.0  # before that, counting from the beginning is always exact and cheap enough
_PREROLL_SECONDS = (1.0, 3.0, 15.0)  # each checked against the one before
_COMPARED_BEFORE, _COMPARED_BEHIND = 9600, 4096  # samples around the place that is sought
# Every packet stands alone: nothing to compare
_ALONE = ("flac", "alac")
# FFmpeg's AAC draws noise (perceptual noise substitution, and that of spectral band replication) from a generator
# that runs on from the beginning of the file: after a seek, noise bands hold other noise of the same level.
_WITH_RUNNING_NOISE = ("aac",)


@contextmanager
def far_run(source: Source, track: int, start: int, begun: Run, container: Any, stream: Any) -> Iterator[Run | None]:
    """Open a run that begins shortly before `start`; None where only counting from the beginning is exact.

    The position is exact because counting proves the container's clock: in MP4 all packets before the one that is
    sought hold the same number of samples, and so say its timestamps; in Ogg Opus every page ends where its packets
    do; FLAC numbers its frames. That the decoder has forgotten where it began is shown by decoding from two places,
    a nearer and a farther one, until both give the same bits. (AAC with noise substitution never does: there the
    position is exact, and the noise is drawn anew.)

    Parameters
    ----------
    source, track : Source, int
        What is decoded.
    start : int
        Sample of the track.
    begun : Run
        A run from the beginning, for when its first frame was due.
    container, stream : PyAV objects
        Opened, for what they state.
    """
    rate = begun.sample_rate
    seconds = None
    if start >= NEAREST_SECONDS * rate and begun.first_ticks is not None:
        seconds = _preroll_seconds(source, track, start, begun, container, stream)
    if seconds is None:
        yield None
        return
    with _run_from(source, track, start - round(seconds * rate), begun) as run:
        yield run


def _preroll_seconds(source: Source, track: int, start: int, begun: Run, container: Any, stream: Any) -> float | None:
    """How long before `start` decoding must begin; None where no place but the beginning will do."""
    codec = str(stream.codec_context.codec.canonical_name)
    if codec == "flac":
        is_countable = not is_ogg(container) or _is_one_stream(source)
    elif is_ogg(container):
        is_countable = codec == "opus" and begun.clock_kind == "exact" and clock_counts_samples(source)
    else:
        is_countable = begun.clock_kind == "exact" and _packets_are_alike(stream, start, begun)
    if not is_countable:
        return None
    nearer: NDArray[np.float32] | None = None
    for seconds in _PREROLL_SECONDS:
        with _run_from(source, track, start - round(seconds * begun.sample_rate), begun) as run:
            if run is None or run.position > start - _COMPARED_BEFORE:
                return None
            if codec in _ALONE or codec in _WITH_RUNNING_NOISE:
                return seconds
            piece = _piece(run, start)
        if nearer is not None and np.array_equal(nearer, piece):
            return seconds
        nearer = piece
    return None


@contextmanager
def _run_from(source: Source, track: int, target: int, begun: Run) -> Iterator[Run | None]:
    """Open a run that begins at `target` samples or a little before; None if the seek fails."""
    import av

    assert begun.first_ticks is not None
    with opened(source) as container:
        stream = sound_stream(container, track)
        ticks = begun.first_ticks / float(stream.time_base * begun.sample_rate)
        if begun.clock_kind != "flac":
            ticks = float(begun.first_ticks)
        ticks += target / float(stream.time_base * begun.sample_rate)
        try:
            container.seek(int(ticks), stream=stream, backward=True)
            run = Run(source, container, stream, origin_ticks=begun.first_ticks)
        except (av.FFmpegError, ValueError, OSError, OverflowError):
            run = None
        if run is not None and (
            run.first_ticks is None
            or (run.sample_rate, run.channels, run.clock_kind) != (begun.sample_rate, begun.channels, begun.clock_kind)
        ):
            run = None
        yield run


def _piece(run: Run, start: int) -> NDArray[np.float32]:
    """Decode up to shortly behind `start`; return what surrounds it."""
    parts = [block.copy() for block in run.blocks(start + _COMPARED_BEHIND)]
    whole = np.concatenate(parts, axis=1) if parts else np.zeros((run.channels, 0), np.float32)
    return whole[:, start - _COMPARED_BEFORE - run.position :]


def _packets_are_alike(stream: Any, start: int, begun: Run) -> bool:
    """Whether all packets up to `start` last equally long, by the index that ISO media carry.

    Then their number tells where each begins. The index is looked at where the seek will land; it is not walked.
    """
    entries = getattr(stream, "index_entries", None)  # PyAV 17 and later
    if entries is None or len(entries) < 3 or begun.first_ticks is None:
        return False
    scale = int(stream.time_base * begun.sample_rate)
    origin = entries[0].timestamp
    each = entries[1].timestamp - origin
    due = begun.first_ticks + start // scale
    at = entries.search_timestamp(due)
    if each <= 0 or not 0 < at < len(entries):
        return False
    frame_size = int(stream.codec_context.frame_size or 0)
    if frame_size and frame_size != each * scale:
        return False
    found = entries[at].timestamp
    return bool(found - origin == at * each and found <= due < found + 2 * each)


def _is_one_stream(source: Source) -> bool:
    """Whether an Ogg file ends with the logical stream with which it begins."""
    tail = source.tail(65_307 + 282)
    last = tail.rfind(b"OggS")
    return last >= 0 and tail[last + 14 : last + 18] == source.head[14:18]
