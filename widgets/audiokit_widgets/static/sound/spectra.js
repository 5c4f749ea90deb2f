/** Spectrogram tiles from samples in the page, as `bands.py` and `columns.py` define them. */

import { abs, ceil, clamp, floor, log2, max, min, round } from "./numbers.js";

export const TILE_COLUMNS = 256;
const { PI, cos, exp, log, sin } = Math;

/** Slaney's mel scale. @param {number} hz */
const melOf = (hz) => (hz < 1000 ? (hz * 3) / 200 : 15 + (27 * log(hz / 1000)) / log(6.4));
/** @param {number} mel */
const hzOf = (mel) => (mel < 15 ? (mel * 200) / 3 : 1000 * exp(((mel - 15) / 27) * log(6.4)));

/** Frames a column at the finest level: 64 up to 24 kHz, and twice as many for each doubling of the rate. @param {number} rate */
export const firstHop = (rate) => 64 * 2 ** max(0, ceil(log2(rate / 24_000)));

/** Power of a Hann window's transform so many bins from its middle. @param {number} away */
const leak = (away) => (abs(abs(away) - 1) < 1e-9 ? 0.25 : away ? (sin(PI * away) / (PI * away * (1 - away * away))) ** 2 : 1);

/** What adds the power of a windowed span to a sum, by a transform of a power of two. @param {number} size */
export function transform(size) {
	const re = new Float64Array(size), im = re.slice(), turn = re.map((_, i) => cos((2 * PI * i) / size));
	const window = turn.map((value) => ((1 - value) * 2) / size), order = new Uint32Array(size);
	for (let i = 1; i < size; i++) order[i] = (order[i >> 1] >> 1) | (i & 1 ? size >> 1 : 0);
	/** @param {Float32Array} samples @param {Float64Array} sum */
	return (samples, sum) => {
		for (let i = 0; i < size; i++) re[order[i]] = samples[i] * window[i];
		im.fill(0);
		for (let half = 1; half < size; half *= 2) {
			for (let k = 0, at = 0; k < half; k++, at += size / half / 2) {
				const c = turn[at], s = turn[at + (size >> 2)]; // the sine with its sign turned
				for (let i = k; i < size; i += 2 * half) {
					const j = i + half, x = re[j] * c - im[j] * s, y = re[j] * s + im[j] * c;
					re[j] = re[i] - x;
					im[j] = im[i] - y;
					re[i] += x;
					im[i] += y;
				}
			}
		}
		for (let k = 0; k < sum.length; k++) sum[k] += re[k] ** 2 + im[k] ** 2;
	};
}

/** Weights that sum bins into bands, lowest first; a full-scale sine at a band's centre gives 1. @param {boolean} mel @param {number} rate @param {number} size */
export function bandsOf(mel, rate, size) {
	const half = size / 2, count = mel ? min(80, size >> 2) : min(192, half);
	/** An edge, in bins. @param {number} i */
	const edge = (i) => (mel ? (hzOf((i / (count + 1)) * melOf(rate / 2)) / rate) * size : (i / count) * half);
	return Array.from({ length: count }, (_, b) => {
		const low = edge(b), middle = edge(b + 1), high = edge(b + 2), centre = mel ? middle : (low + middle) / 2;
		const from = floor(low), weights = [];
		let level = 0;
		for (let k = from; k <= min(half, mel ? high : middle + 0.5); k++) {
			const weight = max(0, mel ? min((k - low) / (middle - low), (high - k) / (high - middle)) : min(middle, k + 0.5) - max(low, k - 0.5));
			weights.push(weight);
			level += weight * leak(centre - k);
		}
		return { from, weights: weights.map((weight) => weight / level) };
	});
}

/** A tile, row 0 the highest band. @param {Float32Array[]} channels @param {number} rate @param {{ picture: string, level: number, index: number }} request */
export function tileOf(channels, rate, { picture, level, index }) {
	const mel = picture === "mel", size = max(16, 2 ** round(log2(rate * (mel ? 0.04 : 0.025)))), half = size / 2, frames = channels[0].length;
	const bands = bandsOf(mel, rate, size), power = transform(size), padded = new Float32Array(size);
	const hop = firstHop(rate) * 2 ** level, count = clamp(ceil(hop / half), 1, 64), spacing = floor(hop / count);
	const levels = new Uint8Array(bands.length * TILE_COLUMNS);
	for (let column = 0; column < TILE_COLUMNS; column++) {
		const begin = (index * TILE_COLUMNS + column) * hop, sum = new Float64Array(half + 1), centres = [];
		if (begin >= frames) break;
		for (let at = begin + (spacing >> 1); at < min(begin + count * spacing, frames); at += spacing) centres.push(at);
		if (!centres.length) centres.push(max(begin, frames - half)); // the end cuts the column: one window that ends with the sound
		for (const centre of centres) {
			for (const samples of channels) {
				padded.fill(0);
				padded.set(samples.subarray(max(0, centre - half), centre + half), max(0, half - centre));
				power(padded, sum);
			}
		}
		bands.forEach(({ from, weights }, b) => {
			const value = weights.reduce((total, weight, i) => total + weight * sum[from + i], 0) / (centres.length * channels.length);
			levels[(bands.length - 1 - b) * TILE_COLUMNS + column] = clamp(round((10 * Math.log10(value + 1e-30) + 120) * (255 / 120)), 0, 255);
		});
	}
	return levels;
}
