/** Labelled spans of time, in as many rows as overlap asks for. */

import { clamp, floor, max, min } from "../units.js";

/** @typedef {import("../types.js").Box} Box @typedef {import("../types.js").Span} Span */

export const HUES = ["#2f6fde", "#d9730d", "#0f9d6b", "#8b46d6", "#d6336c", "#0c93a8"];
const ROW = 20, MOST_ROWS = 3;

/** Rows for spans that overlap; the last row takes what finds no room. @param {Span[]} spans @param {number} most */
export function rowsOf(spans, most = MOST_ROWS) {
	const ends = Array(most).fill(-1), rows = new Uint8Array(spans.length);
	for (const i of spans.map((_, i) => i).sort((a, b) => spans[a].start - spans[b].start)) {
		let row = ends.findIndex((end) => end <= spans[i].start);
		if (row < 0) row = most - 1;
		rows[i] = row;
		ends[row] = max(ends[row], spans[i].end);
	}
	return rows;
}

export class SpansLane {
	/** @param {import("../viewport.js").Viewport} viewport @param {string} name */
	constructor(viewport, name = "") {
		this.viewport = viewport;
		this.name = name;
		/** @type {Span[]} */
		this.spans = [];
		this.rows = new Uint8Array(0);
		/** @type {Map<string, string>} */
		this.hues = new Map();
		this.order = new Uint32Array(0);
		/** In order, and close together in memory: all are looked at in a draw of the whole. */
		this.starts = this.ends = new Float64Array(0);
		this.longest = 0;
		this.chosen = -1;
		this.used = 0;
	}
	/** @param {Span[]} spans */
	set(spans) {
		this.spans = spans;
		this.rows = rowsOf(spans);
		this.used = 0;
		this.longest = 0;
		for (let i = 0; i < spans.length; i++) {
			this.used = max(this.used, this.rows[i] + 1);
			this.longest = max(this.longest, spans[i].end - spans[i].start);
			if (!this.hues.has(spans[i].label)) this.hues.set(spans[i].label, HUES[this.hues.size % HUES.length]);
		}
		this.order = Uint32Array.from(spans.keys()).sort((a, b) => spans[a].start - spans[b].start);
		this.starts = Float64Array.from(this.order, (i) => spans[i].start);
		this.ends = Float64Array.from(this.order, (i) => spans[i].end);
	}
	get height() {
		return this.used ? this.used * ROW + 1 : 0;
	}
	/** Places in `order` between which all lie that touch a stretch; some there may not. @param {number} start @param {number} end */
	places(start, end) {
		const until = (/** @type {number} */ seconds) => {
			let low = 0, high = this.starts.length;
			while (low < high) {
				const middle = (low + high) >> 1;
				if (this.starts[middle] < seconds) low = middle + 1;
				else high = middle;
			}
			return low;
		};
		return [until(start - this.longest), until(end + 1e-9)];
	}
	/** @param {CanvasRenderingContext2D} g @param {Box} box @param {import("../types.js").Look} look */
	draw(g, box, look) {
		const view = this.viewport, right = box.left + box.width;
		g.textBaseline = "middle";
		if (this.name) {
			g.textAlign = "right";
			g.fillStyle = look.ink("soft");
			g.fillText(fitted(g, this.name, box.left - 8), box.left - 6, box.top + (ROW - 3) / 2);
		}
		g.textAlign = "left";
		const taken = Array(MOST_ROWS).fill(-Infinity); // a pixel is not painted twice where thousands fall on it
		for (let [k, past] = this.places(view.start, view.end); k < past; k++) {
			if (this.ends[k] < view.start) continue;
			const i = this.order[k], row = this.rows[i];
			const x = clamp(view.xOf(this.starts[k]), box.left, right), w = max(clamp(view.xOf(this.ends[k]), box.left, right) - x, 2);
			if (w <= 2 && x < taken[row] + 0.5) continue;
			taken[row] = x;
			const span = this.spans[i];
			const y = box.top + row * ROW;
			g.globalAlpha = i === this.chosen ? 0.6 : w < 6 ? 0.5 : 0.24;
			g.fillStyle = this.hues.get(span.label) ?? HUES[0];
			g.fillRect(x, y, w, ROW - 3);
			g.globalAlpha = 1;
			if (w >= 6 && view.xOf(span.start) >= box.left) g.fillRect(x, y, 2, ROW - 3);
			if (w < 18 || !span.label) continue;
			g.fillStyle = look.ink("ink");
			g.fillText(fitted(g, span.label, w - 10), x + 6, y + (ROW - 3) / 2 + 0.5);
		}
	}
	/** The span under a point, or -1. @param {number} seconds @param {number} y @param {Box} box */
	at(seconds, y, box) {
		const near = (2 / box.width) * this.viewport.span, row = floor((y - box.top) / ROW);
		for (let [k, past] = this.places(seconds - near, seconds + near); k < past; k++) {
			const i = this.order[k], { start, end } = this.spans[i];
			if (this.rows[i] === row && start - near <= seconds && seconds < max(end, start + near)) return i;
		}
		return -1;
	}
	/** @param {number} seconds @param {number} y @param {Box} box */
	describe(seconds, y, box) {
		const span = this.spans[this.at(seconds, y, box)];
		return span ? [span.label, ...(span.score === null ? [] : [span.score.toFixed(2)])] : [];
	}
	/** A click goes to the start of what it hits. @param {number} seconds @param {number} y @param {Box} box */
	snap(seconds, y, box) {
		return this.spans[this.at(seconds, y, box)]?.start ?? seconds;
	}
}

/** As much of a text as there is room for. @param {CanvasRenderingContext2D} g @param {string} text @param {number} room */
export function fitted(g, text, room) {
	if (text.length * 4 < room && g.measureText(text).width <= room) return text;
	const letters = [...text.slice(0, 200)];
	if (text.length <= 200 && g.measureText(text).width <= room) return text;
	let low = 0, high = min(letters.length, floor(room / 2));
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if (g.measureText(`${letters.slice(0, middle).join("")}…`).width <= room) low = middle;
		else high = middle - 1;
	}
	return low > 0 ? `${letters.slice(0, low).join("")}…` : "";
}
