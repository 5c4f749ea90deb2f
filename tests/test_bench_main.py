"""The command: tables, notes, bars, exit code. What it measures is small here, and no time is asserted."""

import json

import pytest

import audiokit.bench.__main__ as command
from audiokit.bench import suite
from audiokit.bench.bars import Bar

SMALL = ["--seconds", "0.2", "--repeats", "1", "--only", "decode", "floor"]


def test_every_bar_holds(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(
        suite.judged, "decode_bars", lambda comparisons: [Bar(f"{len(comparisons)} codecs", True, "all")]
    )
    assert command.main([*SMALL, "--json", str(tmp_path / "found.json")]) == 0
    printed = capsys.readouterr()
    assert "does not hold" not in printed.err
    for word in ("core(s)", "Whole file", "The floor", "FLAC", "soundfile", "holds  6 codecs: all"):
        assert word in printed.out
    assert "Importing" not in printed.out
    told = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert told["bars"] == [{"name": "6 codecs", "holds": True, "found": "all"}]


def test_a_bar_that_does_not_hold_is_named(monkeypatch, capsys):
    monkeypatch.setattr(suite.judged, "decode_bars", lambda comparisons: [Bar("MP3: quick", False, "0.50 times")])
    assert command.main(["--quick", *SMALL]) == 1
    printed = capsys.readouterr()
    assert "does not hold: MP3: quick (0.50 times)" in printed.err
    assert "DOES NOT HOLD  MP3: quick" in printed.out
    assert "A quick run" in printed.out
    assert "AAC" in printed.out
    assert "soundfile + soxr (AAC): " in printed.out  # why it has no ratio


@pytest.mark.parametrize(("others", "code"), [([True], 3), ([True, False], 1)])
def test_a_bar_that_could_not_be_measured_is_neither_kept_nor_broken(others, code, monkeypatch, capsys):
    bars = [Bar("MP3: quick", None, "cannot load FFmpeg"), *(Bar("other", holds, "found") for holds in others)]
    monkeypatch.setattr(suite.judged, "decode_bars", lambda comparisons: bars)
    assert command.main(SMALL) == code
    printed = capsys.readouterr()
    assert "audiokit.bench: not measured: MP3: quick (cannot load FFmpeg)" in printed.err
    assert ("does not hold" in printed.err) is (code == 1)
    assert "NOT MEASURED  MP3: quick: cannot load FFmpeg" in printed.out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--repeats", "0"], "wants seconds > 0"),
        (["--seconds", "-1"], "wants seconds > 0"),
        (["--only", "everything"], "invalid choice"),
    ],
)
def test_senseless_options_exit_with_2(wrong, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(wrong)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
