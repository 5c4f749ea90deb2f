"""The walk over Ogg pages, against a checksum computed bit by bit and pages put together by hand."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.decode import ogg_pages
from audiokit.decode.ogg_pages import damaged_pages, lost_granules, walk_pages
from audiokit.decode.source import open_source


def slow_checksum(page: bytes) -> int:
    """RFC 3533: polynomial 0x04c11db7, start 0, most significant bit first, the field itself taken as 0."""
    register = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register & 1 << 31 else 0)) & 0xFFFFFFFF
    return register


def page(body: bytes, *, flags=0, granule=0, serial=7, number=0) -> bytes:
    lacing = bytes([255] * (len(body) // 255) + [len(body) % 255])
    header = b"OggS\0" + bytes([flags]) + granule.to_bytes(8, "little", signed=True)
    header += serial.to_bytes(4, "little") + number.to_bytes(4, "little") + bytes(4) + bytes([len(lacing)]) + lacing
    whole = header + body
    return whole[:22] + slow_checksum(whole).to_bytes(4, "little") + whole[26:]


def recording(sizes, *, serial=7) -> list[bytes]:
    """A page of headers and pages of 1000 granules each."""
    noise = np.random.default_rng(sum(sizes) + len(sizes))
    bodies = [noise.bytes(size) for size in sizes]
    pages = [page(b"\x01vorbis" + bytes(23), flags=2, serial=serial)]
    for number, body in enumerate(bodies, 1):
        flags = 4 if number == len(bodies) else 0
        pages.append(page(body, flags=flags, granule=1000 * number, serial=serial, number=number))
    return pages


SIZES = st.lists(st.integers(0, 700), min_size=1, max_size=12)


@given(sizes=SIZES)
def test_a_sound_file_is_walked_page_by_page(sizes):
    pages = recording(sizes)
    source = open_source(b"".join(pages))
    found = walk_pages(source)
    assert [end - start for start, end in zip(found.starts, found.ends, strict=True)] == [len(p) for p in pages]
    assert found.granules == [1000 * number for number in range(len(pages))]
    assert (found.logical_streams, found.holes, damaged_pages(source, found)) == (1, [], [])
    assert found.last_granule == 1000 * len(sizes)
    assert found.start_of_last_page == 1000 * (len(sizes) - 1)


@given(sizes=SIZES, where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_wrong_bit_anywhere_is_found(sizes, where, bit):
    pages = recording(sizes)
    data = bytearray(b"".join(pages))
    position = int(where * len(data))
    data[position] ^= 1 << bit
    source = open_source(bytes(data))
    found = walk_pages(source)
    bad = damaged_pages(source, found)
    reference = [
        index
        for index, (start, end) in enumerate(zip(found.starts, found.ends, strict=True))
        if slow_checksum(bytes(data[start:end])) != int.from_bytes(data[start + 22 : start + 26], "little")
    ]
    assert bad == reference
    # The last page, if its lengths are wrong, looks cut off: only a truncated file says that there was one.
    assert bad or found.holes or len(found.starts) < len(pages)
    assert found.holes or bad or position >= len(data) - len(pages[-1])


@given(sizes=st.lists(st.integers(0, 700), min_size=4, max_size=12), data=st.data())
def test_a_page_that_is_missing_leaves_a_hole(sizes, data):
    pages = recording(sizes)
    gone = data.draw(st.integers(2, len(pages) - 2))
    found = walk_pages(open_source(b"".join(pages[:gone] + pages[gone + 1 :])))
    assert found.holes == [gone]
    assert lost_granules(found, [], 0, found.last_granule) == [(1000 * (gone - 1), 1000 * (gone + 1))]


def test_the_first_sound_may_come_late():
    """Who tunes in to a broadcast gets the headers and then the pages of the moment."""
    pages = recording([300] * 8)
    found = walk_pages(open_source(b"".join(pages[:1] + pages[5:])))
    assert found.holes == []


def test_streams_are_counted():
    one, other = recording([300] * 3, serial=1), recording([200] * 3, serial=2)
    side_by_side = [p for pair in zip(one, other, strict=True) for p in pair]
    for pages in (one + other, side_by_side, one + recording([10], serial=1)):
        assert walk_pages(open_source(b"".join(pages))).logical_streams == 2


def test_what_damage_took():
    pages = recording([300] * 9)
    found = walk_pages(open_source(b"".join(pages)))
    assert lost_granules(found, [4], 0, 9000) == [(3000, 4000)]
    assert lost_granules(found, [4, 5], 0, 9000) == [(3000, 5000)]
    assert lost_granules(found, [2, 7], 0, 9000) == [(1000, 2000), (6000, 7000)]
    assert lost_granules(found, [9], 0, 9000) == [(8000, 9000)]
    assert lost_granules(found, [2, 7], 6500, 9000) == [(6500, 7000)]
    found.granules[4] = 10**9  # the granule position is what is damaged
    assert lost_granules(found, [4], 0, 9000) == [(3000, 5000)]


def test_pages_in_which_no_packet_ends_count_for_nothing():
    pages = [page(b"a", flags=2), page(b"b", granule=500, number=1), page(b"c", granule=-1, number=2)]
    found = walk_pages(open_source(b"".join([*pages, page(b"d", granule=900, number=3, flags=4)])))
    assert (found.last_granule, found.start_of_last_page) == (900, 500)


@pytest.mark.parametrize("ending", [b"", b"TAG" + bytes(125), b"Og", b"OggS\0\0"])
def test_bytes_behind_the_last_page_are_no_damage(ending):
    source = open_source(b"".join(recording([300] * 3)) + ending)
    pages = walk_pages(source)
    assert not damaged_pages(source, pages)
    assert not pages.holes


def test_a_page_that_is_cut_off_is_left_out():
    pages = recording([300] * 3)
    found = walk_pages(open_source(b"".join(pages)[:-1]))
    assert (len(found.starts), found.holes) == (3, [])


@pytest.mark.parametrize("data", [b"OggS", b"OggS" + bytes(30), b"OggS" * 500, bytes(5000), b"x"])
def test_what_is_no_ogg_ends_quietly(data):
    source = open_source(data)
    found = walk_pages(source)
    assert found.last_granule == 0
    assert damaged_pages(source, found) in ([], [0])


def test_pages_across_the_end_of_a_chunk(monkeypatch):
    pages = recording([250] * 200 + [60_000] * 5)
    source = open_source(b"".join(pages))
    at_once = walk_pages(source)
    monkeypatch.setattr(ogg_pages, "_CHUNK_BYTES", 140_000)
    in_chunks = walk_pages(source)
    assert in_chunks == at_once
    assert damaged_pages(source, in_chunks) == []


def test_a_long_file_is_never_in_memory_as_a_whole(tmp_path):
    path = tmp_path / "long.ogg"
    body = np.random.default_rng(0).bytes(60_000)
    part = page(body, granule=1000)
    with open(path, "wb") as handle:
        handle.writelines([part] * 400)  # 24 MB
    source = open_source(path)
    tracemalloc.start()
    found = walk_pages(source)
    assert damaged_pages(source, found) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.starts) == 400
    assert peak < 14e6
