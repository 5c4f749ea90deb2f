"""What a recording is, as a table that a person reads."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.activity.vad import VadResult
    from audiokit.audio import Audio
    from audiokit.decode import AudioInfo
    from audiokit.dsp.loudness import Loudness
    from audiokit.report.stopwatch import Stopwatch

__all__ = ["Facts", "clock_time", "counted", "describe", "summary_lines"]

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Facts:
    """Rows of (name, value), shown as a table in a notebook.

    Parameters
    ----------
    rows : tuple of (str, str)
        In reading order.
    warnings : tuple of str
        What was lost or repaired; shown above the table.
    """

    rows: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self.rows)
        lines = [f"{name:<{width}}  {value}" for name, value in self.rows]
        return "\n".join([*(f"! {warning}" for warning in self.warnings), *lines])

    def _repr_html_(self) -> str:
        notices = "".join(f'<p class="audiokit-warning">⚠ {html.escape(w)}</p>' for w in self.warnings)
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
            f'<td style="text-align:left">{html.escape(value)}</td></tr>'
            for name, value in self.rows
        )
        return f'{notices}<table class="audiokit-facts"><tbody>{rows}</tbody></table>'


def describe(audio: Audio, info: AudioInfo | None = None, loudness: Loudness | None = None) -> Facts:
    """Collect what is known of a recording.

    Parameters
    ----------
    audio : Audio
        As decoded; its length is the measured one.
    info : AudioInfo, optional
        What the file's headers state.
    loudness : Loudness, optional
        As measured by `audiokit.dsp.measure_loudness`.

    Returns
    -------
    Facts
        A table with units.
    """
    rows: list[tuple[str, str]] = [("Name", audio.name or "untitled")]
    if info is not None:
        video = " with video" if info.has_video else ""
        tracks = f", first of {info.tracks} sound tracks" if info.tracks > 1 else ""
        rows += [
            ("Container", f"{info.container}{video}{tracks}"),
            ("Codec", info.codec),
            ("Bit rate", f"{info.bit_rate_bps / 1000:,.0f} kbit/s" if info.bit_rate_bps else "not stated"),
            ("Size", _bytes(info.size_bytes)),
        ]
    rows += [
        ("Sample rate", f"{audio.sample_rate:,} Hz"),
        ("Channels", str(audio.channels)),
        ("Duration", f"{clock_time(audio.duration_seconds)} ({counted(audio.frames, 'sample')})"),
    ]
    if loudness is not None:
        lufs = loudness.integrated_lufs
        # Why there is no loudness, or what was assumed to get one, stands where the number is read.
        why = loudness.note.removeprefix("No loudness: ")
        rows += [
            (
                "Loudness",
                f"not measured: {why}"
                if lufs is None
                else ". ".join([_decibels(lufs, "LUFS"), *([why] if why else [])]),
            ),
            ("True peak", _decibels(loudness.true_peak_dbtp, "dBTP")),
            ("Sample peak", _decibels(loudness.sample_peak_dbfs, "dBFS")),
            ("Clipped samples", f"{loudness.clipped_samples:,}"),
        ]
    return Facts(tuple(rows), audio.warnings)


def summary_lines(
    audio: Audio, info: AudioInfo | None, loudness: Loudness, speech: VadResult, clock: Stopwatch
) -> list[str]:
    """Five lines for a terminal: file, format, loudness, speech, time; warnings stand in the first."""
    origin = f"{info.container}, {info.codec}, " if info else "made by code, "
    warning = f"  WARNING: {' '.join(audio.warnings)}" if audio.warnings else ""
    level = (
        f"{loudness.integrated_lufs:.1f} LUFS"
        if loudness.integrated_lufs is not None
        else f"not measured: {loudness.note.removeprefix('No loudness: ').rstrip('.')}"
    )
    peak = _decibels(loudness.true_peak_dbtp, "dBTP").replace(_MINUS, "-")  # not every terminal has the sign
    share = speech.speech_seconds / audio.duration_seconds if audio.frames else 0.0
    slowest = max(clock.seconds, key=clock.seconds.__getitem__)
    return [
        f"File      {audio.name}{warning}",
        f"Format    {origin}{audio.sample_rate} Hz, {counted(audio.channels, 'channel')}, "
        f"{clock_time(audio.duration_seconds)}",
        f"Loudness  {level}; true peak {peak}, {counted(loudness.clipped_samples, 'clipped sample')}",
        f"Speech    {clock_time(speech.speech_seconds)} in {counted(len(speech.segments), 'segment')}, {share:.0%} "
        f"({speech.model})",
        f"Time      {clock.total_seconds:.2f} s, most of it {slowest}",
    ]


def counted(count: int, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> counted(1, "segment"), counted(2000, "segment")
    ('1 segment', '2,000 segments')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def clock_time(seconds: float) -> str:
    """Seconds as a person writes them.

    Examples
    --------
    >>> clock_time(0.0125), clock_time(3.2), clock_time(75.5), clock_time(3723)
    ('12.5 ms', '3.20 s', '1:15.5', '1:02:03.0')
    """
    if 0 < seconds < 0.1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 59.995:  # what rounds to a minute is one
        return f"{seconds:.2f} s"
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{tenths / 10:04.1f}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def _decibels(value: float | None, unit: str) -> str:
    if value is None or value == float("-inf"):
        return "silence"
    text = f"{value:.1f}"
    return f"{'0.0' if text == '-0.0' else text.replace('-', _MINUS)} {unit}"


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"
