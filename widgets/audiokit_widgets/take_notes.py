"""What people should know about a take: where the device gave no sound, and what it did not do as it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit.results import Segment
from audiokit_widgets.wording import clock, counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from audiokit_widgets.takes import Take

__all__ = ["departures", "left_out"]

_LEAST_SECONDS = 0.005  # shorter than a block of any device
_PIECES = 8  # a late stamp is followed by one on time among so many
_MOST_PLACES = 5
_PROCESSING = {
    "echo_cancellation": ("echoCancellation", "echo cancellation"),
    "noise_suppression": ("noiseSuppression", "noise suppression"),
    "auto_gain": ("autoGainControl", "automatic gain"),
}


def left_out(clock: Sequence[tuple[int, float, int]], sample_rate: int) -> list[Segment]:
    """Find where the device gave no sound, by its own clock.

    A stamp may be late, and then the next ones are on time again; never early. So what counts is the least lateness
    among a piece and the seven after it: a step of that is sound which never came, a slow slope is two clocks that
    differ. Of the last seven pieces nothing is known.

    Parameters
    ----------
    clock : sequence of tuple
        As `Take.clock`, in any order.
    sample_rate : int
        Hz.

    Returns
    -------
    list of Segment
        Each starts where the take goes on, and is as long as what is missing there.

    Examples
    --------
    >>> steady = [(frame, frame / 8000, 0) for frame in range(0, 80000, 2000)]
    >>> left_out(steady, 8000)
    []
    >>> late = [(frame, stamp + 0.25 * (frame >= 40000), run) for frame, stamp, run in steady]
    >>> [(s.start_seconds, s.duration_seconds) for s in left_out(late, 8000)]
    [(5.0, 0.25)]
    """
    found = []
    for run in sorted({run for _, _, run in clock}):
        pieces = sorted((frame, stamp) for frame, stamp, of_run in clock if of_run == run)
        late = [stamp - frame / sample_rate for frame, stamp in pieces]
        least = [min(late[i : i + _PIECES]) for i in range(len(late) - _PIECES + 1)]
        for (frame, _), before, after in zip(pieces[1:], least, least[1:], strict=False):
            if after - before > _LEAST_SECONDS:
                at = frame / sample_rate
                found.append(Segment(at, at + round(after - before, 3), "left out"))
    return found


def departures(take: Take, given: Mapping[str, Any], *, channels: int, **processing: bool) -> list[str]:
    """Say what is not as it was asked for.

    Parameters
    ----------
    take : Take
        As it was recorded.
    given : mapping
        The device's settings, by the names that browsers have for them; what is not there is not known.
    channels : int
        Asked for.
    **processing : bool
        ``echo_cancellation``, ``noise_suppression`` and ``auto_gain``, as asked for.

    Returns
    -------
    list of str
    """
    notes = []
    if take.channels != channels:
        wanted = f"{channels} {'was' if channels == 1 else 'were'} asked for"
        notes.append(f"the device gave {counted(take.channels, 'channel')} where {wanted}")
    rate = given.get("sampleRate")
    if rate and rate != take.sample_rate:
        notes.append(f"the browser resampled from {rate} to {take.sample_rate} Hz")
    for name, asked in processing.items():
        setting, words = _PROCESSING[name]
        kept = given.get(setting)
        if kept is not None and bool(kept) != asked:
            notes.append(f"the browser kept {words} {'on' if kept else 'off'}")
    gaps = left_out(take.clock, take.sample_rate)
    if gaps:
        lost_ms = 1000 * sum(gap.duration_seconds for gap in gaps)
        places = ", ".join(clock(gap.start_seconds, decimals=1) for gap in gaps[:_MOST_PLACES])
        more = f" and {counted(len(gaps) - _MOST_PLACES, 'other place')}" if len(gaps) > _MOST_PLACES else ""
        notes.append(f"about {lost_ms:.0f} ms of sound never came from the device, at {places}{more}")
    return notes
