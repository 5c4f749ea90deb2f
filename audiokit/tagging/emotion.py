"""Moods by wav2vec2 and its relatives: any transformers audio classifier whose labels are moods."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.models.places import entry_of, locate
from audiokit.tagging.calibration import Calibration, fit_calibration, softmax
from audiokit.tagging.checkpoint import configuration, ordered_labels, random_note
from audiokit.tagging.emotion_network import EmotionNetwork
from audiokit.tagging.mood_names import mood_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.models.export_cache import ExportCache
    from audiokit.models.heads import Rules
    from audiokit.models.store import ModelStore

__all__ = ["CALIBRATION_FILE", "HubEmotion"]

CALIBRATION_FILE = "audiokit_calibration.json"
"""Looked for in the checkpoint's folder, and written there by `HubEmotion.calibrate`."""

_UNCALIBRATED_THRESHOLD = 0.5  # more likely than all others together, if its confidence could be believed
_WINDOWS_ON_GPU = 4


class HubEmotion:
    """A checkpoint for sequence classification: wav2vec2, HuBERT, WavLM and the like.

    The weights are loaded when first used, through the model store, and checked there: a head that did not load is
    refused. On a CPU they run as an int8 ONNX network, if that answers like the original; on a GPU as they are.

    Parameters
    ----------
    model : str or Path
        A name of the catalogue (``"superb_wav2vec2_base_er"``), ``"hub:owner/name"``, or a folder.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` and so on; see `audiokit.models.store.ModelStore`.
    optimization : {"auto", "none", "int8"}
        ``"auto"`` is ``"int8"`` on a CPU and ``"none"`` elsewhere. Where int8 differs too much from the original it is
        not used: ``"auto"`` then goes on without it and says so, ``"int8"`` raises.
    calibration : Calibration, str or Path, optional
        In place of the one in the checkpoint's folder.
    threshold : float, optional
        Confidence below which to abstain; that of the calibration, or 0.5 without one.
    remap : sequence of (str, str)
        For a folder whose checkpoint names its head in another way; see `audiokit.models.audit.load_audited`. By name,
        the catalogue has it.
    store : ModelStore, optional
        The shared one by default.
    exports : ExportCache, optional
        Where int8 networks are kept; the user's own by default.

    Attributes
    ----------
    name, labels, origin, threshold, notes
        See `audiokit.tagging.MoodExpert`.
    calibrated : bool
        Whether `calibrate` ran for these weights.

    Raises
    ------
    ModelUnavailable
        If the weights are not on this machine, or do not say what they are.
    ParameterError
        If there is none of that name, or an option does not fit.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        device: str = "auto",
        optimization: str = "auto",
        calibration: Calibration | str | Path | None = None,
        threshold: float | None = None,
        remap: Rules = (),
        store: ModelStore | None = None,
        exports: ExportCache | None = None,
    ) -> None:
        if optimization not in ("auto", "none", "int8"):
            raise ParameterError(f'optimization must be "auto", "none" or "int8", got {optimization!r}.')
        if threshold is not None and not 0 <= threshold <= 1:
            raise ParameterError(f"threshold must lie between 0 and 1, got {threshold!r}.")
        self._folder = locate(model)
        self._entry = entry_of(model)
        rules = remap or (self._entry.remap if self._entry else ())
        # what stood between the layers of a head is known with its names; else the class's own head stands
        self._cure: dict[str, Any] = {}
        if rules:
            self._cure = {"remap": rules, "head": self._entry.head if self._entry and not remap else None}
        config = configuration(self._folder)
        self.labels = mood_names(ordered_labels(config, self._folder))
        self.name = self._entry.name if self._entry else self._folder.name
        self.origin = self._entry.notes if self._entry else f"a checkpoint in the folder {self._folder.name}"
        self._random = random_note(config)
        if self._random:
            self.name, self.origin = f"{self.name} [random weights]", self._random
        self._device, self._optimization, self._store, self._exports = device, optimization, store, exports
        self._given_threshold = threshold
        if isinstance(calibration, str | Path):
            calibration = Calibration.load(calibration)
        found = self._folder / CALIBRATION_FILE
        if calibration is None and found.is_file():
            calibration = Calibration.load(found)
        self._said: tuple[str, ...] = ()
        self._use(calibration)

    def _use(self, calibration: Calibration | None) -> None:
        if calibration is not None and calibration.labels != self.labels:
            raise ModelUnavailable(
                f"The calibration is of an expert that knows {', '.join(calibration.labels)}; {self.name} knows "
                f"{', '.join(self.labels)}.",
                cure="Run calibrate() for this one.",
            )
        self.calibration = calibration
        self.calibrated = calibration is not None
        own = _UNCALIBRATED_THRESHOLD if calibration is None else calibration.threshold
        self.threshold = own if self._given_threshold is None else self._given_threshold

    @property
    def most_windows(self) -> int:
        """Windows that it hears of a sound where nobody says how many: 1 on a CPU, 4 on a GPU."""
        return 1 if self._is_cpu() else _WINDOWS_ON_GPU

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the answers."""
        return (*((self._random,) if self._random else ()), *self._said)

    def __repr__(self) -> str:
        state = "calibrated" if self.calibrated else "uncalibrated"
        return f"HubEmotion({self.name!r}, {', '.join(self.labels)}; {state}, abstains below {self.threshold:.2f})"

    def __call__(self, windows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Probabilities of each mood.

        Parameters
        ----------
        windows : sequence of ndarray, shape (time,), float32
            Mono sound at 16 kHz, each as long as it likes.

        Returns
        -------
        ndarray, shape (windows, moods), float32
            At the calibrated temperature, or at 1.
        """
        temperature = 1.0 if self.calibration is None else self.calibration.temperature
        return softmax(self.logits(windows), temperature).astype(np.float32)

    def logits(self, windows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """What the network gives before it becomes probabilities, shape (windows, moods).

        Raises
        ------
        ModelUnavailable
            If the weights cannot be trusted.
        LibraryUnavailable
            If transformers or torch is not installed.
        """
        if not windows:
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        if self.calibration is not None and self.calibration.weights != self._weights():
            raise ModelUnavailable(
                f"The calibration of {self.name} is of other weights.", cure="Run calibrate() for these."
            )
        with self._leased() as model:
            self._said = model.notes
            return np.asarray(model(windows), dtype=np.float32)

    def calibrate(
        self,
        windows: Sequence[NDArray[np.float32]],
        moods: Sequence[str],
        *,
        max_risk: float = 0.2,
        save: bool | str | Path = True,
    ) -> Calibration:
        """Fit temperature and threshold to recordings whose moods are known, and use them from now on.

        Parameters
        ----------
        windows : sequence of ndarray, shape (time,), float32
            Mono sound at 16 kHz that the checkpoint was not trained on, as it will be used on: the same microphones,
            rooms and language.
        moods : sequence of str
            Of each window, one of `labels`.
        max_risk : float
            Share of wrong answers that is allowed among those that are kept.
        save : bool, str or Path
            True writes ``audiokit_calibration.json`` into the checkpoint's folder, where it is found again; a path
            writes there; False writes nothing.

        Returns
        -------
        Calibration

        Raises
        ------
        ParameterError
            If there are fewer than eight windows, or a mood is unknown.
        """
        before, self.calibration = self.calibration, None  # logits of other weights than those last fitted are welcome
        try:
            logits = np.concatenate([self.logits([window]) for window in windows]) if len(windows) else np.zeros((0, 0))
            found = fit_calibration(logits, list(moods), self.labels, weights=self._weights(), max_risk=max_risk)
        except BaseException:
            self.calibration = before
            raise
        if save is not False:
            found.save(self._folder / CALIBRATION_FILE if save is True else save)
        self._use(found)
        return found

    def _weights(self) -> str:
        from audiokit.models.completeness import weight_files
        from audiokit.models.export_cache import weights_key

        return weights_key(weight_files(self._folder))

    def _leased(self) -> Any:
        from audiokit.models.store import default_store

        store = default_store() if self._store is None else self._store
        key = ("emotion", str(self._folder), self._optimization, tuple(self._cure.get("remap", ())))
        return store.lease(key, self._load, device=self._device)

    def _is_cpu(self) -> bool:
        if self._device != "auto":
            return self._device.startswith("cpu")
        from audiokit.models.devices import available_devices

        return all(device.startswith("cpu") for device in available_devices())

    def _load(self, device: str) -> EmotionNetwork:
        return EmotionNetwork(self._folder, device, self._optimization, self._cure, self._exports)
