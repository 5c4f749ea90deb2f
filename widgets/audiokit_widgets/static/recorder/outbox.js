/** What is on its way to the kernel: numbered pieces, kept until the kernel says that it has them. */

import { max, min } from "../kit/units.js";

const IN_FLIGHT = 8;
const MOST_TRIES = 6;
const FIRST_WAIT = 4000, LONGEST_WAIT = 60_000; // milliseconds without an answer, before asking

/**
 * @typedef {{ number: number, start: number, frames: number, data: Float32Array, order: number, tries: number }} Parcel
 * What the kernel answers: it has all below `next`, and up to `highest` all but the `missing`; `order` is that of the
 * message which it answers, so that whatever went before it and is not there was lost on the way.
 * @typedef {{ next: number, highest: number, missing: number[], order: number }} Have
 */

export class Outbox {
	/** @param {(content: Record<string, any>, data?: Float32Array) => void} send may throw where there is no line */
	constructor(send) {
		this.send = send;
		/** @type {Parcel[]} */ this.parcels = [];
		/** @type {Record<string, any> | null} */ this.last = null;
		/** @type {number[]} */ this.givenUp = [];
		this.pieces = 0;
		this.frames = 0;
		this.order = 0;
		this.wait = FIRST_WAIT;
		/** @type {number | null} */ this.since = null;
		this.silent = 0;
		this.lastSent = false;
	}
	/** Frames that the kernel has not confirmed. */
	get waiting() {
		return this.parcels.reduce((sum, { frames }) => sum + frames, 0);
	}
	/** @param {Float32Array} data channel after channel @param {number} frames @param {number} now milliseconds */
	push(data, frames, now) {
		this.parcels.push({ number: this.pieces++, start: this.frames, frames, data, order: 0, tries: 0 });
		this.frames += frames;
		this.pump(now);
	}
	/** Nothing comes after it. @param {Record<string, any>} details @param {number} now */
	end(details, now) {
		this.last = details;
		this.pump(now);
	}
	/** @param {number} now */
	pump(now) {
		let flying = this.parcels.filter(({ order }) => order).length;
		for (const parcel of this.parcels) {
			if (parcel.order) continue;
			if (flying++ >= IN_FLIGHT) return;
			const { number, start, frames, data } = parcel;
			if (!this.post({ kind: "piece", number, start, frames }, now, data)) return;
			parcel.order = this.order;
			parcel.tries++;
		}
		if (!this.last || this.lastSent) return;
		this.lastSent = this.post({ kind: "end", ...this.last, pieces: this.pieces, frames: this.frames, given_up: this.givenUp }, now);
	}
	/** @param {Record<string, any>} content @param {number} now @param {Float32Array} [data] */
	post(content, now, data) {
		this.since ??= now;
		try {
			this.send({ ...content, order: this.order + 1 }, data);
		} catch {
			return false; // the line is cut: tried again at the next tick
		}
		this.order++;
		return true;
	}
	/** @param {Have} have @param {number} now */
	confirm({ next, highest, missing, order }, now) {
		const all = missing.length < 64; // the kernel names no more at a time
		this.wait = FIRST_WAIT;
		this.silent = 0;
		this.parcels = this.parcels.filter((parcel) => {
			const { number } = parcel;
			if (number < next || (all && number <= highest && !missing.includes(number))) return false;
			if (!parcel.order || parcel.order > order || (number <= highest && !missing.includes(number))) return true;
			parcel.order = 0; // lost, or cut: again
			if (parcel.tries < MOST_TRIES) return true;
			this.givenUp.push(number);
			this.lastSent = false;
			return false;
		});
		this.since = this.parcels.some((parcel) => parcel.order) || this.lastSent ? now : null;
		this.pump(now);
	}
	/** Asks where the kernel stands when it has said nothing for long; called a few times a second. @param {number} now */
	tick(now) {
		this.pump(now);
		if (this.since === null) return;
		this.silent = now - this.since;
		if (this.silent < this.wait) return;
		this.wait = min(this.wait * 2, LONGEST_WAIT) + max(0, this.silent);
		this.lastSent = false;
		if (this.last) this.pump(now);
		if (!this.lastSent) this.post({ kind: "where" }, now);
	}
}
