/** The recorder's view: what is recorded now, how loud it is, and the take. */

import { SHAPES, button, bytesOf, icon, make } from "./kit/dom.js";
import { abs, clamp, clock, counted, dbfs, decibels, decimalsFor, floor, max, min, niceStep, round } from "./kit/units.js";
import { inputs } from "./recorder/capture.js";
import { Session } from "./recorder/session.js";

/** @typedef {import("./kit/types.js").Model} Model */

const RECORD = "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z", STOP = "M4 4h8v8H4z";
const FLOOR_DB = -60, WAVE = 96, FOOT = 18, LEFT = 52;
const CHOICES = [["echo_cancellation", "Echo cancellation"], ["noise_suppression", "Noise suppression"], ["auto_gain", "Automatic gain"]];

/** By the recorder's name, since a model has as many faces as views. @type {Map<string, Session>} */
const SESSIONS = new Map();

/** @param {Model} model */
function sessionOf(model) {
	const key = model.get("identity");
	const session = SESSIONS.get(key) ?? new Session(model);
	SESSIONS.set(key, session);
	return session;
}

/** @param {{ model: Model, signal?: AbortSignal }} host */
function initialize({ model, signal }) {
	const session = sessionOf(model);
	signal?.addEventListener("abort", () => {
		session.dispose();
		SESSIONS.delete(model.get("identity"));
	});
}

/** A level's place on the meter, 0 to 1. @param {number} amplitude */
const placed = (amplitude) => clamp(1 - decibels(amplitude) / FLOOR_DB, 0, 1);

/** @param {{ model: Model, el: HTMLElement }} host @returns {() => void} */
function render({ model, el }) {
	const life = new AbortController();
	const session = sessionOf(model);
	session.views++;
	const get = (name = "") => model.get(name);
	const calm = matchMedia("(prefers-reduced-motion: reduce)");
	/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then */
	const listen = (node, name, then) => node.addEventListener(name, then, { signal: life.signal });

	const recordButton = button("play record", "Record", [icon(RECORD)]);
	const pauseButton = button("tool pause", "Pause", [icon(SHAPES.pause)]);
	const now = make("span", "now"), total = make("span", "total");
	const heading = make("span", "title"), summary = make("span", "summary");
	const scaleButton = button("tool scale", "Waveform in decibels", ["dB"], { "aria-pressed": "false" });
	const clip = button("tool lamp", "Clip lamp: off", ["CLIP"]);
	const bar = make("div", "bar", {}, [
		recordButton, pauseButton, make("span", "time", {}, [now, total]),
		make("span", "names", {}, [heading, summary]), make("span", "tools", {}, [clip, scaleButton]),
	]);
	const levels = make("div", "levels");
	const canvas = make("canvas", "canvas", { role: "img" }), cursor = make("div", "cursor");
	const stage = make("div", "stage", {}, [canvas, cursor]);
	const status = make("div", "status", { role: "status" });
	const question = make("span", "question"), yes = button("tool yes", "Yes", []), no = button("tool no", "Keep it", ["Keep it"]);
	const ask = make("div", "ask", { role: "group" }, [question, yes, no]);
	const audio = make("audio", "sound", { controls: "", preload: "auto" });
	const fetchButton = button("tool fetch", "Load the sound of the take", ["Load the sound"]);
	const rescue = make("a", "tool rescue", { download: "take.wav" }, ["Save from this page (WAV)"]);
	const discardButton = button("tool discard", "Discard the take", ["Discard"]);
	const takeRow = make("div", "take", {}, [audio, fetchButton, rescue, discardButton]);
	const device = make("select", "choice device", { "aria-label": "Input device" });
	const toggles = CHOICES.map(([name, label]) => {
		const box = make("input", "", { type: "checkbox" });
		listen(box, "change", () => {
			model.set(name, box.checked);
			model.save_changes();
		});
		return { name, box, node: make("label", "toggle", {}, [box, label]) };
	});
	const choices = make("div", "choices", { role: "group", "aria-label": "Input" }, [device, ...toggles.map(({ node }) => node)]);
	const notes = make("ul", "notes");
	const root = make("div", "widget recorder", { role: "group", tabindex: "0" }, [bar, levels, stage, status, ask, takeRow, choices, notes]);
	const frozen = el.parentElement?.querySelector(".audiokit-static audio[src]")?.getAttribute("src"); // a page without a kernel
	el.append(root);

	// questions
	/** @type {() => void} */ let then = () => {};
	/** @param {string} text @param {string} label @param {() => void} action */
	function sure(text, label, action) {
		question.textContent = text;
		yes.textContent = label;
		yes.setAttribute("aria-label", label);
		yes.title = label;
		then = action;
		ask.hidden = false;
		no.focus();
	}
	function settle() {
		ask.hidden = true;
		recordButton.focus();
	}
	listen(yes, "click", () => {
		settle();
		then();
	});
	listen(no, "click", settle);

	const length = () => clock(session.seconds, 1);
	function toggle() {
		if (session.busy || session.state === "asking") session.stop();
		else if (session.state === "failed" && session.take) sure(`The take of ${length()} is only in this page. Lose it?`, "Record anew", () => session.record());
		else if (get("take").key) sure(`Replace the take of ${length()}?`, "Record anew", () => session.record());
		else session.record();
	}

	// what people are told
	let told = "";
	function refresh() {
		const { state } = session;
		const take = get("take"), running = state === "recording" || state === "paused";
		const whole = !session.busy && Boolean(take.key);
		const stops = running || state === "asking";
		const label = stops ? "Stop" : "Record";
		if (recordButton.getAttribute("aria-label") !== label) recordButton.replaceChildren(icon(stops ? STOP : RECORD));
		recordButton.setAttribute("aria-label", label);
		recordButton.title = `${label} (R or space)`;
		recordButton.disabled = !session.live || state === "handing";
		pauseButton.disabled = !running;
		const paused = state === "paused";
		pauseButton.setAttribute("aria-label", paused ? "Resume" : "Pause");
		pauseButton.title = paused ? "Resume (P)" : "Pause (P)";
		pauseButton.replaceChildren(icon(paused ? SHAPES.play : SHAPES.pause));
		root.dataset.state = state;
		heading.textContent = get("title") || "Recorder";
		root.setAttribute("aria-label", `Recorder: ${get("title") || "microphone"}`);
		summary.textContent = running && session.take ? `${counted(session.take.channels, "channel")} · ${session.take.rate} Hz · ${state}` : whole ? take.summary : "";
		total.textContent = running ? ` / ${clock(get("maximum_seconds"), 0)}` : "";
		const told_now = session.said || spoken(state, whole);
		if (told_now !== told) status.textContent = told = told_now;
		status.classList.toggle("ak-bad", Boolean(session.said) && !(state === "stopped" && session.live));
		for (const { name, box } of toggles) {
			box.checked = get(name);
			box.disabled = session.busy || state === "asking" || !session.live;
		}
		device.disabled = session.busy || state === "asking" || !session.live;
		choices.hidden = !session.live;
		levels.hidden = !running;
		const stuck = Boolean(session.take) && (state === "failed" || session.late > 0);
		rescue.hidden = !stuck;
		if (!stuck && rescue.href) {
			URL.revokeObjectURL(rescue.href);
			rescue.removeAttribute("href");
		}
		discardButton.hidden = !whole || !session.live;
		fetchButton.hidden = !whole || Boolean(session.sound) || !session.live;
		audio.hidden = !whole || !(session.sound || frozen);
		takeRow.hidden = !whole && !stuck;
		notes.replaceChildren(...(whole ? take.notes ?? [] : []).map((/** @type {string} */ line) => make("li", "", {}, [line])));
		draw();
	}
	/** @param {string} state @param {boolean} whole */
	function spoken(state, whole) {
		if (state === "asking") return "Waiting for the browser's permission to use the microphone.";
		if (state === "recording") return "Recording.";
		if (state === "paused") return "Paused.";
		if (state === "handing") return "Handing the rest to the kernel.";
		if (!session.live) return whole ? "No kernel answers: the last take is shown, recording is not possible. Run the cell to record." : "No kernel answers yet. If the notebook is not running, start it and run this cell to record.";
		return whole ? `Stopped. The take of ${length()} is in Python.` : "Ready.";
	}
	function hearing() {
		const url = session.sound?.url ?? (get("take").key ? frozen : null);
		if (url && audio.getAttribute("src") !== url) audio.src = url;
		if (!url) audio.removeAttribute("src");
		refresh();
	}

	// levels
	/** @type {{ box: HTMLElement, rms: HTMLElement, peak: HTMLElement, text: HTMLElement }[]} */ let rows = [];
	function paintLevels() {
		const meter = session.take?.meter;
		const text = clock(session.seconds, 1);
		if (now.textContent !== text) now.textContent = text;
		const clipped = session.take ? meter?.clipped ?? 0 : -1;
		if (clipped >= 0) lamp(clipped);
		if (!meter) return;
		if (rows.length !== meter.bars.length) {
			rows = meter.bars.map((_, c) => {
				const rms = make("div", "rms"), peak = make("div", "peak"), words = make("span", "reading");
				const name = meter.bars.length > 1 ? `Level of channel ${c + 1}` : "Level";
				const box = make("div", "meter", { role: "meter", "aria-label": `${name}, RMS`, "aria-valuemin": String(FLOOR_DB), "aria-valuemax": "0" }, [rms, peak]);
				return { box, rms, peak, text: words };
			});
			const marks = [-60, -48, -36, -24, -12, -6, 0].map((db) => {
				const mark = make("span", "mark", {}, [db === 0 ? "0 dBFS" : String(db).replace("-", "−")]);
				mark.style.left = `${100 * (1 - db / FLOOR_DB)}%`;
				return mark;
			});
			levels.replaceChildren(...rows.map(({ box, text: words }) => make("div", "row", {}, [box, words])), make("div", "marks", { "aria-hidden": "true" }, marks));
		}
		meter.bars.forEach((level, c) => {
			const row = rows[c], rms = Math.sqrt(level.square);
			row.rms.style.transform = `scaleX(${placed(rms)})`;
			row.peak.style.left = `${100 * placed(level.held)}%`;
			row.peak.classList.toggle("ak-hot", level.held >= 0.7079);
			row.text.textContent = `${dbfs(rms).replace(" dBFS", "")} RMS, ${dbfs(level.held)} peak`;
			row.box.setAttribute("aria-valuenow", String(round(clamp(decibels(rms), FLOOR_DB, 0))));
			row.box.setAttribute("aria-valuetext", `${dbfs(rms)}, peak ${dbfs(level.held)}`);
		});
	}
	let forgiven = 0;
	/** @param {number} clipped samples */
	function lamp(clipped) {
		if (clipped < forgiven) forgiven = 0;
		const on = clipped > forgiven;
		clip.classList.toggle("ak-on", on);
		const label = on ? `Clip lamp: ${counted(clipped - forgiven, "sample")} at full scale; press to reset` : "Clip lamp: off";
		if (clip.getAttribute("aria-label") === label) return;
		clip.setAttribute("aria-label", label);
		clip.title = label;
	}
	listen(clip, "click", () => {
		forgiven = session.take?.meter.clipped ?? 0;
		lamp(forgiven);
	});

	// the take's outline
	const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
	const style = getComputedStyle(root);
	const ink = (name = "") => style.getPropertyValue(`--ak-${name}`).trim();
	let inDecibels = false, drawn = 0, span = 1, width = 1;

	/** What is drawn: a take that runs, or the one that the kernel has. */
	function outline() {
		const running = session.take?.outline;
		if (running) {
			const { low, high, clips, columns, span: frames } = running;
			const rate = /** @type {import("./recorder/session.js").Take} */ (session.take).rate;
			return { low, high, columns, step: frames / rate, seconds: max(session.seconds, session.busy ? 10 : 0.001), isClipped: (/** @type {number} */ i) => clips[i] > 0 };
		}
		const flat = new Float32Array(bytesOf(get("peaks")).slice().buffer), columns = flat.length / 2;
		const marked = new Set(get("take").clipped ?? []);
		return {
			low: flat.filter((_, i) => i % 2 === 0), high: flat.filter((_, i) => i % 2 === 1), columns,
			step: session.seconds / max(columns, 1), seconds: session.seconds, isClipped: (/** @type {number} */ i) => marked.has(i),
		};
	}
	function draw() {
		paintLevels();
		const box = (drawn = stage.clientWidth);
		const { low, high, columns, step, seconds, isClipped } = outline();
		stage.hidden = !columns;
		if (!box || !columns) return;
		const ratio = devicePixelRatio || 1;
		width = max(box - LEFT - 1, 9);
		span = seconds;
		canvas.width = round(box * ratio);
		canvas.height = round((WAVE + FOOT) * ratio);
		g.scale(ratio, ratio);
		g.font = `11px ${style.fontFamily}`;
		const half = WAVE / 2;
		let loudest = 1;
		for (let i = 0; i < columns; i++) loudest = max(loudest, high[i], -low[i]);
		/** @param {number} value */
		const at = (value) => half - half * (inDecibels ? Math.sign(value) * max(0, decibels(abs(value)) - FLOOR_DB) / (decibels(loudest) - FLOOR_DB) : value / loudest);
		g.fillStyle = ink("lane");
		g.fillRect(LEFT, 0, width, WAVE);
		g.textAlign = "right";
		g.textBaseline = "middle";
		for (const db of inDecibels ? [0, -20, -40] : [0, -6, -12]) {
			const y = at(10 ** (db / 20));
			g.fillStyle = ink(db === 0 && loudest > 1 ? "clip" : "rule");
			g.fillRect(LEFT, y, width, 1);
			g.fillRect(LEFT, WAVE - y - 1, width, 1);
			g.fillStyle = ink("soft");
			g.fillText(db === 0 ? "0 dBFS" : `−${-db}`, LEFT - 6, max(y, 6));
		}
		g.fillText(inDecibels ? "−60" : "−∞", LEFT - 6, half);
		const pixels = round(width * ratio);
		/** @param {number} column */
		const x = (column) => LEFT + (column * step / seconds) * width;
		g.fillStyle = ink("wave");
		let reached = -1, a = Infinity, b = -Infinity;
		for (let i = 0; i < columns; i++) { // one stroke for each pixel
			a = min(a, low[i]);
			b = max(b, high[i]);
			const pixel = floor(((i + 1) * step / seconds) * pixels);
			if (pixel === reached && i < columns - 1) continue;
			const left = LEFT + (reached < 0 ? 0 : reached) / ratio;
			g.fillRect(left, at(b), max(LEFT + pixel / ratio - left, 1 / ratio), max(at(a) - at(b), 1));
			reached = pixel;
			a = Infinity;
			b = -Infinity;
		}
		g.fillStyle = ink("clip");
		for (let i = 0; i < columns; i++) {
			if (!isClipped(i)) continue;
			g.fillRect(x(i + 0.5) - 1, 0, 2, 5);
			g.fillRect(x(i + 0.5) - 1, WAVE - 5, 2, 5);
		}
		g.fillStyle = ink("soft");
		g.textBaseline = "top";
		g.textAlign = "center";
		const tick = niceStep(seconds, max(2, floor(width / 76))), decimals = decimalsFor(tick);
		for (let i = 0; i * tick <= seconds * (1 + 1e-9); i++) {
			const text = seconds >= 60 ? clock(i * tick, decimals) : `${(i * tick).toFixed(decimals)} s`;
			const place = LEFT + (i * tick / seconds) * width, room = g.measureText(text).width / 2;
			g.fillRect(min(place, LEFT + width - 1), WAVE, 1, 3);
			g.fillText(text, clamp(place, LEFT + room - 6, LEFT + width - room), WAVE + 5);
		}
		canvas.setAttribute("aria-label", `Waveform of the take, ${clock(session.seconds, 1)}`);
		pointed();
	}
	function pointed() {
		cursor.hidden = audio.hidden;
		cursor.style.transform = `translateX(${LEFT + clamp(audio.currentTime / max(span, 1e-6), 0, 1) * width}px)`;
	}
	let frame = 0, last = 0;
	function soon() {
		if (frame) return;
		const wait = calm.matches ? 250 : 40;
		frame = setTimeout(() => {
			frame = 0;
			last = performance.now();
			draw();
		}, max(0, last + wait - performance.now()));
	}

	// controls
	listen(recordButton, "click", toggle);
	listen(pauseButton, "click", () => session.pause());
	listen(discardButton, "click", () => sure(`Discard the take of ${length()}?`, "Discard it", () => session.discard()));
	listen(fetchButton, "click", () => session.mention({ kind: "sound" }));
	listen(rescue, "click", () => {
		rescue.href = URL.createObjectURL(session.file());
	});
	listen(scaleButton, "click", () => {
		inDecibels = !inDecibels;
		scaleButton.setAttribute("aria-pressed", String(inDecibels));
		draw();
	});
	listen(stage, "click", (event) => {
		if (audio.hidden) return;
		const x = event.clientX - stage.getBoundingClientRect().left - LEFT;
		audio.currentTime = clamp(x / width, 0, 1) * span;
	});
	for (const name of ["timeupdate", "seeked", "ended"]) listen(audio, name, pointed);
	listen(audio, "play", () => document.dispatchEvent(new CustomEvent("audiokit:play", { detail: audio })));
	listen(document, "audiokit:play", (event) => event.detail !== audio && audio.pause());
	listen(root, "keydown", (event) => {
		const { target, key } = event;
		if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select, audio")) return;
		if (key === " ") {
			if (target.closest("button, a, input")) return; // those are pressed by it
			if (!recordButton.disabled) toggle();
		} else if (key === "r" || key === "R") {
			if (!recordButton.disabled && ask.hidden) toggle();
		} else if (key === "p" || key === "P") session.pause();
		else if (key === "Escape" && !ask.hidden) settle();
		else return;
		event.preventDefault();
		event.stopPropagation();
	});

	async function list() {
		const found = await inputs(), chosen = get("device_id");
		const options = found.map(({ deviceId, label }) => make("option", "", { value: deviceId === "default" ? "" : deviceId }, [label]));
		if (!found.some(({ deviceId }) => deviceId === "default")) options.unshift(make("option", "", { value: "" }, ["Default input"]));
		if (chosen && !found.some(({ deviceId }) => deviceId === chosen)) options.push(make("option", "", { value: chosen }, ["The chosen input (not there)"]));
		device.replaceChildren(...options);
		device.value = chosen;
		device.title = found.length ? "Input device" : "Inputs are listed once the microphone was allowed";
	}
	listen(device, "change", () => {
		model.set("device_id", device.value);
		model.save_changes();
	});
	if (navigator.mediaDevices) listen(navigator.mediaDevices, "devicechange", list);

	const ends = [session.on("state", refresh), session.on("level", soon), session.on("sound", hearing), session.on("devices", list)];
	/** @type {[string, () => void][]} */
	const followed = [...CHOICES.map(([name]) => /** @type {[string, () => void]} */ ([name, refresh])), ["device_id", list], ["peaks", refresh]];
	for (const [name, listener] of followed) model.on(`change:${name}`, listener);
	const sized = new ResizeObserver(() => stage.clientWidth !== drawn && draw());
	sized.observe(stage);
	const themed = new MutationObserver(draw);
	for (const node of [document.documentElement, document.body]) themed.observe(node, { attributes: true });
	listen(matchMedia("(prefers-color-scheme: dark)"), "change", draw);
	ask.hidden = true;
	list();
	hearing();

	return () => {
		life.abort();
		clearTimeout(frame);
		sized.disconnect();
		themed.disconnect();
		for (const end of ends) end();
		for (const [name, listener] of followed) model.off(`change:${name}`, listener);
		audio.pause();
		root.remove();
		session.views--;
		setTimeout(() => session.views || session.stop("closed"), 1000); // nothing records where nobody sees it
	};
}

export default { initialize, render };
