"""Genres by an image network before a mel picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.mel_inputs import genre_image_input
from audiokit.errors import ModelUnavailable
from audiokit.tagging.checkpoint import random_note, read_labels
from audiokit.tagging.genre_network import GenreNetwork, positive_seconds, torch_module
from audiokit.tagging.taxonomy import Taxonomy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore

__all__ = ["ImageGenre"]

_MEL_RATE = 22_050
_PICTURE = 224
_ARCHITECTURE = "efficientnet_b0"
_IMAGE_SECONDS = 30.0  # GTZAN's clips, and so those of most recipes with this picture
_WEIGHTS = (".safetensors", ".pth", ".pt", ".bin")
_LABEL_FILES = ("labels.json", "labels.txt")


class ImageGenre(GenreNetwork):
    """An image network before a mel spectrogram: EfficientNet-B0 with one channel, or any architecture of timm.

    The picture is librosa's mel spectrogram (128 bands to 8 kHz, dB below the loudest bin) at 22,050 Hz, resized to
    224 × 224; see `audiokit.dsp.genre_image_input`. Each is brought to mean 0 and deviation 1, unless the labels' file
    says ``"standardise": false``.

    Parameters
    ----------
    model : str or Path
        A name of the catalogue, a folder with weights and labels, or a file of weights with labels beside it.
        Weights are safetensors, or a state dict that ``torch.load(weights_only=True)`` reads: a pickle that holds
        more is refused.
    labels : Path, optional
        File of labels (see `audiokit.tagging.checkpoint.read_labels`); ``labels.json`` or ``labels.txt`` beside the
        weights by default.
    architecture : str, optional
        timm's name; that of the labels' file, or ``"efficientnet_b0"``.
    device, store
        See `audiokit.tagging.HubEmotion`.
    threshold : float, optional
        Score below which to abstain; 0.4 by default.
    window_seconds : float, optional
        How much music one picture holds; that of the labels' file, or 30 s.

    Raises
    ------
    ModelUnavailable
        If weights or labels are missing, or the labels are no genres.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        labels: str | Path | None = None,
        architecture: str | None = None,
        device: str = "auto",
        store: ModelStore | None = None,
        threshold: float | None = None,
        window_seconds: float | None = None,
    ) -> None:
        super().__init__(model, device, store)
        self._weights = _weights_in(self._place)
        names, facts = read_labels(Path(labels) if labels is not None else _labels_beside(self._weights))
        self.taxonomy = Taxonomy.of_labels(names, hierarchy=facts.get("genres"), exclusive=True)
        self.sample_rate = _MEL_RATE
        self.window_seconds = positive_seconds(
            "window_seconds", window_seconds or float(facts.get("window_seconds", _IMAGE_SECONDS))
        )
        self._architecture = architecture or str(facts.get("architecture", _ARCHITECTURE))
        self._standardise = bool(facts.get("standardise", True))
        self._mark_random(random_note(facts))
        self._set_threshold(threshold if threshold is not None else facts.get("threshold"))
        self._key = ("genre picture", str(self._weights), self._architecture, len(names))

    def _input(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        picture = genre_image_input(window, _MEL_RATE, size=_PICTURE).values.T  # (bands, frames), as librosa has it
        if self._standardise:
            picture = (picture - picture.mean()) / max(float(picture.std()), 1e-6)
        return picture[np.newaxis].astype(np.float32)

    def _load(self, device: str) -> Any:
        torch = torch_module()
        from audiokit.models.audit_timm import load_timm_audited

        network = load_timm_audited(
            self._weights, self._architecture, labels=self.taxonomy.labels, in_chans=1, device=device
        ).model

        def run(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
            with torch.inference_mode():
                return np.asarray(network(torch.from_numpy(pictures).to(device)).float().cpu().numpy())

        return run


def _weights_in(place: Path) -> Path:
    if place.is_file():
        return place
    found = [path for ending in _WEIGHTS for path in sorted(place.glob(f"*{ending}"))]
    if not found:
        raise ModelUnavailable(
            f"{place} holds no weights.", cure=f"Put a file there that ends in {', '.join(_WEIGHTS)}."
        )
    return found[0]


def _labels_beside(weights: Path) -> Path:
    own = [weights.with_suffix(ending) for ending in (".json", ".txt")]
    for path in [*(weights.parent / name for name in _LABEL_FILES), *own]:
        if path.is_file():
            return path
    raise ModelUnavailable(
        f"There are no labels beside {weights}.", cure="Put labels.json or labels.txt there: a label for each output."
    )
