"""Charts draw: each becomes a valid Vega-Lite specification with a message and units."""

from dataclasses import replace

import numpy as np
import pytest

from audiokit.bench import compare_decoders
from audiokit.bench.absence import Absence
from audiokit.bench.equality import RowState
from audiokit.bench.files import write_codecs
from audiokit.bench.floor import FloorRow
from audiokit.bench.peers import PEERS, Peer
from audiokit.bench.sounds import tone
from audiokit.bench.spans import SpanComparison
from audiokit.bench.threads import ThreadComparison, ThreadRow
from audiokit.bench.timing import Timing

pytest.importorskip("altair")
from audiokit.bench import charts, decode_charts


def drawn(chart):
    vl_convert = pytest.importorskip("vl_convert")
    spec = chart.to_dict()
    svg = vl_convert.vegalite_to_svg(spec)
    assert svg.startswith("<svg")
    assert spec["title"] in svg or len(spec["title"]) > 60
    return svg


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    path = write_codecs(tmp_path_factory.mktemp("sound"), seconds=0.5, codecs=["WAV"])["WAV"]

    def loud(*asked):
        return PEERS[0].load(*asked) * 2

    def fails(*asked):
        raise OSError("no")

    away = Peer("away", ("numpy",), fails, lacks=lambda path: Absence("cannot load FFmpeg", "install it"))
    peers = [PEERS[0], PEERS[2], Peer("loud", ("numpy",), loud), Peer("failing", ("numpy",), fails), away]
    return compare_decoders(path, repeats=2, peers=peers)


def test_decode_times(comparison):
    svg = drawn(decode_charts.decode_times(comparison))
    assert "time to load (ms)" in svg
    assert "loud" in svg  # timed, without a ratio
    assert "other samples" in svg
    assert "failing" not in svg


def test_ratio_table(comparison):
    chart = decode_charts.ratio_table({"WAV": comparison, "again": comparison})
    assert "of 2 pairs" in chart.to_dict()["title"]
    svg = drawn(chart)
    for word in ("cannot", "other samples", "again", "cannot load FFmpeg"):
        assert f">{word}<" in svg
    assert "not installed" not in svg


def test_length_curves(comparison):
    longer = replace(comparison, sound_seconds=5.0)
    chart = decode_charts.length_curves({1.0: comparison, 10.0: longer})
    assert "10.0 times as much in the shortest" in chart.to_dict()["title"]
    assert "length of the file (s)" in drawn(chart)


def test_nobody_else(comparison):
    alone = replace(comparison, rows=comparison.rows[:1])
    assert "nobody else" in decode_charts.decode_times(alone).to_dict()["title"]
    drawn(decode_charts.ratio_table({"WAV": alone}))


@pytest.mark.parametrize(("last", "said"), [(0.01, "30 times as quick"), (0.3, "in MP3 it costs as much")])
def test_span_times(comparison, last, said):
    spans = [
        SpanComparison("WAV", 600.0, Timing("whole", (0.4,)), Timing("last", (0.001,)), 0.0, comparison),
        SpanComparison("MP3", 600.0, Timing("whole", (0.3,)), Timing("last", (last,)), 0.0, comparison),
    ]
    chart = decode_charts.span_times(spans)
    assert said in chart.to_dict()["title"]
    drawn(chart)


def test_thread_speeds():
    def row(name, threads, seconds, speed):
        return ThreadRow(name, threads, RowState.OK, "", Timing(name, (seconds,)), speed)

    rows = (
        row("audiokit", 1, 1.0, 10.0),
        row("audiokit", 2, 0.8, 12.5),
        row("b", 1, 1.0, 10.0),
        row("b", 2, 0.5, 20.0),
    )
    chart = decode_charts.thread_speeds(ThreadComparison(4, 10.0, rows))
    assert chart.to_dict()["title"] == "From one thread to 2, times as much sound in a second: b 2.00, audiokit 1.25"
    drawn(chart)


def test_floor_times():
    rows = [
        FloorRow("WAV", "numpy", Timing("a", (0.001,)), Timing("b", (0.003,)), Timing("c", (0.005,)), {}),
        FloorRow("MP3", "FFmpeg", Timing("a", (0.02,)), Timing("b", (0.004,)), Timing("c", (0.018,)), {}),
    ]
    chart = decode_charts.floor_times(rows)
    assert chart.to_dict()["title"] == "audiokit takes 0.75 times the floor in MP3, 1.25 in WAV"
    assert "1.25x" in drawn(chart)


def test_a_spectrum_stands_where_the_tone_is():
    sounds = {"1 kHz": tone(1000, level_dbfs=-6.0), "short": tone(2000, seconds=0.01)}
    chart = charts.spectra(sounds, title="two tones")
    drawn(chart)
    table = chart.data
    loudest = table[table["sound"] == "1 kHz"].set_index("kilohertz")["level"]
    assert loudest.idxmax() == pytest.approx(1.0, abs=0.03)
    assert loudest.max() == pytest.approx(-6.0, abs=1.5)  # up to 1.1 dB less between two lines of the transform
    assert len(table) < 5000
    assert np.isfinite(table["level"]).all()
