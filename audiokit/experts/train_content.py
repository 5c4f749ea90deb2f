"""Train the content gate: judge it on voices and recordings that it did not hear, set its thresholds, pack it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from audiokit.activity.content_decisions import ContentThresholds
from audiokit.activity.content_features import MEL_BANDS
from audiokit.activity.content_statistics import CONTENT_STATISTICS, WINDOW_FRAMES
from audiokit.experts.content_clips import LABELS
from audiokit.experts.content_judgement import file_verdict, judged
from audiokit.experts.content_network import export_gate
from audiokit.experts.content_training import train_gate
from audiokit.experts.content_windows import make_windows
from audiokit.experts.materials import MaterialSizes, gather
from audiokit.experts.provenance import attributed, rendered
from audiokit.experts.recordings import Recording, emotional_speech, evaluation_recordings, ordinary_speech

if TYPE_CHECKING:
    from pathlib import Path

    from audiokit.experts.training_run import TrainingRun

__all__ = ["ContentSettings", "train_content"]

NAME = "content_gate"


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """How much to train.

    Parameters
    ----------
    seed : int
        Of everything drawn.
    clips : int
        Clips of nine seconds.
    folds : int
        In how many parts speakers are left out to judge; below 2, nothing is judged.
    pictures, tables, epochs : int
        See `train_gate`.
    sizes : MaterialSizes
        Music and synthetic speech.
    """

    seed: int = 1
    clips: int = 3600
    folds: int = 2
    pictures: int = 2
    tables: int = 3
    epochs: int = 8
    sizes: MaterialSizes = field(default_factory=MaterialSizes)


def train_content(run: TrainingRun, settings: ContentSettings) -> dict[str, Any]:
    """Train, judge and write ``content_gate.onnx`` and ``content_gate.json``.

    Parameters
    ----------
    run : TrainingRun
        What is there; without a corpus it is trained on synthetic voices alone, for a miniature.
    settings : ContentSettings
        How much to train.

    Returns
    -------
    dict
        The card.
    """
    corpus, seed = run.corpus, settings.seed
    materials = gather(corpus, run.voices(settings.sizes, seed), run.music(settings.sizes, seed))
    run.tell(f"{len(materials.speech)} groups of voices, {len(materials.music)} pieces of music")
    windows = make_windows(
        materials, settings.clips, seed, cache=run.cache, workers=run.workers, after_each=run.sittings.note
    )
    run.tell(f"{len(windows)} windows")
    read = [] if corpus is None else ordinary_speech(corpus)
    acted = [] if corpus is None else _acted(corpus)
    stamp = windows.stamp(repr(settings))
    folds = settings.folds > 1
    measured = judged(windows, [*read, *acted[::3]], settings, run, stamp) if folds else {}
    thresholds = measured.pop("thresholds", asdict(ContentThresholds()))
    run.tell("judged")
    gate = train_gate(
        windows,
        seed,
        pictures=settings.pictures,
        tables=settings.tables,
        epochs=settings.epochs,
        say=run.tell,
        keep=None if run.cache is None else run.cache / f"gate-{stamp}",
        workers=run.workers,
    )
    if corpus is not None:
        never = evaluation_recordings(corpus)
        measured["never_heard"] = {r.path: file_verdict(gate, r, ContentThresholds(**thresholds)) for r in never}

    def export(path: Path) -> None:
        export_gate(gate, path, statistics=len(CONTENT_STATISTICS), frames=WINDOW_FRAMES, bands=MEL_BANDS)

    facts = {
        "task": "content",
        "labels": list(LABELS),
        "origin": "embedded expert, trained on recorded speech and on synthesised song, music and noise",
        "input": f"{WINDOW_FRAMES} frames of {MEL_BANDS} mel bands and {len(CONTENT_STATISTICS)} statistics of 3.1 s "
                 "at 16 kHz",
        "features": list(CONTENT_STATISTICS),
        "architecture": f"mean of the log probabilities of {settings.tables} networks on statistics and of "
                        f"{settings.pictures} convolutional networks on mel pictures",
        "thresholds": thresholds,
        "measured": measured,
        "data": attributed(read, "speech, sung and spoken") + attributed(acted, "speech, sung and spoken")
                + rendered(settings.sizes.synthetic_utterances, len(materials.music), run.soundfont,
                           "speech, sung and spoken", "music, and under voices"),
        "windows": len(windows),
        "limits": [
            "No recorded song and no recorded music was trained on: singing is made from speech, music from notes.",
            "Rap and speech under music that is nearly as loud are music here: no mood can be told of them.",
            "A poem that is nearly chanted may pass for song, and a spoken line in a song for speech.",
            "Noise against speech is its weak side; voice activity detection stays in series.",
            "It must never gate a transcription.",
        ],
    }  # fmt: skip
    return run.pack(NAME, export, facts, seed=seed)


def _acted(corpus: Path) -> list[Recording]:
    try:
        return [replace(r, group=f"emodb_{r.group}") for r in emotional_speech(corpus)]
    except ValueError:  # a corpus without EMO-DB
        return []
