"""The weights of a mood expert on a device, and how sound becomes their input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ModelUnavailable
from audiokit.tagging.audio_inputs import AudioInputs
from audiokit.tagging.batches import in_batches
from audiokit.tagging.expert import MOOD_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.models.export_cache import ExportCache

__all__ = ["EmotionNetwork"]

_AS_IT_IS, _INT8 = 0, 2  # levels of `audiokit.models.optimise`


class EmotionNetwork:
    """The weights on a device, and how sound becomes their input.

    Parameters
    ----------
    folder : Path
        Of the checkpoint.
    device : str
        Where it runs.
    optimization : {"auto", "none", "int8"}
        See `audiokit.tagging.HubEmotion`.
    cure : dict
        Options of `audiokit.models.audit.load_transformers_audited` for a head of other names.
    exports : ExportCache, optional
        Where int8 networks are kept.

    Raises
    ------
    ModelUnavailable
        If it hears at another rate than mood experts do.
    """

    def __init__(
        self, folder: Path, device: str, optimization: str, cure: dict[str, Any], exports: ExportCache | None
    ) -> None:
        from audiokit.models.canary import canary_sounds
        from audiokit.models.export_cache import ExportCache, export_folders, weights_key
        from audiokit.models.optimise import optimise

        self._inputs = AudioInputs(folder)
        if self._inputs.sample_rate != MOOD_RATE:
            raise ModelUnavailable(
                f"The checkpoint hears at {self._inputs.sample_rate} Hz, and mood experts hear at {MOOD_RATE} Hz."
            )

        def build() -> Any:
            from audiokit.models.audit import load_transformers_audited

            return load_transformers_audited(folder, "AutoModelForAudioClassification", device=device, **cure)

        is_int8 = optimization == "int8" or (optimization == "auto" and device.startswith("cpu"))
        sounds = np.stack([self._inputs(sound) for sound in canary_sounds(MOOD_RATE)])
        self._run = optimise(
            build,
            [sounds],
            key=weights_key(_files(folder), sorted(cure.items())),
            optimization_level=_INT8 if is_int8 else _AS_IT_IS,
            on_refusal="lower" if optimization == "auto" else "raise",
            input_names=("input_values",),
            dynamic_axes=(0, 1),
            cache=exports or ExportCache(export_folders(folder)),
            device=device,
        )
        self.notes = _words(self._run)

    def __call__(self, windows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Logits, shape (windows, moods), of windows of mono sound at 16 kHz."""
        # Padding changes the answers of networks with group normalisation, which were trained without a mask: windows
        # of one length are given together, others by themselves.
        return in_batches(self._run, [self._inputs(window) for window in windows])


def _words(made: Any) -> tuple[str, ...]:
    parity = f"; {made.parity}" if made.parity is not None else ""
    return (f"Runs as {made.backend}{parity}.", *made.notes)


def _files(folder: Path) -> list[Path]:
    """What the answers depend on: weights, configuration, and how sound becomes input."""
    from audiokit.models.completeness import weight_files

    return [*weight_files(folder), *(folder / name for name in ("config.json", "preprocessor_config.json"))]
