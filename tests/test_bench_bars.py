"""What does not hold is named; what could not be measured neither holds nor fails."""

import pytest

from audiokit.bench import bars
from audiokit.bench.caching import CacheComparison
from audiokit.bench.decoders import DecodeComparison, DecodeRow
from audiokit.bench.equality import RowState
from audiokit.bench.fresh import FreshTimes
from audiokit.bench.imports import ImportTimes
from audiokit.bench.many import READ_MANY, ManyComparison, ManyRow
from audiokit.bench.memory import MemoryRow
from audiokit.bench.spans import SpanComparison
from audiokit.bench.timing import Timing


def row(name, ratio, state=RowState.OK, reason=""):
    return DecodeRow(name, "1", state, reason, Timing(name, (1.0,)), ratio, 16000, 0.0)


def comparison(**ratios):
    rows = [row("audiokit", 1.0), *(row(name.replace("_", " + "), ratio) for name, ratio in ratios.items())]
    return DecodeComparison("a.mp3", 16000, 0.0, 1.0, 1e-4, tuple(rows))


def test_ratios_stand_at_the_bar_or_above():
    found = bars.decode_bars({"MP3": comparison(torchcodec=1.5, soundfile_soxr=1.39, librosa=2.5)})
    assert [bar.holds for bar in found] == [True, False, True]
    assert found[1].name == "MP3: soundfile + soxr takes at least 1.4 times as long"
    assert found[1].found == "1.39 times"


def test_whatever_was_not_compared_is_not_judged_but_a_missing_peer_is():
    assert bars.decode_bars({}) == []
    found = bars.decode_bars({"Vorbis": comparison(librosa=3.0)})
    assert [(bar.holds, bar.found) for bar in found] == [(None, "not compared"), (True, "3.00 times")]


def test_a_peer_that_is_not_here_is_not_measured():
    away = row("torchcodec", None, RowState.UNAVAILABLE, "cannot load FFmpeg; install it")
    found = bars.decode_bars({"Opus": DecodeComparison("a.opus", 16000, 0.0, 1.0, 1e-4, (row("audiokit", 1.0), away))})
    assert (found[0].holds, found[0].found) == (None, "cannot load FFmpeg; install it")


@pytest.mark.parametrize("state", [RowState.DIFFERENT, RowState.FAILED])
def test_a_row_without_a_ratio_holds_nothing(state):
    rows = (row("audiokit", 1.0), row("torchcodec", None, state, "because"), row("librosa", 9.0))
    found = bars.decode_bars({"Opus": DecodeComparison("a.opus", 16000, 0.0, 1.0, 1e-4, rows)})
    assert (found[0].holds, found[0].found) == (False, f"{state}: because")
    assert found[1].holds


def test_a_tail_is_named_beside_the_ratio():
    rows = (row("audiokit", 1.0), row("torchcodec", 1.0, reason="125 samples longer"))
    (found,) = bars.decode_bars({"AAC": DecodeComparison("a.m4a", 16000, 0.0, 1.0, 1e-4, rows)})
    assert (found.holds, found.found) == (True, "1.00 times (125 samples longer)")


def span(whole, apart):
    return SpanComparison("MP3", 600.0, Timing("whole", (whole,)), Timing("last", (0.01,)), apart, comparison())


def test_a_quick_end_has_to_be_the_right_one():
    found = bars.span_bars([span(0.21, 0.0), span(0.19, 0.0), span(0.21, 0.5)])
    assert [bar.holds for bar in found] == [True, False, False]
    assert "differs from the whole by up to 0.5" in found[2].found


def test_cache():
    hits = {1.0: Timing("1", (1e-6,)), 300.0: Timing("300", (1.9e-6,))}
    assert bars.cache_bars(CacheComparison(hits, {1.0: 0.1, 300.0: 0.1}))[0].holds
    copied = {**hits, 300.0: Timing("300", (40e-6,))}
    assert not bars.cache_bars(CacheComparison(copied, {1.0: 0.1, 300.0: 0.1}))[0].holds


def many(ours, *peers):
    return ManyComparison(100, 2, (ours, *peers))


def test_many():
    timing = Timing("a", (1.0,))
    ours = ManyRow(READ_MANY, RowState.OK, "", 0.1, timing, 1.0)
    quick = ManyRow("quick", RowState.OK, "", 0.1, Timing("quick", (1.1,)), 1.1)
    slow = ManyRow("slow", RowState.OK, "", 0.1, Timing("slow", (3.0,)), 3.0)
    (found,) = bars.many_bars(many(ours, slow, quick))
    assert (found.holds, found.found) == (False, "quick 1.10 times, 2 thread(s)")
    assert bars.many_bars(many(ours, slow))[0].holds
    assert not bars.many_bars(many(ours))[0].holds
    missing = ManyRow(READ_MANY, RowState.UNAVAILABLE, "not there")
    assert not bars.many_bars(many(missing, slow))[0].holds


def test_many_is_judged_by_those_that_are_here():
    timing = Timing("a", (1.0,))
    ours = ManyRow(READ_MANY, RowState.OK, "", 0.1, timing, 1.0)
    slow = ManyRow("slow", RowState.OK, "", 0.1, Timing("slow", (3.0,)), 3.0)
    away = ManyRow("away", RowState.UNAVAILABLE, "cannot load FFmpeg; install it")
    (found,) = bars.many_bars(many(ours, away, slow))
    assert (found.holds, found.found) == (True, "slow 3.00 times, 2 thread(s); without away: not available here")
    (found,) = bars.many_bars(many(ours, away))
    assert (found.holds, found.found) == (None, "away: cannot load FFmpeg; install it")
    assert bars.many_bars(many(ours, away, ManyRow("broken", RowState.FAILED, "no")))[0].holds is False


def test_memory():
    rows = [
        MemoryRow("a.wav", RowState.OK, "", 149_000_000, 10800.0),
        MemoryRow("b.mp3", RowState.OK, "", 151_000_000, 10800.0),
        MemoryRow("c.mp3", RowState.FAILED, "MemoryError"),
    ]
    found = bars.memory_bars(rows)
    assert [bar.holds for bar in found] == [True, False, False]
    assert found[0].found == "149 MB for 3.00 h"
    assert found[2].found == "failed: MemoryError"


def test_fresh_processes():
    times = {"audiokit": Timing("audiokit", (0.1,)), "librosa": Timing("librosa", (0.59,))}
    assert bars.first_array_bars(FreshTimes(ImportTimes(times, {}), {}))[0].holds is False
    times["librosa"] = Timing("librosa", (0.61,))
    assert bars.first_array_bars(FreshTimes(ImportTimes(times, {}), {}))[0].holds is True
    del times["librosa"]
    left_out = {"librosa": "because"}
    for absent, holds in ((frozenset({"librosa"}), None), (frozenset(), False)):
        (found,) = bars.first_array_bars(FreshTimes(ImportTimes(times, {}), left_out, absent))
        assert (found.holds, found.found) == (holds, "librosa: because")
