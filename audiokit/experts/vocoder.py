"""Take a voice apart into pitch, voicing and spectral envelope, and put it together with another melody and rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE, FrameGrid, power_frames, track_pitch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HOP", "Voice", "analyse", "overlap_pitch_periods", "resynthesise"]

HOP = 80  # samples: 5 ms
_GRID = FrameGrid(win_length=640, hop_length=HOP)
_FFT = 1024
_WINDOW = 400


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """A voice in frames of 5 ms.

    Parameters
    ----------
    samples : ndarray, shape (time,), float32
        As recorded, at 16 kHz.
    hertz, voicing, level : ndarray, shape (frames,)
        Pitch, how voiced (0 to 1), and level in dB.
    envelope : ndarray, shape (frames, 513), float32
        Magnitudes without harmonics.
    """

    samples: NDArray[np.float32]
    hertz: NDArray[np.float32]
    voicing: NDArray[np.float32]
    level: NDArray[np.float32]
    envelope: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.hertz)


def analyse(samples: NDArray[np.float32]) -> Voice:
    """Analyse speech at 16 kHz; the envelope is the cepstrum's beginning, up to six tenths of the pitch period."""
    import scipy.fft
    import scipy.ndimage

    padded = np.pad(samples, (_GRID.win_length // 2, _GRID.win_length // 2))
    pitch = track_pitch(power_frames(padded, _GRID), _GRID)
    narrow = power_frames(np.pad(samples, (_WINDOW // 2, _WINDOW // 2 + 320)), FrameGrid(_WINDOW, HOP))
    frames = min(len(pitch.hertz), len(narrow))
    narrow = narrow[:frames]
    level = 10 * np.log10(np.maximum(narrow[:, 4:].sum(axis=1), 1e-10))
    loud = level > np.percentile(level, 95) - 35
    voicing = scipy.ndimage.uniform_filter1d(np.clip((pitch.strength[:frames] - 0.35) / 0.3, 0, 1) * loud, 3)
    voiced = voicing > 0.5
    typical = float(np.median(pitch.hertz[:frames][voiced])) if voiced.any() else 150.0
    hertz = _bridged(pitch.hertz[:frames], voiced, typical)
    floor = narrow.max() * 1e-7 + 1e-12
    cepstrum = scipy.fft.irfft(np.log(narrow + floor), axis=1)
    keep = int(np.clip(0.6 * SAMPLE_RATE / typical, 16, 70))
    lifter = np.zeros(_FFT, dtype=np.float32)
    lifter[:keep] = 1
    lifter[-keep + 1 :] = 1
    envelope = np.exp(0.5 * scipy.fft.rfft(cepstrum * lifter, axis=1).real)
    return Voice(
        samples, hertz.astype(np.float32), voicing.astype(np.float32), level.astype(np.float32),
        envelope.astype(np.float32),
    )  # fmt: skip


def _bridged(hertz: NDArray[np.float32], voiced: NDArray[np.bool_], typical: float) -> NDArray[np.floating]:
    """Pitch in voiced frames, straight lines between them; octaves from the median that are the tracker's removed."""
    if not voiced.any():
        return np.full(len(hertz), typical)
    sane = voiced & (np.abs(np.log2(hertz / typical)) < 1.1)
    if not sane.any():
        return np.full(len(hertz), typical)
    places = np.flatnonzero(sane)
    return np.asarray(np.exp(np.interp(np.arange(len(hertz)), places, np.log(hertz[places]))))


def resynthesise(
    voice: Voice,
    positions: NDArray[np.floating],
    hertz: NDArray[np.floating],
    generator: np.random.Generator,
    *,
    formant_factor: float = 1.0,
    ring_db: float = 0.0,
    breath: float = 0.05,
) -> NDArray[np.float32]:
    """Put a voice together: a train of pulses and noise, shaped by the envelopes.

    Parameters
    ----------
    voice : Voice
        Where the envelopes come from.
    positions : ndarray, shape (frames,)
        For each output frame of 5 ms, the frame of the voice that sounds.
    hertz : ndarray, shape (frames,)
        Pitch of each output frame.
    generator : numpy.random.Generator
        For the noise.
    formant_factor : float
        Above 1 a shorter throat.
    ring_db : float
        Boost around 2.9 kHz, as trained singers have.
    breath : float
        Share of noise in what is voiced.

    Returns
    -------
    ndarray, shape (frames * 80,), float32
        With the level of the original.
    """
    frames = len(positions)
    length = frames * HOP
    nearest = np.clip(np.rint(positions).astype(int), 0, len(voice) - 1)
    pitch = np.interp(np.arange(length), np.arange(frames) * HOP, hertz)
    voiced = np.interp(np.arange(length), np.arange(frames) * HOP, voice.voicing[nearest])
    turns = 2 * np.pi * np.cumsum(pitch / SAMPLE_RATE)
    harmonics = np.maximum(np.floor(7600.0 / pitch), 1)
    half = np.sin(turns / 2)
    safe = np.where(np.abs(half) < 1e-4, 1e-4, half)
    pulses = np.where(np.abs(half) < 1e-4, harmonics, np.sin((harmonics + 0.5) * turns) / (2 * safe) - 0.5)
    pulses /= np.sqrt(np.maximum(harmonics / 2, 0.5))  # each harmonic 1: now of unit power
    noise = generator.standard_normal(length)
    share = np.sqrt(np.clip(voiced - breath, 0, 1))
    excitation = share * pulses + np.sqrt(1 - share**2) * noise
    envelope = voice.envelope[nearest]
    if formant_factor != 1.0:
        source = np.clip(np.arange(envelope.shape[1]) / formant_factor, 0, envelope.shape[1] - 1)
        low = source.astype(int)
        part = (source - low).astype(np.float32)
        envelope = envelope[:, low] * (1 - part) + envelope[:, np.minimum(low + 1, envelope.shape[1] - 1)] * part
    if ring_db:
        bins = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE)
        envelope = envelope * (10 ** (ring_db / 20 * np.exp(-(((bins - 2900) / 500) ** 2)))).astype(np.float32)
    return _filtered(excitation, envelope, float(np.abs(voice.samples).max()))


def _filtered(excitation: NDArray[np.floating], envelope: NDArray[np.float32], peak: float) -> NDArray[np.float32]:
    import scipy.fft

    frames, length = len(envelope), len(excitation)
    window = np.hanning(_WINDOW + 1)[:-1]
    padded = np.pad(excitation, (_WINDOW // 2, _WINDOW // 2 + _FFT))
    cut = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][:frames] * window
    shaped = scipy.fft.irfft(scipy.fft.rfft(cut, _FFT, axis=1) * envelope, _FFT, axis=1)
    out = np.zeros(frames * HOP + 2 * _FFT)
    steps = _FFT // HOP + 1
    shaped = np.pad(shaped, ((0, 0), (0, steps * HOP - _FFT)))
    for step in range(steps):  # each step adds the same piece of all frames: no two overlap
        piece = shaped[:, step * HOP : (step + 1) * HOP].reshape(-1)
        out[step * HOP : step * HOP + piece.size] += piece
    out = out[_WINDOW // 2 : _WINDOW // 2 + length]
    highest = float(np.abs(out).max(initial=1e-9))
    return (out * (peak / highest)).astype(np.float32)


def overlap_pitch_periods(
    voice: Voice, positions: NDArray[np.floating], hertz: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Put a voice together from its own pitch periods (TD-PSOLA): closer to the recording, pitch within two octaves.

    Parameters
    ----------
    voice : Voice
        Whose samples are used.
    positions, hertz : ndarray, shape (frames,)
        As for `resynthesise`.

    Returns
    -------
    ndarray, shape (frames * 80,), float32
    """
    marks = _pitch_marks(voice)
    length = len(positions) * HOP
    out = np.zeros(length + 4000)
    padded = np.pad(voice.samples, 2000)
    periods = SAMPLE_RATE / voice.hertz
    voiced = voice.voicing > 0.5
    here = 0.0
    flip = False
    while here < length:
        frame = min(int(here / HOP), len(positions) - 1)
        source = positions[frame] * HOP
        mark = marks[np.argmin(np.abs(marks - source))] if marks.size else int(source)
        at = min(int(source / HOP), len(voice) - 1)
        if voiced[at]:
            half = int(min(periods[at], 250))
            step = SAMPLE_RATE / hertz[frame]
        else:
            mark, half, step = int(source), 80, 80.0
            flip = not flip
        grain = padded[2000 + mark - half : 2000 + mark + half]
        if len(grain) == 2 * half:
            if not voiced[at] and flip:
                grain = grain[::-1]  # a stretched hiss must not become a tone
            begin = int(here) - half + 2000
            out[begin : begin + 2 * half] += grain * np.hanning(2 * half) * min(step / half, 1.5)
        here += step
    return out[2000 : 2000 + length].astype(np.float32)


def _pitch_marks(voice: Voice) -> NDArray[np.int64]:
    """One mark a period, at the highest sample near where the next one is due."""
    marks = []
    here = 0
    size = len(voice.samples)
    loud = np.abs(voice.samples)
    while here < size:
        period = int(SAMPLE_RATE / voice.hertz[min(here // HOP, len(voice) - 1)])
        first, last = max(here - period // 4, 0), min(here + period // 4 + 1, size)
        mark = first + int(loud[first:last].argmax())
        marks.append(mark)
        here = max(mark + period, here + period // 2)
    return np.asarray(marks)
