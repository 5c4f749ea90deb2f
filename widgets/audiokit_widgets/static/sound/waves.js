/** Waveforms in columns, from bins of many samples. */

import { floor, log2, max, min, round } from "./numbers.js";

/** Bins of one question to the kernel: neighbours ask for the same ones. */
export const TILE_BINS = 2048;

/**
 * How a span is cut: `first` frame (broken), `step` frames a column, and bins of `size` frames, a power of two of which
 * a column holds at least four, or single samples.
 * @param {number} start @param {number} end seconds @param {number} columns @param {number} rate
 */
export function cut(start, end, columns, rate) {
	const span = max((end - start) * rate, 1e-9), count = max(1, min(floor(columns), round(span))), step = span / count;
	return { first: start * rate, step, columns: count, size: 2 ** max(0, floor(log2(step)) - 2) };
}

/** A column's frames, first and one past the last. @param {{ first: number, step: number }} how @param {number} column */
export function framesOf({ first, step }, column) {
	const from = floor(first + column * step + 1e-6);
	return [from, max(from + 1, floor(first + (column + 1) * step + 1e-6))];
}

/** Take bins into a column; NaN is no sound. @param {Float32Array} low @param {Float32Array} high @param {number} at column @param {Float32Array} bins lowest and highest by turns @param {number} from @param {number} to */
export function fold(low, high, at, bins, from, to) {
	let a = low[at], b = high[at]; // NaN as long as there is no sound
	for (let i = 2 * max(from, 0); i < 2 * to; i += 2) {
		if (bins[i] < a || a !== a) a = bins[i];
		if (bins[i + 1] > b || b !== b) b = bins[i + 1];
	}
	low[at] = a;
	high[at] = b;
}

/** The outline as it travels: 16 bits, the lowest number where there is no sound. @param {Uint8Array} bytes @param {number} scale */
export function unpacked(bytes, scale) {
	return Float32Array.from(new Int16Array(bytes.slice().buffer), (value) => (value === -32768 ? NaN : (value / 32767) * scale));
}

/** Bins of samples in the page, as the kernel makes them. @param {Float32Array[]} channels @param {{ start_frame: number, frames_per_bin: number, bins: number, channel: number | null }} request */
export function binned(channels, { start_frame, frames_per_bin, bins, channel }) {
	const found = new Float32Array(2 * bins).fill(NaN);
	channels.forEach((samples, c) => {
		if (channel !== null && channel !== c) return;
		for (let i = 0, at = start_frame; i < bins; i++) {
			let low = found[2 * i], high = found[2 * i + 1];
			for (const end = min(at + frames_per_bin, samples.length); at < end; at++) {
				if (!(low <= samples[at])) low = samples[at];
				if (!(high >= samples[at])) high = samples[at];
			}
			found[2 * i] = low;
			found[2 * i + 1] = high;
		}
	});
	return found;
}
