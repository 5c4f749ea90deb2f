/** Levels and outline of what is recorded, at true amplitude. */

import { abs, ceil, floor, max, min } from "../sound/numbers.js";

const HOLD_SECONDS = 1.5, FALL_DB = 20, RMS_SECONDS = 0.3;
const FULL_SCALE = 32767 / 32768; // the highest value that 16 bits hold: at or beyond it a sample counts as clipped

export class Meter {
	/** @param {number} channels @param {number} rate Hz */
	constructor(channels, rate) {
		this.rate = rate;
		/** Of each channel the peak that still stands, its age in seconds, and the mean square. */
		this.bars = Array.from({ length: channels }, () => ({ held: 0, age: 0, square: 0 }));
		this.clipped = 0;
	}
	/** @param {Float32Array[]} planes */
	push(planes) {
		this.bars.forEach((bar, c) => {
			let peak = 0, square = 0;
			for (const value of planes[c]) {
				peak = max(peak, abs(value));
				this.clipped += Number(abs(value) >= FULL_SCALE);
				square += value * value;
			}
			const seconds = planes[0].length / this.rate;
			bar.square += (square / planes[0].length - bar.square) * (1 - Math.exp(-seconds / RMS_SECONDS));
			bar.age += seconds;
			if (bar.age > HOLD_SECONDS) bar.held *= 10 ** ((-FALL_DB * min(seconds, bar.age - HOLD_SECONDS)) / 20);
			if (peak >= bar.held) Object.assign(bar, { held: peak, age: 0 });
		});
	}
}

/** Lowest and highest sample in at most `most` spans of equal length, which doubles when the room is used up. */
export class Outline {
	/** @param {number} most even @param {number} span frames of the first ones */
	constructor(most, span) {
		this.most = most;
		this.span = span;
		this.frames = 0;
		this.low = new Float32Array(most);
		this.high = new Float32Array(most);
		this.clips = new Uint8Array(most);
	}
	get columns() {
		return ceil(this.frames / this.span);
	}
	/** @param {Float32Array[]} planes */
	push(planes) {
		const count = planes[0].length;
		for (let i = 0; i < count; ) {
			const at = floor(this.frames / this.span), filled = this.frames % this.span;
			if (at === this.most) {
				this.halve();
				continue;
			}
			const end = min(count, i + this.span - filled);
			let low = filled ? this.low[at] : Infinity, high = filled ? this.high[at] : -Infinity;
			for (const plane of planes) {
				for (let k = i; k < end; k++) {
					low = min(low, plane[k]);
					high = max(high, plane[k]);
				}
			}
			this.low[at] = low;
			this.high[at] = high;
			this.clips[at] = Number(max(high, -low) >= FULL_SCALE);
			this.frames += end - i;
			i = end;
		}
	}
	halve() {
		for (let i = 0; 2 * i < this.most; i++) {
			this.low[i] = min(this.low[2 * i], this.low[2 * i + 1]);
			this.high[i] = max(this.high[2 * i], this.high[2 * i + 1]);
			this.clips[i] = this.clips[2 * i] | this.clips[2 * i + 1];
		}
		this.span *= 2;
	}
}
