"""An inspector with a running text, on the sound that is computed in the page; a kernel answers if it is asked to."""

from lane_page import lane_page

from audiokit.speech import Passage, Transcript, Word
from audiokit_widgets.lane_sources import as_lanes
from audiokit_widgets.running_text import running_text

TEXTS = "Ten of clubs. Now den metres on, and then you stop here."


def transcript(text=TEXTS, *, step=0.5, passages=True):
    """A word each half second from 0.1 s on, 0.3 s long; the fifth is doubtful; a passage ends with each sentence."""
    texts = text.split()
    words = tuple(
        Word(step * i + 0.1, step * i + 0.4, said, 0.31 if i % 10 == 4 else 0.9) for i, said in enumerate(texts)
    )
    made, first = [], 0
    for i, said in enumerate(texts):
        if said.endswith("."):
            made.append(Passage(words[first].start_seconds, words[i].end_seconds, " ".join(texts[first : i + 1]), 0.8))
            first = i + 1
    return Transcript(
        words, text, "en", "made 1.0", "draft", step * len(texts), passages=tuple(made) if passages else ()
    )


ANSWER = """const send = model.send.bind(model);
model.send = (message) => {
  send(message);
  if (message.ask === "edits" && LIVE) setTimeout(() => (heard["msg:custom"] || []).forEach((f) => f({ answer: "edits" }, [])), 5);
};
"""


def words_page(lanes, *, speakers="", live=True, state=None, **page):
    """Write the page; ``live``: somebody takes edits."""
    made = as_lanes(lanes)
    text = running_text(lanes, made, speakers)
    whole = {
        "chosen": [], "hidden_lanes": [], "show_table": True, "words_kit": "words", "text_facts": text.facts(),
        "text_edits": {}, "doubtful_below": 0.5, **(state or {}),
    }  # fmt: skip
    written = lane_page(
        "inspector.js", ["inspector.css", "words.css"], made, whole, more_kits={"words": "words_kit.js"}, **page
    )
    answer = ANSWER.replace("LIVE", "true" if live else "false")
    return written.replace("const load = async", f"{answer}const load = async", 1)
