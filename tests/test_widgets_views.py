"""`show` picks a view, or says what it would have taken; and importing the widgets stays light."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import audiokit_widgets
from audiokit import Audio, Segment, Status
from audiokit.errors import ParameterError
from audiokit.results import Outcome, segments_table
from audiokit_widgets import AudioPlayer, SegmentTable, show

RATE = 16_000
TONE = (0.3 * np.sin(np.arange(RATE) * 0.1)).astype(np.float32)
SEGMENTS = [Segment(0.1, 0.4, "speech", 0.9), Segment(0.5, 0.8, "<b>music</b>")]


class Result:
    def __init__(self, **parts):
        self.__dict__.update(parts)


def test_sound_gets_a_player(tmp_path):
    import soundfile

    path = tmp_path / "tone.wav"
    soundfile.write(path, TONE, RATE)
    for given in (path, str(path), path.read_bytes(), Audio(TONE, RATE)):
        assert isinstance(show(given), AudioPlayer)
    player = show(TONE, sample_rate=RATE, segments=SEGMENTS)
    assert isinstance(player, AudioPlayer)
    assert len(player.segments) == 2


def test_a_tensor_is_an_array():
    torch = pytest.importorskip("torch")
    assert show(torch.from_numpy(TONE.copy()), sample_rate=RATE).sound is show(TONE, sample_rate=RATE).sound


@pytest.mark.parametrize("given", [SEGMENTS, tuple(SEGMENTS), segments_table(SEGMENTS), Result(segments=SEGMENTS)])
def test_segments_get_a_table(given):
    view = show(given)
    assert isinstance(view, SegmentTable)
    assert view.segments == SEGMENTS
    assert show(SEGMENTS[0]).segments == SEGMENTS[:1]


def test_a_result_with_sound_gets_a_player_with_its_segments():
    result = Result(audio=Audio(TONE, RATE), segments=SEGMENTS)
    assert len(show(result).segments) == 2
    assert len(show(result, segments=SEGMENTS[:1]).segments) == 1
    assert len(show(result, segments=segments_table(SEGMENTS)).segments) == 2
    assert show(Outcome(Status.OK, result)).duration_seconds == 1.0


def test_a_result_with_a_table():
    import pandas as pd

    assert isinstance(show(Result(to_dataframe=lambda: segments_table(SEGMENTS))), SegmentTable)
    frame = pd.DataFrame({"tag": ["dog"], "score": [0.5]})
    assert show(Result(to_dataframe=lambda: frame)) is frame


@pytest.mark.parametrize("wrong", [None, 3, 1.5, {}, [], [0.1, 0.2], object()])
def test_everything_else_is_refused_by_its_type(wrong):
    with pytest.raises(ParameterError, match=rf"no view for builtins\.{type(wrong).__name__}.*sample_rate="):
        show(wrong)


def test_refusals_name_the_cure():
    import pandas as pd

    with pytest.raises(ParameterError, match="Pass sample_rate="):
        show(TONE)
    with pytest.raises(ParameterError, match="goes with an array"):
        show(SEGMENTS, sample_rate=RATE)
    with pytest.raises(ParameterError, match=r"got \['tag'\]"):
        show(pd.DataFrame({"tag": ["dog"]}))
    with pytest.raises(ParameterError, match=r"unavailable.*pip install it"):
        show(Outcome(Status.UNAVAILABLE, reason="pip install it"))


def test_a_table_is_accessible_and_escaped():
    data = SegmentTable(SEGMENTS, title="<i>heard</i>")._repr_mimebundle_()
    page = data["text/html"]
    assert "<caption>&lt;i&gt;heard&lt;/i&gt;</caption>" in page
    assert "&lt;b&gt;music&lt;/b&gt;" in page
    assert page.count('<th scope="col">') == 5
    assert page.count("<tr>") == 3
    assert "speech" in data["text/plain"]


def test_a_long_table_says_that_it_is_cut():
    many = [Segment(i, i + 1, str(i)) for i in range(500)]
    table = SegmentTable(many)
    assert "The first 200 of 500." in table._repr_mimebundle_()["text/html"]
    assert "480 more" in repr(table)


def test_names_are_those_promised():
    assert {"AudioPlayer", "SegmentTable", "show"} <= set(dir(audiokit_widgets))
    with pytest.raises(AttributeError, match="no attribute 'Player'"):
        _ = audiokit_widgets.Player


def test_importing_and_playing_loads_no_torch():
    code = (
        "import sys, audiokit_widgets\n"
        "assert 'anywidget' not in sys.modules and 'PIL' not in sys.modules\n"
        "import numpy as np\n"
        "audiokit_widgets.show(np.zeros(100), sample_rate=8000)._repr_mimebundle_()\n"
        "print(sorted({'torch', 'librosa', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )
    path = [str(Path(m.__file__).resolve().parent.parent) for m in (audiokit_widgets, sys.modules["audiokit"])]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr
