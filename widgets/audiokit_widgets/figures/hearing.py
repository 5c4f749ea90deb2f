"""Whether what is heard after a seek is what the cursor shows: PCM captured in the page, against the sound itself."""

from __future__ import annotations

import contextlib
import json
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit_widgets.figures.browser import browser
from audiokit_widgets.figures.figure import Figure
from audiokit_widgets.figures.recordings import clicks
from audiokit_widgets.figures.sound_page import Server, open_sound, samples_heard, where
from audiokit_widgets.sound import Sound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["click_track", "hearing_figures", "worst_error_ms"]

MOST_ERROR_MS = 10.0

_RATE = 16_000
_SHORT_SECONDS, _LONG_SECONDS = 40.0, 1100.0  # the longer one decodes to more than a page takes
_AROUND_SECONDS = 25.0
_COMPARED_SECONDS = 0.6  # longer than from click to click
_HEARD_SECONDS = 1.3
_BED = 0.004
_STEP_FRAMES = 1 << 16
_LEAST_ALIKE = 0.9
_PLACES = (0.37, 0.051, 0.83, 0.42, 0.0, 0.611)


def click_track(seconds: float) -> NDArray[np.float32]:
    """Make clicks over quiet noise under 3 kHz, which tells where a silence between clicks begins; mono, 16 kHz."""
    frames = round(seconds * _RATE)
    spectrum = np.fft.rfft(np.random.default_rng(3).standard_normal(frames))
    hz = np.fft.rfftfreq(frames, 1 / _RATE)
    bed = np.fft.irfft(spectrum * ((hz > 100) & (hz < 3000)), frames)
    track: NDArray[np.float32] = (clicks(seconds, _RATE) + _BED * bed / bed.std()).astype(np.float32)
    return track


def hearing_figures(folder: Path) -> list[Figure]:
    """Seek to six places from each kind of source: FLAC and preview in the page, a served WAV, pieces of an Ogg."""
    import soundfile

    short, long = click_track(_SHORT_SECONDS), click_track(_LONG_SECONDS)
    soundfile.write(folder / "clicks.wav", long, _RATE)
    with soundfile.SoundFile(folder / "clicks.ogg", "w", _RATE, 1, format="OGG", subtype="VORBIS") as file:
        for start in range(0, len(long), _STEP_FRAMES):  # libvorbis takes what it is given on the stack: little at once
            file.write(long[start : start + _STEP_FRAMES])
    sources: dict[str, Callable[[], Sound]] = {
        "FLAC": lambda: Sound.of(short, sample_rate=_RATE, preview="never", title="clicks"),
        "MP3 preview": lambda: Sound.of(short, sample_rate=_RATE, preview="always", title="clicks"),
        "served WAV": lambda: Sound.of(folder / "clicks.wav"),
        "pieces of an Ogg": lambda: Sound.of(folder / "clicks.ogg"),
    }
    figures = []
    with browser() as chromium, _as_jupyter(folder):
        server = Server(folder)
        try:
            for name, make in sources.items():
                sound = make()
                context = chromium.new_context()
                page = open_sound(SimpleNamespace(page=context.new_page()), sound, server.address, pages=server.pages)
                truth = short if sound.delivery == "embedded" else long
                worst, alike = worst_error_ms(page, truth)
                note = f"{len(_PLACES)} places, delivered as {sound.delivery}, correlation at least {alike:.3f}"
                figures.append(Figure(f"heard after a seek, off the cursor: {name}", worst, MOST_ERROR_MS, "ms", note))
                context.close()
        finally:
            server.close()
    return figures


_SEEK = """(at) => {
  window.sound.transport.seek(at);
  return window.sound.transport.position;
}"""


def worst_error_ms(page: Any, truth: NDArray[np.float32]) -> tuple[float, float]:
    """Seek and listen at each place: the largest distance from the cursor, and the least likeness with the sound there.

    The distance is infinite where what was heard is nowhere within 25 s of the cursor.
    """
    page.evaluate("rate => window.listen(rate)", _RATE)
    worst, least = 0.0, 1.0
    for place in _PLACES:
        at = round(place * (len(truth) / _RATE - 3), 3)
        shown = float(page.evaluate(_SEEK, at))
        heard = samples_heard(page, None, _HEARD_SECONDS)
        first = max(round((shown - _AROUND_SECONDS) * _RATE), 0)
        near = truth[first : round((shown + _AROUND_SECONDS) * _RATE)]
        found, alike = where(heard, near, length=round(_COMPARED_SECONDS * _RATE))
        error = abs((first + found) / _RATE - shown) * 1000 if alike >= _LEAST_ALIKE else float("inf")
        worst, least = max(worst, error), min(least, alike)
    return worst, least


@contextlib.contextmanager
def _as_jupyter(folder: Path) -> Iterator[None]:
    """Say, as a Jupyter server does to its kernels, that it shows this folder."""
    runtime = folder / ".runtime"
    runtime.mkdir(exist_ok=True)
    told = {"root_dir": str(folder), "base_url": "/"}
    (runtime / f"jpserver-{os.getpid()}.json").write_text(json.dumps(told), encoding="utf-8")
    wanted = {"JUPYTER_RUNTIME_DIR": str(runtime), "JPY_PARENT_PID": str(os.getpid())}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
