"""What a player takes: arrays, files, segments from tables and results; and what it refuses."""

import numpy as np
import pytest

from audiokit import Audio, Segment
from audiokit.errors import ParameterError
from audiokit.results import segments_table
from audiokit_widgets import AudioPlayer

RATE = 16_000
SEGMENTS = [Segment(0.1, 0.4, "speech", 0.9), Segment(0.5, 0.8, '<img src=x onerror="1">')]


def tone(seconds=1.0, amplitude=0.5, rate=RATE):
    return (amplitude * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture(scope="module")
def player():
    return AudioPlayer(Audio(tone(), RATE, name="a <b> & c", warnings=("cut <short>",)), segments=SEGMENTS)


def test_empty_is_refused():
    with pytest.raises(ParameterError, match="holds no samples"):
        AudioPlayer(np.zeros(0), sample_rate=RATE)


def test_an_array_needs_its_rate_and_nothing_else_takes_one():
    with pytest.raises(ParameterError, match="Pass sample_rate="):
        AudioPlayer(tone())
    with pytest.raises(ParameterError, match="knows its own"):
        AudioPlayer(Audio(tone(), RATE), sample_rate=8000)


@pytest.mark.parametrize("wrong", [None, 5, object(), [0.0, 0.1]])
def test_what_is_no_sound_is_refused_by_its_type(wrong):
    with pytest.raises(ParameterError, match=type(wrong).__name__):
        AudioPlayer(wrong)


def test_a_file_by_path_and_by_its_bytes(tmp_path):
    import soundfile

    path = tmp_path / "it's a {file}.wav"
    soundfile.write(path, tone(), RATE)
    by_path, by_bytes = AudioPlayer(path), AudioPlayer(path.read_bytes())
    assert by_path.sound.embedded().data == by_bytes.sound.embedded().data
    assert by_path.sound is AudioPlayer(str(path)).sound
    assert "it's a {file}" in by_path.title


def test_segments_from_a_table_and_from_a_result():
    class Result:
        segments = SEGMENTS

    table = segments_table(SEGMENTS)
    expected = AudioPlayer(tone(), sample_rate=RATE, segments=SEGMENTS).segments
    for given in (
        table,
        table.rename(columns={"start_seconds": "start", "end_seconds": "end"}),
        Result(),
        iter(SEGMENTS),
    ):
        assert AudioPlayer(tone(), sample_rate=RATE, segments=given).segments == expected


@pytest.mark.parametrize("wrong", ["speech", 3, [(0, 1)]])
def test_wrong_segments_are_refused(wrong):
    with pytest.raises(ParameterError, match="segments must"):
        AudioPlayer(tone(), sample_rate=RATE, segments=wrong)


def test_a_table_without_bounds_is_refused():
    import pandas as pd

    with pytest.raises(ParameterError, match="start_seconds and end_seconds"):
        AudioPlayer(tone(), sample_rate=RATE, segments=pd.DataFrame({"begin": [1]}))


def test_position_and_selection_are_kept_within_the_sound():
    player = AudioPlayer(tone(), sample_rate=RATE)
    for given, kept in [(0.25, 0.25), (-1, 0.0), (7, 1.0)]:
        player.position_seconds = given
        assert player.position_seconds == kept
    with pytest.raises(ParameterError, match="finite"):
        player.position_seconds = float("nan")
    player.selection = [0.2, 0.4]
    player.view_seconds = [0.1, 0.9]
    with pytest.raises(ParameterError, match="view_seconds must"):
        player.view_seconds = [0.9, 0.1]
    for wrong in ([0.4, 0.2], [0.1], [-1, 0.5], [0, 3], [0.0, float("nan")]):
        with pytest.raises(ParameterError, match="selection must"):
            player.selection = wrong
    assert player.selection == [0.2, 0.4]
    player.set_segments([Segment(0, 1, "all")])
    assert [s["label"] for s in player.segments] == ["all"]
