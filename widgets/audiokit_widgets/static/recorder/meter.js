/** Levels and outline of what is recorded, at true amplitude. */

import { abs, max, min } from "../kit/units.js";

const HOLD_SECONDS = 1.5, FALL_DB = 20, RMS_SECONDS = 0.3;
export const FULL_SCALE = 32767 / 32768; // the highest value that 16 bits hold: at or beyond it a sample counts as clipped

export class Meter {
	/** @param {number} channels @param {number} rate Hz */
	constructor(channels, rate) {
		this.rate = rate;
		/** Peak of the newest block, highest peak that still stands, mean square: by channel. */
		this.bars = Array.from({ length: channels }, () => ({ peak: 0, held: 0, since: 0, square: 0 }));
		this.clipped = 0;
	}
	/** @param {Float32Array[]} planes */
	push(planes) {
		planes.forEach((plane, c) => {
			const bar = this.bars[c];
			let peak = 0, square = 0;
			for (const value of plane) {
				const size = abs(value);
				if (size > peak) peak = size;
				if (size >= FULL_SCALE) this.clipped++;
				square += value * value;
			}
			const seconds = plane.length / this.rate;
			bar.square += (square / plane.length - bar.square) * (1 - Math.exp(-seconds / RMS_SECONDS));
			bar.peak = peak;
			bar.since += seconds;
			if (bar.since > HOLD_SECONDS) bar.held *= 10 ** ((-FALL_DB * min(seconds, bar.since - HOLD_SECONDS)) / 20);
			if (peak >= bar.held) Object.assign(bar, { held: peak, since: 0 });
		});
	}
}

/** Lowest and highest sample in at most `most` spans of equal length, which double when the room is used up. */
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
		return Math.ceil(this.frames / this.span);
	}
	/** @param {Float32Array[]} planes */
	push(planes) {
		const count = planes[0].length;
		for (let i = 0; i < count; ) {
			const at = Math.floor(this.frames / this.span);
			if (at === this.most) {
				this.halve();
				continue;
			}
			const fresh = this.frames % this.span === 0;
			const end = min(count, i + (this.span - (this.frames % this.span)));
			let low = fresh ? Infinity : this.low[at], high = fresh ? -Infinity : this.high[at];
			for (const plane of planes) {
				for (let k = i; k < end; k++) {
					low = min(low, plane[k]);
					high = max(high, plane[k]);
				}
			}
			this.low[at] = low;
			this.high[at] = high;
			this.clips[at] = Number((!fresh && this.clips[at]) || max(-low, high) >= FULL_SCALE);
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
