/** What is on its way to the kernel: numbered pieces, kept until the kernel says that it has them. */

import { min } from "../sound/numbers.js";

const IN_FLIGHT = 8, MOST_TRIES = 12, MOST_NAMED = 64;
const FIRST_WAIT = 4000, LONGEST_WAIT = 60_000; // milliseconds without an answer, before asking again

/**
 * `data` is channel after channel, `stamp` the time of its first frame on the device's clock in seconds; a `run` lies
 * between two pauses.
 * @typedef {{ data: Float32Array, frames: number, stamp: number, run: number }} Piece
 * @typedef {Piece & { number: number, start: number, order: number, tries: number }} Parcel
 * What the kernel answers: it has all below `next`, and up to `highest` all but the `missing` (of which it names at
 * most 64); `order` is that of the message which it answers, so that what went before it and is not there was lost.
 * @typedef {{ next: number, highest: number, missing: number[], order: number }} Have
 */

export class Outbox {
	/** @param {(content: Record<string, any>, data?: Float32Array) => void} send may throw where there is no line */
	constructor(send) {
		this.send = send;
		/** @type {Parcel[]} */ this.parcels = [];
		/** @type {Record<string, any> | null} */ this.last = null;
		/** @type {number[]} */ this.given_up = [];
		this.pieces = this.frames = this.order = this.silent = 0;
		this.wait = FIRST_WAIT;
		/** @type {number | null} */ this.since = null;
		this.lastSent = false;
		this.lastOrder = 0;
	}
	/** Frames that the kernel has not confirmed. */
	get waiting() {
		return this.parcels.reduce((sum, { frames }) => sum + frames, 0);
	}
	/** @param {Piece} piece @param {number} now milliseconds */
	push(piece, now) {
		this.parcels.push({ ...piece, number: this.pieces++, start: this.frames, order: 0, tries: 0 });
		this.frames += piece.frames;
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
			const { data, order, tries, ...said } = parcel;
			if (!this.post({ kind: "piece", ...said }, now, data)) return;
			parcel.order = this.order;
			parcel.tries++;
		}
		const { last, pieces, frames, given_up } = this;
		if (!last || this.lastSent) return;
		this.lastSent = this.post({ kind: "end", ...last, pieces, frames, given_up }, now);
		this.lastOrder = this.order;
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
		let again = false;
		this.parcels = this.parcels.filter((parcel) => {
			const { number } = parcel;
			const unsure = missing.length === MOST_NAMED && number > missing[MOST_NAMED - 1];
			if (number < next || (number <= highest && !unsure && !missing.includes(number))) return false;
			if (unsure || !parcel.order || parcel.order > order) return true;
			again = true; // lost, or cut
			parcel.order = 0;
			if (parcel.tries < MOST_TRIES) return true;
			this.given_up.push(number);
			this.lastSent = false;
			return false;
		});
		if (!this.parcels.length && order >= this.lastOrder) this.lastSent = false; // the end was lost: it would be done
		this.wait = FIRST_WAIT;
		this.silent = 0;
		this.since = this.lastSent || this.parcels.some((parcel) => parcel.order) ? now : null;
		this.pump(now);
		if (again) this.post({ kind: "where" }, now); // what comes after it tells whether it got through
	}
	/** Asks where the kernel stands when it has said nothing for long; called a few times a second. @param {number} now */
	tick(now) {
		this.pump(now);
		this.silent = this.since === null ? 0 : now - this.since;
		if (this.silent < this.wait) return;
		this.wait = this.silent + min(2 * this.wait, LONGEST_WAIT);
		this.post({ kind: "where" }, now);
	}
}
