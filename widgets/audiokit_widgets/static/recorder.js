/** The recorder's view: what is recorded now, how loud it is, and the take. */

import { make } from "./kit/dom.js";
import { SHAPES, button, icon } from "./kit/icons.js";
import { clock, counted, max } from "./kit/units.js";
import { makePicture, paintLevels } from "./recorder/drawing.js";

/** @typedef {import("./kit/types.js").Model} Model */
/** @typedef {{ getWidget(ref: string): Promise<{ exports: any, render(parts: { el: HTMLElement, signal: AbortSignal }): Promise<void> }> }} Host */

const RECORD = "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z", STOP = "M4 4h8v8H4z";
const LEAST_SECONDS = 10; // that the width stands for while a take runs
const CHOICES = [["echo_cancellation", "Echo cancellation"], ["noise_suppression", "Noise suppression"], ["auto_gain", "Automatic gain"]];
/** @type {Record<string, string>} */
const SAID = {
	idle: "Ready.", asking: "Waiting for permission to use the microphone.", recording: "Recording.", paused: "Paused.",
	handing: "Handing the rest to the kernel.", stopped: "Stopped; the take is in Python.",
};

/** How long a model lives, by the recorder's name. @type {Map<string, AbortSignal | undefined>} */
const LIVES = new Map();

/** @param {{ model: Model, signal?: AbortSignal }} host */
function initialize({ model, signal }) {
	LIVES.set(model.get("identity"), signal);
}

/** @param {{ model: Model, el: HTMLElement, host: Host }} parts @returns {Promise<() => void>} */
async function render({ model, el, host }) {
	if (!host?.getWidget) throw new Error("This front-end does not let widgets share code; anywidget 0.11 or newer does.");
	/** @type {import("./recorder_kit.js").RecorderKit} */
	const { sessionOf, inputs } = (await host.getWidget(model.get("kit"))).exports;
	const session = sessionOf(model, LIVES.get(model.get("identity")));
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
	const levels = make("div", "levels"), { stage, draw } = makePicture(), place = make("div", "place");
	const status = make("div", "status", { role: "status" });
	const question = make("span", ""), yes = button("tool yes", "", []), no = button("tool", "Keep it", ["Keep it"]), ask = make("div", "ask", {}, [question, yes, no]);
	const rescue = button("tool", "Save the take from this page", ["Save from this page (WAV)"]);
	const discard = button("tool", "Discard the take", ["Discard"]), taken = make("div", "taken", {}, [rescue, discard]);
	const device = make("select", "choice", { "aria-label": "Input device" }), boxes = CHOICES.map(() => make("input", "", { type: "checkbox" }));
	const wishes = make("div", "wishes", {}, [device, ...CHOICES.map(([, label], i) => make("label", "", {}, [boxes[i], label]))]);
	const root = make("div", "widget recorder", { role: "group", tabindex: "0" }, [
		make("div", "bar", {}, [recordButton, pauseButton, make("span", "time", {}, [now, total]), make("span", "names", {}, [heading, summary]), lamp]),
		levels, stage, status, ask, place, taken, wishes,
	]);
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

	// the take is shown by a player of its own
	/** @type {string | null} */ let shown = null;
	let end = new AbortController();
	/** @param {string | null} ref */
	const hear = async (ref) => {
		if (ref === shown) return;
		shown = ref;
		end.abort();
		end = new AbortController();
		const { signal } = end;
		place.replaceChildren();
		if (!ref) return;
		const player = await host.getWidget(ref);
		if (!signal.aborted) await player.render({ el: place, signal });
	};

	const refresh = () => {
		const { state, running, busy, live, trouble, take: open } = session, take = get("take");
		const stops = running || state === "asking", whole = Boolean(take.key) && !busy, stuck = open && session.late, paused = state === "paused";
		call(recordButton, stops ? "Stop" : "Record", stops ? STOP : RECORD);
		call(pauseButton, paused ? "Resume recording" : "Pause recording", SHAPES[paused ? "play" : "pause"]);
		recordButton.disabled = !live || state === "handing";
		pauseButton.disabled = !running;
		root.ariaLabel = heading.textContent = get("title") || "Recorder";
		summary.textContent = open ? `${counted(open.channels, "channel")} · ${open.rate} Hz` : "";
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
		taken.hidden = !whole && !stuck;
		hear(whole ? get("player") : null).catch(() => (place.textContent = "The take cannot be shown here; it is in Python. Run the cell again to see it."));
		paint();
	};

	const calm = matchMedia("(prefers-reduced-motion: reduce)");
	let wait = 0;
	const paint = () => {
		const { take, seconds } = session, clipped = take?.meter.clipped ?? 0;
		now.textContent = clock(seconds, 1);
		lamp.classList.toggle("ak-on", clipped > 0);
		call(lamp, clipped ? `Clipped: ${counted(clipped, "sample")} at full scale` : "Not clipped");
		lamp.hidden = stage.hidden = !take;
		if (!take) return;
		paintLevels(levels, take.meter);
		draw(take.outline, take.rate, max(seconds, LEAST_SECONDS));
	};
	const soon = () => (wait ||= setTimeout(() => {
		wait = 0;
		paint();
	}, calm.matches ? 250 : 50));

	/** @param {MediaDeviceInfo[]} found */
	const offer = (found) => {
		const chosen = get("device_id");
		const rows = [["", "Default input"]];
		for (const { deviceId, label } of found) if (deviceId !== "default") rows.push([deviceId, label]);
		if (!rows.some(([id]) => id === chosen)) rows.push([chosen, found.length ? "The chosen input (not there)" : "The chosen input"]);
		device.replaceChildren(...rows.map(([value, label]) => make("option", "", { value }, [label])));
		device.value = chosen;
		device.title = found.length ? "" : "Inputs are listed once the microphone was allowed";
	};
	const list = async () => offer(await inputs());

	listen(recordButton, "click", toggle);
	listen(pauseButton, "click", () => session.pause());
	listen(yes, "click", () => {
		settle();
		then();
	});
	listen(no, "click", settle);
	listen(discard, "click", () => sure(`Discard the take of ${clock(session.seconds, 1)}?`, "Discard it", () => session.discard()));
	listen(rescue, "click", () => {
		const href = URL.createObjectURL(session.file());
		make("a", "", { href, download: "take.wav" }).click();
		setTimeout(() => URL.revokeObjectURL(href), 60_000);
	});
	listen(device, "change", () => put("device_id", device.value));
	boxes.forEach((box, i) => listen(box, "change", () => put(CHOICES[i][0], box.checked)));
	listen(root, "keydown", (event) => {
		const { target } = event, key = event.key.toLowerCase();
		if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select")) return;
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
	const followed = [["device_id", list], ...["take", "player", "title", ...CHOICES.map(([name]) => name)].map((name) => /** @type {[string, () => void]} */ ([name, refresh]))];
	for (const [name, listener] of followed) model.on(`change:${name}`, listener);
	if (navigator.mediaDevices) listen(navigator.mediaDevices, "devicechange", list);
	ask.hidden = true;
	offer([]);
	list();
	refresh();

	return () => {
		life.abort();
		end.abort();
		clearTimeout(wait);
		for (const end of ends) end();
		for (const [name, listener] of followed) model.off(`change:${name}`, listener);
		root.remove();
		session.views--;
		setTimeout(() => session.views || session.stop("closed"), 1000); // nothing records where nobody sees it
	};
}

export default { initialize, render };
