"""What kind of sound there is over time: speech, music, noise or silence. By an embedded network, without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from audiokit.activity.blocks import what_is_done
from audiokit.activity.content_cells import CELL, FLOOR_DBFS, HOP_SECONDS, cell_inputs
from audiokit.activity.content_decisions import (
    CLASSES,
    SILENCE,
    ContentThresholds,
    both,
    label_cells,
    mood_cells,
    runs_of,
    smoothed,
)
from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.errors import ModelRefused, ParameterError
from audiokit.models.embedded import EmbeddedModel, embedded
from audiokit.models.sessions import Sessions, default_sessions
from audiokit.results import Segment, Status, segments_table

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from audiokit.activity.vad import VadResult
    from audiokit.audio import Audio

__all__ = ["ContentResult", "classify_content"]

MODEL = "content_gate"
_LEAST_MOOD_SECONDS = 0.25
_VOICE_REACH_SECONDS = 1.5  # so far from any voice a window hears some of it


@dataclass(frozen=True, eq=False)
class ContentResult:
    """What kind of sound there is, and how sure the network is.

    Parameters
    ----------
    segments : tuple of Segment
        Labelled ``"speech"``, ``"music"``, ``"noise"`` or ``"silence"``; together they cover the whole sound. The score
        is the mean smoothed probability of the label inside, None for silence, which is a matter of level.
    probabilities : ndarray, shape (cells, 3), float32
        Of `classes`, for each cell of `hop_seconds`, as the network gives them; zeros where there is digital silence.
    levels_dbfs : ndarray, shape (cells,), float32
        RMS level of each cell in dB relative to a full-scale square wave; -120 at least.
    classes : tuple of str
        What the columns of `probabilities` are.
    hop_seconds : float
        Length of a cell.
    thresholds : ContentThresholds
        Used for the segments.
    model : str
        Name and version of the weights that ran.
    audio_seconds : float
        Length of the input.
    notes : tuple of str
        What was done to the sound on the way.
    """

    segments: tuple[Segment, ...]
    probabilities: NDArray[np.float32]
    levels_dbfs: NDArray[np.float32]
    classes: tuple[str, ...]
    hop_seconds: float
    thresholds: ContentThresholds
    model: str
    audio_seconds: float
    notes: tuple[str, ...] = field(default=())

    @property
    def status(self) -> Status:
        """``ok``, or ``abstained`` where there is nothing but silence."""
        heard = any(segment.label != SILENCE for segment in self.segments)
        return Status.OK if heard else Status.ABSTAINED

    def seconds_of(self, label: str) -> float:
        """Seconds with a label.

        Raises
        ------
        ParameterError
            If there is no such label.
        """
        if label not in (*self.classes, SILENCE):
            raise ParameterError(
                f"There is no content {label!r}.", cure=f"Known: {', '.join((*self.classes, SILENCE))}."
            )
        return float(sum(segment.duration_seconds for segment in self.segments if segment.label == label))

    def with_thresholds(self, **changes: float) -> ContentResult:
        """Other segments from the same probabilities: the network does not run again.

        Parameters
        ----------
        **changes
            Fields of `ContentThresholds`, for example ``speech=0.7``.

        Returns
        -------
        ContentResult
            The same as `classify_content` with those thresholds.
        """
        thresholds = _changed(self.thresholds, changes)
        return replace(self, thresholds=thresholds, segments=self._segments(thresholds))

    def near_voice(self, vad: VadResult) -> ContentResult:
        """Take nothing for speech that is farther than 1.5 s from any that voice activity detection found.

        Parameters
        ----------
        vad : VadResult
            Of the same sound.

        Returns
        -------
        ContentResult
            What `classify_content` gives with it.
        """
        notes = (*self.notes, "where voice activity detection heard nothing near, nothing is speech")
        return replace(self, probabilities=_without_unvoiced(self.probabilities, vad), notes=notes).with_thresholds()

    def mood_spans(self, vad: VadResult) -> tuple[Segment, ...]:
        """Speech by voice activity detection and by the gate: what a mood expert may hear.

        Voice activity detection alone takes singing for speech, and the gate alone noise; each knows what the other
        does not. A span of less than 0.25 s is none.

        Parameters
        ----------
        vad : VadResult
            Of the same sound.

        Returns
        -------
        tuple of Segment
            Labelled ``"speech"``, in order, with the scores of voice activity detection.
        """
        flags = mood_cells(self.probabilities, self.levels_dbfs, self.thresholds, self.hop_seconds)
        edges = np.flatnonzero(np.diff(flags, prepend=False, append=False)) * self.hop_seconds
        spans = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        return both(vad.segments, spans, least_seconds=_LEAST_MOOD_SECONDS)

    def to_dataframe(self) -> pd.DataFrame:
        """Segments as a table, one row each; see `audiokit.results.segments_table`."""
        return segments_table(self.segments)

    def _segments(self, thresholds: ContentThresholds) -> tuple[Segment, ...]:
        labels = label_cells(self.probabilities, self.levels_dbfs, thresholds, self.hop_seconds)
        audible = self.levels_dbfs >= thresholds.silence_dbfs
        mean = smoothed(self.probabilities, audible, thresholds.smoothing_seconds, self.hop_seconds)
        segments = []
        for start, end, label in runs_of(labels, self.hop_seconds, self.audio_seconds, thresholds.min_segment_seconds):
            inside = slice(round(start / self.hop_seconds), math.ceil(end / self.hop_seconds - 1e-6))
            silent = label == len(CLASSES)
            chosen = audible[inside]
            score = None if silent or not chosen.any() else float(mean[inside][chosen, label].mean())
            segments.append(Segment(start, end, SILENCE if silent else self.classes[label], score))
        return tuple(segments)

    def __repr__(self) -> str:
        parts = [f"{self.seconds_of(name):.1f} s {name}" for name in (*self.classes, SILENCE) if self.seconds_of(name)]
        return f"ContentResult({self.status}, {', '.join(parts) or 'nothing'}, {self.model})"


def classify_content(
    audio: Audio, *, vad: VadResult | None = None, sessions: Sessions | None = None, **thresholds: float
) -> ContentResult:
    """Tell speech, music, noise and silence apart over time.

    Meant as a gate in front of an expert on mood: singing and rap are music here, and so is speech under loud music,
    of which no mood can be told. It must never gate a transcription.

    Parameters
    ----------
    audio : Audio
        Any rate, channels and length; it is worked through in blocks. Samples that are not numbers are read as silence
        and infinite ones as full scale, and the result notes it.
    vad : VadResult, optional
        Of the same sound. Farther than 1.5 s from its speech nothing is taken for speech: noise against speech is the
        gate's weak side.
    sessions : Sessions, optional
        Loaded networks; the shared ones by default.
    **thresholds
        Fields of `ContentThresholds`; those not given are the model card's.

    Returns
    -------
    ContentResult
        Segments, probabilities, and what ran.

    Raises
    ------
    ParameterError
        If a threshold is unknown or out of range.
    ModelUnavailable
        If the weights are not in the package.
    ModelRefused
        If they are not what their card says.
    LibraryUnavailable
        If onnxruntime is not installed.
    """
    model = embedded(MODEL)
    settings = _changed(_card_thresholds(model), thresholds)
    session = (default_sessions() if sessions is None else sessions).get(model.path)
    samples, notes = what_is_done(audio, SAMPLE_RATE)
    cells = -(-samples // CELL)
    probabilities = np.zeros((cells, len(CLASSES)), dtype=np.float32)
    levels = np.full(cells, FLOOR_DBFS, dtype=np.float32)
    for cell in cell_inputs(audio):
        levels[cell.first : cell.last] = cell.levels_dbfs
        if cell.mel is not None:
            fed = {"mel": cell.mel, "statistics": cell.statistics}
            found = session.run(["probabilities"], fed)[0]
            probabilities[cell.first : cell.last] = found * (cell.levels_dbfs > FLOOR_DBFS)[:, np.newaxis]
    result = ContentResult(
        (), probabilities, levels, CLASSES, HOP_SECONDS, settings, model.label, audio.duration_seconds, notes
    ).with_thresholds()
    return result if vad is None else result.near_voice(vad)


def _card_thresholds(model: EmbeddedModel) -> ContentThresholds:
    card = model.card
    if tuple(card.get("labels", ())) != CLASSES:
        raise ModelRefused(
            f"{model.name} gives {card.get('labels')}, where {list(CLASSES)} are wanted.",
            cure="Install audiokit again; its weights travel with the package.",
        )
    return ContentThresholds(**card["thresholds"])


def _changed(thresholds: ContentThresholds, changes: dict[str, float]) -> ContentThresholds:
    try:
        return replace(thresholds, **changes)
    except TypeError as error:
        raise ParameterError(f"No such threshold: {error}.", cure="See ContentThresholds.") from None


def _without_unvoiced(probabilities: NDArray[np.float32], vad: VadResult) -> NDArray[np.float32]:
    """Give speech's share to the others in cells that are far from any speech of the voice activity detection."""
    voiced = np.zeros(len(probabilities), dtype=bool)
    for segment in vad.segments:
        first = math.floor((segment.start_seconds - _VOICE_REACH_SECONDS) / HOP_SECONDS)
        voiced[max(first, 0) : math.ceil((segment.end_seconds + _VOICE_REACH_SECONDS) / HOP_SECONDS)] = True
    changed = probabilities.copy()
    rest = np.maximum(changed[:, 1:].sum(axis=1, keepdims=True), 1e-6)
    heard = changed.sum(axis=1, keepdims=True)
    others = changed[:, 1:] / rest * heard
    changed[~voiced, 0] = 0.0
    changed[~voiced, 1:] = others[~voiced]
    return changed
