"""What was measured, as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from audiokit.bench.bars import Bar

__all__ = ["TITLES", "bar_lines", "section_notes", "section_table"]

TITLES = {
    "imports": "Importing, in a fresh process; numpy is 1",
    "first": "From nothing to the first array, FLAC, in a fresh process; audiokit is 1",
    "decode": "Whole file to 16 kHz mono; audiokit is 1",
    "native": "Whole file to mono at its own rate; audiokit is 1",
    "floor": "The floor: the fastest bare decoder on one thread, and one soxr pass",
    "lengths": "Other lengths, to 16 kHz mono; audiokit is 1",
    "spans": "The last second of a long file, to 16 kHz mono; audiokit is 1",
    "threads": "Several files in a pool of threads, to 16 kHz mono",
    "cache": "A hit in the decode cache",
    "many": "Many short files in a pool of threads, to 16 kHz mono; read_many is 1",
    "blocks": "Hours of sound in blocks, in a fresh process",
    "loader": "Batches of 40 MFCC of whole files, 16 kHz mono; audiokit with an empty cache is 1",
    "stretch": "The same, stretched by 1.1 and shifted by two semitones; audiokit with audiomentations is 1",
    "tuner": "The tuner beside the best fixed plan, with a step that sleeps; that plan's pace is 1",
    "reading": "What two epochs with a cache read, all processes together",
    "overlap": "A step that sleeps, with augmentation and without; an augmented batch is 1",
    "tagging": "Tagging, warm, on the CPU",
    "speech": "Speech to text, warm, on the CPU; Whisper's weights are random",
    "lipsync": "The lip-sync mel of a chunk of 640 ms, beside the reference with librosa and the bare transforms",
    "avatar": "The demo avatar on one core: its models, 16 frames in a call, and a film as a whole, a frame each",
    "speaking": "Speech by espeak-ng, in a process of its own, beside the bare library",
}
"""By section of `audiokit.bench.suite`."""

# Column of the data frame, heading, format; a codec or a length is not repeated below itself.
_LOADERS = (
    ("name", "loader", "s"),
    ("state", "state", "s"),
    ("median_ms", "median ms", ".1f"),
    ("ratio", "times audiokit", ".2f"),
    ("max_difference", "max diff.", ".1e"),
)
_TIMED = (
    ("name", "statement", "s"),
    ("median_ms", "median ms", ".0f"),
    ("fastest_ms", "fastest", ".0f"),
    ("slowest_ms", "slowest", ".0f"),
    ("ratio", "times", ".2f"),
    ("heavy_modules", "heavy modules", "s"),
)
_PIPELINES = (
    ("kind", "files", "s"),
    ("name", "pipeline", "s"),
    ("state", "state", "s"),
    ("way", "way", "s"),
    ("median_ms", "epoch ms", ".0f"),
    ("items_per_second", "items a second", ".0f"),
    ("cpu_ms_per_item", "CPU ms an item", ".2f"),
    ("ratio", "times audiokit", ".2f"),
    ("max_difference", "max diff.", ".1e"),
)
_COLUMNS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "imports": _TIMED,
    "first": _TIMED,
    "decode": (("codec", "codec", "s"), *_LOADERS),
    "native": (("codec", "codec", "s"), *_LOADERS),
    "floor": (
        ("codec", "codec", "s"),
        ("decoder", "fastest bare decoder", "s"),
        ("codec_ms", "codec ms", ".1f"),
        ("soxr_ms", "soxr ms", ".1f"),
        ("audiokit_ms", "audiokit ms", ".1f"),
        ("times_floor", "times the floor", ".2f"),
        ("other_decoders_ms", "other decoders, ms", "s"),
    ),
    "lengths": (("sound_seconds", "length s", "g"), ("codec", "codec", "s"), *_LOADERS),
    "spans": (
        ("codec", "codec", "s"),
        *_LOADERS,
        ("whole_ms", "whole ms", ".0f"),
        ("times_faster", "times faster", ".1f"),
        ("off_the_whole", "off the whole", ".1e"),
    ),
    "threads": (
        ("codec", "codec", "s"),
        ("name", "loader", "s"),
        ("threads", "threads", "d"),
        ("state", "state", "s"),
        ("median_ms", "median ms", ".1f"),
        ("sound_seconds_per_second", "s of sound a second", ".0f"),
    ),
    "cache": (
        ("sound_seconds", "length s", "g"),
        ("array_mb", "array MB", ".2f"),
        ("miss_ms", "miss ms", ".1f"),
        ("hit_us", "hit us", ".2f"),
    ),
    "many": (
        ("name", "loader", "s"),
        ("state", "state", "s"),
        ("screened_ms", "a tenth, ms", ".0f"),
        ("median_ms", "all, ms", ".0f"),
        ("files_per_second", "files a second", ".0f"),
        ("ratio", "times read_many", ".2f"),
    ),
    "loader": _PIPELINES,
    "stretch": _PIPELINES,
    "tuner": (
        ("kind", "files", "s"),
        ("situation", "situation", "s"),
        ("step_ms", "step ms", ".1f"),
        ("winner", "best fixed plan", "s"),
        ("winner_items_per_second", "its items a second", ".1f"),
        ("tuned", "tuned", "s"),
        ("of_the_winner", "of its pace", ".2f"),
        ("settled_seconds", "settled after s", ".1f"),
        ("settled_batches", "batches", "d"),
    ),
    "reading": (
        ("kind", "files", "s"),
        ("files_mb", "MB of files", ".1f"),
        ("first_mb", "first epoch MB", ".1f"),
        ("last_mb", "second MB", ".1f"),
        ("times_less", "times less", ".1f"),
    ),
    "overlap": (
        ("step_ms", "step ms", ".0f"),
        ("step_over_batch", "over a batch", ".2f"),
        ("plain_ms", "plain ms", ".1f"),
        ("augmented_ms", "augmented ms", ".1f"),
        ("extra", "extra", ".1%"),
        ("plan", "plan", "s"),
    ),
    "tagging": (
        ("name", "what", "s"),
        ("state", "state", "s"),
        ("median_ms", "median ms", ".0f"),
        ("p95_ms", "p95 ms", ".0f"),
        ("ratio", "times", ".2f"),
        ("beside", "beside", "s"),
        ("peak_mb", "peak MB", ".0f"),
    ),
    "speech": (
        ("name", "what", "s"),
        ("state", "state", "s"),
        ("value", "found", ".3g"),
        ("unit", "", "s"),
        ("median_ms", "a run, ms", ".0f"),
    ),
    "lipsync": (
        ("name", "way", "s"),
        ("median_us", "median us", ".0f"),
        ("fastest_us", "fastest", ".0f"),
        ("reference_over_it", "librosa takes, times", ".2f"),
        ("over_fft", "times bare FFT", ".2f"),
        ("max_difference", "max diff.", ".1e"),
    ),
    "avatar": (
        ("name", "part", "s"),
        ("median_ms", "median ms", ".2f"),
        ("frames_per_second", "a second", ".0f"),
    ),
    "speaking": (
        ("name", "what", "s"),
        ("state", "state", "s"),
        ("median_ms", "median ms", ".1f"),
        ("fastest_ms", "fastest", ".1f"),
        ("per_second", "made in a second", ".0f"),
    ),
    "blocks": (
        ("name", "file", "s"),
        ("state", "state", "s"),
        ("peak_mb", "peak MB", ".0f"),
        ("sound_seconds", "sound s", ".0f"),
    ),
}


def section_table(section: str, frame: pd.DataFrame) -> Table:
    """Make the table of a section of `audiokit.bench.suite.Results.tables`."""
    columns = [column for column in _COLUMNS[section] if column[0] in frame.columns]
    table = _table(TITLES[section], columns)
    grouped = columns[0][0] in ("codec", "kind", "sound_seconds")
    before = None
    for _, row in frame.iterrows():
        cells = [_shown(row[name], form) for name, _, form in columns]
        same = grouped and cells[0] == before
        if grouped and not same and before is not None and section not in ("floor", "cache", "reading"):
            table.add_section()
        before = cells[0]
        table.add_row("" if same else cells[0], *cells[1:])
    return table


def section_notes(frame: pd.DataFrame) -> list[str]:
    """Say why rows have no ratio, or what is odd about them: one line for each loader and reason, and the codecs."""
    if "reason" not in frame.columns:
        return []
    notes: dict[tuple[str, str], list[str]] = {}
    for _, row in frame.iterrows():
        if row["reason"]:
            about = next((f"{row[column]}" for column in ("codec", "kind") if column in frame.columns), "")
            places = notes.setdefault((row["name"], row["reason"]), [])
            if about not in places:
                places.append(about)
    return [f"  {name}{_among(places)}: {reason}" for (name, reason), places in notes.items()]


def _among(places: Sequence[str]) -> str:
    said = ", ".join(filter(None, places))
    return f" ({said})" if said else ""


def bar_lines(bars: Sequence[Bar]) -> list[str]:
    """Say of each bar whether it holds or could not be measured, and what was found."""
    said = {True: "holds", False: "DOES NOT HOLD", None: "NOT MEASURED"}
    return [f"  {said[bar.holds]}  {bar.name}: {bar.found}" for bar in bars]


def _table(title: str, columns: Sequence[tuple[str, str, str]]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold")
    for _, heading, form in columns:
        table.add_column(heading, justify="left" if form == "s" else "right", no_wrap=heading in ("loader", "codec"))
    return table


def _shown(value: Any, form: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    from rich.markup import escape

    return escape(str(value)) if form == "s" else f"{value:{form}}"
