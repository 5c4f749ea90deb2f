"""The built-in sample: about twenty seconds of speech, music, noise and silence, made by code, the same every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import Audio
from audiokit.results import Segment
from audiokit.speech.espeak import speak

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sample", "built_in_sample", "sung_phrase"]

_RATE = 22_050  # espeak-ng's own: nothing is resampled
_OPENING = "Good morning and welcome to audiokit. Now listen to the music, and after that to the noise."
_CLOSING = "And that was the end. The next voice that you hear will be your own."
_BEAT_SECONDS = 0.45
# A turn-around in C, two beats a chord, the last held: MIDI notes, bass first.
_CHORDS = ((36, 55, 59, 64), (33, 55, 60, 64), (38, 53, 57, 60), (31, 53, 59, 62), (36, 52, 55, 62))
# The tune above it: (beat, MIDI note, beats it is held).
_TUNE = ((0, 76, 1), (1, 79, 0.5), (1.5, 76, 0.5), (2, 72, 1), (3, 76, 1), (4, 77, 0.5), (4.5, 76, 0.5), (5, 74, 1),
         (6, 71, 1), (7, 74, 0.5), (7.5, 71, 0.5), (8, 72, 3))  # fmt: skip
_SEED = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """A recording whose content is known.

    Parameters
    ----------
    audio : Audio
        Two channels.
    parts : tuple of Segment
        What is where: ``"speech"``, ``"music"``, ``"noise"`` and ``"silence"``, in order, not overlapping.
    text : str
        What is said in it.
    """

    audio: Audio
    parts: tuple[Segment, ...]
    text: str


def built_in_sample() -> Sample:
    """Make the sample.

    Returns
    -------
    Sample
        Stereo at 22050 Hz, peak below -1 dBFS. The same samples on every call with the same espeak-ng.

    Raises
    ------
    LibraryUnavailable
        If espeak-ng is not installed; ``cure`` names the command.
    """
    pieces = (
        ("speech", _speech(_OPENING), 0.5),
        ("music", _music(), 0.4),
        ("noise", _noise(2.0), 0.0),
        ("silence", np.zeros((2, round(2.0 * _RATE))), 0.0),
        ("speech", _speech(_CLOSING), 0.3),
    )
    channels: list[NDArray[np.float64]] = [np.zeros((2, round(0.3 * _RATE)))]
    parts, now = [], channels[0].shape[1]
    for label, samples, pause_seconds in pieces:
        parts.append(Segment(now / _RATE, (now + samples.shape[1]) / _RATE, label))
        pause = np.zeros((2, round(pause_seconds * _RATE)))
        channels += [samples, pause]
        now += samples.shape[1] + pause.shape[1]
    joined = np.concatenate(channels, axis=1).astype(np.float32)
    return Sample(Audio(joined, _RATE, name="built-in sample"), tuple(parts), f"{_OPENING} {_CLOSING}")


def sung_phrase() -> Audio:
    """Make a song without words: the synthetic voice says "la" on the pitches of a tune, over chords.

    Returns
    -------
    Audio
        Two channels at 22050 Hz, as long as the music of the sample.

    Raises
    ------
    LibraryUnavailable
        If espeak-ng is not installed.
    """
    mix = 0.5 * _music()
    step = round(1.5 * _BEAT_SECONDS * _RATE)
    for index, pitch in enumerate((40, 55, 70, 85, 70, 55, 40)):
        voice = speak("laah", voice="en-us", words_per_minute=100, pitch=pitch).samples[0][:step]
        first = index * step
        mix[:, first : first + voice.size] += 0.5 * _faded(voice.astype(np.float64), 0.03)
    return Audio((mix / np.abs(mix).max() * 0.6).astype(np.float32), _RATE, name="la la la, by the synthetic voice")


def _speech(text: str) -> NDArray[np.float64]:
    """Speak in the middle, without the silence that espeak-ng leaves around a sentence."""
    samples = speak(text, voice="en-us", words_per_minute=150).samples[0].astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[max(loud[0] - 200, 0) : loud[-1] + 200]
    return np.tile(_faded(samples / np.abs(samples).max() * 0.6, 0.008), (2, 1))


def _music() -> NDArray[np.float64]:
    """Compose one phrase for a soft electric piano: chords in the middle, bass to the left, tune to the right."""
    beats = 2 * len(_CHORDS) + 2
    mix = np.zeros((2, round(beats * _BEAT_SECONDS * _RATE)))
    for index, (bass, *upper) in enumerate(_CHORDS):
        held = 2 if index + 1 < len(_CHORDS) else 3.5
        _play(mix, bass, 2 * index, held, gain=0.9, pan=-0.3)
        for place, note in enumerate(upper):
            # a hand does not strike all keys at once
            _play(mix, note, 2 * index + 0.03 * place, held, gain=0.4, pan=0.25 * (place - 1))
    for beat, note, held in _TUNE:
        _play(mix, note, beat, held, gain=0.7, pan=0.35)
    return _faded(mix / np.abs(mix).max() * 0.45, 0.3)


def _play(mix: NDArray[np.float64], note: int, beat: float, beats: float, *, gain: float, pan: float) -> None:
    """Add one struck note: six partials, each dying away sooner than the one below, damped when the key goes up."""
    first = round(beat * _BEAT_SECONDS * _RATE)
    time = np.arange(mix.shape[1] - first) / _RATE
    frequency = 440.0 * 2 ** ((note - 69) / 12)
    tone = np.zeros_like(time)
    for partial in range(1, 7):
        decay = np.exp(-time * (1.1 + 0.9 * partial) * (frequency / 260) ** 0.4)
        tone += np.sin(2 * np.pi * frequency * partial * time) * decay / partial**1.7
    attack = np.minimum(time / 0.006, 1.0)
    damper = np.exp(-np.maximum(time - beats * _BEAT_SECONDS, 0.0) / 0.06)
    angle = (pan + 1) * np.pi / 4  # equal power: the note is as loud wherever it stands
    mix[:, first:] += gain * tone * attack * damper * np.array([[np.cos(angle)], [np.sin(angle)]])


def _noise(seconds: float) -> NDArray[np.float64]:
    """Noise whose power falls by 3 dB an octave, like rain; the channels are alike but not the same."""
    count = round(seconds * _RATE)
    white = np.random.default_rng(_SEED).standard_normal((3, count))
    spectrum = np.fft.rfft(np.stack([white[0] + white[1], white[0] + white[2]]))
    spectrum[:, 0] = 0
    spectrum[:, 1:] /= np.sqrt(np.maximum(np.arange(1, spectrum.shape[1]), 40 * seconds))  # flat below 40 Hz
    noise = np.fft.irfft(spectrum, count)
    return _faded(noise / np.abs(noise).max() * 0.3, 0.06)


def _faded(samples: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    """Fade in and out along a raised cosine, so that nothing begins or ends with a click."""
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(round(seconds * _RATE)) / round(seconds * _RATE))
    faded = samples.copy()
    faded[..., : ramp.size] *= ramp
    faded[..., -ramp.size :] *= ramp[::-1]
    return faded
