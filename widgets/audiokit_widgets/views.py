"""`show`: the right view for whatever it is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit.model_input import ModelInput
from audiokit.results import Outcome, Segment, Status
from audiokit.speech.alignment import Alignment
from audiokit.speech.transcript import Transcript
from audiokit.tagging.result import TagResult
from audiokit_widgets.coerce import is_array, is_table, span_columns

if TYPE_CHECKING:
    import pandas as pd

    from audiokit_widgets.inspector import Inspector
    from audiokit_widgets.loader_monitor import LoaderMonitor
    from audiokit_widgets.model_view import WhatTheModelSaw
    from audiokit_widgets.player import AudioPlayer
    from audiokit_widgets.segments import SegmentTable
    from audiokit_widgets.tag_card import TagCard
    from audiokit_widgets.transcript_diff import TranscriptDiff

    Made: TypeAlias = TagCard | TranscriptDiff | WhatTheModelSaw
    View: TypeAlias = AudioPlayer | Inspector | LoaderMonitor | Made | SegmentTable | pd.DataFrame

__all__ = ["show"]

_ACCEPTED = (
    "Pass a path, a file's bytes, an audiokit.Audio, an array with sample_rate=, segments, a DataFrame with start and "
    "end columns, a ModelInput, Transcript or Alignment with audio=, a tag result, a training loader or its report, or "
    "a result with .audio, .segments or to_dataframe()."
)
_LANES = ("segments", "words")


def show(x: object, *, sample_rate: int | None = None, segments: object = (), audio: object = None) -> View:
    """Choose the right view for a recording, for segments, for a result, or for a training loader.

    Parameters
    ----------
    x : object
        A path, bytes, `Audio` or an array gives an `AudioPlayer`; `Segment` values or a DataFrame with start and end
        columns a `SegmentTable`; an object with ``.audio`` a player with its ``.segments``, or an `Inspector` where it
        has ``.segments`` and ``.words``; one with ``.segments`` alone a table; one with ``to_dataframe()`` that table;
        a `ModelInput` a `WhatTheModelSaw`; a `TagResult` a `TagCard`; a `Transcript` with its sound an `Inspector`
        that is read along, without it a table; an `Alignment` a `TranscriptDiff`; a training loader or its report a
        `LoaderMonitor`. An `Outcome` is shown by its value.
    sample_rate : int, optional
        In Hz, for an array only.
    segments : iterable of Segment, DataFrame, or object with `.segments`
        To go with the sound.
    audio : Audio, str, Path, bytes or array_like, optional
        The sound that a `ModelInput`, an `Alignment`, or a result without sound of its own, was made from.

    Returns
    -------
    AudioPlayer, Inspector, LoaderMonitor, TagCard, TranscriptDiff, WhatTheModelSaw, SegmentTable or DataFrame
        Something that a notebook displays.

    Raises
    ------
    ParameterError
        If there is no view for it.

    Examples
    --------
    >>> show([Segment(0.5, 2.0, "speech")])
    SegmentTable: 1 segment, 1.500 s in all
       0.500 ..    2.000 s  speech
    """
    if isinstance(x, Outcome):
        if x.status is not Status.OK or x.value is None:
            raise ParameterError(f"There is nothing to show: the outcome is {x.status.value}.", cure=x.reason)
        x = x.value
    if isinstance(x, Audio | str | Path | bytes | bytearray | memoryview) or is_array(x):
        if audio is not None:
            raise ParameterError(f"Two sounds were given: {type(x).__name__}, and audio=.", cure="Pass one of them.")
        return _player(x, sample_rate, segments)
    if isinstance(x, Alignment | ModelInput | TagResult):
        return _made_for(x, audio, sample_rate)
    if audio is None and sample_rate is not None:
        raise ParameterError(f"sample_rate={sample_rate!r} goes with an array, got {type(x).__name__}.", cure=_ACCEPTED)
    if audio is None and _is_loader(x):
        from audiokit_widgets.loader_monitor import LoaderMonitor

        return LoaderMonitor(x)
    sound = audio if audio is not None else getattr(x, "audio", None)
    if audio is None and not isinstance(sound, Audio):
        return _table(x)
    if not (isinstance(segments, tuple) and not segments):
        return _player(sound, sample_rate, segments)
    return _with_sound(x, sound, sample_rate)


def _is_loader(x: object) -> bool:
    from audiokit.training.loader.report import LoaderReport

    gives_reports = callable(getattr(x, "report", None)) and hasattr(x, "__iter__") and not isinstance(x, type)
    return isinstance(x, LoaderReport) or gives_reports


def _with_sound(x: object, sound: object, sample_rate: int | None) -> AudioPlayer | Inspector:
    lanes: dict[str, Any] = {}
    for name in _LANES:
        held = getattr(x, name, None)
        held = tuple(held) if held is not None and not hasattr(held, "__len__") else held
        if held is not None and len(held):
            lanes[name] = held
    if len(lanes) > 1 or (isinstance(x, Transcript) and lanes):
        from audiokit_widgets.inspector import Inspector

        return Inspector(sound, x if isinstance(x, Transcript) else lanes, sample_rate=sample_rate)
    from audiokit_widgets.lane_sources import as_lane

    return _player(sound, sample_rate, as_lane(next(iter(lanes.values()), () if hasattr(x, "audio") else x)))


def _made_for(x: Alignment | ModelInput | TagResult, audio: object, sample_rate: int | None) -> Made:
    if isinstance(x, TagResult):
        from audiokit_widgets.tag_card import TagCard

        return TagCard(x, audio, sample_rate=sample_rate)
    if audio is None:
        name = type(x).__name__
        raise ParameterError(
            f"{'An' if name == 'Alignment' else 'A'} {name} is shown with the sound that it was made from.",
            cure="show(x, audio=audio)",
        )
    if isinstance(x, Alignment):
        from audiokit_widgets.transcript_diff import TranscriptDiff

        return TranscriptDiff(x, audio, sample_rate=sample_rate)
    from audiokit_widgets.model_view import WhatTheModelSaw

    return WhatTheModelSaw(audio, x, sample_rate=sample_rate)


def _player(sound: object, sample_rate: int | None, segments: object) -> AudioPlayer:
    from audiokit_widgets.player import AudioPlayer

    return AudioPlayer(sound, sample_rate=sample_rate, segments=segments)


def _table(x: object) -> SegmentTable | pd.DataFrame:
    from audiokit_widgets.segments import SegmentTable

    if is_table(x):
        if span_columns(cast("pd.DataFrame", x)) is None:
            columns = [str(c) for c in cast("pd.DataFrame", x).columns]
            raise ParameterError(
                f"A DataFrame needs start and end columns to be shown as segments, got {columns}.",
                cure="Name them start_seconds and end_seconds; a notebook displays any other frame by itself.",
            )
        return SegmentTable(x)
    if isinstance(x, Segment):
        return SegmentTable([x])
    listed = isinstance(x, list | tuple) and len(x) > 0 and all(isinstance(item, Segment) for item in x)
    if listed or hasattr(x, "segments"):
        return SegmentTable(x)
    if hasattr(x, "to_dataframe"):
        frame = cast("pd.DataFrame", x.to_dataframe())
        return SegmentTable(frame) if span_columns(frame) else frame
    raise ParameterError(f"There is no view for {type(x).__module__}.{type(x).__qualname__}.", cure=_ACCEPTED)
