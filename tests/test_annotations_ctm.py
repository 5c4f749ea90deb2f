from __future__ import annotations

import pytest

from audiokit.annotations import Annotations, Tier, read_annotations, write_annotations
from audiokit.errors import MalformedAnnotations
from audiokit.results import Segment

# Typed after the ctm section of the input file formats of NIST's Scoring Toolkit
WORDS = ";; words of one talk\ntalk A 0.10 0.20 YES 0.5\ntalk A 1.00 0.25 NO\n"


def test_the_form_of_the_toolkit():
    assert read_annotations(WORDS) == Annotations(
        [Tier("labels", [Segment(0.1, 0.3, "YES", 0.5), Segment(1, 1.25, "NO")], extra={"channel": ("A", "A")})],
        None,
        "talk",
    )
    assert write_annotations(read_annotations(WORDS), format="ctm", strict=True) == (
        "talk A 0.1 0.2 YES 0.5\ntalk A 1.0 0.25 NO\n"
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("talk 1 0.1 0.2", "5 or 6 fields"),
        ("talk 1 x 0.2 yes", "got 'x', wanted the start"),
        ("talk 1 0 * yes", "wanted the duration"),
        ("talk 1 0 1 yes sure", "got 'sure', wanted a confidence"),
    ],
)
def test_errors_name_the_line(line, words):
    with pytest.raises(MalformedAnnotations, match=f"Line 2: .*{words}"):
        read_annotations(f"talk 1 0 1 yes\n{line}\n", "ctm")
