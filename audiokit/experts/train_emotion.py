"""Train the embedded emotion expert: judge and calibrate it on speakers left out, then train on all and pack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.speech_statistics import SPEECH_STATISTICS
from audiokit.errors import ParameterError
from audiokit.experts.emotion_examples import DEGRADATIONS, Examples, acted_examples, ordinary_examples
from audiokit.experts.emotion_network import calibrated, emotion_scores, train_emotion_networks
from audiokit.experts.evaluation import (
    calibration_error,
    confusion,
    fit_temperature,
    kept_and_right,
    softmax,
    unweighted_average_recall,
)
from audiokit.experts.materials import MaterialSizes
from audiokit.experts.packaging import export_onnx
from audiokit.experts.recordings import EMOTIONS, Recording, emotional_speech, ordinary_speech

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.experts.training_run import TrainingRun

__all__ = ["EmotionSettings", "train_emotion"]

NAME = "emotion_emodb"
_MOST_KEPT_OF_ORDINARY = 0.03
_LEAST_RIGHT_OF_KEPT = 0.88


@dataclass(frozen=True, slots=True)
class EmotionSettings:
    """How much to train.

    Parameters
    ----------
    seed : int
        Of everything drawn.
    copies : int
        Augmented copies of each acted clip.
    ordinary_copies : int
        Augmented copies of each piece of ordinary speech.
    members, epochs, width : int
        Networks, passes, and units in the first layer.
    exposure : float
        Weight of ordinary speech.
    sizes : MaterialSizes
        Music and synthetic speech.
    speakers, clips : int, optional
        For a miniature: of the acted recordings.
    """

    seed: int = 1
    copies: int = 20
    ordinary_copies: int = 3
    members: int = 8
    epochs: int = 40
    width: int = 64
    exposure: float = 0.5
    sizes: MaterialSizes = field(default_factory=MaterialSizes)
    speakers: int | None = None
    clips: int | None = None


def train_emotion(run: TrainingRun, settings: EmotionSettings) -> dict[str, Any]:
    """Train, judge and write ``emotion_emodb.onnx`` and ``emotion_emodb.json``.

    Parameters
    ----------
    run : TrainingRun
        What is there.
    settings : EmotionSettings
        How much to train.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    ParameterError
        If there are no recordings.
    """
    if run.corpus is None:
        raise ParameterError("The emotion expert is trained on recordings, and no corpus was named.")
    recordings = emotional_speech(run.corpus, speakers=settings.speakers, clips=settings.clips)
    read = ordinary_speech(run.corpus)
    spoken = run.voices(settings.sizes, settings.seed)
    ordinary_recordings = read + [
        Recording(f"{group}/{index}", group, "speech", "", "espeak-ng", sound)
        for index, (group, sound) in enumerate(spoken)
    ]
    music = [piece for piece, _ in run.music(settings.sizes, settings.seed)]
    run.tell(
        f"{len(recordings)} acted clips, {len(ordinary_recordings)} of ordinary speech, {len(music)} pieces of music"
    )
    kept: dict[str, Any] = {"cache": run.cache, "workers": run.workers}
    acted = acted_examples(recordings, music, settings.seed, copies=settings.copies, **kept)
    ordinary = ordinary_examples(ordinary_recordings, music, settings.seed, copies=settings.ordinary_copies, **kept)
    run.tell(f"{len(acted)} and {len(ordinary)} examples")
    judged = _leave_one_speaker_out(acted, ordinary, settings, run)
    run.tell("judged")
    networks = train_emotion_networks(
        acted, ordinary, settings.seed, members=settings.members, epochs=settings.epochs, width=settings.width,
        exposure=settings.exposure,
    )  # fmt: skip
    import torch

    def export(path: Path) -> None:
        example = (torch.zeros(2, len(SPEECH_STATISTICS)),)
        network = calibrated(networks, judged["temperature"])
        export_onnx(network, example, path, inputs=("statistics",), output="probabilities")

    facts = {
        "task": "emotion",
        "labels": list(EMOTIONS),
        "origin": "embedded expert, acted German speech",
        "input": "statistics of 0.5 to 3 s of speech at 16 kHz (audiokit.dsp.speech_statistics)",
        "features": list(SPEECH_STATISTICS),
        "architecture": f"mean of the probabilities of {settings.members} networks {len(SPEECH_STATISTICS)}-"
                        f"{settings.width}-{settings.width // 2}-{len(EMOTIONS)}, divided by a temperature",
        **judged,
        "data": _data(recordings, read, len(spoken), len(music), run.soundfont),
        "limits": [
            "Acted German by few speakers in an anechoic room; it knows nothing of how people feel.",
            "Another language's acting, children's voices and shouting over music are outside its world.",
            "Below the threshold it says nothing; on ordinary speech that is nearly always.",
            "Anger and joy are both loud and high: they are what it confuses.",
            "Mood under music louder than the voice is a guess: the content gate stands in front.",
        ],
    }  # fmt: skip
    return run.pack(NAME, export, facts, seed=settings.seed)


def _data(
    recordings: list[Recording], read: list[Recording], spoken: int, pieces: int, soundfont: Path | None
) -> list[dict[str, Any]]:
    from audiokit.experts.provenance import attributed, rendered

    acted = [{
        "what": f"Berlin Database of Emotional Speech (EMO-DB, Burkhardt et al. 2005): {len(recordings)} clips by "
                f"{len({r.group for r in recordings})} speakers",
        "licence": "CC0-1.0",
        "used": "labelled",
    }]  # fmt: skip
    return (
        acted
        + attributed(read, "outlier exposure")
        + rendered(spoken, pieces, soundfont, "outlier exposure", "mixed in")
    )


def _folds(names: list[str], count: int) -> list[set[str]]:
    return [set(names[index::count]) for index in range(count)]


def _leave_one_speaker_out(
    acted: Examples, ordinary: Examples, settings: EmotionSettings, run: TrainingRun
) -> dict[str, Any]:
    speakers = sorted(set(acted.groups.tolist()))
    outside = _folds(sorted(set(ordinary.groups.tolist())), len(speakers))
    is_judged = acted.conditions != "augmented"
    as_recorded = ordinary.conditions == DEGRADATIONS[0]
    scores = np.zeros((len(acted), len(EMOTIONS)))
    ordinary_scores = np.zeros((len(ordinary), len(EMOTIONS)))
    for index, speaker in enumerate(speakers):
        held = np.isin(ordinary.groups, list(outside[index]))
        networks = train_emotion_networks(
            acted.where(acted.groups != speaker), ordinary.where(~held), settings.seed + 100 * index,
            members=max(settings.members // 2, 1), epochs=settings.epochs, width=settings.width,
            exposure=settings.exposure,
        )  # fmt: skip
        test = is_judged & (acted.groups == speaker)
        scores[test] = emotion_scores(networks, acted.statistics[test])
        ordinary_scores[held] = emotion_scores(networks, ordinary.statistics[held])
        clean = test & (acted.conditions == DEGRADATIONS[0])
        run.tell(
            f"  speaker {speaker}: {unweighted_average_recall(acted.labels[clean], scores[clean].argmax(axis=1)):.3f}"
        )
    return _verdict(
        acted.where(is_judged), scores[is_judged], ordinary.where(as_recorded), ordinary_scores[as_recorded], speakers
    )


def _verdict(
    acted: Examples,
    scores: NDArray[np.floating],
    ordinary: Examples,
    ordinary_scores: NDArray[np.floating],
    speakers: list[str],
) -> dict[str, Any]:
    truth, found = acted.labels, scores.argmax(axis=1)
    temperature = fit_temperature(scores, truth)
    nested = np.zeros_like(scores)  # each speaker under the temperature of the others
    for speaker in speakers:
        own = acted.groups == speaker
        nested[own] = softmax(scores[own], fit_temperature(scores[~own], truth[~own]))
    clean = acted.conditions == DEGRADATIONS[0]
    outside = softmax(ordinary_scores, temperature)
    recorded = ~np.char.startswith(ordinary.groups.astype(str), "espeak")
    threshold = _threshold(nested[clean], truth[clean], outside[recorded])
    kept, right = kept_and_right(nested[clean], truth[clean], threshold)
    kept_degraded, right_degraded = kept_and_right(nested[~clean], truth[~clean], threshold)
    abstains = outside.max(axis=1) < threshold
    return {
        "temperature": round(temperature, 4),
        "threshold": threshold,
        "measured": {
            "how": "each speaker by networks that never heard them; temperature from the other speakers; ordinary "
                   "speech by networks whose outlier exposure held none of its group; windows of at most 3 s",
            "uar": round(unweighted_average_recall(truth[clean], found[clean]), 4),
            "uar_degraded": round(float(np.mean([
                unweighted_average_recall(truth[here], found[here])
                for here in (acted.conditions == name for name in DEGRADATIONS[1:])])), 4),
            "uar_by_condition": {
                name: round(unweighted_average_recall(truth[here], found[here]), 4)
                for name in DEGRADATIONS for here in (acted.conditions == name,)},
            "uar_by_speaker": {
                name: round(unweighted_average_recall(truth[here], found[here]), 4)
                for name in speakers for here in (clean & (acted.groups == name),)},
            "calibration_error": round(calibration_error(nested[clean], truth[clean]), 4),
            "calibration_error_degraded": round(calibration_error(nested[~clean], truth[~clean]), 4),
            "confusion": confusion(truth[clean], found[clean], len(EMOTIONS)).tolist(),
            "kept": round(kept, 4),
            "right_of_kept": _number(right),
            "kept_degraded": round(kept_degraded, 4),
            "right_of_kept_degraded": _number(right_degraded),
            "abstention_on_ordinary_speech": round(float(abstains[recorded].mean()), 4),
            "abstention_by_group": {
                str(name): [round(float(abstains[own].mean()), 3), int(own.sum())]
                for name in np.unique(ordinary.groups[recorded]) for own in (ordinary.groups == name,)},
            "abstention_on_synthetic_speech": _number(float(abstains[~recorded].mean())) if (~recorded).any() else None,
            "risk_and_coverage": [
                [round(t, 2), *map(_number, kept_and_right(nested[clean], truth[clean], t)),
                 round(float((outside[recorded].max(axis=1) >= t).mean()), 4)]
                for t in np.arange(0.3, 0.96, 0.05)],
        },
    }  # fmt: skip


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)


def _threshold(acted: NDArray[np.floating], truth: NDArray[np.int64], ordinary: NDArray[np.floating]) -> float:
    """Lowest threshold that keeps little ordinary speech and is mostly right in what it keeps of acted speech."""
    for threshold in np.arange(0.40, 0.96, 0.01):
        kept, right = kept_and_right(acted, truth, threshold)
        spared = float((ordinary.max(axis=1) < threshold).mean()) if len(ordinary) else 1.0
        if spared >= 1 - _MOST_KEPT_OF_ORDINARY and (kept == 0 or right >= _LEAST_RIGHT_OF_KEPT):
            return round(float(threshold), 2)
    return 0.95
