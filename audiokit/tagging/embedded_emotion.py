"""The embedded emotion expert: small networks on statistics of speech, trained on acted German. Runs without torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.frame_descriptors import SAMPLE_RATE
from audiokit.dsp.speech_statistics import SPEECH_STATISTICS, speech_statistics
from audiokit.errors import ModelRefused, ParameterError
from audiokit.models.embedded import EmbeddedModel, embedded
from audiokit.models.sessions import Sessions, default_sessions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["EmbeddedEmotion"]

LABELS = ("angry", "happy", "neutral", "sad")
_CURE = "Install audiokit again; its weights travel with the package."


class EmbeddedEmotion:
    """Angry, happy, neutral or sad: an embedded expert that abstains away from its world.

    Parameters
    ----------
    sessions : Sessions, optional
        Loaded networks; the shared ones by default.

    Attributes
    ----------
    name : str
        ``"emotion_emodb"``.
    labels : tuple of str
        Columns of what a call gives.
    origin : str
        ``"embedded expert, acted German speech"``, which is all that may be said of it.
    threshold : float
        Highest probability below which it has nothing to say.
    shortest_seconds, longest_seconds : float
        A window as it wants it.

    Raises
    ------
    ModelUnavailable
        If the weights are not in the package.
    ModelRefused
        If they are not what their card says, or were trained on other statistics than these.
    LibraryUnavailable
        If onnxruntime is not installed.
    """

    name = "emotion_emodb"
    labels = LABELS
    origin = "embedded expert, acted German speech"
    shortest_seconds = 0.5
    longest_seconds = 3.0

    def __init__(self, sessions: Sessions | None = None) -> None:
        model = embedded(self.name)
        self.threshold = _checked(model)
        self.model = model
        self._session = (default_sessions() if sessions is None else sessions).get(model.path)

    def __call__(self, windows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Judge windows of speech.

        Parameters
        ----------
        windows : sequence of ndarray, shape (time,), float32
            Each one channel of speech at 16 kHz, of any level. 0.5 to 3 s are meant; a longer one is judged by its
            first 3 s.

        Returns
        -------
        ndarray, shape (len(windows), 4), float32
            Calibrated probabilities of `labels`; each row sums to 1. A window without sound, or shorter than 0.1 s, has
            four equal ones.

        Raises
        ------
        ParameterError
            If a window is not one channel of floating-point samples.
        """
        if not len(windows):
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        rows = np.stack([self._described(window) for window in windows])
        probabilities: NDArray[np.float32] = self._session.run(["probabilities"], {"statistics": rows})[0]
        probabilities[~rows.any(axis=1)] = 1 / len(self.labels)
        return probabilities

    def _described(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        array = np.asarray(window)
        if array.ndim != 1 or array.dtype.kind != "f":
            raise ParameterError(
                f"A window is one channel of floating-point samples at 16 kHz, got shape {array.shape} of "
                f"{array.dtype}.",
                cure="audio.mono() at 16 kHz, samples[0].",
            )
        if array.size < SAMPLE_RATE // 10:
            return np.zeros(len(SPEECH_STATISTICS), dtype=np.float32)
        return speech_statistics(array[: int(self.longest_seconds * SAMPLE_RATE)])


def _checked(model: EmbeddedModel) -> float:
    card = model.card
    if tuple(card.get("labels", ())) != LABELS or tuple(card.get("features", ())) != SPEECH_STATISTICS:
        raise ModelRefused(f"{model.name} was trained on other labels or statistics than this version has.", cure=_CURE)
    threshold = card.get("threshold")
    if not isinstance(threshold, int | float) or not 0 < threshold < 1:
        raise ModelRefused(f"{model.name}'s card states no threshold between 0 and 1, but {threshold!r}.", cure=_CURE)
    return float(threshold)
