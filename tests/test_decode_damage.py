"""Files that are damaged or cut off: read as far as possible, and never silently."""

from __future__ import annotations

import pytest

import audiokit
from audiokit import errors

RATE = 48_000


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.ogg", "a.opus"])
def test_damage_in_the_middle_is_never_silent(files, tmp_path, name):
    data = bytearray(files[name][0].read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = bytes(600)
    path = tmp_path / name
    path.write_bytes(data)
    assert audiokit.read(files[name][0]).warnings == ()
    assert audiokit.read(path).warnings != ()


def test_a_damaged_mp3_loses_only_what_is_damaged(files, tmp_path):
    data = bytearray(files["a.mp3"][0].read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = bytes(600)
    path = tmp_path / "scratched.mp3"
    path.write_bytes(data)
    audio = audiokit.read(path)
    assert audio.frames >= 0.9 * 96_000


@pytest.mark.parametrize("name", ["pcm16.wav", "a.flac", "a.mp3", "a.ogg", "a.opus", "film.mkv", "big.aiff"])
def test_a_truncated_file_is_read_with_a_warning(files, tmp_path, name):
    data = files[name][0].read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: int(len(data) * 0.6)])
    audio = audiokit.read(path)
    assert 0.1 * 96_000 < audio.frames < 96_000
    assert any("truncated" in warning or "damaged" in warning for warning in audio.warnings)


def test_a_truncated_flac_says_how_much_is_missing(files, tmp_path):
    data = files["a.flac"][0].read_bytes()
    path = tmp_path / "cut.flac"
    path.write_bytes(data[: len(data) // 2])
    audio = audiokit.read(path)
    assert any("of the 2.00 s that its header promises" in warning for warning in audio.warnings)


def test_a_truncated_mp4_with_its_index_at_the_end_is_refused(files, tmp_path):
    data = files["film.mp4"][0].read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(errors.DamagedAudio, match="truncated: its header claims"):
        audiokit.read(path)
