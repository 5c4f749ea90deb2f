"""Pages for the comparison: with its static view beside it, linked to a Python object, and with an ear at the output."""

import base64
import json

# Everything that goes to the loudspeakers is kept, block by block, with the number of its first sample.
EAR = """(() => {
  const connect = AudioNode.prototype.connect, Real = AudioContext;
  const code = `registerProcessor("ear", class extends AudioWorkletProcessor {
    process([input]) { this.port.postMessage([currentFrame, input.length ? input.map((c) => c.slice()) : [new Float32Array(128)]]); return true; } })`;
  window.heard = [];
  window.AudioContext = class extends Real {
    constructor(options) {
      super(options);
      window.context = this;
      this.ear = this.audioWorklet.addModule("data:text/javascript," + encodeURIComponent(code)).then(() => {
        const ear = new AudioWorkletNode(this, "ear", { numberOfOutputs: 0 });
        ear.port.onmessage = ({ data }) => window.heard.push(data);
        return ear;
      });
      window.ear = this.ear;
    }
  };
  AudioNode.prototype.connect = function (to, ...more) {
    if (to === this.context.destination && this.context.ear) this.context.ear.then((ear) => connect.call(this, ear));
    return connect.call(this, to, ...more);
  };
})();"""

# What the page sends goes to Python; the answers and the changed state come back.
LINK = """() => {
  const bytes = (text) => { const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)); return new DataView(raw.buffer); };
  window.received = [];
  window.model.send = async (content) => {
    const { replies, state, binary } = JSON.parse(await window.toPython(JSON.stringify(content)));
    const changed = { ...state, ...Object.fromEntries(Object.entries(binary).map(([k, v]) => [k, bytes(v)])) };
    const last = "sounds" in changed ? changed.sounds : undefined; // the others first: a view builds anew when this comes
    delete changed.sounds;
    for (const [name, value] of Object.entries(changed)) window.model.set(name, value);
    if (last) window.model.set("sounds", last);
    for (const [message, buffers] of replies) {
      window.received.push(JSON.stringify(message));
      for (const f of [...(window.listeners["msg:custom"] || [])]) f(message, buffers.map(bytes));
    }
  };
}"""


def beside_its_static_view(page_html, widget):
    """Put the widget's static view where a frozen page has it."""
    static = widget._repr_mimebundle_()[0]["text/html"]
    place = f'<div data-model="1"><div class="static" hidden>{static}</div><div id="widget"></div></div>'
    return page_html.replace('<div id="widget"></div>', place, 1)


def link(page, widget, monkeypatch):
    """Let a page in the small host talk to `widget`, as a kernel would."""
    replies = []

    def send(_, content, buffers=None):
        replies.append([content, [base64.b64encode(b).decode() for b in buffers or []]])

    monkeypatch.setattr(type(widget), "send", send)

    def shown():
        return {k: v for k, v in widget.get_state().items() if not k.startswith("_") and k != "layout"}

    def to_python(text):
        before = shown()
        replies.clear()
        widget._handle_custom_msg(json.loads(text), [])
        changed = {k: v for k, v in shown().items() if v != before[k]}
        binary = {k: base64.b64encode(v).decode() for k, v in changed.items() if isinstance(v, bytes | memoryview)}
        plain = {k: v for k, v in changed.items() if k not in binary}
        return json.dumps({"replies": replies, "state": plain, "binary": binary})

    page.expose_function("toPython", to_python)
    page.evaluate(LINK)
