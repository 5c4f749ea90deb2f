"""Speech whose sounds are known to the sample, from espeak-ng in a process of its own."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.resample import resample
from audiokit.errors import LibraryUnavailable, SynthesisFailed
from audiokit.lipsync.demo import spoken_process
from audiokit.models.wheels import file_in_wheel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Spoken", "random_texts", "speak_with_sounds"]

_RATE = 16_000
_LIBRARIES = {"win32": "espeak-ng.dll", "darwin": "libespeak-ng.dylib"}
_TIMEOUT_SECONDS = 300.0
_VARIANTS = ("", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5")
_WORDS = {
    "en-us": (
        "papa maybe bubble mama people map boom lamp summer bamboo five over very fifty wave half leave coffee water "
        "we window swim quick one away two blue moon food room soup do who you open only home over road go old bought "
        "all call law father calm car far heart apple happy man cat back tree see people green need keep bit six fish "
        "give ship shoe sugar measure church judge check thin that other mother both sit zoo say she was this time day "
        "name place great later tell any bread friend when girl bird world learn cup love sun under about again number "
        "yellow yesterday young hello light right life white how now house round boy noise point music"
    ),
    "en": "bath grass dance better butter little bottle water hot got want world more door four idea here there where",
    "de": (
        "Mama Papa Baum Buch Blume über grün schön böse Vogel fünf Wasser wo wir Schule Straße ich nicht Licht auch "
        "machen gut Mutter Abend Apfel oben immer lieben sieben Zeit zwei Haus heute Euro Mond Sonne kommen"
    ),
    "es": "mamá papá bueno vamos agua fuego mucho niño casa perro amigo tiempo mundo poco todo uno seis cinco playa "
    "luz",
    "it": "mamma babbo buono amore vita fuoco uomo luna ciao bello pizza gatto piove sempre tutto cinque giugno",
}


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """An utterance.

    Parameters
    ----------
    samples : ndarray, shape (time,), float32
        At 16 kHz.
    sounds : tuple of (start in seconds, IPA)
        What is said when.
    """

    samples: NDArray[np.float32]
    sounds: tuple[tuple[float, str], ...]

    @property
    def duration_seconds(self) -> float:
        """Length."""
        return len(self.samples) / _RATE


def random_texts(count: int, generator: np.random.Generator) -> list[tuple[str, str, int, int]]:
    """Draw texts of random words, with voice, pace and pitch; three of four in English."""
    texts = []
    languages = [*_WORDS]
    for _ in range(count):
        language = "en-us" if generator.random() < 0.65 else languages[generator.integers(len(languages))]
        words = _WORDS[language].split()
        parts = []
        for _ in range(int(generator.integers(2, 5))):
            chosen = generator.choice(words, int(generator.integers(2, 7)))
            parts.append(" ".join(chosen) + generator.choice([",", ".", ";", ""]))
        voice = language + str(generator.choice(_VARIANTS))
        texts.append((" ".join(parts), voice, int(generator.integers(110, 230)), int(generator.integers(15, 90))))
    return texts


def speak_with_sounds(texts: Sequence[tuple[str, str, int, int]]) -> list[Spoken]:
    """Speak texts, each (text, voice, words per minute, pitch).

    Raises
    ------
    LibraryUnavailable
        Without the espeakng-loader wheel.
    SynthesisFailed
        If espeak-ng's process ends early.
    """
    library = file_in_wheel("espeakng_loader", _LIBRARIES.get(sys.platform, "libespeak-ng.so"))
    data = file_in_wheel("espeakng_loader", "espeak-ng-data/phontab")
    if library is None or data is None:
        raise LibraryUnavailable(
            "espeak-ng, which comes with the espeakng-loader wheel, is not installed.",
            cure='`pip install "audiokit[tts]"`.',
        )
    request = {"library": str(library), "data": str(data.parent.parent), "texts": [list(text) for text in texts]}
    command = [sys.executable, "-I", str(Path(spoken_process.__file__))]
    line = json.dumps(request).encode("ascii") + b"\n"
    done = subprocess.run(command, input=line, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False)  # noqa: S603 - our own file, by the running interpreter
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise SynthesisFailed(f"espeak-ng's process ended with code {done.returncode}: {' '.join(last)}")
    stream = io.BytesIO(done.stdout)
    found = []
    for _ in texts:
        answer = json.loads(stream.readline())
        rate = answer["sample_rate"]
        raw = np.frombuffer(stream.read(2 * answer["samples"]), dtype="<i2").astype(np.float32) / np.float32(32768)
        sounds = tuple((sample / rate, sound) for sample, sound in answer["sounds"])
        found.append(Spoken(resample(raw, rate, _RATE), sounds))
    return found
