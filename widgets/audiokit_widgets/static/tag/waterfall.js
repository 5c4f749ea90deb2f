/** Where each millisecond went: a bar for each stage, from when to when. */

import { make } from "../kit/dom.js";

/** @typedef {{ name: string, branch: string, start: number, end: number }} Stage */

/** @param {number} ms */
export const millis = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** @param {{ stages: Stage[], took: number, models: string[], notes: string[] }} facts */
export function waterfall({ stages, took, models, notes }) {
	const whole = Math.max(took, ...stages.map(({ end }) => end), 1e-9);
	const rows = stages.map(({ name, branch, start, end }) => {
		const bar = make("span", `span ${branch}`, { "aria-hidden": "true" });
		bar.style.left = `${(start / whole) * 100}%`;
		bar.style.width = `max(2px, ${((end - start) / whole) * 100}%)`;
		return make("li", "", {}, [
			make("span", "label", {}, [name]), make("span", "track", {}, [bar]), make("span", "share", {}, [millis(end - start)]),
		]);
	});
	/** @type {HTMLElement[]} */
	const made = [make("div", "models", {}, [`Models that ran: ${models.join(", ") || "none"}`])];
	if (notes.length) made.push(make("ul", "notes", {}, notes.map((note) => make("li", "", {}, [note]))));
	if (rows.length) {
		const list = make("ol", "waterfall", { "aria-label": "Stages, in milliseconds" }, rows);
		made.push(make("details", "went", {}, [make("summary", "", {}, [`Where each millisecond went: ${millis(took)} in all`]), list]));
	}
	return made;
}
