"""A page with a widget on a sound that is computed in the page: what the stage shows can be known exactly."""

import json

from audiokit_widgets.modules import bundle, style

# x(t) = 0.8 sin(2 pi 2 t) for `duration` seconds; one second from 4 s on is a full-scale square: clipped.
SOUND = """
const rate = RATE, duration = DURATION, channels = CHANNELS;
const value = (i, c) => { const t = i / rate; return t >= 4 && t < 5 ? (i % 20 < 10 ? 1 : -1) : 0.8 * Math.sin(2 * Math.PI * 2 * t + c); };
const listeners = {};
const ring = (name) => (listeners[name] || []).forEach((f) => f());
const on = (name, f) => { (listeners[name] ||= []).push(f); return () => (listeners[name] = listeners[name].filter((g) => g !== f)); };
const transport = {
  position: 0, playing: false, rate: 1, volume: 1, channel: -1, loop: null, message: "", asked: [],
  play() { this.playing = true; ring("change"); }, pause() { this.playing = false; ring("change"); }, toggle() { this.playing ? this.pause() : this.play(); },
  seek(t) { this.position = Math.min(Math.max(t, 0), duration); ring("seek"); }, playSpan(a, b) { this.asked.push([a, b]); this.seek(a); this.play(); },
  setRate(v) { this.rate = v; ring("change"); }, setVolume(v) { this.volume = v; ring("change"); }, setChannel(v) { this.channel = v; ring("change"); },
  setLoop(v) { this.loop = v; ring("change"); }, on,
};
const axis = (picture) => ({ max_hz: rate / 2, bands: 80, top_dbfs: 0, ticks: [0, 1000, 4000].map((hz) => ({ hz, fraction: picture === "mel" ? Math.sqrt(hz / (rate / 2)) : hz / (rate / 2) })) });
const sound = {
  facts: { title: "computed", duration, rate, channels, summary: "computed in the page", notes: NOTES, peak: PEAK, fraction: 1, axes: { mel: axis("mel"), linear: axis("linear") } },
  transport, on,
  peaks(start, end, columns, channel) {
    const low = new Float32Array(columns), high = new Float32Array(columns), step = (end - start) / columns;
    for (let c = 0; c < columns; c++) {
      const first = Math.round((start + c * step) * rate), last = Math.max(first + 1, Math.round((start + (c + 1) * step) * rate));
      let a = Infinity, b = -Infinity;
      const hop = Math.max(1, Math.floor((last - first) / 40));
      for (let i = first; i < last; i += hop) { const v = i < 0 || i >= duration * rate ? NaN : value(i, Math.max(channel, 0)); a = Math.min(a, v); b = Math.max(b, v); }
      low[c] = a; high[c] = b;
    }
    return { low, high, columns, exact: true };
  },
  clips: (start, end) => Array.from({ length: 10 }, (_, i) => 4 + i / 10).filter((t) => t >= start && t <= end),
  tiles(picture, start, end) {
    const hop = (end - start) / 256, levels = new Uint8Array(80 * 256);
    for (let b = 0; b < 80; b++) for (let c = 0; c < 256; c++) levels[b * 256 + c] = Math.max(0, 255 - Math.abs(b - 40 - 30 * Math.sin(2 * Math.PI * 0.2 * (start + c * hop))) * 14);
    return [{ levels, bands: 80, columns: 256, start, hop, key: `${picture}/${start}/${hop}` }];
  },
};
window.sound = sound;
"""

PAGE = """<!doctype html><meta charset="utf-8"><title>stage</title><style>STYLE</style><body><div id="widget"></div>
<script type="module">
SOUND
const state = STATE, heard = {};
const model = {
  get: (name) => state[name],
  set: (name, value) => { if (state[name] === value) return; state[name] = value; (heard["change:" + name] || []).forEach((f) => f()); },
  on: (name, f) => { (heard[name] ||= []).push(f); }, off: (name, f) => { heard[name] = (heard[name] || []).filter((g) => g !== f); },
  save_changes: () => { window.saves = (window.saves || 0) + 1; }, send: (message) => { (window.sent ||= []).push(message); },
};
const load = async (text) => (await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })))).default;
const kit = (await load(KIT)).initialize({}), deck = (await load(DECK)).initialize({});
const widget = await load(ESM);
const more = {};
for (const [name, text] of Object.entries(MORE)) more[name] = (await load(text)).initialize({});
const host = { getWidget: async (ref) => ({ exports: { sound, kit, deck, ...more }[ref] }) };
const life = new AbortController();
window.model = model; window.heard = heard; window.kit = { ...kit, ...deck }; window.end = () => life.abort();
await widget.render({ model, el: document.getElementById("widget"), host, signal: life.signal });
window.ready = true;
</script>"""


def stage_page(entry, css, state, *, rate=8000, duration=12.0, channels=1, peak=1.0, notes=(), more_kits=None):
    """Write the page: ``entry`` and ``css`` are files of ``static/``, ``state`` the model's, ``more_kits`` by reference."""
    sound = SOUND.replace("RATE", str(rate)).replace("DURATION", str(duration)).replace("CHANNELS", str(channels))
    sound = sound.replace("PEAK", str(peak)).replace("NOTES", json.dumps(list(notes)))
    parts = {
        "STYLE": "body { margin: 12px; background: Canvas; color-scheme: light dark }\n"
        + style("kit/theme.css", "kit/stage.css", *css),
        "SOUND": sound,
        "STATE": json.dumps(
            {
                "sound": "sound",
                "stage_kit": "kit",
                "deck_kit": "deck",
                "title": "",
                "selection": [],
                "view_seconds": [],
                **state,
            }
        ),
        "DECK": json.dumps(bundle("deck_kit.js")),
        "KIT": json.dumps(bundle("stage_kit.js")),
        "MORE": json.dumps({name: bundle(kit) for name, kit in (more_kits or {}).items()}),
        "ESM": json.dumps(bundle(entry)),
    }
    page = PAGE
    for name, text in parts.items():
        page = page.replace(name, text if name == "STYLE" else text.replace("</", "<\\/"), 1)
    return page
