"""The section about the lip-sync mel: equal outputs first, and bars that can fail."""

import sys

import numpy as np
import pytest

from audiokit.bench import lipsync as section
from audiokit.bench import suite
from audiokit.bench.lipsync import LipsyncComparison, compare_lipsync_mel, lipsync_bars
from audiokit.bench.tables import section_table
from audiokit.bench.timing import Timing


@pytest.fixture(autouse=True)
def few_calls(monkeypatch):
    monkeypatch.setattr(section, "_CALLS", 1)


def test_the_section_runs_and_is_told(tmp_path):
    pytest.importorskip("librosa")
    steps = []
    found = suite.run(tmp_path, suite.Sizes(repeats=1), only=["lipsync"], step=lambda: steps.append(1))
    (table,) = found.tables().values()
    assert set(table["name"]) == {
        f"{way} float{bits}" for way in ("whole", "stream", "bare FFT") for bits in (32, 64)
    } | {"librosa"}
    assert len(steps) == suite.planned_runs(suite.Sizes(repeats=1))["lipsync"]
    assert section_table("lipsync", table).row_count == 7
    by_name = table.set_index("name")["max_difference"]
    assert by_name["whole float64"] < 1e-10
    assert by_name["stream float64"] < 1e-10
    assert by_name["whole float32"] < 2e-4
    assert len(found.bars()) == 4


def test_without_librosa_its_bars_are_not_measured(monkeypatch):
    monkeypatch.setitem(sys.modules, "librosa", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found = compare_lipsync_mel(repeats=1)
    assert [bar.holds is None for bar in lipsync_bars(found)] == [True, False, True, False]
    assert found.to_dataframe()["max_difference"].isna().all()


def of(**microseconds):
    names = {"whole64": "whole float64", "whole32": "whole float32", "fft64": "bare FFT float64"}
    names |= {"fft32": "bare FFT float32", "librosa": "librosa"}
    timings = {names[key]: Timing(names[key], (value * 1e-6,)) for key, value in microseconds.items()}
    return LipsyncComparison(timings, {"whole float64": 1e-13, "whole float32": 1e-5})


def test_bars_hold_or_do_not():
    good = of(whole64=100, whole32=50, fft64=60, fft32=30, librosa=300)
    assert [bar.holds for bar in lipsync_bars(good)] == [True] * 4
    slow = of(whole64=200, whole32=100, fft64=60, fft32=30, librosa=300)
    assert [bar.holds for bar in lipsync_bars(slow)] == [False] * 4
    wrong = LipsyncComparison(good.timings, {"whole float64": 1e-9, "whole float32": 1e-3})
    assert [bar.holds for bar in lipsync_bars(wrong)] == [False, True, False, True]
    assert "differs" in lipsync_bars(wrong)[0].found


def test_the_reference_is_the_recipe():
    pytest.importorskip("librosa")
    from audiokit.lipsync import mel_spectrogram

    samples = np.random.default_rng(0).uniform(-1, 1, 4000)
    np.testing.assert_allclose(section.librosa_reference()(samples), mel_spectrogram(samples), rtol=0, atol=1e-10)


def test_the_avatar_section_runs_and_is_told(tmp_path, monkeypatch):
    from plain_avatar import plain_avatar

    from audiokit.bench import lipsync_avatar

    monkeypatch.setattr(lipsync_avatar, "demo_avatar", plain_avatar)
    found = suite.run(tmp_path, suite.Sizes(repeats=1), only=["avatar"])
    (table,) = found.tables().values()
    assert list(table["name"][:3]) == ["encoder", "generator", "film"]
    assert (table["median_ms"] >= 0).all()
    assert section_table("avatar", table).row_count == len(table)
    bars = found.bars()
    assert [bar.holds is None for bar in bars] == [False, False, True]
    assert "384" in bars[2].found, "another avatar's mouth is not where the demo's is"


def test_avatar_bars_hold_or_do_not():
    from audiokit.bench.lipsync_avatar import AvatarComparison, avatar_bars

    def found(encoder, film, offset):
        timings = {"encoder": Timing("encoder", (encoder,)), "film": Timing("film", (film,))}
        return AvatarComparison(timings, {}, offset, 0.8, "a voice", "384 x 384")

    assert [bar.holds for bar in avatar_bars(found(0.001, 0.02, -1))] == [True] * 3
    assert [bar.holds for bar in avatar_bars(found(0.002, 0.05, 2))] == [False] * 3
    nothing = AvatarComparison({}, {}, None, None, "", "", "no weights")
    assert [bar.holds for bar in avatar_bars(nothing)] == [None] * 3
