/** Blocks of any length, cut into pieces of one length; and the watch over what the device left out. */

import { min, round } from "../kit/units.js";

export class Slicer {
	/** @param {number} channels @param {number} size frames of a piece @param {(data: Float32Array, frames: number) => void} give channel after channel */
	constructor(channels, size, give) {
		this.channels = channels;
		this.size = size;
		this.give = give;
		this.filled = 0;
		this.data = new Float32Array(channels * size);
	}
	/** @param {Float32Array[]} planes one for each channel */
	push(planes) {
		const count = planes[0].length;
		for (let i = 0; i < count; ) {
			const step = min(count - i, this.size - this.filled);
			planes.forEach((plane, c) => this.data.set(plane.subarray(i, i + step), c * this.size + this.filled));
			this.filled += step;
			i += step;
			if (this.filled === this.size) this.flush();
		}
	}
	/** Give what there is, however short. */
	flush() {
		const { channels, size, filled, data } = this;
		if (!filled) return;
		const piece = new Float32Array(channels * filled);
		for (let c = 0; c < channels; c++) piece.set(data.subarray(c * size, c * size + filled), c * filled);
		this.filled = 0;
		this.give(piece, filled);
	}
}

/** As many planes as the take has channels: what a block lacks is silence. @param {Float32Array[]} planes @param {number} channels */
export function fitted(planes, channels) {
	if (planes.length === channels) return planes;
	return Array.from({ length: channels }, (_, c) => planes[c] ?? new Float32Array(planes[0]?.length ?? 0));
}

const WINDOW_SECONDS = 1, LEAST_SECONDS = 0.005;

/**
 * Sound that never came, by the clock of the device. A stamp may be late (then the next ones are on time again), never
 * early: so the least lateness of a second is the true one, and a step in it is a loss. A slow drift is two clocks.
 */
export class Gaps {
	/** @param {number} rate Hz */
	constructor(rate) {
		this.rate = rate;
		/** @type {{ at: number, seconds: number }[]} */ this.found = [];
		this.resume();
	}
	/** After a pause: what was left out is no loss. */
	resume() {
		/** @type {number | null} */ this.origin = null;
		/** @type {number | null} */ this.before = null;
		this.least = Infinity;
		this.counted = 0;
		this.inWindow = 0;
	}
	/** @param {number} stamp seconds, of the block's first frame @param {number} frames @param {number} at frames of the take before it */
	push(stamp, frames, at) {
		this.origin ??= stamp;
		this.least = min(this.least, stamp - this.origin - this.counted / this.rate);
		this.counted += frames;
		this.inWindow += frames;
		if (this.inWindow < WINDOW_SECONDS * this.rate) return;
		if (this.before !== null && this.least - this.before > LEAST_SECONDS) {
			this.found.push({ at: at / this.rate, seconds: this.least - this.before });
		}
		this.before = this.least;
		this.least = Infinity;
		this.inWindow = 0;
	}
	/** For people. */
	get notes() {
		if (!this.found.length) return [];
		const lost = this.found.reduce((sum, { seconds }) => sum + seconds, 0);
		const places = this.found.slice(0, 5).map(({ at }) => at.toFixed(0)).join(", ");
		return [`about ${round(lost * 1000)} ms of sound never came from the device, near ${places}${this.found.length > 5 ? ", …" : ""} s`];
	}
}
