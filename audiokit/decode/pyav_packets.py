"""The packets of a sound track, decoded one by one, so that damage loses only those that it touches."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Protocol

from audiokit.decode.mp3_header import layer3_frame_bytes
from audiokit.decode.opus_packets import tells_packet_lengths, told_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["decoded_packets"]

_MOST_REFUSALS = 8  # of a container to go on, one after the other


class Failed(Protocol):
    """What is told of an error."""

    def __call__(self, error: Exception, *, in_decoder: bool) -> None:
        """Take note of it."""


def decoded_packets(
    container: Any, stream: Any, failed: Failed, broken_off: Callable[[], None]
) -> Iterator[tuple[int, Any, list[Any]]]:
    """Yield (number, packet, frames) for every packet; a damaged one has no frames.

    Parameters
    ----------
    container, stream : PyAV objects
        Opened, at the beginning or after a seek.
    failed : callable
        Told of every packet that could not be decoded, and of every error of the container itself; `in_decoder` says
        whether the decoder was given the packet.
    broken_off : callable
        Called when the file ends inside an MP3 frame.
    """
    import av

    is_mp3 = container.format.name == "mp3"
    tells_lengths = tells_packet_lengths(container, stream)
    number = refusals = 0
    while refusals < _MOST_REFUSALS:
        # After an error of the container it may go on behind the damage
        packets: Iterable[Any] = container.demux(stream)
        try:
            for packet, is_sound in told_apart(packets) if tells_lengths else zip(packets, itertools.repeat(True)):
                frames: list[Any] = []
                if not is_sound:
                    failed(ValueError("it does not last as long as the container states"), in_decoder=False)
                elif is_mp3 and 0 < packet.size < (layer3_frame_bytes(bytes(memoryview(packet)[:4])) or 0):
                    broken_off()  # FFmpeg would make sound up for what is missing of it
                else:
                    try:
                        frames = packet.decode()
                    except (av.FFmpegError, ValueError) as error:
                        if packet.size:  # the flushing packet of a damaged stream may fail too; it holds nothing
                            failed(error, in_decoder=True)
                yield number, packet, frames
                number += 1
                refusals = 0
        except (av.FFmpegError, ValueError, OSError) as error:  # the container itself is damaged
            refusals += 1
            failed(error, in_decoder=False)
        else:
            return
