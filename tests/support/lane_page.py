"""A page with a view that shows lanes, on the sound that is computed in the page; blocks are answered as Python would."""

import base64
import json

from stage_page import stage_page

from audiokit_widgets.lane_data import packed
from audiokit_widgets.lane_sources import as_lanes

# Bytes come as a DataView that starts where no number may; what is asked for is answered out of a table of all blocks.
BYTES = """(() => { const raw = Uint8Array.from(atob("DATA"), (c) => c.charCodeAt(0)), padded = new Uint8Array(raw.length + 3); padded.set(raw, 3); return new DataView(padded.buffer, 3); })()"""
SEND = """send: (message) => {
    (window.sent ||= []).push(message);
    const found = BLOCKS[[message.lane, message.level, message.block]];
    if (window.mute || !found) return;
    const buffers = found.map((text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer));
    setTimeout(() => (heard["msg:custom"] || []).forEach((f) => f({ ...message, ask: undefined, answer: "block" }, buffers)), 5);
  },"""


def lane_page(entry, css, lanes, state=None, **page):
    """Write the page; ``lanes`` as for `as_lanes`."""
    made = packed(as_lanes(lanes))
    blocks = {}
    for lane, facts in enumerate(made.about):
        for level, about in enumerate(facts.get("levels", [])):
            if about["at"] is None:
                for block in range(-(-about["rows"] // facts["block"])):
                    parts = made.block(lane, level, block)
                    blocks[f"{lane},{level},{block}"] = [base64.b64encode(part).decode() for part in parts]
    marker = "the bytes of the lanes"
    whole = {"lane_facts": made.about, "lane_bytes": marker, "lane_version": 1, **(state or {})}
    text = stage_page(entry, css, whole, **page)
    data = BYTES.replace("DATA", base64.b64encode(made.data).decode())
    text = text.replace(json.dumps(marker), data, 1)
    return text.replace(
        "send: (message) => { (window.sent ||= []).push(message); },", SEND.replace("BLOCKS", json.dumps(blocks)), 1
    )
