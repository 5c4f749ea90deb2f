"""Genres by a transformers audio classifier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.tagging.audio_inputs import AudioInputs
from audiokit.tagging.audioset import audioset_taxonomy, is_audioset
from audiokit.tagging.checkpoint import configuration, ordered_labels, random_note
from audiokit.tagging.genre_network import GenreNetwork, positive_seconds, torch_module
from audiokit.tagging.taxonomy import Taxonomy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore

__all__ = ["AudioClassifier"]

_SOUND_SECONDS = 10.0  # AudioSet's clips


class AudioClassifier(GenreNetwork):
    """A transformers audio classifier: AST and others, whose labels are genres or AudioSet's.

    Parameters
    ----------
    model : str or Path
        A name of the catalogue (``"ast_audioset"``), ``"hub:owner/name"``, or a folder.
    device, store
        See `audiokit.tagging.HubEmotion`.
    threshold : float, optional
        Score below which to abstain; 0.2 by default where labels are true side by side (AudioSet), else 0.4.
    window_seconds : float, optional
        How much music it hears at once; 10 s by default.

    Raises
    ------
    ModelUnavailable
        If it is not on this machine, or does not say what its outputs are.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        device: str = "auto",
        store: ModelStore | None = None,
        threshold: float | None = None,
        window_seconds: float | None = None,
    ) -> None:
        super().__init__(model, device, store)
        config = configuration(self._place)
        labels = ordered_labels(config, self._place)
        if is_audioset(labels):
            self.taxonomy = audioset_taxonomy(labels)
        else:
            exclusive = config.get("problem_type") != "multi_label_classification"
            self.taxonomy = Taxonomy.of_labels(labels, hierarchy=config.get("genres"), exclusive=exclusive)
        self._inputs = AudioInputs(self._place)
        self.sample_rate = self._inputs.sample_rate
        self.window_seconds = positive_seconds("window_seconds", window_seconds or _SOUND_SECONDS)
        self._mark_random(random_note(config))
        self._set_threshold(threshold)
        self._key = ("audio classifier", str(self._place))

    def _input(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._inputs(window)

    def _load(self, device: str) -> Any:
        torch = torch_module()
        from audiokit.models.audit import load_transformers_audited

        remap = self._entry.remap if self._entry else ()
        network = load_transformers_audited(self._place, "AutoModelForAudioClassification", remap=remap, device=device)

        def run(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
            with torch.inference_mode():
                return np.asarray(network(torch.from_numpy(inputs).to(device)).logits.float().cpu().numpy())

        return run
