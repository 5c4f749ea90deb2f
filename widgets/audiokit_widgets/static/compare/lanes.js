/** Outlines above one time axis. */

import { clamp, clock, decimalsFor, floor, max, min, niceStep, round } from "../kit/units.js";

/** @typedef {{ peaks: Float32Array, full: number, magnified: number, ink: string }} Shape lowest and highest in turn; `full` is the amplitude at the edge */

/** Make a canvas as sharp as the screen. @param {HTMLCanvasElement} canvas */
function sharp(canvas) {
	const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
	canvas.width = max(1, round(width * ratio));
	canvas.height = max(1, round(height * ratio));
	const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
	g.scale(ratio, ratio);
	return { g, width, height, ratio };
}

/** @param {HTMLCanvasElement} canvas @param {Shape} shape @param {(name: string) => string} colour */
export function drawOutline(canvas, { peaks, full, magnified, ink }, colour) {
	const { g, width, height, ratio } = sharp(canvas);
	const middle = height / 2, bins = peaks.length / 2;
	g.fillStyle = colour("lane");
	g.fillRect(0, 0, width, height);
	for (const amplitude of [1, 0.5, 0]) {
		g.fillStyle = colour(amplitude === 1 && full > 1 ? "clip" : "rule");
		for (const sign of [1, -1]) g.fillRect(0, clamp(middle - (sign * amplitude * middle) / full, 0, height - 1), width, 1);
	}
	const columns = min(bins, round(width * ratio)), step = width / columns;
	/** @param {number} value */
	const place = (value) => clamp(middle - (value * magnified * middle) / full, 0, height);
	g.fillStyle = g.strokeStyle = colour(ink);
	g.lineWidth = max(0.7, 1 / ratio);
	g.lineJoin = "round"; // a mitre would show peaks that are not there
	g.beginPath();
	/** @type {[number, number][]} */ const below = [];
	for (let c = 0; c < columns; c++) {
		let low = Infinity, high = -Infinity;
		for (let i = floor((c * bins) / columns); i < floor(((c + 1) * bins) / columns); i++) {
			low = min(low, peaks[2 * i]);
			high = max(high, peaks[2 * i + 1]);
		}
		g.lineTo((c + 0.5) * step, place(high));
		below.push([(c + 0.5) * step, place(low)]);
	}
	for (const [x, y] of below.reverse()) g.lineTo(x, y);
	g.closePath();
	g.fill();
	g.stroke();
}

/** @param {HTMLCanvasElement} canvas @param {number} duration @param {(name: string) => string} colour @param {string} font */
export function drawAxis(canvas, duration, colour, font) {
	const { g, width } = sharp(canvas);
	const step = niceStep(duration, max(2, floor(width / 76))), decimals = decimalsFor(step);
	g.font = `11px ${font}`;
	g.textBaseline = "top";
	g.textAlign = "center";
	g.fillStyle = colour("soft");
	for (let i = 0; i * step <= duration * (1 + 1e-9); i++) {
		const x = ((i * step) / duration) * width;
		const text = duration >= 60 ? clock(i * step, decimals) : `${(i * step).toFixed(decimals)} s`;
		const half = g.measureText(text).width / 2;
		g.fillRect(min(x, width - 1), 0, 1, 5);
		g.fillText(text, clamp(x, half, width - half), 8);
	}
}
