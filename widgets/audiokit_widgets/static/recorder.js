/** The recorder's view: what is recorded now, how loud it is, and the take. */

import { SHAPES, button, bytesOf, icon, make } from "./kit/dom.js";
import { clamp, clock, counted, max } from "./kit/units.js";
import { inputs } from "./recorder/capture.js";
import { makePicture, paintLevels } from "./recorder/drawing.js";
import { Session } from "./recorder/session.js";

/** @typedef {import("./kit/types.js").Model} Model */

const RECORD = "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z", STOP = "M4 4h8v8H4z";
const LEAST_SECONDS = 10; // that the width stands for while a take runs
const CHOICES = [["echo_cancellation", "Echo cancellation"], ["noise_suppression", "Noise suppression"], ["auto_gain", "Automatic gain"]];
/** @type {Record<string, string>} */
const SAID = {
	idle: "Ready.", asking: "Waiting for permission to use the microphone.", recording: "Recording.", paused: "Paused.",
	handing: "Handing the rest to the kernel.", stopped: "Stopped; the take is in Python.",
};

/** By the recorder's name, since a model has as many faces as views. @type {Map<string, Session>} */
const SESSIONS = new Map();

/** @param {{ model: Model, signal?: AbortSignal }} host */
function initialize({ model, signal }) {
	const key = model.get("identity"), session = SESSIONS.get(key) ?? new Session(model);
	SESSIONS.set(key, session);
	signal?.addEventListener("abort", () => {
		session.dispose();
		SESSIONS.delete(key);
	});
}

/** @param {{ model: Model, el: HTMLElement }} host @returns {() => void} */
function render({ model, el }) {
	initialize({ model });
	const session = /** @type {Session} */ (SESSIONS.get(model.get("identity")));
	session.views++;
	const get = (name = "") => model.get(name);
	const life = new AbortController();
	/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then */
	const listen = (node, name, then) => node.addEventListener(name, then, { signal: life.signal });
	/** @param {string} name @param {any} value */
	const put = (name, value) => {
		model.set(name, value);
		model.save_changes();
	};
	/** @param {HTMLElement} node @param {string} label @param {string} shape */
	const call = (node, label, shape = "") => {
		if (node.ariaLabel === label) return;
		node.ariaLabel = node.title = label;
		if (shape) node.replaceChildren(icon(shape));
	};

	const recordButton = button("play record", "", []), pauseButton = button("tool pause", "", []), lamp = make("span", "lamp", { role: "img" }, ["CLIP"]);
	const now = make("span", "now"), total = make("span", ""), heading = make("span", "title"), summary = make("span", "summary");
	const levels = make("div", "levels"), { stage, lane, cursor, draw } = makePicture();
	const status = make("div", "status", { role: "status" }), notes = make("ul", "notes");
	const question = make("span", ""), yes = button("tool yes", "", []), no = button("tool", "Keep it", ["Keep it"]), ask = make("div", "ask", {}, [question, yes, no]);
	const audio = make("audio", "sound", { controls: "" }), rescue = make("a", "tool", { download: "take.wav" }, ["Save from this page (WAV)"]);
	const discard = button("tool", "Discard the take", ["Discard"]), taken = make("div", "taken", {}, [audio, rescue, discard]);
	const device = make("select", "choice", { "aria-label": "Input device" }), boxes = CHOICES.map(() => make("input", "", { type: "checkbox" }));
	const wishes = make("div", "wishes", {}, [device, ...CHOICES.map(([, label], i) => make("label", "", {}, [boxes[i], label]))]);
	const root = make("div", "widget recorder", { role: "group", tabindex: "0" }, [
		make("div", "bar", {}, [recordButton, pauseButton, make("span", "time", {}, [now, total]), make("span", "names", {}, [heading, summary]), lamp]),
		levels, stage, status, ask, taken, wishes, notes,
	]);
	const frozen = el.parentElement?.querySelector(".audiokit-static audio")?.getAttribute("src") ?? ""; // where there is no kernel
	el.append(root);

	/** @type {() => void} */ let then = () => {};
	/** @param {string} text @param {string} label @param {() => void} action */
	const sure = (text, label, action) => {
		then = action;
		question.textContent = text;
		yes.textContent = yes.ariaLabel = yes.title = label;
		ask.hidden = false;
		no.focus();
	};
	const settle = () => {
		ask.hidden = true;
		recordButton.focus();
	};
	const toggle = () => {
		if (recordButton.disabled) return;
		if (session.busy) session.stop();
		else if (session.seconds) sure(`Replace the take of ${clock(session.seconds, 1)}?`, "Record anew", () => session.record());
		else session.record();
	};

	const refresh = () => {
		const { state, running, busy, live, trouble, take: open } = session, take = get("take");
		const stops = running || state === "asking", whole = take.key && !busy, stuck = open && session.late, paused = state === "paused";
		call(recordButton, stops ? "Stop" : "Record", stops ? STOP : RECORD);
		call(pauseButton, paused ? "Resume" : "Pause", SHAPES[paused ? "play" : "pause"]);
		recordButton.disabled = !live || state === "handing";
		pauseButton.disabled = !running;
		root.ariaLabel = heading.textContent = get("title") || "Recorder";
		summary.textContent = whole ? take.summary : open ? `${counted(open.channels, "channel")} · ${open.rate} Hz` : "";
		total.textContent = running ? ` / ${clock(get("maximum_seconds"), 0)}` : "";
		const asleep = whole ? "No kernel answers: here is the last take. Run the cell to record." : "No kernel answers yet. To record, start it and run this cell.";
		const said = trouble || session.message || (live ? SAID[state] : asleep);
		if (status.textContent !== said) status.textContent = said; // told aloud once
		status.classList.toggle("ak-calm", !trouble);
		boxes.forEach((box, i) => (box.checked = get(CHOICES[i][0])));
		for (const node of [device, ...boxes]) node.disabled = busy;
		wishes.hidden = !live;
		levels.hidden = !running;
		rescue.hidden = !stuck;
		discard.hidden = !whole || !live;
		const url = session.url || frozen;
		audio.hidden = cursor.hidden = !whole || !url;
		if (audio.hidden) audio.removeAttribute("src");
		else if (audio.getAttribute("src") !== url) audio.src = url;
		taken.hidden = !whole && !stuck;
		notes.replaceChildren(...(whole ? take.notes : []).map((/** @type {string} */ line) => make("li", "", {}, [line])));
		paint();
	};

	const calm = matchMedia("(prefers-reduced-motion: reduce)");
	let wait = 0, width = 1; // the width of the picture, in seconds
	const paint = () => {
		const { take, seconds } = session, clipped = take ? take.meter.clipped : get("take").clipped;
		now.textContent = clock(seconds, 1);
		if (take) paintLevels(levels, take.meter);
		lamp.classList.toggle("ak-on", clipped > 0);
		call(lamp, clipped ? `Clipped: ${counted(clipped, "sample")} at full scale` : "Not clipped");
		stage.hidden = !seconds;
		width = take ? max(seconds, LEAST_SECONDS) : seconds;
		const flat = new Float32Array(bytesOf(get("peaks")).slice().buffer);
		if (take) draw(take.outline.low, take.outline.high, take.outline.columns, seconds, width);
		else draw(flat.filter((_, i) => i % 2 === 0), flat.filter((_, i) => i % 2), flat.length / 2, seconds, width);
		point();
	};
	const point = () => (cursor.style.left = `${(100 * audio.currentTime) / width}%`);
	const soon = () => (wait ||= setTimeout(() => {
		wait = 0;
		paint();
	}, calm.matches ? 250 : 50));

	const list = async () => {
		const found = await inputs(), chosen = get("device_id");
		const rows = [["", "Default input"]];
		for (const { deviceId, label } of found) if (deviceId !== "default") rows.push([deviceId, label]);
		if (!rows.some(([id]) => id === chosen)) rows.push([chosen, "The chosen input (not there)"]);
		device.replaceChildren(...rows.map(([value, label]) => make("option", "", { value }, [label])));
		device.value = chosen;
		device.title = found.length ? "" : "Inputs are listed once the microphone was allowed";
	};

	listen(recordButton, "click", toggle);
	listen(pauseButton, "click", () => session.pause());
	listen(yes, "click", () => {
		settle();
		then();
	});
	listen(no, "click", settle);
	listen(discard, "click", () => sure(`Discard the take of ${clock(session.seconds, 1)}?`, "Discard it", () => session.discard()));
	listen(rescue, "click", () => (rescue.href = URL.createObjectURL(session.file())));
	listen(lane, "click", ({ clientX }) => {
		const box = lane.getBoundingClientRect();
		audio.currentTime = clamp((clientX - box.left) / box.width, 0, 1) * width;
	});
	for (const name of ["timeupdate", "seeked"]) listen(audio, name, point);
	listen(audio, "play", () => document.dispatchEvent(new CustomEvent("audiokit:play", { detail: audio })));
	listen(document, "audiokit:play", ({ detail }) => detail !== audio && audio.pause());
	listen(device, "change", () => put("device_id", device.value));
	boxes.forEach((box, i) => listen(box, "change", () => put(CHOICES[i][0], box.checked)));
	listen(root, "keydown", (event) => {
		const { target } = event, key = event.key.toLowerCase();
		if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select, audio")) return;
		if (key === " " && target.closest("button, a, input")) return; // those are pressed by it
		if (key === " " || key === "r") toggle();
		else if (key === "p") session.pause();
		else if (key === "escape" && !ask.hidden) settle();
		else return;
		event.preventDefault();
		event.stopPropagation();
	});

	const ends = [session.on("state", refresh), session.on("level", soon), session.on("devices", list)];
	/** @type {[string, () => void][]} */
	const followed = [["device_id", list], ...["take", "peaks", "title", ...CHOICES.map(([name]) => name)].map((name) => /** @type {[string, () => void]} */ ([name, refresh]))];
	for (const [name, listener] of followed) model.on(`change:${name}`, listener);
	if (navigator.mediaDevices) listen(navigator.mediaDevices, "devicechange", list);
	ask.hidden = true;
	list();
	refresh();

	return () => {
		life.abort();
		clearTimeout(wait);
		for (const end of ends) end();
		for (const [name, listener] of followed) model.off(`change:${name}`, listener);
		root.remove();
		session.views--;
		setTimeout(() => session.views || session.stop("closed"), 1000); // nothing records where nobody sees it
	};
}

export default { initialize, render };
