"""What processes have read, by what the system tells of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from plain_loader import TimedLoader

from audiokit.bench.bytes_read import ReadRow, measure_reading, reading_to_dataframe
from audiokit.bench.process_tree import bytes_read, cpu_seconds

PROC = pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="this system does not tell")


@PROC
def test_what_is_read_is_counted(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(3_000_000))
    before = bytes_read()
    path.read_bytes()
    assert 3_000_000 <= bytes_read() - before < 4_000_000


@PROC
def test_what_workers_read_is_counted_while_they_live_and_afterwards(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(3_000_000))
    code = f"import sys; open({str(path)!r}, 'rb').read(); print('done', flush=True); sys.stdin.read()"
    before = bytes_read()
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    living = bytes_read() - before
    child.communicate()
    assert living >= 3_000_000
    assert bytes_read() - before >= 3_000_000


def test_a_system_that_does_not_tell(tmp_path):
    assert bytes_read(proc=tmp_path) is None
    assert cpu_seconds(proc=tmp_path / "nowhere") is None
    assert ReadRow("WAV", 1, (None, None)).times_less is None


def test_descendants_are_found_whatever_they_are_called(tmp_path):
    tree = {1: (0, "init"), 7: (1, "python"), 8: (7, "a) S 1 (b"), 9: (8, "deep"), 10: (1, "other")}
    for number, (parent, name) in tree.items():
        (tmp_path / str(number)).mkdir()
        times = f"{number} 2 3 4"
        (tmp_path / str(number) / "stat").write_text(f"{number} ({name}) S {parent} 0 0 0 0 0 0 0 0 0 {times} 20 0 1")
        (tmp_path / str(number) / "io").write_text(f"rchar: {10**number}\nwchar: 5\n")
    (tmp_path / "self").mkdir()
    assert bytes_read(7, proc=tmp_path) == 10**7 + 10**8 + 10**9
    if hasattr(os, "sysconf"):
        assert cpu_seconds(7, proc=tmp_path) == (7 + 8 + 9 + 3 * (2 + 3 + 4)) / os.sysconf("SC_CLK_TCK")
    assert cpu_seconds(11, proc=tmp_path) is None


def test_two_epochs(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(1000))
    loader = TimedLoader()
    row = measure_reading(lambda: loader, [str(path)], "WAV")
    assert loader.closed
    assert (row.file_bytes, len(row.epoch_bytes)) == (1000, 2)
    assert reading_to_dataframe([row, ReadRow("MP3", 1, (None, None))])["times_less"].isna().tolist()[1]
    assert ReadRow("WAV", 1, (500, 50)).times_less == 10.0
