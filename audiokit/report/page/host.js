// Runs the widgets of a frozen page: the ES module that runs in Jupyter, on the state that the notebook saved.
// It offers what anywidget's `render({ model, el })` uses of a model: get, set, on, off, save_changes.

/** @param {string} text Base64. */
function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return new DataView(bytes.buffer);
}

/** A model without a kernel: views of the same model follow each other. */
class Model {
  constructor(state) {
    this.state = state;
    this.listeners = new Map();
  }
  get(name) {
    return this.state[name];
  }
  set(name, value) {
    const changes = typeof name === "object" ? name : { [name]: value };
    for (const [key, next] of Object.entries(changes)) {
      if (Object.is(this.state[key], next)) continue;
      this.state[key] = next;
      this.emit(`change:${key}`, this, next);
      this.emit("change", this);
    }
  }
  on(events, callback) {
    for (const event of events.split(/\s+/)) {
      this.listeners.set(event, [...(this.listeners.get(event) ?? []), callback]);
    }
  }
  off(events, callback) {
    if (!events) {
      this.listeners.clear();
      return;
    }
    for (const event of events.split(/\s+/)) {
      this.listeners.set(event, (this.listeners.get(event) ?? []).filter((other) => callback && other !== callback));
    }
  }
  emit(event, ...details) {
    for (const callback of this.listeners.get(event) ?? []) callback(...details);
  }
  save_changes() {}
  send() {}
}

/** @param {string} id */
const read = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
const saved = read("audiokit-models");
const code = read("audiokit-code");
const models = new Map();
const modules = new Map();

/** One module per distinct code. */
function load(key) {
  if (!modules.has(key)) {
    const url = URL.createObjectURL(new Blob([code[key]], { type: "text/javascript" }));
    modules.set(key, import(url).then(async ({ default: made }) => (typeof made === "function" ? made() : made)));
  }
  return modules.get(key);
}

/** State with its bytes, taken from the static view where they stand there already. */
function revive(entry, fallback) {
  const elements = [...fallback.querySelectorAll("audio, img")].filter((e) => e.getAttribute("src")?.startsWith("data:"));
  for (const { path, data, element } of entry.buffers) {
    const text = data ?? elements[element].getAttribute("src").split(",", 2)[1];
    let holder = entry.state;
    for (const step of path.slice(0, -1)) holder = holder[step];
    holder[path.at(-1)] = bytesOf(text);
  }
  return new Model(entry.state);
}

for (const place of document.querySelectorAll("[data-model]")) {
  const id = place.dataset.model;
  const fallback = place.querySelector(".static");
  try {
    const entry = saved[id];
    if (code[entry._css] && !document.getElementById(`css-${entry._css}`)) {
      const style = document.createElement("style");
      style.id = `css-${entry._css}`;
      style.textContent = code[entry._css];
      document.head.append(style);
    }
    const widget = await load(entry._esm);
    if (!models.has(id)) {
      const made = revive(entry, fallback);
      models.set(id, made);
      await widget.initialize?.({ model: made });
    }
    const el = document.createElement("div");
    place.append(el);
    await widget.render({ model: models.get(id), el });
    fallback.remove();
  } catch (error) {
    console.error("The static view stays:", error); // it shows and plays by itself
  }
}

document.getElementById("show-code")?.addEventListener("change", (event) => {
  for (const details of document.querySelectorAll("section.code > details:not(.trace)")) details.open = event.target.checked;
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
