"""A page that hosts one widget that needs no other, in the smallest host that it may meet."""

import base64
import json
import re

# The smallest host that a widget may meet: get, set, on, off and save_changes, and bytes as DataViews.
HOST = """<!doctype html><meta charset="utf-8"><title>host</title><style>STYLE</style><body><div id="widget"></div>
<script type="module">
const state = STATE, bytes = BYTES, listeners = {};
for (const [name, text] of Object.entries(bytes)) {
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const padded = new Uint8Array(raw.length + 3); // a DataView that starts where no float may
  padded.set(raw, 3);
  state[name] = new DataView(padded.buffer, 3);
}
const model = {
  get: (name) => state[name],
  set: (name, value) => { if (state[name] === value) return; state[name] = value; (listeners["change:" + name] || []).forEach((f) => f()); },
  on: (name, f) => { (listeners[name] ||= []).push(f); },
  off: (name, f) => { listeners[name] = (listeners[name] || []).filter((g) => g !== f); },
  save_changes: () => { window.saves = (window.saves || 0) + 1; },
};
const source = URL.createObjectURL(new Blob([ESM], { type: "text/javascript" }));
const module = await import(source);
window.model = model;
window.listeners = listeners;
window.again = async () => { const el = document.createElement("div"); document.body.append(el); return (window.second = await module.default.render({ model, el })); };
window.cleanup = await module.default.render({ model, el: document.getElementById("widget") });
window.ready = true;
</script>"""


def host_page(widget, style="body { margin: 12px; font-family: sans-serif }"):
    """A widget's state and code as one page that runs from disk."""
    state = {k: v for k, v in widget.get_state().items() if not k.startswith("_") and k != "layout"}
    binary = {k: base64.b64encode(v).decode() for k, v in state.items() if isinstance(v, bytes | memoryview)}
    plain = json.dumps({k: v for k, v in state.items() if k not in binary}, allow_nan=False)
    parts = {"STATE": plain, "BYTES": json.dumps(binary), "ESM": json.dumps(str(widget._esm))}
    parts = {name: text.replace("</", "<\\/") for name, text in parts.items()}
    parts["STYLE"] = f"{style}\n{widget._css}"
    return re.sub("|".join(parts), lambda m: parts[m[0]], HOST)  # in one pass: base64 may spell any of the names
