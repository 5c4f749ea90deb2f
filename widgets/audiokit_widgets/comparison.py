"""What a comparison plays and shows, made once: files on one clock, gains, outlines, facts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.embed import encode_flac
from audiokit.errors import ParameterError
from audiokit_widgets.coerce import as_audio, is_array
from audiokit_widgets.flac import as_kept, bits_needed
from audiokit_widgets.lineup import Remark, finite, line_up
from audiokit_widgets.matching import match_gains, measure_levels
from audiokit_widgets.pairs import Lane, difference_lane, lane_of
from audiokit_widgets.wording import counted, hertz

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from audiokit.audio import Audio
    from audiokit_widgets.lineup import Lineup
    from audiokit_widgets.matching import Levels

__all__ = ["Comparison", "given_sounds", "prepare"]

_FEWEST, _MOST = 2, 8
_FULL_SCALE_16_BIT = 32767 / 32768
_BITS = {
    16: "16-bit FLAC",
    24: "24-bit FLAC, as 16 bits would blur a difference",
}
_ROUNDING = "rounded to 16 bits at least 20 dB below every difference"
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sounds made ready to be compared.

    Parameters
    ----------
    files : tuple of bytes
        A FLAC file for each sound, all of one rate and length.
    factors : tuple of float
        By which a page plays each file, at most 1.
    rows : tuple of dict
        What is known of each sound: name, sample_rate, channels, duration_seconds, loudness_lufs, rms_dbfs,
        sample_peak_dbfs, true_peak_dbtp, gain_db, remaining_db, delay_samples.
    lanes, differences : tuple of Lane
        Outlines of the sounds as given, and of the reference less each other one as played.
    remarks : tuple of Remark
        What was done.
    sample_rate, frames, channels : int
        Of all files.
    """

    files: tuple[bytes, ...]
    factors: tuple[float, ...]
    rows: tuple[dict[str, Any], ...]
    lanes: tuple[Lane, ...]
    differences: tuple[Lane, ...]
    remarks: tuple[Remark, ...]
    sample_rate: int
    frames: int
    channels: int

    @property
    def summary(self) -> str:
        """What all have in common; no names."""
        channels = "mono" if self.channels == 1 else "stereo"
        return f"{len(self.files)} sounds · {channels} · {hertz(self.sample_rate)}"

    @property
    def told(self) -> list[dict[str, Any]]:
        """For a page: label, facts and gain of each sound in words, and the factor by which its file is played."""
        return [
            {"label": row["name"], "facts": _facts(row), "gain": f"{_number(row['gain_db'])} dB", "level": factor}
            for row, factor in zip(self.rows, self.factors, strict=True)
        ]


def prepare(audios: Mapping[str, Audio], *, reference: str, match: str, align: bool, baked: bool) -> Comparison:
    """Line sounds up, match their levels, encode and outline them.

    Parameters
    ----------
    audios : mapping of str to Audio
        As `given_sounds` gives them.
    reference : str
        The name of the one that keeps its place, and that the others are subtracted from.
    match : {"loudness", "rms", "none"}
        See `match_gains`.
    align : bool
        See `line_up`.
    baked : bool
        Whether gains are in the samples of the files, so that every factor is 1.

    Returns
    -------
    Comparison

    Raises
    ------
    ParameterError
        For another `match`, or too many samples for a page.
    """
    clean, told = _cleaned(audios)
    lined = line_up(clean, reference=reference, align=align)
    levels = {
        name: measure_levels(samples[:, :own], lined.sample_rate)
        for name, samples, own in zip(audios, lined.samples, lined.frames, strict=True)
    }
    gains, matched = match_gains(levels, match)
    said = [*matched, *told, *lined.remarks]  # the first is what is seen at once
    stored, factors = _stored(lined.samples, [10 ** (gain / 20) for gain in gains], baked=baked)
    for name, samples in zip(audios, stored, strict=True):
        beyond = int(np.count_nonzero(np.abs(samples) > 1))
        if beyond:
            said.append(Remark(f"{counted(beyond, 'sample')} beyond full scale, cut off when played", name, warns=True))
    bits = bits_needed([np.clip(s, -1, 1) for s in stored], factors)
    files = tuple(encode_flac(s, lined.sample_rate, bits) for s in stored)
    megabytes = sum(map(len, set(files))) / 1e6
    said += [Remark(f"kept in {megabytes:.1f} MB of {_BITS[bits]}"), *([Remark(_ROUNDING)] if bits == 16 else [])]
    played = [(as_kept(s, bits) * f).astype(np.float32) for s, f in zip(stored, factors, strict=True)]
    remaining = _remaining(played, lined, levels, gains, match)
    if any(gain != 0 for gain in gains):
        largest = max((r for r in remaining if r is not None), default=0.0)
        said.append(Remark(f"measured again as played, levels differ by at most {largest:.2f} dB"))
    lanes, differences = _lanes(list(audios), reference, lined, gains)
    return Comparison(
        files=files,
        factors=tuple(factors),
        rows=tuple(_rows(audios, lined, levels, gains, remaining)),
        lanes=tuple(lanes),
        differences=tuple(differences),
        remarks=tuple(said),
        sample_rate=lined.sample_rate,
        frames=lined.samples[0].shape[1],
        channels=len(lined.samples[0]),
    )


def given_sounds(sounds: Mapping[str, object], sample_rate: int | None) -> dict[str, Audio]:
    """Take sounds by name: two to eight, each anything that `as_audio` takes.

    Raises
    ------
    ParameterError
        For another number of them, no names, equal names, or a rate that none of them needs.
    """
    if not hasattr(sounds, "items"):
        raise ParameterError(
            f"Compare wants sounds by name, got {type(sounds).__name__}.", cure='Compare({"a": a, "b": b}) names them.'
        )
    if not _FEWEST <= len(sounds) <= _MOST:
        raise ParameterError(f"Compare wants {_FEWEST} to {_MOST} sounds, got {len(sounds)}.")
    if sample_rate is not None and not any(is_array(value) for value in sounds.values()):
        raise ParameterError(
            f"sample_rate={sample_rate!r} was given, but all of the sounds know their own.",
            cure="Leave it out; audiokit.read(source, sample_rate=...) resamples.",
        )
    audios = {str(k): as_audio(v, sample_rate=sample_rate if is_array(v) else None) for k, v in sounds.items()}
    if len(audios) < len(sounds):
        raise ParameterError(f"Two sounds have the same name among {[str(k) for k in sounds]}.")
    return audios


def _cleaned(audios: Mapping[str, Audio]) -> tuple[dict[str, Audio], list[Remark]]:
    clean, told = {}, list[Remark]()
    for name, audio in audios.items():
        clean[name], bad = finite(audio)
        told += [Remark(str(warning), name, warns=True) for warning in audio.warnings]
        if bad:
            told.append(Remark(f"{counted(bad, 'sample')} not finite; shown and played as 0", name, warns=True))
        clipped = int(np.count_nonzero(np.abs(clean[name].samples) >= _FULL_SCALE_16_BIT))
        if clipped:
            told.append(Remark(f"{counted(clipped, 'sample')} at or beyond full scale", name, warns=True))
    return clean, told


def _stored(
    samples: Sequence[NDArray[np.float32]], factors: Sequence[float], *, baked: bool
) -> tuple[list[NDArray[np.float32]], list[float]]:
    """Give the samples that are written to files, and the factors by which a page plays them."""
    if baked:
        return [s * np.float32(f) for s, f in zip(samples, factors, strict=True)], [1.0] * len(factors)
    stored, left = [], []
    for one, factor in zip(samples, factors, strict=True):
        peak = float(np.abs(one).max())
        # What is turned down into range is stored in range; what is not keeps its level, and its peaks are cut off.
        scale = peak if peak > 1 and factor * peak <= 1 + 1e-9 else 1.0
        stored.append(one / np.float32(scale) if scale > 1 else one)
        left.append(factor * scale)
    return stored, left


def _remaining(
    played: Sequence[NDArray[np.float32]],
    lined: Lineup,
    levels: Mapping[str, Levels],
    gains: Sequence[float],
    match: str,
) -> list[float | None]:
    """Each played sound's level less the quietest's, measured again, in dB; None for those that were not matched."""
    if all(gain == 0 for gain in gains):
        return [None] * len(played)
    measured = [
        None if before.silent else _level_of(measure_levels(p[:, :own], lined.sample_rate), match)
        for p, own, before in zip(played, lined.frames, levels.values(), strict=True)
    ]
    least = min(value for value in measured if value is not None)
    return [None if value is None else value - least for value in measured]


def _level_of(levels: Levels, match: str) -> float | None:
    return levels.loudness_lufs if match == "loudness" else levels.rms_dbfs


def _rows(
    audios: Mapping[str, Audio],
    lined: Lineup,
    levels: Mapping[str, Levels],
    gains: Sequence[float],
    remaining: Sequence[float | None],
) -> list[dict[str, Any]]:
    rows = []
    for (name, audio), delay, gain, left in zip(audios.items(), lined.delays, gains, remaining, strict=True):
        seen = levels[name]
        rows.append(
            {
                "name": name,
                "sample_rate": audio.sample_rate,
                "channels": audio.channels,
                "duration_seconds": audio.duration_seconds,
                "loudness_lufs": seen.loudness_lufs,
                "rms_dbfs": seen.rms_dbfs,
                "sample_peak_dbfs": seen.sample_peak_dbfs,
                "true_peak_dbtp": seen.true_peak_dbtp,
                "gain_db": gain,
                "remaining_db": left,
                "delay_samples": delay.samples if delay and delay.credible else None,
            }
        )
    return rows


def _lanes(names: Sequence[str], base: str, lined: Lineup, gains: Sequence[float]) -> tuple[list[Lane], list[Lane]]:
    played = [s * np.float32(10 ** (gain / 20)) for s, gain in zip(lined.samples, gains, strict=True)]
    first = played[names.index(base)]
    lanes = [lane_of(name, samples) for name, samples in zip(names, lined.samples, strict=True)]
    differences = [difference_lane(base, first, n, p) for n, p in zip(names, played, strict=True) if n != base]
    return lanes, differences


def _facts(row: Mapping[str, Any]) -> str:
    channels = {1: "mono", 2: "stereo"}.get(row["channels"], f"{row['channels']} channels")
    loudness = "no loudness" if row["loudness_lufs"] is None else f"{_number(row['loudness_lufs'])} LUFS"
    peak = f"peak {_number(row['true_peak_dbtp'])} dBTP"
    return f"{hertz(row['sample_rate'])} · {channels} · {loudness} · {peak}"


def _number(value: float) -> str:
    if math.isinf(value):
        return f"{_MINUS}∞"
    text = f"{abs(value):.1f}"
    return f"{_MINUS}{text}" if value < 0 and text != "0.0" else text
