"""Several sounds at one level, by gains that only turn down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError
from audiokit_widgets.lineup import Remark

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MATCHES", "Levels", "match_gains", "measure_levels"]

MATCHES = ("loudness", "rms", "none")


@dataclass(frozen=True, slots=True)
class Levels:
    """What a meter shows of one sound.

    Parameters
    ----------
    loudness_lufs : float or None
        Integrated loudness (ITU-R BS.1770-4); None where it is not defined.
    rms_dbfs, true_peak_dbtp, sample_peak_dbfs : float
        Relative to full scale; -inf for silence.
    note : str
        Why there is no loudness; empty if there is.
    """

    loudness_lufs: float | None
    rms_dbfs: float
    true_peak_dbtp: float
    sample_peak_dbfs: float
    note: str = ""

    @property
    def silent(self) -> bool:
        """Whether every sample is 0."""
        return math.isinf(self.sample_peak_dbfs)


def measure_levels(samples: NDArray[np.float32], sample_rate: int) -> Levels:
    """Measure loudness, root mean square and peaks of a sound.

    Parameters
    ----------
    samples : ndarray, shape (channels, time), float32
        Finite.
    sample_rate : int
        In Hz.

    Returns
    -------
    Levels
    """
    from audiokit.dsp.loudness import measure_loudness

    seen = measure_loudness(samples, sample_rate)
    power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    rms = 10 * math.log10(power) if power > 0 else -math.inf
    note = seen.note.removeprefix("No loudness: ").rstrip(".") if seen.integrated_lufs is None else ""
    return Levels(seen.integrated_lufs, rms, seen.true_peak_dbtp, seen.sample_peak_dbfs, note)


def match_gains(levels: dict[str, Levels], match: str) -> tuple[list[float], list[Remark]]:
    """Find gains that bring sounds to the level of the quietest, so that no true peak exceeds full scale.

    No gain is above 0 dB. Silence has no level and keeps 0 dB. If any other sound has none, nothing is matched.

    Parameters
    ----------
    levels : dict of str to Levels
        By name.
    match : {"loudness", "rms", "none"}
        What is made equal.

    Returns
    -------
    gains_db : list of float
        One for each, at most 0.
    remarks : list of Remark
        What was done, or why nothing was.

    Raises
    ------
    ParameterError
        For another `match`.
    """
    if match not in MATCHES:
        raise ParameterError(f"Unknown match {match!r}.", cure=f"Use one of {', '.join(map(repr, MATCHES))}.")
    nothing = [0.0] * len(levels)
    if match == "none":
        return nothing, [Remark("levels are as given, not matched")]
    said = [Remark("silent, so it has no level to match", n, warns=True) for n, x in levels.items() if x.silent]
    values = {n: x.loudness_lufs if match == "loudness" else x.rms_dbfs for n, x in levels.items() if not x.silent}
    unknown = [Remark(f"no loudness, {levels[n].note}", n, warns=True) for n, value in values.items() if value is None]
    known = {name: value for name, value in values.items() if value is not None}
    if unknown or not known:
        why = "not every sound has a loudness" if unknown else "all is silent"
        return nothing, [Remark(f"levels are NOT matched: {why}", warns=True), *said, *unknown]
    target = min(known.values())
    # Where even the quietest has a peak beyond full scale, all are turned down together.
    beyond = max(0.0, *(levels[name].true_peak_dbtp + target - value for name, value in known.items()))
    gains = [target - beyond - known[name] if name in known else 0.0 for name in levels]
    unit = "LUFS" if match == "loudness" else "dBFS"
    what = "loudness (ITU-R BS.1770)" if match == "loudness" else "root mean square"
    level = f"{target - beyond:.1f}".replace("-", "\N{MINUS SIGN}")
    said.insert(0, Remark(f"matched by {what} to {level} {unit}, turning down only"))
    if beyond > 0:
        said.insert(1, Remark(f"all turned down by {beyond:.1f} dB more, so that no true peak exceeds full scale"))
    return gains, said
