/** Lines of a running text: which piece begins a line, and where pieces stand in it. */

/**
 * First piece of each line.
 * @param {ArrayLike<number>} widths pixels @param {ReadonlySet<number>} begins pieces that stand at the beginning of a line @param {number} room pixels
 */
export function linesOf(widths, begins, room) {
	/** @type {number[]} */ const firsts = [];
	for (let i = 0, x = 0; i < widths.length; i++) {
		if (!i || begins.has(i) || x + widths[i] > room) {
			firsts.push(i);
			x = 0;
		}
		x += widths[i];
	}
	return firsts;
}

/** How many of some rising numbers are at most as large. @param {ArrayLike<number>} rising @param {number} value */
export function upTo(rising, value) {
	let low = 0, high = rising.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (rising[middle] <= value) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** The line in which a piece stands. @param {number[]} firsts @param {number} piece */
export const lineOf = (firsts, piece) => upTo(firsts, piece) - 1;

/**
 * The piece of another line that stands nearest to one's middle.
 * @param {ArrayLike<number>} widths @param {number[]} firsts @param {number} piece @param {number} by lines down
 */
export function beside(widths, firsts, piece, by) {
	const line = lineOf(firsts, piece), to = Math.min(Math.max(line + by, 0), firsts.length - 1);
	let wanted = widths[piece] / 2;
	for (let i = firsts[line]; i < piece; i++) wanted += widths[i];
	const past = firsts[to + 1] ?? widths.length;
	let i = firsts[to], x = widths[i];
	while (x < wanted && i + 1 < past) x += widths[++i];
	return i;
}

/** Measures texts, each once for a font. */
export class Ruler {
	constructor() {
		this.g = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
		this.font = "";
		/** @type {Map<string, number>} */ this.known = new Map();
	}
	/** From now on in this font: asking an element for it takes longer than measuring. @param {string} font */
	use(font) {
		if (font !== this.font) this.known.clear();
		this.g.font = this.font = font;
	}
	/** Pixels. @param {string} text @returns {number} */
	width(text) {
		let width = this.known.get(text);
		if (width === undefined) this.known.set(text, (width = this.g.measureText(text).width));
		return width;
	}
}
