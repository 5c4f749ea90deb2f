"""Shared fixtures: synthesised sound, the corpus of real recordings when there is one, and what must not be skipped."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from works_table import MARKER, WorksTable

# `make soak` asks for more of everything that is drawn at random.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
settings.register_profile("test", max_examples=20, derandomize=True, database=None, **_COMMON)
settings.register_profile("soak", max_examples=1000, database=None, **_COMMON)
settings.load_profile("soak" if os.environ.get("AUDIOKIT_SOAK") else "test")

ROOT = Path(__file__).resolve().parent.parent

# What modules import and take fixtures from (`pytest_plugins`): their assertions say what they found.
pytest.register_assert_rewrite(
    "comparison_heard", "decoder_parts", "everywhere_hands", "everywhere_keys", "inspector_page", "monitor_parts", "mp3_parts", "recorder_page", "soundfile_parts",
    "store_models", "stubborn_server",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARKER}(place): decides a cell of the table in docs/widgets.md")
    config.pluginmanager.register(WorksTable(config), WorksTable.__name__)


@pytest.fixture(scope="session")
def project_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real recordings; a test that asks for it is skipped where there is none."""
    folder = os.environ.get("AUDIOKIT_CORPUS", "")
    path = (ROOT / folder).resolve() if folder else None
    if path is None or not (path / "MANIFEST.csv").is_file():
        pytest.skip("needs recordings: set AUDIOKIT_CORPUS to a folder that holds MANIFEST.csv")
    return path


@pytest.fixture(scope="session")
def manifest(corpus) -> list[dict[str, str]]:
    with open(corpus / "MANIFEST.csv", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def stereo() -> np.ndarray:
    """(2, 96000) float32 at 48 kHz: two different chirps with noise, nothing symmetric, nothing periodic."""
    time = np.arange(96_000) / 48_000
    generator = np.random.default_rng(7)
    left = 0.4 * np.sin(2 * np.pi * (200 * time + 400 * time**2))
    right = 0.3 * np.sin(2 * np.pi * (900 * time - 100 * time**2))
    return (np.stack([left, right]) + 0.01 * generator.standard_normal((2, 96_000))).astype(np.float32)


@pytest.fixture(scope="session")
def make_media(tmp_path_factory):
    """Write samples (channels, time) with PyAV as `codec` in a file named `name`, optionally with a video track."""

    def make(name: str, samples: np.ndarray | None, sample_rate: int, codec: str, *, video: bool = False) -> Path:
        import av

        path = tmp_path_factory.mktemp("media") / name
        with av.open(str(path), "w") as container:
            picture = container.add_stream("mpeg4", rate=25, width=64, height=48) if video else None
            if picture is not None:
                picture.pix_fmt = "yuv420p"
            sound = None
            if samples is not None:
                sound = container.add_stream(codec, rate=sample_rate)
                sound.layout = "mono" if samples.shape[0] == 1 else "stereo"
            if picture is not None:
                seconds = 1.0 if samples is None else samples.shape[1] / sample_rate
                for index in range(int(seconds * 25)):
                    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), index % 255, np.uint8), format="rgb24")
                    container.mux(picture.encode(frame))
                container.mux(picture.encode(None))
            if sound is not None:
                fmt = sound.codec_context.format.name
                planar = sound.codec_context.format.is_planar
                array = samples.astype(np.float32)
                if fmt.startswith("s16"):
                    array = (np.clip(array, -1, 1 - 2**-15) * 2**15).round().astype(np.int16)
                elif fmt.startswith("s32"):
                    array = (np.clip(array, -1, 1 - 2**-15) * 2**31).astype(np.int32)
                size = sound.codec_context.frame_size or 1024
                for start in range(0, array.shape[1], size):
                    part = np.ascontiguousarray(array[:, start : start + size])
                    packed = part if planar else np.ascontiguousarray(part.T).reshape(1, -1)
                    frame = av.AudioFrame.from_ndarray(packed, format=fmt, layout=sound.layout.name)
                    frame.sample_rate = sample_rate
                    frame.pts = start
                    container.mux(sound.encode(frame))
                container.mux(sound.encode(None))
        return path

    return make


@pytest.fixture(scope="session")
def files(tmp_path_factory, stereo, make_media):
    """`stereo` in many codecs: name -> (path, largest error of a lossless one or None)."""
    import soundfile

    folder = tmp_path_factory.mktemp("codecs")
    out = {}
    for name, kind, subtype, step in (
        ("pcm16.wav", "WAV", "PCM_16", 2**-15),
        ("pcm24.wav", "WAV", "PCM_24", 2**-23),
        ("float.wav", "WAV", "FLOAT", 1e-9),
        ("double.wav", "WAV", "DOUBLE", 1e-9),
        ("u8.wav", "WAV", "PCM_U8", 2**-7),
        ("big.aiff", "AIFF", "PCM_24", 2**-23),
        ("sun.au", "AU", "PCM_16", 2**-15),
        ("core.caf", "CAF", "PCM_16", 2**-15),
        ("a.flac", "FLAC", "PCM_24", 2**-23),
        ("a.ogg", "OGG", "VORBIS", None),
        ("a.mp3", "MP3", "MPEG_LAYER_III", None),
    ):
        soundfile.write(folder / name, stereo.T, 48_000, format=kind, subtype=subtype)
        out[name] = (folder / name, step)
    for name, codec, video in (
        ("a.m4a", "aac", False),
        ("a.opus", "libopus", False),
        ("film.mp4", "aac", True),
        ("film.mkv", "flac", True),
        ("film.webm", "libopus", False),
    ):
        out[name] = (make_media(name, stereo, 48_000, codec, video=video), 2**-15 if codec == "flac" else None)
    return out
