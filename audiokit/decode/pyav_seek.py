"""Starting far into a file without decoding what comes before, where that gives the very same samples."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.opus_pages import OpusPages, is_celt
from audiokit.decode.pyav_open import is_ogg, opened, sound_stream
from audiokit.decode.pyav_run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.decode.source import Source

__all__ = ["far_run"]

NEAREST_SECONDS = 20.0  # before that, counting from the beginning is always exact and cheap enough
# Opus (CELT) forgets within 0.6 s, MP3 within its bit reservoir.
_PREROLL_SECONDS = (2.0, 5.0, 15.0)  # each checked against the one before
# In Ogg the pages tell beforehand that all is CELT: it pays sooner, and so a file can be decoded in segments.
_NEAREST_IN_OGG_OPUS_SECONDS = 4.0
_PREROLL_IN_OGG_OPUS_SECONDS = (1.5, 3.0, 6.0, 15.0)
_FARTHEST_SECONDS = 30.0  # before the place that was asked for: what comes from there is kept in memory for a while
_COMPARED_SECONDS = (0.5, 1.0)  # before and behind the place that is sought
# Every packet stands alone: nothing to compare
_ALONE = ("flac", "alac")
# FFmpeg's AAC draws noise (perceptual noise substitution, and that of spectral band replication) from a generator
# that runs on from the beginning of the file: after a seek, noise bands hold other noise of the same level.
_WITH_RUNNING_NOISE = ("aac",)


@contextmanager
def far_run(
    source: Source,
    track: int,
    start: int,
    begun: Run,
    container: Any,
    stream: Any,
    opus: OpusPages | None,
    *,
    prove: bool,
) -> Iterator[Run | None]:
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
    opus : OpusPages or None
        Of Ogg Opus, where its clock counts samples.
    prove : bool
        Show by two runs that the decoder has forgotten; otherwise the caller compares.
    """
    codec = str(stream.codec_context.codec.canonical_name)
    is_ogg_opus = codec == "opus" and is_ogg(container)
    nearest = (_NEAREST_IN_OGG_OPUS_SECONDS if is_ogg_opus else NEAREST_SECONDS) * begun.sample_rate
    if start < nearest or not _is_countable(source, track, start, begun, container, stream, opus):
        yield None
        return
    before, behind = (round(seconds * begun.sample_rate) for seconds in _COMPARED_SECONDS)
    nearer: NDArray[np.float32] | None = None
    with ExitStack() as opened_ones:
        for seconds in _PREROLL_IN_OGG_OPUS_SECONDS if is_ogg_opus else _PREROLL_SECONDS:
            preroll = round(seconds * begun.sample_rate)
            run = opened_ones.enter_context(_run_from(source, track, start - preroll, begun))
            landed = (
                run is not None
                and 0 <= start - run.position - before <= preroll + _FARTHEST_SECONDS * begun.sample_rate
            )
            if run is None or not landed:
                break
            if not prove or codec in _ALONE or codec in _WITH_RUNNING_NOISE:
                yield run
                return
            piece = run.piece(start - before, start + behind)
            if nearer is not None and np.array_equal(nearer, piece):
                yield run
                return
            nearer = piece
        yield None


def _is_countable(
    source: Source, track: int, start: int, begun: Run, container: Any, stream: Any, opus: OpusPages | None
) -> bool:
    """Whether what a seek finds stands where counting from the beginning would find it."""
    codec = str(stream.codec_context.codec.canonical_name)
    if begun.first_ticks is None:
        return False
    if codec == "flac":
        return not is_ogg(container) or _is_one_stream(source)
    if begun.clock_kind != "exact":
        return False
    if is_ogg(container):
        return opus is not None and (
            not opus.forgets_from or opus.forgets_from <= start - NEAREST_SECONDS * begun.sample_rate
        )
    if codec == "opus" and not _is_all_celt(source, track):
        return False
    return _packets_are_alike(stream, start, begun)


def _is_all_celt(source: Source, track: int) -> bool:
    """Whether no packet is of SILK, whose decoder does not forget; without decoding any."""
    import av

    try:
        with opened(source) as container:
            packets = container.demux(sound_stream(container, track))
            return all(is_celt(memoryview(packet)[0]) for packet in packets if packet.size)
    except (av.FFmpegError, ValueError, OSError):
        return False


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
