"""Bytes as text in a page: the very bytes come back, in Python and in the page's own script."""

import json
import re
import shutil
import subprocess
import zlib
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.report.page_bytes import as_text, from_text, packed, packed_text, sorted_numbers

NODE = shutil.which("node")
SAFE = re.compile(r"[!-~]*")


@given(st.binary(max_size=200))
def test_the_very_bytes_come_back(data):
    text = as_text(data)
    assert from_text(text) == data
    assert len(text) == -(-8 * len(data) // 13) * 2 - (0 < 8 * len(data) % 13 <= 6)


@given(st.binary(max_size=500))
def test_neither_json_nor_html_changes_the_text(data):
    text = as_text(data)
    assert SAFE.fullmatch(text)
    assert json.dumps(text) == f'"{text}"'
    assert "<" not in text


def numbers(count=4000):
    levels = np.cumsum(np.random.default_rng(0).normal(0, 0.02, count)) + np.random.default_rng(1).normal(0, 0.2, count)
    return levels.astype("<f4").tobytes()


def test_sorted_numbers_deflate_better():
    data = numbers()
    made = packed(data)
    assert set(made) == {"numbers"}
    assert zlib.decompress(from_text(made["numbers"])) == sorted_numbers(data)
    assert len(from_text(made["numbers"])) < 0.95 * len(zlib.compress(data, 9))


@given(st.lists(st.integers(0, 2**32 - 1), max_size=60))
def test_sorting_keeps_every_number_and_its_place(values):
    data = np.array(values, dtype="<u4").tobytes()
    planes = np.frombuffer(sorted_numbers(data), dtype=np.uint8).reshape(4, -1)
    order = np.argsort(planes[0], kind="stable")
    found = planes[0].astype(np.uint32) << 24
    for row, shift in zip(planes[1:], (16, 8, 0), strict=True):
        found[order] |= row.astype(np.uint32) << shift
    assert found.tolist() == values


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "data"),
        (bytes(range(256)), "data"),
        (bytes(5000), "deflated"),
        (numbers(), "numbers"),
        (numbers()[:-1], "deflated"),
    ],
    ids=["nothing", "packs no better", "zeros", "numbers", "no whole numbers"],
)
@pytest.mark.skipif(NODE is None, reason="no node on this machine: the page's script is tested in a browser alone")
def test_the_page_reads_what_was_written(data, kind, tmp_path):
    made = packed(data)
    assert set(made) == {kind}
    source = resources.files("audiokit.report").joinpath("page", "host.js").read_text(encoding="utf-8")
    first, last = source.index("const DIGITS"), source.index("/** A model without a kernel")
    run = f"""{source[first:last]}
import {{ readFileSync, writeFileSync }} from "node:fs";
const view = await unpacked(JSON.parse(readFileSync("packed.json", "utf8")));
writeFileSync("bytes", view);"""
    (tmp_path / "run.mjs").write_text(run, encoding="utf-8")
    (tmp_path / "packed.json").write_text(json.dumps(made), encoding="utf-8")
    subprocess.run([NODE, "run.mjs"], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "bytes").read_bytes() == data


def test_short_text_stays_readable():
    assert packed_text("b{}") == "b{}"
    assert zlib.decompress(from_text(packed_text("b{}" * 1000)["deflated"])).decode() == "b{}" * 1000
