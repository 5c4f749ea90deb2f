"""Bytes here and there: the same from the head as from the file, which is not opened for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.decode.readers import Peeker
from audiokit.decode.source import HEAD_BYTES, Source, open_source

CONTENT = np.random.default_rng(0).integers(0, 256, HEAD_BYTES + 1000, dtype=np.uint8).tobytes()


@given(
    size=st.sampled_from((1, 500, HEAD_BYTES, HEAD_BYTES + 1, len(CONTENT))),
    places=st.lists(st.tuples(st.integers(0, len(CONTENT) + 10), st.integers(0, 300)), max_size=5),
)
def test_it_gives_what_stands_there(size, places):
    content = CONTENT[:size]
    with Peeker(open_source(content)) as peek:
        for position, length in places:
            assert peek(position, length) == content[position : position + length]


@pytest.fixture
def opened(monkeypatch):
    """The handles that sources gave out."""
    handles = []
    original = Source.open

    def noting(source):
        handles.append(original(source))
        return handles[-1]

    monkeypatch.setattr(Source, "open", noting)
    return handles


def test_a_file_is_opened_once_and_only_for_what_is_behind_its_head(tmp_path, opened):
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    with Peeker(open_source(path)) as peek:
        assert peek(HEAD_BYTES - 8, 8) == CONTENT[HEAD_BYTES - 8 : HEAD_BYTES]
        assert not opened
        for position in (HEAD_BYTES - 1, 7, len(CONTENT) - 3, len(CONTENT)):
            assert peek(position, 20) == CONTENT[position : position + 20]
    assert len(opened) == 1
    assert opened[0].closed


def test_a_file_that_is_all_head_is_not_opened(tmp_path, opened):
    path = tmp_path / "a.bin"
    path.write_bytes(b"RIFF")
    with Peeker(open_source(path)) as peek:
        assert (peek(2, 100), peek(4, 4), peek(400, 4)) == (b"FF", b"", b"")
    assert not opened
