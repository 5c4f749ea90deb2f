"""A recording of any length, block by block, in constant memory."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import Audio
from audiokit.decode.assemble import Plan, chunks
from audiokit.decode.limits import Limits, Patience
from audiokit.decode.request import Request, refuse_if_strict
from audiokit.decode.router import Router, default_router
from audiokit.decode.source import Source, SourceLike, open_source
from audiokit.decode.truncation import truncation_warning
from audiokit.dsp.resample_stream import ResampleStream
from audiokit.errors import EmptySource, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.decode.backend import Backend, Stream
    from audiokit.decode.sniff import Sniffed
    from audiokit.results import Segment

__all__ = ["blocks"]

_CHUNK_FRAMES = 1 << 16


def blocks(
    source: SourceLike | Source,
    block_seconds: float,
    hop_seconds: float | None = None,
    *,
    sample_rate: int | None = None,
    mono: bool = False,
    offset_seconds: float = 0.0,
    duration_seconds: float | None = None,
    quality: str = "soxr_hq",
    track: int = 0,
    strict: bool = False,
    limits: Limits | None = None,
    time_limit_seconds: float | None = None,
    router: Router | None = None,
) -> Iterator[Audio]:
    """Go through a recording of any length.

    Put one after the other, the blocks are what `read` gives for the same span, bit for bit, for any length of block.

    Parameters
    ----------
    source : path, bytes, binary file object, or http(s) address
        As `read`.
    block_seconds : float
        Length of a block, rounded to samples of the result. The last one may be shorter.
    hop_seconds : float, optional
        From the beginning of one block to the next, rounded likewise; the block's length if None. A shorter one makes
        blocks overlap, a longer one leaves sound out. No block comes that lies wholly within the one before.
    sample_rate, mono, offset_seconds, duration_seconds, quality, track
        As `read`.
    strict : bool
        Raise DamagedAudio where otherwise the block's ``.warnings`` would say what is wrong.
    limits : Limits, optional
        As `read`, but for the length, which has no limit here.
    time_limit_seconds : float, optional
        For the whole, looked at between blocks; the time that the caller takes counts.
    router : Router, optional
        Which backends to ask.

    Yields
    ------
    Audio
        Its ``start_seconds`` is where in the recording it begins. ``.lost`` and ``.warnings`` are what became known
        since the block before. Damage in FLAC and MP3 is found at the end, when sound is missing: what follows the
        damage comes early by so much; `read` keeps the time.

    Raises
    ------
    InputError
        As `read`, when the first block is asked for.
    ParameterError
        At once, for a length that is not at least one sample.

    Examples
    --------
    >>> import soundfile, io
    >>> file = io.BytesIO()
    >>> soundfile.write(file, np.zeros(25_000), 10_000, format="WAV")
    >>> [(block.start_seconds, block.frames) for block in blocks(file, 1.0)]
    [(0.0, 10000), (1.0, 10000), (2.0, 5000)]
    """
    request = Request(
        sample_rate, mono, offset_seconds, duration_seconds, quality, track, strict, 1, limits or Limits()
    )
    hop = block_seconds if hop_seconds is None else hop_seconds
    for name, value in (("block_seconds", block_seconds), ("hop_seconds", hop)):
        if not 0 < value < float("inf"):
            raise ParameterError(f"{name} must be above 0 seconds, got {value}.")
    return _go_through(source, block_seconds, hop, request, time_limit_seconds, router or default_router())


def _go_through(
    source: SourceLike | Source,
    block_seconds: float,
    hop_seconds: float,
    request: Request,
    time_limit_seconds: float | None,
    router: Router,
) -> Iterator[Audio]:
    opened = open_source(source)
    patience = Patience(opened.name, time_limit_seconds)
    with ExitStack() as stack:

        def start(
            backend: Backend, checked: Source, sniffed: Sniffed
        ) -> tuple[Stream, Plan, Iterator[NDArray[np.float32]], str]:
            with ExitStack() as attempt:
                stream = attempt.enter_context(backend.open(checked, sniffed, request.track))
                request.limits.check_format(checked.name, stream.sample_rate, stream.channels)
                plan = request.plan(stream)
                parts = chunks(stream, plan, lambda _: patience.check(), _CHUNK_FRAMES)
                first = next(parts, None)  # a backend that cannot decode it says so here
                cut = truncation_warning(checked, sniffed.container)
                stack.push(attempt.pop_all())
            return stream, plan, chain([] if first is None else [first], parts), cut

        stream, plan, parts, cut = router.ask(opened, start)
        resampled = _resampled(stream, plan, parts)
        out_rate = plan.target_rate
        block, hop = round(block_seconds * out_rate), round(hop_seconds * out_rate)
        if block < 1 or hop < 1:
            raise ParameterError(
                f"A block of {block_seconds} s every {hop_seconds} s is less than a sample at {out_rate} Hz."
            )
        teller = _Teller(opened, stream, plan, cut, request)
        empty = True
        for first, samples, is_last in _framed(resampled, block, hop, plan.rows(stream.channels)):
            empty = False
            start_seconds = plan.start / plan.source_rate + first / out_rate
            warnings, lost = teller.news(start_seconds, is_last=is_last)
            yield Audio(
                samples,
                out_rate,
                name=PurePath(opened.name).name,
                warnings=warnings,
                lost=lost,
                start_seconds=start_seconds,
            )
        if empty and request.is_whole:
            raise EmptySource(f"{opened.name}: it has a header but holds no audio.", cure="Record or export it again.")


def _resampled(stream: Stream, plan: Plan, parts: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    rows = plan.rows(stream.channels)
    resampler = ResampleStream(plan.source_rate, plan.target_rate, channels=rows, quality=plan.quality)
    for part in parts:
        yield resampler.push(part)
    yield resampler.finish()


def _framed(
    parts: Iterator[NDArray[np.float32]], block: int, hop: int, rows: int
) -> Iterator[tuple[int, NDArray[np.float32], bool]]:
    """Cut a stream of parts into (first sample, samples, whether it is the last) blocks.

    A block is held back until it is known whether another one follows.
    """
    held = np.empty((rows, 0), np.float32)  # what may still be needed; it begins at sample `at`
    at = first = 0
    waiting: tuple[int, NDArray[np.float32]] | None = None
    for part in parts:
        # Never a view of the part, which may be a buffer that is written again
        held = np.concatenate([held, part], axis=1)
        while at + held.shape[1] >= first + block:
            if waiting is not None:
                yield *waiting, False
            waiting = (first, held[:, first - at : first - at + block].copy())
            first += hop
            held, at = _drop(held, at, first)
        held, at = _drop(held, at, first)  # where the hop is beyond the block
    end = at + held.shape[1]
    covered = 0 if waiting is None else waiting[0] + block
    if end > max(covered, first):
        if waiting is not None:
            yield *waiting, False
        waiting = (first, held[:, first - at :])
    if waiting is not None:
        yield *waiting, True


def _drop(held: NDArray[np.float32], at: int, first: int) -> tuple[NDArray[np.float32], int]:
    count = max(min(first - at, held.shape[1]), 0)
    return held[:, count:], at + count


class _Teller:
    """What is wrong with the file, told with the block after which it is known."""

    def __init__(self, source: Source, stream: Stream, plan: Plan, cut: str, request: Request) -> None:
        self._source, self._stream, self._plan, self._request = source, stream, plan, request
        self._warnings_told = self._spans_told = 0
        self._cut = cut

    def news(self, start_seconds: float, *, is_last: bool) -> tuple[tuple[str, ...], tuple[Segment, ...]]:
        said = self._stream.warnings[self._warnings_told :]
        spans = self._stream.lost[self._spans_told :]
        self._warnings_told += len(said)
        self._spans_told += len(spans)
        if is_last and self._cut and "truncated" not in " ".join(self._stream.warnings):
            said = [*said, self._cut]
        refuse_if_strict(self._source, self._request, tuple(said))
        moved = (
            replace(
                span, start_seconds=span.start_seconds - start_seconds, end_seconds=span.end_seconds - start_seconds
            )
            for span in spans
        )
        return tuple(said), tuple(moved)
