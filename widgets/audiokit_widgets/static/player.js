/**
 * The player's view: waveform, spectrogram and segments on one clock. It asks of its host no more than
 * `render({ model, el })`, where the model has get, set, on, off and save_changes, and bytes are DataViews.
 *
 * @typedef {{ start: number, end: number, label: string, score: number | null }} Span
 * @typedef {{ hz: number, fraction: number }} Tick
 * @typedef {{ max_hz: number, bands: number, range_db: number, ticks: Tick[], sampled: number }} MelAxis
 * @typedef {{ get(name: string): any, set(name: string, value: any): void, save_changes(): void,
 *   on(event: string, callback: () => void): void, off(event: string, callback: () => void): void }} Model
 * @typedef {{ audio: HTMLAudioElement, url: string, views: Set<object>, sent: number, sentAt: number,
 *   stopAt: number | null }} Sound
 */

const HUES = ["#2f6fde", "#d9730d", "#0f9d6b", "#8b46d6", "#d6336c", "#0c93a8"];
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const FLOOR_DB = -60;
const GAP = 8, ROW = 20, FOOT = 20, MOST_ROWS = 3, MOST_TABLE_ROWS = 1000;
const PLAY = "M4 2.5v11l9.5-5.5z";
const PAUSE = "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z";
const SPEAKER = "M2 6v4h2.5L8 13V3L4.5 6zM10 5.2a4 4 0 0 1 0 5.6l-.8-.8a2.8 2.8 0 0 0 0-4zM11.8 3.4a6.5 6.5 0 0 1 0 9.2l-.8-.8a5.4 5.4 0 0 0 0-7.6z";

/** One sound for all views of the same bytes, so that two of them do not play it twice. @type {WeakMap<object, Sound>} */
const SOUNDS = new WeakMap();

/** @param {DataView | ArrayBuffer | Uint8Array | null} value @returns {Uint8Array} */
function bytesOf(value) {
  if (!value) return new Uint8Array();
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** @param {number} seconds @param {number} decimals @returns {string} */
function clock(seconds, decimals = 2) {
  const scale = 10 ** decimals;
  const ticks = Math.floor(seconds * scale + 0.5);
  const whole = Math.floor(ticks / scale);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  const text = hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  return decimals ? `${text}.${String(ticks % scale).padStart(decimals, "0")}` : text;
}

/** @param {number} hz */
const hertz = (hz) => (hz >= 1000 ? `${+(hz / 1000).toPrecision(3)} kHz` : `${Math.round(hz)} Hz`);

/** Slaney's mel scale, the one that the picture was made with. @param {number} hz */
const mel = (hz) => (hz < 1000 ? (hz * 3) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4));
/** @param {number} m */
const melToHz = (m) => (m < 15 ? (m * 200) / 3 : 1000 * Math.exp(((m - 15) / 27) * Math.log(6.4)));

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {string} name @param {Record<string, string>} attributes @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
function make(tag, name, attributes = {}, children = []) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children); // strings become text nodes, never markup
  return node;
}

/** @param {string} shape */
function icon(shape) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  /** @type {SVGPathElement} */ (svg.firstChild).setAttribute("d", shape);
  return svg;
}

/** Rows for spans that overlap; the last row takes what finds no room. @param {Span[]} spans @returns {number[]} */
function rowsOf(spans) {
  const ends = Array(MOST_ROWS).fill(-1), rows = Array(spans.length).fill(0);
  const order = spans.map((_, i) => i).sort((a, b) => spans[a].start - spans[b].start);
  for (const i of order) {
    let row = ends.findIndex((end) => end <= spans[i].start);
    if (row < 0) row = MOST_ROWS - 1;
    rows[i] = row;
    ends[row] = Math.max(ends[row], spans[i].end);
  }
  return rows;
}

/** @param {{ model: Model, el: HTMLElement }} host @returns {() => void} */
function render({ model, el }) {
  const view = {};
  const duration = Math.max(model.get("duration_seconds"), 1e-6);
  const title = model.get("title") || "Audio";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {MelAxis} */ const axis = model.get("mel_axis");
  const peaks = new Float32Array(bytesOf(model.get("peaks")).slice().buffer);
  const clipped = new Uint32Array(bytesOf(model.get("clipped")).slice().buffer);
  const bins = peaks.length / 2;
  let loudest = 1;
  for (const value of peaks) loudest = Math.max(loudest, Math.abs(value));

  // ---------------------------------------------------------------- what is on the page
  const playButton = make("button", "ak-play", { type: "button", "aria-label": "Play", title: "Play or pause (space)" }, [icon(PLAY)]);
  const now = make("span", "ak-now");
  const time = make("span", "ak-time", {}, [now, ` / ${clock(duration)}`]);
  const scaleButton = make("button", "ak-scale", { type: "button", "aria-pressed": "false", title: "Draw the waveform in decibels, down to −60 dBFS" }, ["dB"]);
  const speed = make("select", "ak-speed", { "aria-label": "Speed", title: "Speed; the pitch is kept" });
  for (const rate of [0.5, 0.75, 1, 1.25, 1.5, 2]) speed.append(make("option", "", { value: String(rate) }, [`${rate}×`]));
  speed.value = "1";
  const volume = make("input", "ak-volume", { type: "range", min: "0", max: "1", step: "0.01", "aria-label": "Volume", title: "Volume" });
  volume.value = "1";
  const loud = make("span", "ak-loud", {}, [icon(SPEAKER), volume]);
  const heading = make("span", "ak-title", {}, [title]);
  const summary = make("span", "ak-summary", {}, [model.get("summary") || ""]);
  const bar = make("div", "ak-bar", {}, [playButton, time, make("span", "ak-names", {}, [heading, summary]), make("span", "ak-tools", {}, [scaleButton, speed, loud])]);

  const canvas = make("canvas", "ak-canvas", { "aria-hidden": "true" });
  const chosen = make("div", "ak-selection"), pointer = make("div", "ak-pointer"), cursor = make("div", "ak-cursor");
  const chip = make("div", "ak-chip", { "aria-hidden": "true" });
  const surface = make("div", "ak-surface", {
    role: "slider", tabindex: "0", "aria-label": `Position in ${title}`, "aria-orientation": "horizontal",
    "aria-valuemin": "0", "aria-valuemax": duration.toFixed(2), "aria-keyshortcuts": "Space ArrowLeft ArrowRight Home End",
  });
  const stage = make("div", "ak-stage", {}, [canvas, chosen, pointer, cursor, surface, chip]);
  const status = make("div", "ak-status", { role: "status" });
  const notes = make("ul", "ak-notes"), table = make("div", "ak-spans");
  const root = make("div", "ak-player", { role: "group", "aria-label": `Audio player: ${title}`, "data-lm-suppress-shortcuts": "true" }, [bar, stage, status, notes, table]);
  el.append(root);

  // ---------------------------------------------------------------- the sound
  const key = model.get("audio_bytes");
  let sound = SOUNDS.get(key);
  if (!sound) {
    const url = URL.createObjectURL(new Blob([bytesOf(key)], { type: model.get("mime_type") }));
    sound = { audio: new Audio(url), url, views: new Set(), sent: 0, sentAt: 0, stopAt: null };
    sound.audio.preload = "auto";
    SOUNDS.set(key, sound);
    const start = model.get("position_seconds") || 0;
    if (start > 0) sound.audio.currentTime = sound.sent = start;
  }
  /** @type {Sound} */ const shared = sound;
  const audio = shared.audio;
  shared.views.add(view);
  if (!audio.isConnected) root.append(audio);
  const leads = () => shared.views.values().next().value === view;

  /** @param {string} name @param {any} value */
  function tell(name, value) {
    if (!leads() || model.get(name) === value) return;
    model.set(name, value);
    model.save_changes();
  }

  /** The position, to the model: four times a second at most while it runs. @param {boolean} urgent */
  function publish(urgent) {
    const at = performance.now();
    if (!leads() || (!urgent && at - shared.sentAt < 250)) return;
    shared.sentAt = at;
    shared.sent = clamp(Math.round(audio.currentTime * 1e4) / 1e4, 0, duration);
    tell("position_seconds", shared.sent);
  }

  /** @param {number} seconds */
  function seek(seconds) {
    shared.stopAt = null;
    audio.currentTime = clamp(seconds, 0, duration);
    paint();
  }

  function play() {
    document.dispatchEvent(new CustomEvent("audiokit:play", { detail: audio }));
    audio.play().catch((error) => {
      if (error.name === "AbortError") return; // paused before it began
      status.textContent = error.name === "NotAllowedError" ? "The browser wants a click on Play first." : `Cannot play: ${error.message}`;
      tell("playing", false);
    });
  }

  function toggle() {
    shared.stopAt = null;
    if (audio.paused) play();
    else audio.pause();
  }

  // ---------------------------------------------------------------- drawing
  let left = 52, width = 1, waveHeight = 104, melHeight = 132, laneTop = 0, height = 1;
  let inDecibels = false, frame = 0;
  /** @type {ImageBitmap | null} */ let melImage = null;
  /** @type {Span[]} */ let spans = [];
  /** @type {number[]} */ let rows = [];
  /** @type {Map<string, string>} */ let hues = new Map();
  /** @type {HTMLElement[]} */ let tableRows = [];

  /** Where an amplitude stands, from -1 to 1. @param {number} value */
  function placed(value) {
    if (!inDecibels) return value / loudest;
    const top = 20 * Math.log10(loudest);
    const db = 20 * Math.log10(Math.max(Math.abs(value), 1e-9));
    return (Math.sign(value) * Math.max(0, db - FLOOR_DB)) / (top - FLOOR_DB);
  }

  function draw() {
    const box = stage.clientWidth;
    if (!box) return;
    const narrow = box < 560;
    left = narrow ? 44 : 52;
    waveHeight = narrow ? 84 : 104;
    melHeight = narrow ? 108 : 132;
    width = Math.max(box - left - 1, 1);
    laneTop = waveHeight + GAP + melHeight + GAP;
    const used = rows.length ? Math.max(...new Set(rows)) + 1 : 0;
    height = laneTop + (used ? used * ROW + 4 : 0) + FOOT - (used ? 0 : GAP - 2);
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(box * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = surface.style.height = `${height}px`;
    surface.style.left = `${left}px`;
    const g = canvas.getContext("2d");
    if (!g) return;
    const style = getComputedStyle(root);
    const ink = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    g.scale(ratio, ratio);
    g.font = `11px ${style.fontFamily}`;
    drawWave(g, ink, ratio);
    drawMel(g, ink);
    drawSpans(g, ink, narrow);
    drawTime(g, ink);
    drawSelection();
    paint();
  }

  /** @typedef {(name: string) => string} Ink */
  /** @param {CanvasRenderingContext2D} g @param {Ink} ink @param {number} ratio */
  function drawWave(g, ink, ratio) {
    const middle = waveHeight / 2, half = middle;
    g.fillStyle = ink("--ak-lane");
    g.fillRect(left, 0, width, waveHeight);
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const db of inDecibels ? [0, -20, -40] : [0, -6, -12]) {
      const up = placed(10 ** (db / 20)) * half;
      g.fillStyle = ink(db === 0 && loudest > 1 ? "--ak-clip" : "--ak-rule");
      g.fillRect(left, middle - up, width, 1);
      g.fillRect(left, middle + up - 1, width, 1);
      g.fillStyle = ink("--ak-soft");
      g.fillText(db === 0 ? "0 dBFS" : `−${-db}`, left - 6, Math.max(middle - up, 6));
    }
    g.fillText(inDecibels ? "−60" : "−∞", left - 6, middle);
    // One column for each pixel of the screen, or for each bin where there are fewer.
    const columns = Math.max(1, Math.min(bins, Math.round(width * ratio)));
    const high = new Float32Array(columns), low = new Float32Array(columns);
    for (let c = 0; c < columns; c++) {
      let a = Infinity, b = -Infinity;
      const last = Math.max(Math.floor(((c + 1) * bins) / columns), Math.floor((c * bins) / columns) + 1);
      for (let i = Math.floor((c * bins) / columns); i < last; i++) {
        a = Math.min(a, peaks[2 * i]);
        b = Math.max(b, peaks[2 * i + 1]);
      }
      low[c] = middle - placed(a) * half;
      high[c] = middle - placed(b) * half;
    }
    const step = width / columns;
    g.fillStyle = g.strokeStyle = ink("--ak-wave");
    g.lineWidth = columns < width / 2 ? 1.4 : Math.max(0.7, 1 / ratio);
    g.lineJoin = "round";
    g.beginPath();
    g.moveTo(left, high[0]);
    for (let c = 0; c < columns; c++) g.lineTo(left + (c + 0.5) * step, high[c]);
    g.lineTo(left + width, high[columns - 1]);
    g.lineTo(left + width, low[columns - 1]);
    for (let c = columns - 1; c >= 0; c--) g.lineTo(left + (c + 0.5) * step, low[c]);
    g.lineTo(left, low[0]);
    g.closePath();
    g.fill();
    g.stroke();
    g.fillStyle = ink("--ak-clip");
    for (let i = 0; i < clipped.length; i++) {
      if (!clipped[i]) continue;
      const x = left + ((i + 0.5) / bins) * width;
      g.fillRect(x - 1, 0, 2, 5);
      g.fillRect(x - 1, waveHeight - 5, 2, 5);
    }
  }

  /** @param {CanvasRenderingContext2D} g @param {Ink} ink */
  function drawMel(g, ink) {
    const top = waveHeight + GAP;
    g.fillStyle = "#000004";
    g.fillRect(left, top, width, melHeight);
    if (melImage) g.drawImage(melImage, left, top, width, melHeight);
    g.textAlign = "right";
    g.textBaseline = "middle";
    let free = Infinity; // labels from the bottom up, none on top of another
    for (const tick of axis.ticks) {
      const y = top + melHeight * (1 - tick.fraction);
      const at = clamp(y, top + 5, top + melHeight - 5);
      if (at > free) continue;
      g.fillStyle = ink("--ak-soft");
      g.fillRect(left - 4, clamp(y, top, top + melHeight - 1), 4, 1);
      g.fillText(hertz(tick.hz), left - 6, at);
      free = at - 13;
    }
  }

  /** @param {CanvasRenderingContext2D} g @param {Ink} ink @param {boolean} narrow */
  function drawSpans(g, ink, narrow) {
    if (!spans.length) return;
    g.textBaseline = "middle";
    g.textAlign = "right";
    g.fillStyle = ink("--ak-soft");
    g.fillText(narrow ? "spans" : "segments", left - 4, laneTop + ROW / 2 - 1);
    g.textAlign = "left";
    spans.forEach((span, i) => {
      const x = left + clamp(span.start / duration, 0, 1) * width;
      const w = Math.max(left + clamp(span.end / duration, 0, 1) * width - x, 2);
      const y = laneTop + rows[i] * ROW;
      const hue = hues.get(span.label) || HUES[0];
      g.globalAlpha = 0.24;
      g.fillStyle = hue;
      g.fillRect(x, y, w, ROW - 3);
      g.globalAlpha = 1;
      g.fillRect(x, y, 2, ROW - 3);
      if (w < 18) return;
      g.save();
      g.beginPath();
      g.rect(x, y, w - 3, ROW);
      g.clip();
      g.fillStyle = ink("--ak-ink");
      g.fillText(fitted(g, span.label, w - 10), x + 6, y + (ROW - 3) / 2 + 0.5);
      g.restore();
    });
  }

  /** @param {CanvasRenderingContext2D} g @param {string} text @param {number} room */
  function fitted(g, text, room) {
    if (g.measureText(text).width <= room) return text;
    const letters = [...text];
    while (letters.length && g.measureText(letters.join("") + "…").width > room) letters.pop();
    return letters.length ? letters.join("") + "…" : "";
  }

  /** @param {CanvasRenderingContext2D} g @param {Ink} ink */
  function drawTime(g, ink) {
    const most = Math.max(2, Math.floor(width / 76));
    const step = STEPS.find((s) => duration / s <= most) || Math.ceil(duration / most / 3600) * 3600;
    const decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
    const top = height - FOOT + 2;
    g.textBaseline = "top";
    g.fillStyle = ink("--ak-soft");
    for (let i = 0; i * step <= duration * (1 + 1e-9); i++) {
      const x = left + ((i * step) / duration) * width;
      const text = duration >= 60 ? clock(i * step, decimals) : `${(i * step).toFixed(decimals)} s`;
      const half = g.measureText(text).width / 2;
      g.fillRect(Math.min(x, left + width - 1), top - 2, 1, 4);
      g.textAlign = "center";
      g.fillText(text, clamp(x, left + half - 6, left + width - half), top + 5);
    }
  }

  function drawSelection() {
    const range = model.get("selection") || [];
    chosen.hidden = range.length !== 2;
    if (chosen.hidden) return;
    const x0 = clamp(range[0] / duration, 0, 1) * width, x1 = clamp(range[1] / duration, 0, 1) * width;
    Object.assign(chosen.style, { left: `${left + x0}px`, width: `${Math.max(x1 - x0, 1)}px`, height: `${height - FOOT}px` });
  }

  /** The moving parts: cursor, clock, slider value, the row that is heard. */
  function paint() {
    const at = clamp(audio.currentTime, 0, duration);
    cursor.style.transform = `translateX(${left + (at / duration) * width}px)`;
    cursor.style.height = `${height - FOOT + 2}px`;
    const text = clock(at);
    if (now.textContent !== text) now.textContent = text;
    const spoken = audio.paused ? at.toFixed(2) : at.toFixed(0); // a screen reader needs no hundredths on the run
    if (surface.getAttribute("aria-valuenow") !== spoken) {
      surface.setAttribute("aria-valuenow", spoken);
      surface.setAttribute("aria-valuetext", `${spoken} of ${duration.toFixed(2)} seconds`);
    }
    tableRows.forEach((row, i) => row.classList.toggle("ak-heard", spans[i].start <= at && at < spans[i].end));
  }

  function run() {
    if (shared.stopAt !== null && audio.currentTime >= shared.stopAt) {
      shared.stopAt = null;
      audio.pause();
    }
    paint();
    publish(false);
    cancelAnimationFrame(frame);
    if (!audio.paused && !calm.matches) frame = requestAnimationFrame(run);
  }

  // ---------------------------------------------------------------- segments and notes
  function refreshSpans() {
    spans = model.get("segments") || [];
    rows = rowsOf(spans);
    hues = new Map();
    for (const span of spans) if (!hues.has(span.label)) hues.set(span.label, HUES[hues.size % HUES.length]);
    tableRows = [];
    table.replaceChildren();
    if (spans.length && model.get("show_table")) table.append(spanTable());
    draw();
  }

  function spanTable() {
    const scored = spans.some((span) => span.score !== null);
    const head = make("tr", "");
    for (const name of ["", "start", "end", "duration", "label", ...(scored ? ["score"] : [])]) {
      head.append(name ? make("th", "", { scope: "col" }, [name]) : make("td", ""));
    }
    const body = make("tbody", "");
    spans.slice(0, MOST_TABLE_ROWS).forEach((span) => {
      const hear = make("button", "ak-hear", { type: "button", "aria-label": `Play ${span.label || "segment"} from ${clock(span.start)}` }, [icon(PLAY)]);
      const row = make("tr", "", {}, [make("td", "", {}, [hear])]);
      for (const value of [span.start, span.end, span.end - span.start]) row.append(make("td", "ak-number", {}, [`${value.toFixed(2)} s`]));
      const swatch = make("i", "ak-swatch");
      swatch.style.background = hues.get(span.label) || "";
      row.append(make("td", "", {}, [swatch, span.label]));
      if (scored) row.append(make("td", "ak-number", {}, [span.score === null ? "" : span.score.toFixed(2)]));
      row.addEventListener("click", () => {
        seek(span.start);
        publish(true);
        shared.stopAt = span.end > span.start ? span.end : null;
        if (audio.paused) play();
      });
      tableRows.push(row);
      body.append(row);
    });
    const count = `${spans.length} segment${spans.length === 1 ? "" : "s"}`;
    const more = spans.length > MOST_TABLE_ROWS ? ` (the first ${MOST_TABLE_ROWS} listed)` : "";
    const scroll = make("div", "ak-scroll", { tabindex: "0", role: "region", "aria-label": "Segments" }, [make("table", "", {}, [make("thead", "", {}, [head]), body])]);
    return make("details", "", spans.length <= 8 ? { open: "" } : {}, [make("summary", "", {}, [count + more]), scroll]);
  }

  function refreshNotes() {
    const lines = [...(model.get("notes") || [])];
    if (axis.sampled < 1) lines.push(`the spectrogram samples ${(axis.sampled * 100).toPrecision(2)} % of the sound; the waveform shows all of it`);
    notes.replaceChildren(...lines.map((line) => make("li", "", {}, [line])));
    heading.textContent = model.get("title") || "Audio";
  }

  // ---------------------------------------------------------------- pointer
  /** @param {PointerEvent} event */
  const timeAt = (event) => clamp((event.clientX - surface.getBoundingClientRect().left) / width, 0, 1) * duration;
  /** @param {PointerEvent} event @returns {Span | undefined} */
  function spanAt(event) {
    const y = event.clientY - surface.getBoundingClientRect().top - laneTop;
    const row = Math.floor(y / ROW), at = timeAt(event), near = (2 / width) * duration;
    if (y < 0 || y > height - FOOT - laneTop) return undefined;
    return spans.find((span, i) => rows[i] === row && span.start - near <= at && at < Math.max(span.end, span.start + near));
  }
  /** @type {{ x: number, from: number, moved: boolean, selects: boolean } | null} */ let drag = null;

  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    surface.setPointerCapture(event.pointerId);
    const from = timeAt(event);
    drag = { x: event.clientX, from, moved: false, selects: event.shiftKey };
    seek(drag.selects ? from : (spanAt(event)?.start ?? from));
    publish(true);
  });
  surface.addEventListener("pointermove", (event) => {
    hover(event);
    if (!drag) return;
    drag.moved ||= Math.abs(event.clientX - drag.x) > 3;
    if (!drag.moved) return;
    const at = timeAt(event);
    if (drag.selects) {
      model.set("selection", [Math.min(at, drag.from), Math.max(at, drag.from)].map((t) => Math.round(t * 1e4) / 1e4));
      drawSelection();
    } else {
      seek(at);
      publish(false);
    }
  });
  const drop = () => {
    if (drag?.selects) model.save_changes();
    if (drag) publish(true);
    drag = null;
  };
  surface.addEventListener("pointerup", drop);
  surface.addEventListener("pointercancel", drop);
  surface.addEventListener("pointerleave", () => (pointer.hidden = chip.hidden = true));

  /** @param {PointerEvent} event */
  function hover(event) {
    const box = surface.getBoundingClientRect();
    const x = clamp(event.clientX - box.left, 0, width), y = event.clientY - box.top;
    const parts = [clock((x / width) * duration, duration < 10 ? 3 : 2)];
    if (y < waveHeight) {
      const i = Math.min(bins - 1, Math.floor((x / width) * bins));
      const peak = Math.max(Math.abs(peaks[2 * i]), Math.abs(peaks[2 * i + 1]));
      parts.push(peak > 0 ? `${(20 * Math.log10(peak)).toFixed(1).replace("-", "−")} dBFS` : "−∞ dBFS");
    } else if (y >= waveHeight + GAP && y < waveHeight + GAP + melHeight) {
      const fraction = 1 - (y - waveHeight - GAP) / melHeight;
      parts.push(hertz(melToHz(((fraction * axis.bands + 0.5) / (axis.bands + 1)) * mel(axis.max_hz))));
    } else {
      const span = spanAt(event);
      if (span) parts.push(span.label, ...(span.score === null ? [] : [span.score.toFixed(2)]));
    }
    chip.textContent = parts.filter(Boolean).join(" · ");
    pointer.hidden = chip.hidden = false;
    pointer.style.transform = `translateX(${left + x}px)`;
    pointer.style.height = `${height - FOOT}px`;
    const room = stage.clientWidth - chip.offsetWidth;
    const beside = left + x + 10;
    chip.style.transform = `translate(${clamp(beside > room ? left + x - chip.offsetWidth - 10 : beside, 0, room)}px, ${clamp(y - 24, 2, height - 24)}px)`;
  }
  pointer.hidden = chip.hidden = true;

  // ---------------------------------------------------------------- keys, only while the focus is inside
  root.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select")) return;
    const far = event.shiftKey ? 5 : 1;
    if (event.key === " ") {
      if (target.closest("button, summary")) return; // those are pressed by it
      toggle();
    } else if (event.key === "ArrowLeft") seek(audio.currentTime - far);
    else if (event.key === "ArrowRight") seek(audio.currentTime + far);
    else if (event.key === "Home") seek(0);
    else if (event.key === "End") seek(duration);
    else if (event.key === "Escape" && model.get("selection")?.length) {
      tell("selection", []);
      drawSelection();
    } else return;
    if (event.key !== " ") publish(true);
    event.preventDefault();
    event.stopPropagation();
  });

  // ---------------------------------------------------------------- controls, sound and model
  playButton.addEventListener("click", toggle);
  speed.addEventListener("change", () => (audio.playbackRate = Number(speed.value)));
  volume.addEventListener("input", () => (audio.volume = Number(volume.value)));
  scaleButton.addEventListener("click", () => {
    inDecibels = !inDecibels;
    scaleButton.setAttribute("aria-pressed", String(inDecibels));
    draw();
  });
  audio.preservesPitch = true;

  const refreshPlaying = () => {
    const label = audio.paused ? "Play" : "Pause";
    if (playButton.getAttribute("aria-label") !== label) {
      playButton.setAttribute("aria-label", label);
      playButton.replaceChildren(icon(audio.paused ? PLAY : PAUSE));
    }
    if (!audio.paused) status.textContent = "";
    tell("playing", !audio.paused);
    publish(true);
    run();
  };
  /** @type {[string, () => void][]} */
  const heard = [
    ["play", refreshPlaying],
    ["pause", refreshPlaying],
    ["timeupdate", run],
    ["seeked", run],
    ["ratechange", () => (speed.value = String(audio.playbackRate))],
    ["volumechange", () => (volume.value = String(audio.volume))],
    ["error", () => (status.textContent = `This browser cannot play ${model.get("mime_type")}; the pictures are complete.`)],
  ];
  for (const [name, listener] of heard) audio.addEventListener(name, listener);

  /** @type {[string, () => void][]} */
  const followed = [
    ["change:position_seconds", () => {
      const wanted = model.get("position_seconds");
      if (Math.abs(wanted - shared.sent) < 1e-6) return; // our own
      shared.sent = wanted;
      seek(wanted);
    }],
    ["change:playing", () => {
      if (model.get("playing") === !audio.paused) return;
      if (audio.paused) play();
      else audio.pause();
    }],
    ["change:segments", refreshSpans],
    ["change:show_table", refreshSpans],
    ["change:selection", drawSelection],
    ["change:title", refreshNotes],
    ["change:notes", refreshNotes],
  ];
  for (const [name, listener] of followed) model.on(name, listener);

  const hush = (/** @type {Event} */ event) => {
    if (/** @type {CustomEvent} */ (event).detail !== audio && !audio.paused) audio.pause();
  };
  document.addEventListener("audiokit:play", hush);
  const sized = new ResizeObserver(() => draw());
  sized.observe(stage);
  const themed = new MutationObserver(() => draw());
  for (const node of [document.documentElement, document.body]) {
    themed.observe(node, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "data-theme", "class", "style"] });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const repaint = () => draw();
  dark.addEventListener("change", repaint);

  let gone = false;
  createImageBitmap(new Blob([bytesOf(model.get("mel_image"))], { type: "image/png" })).then(
    (image) => {
      if (gone) return image.close();
      melImage = image;
      draw();
    },
    () => (status.textContent = "The spectrogram cannot be decoded here."),
  );
  if (audio.paused) tell("playing", false); // nothing starts by itself when a page is opened
  refreshNotes();
  refreshSpans();

  return () => {
    gone = true;
    cancelAnimationFrame(frame);
    sized.disconnect();
    themed.disconnect();
    dark.removeEventListener("change", repaint);
    document.removeEventListener("audiokit:play", hush);
    for (const [name, listener] of heard) audio.removeEventListener(name, listener);
    for (const [name, listener] of followed) model.off(name, listener);
    melImage?.close();
    shared.views.delete(view);
    if (!shared.views.size) {
      audio.pause();
      audio.removeAttribute("src");
      audio.load();
      URL.revokeObjectURL(shared.url);
      SOUNDS.delete(key);
    }
    root.remove();
  };
}

export default { render };
