"""Several sounds on one clock: the same rate, channels and length, and no more delay between them than there was."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError
from audiokit_widgets.wording import counted, hertz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["Delay", "Lineup", "Remark", "find_delay", "finite", "line_up"]

# What every browser's AudioContext takes is 8 to 96 kHz (Web Audio API 1.1); FLAC and today's browsers go to 192.
_LOWEST_RATE, _HIGHEST_RATE = 8_000, 192_000
_MOST_SAMPLES = 1 << 27  # as the page holds them, in float32: 512 MiB
_MOST_DELAY_SECONDS = 0.5
_BLOCK = 1 << 18
_SIMILAR = 0.3  # correlation below which a delay is a guess


@dataclass(frozen=True, slots=True)
class Remark:
    """What was done to the sounds, or what a listener should know of them.

    Parameters
    ----------
    text : str
        In words.
    name : str
        Of the sound that it is about; empty if it is about all.
    warns : bool
        Whether something was lost, changed or not done.
    """

    text: str
    name: str = ""
    warns: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.text}" if self.name else self.text


@dataclass(frozen=True, slots=True)
class Delay:
    """How much later one sound is than another.

    Parameters
    ----------
    samples : int
        Positive when it is late.
    correlation : float
        Of the two where they overlap at that delay, -1 .. 1; negative when the polarity is opposite.
    """

    samples: int
    correlation: float

    @property
    def credible(self) -> bool:
        """Whether the two are alike enough for the delay to mean something."""
        return abs(self.correlation) >= _SIMILAR


@dataclass(frozen=True, slots=True)
class Lineup:
    """Sounds on one clock.

    Parameters
    ----------
    samples : tuple of ndarray, shape (channels, time), float32
        All of one shape; silence stands after the end of shorter ones.
    frames : tuple of int
        Samples of each before that silence.
    sample_rate : int
        In Hz.
    delays : tuple of Delay or None
        Each sound's against the reference, found before anything was moved; None for the reference itself.
    remarks : tuple of Remark
        What was done.
    """

    samples: tuple[NDArray[np.float32], ...]
    frames: tuple[int, ...]
    sample_rate: int
    delays: tuple[Delay | None, ...]
    remarks: tuple[Remark, ...]


def line_up(sounds: dict[str, Audio], *, reference: str, align: bool) -> Lineup:
    """Bring sounds to the highest rate among them, one or two channels and the longest length.

    Parameters
    ----------
    sounds : dict of str to Audio
        Finite samples, at least one frame each.
    reference : str
        The name of the sound that keeps its place.
    align : bool
        Whether a constant delay of the others is taken out, to the sample.

    Returns
    -------
    Lineup

    Raises
    ------
    ParameterError
        If together they are more than a page should hold.
    """
    rate = min(max(*(a.sample_rate for a in sounds.values()), _LOWEST_RATE), _HIGHEST_RATE)
    channels = 2 if any(a.channels == 2 for a in sounds.values()) else 1
    expected = len(sounds) * channels * max(math.ceil(a.duration_seconds * rate) for a in sounds.values())
    if expected > _MOST_SAMPLES:
        raise ParameterError(
            f"{len(sounds)} sounds at {rate} Hz are {expected * 4 / 2**20:.0f} MiB in a page, more than "
            f"{_MOST_SAMPLES * 4 / 2**20:.0f}.",
            cure="Compare a part: audio.between(start_seconds, end_seconds).",
        )
    remarks = [Remark(f"all on one clock at {hertz(rate)}")]
    prepared = [_prepared(name, audio, rate, channels, remarks) for name, audio in sounds.items()]
    names = list(sounds)
    first = prepared[names.index(reference)]
    delays = [
        None if name == reference else find_delay(first, s, rate) for name, s in zip(names, prepared, strict=True)
    ]
    for index, (name, delay) in enumerate(zip(names, delays, strict=True)):
        if delay is None:
            continue
        said, moved = _told(name, reference, delay, rate, align=align)
        remarks += said
        if moved:
            prepared[index] = _moved(prepared[index], delay.samples)

    frames = [s.shape[1] for s in prepared]
    longest = max(frames)
    for index, (name, own) in enumerate(zip(names, frames, strict=True)):
        if own < longest:
            short = (longest - own) / rate
            lost = f"{short:.3f} s" if short >= 0.001 else counted(longest - own, "sample")
            remarks.append(Remark(f"ends {lost} before the longest; silence stands there", name, warns=True))
            prepared[index] = np.pad(prepared[index], ((0, 0), (0, longest - own)))
    return Lineup(tuple(prepared), tuple(frames), rate, tuple(delays), tuple(remarks))


def _prepared(name: str, audio: Audio, rate: int, channels: int, remarks: list[Remark]) -> NDArray[np.float32]:
    """Bring one sound to a rate and to one or two channels, and say so."""
    from audiokit.dsp.resample import resample

    samples = audio.samples
    if audio.channels > 2:
        remarks.append(Remark(f"played as the mean of its {audio.channels} channels", name, warns=True))
        samples = audio.mono().samples
    if len(samples) < channels:
        remarks.append(Remark("mono, played on both sides", name))
        samples = np.repeat(samples, channels, axis=0)
    if audio.sample_rate != rate:
        remarks.append(Remark(f"resampled from {audio.sample_rate} to {rate} Hz by soxr, very high quality", name))
        samples = resample(samples, audio.sample_rate, rate, quality="soxr_vhq")
    return np.asarray(samples, dtype=np.float32)


def find_delay(reference: NDArray[np.float32], other: NDArray[np.float32], sample_rate: int) -> Delay:
    """Find the constant delay of one sound against another, by cross-correlation.

    The lag, within half a second either way, at which the sum of products of the two (the mean of their channels, less
    its own mean) is largest in magnitude; the smallest such lag where several are.

    Parameters
    ----------
    reference, other : ndarray, shape (channels, time), float32
        Finite.
    sample_rate : int
        In Hz, of both.

    Returns
    -------
    Delay
        Of `other`; 0 with correlation 0 if either is silent.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(1, 1000)).astype(np.float32)
    >>> find_delay(noise, np.pad(noise, ((0, 0), (7, 0))), 8000).samples
    7
    """
    a, b = (s.mean(axis=0, dtype=np.float64) for s in (reference, other))
    a, b = a - a.mean(), b - b.mean()
    most = int(_MOST_DELAY_SECONDS * sample_rate)
    products = _correlated(a, b, most)
    lags = np.arange(-most, most + 1)
    magnitude = np.abs(products)
    highest = magnitude.max()
    if highest == 0.0:
        return Delay(0, 0.0)
    best = np.flatnonzero(magnitude >= highest * (1 - 1e-9))  # of a periodic sound, all of one height
    at = int(best[np.argmin(np.abs(lags[best]))])
    lag = int(lags[at])
    first, second = a[max(0, -lag) : len(b) - lag], b[max(0, lag) : len(a) + lag]
    energy = math.sqrt(float(first @ first) * float(second @ second))
    return Delay(lag, float(products[at]) / energy if energy else 0.0)


def _correlated(a: NDArray[np.float64], b: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Return ``sum of a[n] * b[n + lag]`` for lags from -most to most, block by block in bounded memory."""
    from scipy.fft import irfft, next_fast_len, rfft

    block = min(_BLOCK, max(len(a), 1))
    size = next_fast_len(block + 2 * most + block, real=True)
    total = np.zeros(2 * most + 1)
    for start in range(0, len(a), block):
        piece = a[start : start + block]
        low, high = start - most, start + len(piece) + most
        around = np.zeros(high - low)
        inside = b[max(low, 0) : max(min(high, len(b)), 0)]
        offset = max(-low, 0)
        around[offset : offset + len(inside)] = inside
        product = irfft(np.conj(rfft(piece, size)) * rfft(around, size), size)
        total += product[: 2 * most + 1]
    return total


def _told(name: str, reference: str, delay: Delay, rate: int, *, align: bool) -> tuple[list[Remark], bool]:
    """What to say about a delay, and whether it is to be taken out."""
    if not delay.credible:
        text = f"not aligned, too unlike {reference} (correlation {delay.correlation:.2f})"
        return [Remark(text, name, warns=True)] if align else [], False
    late = "later" if delay.samples > 0 else "earlier"
    amount = f"{counted(abs(delay.samples), 'sample')} ({abs(delay.samples) / rate * 1000:.2f} ms)"
    said = []
    if delay.samples and align:
        said.append(Remark(f"was {amount} {late} than {reference}, aligned to the sample", name))
    elif delay.samples:
        said.append(Remark(f"is {amount} {late} than {reference}; align=True takes that out", name, warns=True))
    elif align:
        said.append(Remark(f"in time with {reference} to the sample, nothing to align", name))
    if delay.correlation < 0:
        said.append(Remark(f"its polarity is opposite to that of {reference}, and was left so", name, warns=True))
    return said, bool(delay.samples) and align


def _moved(samples: NDArray[np.float32], late: int) -> NDArray[np.float32]:
    return samples[:, late:] if late > 0 else np.pad(samples, ((0, 0), (-late, 0)))


def finite(audio: Audio) -> tuple[Audio, int]:
    """Replace what is not a number by 0, as it is drawn; and how many samples that were."""
    bad = audio.samples.size - int(np.count_nonzero(np.isfinite(audio.samples)))
    if not bad:
        return audio, 0
    return replace(audio, samples=np.nan_to_num(audio.samples, nan=0.0, posinf=0.0, neginf=0.0)), bad
