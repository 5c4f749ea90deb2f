/**
 * Sounds to be compared, on one clock: sighted with their waveforms, or blind with letters.
 *
 * @typedef {import("./kit/types.js").Model} Model
 * @typedef {{ label: string, facts: string, gain: string, level: number }} Told
 */

import { bytesOf } from "./kit/bell.js";
import { make } from "./kit/dom.js";
import { SHAPES, button, icon } from "./kit/icons.js";
import { abs, clamp, clock, max, min, round } from "./kit/units.js";
import { trialsOf } from "./compare/blind.js";
import { decoded, fileOf, gather } from "./compare/files.js";
import { drawAxis, drawOutline } from "./compare/lanes.js";
import { FADE_SECONDS, Voices } from "./compare/voices.js";

/** Decoded sounds, one for all views of a model. @type {WeakMap<object, Promise<AudioBuffer[]>>} */
const DECODED = new WeakMap();
const VALUES = 4096; // of an outline: lowest and highest in turn

/** @param {{ model: Model, el: HTMLElement }} host @returns {() => void} */
function render({ model, el }) {
	const life = new AbortController();
	const get = (name = "") => model.get(name);
	const rate = get("sample_rate"), duration = get("frames") / rate, digits = duration < 10 ? 3 : 2;
	const calm = matchMedia("(prefers-reduced-motion: reduce)"), group = `ak-${Math.random()}`;
	/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then */
	const listen = (node, name, then) => node.addEventListener(name, then, { signal: life.signal });
	gather(model, el);

	// what is on the page
	const playButton = button("play", "Play", [icon(SHAPES.play)]);
	const now = make("span", "now"), title = make("span", "title"), summary = make("span", "summary");
	const loopButton = button("tool loop", "Repeat", [icon(SHAPES.loop)]);
	const fading = make("select", "choice", { "aria-label": "Switching" }, [
		new Option("fade 5 ms", String(FADE_SECONDS)), new Option("at once", "0"),
	]);
	const volume = make("input", "volume", { type: "range", max: "1", step: "0.01", value: "1", "aria-label": "Volume" });
	const bar = make("div", "bar", {}, [
		playButton, make("span", "time", {}, [now, ` / ${clock(duration, digits)}`]), make("span", "names", {}, [title, summary]),
		make("span", "tools", {}, [loopButton, fading, icon(SHAPES.speaker), volume]),
	]);
	const rows = make("div", "voices", { role: "radiogroup", "aria-label": "Heard" });
	const rests = make("div", "rests"), outcome = make("div", "outcome", { role: "status" }), place = make("div", ""), axis = make("canvas", "axis");
	const slider = make("div", "lane slider", { role: "slider", tabindex: "0", "aria-label": "Position", "aria-valuemin": "0", "aria-valuemax": duration.toFixed(2) }, [axis]);
	const status = make("div", "status", { role: "status" }), notes = make("ul", "notes");
	const matched = make("div", "fact"), facts = make("ul", ""), more = make("details", "", {}, [make("summary", "", {}, ["More, and the keys"]), facts]);
	const root = make("div", "widget compare", { role: "group" }, [bar, outcome, place, rows, rests, make("div", "row", {}, [make("span", ""), slider]), status, notes, matched, more]);
	el.append(root);

	// the sound
	/** @type {AudioContext | null} */ let context = null;
	/** @type {GainNode | null} */ let loudness = null;
	/** @type {Voices | null} */ let voices = null;
	/** @type {ReturnType<typeof trialsOf> | null} */ let trials = null;
	/** @type {AudioBuffer[] | null} */ let ready = null;
	/** @type {HTMLInputElement[]} */ let radios = [];
	let heard = 0, switches = 0, listened = false, stands = 0, frame = 0, wanted = false, nap = 0;

	const blind = () => get("mode") !== "sighted" && !get("sounds").length;
	const playing = () => !!voices?.run;
	const position = () => voices?.position ?? stands;
	/** @param {string} text */
	const say = (text) => void (status.textContent = text);
	/** @returns {[number, number] | null} */
	const region = () => (get("loop_seconds").length ? get("loop_seconds") : null);
	const setVolume = () => loudness && (loudness.gain.value = Number(volume.value) ** 2);

	/** The sounds, decoded; or in a blind test those of its present trial. */
	async function fetchAll() {
		if (trials) return trials.prepare();
		if (ready) return;
		/** @type {Told[]} */ const told = get("sounds");
		let all = DECODED.get(model);
		if (!all) {
			all = Promise.all(told.map(async (_, i) => decoded(model, await fileOf(model, i))));
			DECODED.set(model, all);
			all.catch(() => DECODED.delete(model));
		}
		take(await all, told.map(({ level }) => level));
	}

	/** @param {AudioBuffer[]} buffers @param {number[]} levels */
	function take(buffers, levels) {
		ready = buffers;
		voices?.load(buffers, levels);
		hear(heard);
		switches = 0;
		listened = false;
	}

	function awake() {
		context = new AudioContext({ sampleRate: rate });
		loudness = context.createGain();
		loudness.connect(context.destination);
		voices = new Voices(context, loudness);
		voices.on("change", changed);
		voices.loop = region();
		voices.stands = stands;
		setVolume();
	}

	async function play() {
		wanted = true;
		if (!ready) say("Fetching the sound …");
		try {
			if (!context) awake(); // within the press of a key: later, a browser may refuse
			const resumed = context?.resume().then(() => true);
			await fetchAll();
			if (!(await Promise.race([resumed, new Promise((then) => setTimeout(then, 2000))]))) return say("The browser wants a click first.");
			say("");
			if (!wanted || !voices || !ready || life.signal.aborted) return;
			document.dispatchEvent(new CustomEvent("audiokit:play", { detail: voices }));
			listened = true;
			voices.start();
			trials?.refresh();
		} catch (error) {
			say(/** @type {Error} */ (error).message);
		}
	}

	function pause() {
		wanted = false;
		voices?.stop();
	}
	const toggle = () => (playing() ? pause() : play());

	/** @param {number} seconds */
	function seek(seconds) {
		stands = clamp(seconds, 0, duration);
		voices?.seek(stands);
		paint();
	}

	/** @param {number} index */
	function hear(index) {
		if (!radios[index]) return;
		if (index !== heard && listened) switches += 1;
		heard = index;
		radios[index].checked = true;
		voices?.mix(radios.map((_, i) => +(i === index)), Number(fading.value));
		[...rows.children].forEach((row, i) => row.classList.toggle("ak-on", i === index));
	}

	/** @param {[number, number] | null} loop */
	function repeat(loop) {
		const edges = loop ? loop.map((edge) => round(clamp(edge, 0, duration) * 1e6) / 1e6).sort((a, b) => a - b) : [];
		model.set("loop_seconds", edges[1] - edges[0] >= 2 / rate ? edges : []);
		model.save_changes();
	}

	function changed() {
		const label = playing() ? "Pause" : "Play";
		stands = position();
		if (playButton.title !== label) {
			playButton.title = label;
			playButton.setAttribute("aria-label", label);
			playButton.replaceChildren(icon(playing() ? SHAPES.pause : SHAPES.play));
		}
		clearTimeout(nap);
		nap = setTimeout(() => playing() || context?.suspend(), 500);
		tick();
	}

	function tick() {
		cancelAnimationFrame(frame);
		paint();
		if (playing()) frame = calm.matches ? 0 : requestAnimationFrame(tick);
	}
	const slow = setInterval(() => calm.matches && playing() && paint(), 250);

	// drawing
	const style = getComputedStyle(root);
	const colour = (name = "") => style.getPropertyValue(`--ak-${name}`).trim();
	/** @type {[HTMLCanvasElement, import("./compare/lanes.js").Shape][]} */ let lanes = [];
	/** @type {HTMLElement[]} */ const cursors = [];
	/** @type {HTMLElement[]} */ const regions = [];

	function draw() {
		for (const [canvas, shape] of lanes) drawOutline(canvas, shape, colour);
		drawAxis(axis, duration, colour, style.fontFamily);
		paint();
	}

	function paint() {
		const at = clamp(position(), 0, duration), text = clock(at, digits);
		for (const cursor of cursors) cursor.style.left = `${(at / duration) * 100}%`;
		if (now.textContent !== text) now.textContent = text;
		const spoken = at.toFixed(playing() ? 0 : 2); // a screen reader needs no hundredths on the run
		if (slider.getAttribute("aria-valuenow") === spoken) return;
		slider.setAttribute("aria-valuenow", spoken);
		slider.setAttribute("aria-valuetext", `${spoken} of ${duration.toFixed(2)} seconds`);
	}

	/** @param {[number, number] | null} loop */
	function mark(loop) {
		for (const node of regions) {
			node.hidden = !loop;
			if (loop) Object.assign(node.style, { left: `${(min(...loop) / duration) * 100}%`, width: `${(abs(loop[1] - loop[0]) / duration) * 100}%` });
		}
	}

	function showRegion() {
		mark(region());
		loopButton.setAttribute("aria-pressed", String(!!region()));
		voices?.repeat(region());
	}

	/** Let a lane show where it stands, and seek where it is clicked. @param {HTMLElement} lane */
	function lively(lane) {
		regions.push(make("div", "region"));
		cursors.push(make("div", "cursor"));
		lane.append(regions[regions.length - 1], cursors[cursors.length - 1]);
		/** @type {any} */ let drag = null;
		/** @param {PointerEvent} event */
		const timeAt = (event) => {
			const box = lane.getBoundingClientRect();
			return clamp((event.clientX - box.left) / box.width, 0, 1) * duration;
		};
		listen(lane, "pointerdown", (event) => {
			if (event.button) return;
			lane.setPointerCapture(event.pointerId);
			drag = { x: event.clientX, from: timeAt(event), selects: event.shiftKey };
			if (!drag.selects) seek(drag.from);
		});
		listen(lane, "pointermove", (event) => {
			if (!drag || abs(event.clientX - drag.x) < 4) return;
			if (!drag.selects) return seek(timeAt(event));
			drag.loop = [drag.from, timeAt(event)];
			mark(drag.loop);
		});
		for (const name of ["pointerup", "pointercancel"]) {
			listen(lane, name, () => {
				if (drag?.loop) repeat(drag.loop);
				drag = null;
			});
		}
	}

	/** A radio button, and what is known of its sound. @param {string} name @param {string} gain @param {string} facts */
	function voice(name, gain = "", facts = "") {
		const index = radios.length, radio = make("input", "", { type: "radio", name: group });
		listen(radio, "change", () => hear(index));
		radios.push(radio);
		const said = make("span", "said", {}, [make("span", "name", {}, [name]), make("span", "gain", {}, [gain]), make("span", "fact", {}, [facts.replace(/(?<!·) (?!·)/g, "\u00a0")])]);
		return make("label", "voice", {}, [radio, make("kbd", "", { "aria-hidden": "true" }, [name === "X" ? "X" : `${index + 1}`]), said]);
	}

	/** All that depends on whether names may be seen. */
	function build() {
		pause();
		radios = [];
		lanes = [];
		cursors.length = regions.length = 1; // the slider keeps its own
		ready = trials = null;
		heard = 0;
		for (const node of [rows, rests, place]) node.replaceChildren();
		root.classList.toggle("ak-blind", blind());
		if (blind()) buildBlind();
		else buildSighted();
		hear(0);
		showRegion();
		describe();
		draw();
	}

	function buildSighted() {
		/** @type {Told[]} */ const told = get("sounds");
		const values = new Float32Array(bytesOf(get("outlines")).slice().buffer);
		const full = values.subarray(0, told.length * VALUES).reduce((most, value) => max(most, abs(value)), 1);
		/** @param {HTMLElement} into @param {Node} head @param {number} index @param {number} magnified */
		const row = (into, head, index, magnified) => {
			const canvas = make("canvas", "outline", { "aria-hidden": "true" }), lane = make("div", "lane", {}, [canvas]);
			lanes.push([canvas, { peaks: values.subarray(index * VALUES, (index + 1) * VALUES), full, magnified, ink: into === rows ? "wave" : "rest" }]);
			lively(lane);
			into.append(make("div", "row", {}, [head, lane]));
		};
		told.forEach(({ label, facts, gain }, i) => row(rows, voice(label, `gain ${gain}`, facts), i, 1));
		get("differences").forEach((/** @type {{ label: string, magnified: number }} */ { label, magnified }, /** @type {number} */ i) => {
			row(rests, make("span", "fact", {}, [label.replace(/ dB/g, "\u00a0dB")]), told.length + i, magnified);
		});
	}

	function buildBlind() {
		trials = trialsOf(model, {
			take: (buffers) => {
				take(buffers, buffers.map(() => 1));
				seek(0);
			}, heard: () => listened, switches: () => switches, say,
		});
		place.append(trials.panel);
		for (const letter of get("choices") + (trials.abx ? "X" : "")) rows.append(make("div", "row", {}, [voice(letter)]));
	}

	/** A fact a line. @param {HTMLElement} node @param {string[]} lines */
	const list = (node, lines) => node.replaceChildren(...lines.map((line) => make("li", "", {}, [line])));

	function describe() {
		title.textContent = get("title") || "Comparison";
		root.setAttribute("aria-label", title.textContent);
		summary.textContent = get("summary");
		outcome.textContent = get("outcome");
		const [first = "", ...rest] = get("remarks");
		matched.textContent = first;
		list(facts, [...rest, "Space plays", `1 to 8${trials?.abx ? " and X" : ""} switch`, "arrows seek", "[ and ], or shift and drag, repeat a region", "Escape ends that"]);
		list(notes, get("notes"));
		trials?.describe();
	}

	// keys
	listen(root, "keydown", (event) => {
		const { target, key } = event, at = position(), loop = region(), far = event.shiftKey ? 5 : 1;
		if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select, input[type=range]")) return;
		if (key === " ") {
			if (target.closest("button, summary")) return; // those are pressed by it
			toggle();
		} else if (/^[1-8]$/.test(key)) hear(key - 1);
		else if (/^x$/i.test(key) && trials?.abx) hear(2);
		else if (key === "[") repeat([at, loop && loop[1] > at ? loop[1] : duration]);
		else if (key === "]") repeat([loop && loop[0] < at ? loop[0] : 0, at]);
		else if (key === "Escape" && loop) repeat(null);
		else if (target.closest("input")) return; // arrows go through the sounds there
		else {
			const to = /** @type {Record<string, number>} */ ({ ArrowLeft: at - far, ArrowRight: at + far, Home: 0, End: duration })[key];
			if (to === undefined) return;
			seek(to);
		}
		event.preventDefault();
		event.stopPropagation();
	});
	listen(playButton, "click", toggle);
	listen(loopButton, "click", () => repeat(region() ? null : [0, duration]));
	listen(volume, "input", setVolume);
	listen(document, "audiokit:play", (event) => event.detail !== voices && pause());

	/** @type {[string, () => void][]} */
	const followed = [["loop_seconds", showRegion], ["sounds", build], ...["title", "notes", "remarks", "outcome", "answered"].map((name) => /** @type {[string, () => void]} */ ([name, describe]))];
	for (const [name, listener] of followed) model.on(`change:${name}`, listener);
	const sized = new ResizeObserver(draw), themed = new MutationObserver(draw);
	sized.observe(rows);
	for (const node of [document.documentElement, document.body]) themed.observe(node, { attributes: true });
	listen(matchMedia("(prefers-color-scheme: dark)"), "change", draw);
	lively(slider);
	build();

	return () => {
		pause();
		life.abort();
		cancelAnimationFrame(frame);
		clearTimeout(nap);
		clearInterval(slow);
		sized.disconnect();
		themed.disconnect();
		for (const [name, listener] of followed) model.off(`change:${name}`, listener);
		root.remove();
		setTimeout(() => context?.close(), 50); // after the fade
	};
}

export default { render };
