"""Signatures are looked up by their first byte; here they are tried one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.decode.sniff import _MEDIA, _OTHER, Content, Sniffed, sniff

SIGNATURES = [(magic, Sniffed(Content.OTHER, words)) for magic, words in _OTHER]
SIGNATURES += [(magic, Sniffed(Content.MEDIA, container)) for magic, container in _MEDIA]


def one_by_one(head):
    return next((found for magic, found in SIGNATURES if head[: len(magic)] == magic), None)


@pytest.mark.parametrize(("magic", "found"), SIGNATURES)
def test_each_signature_is_found(magic, found):
    assert sniff(magic + bytes(300)) == found == one_by_one(magic)


@given(st.sampled_from(SIGNATURES), st.integers(0, 20), st.binary(max_size=20))
def test_beginnings_of_signatures_are_none(signature, kept, rest):
    head = signature[0][:kept] + rest
    wanted = one_by_one(head)
    if wanted is None:
        assert all(sniff(head) is not found for _, found in SIGNATURES)
    else:
        assert sniff(head) == wanted


def test_nothing_is_unknown():
    assert sniff(b"") == Sniffed(Content.UNKNOWN, "")
