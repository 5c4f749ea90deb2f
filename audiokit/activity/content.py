"""What kind of sound there is over time: speech, music, noise or silence. By an embedded network, without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from audiokit.activity.blocks import mono_blocks, what_is_done
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
from audiokit.activity.content_features import GRID, WINDOW_FRAMES, frame_tracks, window_inputs
from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.errors import ModelRefused, ParameterError
from audiokit.models.embedded import EmbeddedModel, embedded
from audiokit.models.sessions import Sessions, default_sessions
from audiokit.results import Segment, Status, segments_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from audiokit.activity.vad import VadResult
    from audiokit.audio import Audio

__all__ = ["HOP_SECONDS", "CellInputs", "ContentResult", "cell_inputs", "classify_content"]

MODEL = "content_gate"
_CELL_FRAMES = 32
_CELL = _CELL_FRAMES * GRID.hop_length
HOP_SECONDS = _CELL / SAMPLE_RATE
"""Length of a cell: 0.512 s. The network hears 3.1 s around its middle."""

_BLOCK_CELLS = 64  # 33 s in one go: some 40 MB, whatever the length of the sound
_FLOOR_DBFS = -120.0
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
    cells = -(-samples // _CELL)
    probabilities = np.zeros((cells, len(CLASSES)), dtype=np.float32)
    levels = np.full(cells, _FLOOR_DBFS, dtype=np.float32)
    for cell in cell_inputs(audio):
        levels[cell.first : cell.last] = cell.levels_dbfs
        if cell.mel is not None:
            fed = {"mel": cell.mel, "statistics": cell.statistics}
            found = session.run(["probabilities"], fed)[0]
            probabilities[cell.first : cell.last] = found * (cell.levels_dbfs > _FLOOR_DBFS)[:, np.newaxis]
    if vad is not None:
        probabilities = _without_unvoiced(probabilities, vad)
        notes = (*notes, "where voice activity detection heard nothing near, nothing is speech")
    result = ContentResult(
        (), probabilities, levels, CLASSES, HOP_SECONDS, settings, model.label, audio.duration_seconds, notes
    )
    return result.with_thresholds()


@dataclass(frozen=True, slots=True, eq=False)
class CellInputs:
    """What the network hears of some cells.

    Parameters
    ----------
    first, last : int
        The cells, the last one exclusive.
    levels_dbfs : ndarray, shape (last - first,), float32
        RMS level of each.
    mel, statistics : ndarray or None
        As `window_inputs` gives them; None where all is digital silence.
    """

    first: int
    last: int
    levels_dbfs: NDArray[np.float32]
    mel: NDArray[np.float32] | None
    statistics: NDArray[np.float32] | None


def cell_inputs(audio: Audio) -> Iterator[CellInputs]:
    """Yield what the network is to hear, in blocks of 33 s and in order."""
    samples, _ = what_is_done(audio, SAMPLE_RATE)
    cells = -(-samples // _CELL)
    for first, block, begin in _blocks(audio, samples, cells):
        last = min(first + _BLOCK_CELLS, cells)
        levels = _levels(block[first * _CELL - begin : last * _CELL - begin])
        if levels.max() <= _FLOOR_DBFS:
            yield CellInputs(first, last, levels, None, None)
            continue
        starts = _starts(np.arange(first, last), samples) - begin // GRID.hop_length
        yield CellInputs(first, last, levels, *window_inputs(frame_tracks(block), starts))


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


def _starts(cells: NDArray[np.int64], samples: int) -> NDArray[np.int64]:
    """First frame of the window around each cell's middle, moved inside where it would reach beyond the sound."""
    wanted = cells * _CELL_FRAMES + _CELL_FRAMES // 2 - WINDOW_FRAMES // 2
    return np.clip(wanted, 0, max(GRID.frames_of(samples) - WINDOW_FRAMES, 0))


def _blocks(audio: Audio, samples: int, cells: int) -> Iterator[tuple[int, NDArray[np.float32], int]]:
    """Yield the first cell of each block, the samples its windows need, and where these begin."""
    stream = mono_blocks(audio, SAMPLE_RATE)
    held = np.zeros(0, dtype=np.float32)
    held_from = 0
    for first in range(0, cells, _BLOCK_CELLS):
        last = min(first + _BLOCK_CELLS, cells)
        starts = _starts(np.array([first, last - 1]), samples)
        begin = min(int(starts[0]) * GRID.hop_length, first * _CELL)
        window_end = (int(starts[1]) + WINDOW_FRAMES - 1) * GRID.hop_length + GRID.win_length
        end = min(max(window_end, last * _CELL), samples)
        parts = [held[begin - held_from :]]
        have = held_from + held.size
        while have < end and (part := next(stream, None)) is not None:
            parts.append(part)
            have += part.size
        held, held_from = np.concatenate(parts), begin
        yield first, held[: end - begin], begin


def _levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    starts = np.arange(0, samples.size, _CELL)
    sums = np.add.reduceat(np.square(samples, dtype=np.float64), starts)
    means = sums / np.minimum(_CELL, samples.size - starts)
    return (10 * np.log10(np.maximum(means, 10 ** (_FLOOR_DBFS / 10)))).astype(np.float32)


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
