/** Numbers of lanes: spans and pyramids out of one run of bytes, and what is asked for block by block. */

import { clamp, floor, max } from "../kit/units.js";

/** @typedef {import("../kit/types.js").Model} Model @typedef {import("../kit/types.js").Span} Span */

/**
 * What Python says of a lane; numbers stand at offsets of the widget's bytes, and null is asked for.
 * @typedef {object} LaneFacts
 * @property {"spans" | "curve" | "matrix"} kind
 * @property {string} name @property {string} title
 * @property {number} count @property {string[]} vocabulary @property {number} starts @property {number} ends @property {number} labels @property {number} scores
 * @property {number | null} hop seconds from row to row of level 0; null where each row has its time
 * @property {number} start seconds
 * @property {number} low @property {number} high @property {string} unit @property {string} label
 * @property {number} bands @property {number} palette @property {{ fraction: number, text: string }[]} ticks @property {string} kept
 * @property {number} block rows that are asked for at once
 * @property {{ rows: number, at: number | null, times: number | null }[]} levels each of a quarter of the rows of the one before
 *
 * @typedef {{ values: Float32Array, times: Float64Array | null }} Block
 */

const FACTOR = 4;

/** Bytes where numbers may begin. @param {DataView | ArrayBuffer | Uint8Array} view */
export function aligned(view) {
	const bytes = view instanceof ArrayBuffer ? new Uint8Array(view) : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
	return bytes.slice().buffer;
}

/** @param {LaneFacts} facts @param {ArrayBuffer} data @returns {Span[]} */
export function spansOf(facts, data) {
	const { count } = facts;
	const starts = new Float64Array(data, facts.starts, count), ends = new Float64Array(data, facts.ends, count);
	const labels = new Uint32Array(data, facts.labels, count), scores = new Float32Array(data, facts.scores, count);
	return Array.from({ length: count }, (_, i) => ({
		start: starts[i], end: ends[i], label: facts.vocabulary[labels[i]], score: Number.isNaN(scores[i]) ? null : scores[i],
	}));
}

/** @param {number} value @param {string} unit @param {number} digits of the 7 that a float32 holds */
export function figure(value, unit = "", digits = 6) {
	// what stands beside an axis is short: 3.67e-4, not 0.0003673
	const small = digits < 6 && value !== 0 && Math.abs(value) < 1e-3;
	const text = Number.isFinite(value) ? String(small ? value.toExponential(digits - 2) : +value.toPrecision(digits)) : "no value";
	return `${text}${unit ? ` ${unit}` : ""}`.replaceAll("-", "−");
}

export class Levels {
	/** @param {LaneFacts} facts @param {ArrayBuffer} data @param {(level: number, block: number) => void} ask */
	constructor(facts, data, ask) {
		this.facts = facts;
		this.data = data;
		this.ask = ask;
		/** @type {Map<string, Block | null>} null: asked for */
		this.blocks = new Map();
		/** The finest that is all here. */
		this.whole = max(0, facts.levels.findIndex(({ at }) => at !== null));
	}
	/** @param {number} level */
	columns(level) {
		return this.facts.kind === "matrix" ? this.facts.bands : level ? 2 : 1;
	}
	/** The level with `rows` of level 0 in a row of its own. @param {number} rows @param {(value: number) => number} rounded */
	pick(rows, rounded = floor) {
		return clamp(rounded(Math.log(max(rows, 1)) / Math.log(FACTOR) - 1e-9), 0, this.facts.levels.length - 1);
	}
	/** Seconds from row to row. @param {number} level */
	hop(level) {
		return /** @type {number} */ (this.facts.hop) * FACTOR ** level;
	}
	/** Mean distance of level 0's rows, in seconds. */
	get pitch() {
		const { hop, levels } = this.facts;
		if (hop !== null) return hop;
		const times = /** @type {Float64Array} */ (this.block(this.whole, 0)?.times);
		return max(1e-9, times[times.length - 1] - times[0]) / levels[0].rows;
	}
	/** The last row that begins at or before a time; below 0 where there is none. @param {number} level @param {number} seconds */
	rowAt(level, seconds) {
		if (this.facts.hop !== null) return floor((seconds - this.facts.start) / this.hop(level) + 1e-9);
		const times = /** @type {Float64Array} */ (this.block(this.whole, 0)?.times);
		let low = 0, high = times.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (times[middle] <= seconds) low = middle + 1;
			else high = middle;
		}
		return low ? floor((low - 1) * FACTOR ** (this.whole - level)) : -Infinity;
	}
	/** Rows of a block: of a level that is here, all are its block 0. @param {number} level */
	rows(level) {
		const { rows, at } = this.facts.levels[level];
		return at === null ? this.facts.block : rows;
	}
	/** @param {number} level @param {number} block @returns {Block | null} null, and asked for, if it is not here */
	block(level, block) {
		const key = `${level}/${block}`, known = this.blocks.get(key), { rows, at, times } = this.facts.levels[level];
		if (known !== undefined) return known;
		if (at === null) {
			this.blocks.set(key, null);
			this.ask(level, block);
			return null;
		}
		const made = { values: new Float32Array(this.data, at, rows * this.columns(level)), times: times === null ? null : new Float64Array(this.data, times, rows) };
		this.blocks.set(key, made);
		return made;
	}
	/** @param {number} level @param {number} block @param {(DataView | ArrayBuffer | Uint8Array)[]} buffers */
	arrived(level, block, [values, times]) {
		this.blocks.set(`${level}/${block}`, { values: new Float32Array(aligned(values)), times: times ? new Float64Array(aligned(times)) : null });
	}
	/**
	 * Visit rows; false if one was not here.
	 * @param {number} level @param {number} from @param {number} to
	 * @param {(row: number, values: Float32Array, at: number, seconds: number) => void} visit
	 */
	each(level, from, to, visit) {
		const size = this.rows(level), columns = this.columns(level), last = this.facts.levels[level].rows;
		from = clamp(from, 0, last);
		to = clamp(to, 0, last);
		const found = [];
		for (let b = floor(from / size); b * size < to; b++) found.push(this.block(level, b));
		if (found.includes(null)) return false;
		for (let row = from; row < to; row++) {
			const { values, times } = /** @type {Block} */ (found[floor(row / size) - floor(from / size)]), at = row % size;
			visit(row, values, at * columns, times ? times[at] : this.facts.start + row * this.hop(level));
		}
		return true;
	}
}
