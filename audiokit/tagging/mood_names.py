"""The words of checkpoints for moods, as one language."""

from __future__ import annotations

from collections.abc import Sequence

from audiokit.errors import ModelUnavailable

__all__ = ["mood_names"]

# As checkpoints abbreviate (superb's are IEMOCAP's) or vary them
_SAME = {
    "ang": "angry",
    "anger": "angry",
    "cal": "calm",
    "dis": "disgust",
    "disgusted": "disgust",
    "fea": "fearful",
    "fear": "fearful",
    "hap": "happy",
    "happiness": "happy",
    "joy": "happy",
    "neu": "neutral",
    "sadness": "sad",
    "sur": "surprised",
    "surprise": "surprised",
}


def mood_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Say a checkpoint's labels in the words that this kit uses; others stay as they are, in lower case.

    Raises
    ------
    ModelUnavailable
        If the labels name nothing (``LABEL_0``), or two mean the same.

    Examples
    --------
    >>> mood_names(["neu", "hap", "ang", "sad"])
    ('neutral', 'happy', 'angry', 'sad')
    """
    plain = [label.strip().lower() for label in labels]
    if not plain or all(name.startswith("label_") for name in plain):
        raise ModelUnavailable(
            "The checkpoint does not name its moods (its labels are LABEL_0 and so on).",
            cure="Put id2label with real names into its config.json.",
        )
    names = tuple(_SAME.get(name, name) for name in plain)
    if len(set(names)) < len(names):
        raise ModelUnavailable(f"Two of the checkpoint's labels mean the same: {', '.join(labels)}.")
    return names
