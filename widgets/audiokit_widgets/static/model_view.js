/** `WhatTheModelSaw`: a model's input on the clock of its sound, one frame of it in numbers, and its difference from a reference. */

import { Levels, aligned, figure } from "./inspector/data.js";
import { MatrixLane } from "./inspector/matrix.js";
import { TitledLane } from "./inspector/titled.js";
import { make } from "./kit/dom.js";
import { soundView } from "./kit/sound_view.js";
import { clamp, max, min, round } from "./kit/units.js";

/** @typedef {import("./inspector/data.js").LaneFacts} LaneFacts */

const TALL = 150, PLOT = 168;

/** Seconds with as many digits as a hop of a millisecond needs. @param {number} from @param {number} to */
export const reach = (from, to) => `${from.toFixed(4)} … ${to.toFixed(4)} s`.replaceAll("-", "−");

export default soundView(({ model, sound, kit, signal }) => {
	const step = (/** @type {number} */ by) => {
		const at = clamp(frameAt(sound.transport.position) + by, 0, frames - 1);
		stage.seek(clamp(start + (at + 0.5) * hop, 0, sound.facts.duration), true);
	};
	const deck = new kit.Deck({
		model, sound, kit, signal, name: "seen", noun: "What the model saw", spectrogram: false,
		keys: () => [
			{ keys: [","], shown: ",", says: "one frame back", then: () => step(-1) },
			{ keys: ["."], shown: ".", says: "one frame on", then: () => step(1) },
		],
		mouse: ["The frame under the pointer, or else the one that plays, is shown in numbers."],
	});
	const { stage, viewport: view } = deck;
	const data = aligned(model.get("lane_bytes"));
	/** @type {LaneFacts[]} */ const facts = model.get("lane_facts");
	const pyramids = facts.map((one, lane) => new Levels(one, data, (level, block) => model.send({ ask: "block", version: model.get("lane_version"), lane, level, block })));
	const lanes = pyramids.map((levels, i) => new MatrixLane(levels, view, i === 1 && pyramids.length > 2 ? TALL * 0.6 : TALL));
	stage.lanes.push(...lanes.map((lane, i) => new TitledLane(lane, facts[i].name, facts[i].name)));
	const { start, levels: [{ rows: frames }], bands, low, high, unit, ticks } = facts[0], hop = /** @type {number} */ (facts[0].hop);
	const window = model.get("window_seconds"), hertz = /** @type {number[]} */ (model.get("band_hz"));
	const frameAt = (/** @type {number} */ seconds) => Math.floor((seconds - start) / hop + 1e-9);

	// which frame: the one under the pointer, and the one that plays
	let pointed = NaN, position = 0, shown = "";
	const marks = ["heard", "playing", "pointed"].map((name) => make("div", `mark ${name}`));
	stage.root.append(...marks);
	const hover = stage.hover.bind(stage);
	stage.hover = (x, y, at) => {
		pointed = at;
		hover(x, y, at);
		paint();
	};
	stage.surface.addEventListener("pointerleave", () => ((pointed = NaN), paint()), { signal });
	/** @param {HTMLElement} node @param {number} from @param {number} to @param {number} top @param {number} height */
	const place = (node, from, to, top, height) => {
		const right = view.left + view.width, x0 = clamp(view.xOf(from), view.left, right), x1 = clamp(view.xOf(to), view.left, right);
		node.hidden = !(to > view.start && from < view.end);
		Object.assign(node.style, { left: `${x0}px`, width: `${max(x1 - x0, 2)}px`, top: `${top}px`, height: `${height}px` });
	};
	const has = (/** @type {number} */ frame) => frame >= 0 && frame < frames;
	const paint = () => {
		const playing = frameAt(position), under = Number.isNaN(pointed) ? NaN : frameAt(pointed), frame = has(under) ? under : playing;
		const first = stage.tops[stage.lanes.length - lanes.length] ?? 0, tall = stage.height - 24 - first;
		for (const [node, at] of /** @type {[HTMLElement, number][]} */ ([[marks[1], playing], [marks[2], under]])) {
			if (has(at)) place(node, start + at * hop, start + (at + 1) * hop, first + 16, tall - 16);
			else node.hidden = true;
		}
		const middle = start + (frame + 0.5) * hop;
		if (window && has(frame)) place(marks[0], middle - window / 2, middle + window / 2, 0, first - 8);
		else marks[0].hidden = true;
		tell(has(frame) ? frame : -1);
	};

	// that frame as a curve and in numbers
	const plot = make("canvas", "plot", { role: "img" }), g = /** @type {CanvasRenderingContext2D} */ (plot.getContext("2d"));
	const heading = make("div", "title"), lines = make("div", "lines"), body = make("tbody", "");
	const more = lanes.length > 1 ? ["this", "reference", "difference"] : ["value"];
	const head = make("tr", "", {}, ["band", ...(hertz.length ? ["Hz"] : []), ...more].map((name) => make("th", "", { scope: "col" }, [name])));
	const numbers = make("details", "numbers", {}, [make("summary", "", {}, [`${bands} numbers`]), make("div", "scroll", { tabindex: "0", role: "region", "aria-label": "Values of the frame" }, [make("table", "", {}, [make("thead", "", {}, [head]), body])])]);
	deck.status.before(make("div", "frame", {}, [plot, make("div", "told", {}, [heading, lines, numbers])]));
	numbers.addEventListener("toggle", () => ((shown = ""), paint()), { signal });
	/** @param {number} frame */
	const tell = (frame) => {
		const values = lanes.map((lane) => (frame < 0 ? null : lane.frame(frame))), key = `${frame}/${values.map(Boolean).join()}`;
		if (key === shown) return;
		shown = key;
		const [these] = values, from = start + frame * hop, middle = from + hop / 2;
		heading.textContent = frame < 0 ? "no frame here" : `frame ${frame} of ${frames}`;
		const told = frame < 0 ? [] : [`stands for ${reach(from, from + hop)}, one hop of ${figure(hop * 1000, "ms", 5)}`];
		if (frame >= 0 && window) told.push(`hears ${reach(middle - window / 2, middle + window / 2)}, a window of ${figure(window * 1000, "ms", 5)}`);
		if (these) told.push(`values ${figure(min(...these), "", 4)} … ${figure(max(...these), unit, 4)}, mean ${figure(these.reduce((a, b) => a + b, 0) / bands, unit, 4)}`);
		else if (frame >= 0) told.push("this frame's numbers are not in the page; they come where the notebook runs");
		if (values[2]) told.push(`differs by at most ${figure(max(...values[2].map(Math.abs)), unit)}`);
		lines.replaceChildren(...told.map((line) => make("div", "", {}, [line])));
		plot.setAttribute("aria-label", `Values of ${heading.textContent} over its ${bands} bands`);
		curve(values);
		if (!numbers.open) return;
		body.replaceChildren(...Array.from({ length: these ? bands : 0 }, (_, i) => bands - 1 - i).map((band) => make("tr", "", {}, [
			String(band), ...(hertz.length ? [hertz[band].toFixed(1)] : []), ...values.map((one) => (one ? figure(one[band]) : "")),
		].map((text) => make("td", "number", {}, [text])))));
	};
	/** @param {(Float32Array | null)[]} values */
	const curve = (values) => {
		const ratio = devicePixelRatio || 1, wide = plot.clientWidth || 260, left = 48, right = wide - 10, bottom = PLOT - 18;
		Object.assign(plot, { width: round(wide * ratio), height: round(PLOT * ratio) });
		g.setTransform(ratio, 0, 0, ratio, 0, 0);
		g.font = `11px ${stage.style.fontFamily}`;
		const x = (/** @type {number} */ value) => left + clamp((value - low) / (high - low), -0.02, 1.02) * (right - left);
		g.fillStyle = stage.ink("lane");
		g.fillRect(left, 2, right - left, bottom - 2);
		g.textBaseline = "middle";
		g.textAlign = "right";
		for (const { fraction, text } of ticks) {
			g.fillStyle = stage.ink("soft");
			const y = bottom - fraction * (bottom - 2);
			g.fillRect(left - 4, y, 4, 1);
			g.fillText(text, left - 6, clamp(y, 8, bottom - 5));
		}
		g.textBaseline = "top";
		g.textAlign = "center";
		for (const mark of new Set([low, low < 0 && high > 0 ? 0 : (low + high) / 2, high])) {
			g.fillStyle = stage.ink("rule");
			g.fillRect(min(x(mark), right - 1), 2, 1, bottom - 2);
			g.fillStyle = stage.ink("soft");
			const text = figure(mark, "", 4), half = g.measureText(text).width / 2;
			g.fillText(text, clamp(x(mark), half, wide - half), bottom + 4);
		}
		// the reference below, dashed
		for (const [one, ink, dash] of /** @type {[Float32Array | null, string, number[]][]} */ ([[values[1] ?? null, "soft", [3, 3]], [values[0], "wave", []]])) {
			if (!one) continue;
			g.strokeStyle = stage.ink(ink);
			g.setLineDash(dash);
			g.lineWidth = 1.5;
			g.beginPath();
			one.forEach((value, band) => g.lineTo(x(value), bottom - ((band + 0.5) / bands) * (bottom - 2)));
			g.stroke();
		}
	};

	const draw = stage.draw.bind(stage);
	stage.draw = () => {
		draw();
		shown = ""; // the theme may be another
		paint();
	};
	deck.painters.push((seconds) => {
		position = seconds;
		paint();
	});
	/** @param {any} message @param {DataView[]} buffers */
	const answer = (message, buffers) => {
		if (message?.answer !== "block" || message.version !== model.get("lane_version")) return;
		pyramids[message.lane]?.arrived(message.level, message.block, buffers);
		stage.invalidate();
	};
	model.on("msg:custom", answer);
	signal.addEventListener("abort", () => model.off("msg:custom", answer));
	stage.invalidate();
	return deck.root;
});
