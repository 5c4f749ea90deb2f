/** One branch of a result: what was found in a word, its state, how sure, and why. */

import { make } from "../kit/dom.js";

/**
 * @typedef {{ name: string, title: string, state: string, mark: string, word: string, below: string, sentence: string, notes: string[],
 *   scores: [string, number][], of: string, threshold: number | null, windows: [number, number][] }} Branch
 */

/** @param {number} share */
export const percent = (share) => `${Math.round(share * 100)} %`;

/** @param {Branch} branch @param {(branch: Branch) => void} hear */
export function branchTile(branch, hear) {
	const { title, state, mark, word, below, sentence, notes, scores, of, threshold, windows } = branch;
	const badge = make("span", `state ${state}`, {}, [`${mark} ${state}`]);
	/** @type {HTMLElement[]} */
	const parts = [
		make("div", "head", {}, [make("span", "name", {}, [title]), badge]),
		make("div", `word${state === "ok" ? "" : " quiet"}`, {}, [word]),
	];
	if (below) parts.push(make("div", "below", {}, [below]));
	if (scores.length) parts.push(bars(scores, threshold, of));
	parts.push(make("div", "said", {}, [sentence]));
	if (windows.length) {
		const button = make("button", "tool listen", { type: "button" }, [`▶ Hear what it heard${windows.length > 1 ? ` (${windows.length} windows)` : ""}`]);
		button.addEventListener("click", () => hear(branch));
		parts.push(button);
	}
	if (notes.length) parts.push(make("details", "more", {}, [make("summary", "", {}, ["More"]), ...notes.map((note) => make("div", "note", {}, [note]))]));
	return make("section", "tile", { "aria-label": `${title}: ${word}, ${state}` }, parts);
}

/** @param {[string, number][]} scores @param {number | null} threshold @param {string} of what they are scores of */
function bars(scores, threshold, of) {
	const least = threshold === null ? "" : `; at least ${percent(threshold)} is wanted`;
	return make("ul", "scores", { "aria-label": `${of}${least}` }, scores.map(([label, score], i) => {
		const bar = make("span", `meter${i === 0 && threshold !== null ? " first" : ""}`, { "aria-hidden": "true" }), fill = make("span", "fill");
		fill.style.width = `${Math.min(score, 1) * 100}%`;
		bar.append(fill);
		if (threshold !== null) {
			const line = make("span", "least", { title: `at least ${percent(threshold)} is wanted` });
			line.style.left = `${threshold * 100}%`;
			bar.append(line);
		}
		return make("li", "", {}, [make("span", "label", {}, [label]), bar, make("span", "share", {}, [percent(score)])]);
	}));
}
