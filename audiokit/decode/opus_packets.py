"""Which packets of Opus in MP4 are sound: each says in its first bytes how long it lasts, and so does the container.

Opus has no checksum, and its decoder makes sound of most noise. But noise seldom states the length that the container
states: of random bytes, 5 in 6 do not say the usual 20 ms. Packets: RFC 6716, section 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit.decode.opus_pages import packet_samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["tells_packet_lengths", "told_apart"]

# Between two packets of noise so few that agree are taken for noise that agrees by chance; sound or not, a decoder
# would play them wrongly, behind what is missing.
_MOST_BETWEEN = 2


def tells_packet_lengths(container: Any, stream: Any) -> bool:
    """Whether the container states the length of each Opus packet in samples of 48 kHz."""
    return (
        str(stream.codec_context.codec.canonical_name) == "opus"
        and "mp4" in container.format.name
        and bool(stream.time_base)
        and stream.time_base * 48_000 == 1
    )


def told_apart(packets: Iterable[Any]) -> Iterator[tuple[Any, bool]]:
    """Yield (packet, whether it is sound), in order.

    The container is believed as long as most packets agree with it. The last packet may last longer than it is said
    to, which cuts the end.

    Parameters
    ----------
    packets : iterable of av.Packet
        Of one Opus track; its errors are passed on, behind what came before them.
    """
    held: list[Any] = []  # a packet that does not agree, and those that came after it
    agreed = disagreed = 0
    try:
        for packet in packets:
            if not packet.size:  # there are no more
                yield from _of_the_end(held)
                held = []
                yield packet, True
                continue
            if packet_samples(memoryview(packet)[:2]) == packet.duration:
                agreed += 1
                if not held:
                    yield packet, True
                    continue
                held.append(packet)
                if len(held) > 1 + _MOST_BETWEEN:
                    yield held[0], False
                    yield from ((one, True) for one in held[1:])
                    held = []
                continue
            disagreed += 1
            yield from ((one, False) for one in held)
            held = []
            if agreed >= disagreed:
                held = [packet]
            else:
                yield packet, True
    except Exception:  # the container's, which the caller takes note of
        yield from _of_the_end(held)
        raise
    yield from _of_the_end(held)


def _of_the_end(held: list[Any]) -> Iterator[tuple[Any, bool]]:
    for index, packet in enumerate(held):
        is_cut = len(held) == 1 and 0 < (packet.duration or 0) < packet_samples(memoryview(packet)[:2])
        yield packet, index > 0 or is_cut
