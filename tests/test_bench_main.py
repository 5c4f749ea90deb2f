"""The command: tables, bars, exit code. What it measures is small here, and no time is asserted."""

import pytest

import audiokit.bench.__main__ as command
from audiokit.bench.bars import Bar
from audiokit.bench.imports import ImportTimes
from audiokit.bench.timing import Timing


@pytest.fixture
def small(monkeypatch):
    """Skip the fresh processes; decode for real."""

    def no_processes(statements=None, *, repeats, after_each):
        names = ("numpy", "audiokit") if statements is None else tuple(statements)
        return ImportTimes({name: Timing(name, (0.1,)) for name in names}, dict.fromkeys(names, ()))

    monkeypatch.setattr(command, "import_times", no_processes)
    return ["--seconds", "0.2", "--repeats", "1"]


def test_every_bar_holds(small, monkeypatch, capsys):
    monkeypatch.setattr(command, "decode_bars", lambda comparisons: [Bar(f"{len(comparisons)} formats", True, "all")])
    assert command.main(small) == 0
    printed = capsys.readouterr()
    assert "does not hold" not in printed.err
    for word in ("core(s)", "Importing", "first array", "Decoding", "FLAC", "soundfile", "4 formats"):
        assert word in printed.out


def test_a_bar_that_does_not_hold_is_named(small, monkeypatch, capsys):
    monkeypatch.setattr(command, "decode_bars", lambda comparisons: [Bar("MP3: quick", False, "0.50 times")])
    assert command.main(small) == 1
    assert "does not hold: MP3: quick (0.50 times)" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--repeats", "0"], ["--seconds", "-1"]])
def test_senseless_options_exit_with_2(wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(wrong)
    assert stopped.value.code == 2
    assert "wants seconds > 0" in capsys.readouterr().err
