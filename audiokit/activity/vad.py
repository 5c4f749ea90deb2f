"""Voice activity: where somebody speaks. Silero VAD on onnxruntime, without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from audiokit.activity.prepare import mono_at
from audiokit.activity.segmentation import VadSettings, speech_spans
from audiokit.activity.silero import FRAME_LENGTH, sequence_probabilities, stepwise_probabilities
from audiokit.errors import ParameterError
from audiokit.models.sessions import Sessions, default_sessions
from audiokit.models.wheels import WeightFile, silero_vad
from audiokit.results import Segment, Status, segments_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["MODELS", "VadResult", "chosen_network", "detect_speech", "substitution"]

# What `model=` takes.
MODELS = ("auto", "silero_vad", "silero_vad_stepwise", "silero_vad_v6")


@dataclass(frozen=True, eq=False)
class VadResult:
    """Where somebody speaks, and how sure the network is.

    Parameters
    ----------
    segments : tuple of Segment
        Spans labelled ``"speech"``; the score is the mean probability of the frames inside.
    probabilities : ndarray, shape (windows,), float32
        Speech probability of each frame of ``frame_seconds``.
    frame_seconds : float
        Length of a frame: 0.032 s.
    sample_rate : int
        The rate at which the network heard the sound, 8000 or 16000 Hz.
    frames : int
        Samples of the sound at that rate.
    model : str
        Name, distribution and version of the weights that ran.
    settings : VadSettings
        Thresholds and durations used.
    audio_seconds : float
        Length of the input.
    notes : tuple of str
        What was done to the sound or chosen on the way.
    """

    segments: tuple[Segment, ...]
    probabilities: NDArray[np.float32]
    frame_seconds: float
    sample_rate: int
    frames: int
    model: str
    settings: VadSettings
    audio_seconds: float
    notes: tuple[str, ...] = field(default=())

    @property
    def speech_seconds(self) -> float:
        """Seconds of speech."""
        return float(sum(segment.duration_seconds for segment in self.segments))

    @property
    def status(self) -> Status:
        """``ok``, or ``abstained`` where there is no speech."""
        return Status.OK if self.segments else Status.ABSTAINED

    def with_settings(self, **changes: float | bool | None) -> VadResult:
        """Other segments from the same probabilities: the network does not run again.

        Parameters
        ----------
        **changes
            Fields of `VadSettings`, for example ``threshold=0.7``.

        Returns
        -------
        VadResult
            The same as `detect_speech` with those settings.

        Raises
        ------
        ParameterError
            If there is no such setting, or the probabilities were not kept (see `audiokit.activity.StreamingVad`).
        """
        if self.probabilities.size != -(-self.frames // FRAME_LENGTH[self.sample_rate]):
            raise ParameterError(
                "Other settings want all probabilities, and this result has not kept them.",
                cure="StreamingVad(…, keep_probabilities=True) keeps them.",
            )
        try:
            settings = replace(self.settings, **changes)  # type: ignore[arg-type]  # refused below if unknown
        except TypeError as error:
            raise ParameterError(f"No such setting: {error}.", cure="See VadSettings.") from None
        return replace(self, settings=settings, segments=self._segments(settings))

    def to_dataframe(self) -> pd.DataFrame:
        """Segments as a table, one row each; see `audiokit.results.segments_table`."""
        return segments_table(self.segments)

    def _segments(self, settings: VadSettings) -> tuple[Segment, ...]:
        frame_length = FRAME_LENGTH[self.sample_rate]
        spans = speech_spans(
            self.probabilities,
            settings,
            sample_rate=self.sample_rate,
            frame_length=frame_length,
            frames=self.frames,
        )
        segments = []
        for start, end in spans:
            score = self.probabilities[start // frame_length : max(-(-end // frame_length), start // frame_length + 1)]
            # resampling may round the length up: a segment must not end after the sound does
            begins, ends = (min(sample / self.sample_rate, self.audio_seconds) for sample in (start, end))
            segments.append(Segment(begins, ends, "speech", float(score.mean())))
        return tuple(segments)

    def __repr__(self) -> str:
        return (
            f"VadResult({self.status}, {len(self.segments)} segment(s), {self.speech_seconds:.2f} s of speech in "
            f"{self.audio_seconds:.2f} s, {self.model})"
        )


def detect_speech(
    audio: Audio,
    *,
    threshold: float = 0.5,
    neg_threshold: float | None = None,
    min_speech_ms: float = 250,
    max_speech_seconds: float = math.inf,
    min_silence_ms: float = 100,
    speech_pad_ms: float = 30,
    min_silence_at_max_speech_ms: float = 98,
    cut_at_longest_pause: bool = True,
    model: str = "auto",
    sessions: Sessions | None = None,
) -> VadResult:
    """Find where somebody speaks.

    The segments equal, in samples, those of Silero's own ``get_speech_timestamps`` on the mean of the channels: at
    16 kHz and 8 kHz as they are; any other rate is first resampled to 16 kHz. (Silero's own function takes every
    second or third sample of 32 and 48 kHz, without a filter; here those are resampled too.)

    Samples that are not numbers are read as silence and infinite ones as full scale, and the result notes it: one
    such sample would otherwise turn every later probability into NaN.

    Parameters
    ----------
    audio : Audio
        Any rate, channels and length. Beyond one channel at the network's rate, an hour takes half a megabyte.
    threshold, neg_threshold, min_speech_ms, max_speech_seconds, min_silence_ms, speech_pad_ms, \
min_silence_at_max_speech_ms, cut_at_longest_pause
        See `VadSettings`.
    model : {"auto", "silero_vad", "silero_vad_stepwise", "silero_vad_v6"}
        ``silero_vad`` is the silero-vad wheel's: its sequence export at 16 kHz, the stepwise one at 8 kHz.
        ``silero_vad_stepwise`` is the streaming export at either rate. ``silero_vad_v6`` is the other version inside
        the faster-whisper wheel. ``auto`` takes ``silero_vad``, else ``silero_vad_v6``; the result names which.
    sessions : Sessions, optional
        Loaded networks; the shared ones by default.

    Returns
    -------
    VadResult
        Segments, probabilities, and what ran.

    Raises
    ------
    ParameterError
        If a setting is out of range or there is no such model.
    ModelUnavailable
        If the weights are not on this machine; ``cure`` names the command.
    LibraryUnavailable
        If onnxruntime is not installed.
    """
    settings = VadSettings(
        threshold=threshold,
        neg_threshold=neg_threshold,
        min_speech_ms=min_speech_ms,
        max_speech_seconds=max_speech_seconds,
        min_silence_ms=min_silence_ms,
        speech_pad_ms=speech_pad_ms,
        min_silence_at_max_speech_ms=min_silence_at_max_speech_ms,
        cut_at_longest_pause=cut_at_longest_pause,
    )
    weights, stepwise, sample_rate = chosen_network(model, audio.sample_rate)
    session = (default_sessions() if sessions is None else sessions).get(weights.path)
    samples, notes = mono_at(audio, sample_rate)
    notes = (*notes, *substitution(model, weights))
    result = VadResult(
        segments=(),
        probabilities=(
            stepwise_probabilities(session, samples, sample_rate)
            if stepwise
            else sequence_probabilities(session, samples)
        ),
        frame_seconds=FRAME_LENGTH[sample_rate] / sample_rate,
        sample_rate=sample_rate,
        frames=samples.size,
        model=weights.label,
        settings=settings,
        audio_seconds=audio.duration_seconds,
        notes=notes,
    )
    return result.with_settings()


def chosen_network(model: str, sample_rate: int) -> tuple[WeightFile, bool, int]:
    """Find the weights for a sound of this rate.

    Parameters
    ----------
    model : str
        See `detect_speech`.
    sample_rate : int
        Of the sound, in Hz.

    Returns
    -------
    weights : WeightFile
        The file.
    stepwise : bool
        Whether it is run one frame a call.
    heard_rate : {8000, 16000}
        The rate at which it hears, in Hz.

    Raises
    ------
    ParameterError
        If there is no such model.
    ModelUnavailable
        If the weights are not on this machine.
    """
    if model not in MODELS:
        raise ParameterError(f"There is no voice activity model {model!r}.", cure=f"Known: {', '.join(MODELS)}.")
    if model == "silero_vad_v6":
        return silero_vad("silero_vad_v6"), False, 16000
    stepwise = model == "silero_vad_stepwise" or sample_rate == 8000
    weights = silero_vad("stepwise" if stepwise else "sequence", substitute=model == "auto")
    own = weights.name == "silero_vad"
    return weights, stepwise and own, 8000 if sample_rate == 8000 and own else 16000


def substitution(model: str, weights: WeightFile) -> tuple[str, ...]:
    """Say in a note if other weights run than the first choice."""
    if model == "auto" and weights.name != "silero_vad":
        return (f"the silero-vad wheel is absent: {weights.label} ran in its place",)
    return ()
