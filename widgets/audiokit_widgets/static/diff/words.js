/** The aligned words out of their bytes, and which of them are shown. */

import { aligned } from "../inspector/data.js";

/** @typedef {"equal" | "substituted" | "missing" | "inserted"} Kind */
/** @typedef {{ said: string, heard: string, kind: Kind, start: number, end: number }} AlignedWord seconds; NaN where there are none */
/** @typedef {{ count: number, vocabulary: string[], wer: number, cer: number, counts: Record<string, number>, reference_words: number, notes: string[] }} DiffFacts */

/** Kinds of errors: the sign that tells one, what the field calls it, its colour on the clock. @type {Record<string, { sign: string, noun: string, hue: string }>} */
export const ERRORS = {
	substituted: { sign: "≠", noun: "substitution", hue: "#d9730d" },
	missing: { sign: "−", noun: "deletion", hue: "#d6336c" },
	inserted: { sign: "+", noun: "insertion", hue: "#2f6fde" },
};
const ABOUT = 3; // words about an error, where only errors are shown

/** @param {DiffFacts} facts @param {DataView | ArrayBuffer | Uint8Array} bytes @returns {AlignedWord[]} */
export function wordsOf({ count, vocabulary }, bytes) {
	const data = aligned(bytes), times = new Float64Array(data, 0, 2 * count), places = new Uint32Array(data, 16 * count, 2 * count);
	return Array.from({ length: count }, (_, i) => {
		const said = vocabulary[places[i]], heard = vocabulary[places[count + i]];
		const kind = said === heard ? "equal" : !said ? "inserted" : !heard ? "missing" : "substituted";
		return { said, heard, kind, start: times[i], end: times[count + i] };
	});
}

/**
 * Which words are shown, and before which of these something was left out.
 * @param {AlignedWord[]} words @param {(word: AlignedWord) => boolean} wrong @param {boolean} only whether only errors and what stands about them
 */
export function shownOf(words, wrong, only) {
	/** @type {number[]} */ const shown = [];
	/** @type {Set<number>} */ const begins = new Set();
	let until = only ? -1 : words.length, next = -1;
	for (let i = 0; i < words.length; i++) {
		if (only && next < i) for (next = i; next < words.length && !wrong(words[next]); ) next++; // the next error, from here on
		if (only && next < words.length && i >= next - ABOUT) until = Math.max(until, next + ABOUT + 1);
		if (i >= until) continue;
		if (only && shown.at(-1) !== i - 1) begins.add(shown.length);
		shown.push(i);
	}
	return { shown, begins };
}
