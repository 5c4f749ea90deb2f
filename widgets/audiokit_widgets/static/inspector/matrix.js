/** A matrix: each value the colour that the scale beside it says. */

import { ceil, clamp, floor, max, min, round } from "../kit/units.js";
import { figure } from "./data.js";

/** @typedef {import("../kit/types.js").Box} Box */

const TILE = 1024, MOST_TILES = 64;

export class MatrixLane {
	/** @param {import("./data.js").Levels} levels @param {import("../kit/viewport.js").Viewport} viewport @param {number} height */
	constructor(levels, viewport, height = 96) {
		this.levels = levels;
		this.viewport = viewport;
		this.height = height;
		const rgb = new Uint8Array(levels.data, levels.facts.palette, 768);
		this.colours = Uint32Array.from({ length: 256 }, (_, i) => (255 << 24) | (rgb[3 * i + 2] << 16) | (rgb[3 * i + 1] << 8) | rgb[3 * i]);
		/** @type {Map<string, HTMLCanvasElement>} */
		this.tiles = new Map();
	}
	/** Rows of a level as a picture, the first band lowest. @param {number} level @param {number} from @param {number} to */
	tile(level, from, to) {
		const key = `${level}/${from}`, known = this.tiles.get(key), { bands, low, high } = this.levels.facts;
		if (known) return known;
		const canvas = document.createElement("canvas");
		canvas.width = to - from;
		canvas.height = bands;
		const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), image = g.createImageData(to - from, bands);
		const pixels = new Uint32Array(image.data.buffer);
		const all = this.levels.each(level, from, to, (row, values, at) => {
			for (let band = 0; band < bands; band++) {
				const value = values[at + band];
				if (!Number.isNaN(value)) pixels[(bands - 1 - band) * (to - from) + row - from] = this.colours[round(clamp((value - low) / (high - low), 0, 1) * 255)];
			}
		});
		if (!all) return null;
		g.putImageData(image, 0, 0);
		this.tiles.set(key, canvas);
		if (this.tiles.size > MOST_TILES) this.tiles.delete(/** @type {string} */ (this.tiles.keys().next().value));
		return canvas;
	}
	/** @param {CanvasRenderingContext2D} g @param {Box} box @param {import("../kit/types.js").Look} look */
	draw(g, box, look) {
		const { left, width, top, height } = box, { viewport: view, levels } = this, { facts } = levels;
		g.fillStyle = look.ink("lane");
		g.fillRect(left, top, width, height);
		g.save();
		g.beginPath();
		g.rect(left, top, width, height);
		g.clip();
		g.imageSmoothingEnabled = false;
		const wanted = levels.pick(view.span / levels.pitch / round(width * box.ratio), ceil); // no frame is skipped
		for (const level of new Set([max(wanted, levels.whole), wanted])) {
			const { rows } = facts.levels[level], hop = levels.hop(level);
			for (let from = max(0, floor(levels.rowAt(level, view.start) / TILE) * TILE); from < rows && facts.start + from * hop < view.end; from += TILE) {
				const to = min(from + TILE, rows), picture = this.tile(level, from, to), x = view.xOf(facts.start + from * hop);
				if (picture) g.drawImage(picture, x, top, view.xOf(facts.start + to * hop) - x, height);
			}
		}
		g.restore();
		g.textAlign = "right";
		g.textBaseline = "middle";
		g.fillStyle = look.ink("soft");
		let free = Infinity; // from the bottom up, none on top of another
		for (const { fraction, text } of facts.ticks) {
			const y = top + height * (1 - fraction), at = clamp(y, top + 5, top + height - 5);
			if (at > free) continue;
			g.fillRect(left - 4, clamp(y, top, top + height - 1), 4, 1);
			g.fillText(text, left - 6, at);
			free = at - 13;
		}
	}
	/** The scale of the colours, with its numbers. @param {CanvasRenderingContext2D} g @param {number} right @param {number} middle @param {import("../kit/types.js").Look} look */
	drawScale(g, right, middle, look) {
		const { low, high, unit } = this.levels.facts, ends = [figure(high, unit, 4), figure(low, "", 4)];
		g.textAlign = "right";
		g.fillStyle = look.ink("soft");
		g.fillText(ends[0], right, middle);
		right -= g.measureText(ends[0]).width + 5;
		for (let i = 0; i < 64; i++) {
			g.fillStyle = `rgb(${[0, 8, 16].map((shift) => (this.colours[255 - i * 4] >>> shift) & 255).join()})`;
			g.fillRect(right - i - 1, middle - 4, 1.2, 8);
		}
		g.fillStyle = look.ink("soft");
		g.fillText(ends[1], right - 69, middle);
		return right - 74 - g.measureText(ends[1]).width;
	}
	/** Values of a frame; null if they are not here. @param {number} frame @returns {Float32Array | null} */
	frame(frame) {
		/** @type {Float32Array | null} */ let found = null;
		this.levels.each(0, frame, frame + 1, (_row, values, at) => (found = values.subarray(at, at + this.levels.facts.bands)));
		return found;
	}
	/** @param {number} y @param {Box} box */
	bandAt(y, box) {
		const { bands } = this.levels.facts;
		return clamp(floor((1 - (y - box.top) / box.height) * bands), 0, bands - 1);
	}
	/** @param {number} seconds @param {number} y @param {Box} box */
	describe(seconds, y, box) {
		const { levels } = this, { unit, kept } = levels.facts, band = this.bandAt(y, box), frame = levels.rowAt(0, seconds);
		for (const level of new Set([0, levels.whole])) {
			const row = levels.rowAt(level, seconds);
			let text = "";
			const all = levels.each(level, max(row, 0), row + 1, (_row, values, at) => (text = figure(values[at + band], unit)));
			if (all) return text ? [`frame ${frame}, band ${band}`, level ? `${kept} of ${4 ** level} frames: ${text}` : text] : [];
		}
		return [];
	}
}
