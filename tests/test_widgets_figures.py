"""The measuring functions measure: each is given something whose figure is known, or something that must fail."""

import json
import math
import subprocess
import sys
import time

import numpy as np
import pytest

from audiokit_widgets.figures import __main__ as command
from audiokit_widgets.figures.figure import Figure, Unmeasurable, p95
from audiokit_widgets.figures.recordings import clicks, write_hours_of_mp3_with_header, write_hours_of_stereo_wav
from audiokit_widgets.figures.storage import module_bytes, state_bytes

GOOD, BAD, GONE = Figure("a", 1.0, 2.0), Figure("b", 3.0, 2.0, "s", "why"), Figure("c", None, None, "", "no browser")


@pytest.mark.parametrize(
    ("value", "bar", "holds"),
    [
        (1.0, 2.0, True),
        (2.0, 2.0, True),
        (2.1, 2.0, False),
        (math.inf, 2.0, False),
        (None, 2.0, None),
        (5.0, None, True),
    ],
)
def test_a_figure_holds_up_to_its_bar(value, bar, holds):
    assert Figure("x", value, bar).holds is holds
    assert Figure("x", value, bar).as_bar().holds is holds


def test_nan_holds_no_bar():
    assert Figure("x", math.nan, 2.0).holds is False


@pytest.mark.parametrize(
    ("figures", "code"), [([GOOD], 0), ([GOOD, BAD], 1), ([GOOD, GONE], 3), ([GONE, BAD], 1), ([], 0)]
)
def test_the_exit_code_tells_missed_from_unmeasured(figures, code, capsys):
    assert command.exit_code(figures) == code
    said = capsys.readouterr().err
    assert ("does not hold: b, at most 2 s (3 s (why))" in said) == (BAD in figures)
    assert ("not measured: c (no browser)" in said) == (GONE in figures)


def test_what_is_missing_is_unmeasured_and_what_breaks_is_not_hidden():
    def missing(_):
        raise Unmeasurable("no browser")

    def broken(_):
        raise ZeroDivisionError

    assert command.measured("page", missing) == [Figure("page", None, None, "", "no browser")]
    with pytest.raises(ZeroDivisionError):
        command.measured("page", broken)


def test_the_command_writes_what_it_found(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "SECTIONS", {"one": lambda: lambda folder: [GOOD, BAD]})
    assert command.main(["--json", str(tmp_path / "found.json")]) == 1
    written = json.loads((tmp_path / "found.json").read_text())
    assert [(f["name"], f["value"], f["holds"]) for f in written["figures"]["one"]] == [("a", 1, True), ("b", 3, False)]
    assert "core(s)" in written["machine"]
    assert "DOES NOT HOLD  b" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wall", "processor", "load", "holds"),
    [(0, 20, 9, True), (70, 20, 9, None), (70, 60, 9, False), (70, 20, 1, False), (49, 20, 1, True)],
)
def test_a_long_task_counts_unless_a_busy_machine_made_it_long(wall, processor, load, holds):
    from audiokit_widgets.figures.gestures import Smoothness

    figure = Smoothness([1.0], [wall] if wall else [], processor).longest_task("x", load)
    assert figure.holds is holds


def test_p95_is_a_value_that_was_found():
    values = np.random.default_rng(0).exponential(1, 317).tolist()
    assert p95(values) in values
    assert sum(value <= p95(values) for value in values) == math.ceil(0.95 * len(values))


def test_growth_is_what_an_output_adds():
    from audiokit_widgets.figures.notebooks import file_bytes, growth_bytes, notebook

    nbformat = pytest.importorskip("nbformat")
    made = notebook("1", "2")
    assert growth_bytes(made) == pytest.approx(0, abs=20)  # cells have names, by chance
    before = file_bytes(made)
    made.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": "x" * 10_000})]
    made.metadata["widgets"] = {"state": "y" * 5000}
    assert file_bytes(made) - before == pytest.approx(15_000, abs=400)
    assert growth_bytes(made) == pytest.approx(15_000, abs=400)


def test_state_counts_bytes_as_base64_and_leaves_code_out():
    class Model:
        def get_state(self):
            return {"_esm": "x" * 9999, "title": "abc", "outline": bytes(3000)}

    assert state_bytes(Model()) == 4000 + len('{"title": "abc"}')


def test_every_byte_of_a_page_is_counted_once():
    from audiokit_widgets.figures.pages import page_parts

    models = {"m": {"state": {"title": "é"}, "buffers": [{"path": ["lane_bytes"], "numbers": "x" * 70}]}}
    page = (
        '<style>b{}</style><audio src="data:audio/flac;base64,AAAA"></audio><image href="data:image/webp;base64,AA=="/>ü'
        f'<script type="application/json" id="audiokit-models">{json.dumps(models, ensure_ascii=False)}</script>'
        '<script type="application/json" id="audiokit-code">"{}"</script><script type="module">1</script>'
    )
    parts = page_parts(page)
    assert sum(parts.values()) == len(page.encode())
    assert (parts["audio"], parts["image"], parts["lane_bytes"], parts["code"]) == (4, 4, 70, 4)
    assert parts["state"] == len(json.dumps(models, ensure_ascii=False)) - 70
    assert parts["host"] == len('<style>b{}</style><script type="module">1</script>')


def test_every_module_is_measured():
    found = module_bytes()
    assert {"player.js", "sound.js", "stage_kit.js", "inspector.js"} <= set(found)
    assert max(found.values()) <= 25_000


def test_hours_are_as_long_as_they_say(tmp_path):
    from audiokit.decode import info, read

    wav = info(write_hours_of_stereo_wav(tmp_path / "a.wav", hours=1 / 60))
    assert (wav.duration_seconds, wav.channels, wav.sample_rate) == (60.0, 2, 44_100)
    mp3 = write_hours_of_mp3_with_header(tmp_path / "a.mp3", hours=3 / 60)
    told = info(mp3)
    assert told.backend == "soundfile"
    # its header is true: FFmpeg, which counts, finds as many
    import av

    with av.open(str(mp3)) as container:
        counted = sum(packet.duration for packet in container.demux(audio=0) if packet.duration)
        seconds = float(counted * container.streams.audio[0].time_base)
    assert told.duration_seconds == pytest.approx(seconds, abs=0.1)
    assert told.duration_seconds == pytest.approx(180, abs=1)
    late = read(mp3, offset_seconds=100.0, duration_seconds=1.0)
    assert late.frames == 44_100


def test_clicks_are_where_they_should_be():
    track = clicks(10.0, 16_000)
    onsets = np.flatnonzero(np.diff((np.abs(track) > 1e-6).astype(int), prepend=0) == 1)
    first = [at for i, at in enumerate(onsets) if i == 0 or at - onsets[i - 1] > 2000]
    np.testing.assert_allclose(np.array(first) / 16_000, np.arange(0.25, 9.9, 0.5), atol=2e-4)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_pss_follows_what_a_process_takes():
    from audiokit_widgets.figures.browser import pss_bytes

    code = (
        "import sys; sys.stdin.readline(); held = bytearray(b'x') * 50_000_000; print(flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        time.sleep(0.3)
        before = pss_bytes(other.pid)
        other.stdin.write(b"\n")
        other.stdin.flush()
        other.stdout.readline()
        assert pss_bytes(other.pid) - before == pytest.approx(50e6, rel=0.1)
        other.stdin.write(b"\n")
        other.stdin.flush()
    assert pss_bytes(other.pid) == 0
