/** Edits of labelled spans: each gives a new list, so that undoing is going back to an earlier one. */

import { clamp, max, min, round } from "../kit/units.js";

/** @typedef {{ start: number, end: number, label: string, score: number | null, tier: string }} Mark */

/** To the microsecond, as it travels. @param {number} seconds */
const micro = (seconds) => round(seconds * 1e6) / 1e6;

export class Edits {
	/** @param {Mark[]} marks @param {number} duration seconds */
	constructor(marks, duration) {
		this.duration = duration;
		/** @type {Mark[][]} */ this.past = [];
		/** @type {Mark[][]} */ this.future = [];
		this.marks = marks;
		/** Edits with the same name, one after another, are one step back. @type {unknown} */
		this.running = null;
	}
	/** @param {Mark[]} marks @param {unknown} running */
	put(marks, running = null) {
		if (running === null || running !== this.running) this.past.push(this.marks);
		if (this.past.length > 500) this.past.shift();
		this.running = running;
		this.future = [];
		this.marks = marks;
	}
	/** What an edit leaves of a mark inside of the sound, in order. @param {Mark} mark @returns {Mark} */
	held(mark) {
		const a = micro(clamp(mark.start, 0, this.duration)), b = micro(clamp(mark.end, 0, this.duration));
		return { ...mark, start: min(a, b), end: max(a, b) };
	}
	/** @param {Mark} mark @param {unknown} [running] @returns {number} where it stands now */
	add(mark, running = null) {
		this.put([...this.marks, this.held(mark)], running);
		return this.marks.length - 1;
	}
	/** @param {number} index @param {Partial<Mark>} change @param {unknown} [running] */
	change(index, change, running = null) {
		const mark = this.marks[index];
		if (!mark) return;
		const changed = { ...mark, ...change }, kept = "start" in change || "end" in change ? this.held(changed) : changed; // a new name moves nothing
		this.put(this.marks.map((other, i) => (i === index ? kept : other)), running);
	}
	/** Move by as much as there is room for. @param {number} index @param {number} start seconds @param {unknown} [running] */
	move(index, start, running = null) {
		const { start: from, end } = this.marks[index], to = clamp(start, 0, max(0, this.duration - (end - from)));
		this.change(index, { start: to, end: to + (end - from) }, running);
	}
	/** @param {number} index */
	remove(index) {
		if (this.marks[index]) this.put(this.marks.filter((_, i) => i !== index));
	}
	/** @returns {boolean} whether there was something to undo */
	undo() {
		const before = this.past.pop();
		if (!before) return false;
		this.future.push(this.marks);
		this.marks = before;
		this.running = null;
		return true;
	}
	/** @returns {boolean} */
	redo() {
		const after = this.future.pop();
		if (!after) return false;
		this.past.push(this.marks);
		this.marks = after;
		this.running = null;
		return true;
	}
}

/** The nearest of some times that lies within reach, or the time itself. @param {number} seconds @param {number[]} to @param {number} reach */
export function snapped(seconds, to, reach) {
	let best = seconds, nearest = reach;
	for (const other of to) {
		const distance = Math.abs(other - seconds);
		if (distance < nearest) [best, nearest] = [other, distance];
	}
	return best;
}
