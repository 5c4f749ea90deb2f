"""`write` and its target: names, formats, file objects; nothing half-done stays behind."""

from __future__ import annotations

import importlib
import io
import os
import stat
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from written_parts import heard

from audiokit.audio import Audio
from audiokit.decode import encode
from audiokit.decode.output import check_no_input
from audiokit.decode.writer import write
from audiokit.errors import OutputExists, OutputUnwritable, ParameterError


@pytest.mark.parametrize(
    ("kind", "samples", "rate", "options", "message"),
    [
        ("mp3", np.zeros((3, 9)), 48_000, {}, "MP3 holds at most 2 channels, got 3"),
        ("flac", np.zeros((9, 9)), 48_000, {}, "FLAC holds at most 8"),
        ("wav", np.zeros((2000, 2)), 48_000, {}, r"needs `\.T`"),
        ("opus", np.zeros((5, 9)), 48_000, {}, "1, 2, 3, 4, 6 channels, got 5"),
        ("flac", np.zeros(9), 700_000, {}, "at most 655,350 Hz"),
        ("ogg", np.zeros(9), 655_350, {}, "at most 200,000 Hz"),
        ("mp3", np.zeros(9), 96_000, {}, "output_sample_rate=48000"),
        ("m4a", np.zeros(9), 35_467, {}, "output_sample_rate=44100"),
        ("wav", np.zeros(9), 0, {}, "positive whole number"),
        ("wav", np.zeros(9), 44_100.5, {}, "positive whole number"),
        ("wav", np.zeros(9), None, {}, "Give sample_rate"),
        ("wav", np.zeros((2, 0)), 8000, {}, "no samples"),
        ("wav", np.zeros((1, 1, 9)), 8000, {}, "got shape"),
        ("wav", np.zeros(9, np.uint8), 8000, {}, "uint8"),
        ("wav", ["a"], 8000, {}, "got shape"),
        ("wav", np.zeros(9), 8000, {"subtype": "ULAW"}, "Its subtypes are PCM_16, PCM_24"),
        ("mp3", np.zeros(9), 8000, {"subtype": "PCM_16"}, "leave subtype out"),
        ("flac", np.zeros(9), 8000, {"subtype": "FLOAT"}, "no subtype"),
        ("wav", np.zeros(9), 8000, {"quality": 0.5}, "choose subtype"),
        ("wav", np.zeros(9), 8000, {"bit_rate_bps": 64_000}, "choose subtype"),
        ("ogg", np.zeros(9), 8000, {"bit_rate_bps": 64_000}, "give quality"),
        ("opus", np.zeros(9), 8000, {"quality": 0.5}, "Give bit_rate_bps"),
        ("mp3", np.zeros(9), 8000, {"quality": 1.5}, "between 0 and 1"),
        ("mp3", np.zeros(9), 8000, {"quality": 0.5, "bit_rate_bps": 64_000}, "exclude each other"),
        ("mp3", np.zeros(9), 44_100, {"bit_rate_bps": 100_000}, "there are 32, 40"),
        ("mp3", np.zeros(9), 8000, {"bit_rate_bps": 128_000}, "48, 56, 64;"),
        ("m4a", np.zeros(9), 8000, {"bit_rate_bps": 128_000}, "to 48000 bit/s"),
    ],
)  # fmt: skip
def test_what_a_format_does_not_hold_is_said(tmp_path, kind, samples, rate, options, message):
    with pytest.raises(ParameterError, match=message):
        write(tmp_path / f"a.{kind}", samples, rate, **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("first", [Audio(np.zeros((1, 9)), 8000, name="a.wav"), np.zeros(9), 3, None, ["a.wav"]])
def test_the_file_comes_first(first, tmp_path):
    with pytest.raises(ParameterError, match=f"Cannot write to {type(first).__name__}: the file comes first"):
        write(first, tmp_path / "a.wav", format="wav")
    assert not (tmp_path / "a.wav").exists()


def test_the_name_decides_and_format_overrules(tmp_path):
    for name, kind in (("a.WAVE", "WAV"), ("a.oga", "OGG"), ("a.Flac", "FLAC")):
        assert soundfile.info(write(tmp_path / name, np.zeros(99), 8000)).format == kind
    assert soundfile.info(write(str(tmp_path / "b.bin"), np.zeros(99), 8000, format=".flac")).format == "FLAC"
    for name in ("a.aiff", "a", ".wav"):
        with pytest.raises(ParameterError, match=r"wav, flac, mp3, ogg, opus, m4a"):
            write(tmp_path / name, np.zeros(99), 8000)
    with pytest.raises(ParameterError, match=r"no format 'aiff'"):
        write(tmp_path / "a.wav", np.zeros(99), 8000, format="aiff")
    with pytest.raises(ParameterError, match=r"no ending"):
        write(io.BytesIO(), np.zeros(99), 8000)


def test_an_audio_carries_its_rate(tmp_path):
    with pytest.raises(ParameterError, match=r"output_sample_rate"):
        write(tmp_path / "a.wav", Audio(np.zeros(9), 8000), 16_000)
    assert write(tmp_path / "a.wav", Audio(np.zeros(9), 8000), 8000) == tmp_path / "a.wav"


@pytest.mark.parametrize("kind", encode.FORMATS)
def test_odd_names_are_names(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    names = ["file:x", "a:b", "-i", "é\u202e ñ", "%d", "x" * 200]
    if sys.platform == "win32":
        names = names[4:]
    for name in names:
        path = write(f"{name}.{kind}", 0.1 * np.ones(2000), 48_000)
        assert heard(path)[0].shape == (1, 2000)
    assert len(list(tmp_path.iterdir())) == len(names)


@pytest.mark.parametrize("kind", encode.FORMATS)
def test_file_objects_get_it_at_their_position(tmp_path, kind):
    with open(tmp_path / f"x.{kind}", "wb") as handle:  # its name says the format
        handle.write(b"before")
        size = write(handle, 0.1 * np.ones(2000), 48_000)
        assert not handle.closed
    data = (tmp_path / f"x.{kind}").read_bytes()
    assert data[:6] == b"before"
    assert len(data) == size + 6
    assert heard(io.BytesIO(data[6:]))[0].shape == (1, 2000)


class Trickle(io.RawIOBase):
    """Takes three bytes at a time, as a raw file may."""

    def __init__(self) -> None:
        self.got = b""

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.got += bytes(data[:3])
        return min(3, len(data))


def test_file_objects_that_take_a_part(tmp_path):
    target = Trickle()
    assert write(target, np.zeros(99), 8000, format="wav") == len(target.got) == 44 + 198
    with pytest.raises(ParameterError, match=r"'wb'"):
        write(io.StringIO(), np.zeros(99), 8000, format="wav")
    (tmp_path / "r.wav").touch()
    with open(tmp_path / "r.wav", "rb") as handle, pytest.raises(OutputUnwritable, match=r"'wb'"):
        write(handle, np.zeros(99), 8000)


def test_a_file_that_is_there(tmp_path):
    path = tmp_path / "a.wav"
    write(path, np.zeros(99), 8000, overwrite=False)
    before = path.read_bytes()
    with pytest.raises(OutputExists, match=r"a\.wav: there is a file already"):
        write(path, np.ones(9), 8000, overwrite=False)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]
    assert issubclass(OutputExists, FileExistsError)
    write(path, np.zeros(9), 8000)
    assert path.read_bytes() != before


def test_a_file_made_meanwhile_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    real = encode.encode

    def and_another_writes(target, *rest):
        real(target, *rest)
        path.write_bytes(b"mine")

    monkeypatch.setattr(importlib.import_module("audiokit.decode.writer"), "encode", and_another_writes)
    with pytest.raises(OutputExists):
        write(path, np.zeros(99), 8000, overwrite=False)
    assert path.read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and links")
def test_what_is_read_is_not_replaced_under_any_name(tmp_path, monkeypatch):
    path, other = tmp_path / "a.wav", tmp_path / "b.wav"
    path.write_bytes(b"before")
    other.write_bytes(b"other")
    link, hard = tmp_path / "link.wav", tmp_path / "hard.wav"
    link.symlink_to(path)
    hard.hardlink_to(path)
    monkeypatch.chdir(tmp_path)
    for name in (path, str(path), "a.wav", tmp_path / "." / "a.wav", link, hard):
        for given in (path, "a.wav", str(link)):
            with pytest.raises(OutputExists, match="is read, and is not replaced"):
                check_no_input(name, [other, given])
    check_no_input(path, [])
    check_no_input(
        path, [other, tmp_path / "missing.wav", "https://example.org/a.wav", b"a.wav", io.BytesIO(), None, 3]
    )
    check_no_input(tmp_path / "new.wav", [path, "a\0b"])
    with pytest.raises(OutputExists):
        check_no_input(path, ["missing.wav", path])


def test_permissions_and_links_stay(tmp_path):
    real, link = tmp_path / "real.wav", tmp_path / "link.wav"
    write(real, np.zeros(9), 8000)
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(real.stat().st_mode) == 0o666 & ~mask
    real.chmod(0o640)
    link.symlink_to(real)
    assert write(link, np.zeros(99), 8000) == link
    assert link.is_symlink()
    assert soundfile.info(real).frames == 99
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@pytest.mark.parametrize("kind", encode.FORMATS)
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, kind):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(b"old")

    def half(target, *_):
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module("audiokit.decode.writer"), "encode", half)
    with pytest.raises(KeyboardInterrupt):
        write(path, np.zeros(99), 48_000)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


FULL_DISK = """
import resource, sys
import numpy as np
from audiokit.decode.writer import write
from audiokit.errors import OutputUnwritable
noise = 0.1 * np.random.default_rng(0).standard_normal((2, 96000))
write(sys.argv[1], noise[:, :2000], 48000)  # libraries are loaded before the files get short
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
try:
    write(sys.argv[1], noise, 48000)
except OutputUnwritable as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
@pytest.mark.parametrize("kind", encode.FORMATS)
def test_a_full_disk_is_said_and_leaves_the_old_file(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    ran = subprocess.run([sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=False)
    assert f"a.{kind}" in ran.stdout
    assert "cannot be written" in ran.stdout
    assert ran.stderr == ""
    assert heard(path)[0].shape == (2, 2000)
    assert len(list(tmp_path.iterdir())) == 1


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "d.wav").mkdir()
    with pytest.raises(OutputUnwritable, match=r"no file, and is not replaced"):
        write(tmp_path / "d.wav", np.zeros(9), 8000)
    with pytest.raises(OutputUnwritable, match=r"its folder does not exist"):
        write(tmp_path / "none" / "a.wav", np.zeros(9), 8000)
    with pytest.raises(OutputUnwritable, match=r"null character"):
        write(tmp_path / "a\0.wav", np.zeros(9), 8000)
    with pytest.raises(OutputUnwritable, match=r"cannot be written"):
        write(tmp_path / ("x" * 300 + ".wav"), np.zeros(9), 8000)
    if os.name != "nt":
        with pytest.raises(OutputUnwritable, match=r"no file"):
            write("/dev/null", np.zeros(9), 8000, format="wav")
    assert [p.name for p in tmp_path.iterdir()] == ["d.wav"]


def test_a_wav_beyond_4_gib_is_rf64(monkeypatch):
    monkeypatch.setattr(encode, "_RF64_BYTES", 200)
    small, large = io.BytesIO(), io.BytesIO()
    write(small, np.zeros(99), 8000, format="wav")
    write(large, np.zeros(100), 8000, format="wav")
    assert small.getvalue()[:4] == b"RIFF"
    assert large.getvalue()[:4] == b"RF64"
    assert soundfile.info(io.BytesIO(large.getvalue())).frames == 100
