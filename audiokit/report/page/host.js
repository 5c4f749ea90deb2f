// Runs the widgets of a frozen page: the ES module that runs in Jupyter, on the state that the notebook saved.
// It offers what anywidget's `render({ model, el, host, signal })` uses: of a model get, set, on, off, save_changes and
// send, and of a host `getWidget`, by which views share a model. To what is sent nobody answers but the page itself: a
// sound's bytes stand in it.

/**
 * @typedef {{ data?: string, deflated?: string, numbers?: string }} Packed Bytes as text: as they are, or what zlib made of
 *   them, or of the sorted bytes of numbers.
 * @typedef {Packed & { path: string[], element?: number }} Buffer Its bytes, or those of an element.
 * @typedef {{ state: Record<string, any>, buffers: Buffer[], _esm: string, _css: string }} Entry A saved model.
 * @typedef {(...details: any[]) => void} Listener
 * @typedef {{ getWidget(ref: string): Promise<{ exports: any, render(place: { el: HTMLElement }): any }> }} Host
 * @typedef {{ initialize?(host: { model: Model, signal: AbortSignal }): any,
 *   render(host: { model: Model, el: HTMLElement, host: Host, signal: AbortSignal }): any }} Widget
 */

/** @param {string} text Base64. */
function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return new DataView(bytes.buffer);
}

const DIGITS = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).filter((character) => !'"\\<'.includes(character));
const VALUES = new Uint8Array(128);
DIGITS.forEach((character, value) => (VALUES[character.charCodeAt(0)] = value));

/** Two characters of 91 for 13 bits, and one for the last 6; see page_bytes.py. @param {string} text */
function read91(text) {
  const pairs = text.length >> 1, bytes = new Uint8Array(Math.floor((13 * pairs + 6 * (text.length % 2)) / 8));
  let at = 0, held = 0, bits = 0;
  /** @param {number} value @param {number} width */
  const take = (value, width) => {
    held = (held << width) | value;
    for (bits += width; bits >= 8; ) bytes[at++] = held >> (bits -= 8);
    held &= (1 << bits) - 1;
  };
  for (let i = 0; i < 2 * pairs; i += 2) take(91 * VALUES[text.charCodeAt(i)] + VALUES[text.charCodeAt(i + 1)], 13);
  if (text.length % 2) take(VALUES[text.charCodeAt(2 * pairs)], 6);
  return bytes;
}

/** Numbers of four bytes out of their sorted bytes: the highest of each, then the others in its order. @param {Uint8Array} sorted */
function numbersOf(sorted) {
  const count = sorted.length / 4, bytes = new Uint8Array(sorted.length), next = new Uint32Array(257);
  for (let i = 0; i < count; i += 1) next[sorted[i] + 1] += 1;
  for (let value = 0; value < 256; value += 1) next[value + 1] += next[value];
  for (let i = 0; i < count; i += 1) {
    const place = next[sorted[i]]++;
    for (let plane = 1; plane < 4; plane += 1) bytes[4 * i + 3 - plane] = sorted[plane * count + place];
    bytes[4 * i + 3] = sorted[i];
  }
  return bytes;
}

/** @param {Packed} packed @returns {Promise<DataView<ArrayBuffer>>} */
async function unpacked({ data = "", deflated, numbers }) {
  const packed = deflated ?? numbers;
  if (packed === undefined) return new DataView(read91(data).buffer);
  const stream = new Blob([read91(packed)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = await new Response(stream).arrayBuffer();
  return new DataView(numbers === undefined ? bytes : numbersOf(new Uint8Array(bytes)).buffer);
}

/** A model without a kernel: views of the same model follow each other. */
class Model {
  /** @param {Record<string, any>} state */
  constructor(state) {
    this.state = state;
    /** @type {Map<string, Listener[]>} */
    this.listeners = new Map();
  }
  /** @param {string} name */
  get(name) {
    return this.state[name];
  }
  /** @param {string | Record<string, any>} name @param {any} [value] */
  set(name, value) {
    const changes = typeof name === "object" ? name : { [name]: value };
    for (const [key, next] of Object.entries(changes)) {
      if (Object.is(this.state[key], next)) continue;
      this.state[key] = next;
      this.emit(`change:${key}`, this, next);
      this.emit("change", this);
    }
  }
  /** @param {string} events @param {Listener} callback */
  on(events, callback) {
    for (const event of events.split(/\s+/)) {
      this.listeners.set(event, [...(this.listeners.get(event) ?? []), callback]);
    }
  }
  /** @param {string} [events] @param {Listener} [callback] */
  off(events, callback) {
    if (!events) {
      this.listeners.clear();
      return;
    }
    for (const event of events.split(/\s+/)) {
      this.listeners.set(event, (this.listeners.get(event) ?? []).filter((other) => callback && other !== callback));
    }
  }
  /** @param {string} event @param {any[]} details */
  emit(event, ...details) {
    for (const callback of this.listeners.get(event) ?? []) callback(...details);
  }
  save_changes() {}
  /** @param {any} content */
  send(content) {
    const { digest_bytes: one, digests: several } = this.state;
    const source = content?.kind === "bytes" ? sounds.get(several?.[content.index] ?? one) : undefined;
    const answer = source ? { id: content.id, ask: content.ask, kind: "bytes" } : { id: content?.id, gone: "A page has no kernel." };
    queueMicrotask(() => this.emit("msg:custom", answer, source ? [bytesOf(source.split(",", 2)[1])] : []));
  }
}

/** Sounds of the page by their hash, kept when live views take the place of the static ones. @type {Map<string, string>} */
const sounds = new Map();
for (const audio of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("audio[data-sha256]"))) {
  sounds.set(audio.dataset.sha256 ?? "", audio.getAttribute("src") ?? "");
}

/** @param {string} id */
const read = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
/** @type {Record<string, Entry>} */ const saved = read("audiokit-models");
/** @type {string | Packed} */ const written = read("audiokit-code");
/** @type {Record<string, string>} */
const code = typeof written === "string" ? JSON.parse(written) : JSON.parse(new TextDecoder().decode(await unpacked(written)) || "{}");
/** @type {Map<string, Promise<{ model: Model, widget: Widget, exports: any }>>} */ const living = new Map();
const { signal } = new AbortController(); // a page's widgets live as long as the page
/** @type {Map<string, Promise<Widget>>} */ const modules = new Map();

/** One module per distinct code. @param {string} key @returns {Promise<Widget>} */
function load(key) {
  const known = modules.get(key);
  if (known) return known;
  const url = URL.createObjectURL(new Blob([code[key]], { type: "text/javascript" }));
  const loading = import(url).then(({ default: made }) => (typeof made === "function" ? made() : made));
  modules.set(key, loading);
  return loading;
}

/** State with its bytes, taken from the static view where they stand there already. @param {Entry} entry @param {Element} [fallback] */
async function revive(entry, fallback) {
  const sources = [...(fallback ?? document.createElement("p")).querySelectorAll("audio, img")].map((e) => e.getAttribute("src") ?? "");
  const embedded = sources.filter((source) => source.startsWith("data:"));
  for (const { path, element, ...packed } of entry.buffers) {
    /** @type {any} */ let holder = entry.state;
    for (const step of path.slice(0, -1)) holder = holder[step];
    holder[path[path.length - 1]] = element === undefined ? await unpacked(packed) : bytesOf(embedded[element].split(",", 2)[1]);
  }
  return new Model(entry.state);
}

/** Styles of a widget class, once. @param {string} key */
function dress(key) {
  if (!code[key] || document.getElementById(`css-${key}`)) return;
  const style = document.createElement("style");
  style.id = `css-${key}`;
  style.textContent = code[key];
  document.head.append(style);
}

/** One model for all its views and all that refer to it. @param {string} id @param {Element} [fallback] */
function live(id, fallback) {
  const begin = async () => {
    const entry = saved[id];
    dress(entry._css);
    const model = await revive(entry, fallback), widget = await load(entry._esm);
    const exports = await widget.initialize?.({ model, signal });
    return { model, widget, exports };
  };
  const one = living.get(id) ?? begin();
  living.set(id, one);
  return one;
}

/** @type {Host} */
const host = {
  async getWidget(ref) {
    const { model, widget, exports } = await live(ref.replace("anywidget:", ""));
    return { exports, render: ({ el }) => widget.render({ model, el, host, signal }) };
  },
};

/** @param {HTMLElement} place */
async function mount(place) {
  const fallback = place.querySelector(".static");
  const el = document.createElement("div");
  if (!fallback) return;
  try {
    const { model, widget } = await live(place.dataset.model ?? "", fallback);
    place.append(el);
    await widget.render({ model, el, host, signal });
    fallback.remove();
  } catch (error) {
    el.remove();
    console.error("The static view stays:", error); // it shows and plays by itself
  }
}

/** @type {NodeListOf<HTMLElement>} */ const places = document.querySelectorAll("[data-model]");
for (const place of places) await mount(place); // in order: a later view of a model finds it made

const showCode = /** @type {HTMLInputElement | null} */ (document.getElementById("show-code"));
showCode?.addEventListener("change", () => {
  /** @type {NodeListOf<HTMLDetailsElement>} */
  const all = document.querySelectorAll("section.code > details:not(.trace)");
  for (const details of all) details.open = showCode.checked;
});

// What is wider than the page scrolls in its place: by keyboard too, and with a name.
const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth + 1;
    for (const [name, value] of Object.entries({ tabindex: "0", role: "group", "aria-label": "Scrolls sideways" })) {
      if (scrolls) target.setAttribute(name, value);
      else target.removeAttribute(name);
    }
  }
});
for (const box of document.querySelectorAll(".output, pre")) wide.observe(box);

export {}; // a module, for the type checker
