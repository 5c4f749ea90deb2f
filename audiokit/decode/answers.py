"""What backends make of one file: each decodes the span and says what is wrong, and the best answer counts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from audiokit.decode.assemble import Plan, assemble
from audiokit.decode.limits import Patience
from audiokit.decode.request import Request, refuse_if_strict
from audiokit.decode.segments import decode_segments, default_workers, worth_splitting, worth_threads
from audiokit.decode.truncation import truncation_warning
from audiokit.errors import EmptySource
from audiokit.results import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from audiokit.decode.backend import Backend, Stream
    from audiokit.decode.router import Router
    from audiokit.decode.sniff import Sniffed
    from audiokit.decode.source import Source

__all__ = ["Found", "find"]

# A header of a few bytes can claim days. The densest honest sound is near 64 samples a byte (FLAC of silence is beyond
# it); memory for what claims more is taken as it comes.
_BELIEVABLE_SAMPLES_A_BYTE = 64


@dataclass(frozen=True, slots=True)
class Found:
    """What one backend made of a file."""

    samples: NDArray[np.float32]
    plan: Plan
    warnings: tuple[str, ...]
    lost: tuple[Segment, ...]

    @property
    def lost_seconds(self) -> float:
        """How much is missing; what one backend loses, another may save."""
        return sum(span.duration_seconds for span in self.lost)


def find(source: Source, request: Request, time_limit_seconds: float | None, router: Router) -> Found:
    """Ask the backends for a span until one loses nothing, or take the answer that lost least.

    Parameters
    ----------
    source : Source
        Opened to be kept, so that every backend gets the same handle.
    request : Request
        Span, rate, channels, limits.
    time_limit_seconds : float or None
        Looked at between blocks.
    router : Router
        Which backends to ask, in which order.

    Raises
    ------
    InputError
        As `audiokit.read`.
    """
    patience = Patience(source.name, time_limit_seconds)

    answers: list[Found] = []

    def decode(backend: Backend, checked: Source, sniffed: Sniffed) -> Found:
        answers.append(_decode(backend, checked, sniffed, request, patience))
        return answers[-1]

    found = router.ask(source, decode, flaw=lambda answer: answer.lost_seconds)
    if answers[0].warnings and not found.warnings and found.samples.shape[1] <= answers[0].samples.shape[1]:
        # Nobody found more than the first, who missed what the header promises; the others did not look at it.
        found = replace(found, warnings=answers[0].warnings)
    if not found.samples.shape[1] and request.is_whole:
        why = " ".join(["it has a header but holds no audio.", *found.warnings])
        raise EmptySource(f"{source.name}: {why}", cure="Record or export it again.")
    refuse_if_strict(source, request, found.warnings)
    return found


def _decode(backend: Backend, source: Source, sniffed: Sniffed, request: Request, patience: Patience) -> Found:
    with backend.open(source, sniffed, request.track) as stream:
        request.limits.check_format(source.name, stream.sample_rate, stream.channels)
        plan = request.plan(stream)
        expected = _expected(stream, plan)
        rate, limits = stream.sample_rate, request.limits
        believed = expected
        if believed is not None and believed * stream.channels > _BELIEVABLE_SAMPLES_A_BYTE * source.size_bytes:
            believed = None  # what really comes is counted
        if believed is not None:
            limits.check_length(source.name, believed, rate)

        def check(taken: int) -> None:
            patience.check()
            limits.check_length(source.name, taken, rate)

        cut = truncation_warning(source, sniffed.container)
        stop = plan.start + (believed or 0)
        workers = request.workers
        if workers is None:  # to count processors takes longer than what stands around a short file
            workers = default_workers() if worth_threads(plan, believed) else 1
        several = workers > 1 and believed and stream.splits and not cut
        if several and worth_splitting(plan, stop, workers):
            whole = decode_segments(
                stream, lambda: backend.open(source, sniffed, request.track), plan, stop, workers, check
            )
            if whole is not None:
                return Found(whole, plan, (), ())
            return _decode(backend, source, sniffed, replace(request, workers=1), patience)  # the stream is used up
        samples, taken = assemble(stream, plan, check, expected=believed, aside=workers > 1)
        missing = max(expected - taken, 0) if expected is not None else 0
        return Found(samples, plan, _sentences(stream, cut, missing, expected), _spans(stream, plan, taken, missing))


def _expected(stream: Stream, plan: Plan) -> int | None:
    """Samples of the file in the span, where the file states its length."""
    if stream.frames is None:
        return None
    end = stream.frames if plan.stop is None else min(plan.stop, stream.frames)
    return max(end - plan.start, 0)


def _sentences(stream: Stream, cut: str, missing: int, expected: int | None) -> tuple[str, ...]:
    if not (cut or missing or stream.warnings):
        return ()
    told = " ".join(stream.warnings)
    said = list(stream.warnings)
    if cut and "truncated" not in told:
        said.append(cut)
    if missing and expected and not cut and not stream.lost:
        rate = stream.sample_rate
        said.append(
            f"The file is truncated or damaged: {missing / rate:.3f} s of the {expected / rate:.2f} s that its header "
            f"promises are missing."
        )
    return tuple(said)


def _spans(stream: Stream, plan: Plan, taken: int, missing: int) -> tuple[Segment, ...]:
    """What was lost, counted from the first sample of the result."""
    if not (missing or stream.lost):
        return ()
    rate = plan.source_rate
    offset = plan.start / rate
    end = math.inf if plan.stop is None else plan.stop / rate
    spans = [
        replace(
            span,
            start_seconds=max(span.start_seconds, offset) - offset,
            end_seconds=min(span.end_seconds, end) - offset,
        )
        for span in stream.lost
        if span.end_seconds > offset and span.start_seconds < end
    ]
    if missing:
        spans.append(Segment(taken / rate, (taken + missing) / rate, "missing at the end"))
    return tuple(spans)
