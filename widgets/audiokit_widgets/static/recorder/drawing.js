/** What the eye gets: the outline of a take at true amplitude, and its levels in dBFS. */

import { make } from "../kit/dom.js";
import { dbfs, decibels } from "../kit/scales.js";
import { clamp, clock, decimalsFor, niceStep, round } from "../kit/units.js";

const SVG_NAMES = "http://www.w3.org/2000/svg";
const FLOOR_DB = -60, MARKS = [-60, -48, -36, -24, -12, -6, 0], MOST_TICKS = 8;

/** The amplitude axis, from 1 down to -1, stands in the style sheet. */
export function makePicture() {
	const svg = document.createElementNS(SVG_NAMES, "svg"), paths = ["curve", "hits"].map((name) => {
		const path = document.createElementNS(SVG_NAMES, "path");
		path.setAttribute("class", `ak-${name}`);
		return path;
	});
	svg.append(...paths);
	svg.setAttribute("preserveAspectRatio", "none");
	svg.setAttribute("role", "img");
	const axis = make("div", "ticks", { "aria-hidden": "true" }), lane = make("div", "strip", {}, [svg]);
	const stage = make("div", "tape", {}, [lane, axis]);
	/** @param {import("./meter.js").Outline} outline @param {number} rate Hz @param {number} seconds of the whole width */
	const draw = ({ low, high, columns, clips: marked, span, frames }, rate, seconds) => {
		svg.setAttribute("viewBox", `0 -1 ${(seconds * rate) / span} 2`);
		let upper = "M0 0", lower = "", clips = "";
		for (let i = 0; i < columns; i++) {
			upper += `L${i + 0.5} ${-high[i]}`;
			lower = `L${i + 0.5} ${-low[i]}${lower}`;
			if (marked[i]) clips += `M${i} -1v.1M${i} 1v-.1`;
		}
		paths[0].setAttribute("d", `${upper}${lower}z`);
		paths[1].setAttribute("d", clips);
		svg.setAttribute("aria-label", `Waveform of ${clock(frames / rate, 1)}`);
		const tick = niceStep(seconds, MOST_TICKS);
		axis.replaceChildren(...Array.from({ length: 1 + seconds / tick }, (_, i) => {
			const mark = make("span", "", {}, [clock(i * tick, decimalsFor(tick))]);
			mark.style.left = `${(100 * i * tick) / seconds}%`;
			return mark;
		}));
	};
	return { stage, draw };
}

/** A level's place on the meter. @param {number} amplitude */
const place = (amplitude) => `${100 * clamp(1 - decibels(amplitude) / FLOOR_DB, 0, 1)}%`;

/** @param {HTMLElement} levels @param {import("./meter.js").Meter} meter */
export function paintLevels(levels, { bars }) {
	if (levels.childElementCount !== bars.length + 1) {
		const rows = bars.map((_, c) => make("div", "row", {}, [
			make("div", "meter", { role: "meter", "aria-label": bars.length > 1 ? `Level of channel ${c + 1}` : "Level", "aria-valuemin": `${FLOOR_DB}`, "aria-valuemax": "0" }),
			make("span", "reading", { "aria-hidden": "true" }),
		]));
		levels.replaceChildren(...rows, make("div", "marks", { "aria-hidden": "true" }, MARKS.map((db) => {
			const mark = make("span", "", {}, [db ? `−${-db}` : "0 dBFS"]);
			mark.style.left = place(10 ** (db / 20));
			return mark;
		})));
	}
	bars.forEach(({ square, held }, c) => {
		const [meter, reading] = /** @type {HTMLElement[]} */ ([...levels.children[c].children]);
		const level = Math.sqrt(square), text = `${dbfs(level)} RMS, peak ${dbfs(held)}`;
		meter.style.setProperty("--rms", place(level));
		meter.style.setProperty("--peak", place(held));
		reading.textContent = text.replace(" dBFS", "");
		meter.setAttribute("aria-valuenow", `${round(clamp(decibels(level), FLOOR_DB, 0))}`);
		meter.setAttribute("aria-valuetext", text);
	});
}
