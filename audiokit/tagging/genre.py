"""Genres: a mel picture before an image network, or any transformers audio classifier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.mel_inputs import genre_image_input
from audiokit.errors import LibraryUnavailable, ModelUnavailable, ParameterError
from audiokit.models.places import known_entry, locate
from audiokit.tagging.audio_inputs import AudioInputs
from audiokit.tagging.audioset import audioset_taxonomy, is_audioset
from audiokit.tagging.batches import in_batches
from audiokit.tagging.calibration import softmax
from audiokit.tagging.checkpoint import configuration, ordered_labels, random_note, read_labels
from audiokit.tagging.taxonomy import Taxonomy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.models.catalogue import CatalogueEntry
    from audiokit.models.store import ModelStore
    from audiokit.tagging.expert import GenreExpert

__all__ = ["AudioClassifier", "ImageGenre", "load_genre_expert"]

_MEL_RATE = 22_050
_PICTURE = 224
_ARCHITECTURE = "efficientnet_b0"
_IMAGE_SECONDS = 30.0  # GTZAN's clips, and so those of most recipes with this picture
_SOUND_SECONDS = 10.0  # AudioSet's clips
_EXCLUSIVE_THRESHOLD = 0.4
_SEPARATE_THRESHOLD = 0.2  # AudioSet's scores are low even where they are right: many labels are true at once
_WEIGHTS = (".safetensors", ".pth", ".pt", ".bin")
_LABEL_FILES = ("labels.json", "labels.txt")


def load_genre_expert(model: str | Path, **options: Any) -> GenreExpert:
    """Give the genre expert of a checkpoint, whatever its kind.

    Parameters
    ----------
    model : str or Path
        A name of the catalogue, ``"hub:owner/name"``, a folder, or a file of weights with its labels beside it.
    **options
        Of `AudioClassifier` or `ImageGenre`.

    Returns
    -------
    AudioClassifier or ImageGenre
        The former for a folder whose config.json is transformers' (it names a ``model_type``).

    Raises
    ------
    ModelUnavailable
        If it is not on this machine, or does not say what its outputs are.
    ParameterError
        If there is none of that name.
    """
    place = locate(model)
    if (place / "config.json").is_file() and "model_type" in configuration(place):
        return AudioClassifier(model, **options)
    return ImageGenre(model, **options)


class _Expert:
    """What both kinds have in common: a name, a store, scores in batches."""

    name: str
    origin: str
    threshold: float
    sample_rate: int
    window_seconds: float
    taxonomy: Taxonomy
    _key: tuple[Any, ...]

    def __init__(self, model: str | Path, device: str, store: ModelStore | None) -> None:
        self._place = locate(model)
        self._entry = _entry_of(model)
        self._device, self._store = device, store
        self.name = self._entry.name if self._entry else self._place.stem
        self.origin = self._entry.notes if self._entry else f"a checkpoint in {self._place.name}"
        self.notes: tuple[str, ...] = ()

    def _mark_random(self, note: str) -> None:
        if note:
            self.name, self.origin, self.notes = f"{self.name} [random weights]", note, (note,)

    def _set_threshold(self, threshold: float | None) -> None:
        own = _EXCLUSIVE_THRESHOLD if self.taxonomy.exclusive else _SEPARATE_THRESHOLD
        self.threshold = own if threshold is None else threshold
        if not 0 <= self.threshold <= 1:
            raise ParameterError(f"threshold must lie between 0 and 1, got {threshold!r}.")

    def __call__(self, windows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Scores of each label, 0 to 1.

        Parameters
        ----------
        windows : sequence of ndarray, shape (time,), float32
            Mono sound at `sample_rate`, at least 0.1 s each.

        Returns
        -------
        ndarray, shape (windows, labels), float32
        """
        if not windows:
            return np.zeros((0, len(self.taxonomy.labels)), dtype=np.float32)
        inputs = [self._input(window) for window in windows]
        from audiokit.models.store import default_store

        store = default_store() if self._store is None else self._store
        with store.lease(self._key, self._load, device=self._device) as run:
            logits = in_batches(run, inputs)
        if self.taxonomy.exclusive:
            return softmax(logits).astype(np.float32)
        return (1.0 / (1.0 + np.exp(-logits.astype(np.float64)))).astype(np.float32)

    def _input(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        raise NotImplementedError

    def _load(self, device: str) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        genres = sorted({genre for genre in self.taxonomy.genres if genre})
        return f"{type(self).__name__}({self.name!r}, {len(genres)} genres: {', '.join(genres[:6])} ...)"


class ImageGenre(_Expert):
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
        self.window_seconds = _positive(
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
        torch = _torch()
        from audiokit.models.audit_timm import load_timm_audited

        network = load_timm_audited(
            self._weights, self._architecture, labels=self.taxonomy.labels, in_chans=1, device=device
        ).model

        def run(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
            with torch.inference_mode():
                return np.asarray(network(torch.from_numpy(pictures).to(device)).float().cpu().numpy())

        return run


class AudioClassifier(_Expert):
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
        self.window_seconds = _positive("window_seconds", window_seconds or _SOUND_SECONDS)
        self._mark_random(random_note(config))
        self._set_threshold(threshold)
        self._key = ("audio classifier", str(self._place))

    def _input(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._inputs(window)

    def _load(self, device: str) -> Any:
        torch = _torch()
        from audiokit.models.audit import load_transformers_audited

        remap = self._entry.remap if self._entry else ()
        network = load_transformers_audited(self._place, "AutoModelForAudioClassification", remap=remap, device=device)

        def run(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
            with torch.inference_mode():
                return np.asarray(network(torch.from_numpy(inputs).to(device)).logits.float().cpu().numpy())

        return run


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise LibraryUnavailable(
            "torch, which runs this checkpoint, is not installed.", cure='`pip install "audiokit[ml]"`.'
        ) from error
    return torch


def _entry_of(model: str | Path) -> CatalogueEntry | None:
    if isinstance(model, Path):
        return None
    try:
        return known_entry(model)
    except ParameterError:
        return None  # a path, which `locate` has found


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


def _positive(name: str, value: float) -> float:
    if not 0 < value < math.inf:
        raise ParameterError(f"{name} must be a finite number of seconds above 0, got {value!r}.")
    return value
