/** Blocks of any length, cut into pieces of one length. */

import { min } from "../sound/numbers.js";

export class Slicer {
	/** @param {number} channels @param {number} size frames of a piece @param {(data: Float32Array, frames: number, stamp: number) => void} give channel after channel; seconds on the device's clock */
	constructor(channels, size, give) {
		this.channels = channels;
		this.size = size;
		this.give = give;
		this.filled = 0;
		this.stamp = 0;
		this.data = new Float32Array(channels * size);
	}
	/** @param {Float32Array[]} planes one for each channel @param {number} stamp of their first frame, seconds @param {number} rate Hz */
	push(planes, stamp, rate) {
		const count = planes[0].length;
		for (let i = 0; i < count; ) {
			const step = min(count - i, this.size - this.filled);
			if (!this.filled) this.stamp = stamp + i / rate;
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
		this.give(piece, filled, this.stamp);
	}
}
