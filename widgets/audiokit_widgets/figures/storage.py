"""Bytes that a sound takes in a notebook's file, beside ``IPython.display.Audio``'s; and of modules and states."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from audiokit_widgets.figures.figure import Figure
from audiokit_widgets.figures.notebooks import executed, growth_bytes
from audiokit_widgets.figures.recordings import speech

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MOST_OF_PREVIEW", "MOST_OF_WITHOUT_LOSS", "module_figures", "recording_figures", "state_bytes"]

MOST_OF_WITHOUT_LOSS = 0.6
"""Of what ``IPython.display.Audio`` stores, for a recording that loses nothing."""

MOST_OF_PREVIEW = 0.15
"""The same for an MP3 preview."""

MOST_MODULE_BYTES = 25_000
MOST_STATE_BYTES = 200_000

_PEER = "from IPython.display import Audio; import numpy\nAudio(numpy.load('speech.npy'), rate={rate})"
_OURS = (
    "from audiokit_widgets import AudioPlayer, Sound; import numpy\n"
    "AudioPlayer(Sound.of(numpy.load('speech.npy'), sample_rate={rate}, preview='{preview}', title='speech'))"
)


def recording_figures(folder: Path, *, seconds: float = 600.0, sample_rate: int = 16_000) -> list[Figure]:
    """Embed a mono recording of speech with and without loss; sizes over what ``IPython.display.Audio`` stores."""
    import numpy as np

    audio, source = speech(seconds, sample_rate)
    np.save(folder / "speech.npy", audio.samples[0])
    peer = growth_bytes(executed(_PEER.format(rate=sample_rate), folder=folder))
    figures = [
        Figure(f"{seconds / 60:g} min of speech: IPython.display.Audio stores", peer / 1e6, None, "MB", source),
    ]
    for preview, said, most in (
        ("never", "AudioPlayer without loss", MOST_OF_WITHOUT_LOSS),
        ("always", "AudioPlayer as a preview", MOST_OF_PREVIEW),
    ):
        made = executed(_OURS.format(rate=sample_rate, preview=preview), folder=folder)
        grown = growth_bytes(made)
        parts = ", ".join(f"{name} {size / 1000:,.0f} kB" for name, size in _parts(made).items())
        figures.append(
            Figure(
                f"{seconds / 60:g} min of speech: {said}, over that",
                grown / peer,
                most,
                "",
                f"{grown:,} bytes: {parts}",
            )
        )
    return figures


def module_figures(folder: Path) -> list[Figure]:  # noqa: ARG001 - every section gets one
    """Every widget's module, and the largest state of a `Sound` with all that it sees."""
    import numpy as np

    from audiokit.bench.sounds import ensemble
    from audiokit_widgets.sound import Sound

    figures = [
        Figure(f"module {name}", size / 1000, MOST_MODULE_BYTES / 1000, "kB") for name, size in module_bytes().items()
    ]
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((2, 40 * 44_100)).clip(-3, 3) / 3 * 1.02  # as hard to pack as a sound gets, and clipped
    for title, samples in (
        ("music, 30 s stereo", ensemble(30.0).samples),
        ("white noise, 40 s stereo, clipped", noise),
    ):
        sound = Sound.of(samples.astype(np.float32), sample_rate=44_100, title=title)
        sound.static_audio()
        figures.append(Figure(f"state of a Sound: {title}", state_bytes(sound) / 1000, MOST_STATE_BYTES / 1000, "kB"))
    return figures


def module_bytes() -> dict[str, int]:
    """Bytes of each bundled module, as it travels, by its name."""
    from importlib import resources

    from audiokit_widgets.modules import bundle

    found = [entry.name for entry in resources.files("audiokit_widgets").joinpath("static").iterdir()]
    return {name: len(bundle(name).encode()) for name in sorted(found) if name.endswith(".js")}


def state_bytes(model: Any) -> int:
    """Bytes of a model's state in a notebook's file, its code left out: JSON, and bytes as base64."""
    state = {k: v for k, v in model.get_state().items() if k not in ("_esm", "_css")}
    buffers = [bytes(v) for v in state.values() if isinstance(v, bytes | memoryview)]
    plain = {k: v for k, v in state.items() if not isinstance(v, bytes | memoryview)}
    return len(json.dumps(plain).encode()) + sum(len(base64.b64encode(buffer)) for buffer in buffers)


def _parts(made: Any) -> dict[str, int]:
    """What takes the room in an executed notebook: the sound, static pictures, the models' code and their state."""
    import re

    page = "".join(
        "".join(output.get("data", {}).get("text/html", "")) for cell in made.cells for output in cell.outputs
    )
    parts = {
        kind: sum(len(found) for found in re.findall(rf"data:{kind}/[^;]*;base64,([^\"]*)", page))
        for kind in ("audio", "image")
    }
    saved = made.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    parts["code"] = sum(len(json.dumps(m["state"].get(k, ""))) for m in saved for k in ("_esm", "_css"))
    parts["state"] = len(json.dumps(list(saved))) - parts["code"]
    return parts
