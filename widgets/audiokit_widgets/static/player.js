/**
 * The player's view: waveform, spectrogram and segments on one clock. It asks of its host no more than
 * `render({ model, el })`, where the model has get, set, on, off and save_changes, and bytes are DataViews.
 *
 * @typedef {{ start: number, end: number, label: string, score: number | null }} Span
 * @typedef {{ max_hz: number, bands: number, range_db: number, ticks: { hz: number, fraction: number }[], sampled: number }} MelAxis
 * @typedef {{ get(name: string): any, set(name: string, value: any): void, save_changes(): void,
 *   on(event: string, callback: () => void): void, off(event: string, callback: () => void): void }} Model
 * @typedef {{ audio: HTMLAudioElement, url: string, views: Set<HTMLElement>, sent: number, sentAt: number,
 *   stopAt: number | null }} Sound
 */

const { abs, ceil, floor, log10, max, min, round } = Math;
const HUES = ["#2f6fde", "#d9730d", "#0f9d6b", "#8b46d6", "#d6336c", "#0c93a8"];
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const FLOOR_DB = -60;
const GAP = 8, ROW = 20, FOOT = 20, MOST_ROWS = 3, MOST_TABLE_ROWS = 1000;
const SVG = "http://www.w3.org/2000/svg";
const PLAY = "M4 2.5v11l9.5-5.5z";
const PAUSE = "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z";
const SPEAKER = "M2 6v4h2.5L8 13V3L4.5 6zM10 4.6a4.5 4.5 0 0 1 0 6.8l.9 1a6 6 0 0 0 0-8.8z";

/** One sound for all views of the same bytes, so that two do not play it twice. @type {WeakMap<object, Sound>} */
const SOUNDS = new WeakMap();

/** @param {DataView<ArrayBuffer>} view */
const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => min(max(value, low), high);

/** @param {number} seconds @param {number} decimals */
function clock(seconds, decimals) {
	const scale = 10 ** decimals;
	const ticks = floor(seconds * scale + 0.5);
	const whole = floor(ticks / scale);
	const pad = (n = 0, digits = 2) => String(n).padStart(digits, "0");
	const hours = floor(whole / 3600), minutes = floor(whole / 60) % 60;
	const text = `${hours ? `${hours}:${pad(minutes)}` : minutes}:${pad(whole % 60)}`;
	return decimals ? `${text}.${pad(ticks % scale, decimals)}` : text;
}

/** @param {number} amplitude */
const decibels = (amplitude) => 20 * log10(amplitude);
/** @param {number} hz */
const hertz = (hz) => (hz >= 1000 ? `${+(hz / 1000).toPrecision(3)} kHz` : `${round(hz)} Hz`);

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
	if (name) node.className = `ak-${name}`;
	node.setAttribute("data-lm-suppress-shortcuts", "true"); // on all: Lab asks the focused one
	for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
	node.append(...children); // strings become text nodes, never markup
	return node;
}

/** @param {string} shape */
function icon(shape) {
	const svg = document.createElementNS(SVG, "svg");
	svg.setAttribute("viewBox", "0 0 16 16");
	svg.setAttribute("aria-hidden", "true");
	const path = document.createElementNS(SVG, "path");
	path.setAttribute("d", shape);
	svg.append(path);
	return svg;
}

/** Rows for spans that overlap; the last row takes what finds no room. @param {Span[]} spans */
function rowsOf(spans) {
	const ends = Array(MOST_ROWS).fill(-1), rows = Array(spans.length).fill(0);
	const order = spans.map((_, i) => i).sort((a, b) => spans[a].start - spans[b].start);
	for (const i of order) {
		let row = ends.findIndex((end) => end <= spans[i].start);
		if (row < 0) row = MOST_ROWS - 1;
		rows[i] = row;
		ends[row] = max(ends[row], spans[i].end);
	}
	return rows;
}

/** @param {{ model: Model, el: HTMLElement }} host @returns {() => void} */
function render({ model, el }) {
	const life = new AbortController();
	const get = (name = "") => model.get(name);
	const duration = max(get("duration_seconds"), 1e-6);
	const title = get("title") || "Audio", digits = duration < 10 ? 3 : 2;
	const calm = matchMedia("(prefers-reduced-motion: reduce)");
	/** @type {MelAxis} */ const axis = get("mel_axis");
	const peaks = new Float32Array(bytesOf(get("peaks")).slice().buffer);
	const clipped = new Uint32Array(bytesOf(get("clipped")).slice().buffer);
	const bins = peaks.length / 2;
	let loudest = 1;
	for (const value of peaks) loudest = max(loudest, abs(value));

	/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then */
	const listen = (node, name, then) => node.addEventListener(name, then, { signal: life.signal });

	// what is on the page
	const playButton = make("button", "play", { type: "button", "aria-label": "Play", title: "Play or pause (space)" }, [icon(PLAY)]);
	const now = make("span", "now");
	const scaleButton = make("button", "scale", { type: "button", "aria-pressed": "false", title: "Waveform in decibels" }, ["dB"]);
	const speed = make("select", "speed", { "aria-label": "Speed", title: "Speed; the pitch is kept" });
	for (const rate of [0.5, 0.75, 1, 1.25, 1.5, 2]) speed.append(make("option", "", { value: String(rate) }, [`${rate}×`]));
	speed.value = "1";
	const volume = make("input", "volume", { type: "range", min: "0", max: "1", step: "0.01", "aria-label": "Volume" });
	volume.value = "1";
	const heading = make("span", "title", {}, [title]);
	const bar = make("div", "bar", {}, [
		playButton, make("span", "time", {}, [now, ` / ${clock(duration, digits)}`]),
		make("span", "names", {}, [heading, make("span", "summary", {}, [get("summary")])]),
		make("span", "tools", {}, [scaleButton, speed, make("span", "loud", {}, [icon(SPEAKER), volume])]),
	]);

	const canvas = make("canvas", "canvas");
	const chosen = make("div", "selection"), pointer = make("div", "pointer"), cursor = make("div", "cursor");
	const chip = make("div", "chip");
	const surface = make("div", "surface", {
		role: "slider", tabindex: "0", "aria-label": `Position in ${title}`,
		"aria-valuemin": "0", "aria-valuemax": duration.toFixed(2),
	});
	const stage = make("div", "stage", {}, [canvas, chosen, pointer, cursor, surface, chip]);
	const status = make("div", "status", { role: "status" });
	const notes = make("ul", "notes"), table = make("div", "spans");
	const root = make("div", "player", { role: "group", "aria-label": `Audio player: ${title}` }, [bar, stage, status, notes, table]);
	el.append(root);

	// the sound
	const key = get("audio_bytes");
	let sound = SOUNDS.get(key);
	if (!sound) {
		const url = URL.createObjectURL(new Blob([bytesOf(key)], { type: get("mime_type") }));
		sound = { audio: new Audio(url), url, views: new Set(), sent: 0, sentAt: 0, stopAt: null };
		sound.audio.preload = "auto";
		SOUNDS.set(key, sound);
		const start = get("position_seconds") || 0;
		if (start > 0) sound.audio.currentTime = sound.sent = start;
	}
	/** @type {Sound} */ const shared = sound;
	const audio = shared.audio;
	shared.views.add(root);
	if (!audio.isConnected) root.append(audio);

	/** @param {string} name @param {any} value */
	function tell(name, value) {
		if (get(name) === value) return;
		model.set(name, value);
		model.save_changes();
	}

	/** The position, to the model: four times a second at most while it runs. @param {boolean} urgent */
	function publish(urgent) {
		const at = performance.now();
		if (!urgent && at - shared.sentAt < 250) return;
		shared.sentAt = at;
		shared.sent = clamp(round(audio.currentTime * 1e4) / 1e4, 0, duration);
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
			status.textContent = error.name === "NotAllowedError" ? "The browser wants a click first." : `Cannot play: ${error.message}`;
			tell("playing", false);
		});
	}

	function toggle() {
		shared.stopAt = null;
		if (audio.paused) play();
		else audio.pause();
	}

	// drawing
	const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
	const style = getComputedStyle(root);
	const ink = (name = "") => style.getPropertyValue(`--ak-${name}`).trim();
	let left = 52, width = 1, waveHeight = 104, melHeight = 132, laneTop = 0, height = 1;
	let inDecibels = false, frame = 0, drawn = 0;
	/** @type {ImageBitmap | null} */ let melImage = null;
	/** @type {Span[]} */ let spans = [];
	/** @type {number[]} */ let rows = [];
	/** @type {Map<string, string>} */ let hues = new Map();
	/** @type {HTMLElement[]} */ let tableRows = [];

	/** @param {number} seconds */
	const xOf = (seconds) => left + clamp(seconds / duration, 0, 1) * width;

	/** Where an amplitude stands, from -1 to 1. @param {number} value */
	function placed(value) {
		if (!inDecibels) return value / loudest;
		return (Math.sign(value) * max(0, decibels(abs(value)) - FLOOR_DB)) / (decibels(loudest) - FLOOR_DB);
	}

	function draw() {
		const box = (drawn = stage.clientWidth);
		if (!box) return;
		const narrow = box < 560;
		left = narrow ? 44 : 52;
		waveHeight = narrow ? 84 : 104;
		melHeight = narrow ? 108 : 132;
		width = max(box - left - 1, 9);
		laneTop = waveHeight + GAP + melHeight + GAP;
		const used = rows.length ? max(...new Set(rows)) + 1 : 0;
		height = laneTop + (used ? used * ROW + 4 : 0) + FOOT - (used ? 0 : GAP - 2);
		const ratio = devicePixelRatio || 1;
		canvas.width = round(box * ratio);
		canvas.height = round(height * ratio);
		canvas.style.height = surface.style.height = `${height}px`;
		surface.style.left = `${left}px`;
		g.scale(ratio, ratio);
		g.font = `11px ${style.fontFamily}`;
		drawWave(ratio);
		drawMel();
		drawSpans();
		drawTime();
		drawSelection();
		paint();
	}

	/** @param {number} ratio */
	function drawWave(ratio) {
		const middle = waveHeight / 2, half = middle;
		g.fillStyle = ink("lane");
		g.fillRect(left, 0, width, waveHeight);
		g.textAlign = "right";
		g.textBaseline = "middle";
		for (const db of inDecibels ? [0, -20, -40] : [0, -6, -12]) {
			const up = placed(10 ** (db / 20)) * half;
			g.fillStyle = ink(db === 0 && loudest > 1 ? "clip" : "rule");
			g.fillRect(left, middle - up, width, 1);
			g.fillRect(left, middle + up - 1, width, 1);
			g.fillStyle = ink("soft");
			if (up > 12) g.fillText(db === 0 ? "0 dBFS" : `−${-db}`, left - 6, max(middle - up, 6));
		}
		g.fillText(inDecibels ? "−60" : "−∞", left - 6, middle);
		// a column for each pixel, or for each of fewer bins
		const columns = min(bins, round(width * ratio));
		const high = new Float32Array(columns), low = new Float32Array(columns);
		for (let c = 0; c < columns; c++) {
			let a = Infinity, b = -Infinity;
			for (let i = floor((c * bins) / columns); i < floor(((c + 1) * bins) / columns); i++) {
				a = min(a, peaks[2 * i]);
				b = max(b, peaks[2 * i + 1]);
			}
			low[c] = middle - placed(a) * half;
			high[c] = middle - placed(b) * half;
		}
		const step = width / columns;
		g.fillStyle = g.strokeStyle = ink("wave");
		g.lineWidth = columns < width / 2 ? 1.4 : max(0.7, 1 / ratio);
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
		g.fillStyle = ink("clip");
		for (let i = 0; i < clipped.length; i++) {
			if (!clipped[i]) continue;
			const x = left + ((i + 0.5) / bins) * width;
			g.fillRect(x - 1, 0, 2, 5);
			g.fillRect(x - 1, waveHeight - 5, 2, 5);
		}
	}

	function drawMel() {
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
			g.fillStyle = ink("soft");
			g.fillRect(left - 4, clamp(y, top, top + melHeight - 1), 4, 1);
			g.fillText(hertz(tick.hz), left - 6, at);
			free = at - 13;
		}
	}

	function drawSpans() {
		g.textBaseline = "middle";
		g.textAlign = "left";
		spans.forEach((span, i) => {
			const x = xOf(span.start), w = max(xOf(span.end) - x, 2);
			const y = laneTop + rows[i] * ROW;
			g.globalAlpha = w < 6 ? 0.5 : 0.24;
			g.fillStyle = hues.get(span.label) || "";
			g.fillRect(x, y, w, ROW - 3);
			g.globalAlpha = 1;
			if (w >= 6) g.fillRect(x, y, 2, ROW - 3);
			if (w < 18) return;
			g.save();
			g.beginPath();
			g.rect(x, y, w - 3, ROW);
			g.clip();
			g.fillStyle = ink("ink");
			g.fillText(fitted(span.label, w - 10), x + 6, y + (ROW - 3) / 2 + 0.5);
			g.restore();
		});
	}

	/** @param {string} text @param {number} room */
	function fitted(text, room) {
		const letters = [...text.slice(0, 200)];
		if (g.measureText(text).width <= room) return text;
		while (letters.length && g.measureText(`${letters.join("")}…`).width > room) letters.pop();
		return letters.length ? `${letters.join("")}…` : "";
	}

	function drawTime() {
		const most = max(2, floor(width / 76));
		const step = STEPS.find((s) => duration / s <= most) || ceil(duration / most / 3600) * 3600;
		const decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
		const top = height - FOOT + 2;
		g.textBaseline = "top";
		g.fillStyle = ink("soft");
		for (let i = 0; i * step <= duration * (1 + 1e-9); i++) {
			const x = xOf(i * step);
			const text = duration >= 60 ? clock(i * step, decimals) : `${(i * step).toFixed(decimals)} s`;
			const half = g.measureText(text).width / 2;
			g.fillRect(min(x, left + width - 1), top - 2, 1, 4);
			g.textAlign = "center";
			g.fillText(text, clamp(x, left + half - 6, left + width - half), top + 5);
		}
	}

	function drawSelection() {
		const range = get("selection") || [];
		chosen.hidden = range.length !== 2;
		if (chosen.hidden) return;
		const [x0, x1] = range.map(xOf);
		Object.assign(chosen.style, { left: `${x0}px`, width: `${max(x1 - x0, 1)}px`, height: `${height - FOOT}px` });
	}

	/** The moving parts: cursor, clock, slider value, the row that is heard. */
	function paint() {
		const at = clamp(audio.currentTime, 0, duration);
		cursor.style.transform = `translateX(${xOf(at)}px)`;
		cursor.style.height = `${height - FOOT + 2}px`;
		const text = clock(at, digits);
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

	// segments and notes
	function refreshSpans() {
		spans = get("segments") || [];
		rows = rowsOf(spans);
		hues = new Map();
		for (const span of spans) if (!hues.has(span.label)) hues.set(span.label, HUES[hues.size % HUES.length]);
		tableRows = [];
		table.replaceChildren();
		if (spans.length && get("show_table")) table.append(spanTable());
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
			const hear = make("button", "hear", { type: "button", "aria-label": `Play ${span.label || "segment"} from ${clock(span.start, 2)}` }, [icon(PLAY)]);
			const row = make("tr", "", {}, [make("td", "", {}, [hear])]);
			for (const value of [span.start, span.end, span.end - span.start]) row.append(make("td", "number", {}, [`${value.toFixed(2)} s`]));
			const swatch = make("i", "swatch");
			swatch.style.background = hues.get(span.label) || "";
			row.append(make("td", "", {}, [swatch, span.label]));
			if (scored) row.append(make("td", "number", {}, [span.score === null ? "" : span.score.toFixed(2)]));
			listen(row, "click", () => {
				seek(span.start);
				publish(true);
				shared.stopAt = span.end > span.start ? span.end : null;
				if (audio.paused) play();
			});
			tableRows.push(row);
			body.append(row);
		});
		const count = `${spans.length} segment${spans.length === 1 ? "" : "s"}`;
		const more = spans.length > MOST_TABLE_ROWS ? `, the first ${MOST_TABLE_ROWS} listed` : "";
		const scroll = make("div", "scroll", { tabindex: "0", role: "region", "aria-label": "Segments" }, [make("table", "", {}, [make("thead", "", {}, [head]), body])]);
		return make("details", "", spans.length <= 8 ? { open: "" } : {}, [make("summary", "", {}, [count + more]), scroll]);
	}

	function refreshNotes() {
		const lines = [...(get("notes") || [])];
		if (axis.sampled < 1) lines.push(`the spectrogram samples ${(axis.sampled * 100).toPrecision(2)} % of the sound; the waveform shows all of it`);
		notes.replaceChildren(...lines.map((line) => make("li", "", {}, [line])));
		heading.textContent = get("title") || "Audio";
	}

	// pointer
	/** @param {PointerEvent} event */
	const timeAt = (event) => clamp((event.clientX - surface.getBoundingClientRect().left) / width, 0, 1) * duration;
	/** @param {PointerEvent} event */
	function spanAt(event) {
		const y = event.clientY - surface.getBoundingClientRect().top - laneTop;
		const at = timeAt(event), near = (2 / width) * duration;
		return spans.find((span, i) => rows[i] === floor(y / ROW) && span.start - near <= at && at < max(span.end, span.start + near));
	}
	/** @type {any} */ let drag = null;

	listen(surface, "pointerdown", (event) => {
		if (event.button !== 0) return;
		surface.setPointerCapture(event.pointerId);
		const from = timeAt(event);
		drag = { x: event.clientX, from, selects: event.shiftKey };
		seek(drag.selects ? from : (spanAt(event)?.start ?? from));
		publish(true);
	});
	listen(surface, "pointermove", (event) => {
		hover(event);
		if (!drag) return;
		drag.moved ||= abs(event.clientX - drag.x) > 3;
		if (!drag.moved) return;
		const at = timeAt(event);
		if (drag.selects) {
			model.set("selection", [min(at, drag.from), max(at, drag.from)].map((t) => round(t * 1e4) / 1e4));
			drawSelection();
		} else {
			seek(at);
			publish(false);
		}
	});
	const drop = () => {
		if (drag) model.save_changes();
		drag = null;
		publish(true);
	};
	listen(surface, "pointerup", drop);
	listen(surface, "pointercancel", drop);
	listen(surface, "pointerleave", () => (pointer.hidden = chip.hidden = true));

	/** @param {PointerEvent} event */
	function hover(event) {
		const box = surface.getBoundingClientRect();
		const x = clamp(event.clientX - box.left, 0, width), y = event.clientY - box.top;
		const parts = [clock((x / width) * duration, digits)];
		if (y < waveHeight) {
			const i = min(bins - 1, floor((x / width) * bins));
			const peak = max(abs(peaks[2 * i]), abs(peaks[2 * i + 1]));
			parts.push(`${peak ? decibels(peak).toFixed(1).replace("-", "−") : "−∞"} dBFS`);
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
		chip.style.transform = `translate(${clamp(left + x + (left + x + 10 > room ? -chip.offsetWidth - 10 : 10), 0, room)}px, ${clamp(y - 24, 2, height - 24)}px)`;
	}
	pointer.hidden = chip.hidden = true;

	// keys
	listen(root, "keydown", (event) => {
		const { target } = event;
		if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select")) return;
		const far = event.shiftKey ? 5 : 1;
		if (event.key === " ") {
			if (target.closest("button, summary")) return; // those are pressed by it
			toggle();
		} else if (event.key === "ArrowLeft") seek(audio.currentTime - far);
		else if (event.key === "ArrowRight") seek(audio.currentTime + far);
		else if (event.key === "Home") seek(0);
		else if (event.key === "End") seek(duration);
		else if (event.key === "Escape" && get("selection")?.length) {
			tell("selection", []);
			drawSelection();
		} else return;
		if (event.key !== " ") publish(true);
		event.preventDefault();
		event.stopPropagation();
	});

	// controls and model
	listen(playButton, "click", toggle);
	listen(speed, "change", () => (audio.playbackRate = Number(speed.value)));
	listen(volume, "input", () => (audio.volume = Number(volume.value)));
	listen(scaleButton, "click", () => {
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
	for (const name of ["play", "pause"]) listen(audio, name, refreshPlaying);
	for (const name of ["timeupdate", "seeked"]) listen(audio, name, run);
	listen(audio, "ratechange", () => (speed.value = String(audio.playbackRate)));
	listen(audio, "volumechange", () => (volume.value = String(audio.volume)));
	listen(audio, "error", () => (status.textContent = `This browser cannot play ${get("mime_type")}.`));

	/** @type {[string, () => void][]} */
	const followed = [
		["position_seconds", () => {
			const wanted = get("position_seconds");
			if (abs(wanted - shared.sent) < 1e-6) return; // our own
			shared.sent = wanted;
			seek(wanted);
		}],
		["playing", () => {
			if (get("playing") === audio.paused) toggle();
		}],
		["segments", refreshSpans],
		["show_table", refreshSpans],
		["selection", drawSelection],
		["title", refreshNotes],
		["notes", refreshNotes],
	];
	for (const [name, listener] of followed) model.on(`change:${name}`, listener);

	listen(document, "audiokit:play", (event) => event.detail !== audio && audio.pause());
	const sized = new ResizeObserver(() => stage.clientWidth !== drawn && draw());
	sized.observe(stage);
	const themed = new MutationObserver(draw);
	for (const node of [document.documentElement, document.body]) {
		themed.observe(node, { attributes: true });
	}
	listen(matchMedia("(prefers-color-scheme: dark)"), "change", draw);

	createImageBitmap(new Blob([bytesOf(get("mel_image"))], { type: "image/png" })).then(
		(image) => {
			if (life.signal.aborted) return image.close();
			melImage = image;
			draw();
		},
		() => (status.textContent = "The spectrogram cannot be shown."),
	);
	if (audio.paused) tell("playing", false); // nothing starts by itself when a page is opened
	refreshNotes();
	refreshSpans();

	return () => {
		if (shared.views.size < 2) tell("playing", false);
		life.abort();
		cancelAnimationFrame(frame);
		sized.disconnect();
		themed.disconnect();
		for (const [name, listener] of followed) model.off(`change:${name}`, listener);
		melImage?.close();
		shared.views.delete(root);
		root.remove();
		const [heir] = shared.views;
		if (heir) return heir.append(audio);
		audio.removeAttribute("src");
		audio.load();
		URL.revokeObjectURL(shared.url);
		SOUNDS.delete(key);
	};
}

export default { render };
