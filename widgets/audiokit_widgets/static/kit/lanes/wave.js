/** The waveform at true amplitude: lowest to highest sample of each column, single samples when close. */

import { dbfs, decibels } from "../scales.js";
import { abs, clamp, ceil, floor, max, min, round } from "../units.js";

/** @typedef {import("../types.js").Box} Box @typedef {import("../types.js").Sound} Sound */
/** @typedef {import("../viewport.js").Viewport} Viewport */

const FLOOR_DB = -60;

export class WaveLane {
	/** @param {Sound} sound @param {Viewport} viewport */
	constructor(sound, viewport) {
		this.sound = sound;
		this.viewport = viewport;
		this.inDecibels = false;
		/** -1: one outline around all; -2: each by itself; else that one. */
		this.channel = -1;
		this.narrow = false;
	}
	get shown() {
		const all = this.channel === -2 ? this.sound.facts.channels : 1;
		return Array.from({ length: min(all, 16) }, (_, i) => (this.channel === -2 ? i : this.channel));
	}
	get height() {
		const one = this.narrow ? 84 : 104, count = this.shown.length;
		return count === 1 ? one : clamp(floor((one * 2.2) / count), 34, one) * count;
	}
	get loudest() {
		return max(1, this.sound.facts.peak);
	}
	/** Says where an amplitude stands, from -1 to 1; made once a draw, for facts are gathered each time that they are asked for. */
	placing() {
		const { loudest } = this, range = decibels(loudest) - FLOOR_DB;
		if (!this.inDecibels) return (/** @type {number} */ value) => value / loudest;
		return (/** @type {number} */ value) => (Math.sign(value) * max(0, decibels(abs(value)) - FLOOR_DB)) / range;
	}
	/** Columns on a grid of their own, so that they stand still while the view moves. @param {number} pixels @param {number} channel */
	columns(pixels, channel) {
		const { viewport: view, sound } = this, { rate, duration } = sound.facts;
		const perPixel = (view.span * rate) / pixels;
		const step = (perPixel <= 1 ? 1 : perPixel) / rate; // seconds
		const first = floor(view.start / step + 1e-6), last = min(ceil(view.end / step - 1e-6) + (perPixel <= 1 ? 1 : 0), ceil(duration / step - 1e-6));
		const start = first * step, count = max(1, last - first);
		return { start, step, perPixel, peaks: sound.peaks(start, start + count * step, count, channel) };
	}
	/** @param {CanvasRenderingContext2D} g @param {Box} box @param {import("../types.js").Look} look */
	draw(g, box, look) {
		const rows = this.shown, each = box.height / rows.length;
		rows.forEach((channel, i) => this.drawOne(g, { ...box, top: box.top + i * each, height: each - (i < rows.length - 1 ? 3 : 0) }, look, channel, rows.length));
		g.fillStyle = look.ink("clip");
		for (const seconds of this.sound.clips(this.viewport.start, this.viewport.end)) {
			const x = this.viewport.xOf(seconds);
			g.fillRect(x - 1, box.top, 2, 5);
			g.fillRect(x - 1, box.top + box.height - 5, 2, 5);
		}
	}
	/** @param {CanvasRenderingContext2D} g @param {Box} box @param {import("../types.js").Look} look @param {number} channel @param {number} of */
	drawOne(g, box, look, channel, of) {
		const { left, width, top, height } = box, half = height / 2, middle = top + half;
		g.fillStyle = look.ink("lane");
		g.fillRect(left, top, width, height);
		const placed = this.placing();
		this.drawScale(g, box, look, of, placed);
		const { start, step, perPixel, peaks } = this.columns(round(width * box.ratio), channel);
		const { low, high, columns } = peaks;
		if (of > 1) {
			g.fillStyle = look.ink("soft");
			g.textAlign = "right";
			g.fillText(String(channel + 1), left + width - 4, top + 8);
		}
		if (!columns) return;
		const pitch = (((step * this.sound.facts.rate) / perPixel) * width) / round(width * box.ratio);
		const x0 = this.viewport.xOf(start) + (perPixel <= 1 ? 0 : pitch / 2);
		g.save();
		g.beginPath();
		g.rect(left, top, width, height);
		g.clip();
		g.fillStyle = g.strokeStyle = look.ink("wave");
		g.lineWidth = pitch > 2 ? 1.4 : max(0.7, 1 / box.ratio);
		g.lineJoin = "round";
		g.beginPath();
		let open = false;
		if (perPixel <= 1) {
			for (let c = 0; c < columns; c++) {
				if (!(open = this.step(g, open, x0 + c * pitch, middle - placed(high[c]) * half))) continue;
			}
			g.stroke();
			if (pitch >= 5) for (let c = 0; c < columns; c++) g.fillRect(x0 + c * pitch - 1.5, middle - placed(high[c]) * half - 1.5, 3, 3);
		} else {
			for (let from = 0; from < columns; ) {
				while (from < columns && Number.isNaN(high[from])) from++;
				let to = from;
				while (to < columns && !Number.isNaN(high[to])) to++;
				if (from === to) break;
				for (let c = from; c < to; c++) open = this.step(g, c > from, x0 + c * pitch, middle - placed(high[c]) * half);
				for (let c = to - 1; c >= from; c--) g.lineTo(x0 + c * pitch, middle - placed(low[c]) * half);
				g.closePath();
				from = to;
			}
			g.fill();
			g.stroke();
		}
		g.restore();
	}
	/** @param {CanvasRenderingContext2D} g @param {boolean} open @param {number} x @param {number} y */
	step(g, open, x, y) {
		if (Number.isNaN(y)) return false;
		if (open) g.lineTo(x, y);
		else g.moveTo(x, y);
		return true;
	}
	/** @param {CanvasRenderingContext2D} g @param {Box} box @param {import("../types.js").Look} look @param {number} of @param {(value: number) => number} placed */
	drawScale(g, { left, width, top, height }, look, of, placed) {
		const half = height / 2, middle = top + half;
		g.textAlign = "right";
		g.textBaseline = "middle";
		for (const db of this.inDecibels ? [0, -20, -40] : [0, -6, -12]) {
			const up = placed(10 ** (db / 20)) * half;
			if (of > 1 && db) continue;
			g.fillStyle = look.ink(db === 0 && this.loudest > 1 ? "clip" : "rule");
			g.fillRect(left, middle - up, width, 1);
			g.fillRect(left, middle + up - 1, width, 1);
			g.fillStyle = look.ink("soft");
			if (up > 12) g.fillText(db === 0 ? "0 dBFS" : `−${-db}`, left - 6, max(middle - up, top + 6));
		}
		if (of === 1) g.fillText(this.inDecibels ? "−60" : "−∞", left - 6, middle);
	}
	/** @param {number} seconds @param {number} y @param {Box} box */
	describe(seconds, y, box) {
		const { rate } = this.sound.facts, rows = this.shown;
		const channel = rows[clamp(floor(((y - box.top) / box.height) * rows.length), 0, rows.length - 1)];
		const { perPixel } = this.columns(round(box.width * box.ratio), channel);
		const frames = max(1, perPixel), first = floor((seconds * rate) / frames) * frames;
		const { low, high, columns } = this.sound.peaks(first / rate, (first + frames) / rate, 1, channel);
		if (!columns || Number.isNaN(high[0])) return [];
		if (perPixel <= 1) return [`sample ${floor(seconds * rate).toLocaleString("en")}`, high[0].toPrecision(3).replace("-", "−")];
		return [dbfs(max(abs(low[0]), abs(high[0])))];
	}
}
