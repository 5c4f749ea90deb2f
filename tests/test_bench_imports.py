"""What a fresh process loads. How long it takes is measured by ``python -m audiokit.bench``, not here."""

import pytest

from audiokit.bench import import_times
from audiokit.bench.bars import LONGEST_IMPORT, import_bars
from audiokit.bench.imports import ImportTimes
from audiokit.bench.timing import Timing
from audiokit.errors import ParameterError


def test_importing_loads_nothing_heavy():
    found = import_times(repeats=1)
    assert list(found.timings) == ["numpy", "audiokit", "audiokit.load"]
    assert found.loaded == {"numpy": (), "audiokit": (), "audiokit.load": ()}
    assert found.to_dataframe()["ratio"].iloc[0] == 1.0


def test_a_bench_costs_no_library_before_it_runs():
    code = "from audiokit.bench import compare_decoders, compare_loaders, measure_tuner, import_times"
    assert import_times({"bench": code}, repeats=1).loaded["bench"] == ()


def test_what_is_loaded_is_seen_and_rounds_are_counted():
    runs = []
    found = import_times({"a": "import soxr", "b": "pass"}, repeats=2, after_each=lambda: runs.append(1))
    assert found.loaded["a"] == ("soxr",)
    assert [len(timing.seconds) for timing in found.timings.values()] == [2, 2]
    assert len(runs) == 6  # with the round that does not count


def test_the_statement_is_what_is_timed():
    found = import_times({"sleep": "time.sleep(0.2)", "pass": "pass"}, repeats=1)
    assert found.timings["sleep"].fastest_seconds >= 0.2
    assert found.ratio("sleep", "pass") > 1


def test_refusals():
    with pytest.raises(ParameterError, match="No module named"):
        import_times({"a": "import a_library_nobody_has"}, repeats=1)
    with pytest.raises(ParameterError, match="repeats"):
        import_times(repeats=0)
    with pytest.raises(ParameterError, match="statement"):
        import_times({})


def test_bars():
    timings = {"numpy": Timing("numpy", (0.1, 0.1)), "audiokit": Timing("audiokit", (0.2, 0.2))}
    slow, light = import_bars(ImportTimes(timings, {"audiokit": ()}))
    assert not slow.holds
    assert f"{LONGEST_IMPORT}" in slow.name
    assert light.holds
    heavy = import_bars(ImportTimes({**timings, "audiokit": timings["numpy"]}, {"audiokit": ("torch",)}))
    assert [bar.holds for bar in heavy] == [True, False]
    assert heavy[1].found == "torch"
