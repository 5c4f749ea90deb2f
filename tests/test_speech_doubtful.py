"""Short, unsure, alone: all three, or it is speech."""

from __future__ import annotations

import pytest

from audiokit import Segment
from audiokit.speech.doubtful import doubtful


def speech(start, end, score):
    return Segment(start, end, "speech", score)


@pytest.mark.parametrize(
    ("segments", "found"),
    [
        ([], []),
        ([speech(1, 1.4, 0.6)], [1]),
        ([speech(1, 1.4, 0.8)], []),  # sure
        ([speech(1, 2.4, 0.6)], []),  # long
        ([speech(1, 1.4, 0.6), speech(3, 9, 0.9)], []),  # not alone
        ([speech(1, 1.4, 0.6), speech(3.5, 9, 0.9)], [1]),
        ([speech(0, 2, 0.9), speech(3, 3.4, 0.6), speech(9, 9.2, 0.5)], [9]),
        ([speech(1, 1.4, 0.6), speech(2, 2.4, 0.6), speech(3, 3.4, 0.7)], [1, 2, 3]),  # unsure company does not help
        ([Segment(1, 1.4, "speech")], []),
    ],
)
def test_what_is_doubtful(segments, found):
    claims = doubtful(segments)
    assert [claim.start_seconds for claim in claims] == found
    assert all(claim.state == "rejected" and "unsure" in claim.reason for claim in claims)
