"""A transcript's diff on the sound that is computed in the page."""

import base64
import json

from lane_page import BYTES
from stage_page import stage_page

from audiokit.speech import Transcript, Word, align
from audiokit_widgets.diff_facts import diff_facts

REFERENCE = "Ten of clubs now ten metres on and then you stop here"
HEARD = "den of the clubs now ten metres on then you shop here"


def transcript(text=HEARD, *, step=1.0):
    """A word each second from 0.2 s on, 0.6 s long."""
    words = tuple(Word(step * i + 0.2 * step, step * i + 0.8 * step, said) for i, said in enumerate(text.split()))
    return Transcript(words, text, "en", "made 1.0", "draft", step * len(words))


def diff_page(reference=REFERENCE, heard=None, state=None, **page):
    """Write the page, of a reference and a transcript or text."""
    facts, data = diff_facts(align(reference, transcript() if heard is None else heard))
    marker = "the bytes of the words"
    whole = {
        "facts": facts, "word_bytes": marker, "chosen": -1, "heard": [], "hidden_kinds": [], "only_errors": False,
        "margin_seconds": 0.3, **(state or {}),
    }  # fmt: skip
    text = stage_page("transcript_diff.js", ["words.css", "transcript_diff.css"], whole, **page)
    return text.replace(json.dumps(marker), BYTES.replace("DATA", base64.b64encode(data).decode()), 1)
