/** The spectrogram, log-mel or linear, from tiles of levels that are coloured here. */

import { hertz, hzToMel, melToHz } from "../scales.js";
import { clamp, round } from "../units.js";

/** @typedef {import("../types.js").Box} Box @typedef {import("../types.js").Sound} Sound @typedef {import("../types.js").Tile} Tile */

const RANGE_DB = 80;
const MOST_TILES = 96;

// Nine stations of matplotlib's magma (CC0), between which the colours run straight.
const MAGMA = [[0, 0, 4], [28, 16, 68], [79, 18, 123], [129, 37, 129], [181, 54, 122], [229, 80, 100], [251, 135, 97], [254, 194, 135], [252, 253, 191]];

/** 0..1 to a colour. @param {number} part @returns {number[]} */
export function magma(part) {
	const at = clamp(part, 0, 1) * (MAGMA.length - 1), i = Math.min(Math.floor(at), MAGMA.length - 2);
	return MAGMA[i].map((from, c) => round(from + (MAGMA[i + 1][c] - from) * (at - i)));
}

/** Colours for the 256 levels, when the loudest is at top. @param {number} top dBFS @param {number} range dB */
export function palette(top, range = RANGE_DB) {
	const colours = new Uint32Array(256);
	for (let level = 0; level < 256; level++) {
		const [r, g, b] = magma(((level * 120) / 255 - 120 - top + range) / range);
		colours[level] = (255 << 24) | (b << 16) | (g << 8) | r; // as ImageData lies in memory on all of today's machines
	}
	return colours;
}

export class SpectrogramLane {
	/** @param {Sound} sound @param {import("../viewport.js").Viewport} viewport */
	constructor(sound, viewport) {
		this.sound = sound;
		this.viewport = viewport;
		/** @type {import("../types.js").Picture | "none"} */
		this.picture = "mel";
		this.narrow = false;
		/** @type {Map<string, HTMLCanvasElement>} */
		this.painted = new Map();
		this.paintedTop = NaN;
		this.colours = palette(0);
	}
	get height() {
		return this.picture === "none" ? 0 : this.narrow ? 108 : 132;
	}
	/** @param {Tile} tile */
	paint(tile) {
		let canvas = this.painted.get(tile.key);
		if (canvas) this.painted.delete(tile.key); // and last again: the first is the longest unused
		else {
			canvas = document.createElement("canvas");
			canvas.width = tile.columns;
			canvas.height = tile.bands;
			const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
			const image = g.createImageData(tile.columns, tile.bands);
			const pixels = new Uint32Array(image.data.buffer);
			for (let i = 0; i < pixels.length; i++) pixels[i] = this.colours[tile.levels[i]];
			g.putImageData(image, 0, 0);
		}
		this.painted.set(tile.key, canvas);
		if (this.painted.size > MOST_TILES) this.painted.delete(/** @type {string} */ (this.painted.keys().next().value));
		return canvas;
	}
	/** @param {CanvasRenderingContext2D} g @param {Box} box @param {import("../types.js").Look} look */
	draw(g, box, look) {
		if (this.picture === "none") return;
		const { left, width, top, height } = box, view = this.viewport;
		const axis = this.sound.facts.axes[this.picture];
		g.fillStyle = "#000004";
		g.fillRect(left, top, width, height);
		if (axis.top_dbfs !== this.paintedTop) {
			this.painted.clear();
			this.paintedTop = axis.top_dbfs;
			this.colours = palette(axis.top_dbfs);
		}
		g.save();
		g.beginPath();
		g.rect(left, top, width, height);
		g.clip();
		for (const tile of this.sound.tiles(this.picture, view.start, view.end, round(width * box.ratio))) {
			const x = view.xOf(tile.start);
			g.drawImage(this.paint(tile), x, top, view.xOf(tile.start + tile.columns * tile.hop) - x, height);
		}
		g.restore();
		g.textAlign = "right";
		g.textBaseline = "middle";
		let free = Infinity; // labels from the bottom up, none on top of another
		for (const tick of axis.ticks) {
			const y = top + height * (1 - tick.fraction), at = clamp(y, top + 5, top + height - 5);
			if (at > free) continue;
			g.fillStyle = look.ink("soft");
			g.fillRect(left - 4, clamp(y, top, top + height - 1), 4, 1);
			g.fillText(hertz(tick.hz), left - 6, at);
			free = at - 13;
		}
	}
	/** @param {number} _seconds @param {number} y @param {Box} box */
	describe(_seconds, y, box) {
		if (this.picture === "none") return [];
		const axis = this.sound.facts.axes[this.picture], fraction = 1 - (y - box.top) / box.height;
		// a mel filter m is centred at (m + 1) / (bands + 1) of the scale and drawn at (m + 0.5) / bands of the height
		return [hertz(this.picture === "mel" ? melToHz(((fraction * axis.bands + 0.5) / (axis.bands + 1)) * hzToMel(axis.max_hz)) : fraction * axis.max_hz)];
	}
}
