"""A peer is away only if it cannot load FFmpeg and there is none; where FFmpeg is, it has to work."""

import sys
import types
from importlib import util
from pathlib import Path

import pytest

from audiokit.bench import absence
from audiokit.bench.files import write_codecs

VERSIONS = (9, 8, 7, 6, 5, 4)


@pytest.fixture
def loader(monkeypatch):
    """A system's loader that knows the names that a test puts into it."""
    known = set()

    def load(name):
        if name not in known:
            raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(absence.ctypes, "CDLL", load)
    return known


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the names in an ELF file")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("module", "folder", "library", "fewer"),
    [("torchcodec", "", "libtorchcodec_core{}.so", 0), ("spdl.io", "lib", "libspdl_ffmpeg{}.so", 2)],
)
def test_the_names_are_those_that_the_wheels_are_linked_to(module, folder, library, fewer, version):
    try:
        spec = util.find_spec(module)
    except ModuleNotFoundError:
        spec = None
    if spec is None:
        pytest.skip(f"{module} is not installed")
    linked = (Path(spec.origin).parent / folder / library.format(version)).read_bytes()
    names = absence.ffmpeg_library_names(version, "linux")
    assert len(names) == 7
    for name in names[: len(names) - fewer]:  # spdl does without swscale and swresample
        assert f"\0{name}\0".encode() in linked


def test_a_version_of_ffmpeg_is_there_if_all_of_it_is(loader):
    assert absence.ffmpeg_versions() == ()
    loader.update(absence.ffmpeg_library_names(5))
    assert absence.ffmpeg_versions() == (5,)
    loader.update(absence.ffmpeg_library_names(8)[1:])
    assert absence.ffmpeg_versions() == (5,)
    loader.update(absence.ffmpeg_library_names(8))
    assert absence.ffmpeg_versions() == (8, 5)


def test_what_the_peers_load_is_found_by_the_system_too():
    """The other way round is what the comparisons prove: where FFmpeg is found, these peers have to agree."""
    torchcodec = pytest.importorskip("torchcodec")
    if torchcodec.ffmpeg_major_version is None:
        assert (absence.torchcodec_lacks("a.wav") is None) == bool(absence.ffmpeg_versions())
    else:
        assert absence.torchcodec_lacks("a.wav") is None
        if sys.platform.startswith("linux"):
            assert torchcodec.ffmpeg_major_version in absence.ffmpeg_versions()


@pytest.fixture
def torchcodec(monkeypatch):
    module = types.ModuleType("torchcodec")
    module.ffmpeg_major_version = None
    monkeypatch.setitem(sys.modules, "torchcodec", module)
    return module


def test_torchcodec_lacks_ffmpeg_only_where_there_is_none(loader, torchcodec):
    found = absence.torchcodec_lacks("a.wav")
    assert found.what == "cannot load FFmpeg"
    assert "install FFmpeg's shared libraries" in found.cure
    torchcodec.ffmpeg_major_version = 5
    assert absence.torchcodec_lacks("a.wav") is None
    torchcodec.ffmpeg_major_version = None
    loader.update(absence.ffmpeg_library_names(5))
    assert absence.torchcodec_lacks("a.wav") is None  # FFmpeg is there: whatever is wrong is a failure


def test_torchcodec_that_does_not_import_is_not_away(loader, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchcodec", None)
    assert absence.torchcodec_lacks("a.wav") is None


def test_spdl_lacks_ffmpeg_only_where_there_is_none(loader, monkeypatch):
    def fails():
        raise RuntimeError("Failed to import libspdl.")

    utils = types.ModuleType("spdl.io.utils")
    utils.get_ffmpeg_versions = fails
    for name, module in (("spdl", types.ModuleType("spdl")), ("spdl.io", types.ModuleType("spdl.io"))):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "spdl.io.utils", utils)
    assert absence.spdl_lacks("a.wav").what == "cannot load FFmpeg"
    utils.get_ffmpeg_versions = dict
    assert absence.spdl_lacks("a.wav") is None
    utils.get_ffmpeg_versions = fails
    loader.update(absence.ffmpeg_library_names(7))
    assert absence.spdl_lacks("a.wav") is None
    monkeypatch.setitem(sys.modules, "spdl.io.utils", None)
    loader.clear()
    assert absence.spdl_lacks("a.wav") is None


def test_librosa_lacks_the_program_for_what_libsndfile_does_not_know(tmp_path, monkeypatch):
    audioread = pytest.importorskip("audioread")
    files = write_codecs(tmp_path, seconds=0.2, codecs=["WAV", "AAC"])
    raw, ffmpeg = (type(name, (), {}) for name in ("RawAudioFile", "FFmpegAudioFile"))
    monkeypatch.setattr(audioread, "available_backends", lambda: [raw])
    found = absence.librosa_lacks(str(files["AAC"]))
    assert found.what == "cannot run ffmpeg"
    assert "program" in found.cure
    assert absence.librosa_lacks(str(files["WAV"])) is None
    monkeypatch.setattr(audioread, "available_backends", lambda: [raw, ffmpeg])
    assert absence.librosa_lacks(str(files["AAC"])) is None
    monkeypatch.setitem(sys.modules, "audioread", None)  # a librosa to come
    assert absence.librosa_lacks(str(files["AAC"])) is None
