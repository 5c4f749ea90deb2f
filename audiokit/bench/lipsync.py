"""The lip-sync mel of one chunk of 640 ms, beside the reference's recipe with librosa and the bare transforms."""

from __future__ import annotations

import contextlib
import importlib.util
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.bars import Bar
from audiokit.bench.timing import Timing, interleave
from audiokit.lipsync import StreamingMel, mel_spectrogram

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["LipsyncComparison", "compare_lipsync_mel", "librosa_reference", "lipsync_bars"]

LEAST_TIMES_LIBROSA = {"float64": 2.5, "float32": 5.0}
"""The reference takes at least this many times as long for a chunk."""

MOST_TIMES_FFT = 1.8
"""A chunk takes at most this many times what its bare transforms take."""

CHUNK_SAMPLES = 10_240
_CALLS = 40  # in one timed run: a single call is shorter than what a scheduler takes
_REFERENCE = "librosa"
_MOST_DIFFERENCE = {"float64": 1e-10, "float32": 2e-4}


@dataclass(frozen=True, slots=True)
class LipsyncComparison:
    """Times of one chunk.

    Parameters
    ----------
    timings : dict of str to Timing
        Seconds a call: ``"whole float64"``, ``"stream float64"``, ``"bare FFT float64"``, the same for float32, and
        ``"librosa"`` where it is installed.
    differences : dict of str to float
        Largest difference from the reference; empty without librosa.
    reason : str
        Why there is no reference.
    """

    timings: dict[str, Timing]
    differences: dict[str, float] = field(default_factory=dict)
    reason: str = ""

    def times(self, name: str, other: str) -> float | None:
        """How many times as long as `other` the contestant `name` took; None where one of them did not run."""
        if name not in self.timings or other not in self.timings:
            return None
        return self.timings[name].times_of(self.timings[other])

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each way."""
        import pandas as pd

        rows = []
        for name, timing in self.timings.items():
            precision = name.rpartition(" ")[2]
            rows.append(
                {
                    "name": name,
                    "median_us": 1e6 * timing.median_seconds,
                    "fastest_us": 1e6 * timing.fastest_seconds,
                    "reference_over_it": self.times(_REFERENCE, name),
                    "over_fft": self.times(name, f"bare FFT {precision}"),
                    "max_difference": self.differences.get(name),
                }
            )
        return pd.DataFrame(rows).astype({"reference_over_it": float, "over_fft": float, "max_difference": float})


def compare_lipsync_mel(*, repeats: int = 9, after_each: Callable[[], object] | None = None) -> LipsyncComparison:
    """Time a chunk in every way, in turns.

    Parameters
    ----------
    repeats : int
        Rounds, of which the median counts; each makes 40 calls of everyone.
    after_each : callable, optional
        Called after each timed run.
    """
    import scipy.fft

    generator = np.random.default_rng(0)
    chunk = (0.1 * generator.standard_normal(CHUNK_SAMPLES)).astype(np.float32)
    frames = mel_spectrogram(chunk).shape[0]
    calls: dict[str, Callable[[], Any]] = {}
    for precision in ("float64", "float32"):
        stream = StreamingMel(dtype=precision)
        windows = generator.standard_normal((frames, 800)).astype(precision)
        calls[f"whole {precision}"] = partial(mel_spectrogram, chunk, dtype=precision)
        calls[f"stream {precision}"] = partial(stream.push, chunk)
        calls[f"bare FFT {precision}"] = partial(scipy.fft.rfft, windows, axis=-1)
    differences: dict[str, float] = {}
    reason = ""
    if importlib.util.find_spec("librosa") is None:
        reason = "librosa is not installed"
    else:
        reference = librosa_reference()
        wanted = reference(chunk)
        for precision in ("float64", "float32"):
            whole = mel_spectrogram(chunk, dtype=precision)
            fresh = StreamingMel(dtype=precision)
            streamed = np.concatenate([fresh.push(chunk), fresh.flush()])
            differences[f"whole {precision}"] = float(np.abs(whole - wanted).max())
            differences[f"stream {precision}"] = float(np.abs(streamed - wanted).max())
        calls[_REFERENCE] = partial(reference, chunk)
    with _one_thread():
        timed = interleave({name: _often(call) for name, call in calls.items()}, repeats=repeats, after_each=after_each)
    each = {name: Timing(name, tuple(second / _CALLS for second in timing.seconds)) for name, timing in timed.items()}
    return LipsyncComparison(each, differences, reason)


def librosa_reference() -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """Return the reference's recipe with the libraries that it used; its filters are made once, as there."""
    import scipy.signal
    from librosa import stft
    from librosa.filters import mel as mel_filters

    filters = mel_filters(sr=16_000, n_fft=800, n_mels=80, fmin=55, fmax=7600)

    def mel(samples: NDArray[Any]) -> NDArray[np.float64]:
        emphasised = scipy.signal.lfilter([1.0, -0.97], [1.0], samples)
        spectrum = np.abs(stft(emphasised, n_fft=800, hop_length=200, win_length=800, pad_mode="constant"))
        decibels = 20.0 * np.log10(np.maximum(1e-5, filters @ spectrum)) - 20.0
        return np.asarray(np.clip(8.0 * (decibels + 100.0) / 100.0 - 4.0, -4.0, 4.0).T)

    return mel


def lipsync_bars(found: LipsyncComparison) -> list[Bar]:
    """Check a chunk's time against the reference's and the bare transforms', outputs being equal."""
    bars = []
    for precision, least in LEAST_TIMES_LIBROSA.items():
        name = f"whole {precision}"
        claim = f"lip-sync mel of 640 ms, {precision}: librosa takes at least {least:g} times as long"
        ratio = found.times(_REFERENCE, name)
        if ratio is None:
            bars.append(Bar(claim, holds=None, found=found.reason))
        else:
            apart = found.differences[name]
            same = apart <= _MOST_DIFFERENCE[precision]
            said = f"{ratio:.2f} times" + ("" if same else f"; but differs by up to {apart:.2g}")
            bars.append(Bar(claim, same and ratio >= least, said))
        claim = f"lip-sync mel of 640 ms, {precision}: at most {MOST_TIMES_FFT:g} times the bare FFTs"
        floor = found.times(name, f"bare FFT {precision}")
        assert floor is not None  # both always run
        bars.append(Bar(claim, floor <= MOST_TIMES_FFT, f"{floor:.2f} times"))
    return bars


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Let linear algebra take one thread: what is compared is one core's work, and threads wait for busy cores."""
    if importlib.util.find_spec("threadpoolctl") is None:  # librosa brings it, and nobody else here multiplies matrices
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield


def _often(call: Callable[[], Any]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(_CALLS):
            call()

    return run
