/** What is under the pointer or the focus: a reading, or why a plan was changed. */

import { make } from "../kit/dom.js";
import { clamp, counted, max, min } from "../kit/units.js";
import { grouped, moment, nearest, planChange, reading } from "./curves.js";

/** @typedef {import("./curves.js").History} History */
/** @typedef {import("./curves.js").Decision} Decision */

const APART = 14, MOST_TOLD = 4; // pixels between marks, reasons in one bubble

/** @param {Decision} decision */
const told = ({ time, before, after, reason }) => `${moment(time)}, ${planChange(before, after)}: ${reason}`;

export class Pointing {
	/** @param {HTMLElement} over the layer above all lanes @param {AbortSignal} signal */
	constructor(over, signal) {
		this.signal = signal;
		/** @type {History} */ this.history = { time: [], took: [], made: [], waited: [], plans: [[0, 0, 1, 1]], end: 1, readings: 0 };
		/** @type {Decision[][]} */ this.groups = [];
		/** @type {HTMLButtonElement[]} */ this.marks = [];
		this.at = -1;
		this.current = 0; // the mark that Tab leads to
		this.surface = make("div", "readings", { role: "slider", tabindex: "0", "aria-label": "Readings over time", "aria-valuemin": "0" });
		this.cursor = make("div", "hair", { hidden: "" });
		this.chip = make("div", "bubble", { hidden: "", "aria-hidden": "true" });
		this.row = make("div", "marks", { role: "group", "aria-label": "Decisions about the plan" });
		over.append(this.surface, this.cursor, this.row, this.chip);
		/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then */
		const listen = (node, name, then) => node.addEventListener(name, then, { signal });
		listen(this.surface, "pointermove", (event) => {
			const { left, width } = this.surface.getBoundingClientRect();
			this.read(nearest(this.history.time, (clamp((event.clientX - left) / width, 0, 1)) * this.end));
		});
		listen(this.surface, "pointerleave", () => this.hide());
		listen(this.surface, "focus", () => this.surface.matches(":focus-visible") && this.read(this.history.time.length - 1));
		listen(this.surface, "blur", () => this.hide());
		listen(this.surface, "keydown", (event) => this.keyOnReadings(event));
		listen(this.row, "keydown", (event) => this.keyOnMarks(event));
	}
	get end() {
		return this.history.end || 1;
	}
	/** @param {History} history @param {Decision[]} rows */
	set(history, rows) {
		this.history = history;
		const { time } = history, width = this.row.clientWidth || 600, was = this.current >= this.groups.length - 1;
		this.groups = grouped(rows, (APART / width) * this.end);
		while (this.marks.length > this.groups.length) this.marks.pop()?.parentElement?.remove();
		while (this.marks.length < this.groups.length) this.addMark(this.marks.length);
		this.groups.forEach((group, i) => {
			const label = `${group.length > 1 ? `${counted(group.length, "decision")}. ` : ""}${group.map(told).join(" ")}`, mark = this.marks[i];
			if (mark.ariaLabel !== label) mark.ariaLabel = label;
			/** @type {HTMLElement} */ (mark.parentElement).style.left = `${(100 * group[0].time) / this.end}%`;
		});
		const focused = this.marks.some((mark) => mark === mark.ownerDocument.activeElement);
		this.stand(was && !focused ? this.groups.length - 1 : min(this.current, this.groups.length - 1));
		this.surface.setAttribute("aria-valuemax", String(this.end));
		if (this.at >= time.length) this.hide();
		else if (this.at < 0) this.value(time.length - 1);
	}
	/** @param {number} index */
	addMark(index) {
		const mark = make("button", "pin", { type: "button" }), { signal } = this;
		mark.addEventListener("pointerenter", () => this.explain(index), { signal });
		mark.addEventListener("pointerleave", () => mark !== mark.ownerDocument.activeElement && this.hide(), { signal });
		mark.addEventListener("focus", () => {
			this.stand(index);
			this.explain(index);
		}, { signal });
		mark.addEventListener("blur", () => this.hide(), { signal });
		mark.addEventListener("click", () => this.explain(index), { signal });
		this.marks.push(mark);
		this.row.append(make("div", "mark", {}, [mark]));
	}
	/** One mark is in the order of Tab; arrows lead to the others. @param {number} index */
	stand(index) {
		this.current = max(index, 0);
		this.marks.forEach((mark, i) => (mark.tabIndex = i === this.current ? 0 : -1));
	}
	/** Show why. @param {number} index */
	explain(index) {
		const group = this.groups[index];
		if (!group) return;
		this.hide();
		this.marks[index].parentElement?.classList.add("ak-on");
		const lines = group.slice(-MOST_TOLD).reverse().map(({ time, before, after, reason }) => make("div", "", {}, [make("strong", "", {}, [`${moment(time)} · ${planChange(before, after)}`]), ` ${reason}`]));
		if (group.length > MOST_TOLD) lines.push(make("div", "", {}, [`and ${group.length - MOST_TOLD} before, in the list below`]));
		this.bubble(lines, group[0].time / this.end, true);
	}
	/** Mark a decision of the list. @param {Decision | null} row */
	point(row) {
		this.groups.forEach((group, i) => this.marks[i].parentElement?.classList.toggle("ak-on", row !== null && group.some(({ time }) => time === row.time)));
	}
	/** Show a reading. @param {number} at */
	read(at) {
		if (at < 0) return this.hide();
		this.hide();
		this.at = at;
		const fraction = this.history.time[at] / this.end, [when, ...rest] = reading(this.history, at);
		this.cursor.style.left = `${100 * fraction}%`;
		this.cursor.hidden = false;
		this.bubble([make("strong", "", {}, [when]), ...rest.map((text) => make("div", "", {}, [text]))], fraction, false);
		this.value(at);
	}
	/** @param {number} at */
	value(at) {
		const known = at >= 0;
		this.surface.setAttribute("aria-valuenow", String(known ? this.history.time[at] : 0));
		this.surface.setAttribute("aria-valuetext", known ? reading(this.history, at).join(", ") : "nothing measured yet");
	}
	/** @param {HTMLElement[]} lines @param {number} fraction of the width @param {boolean} wide */
	bubble(lines, fraction, wide) {
		this.chip.replaceChildren(...lines);
		this.chip.classList.toggle("ak-wide", wide);
		this.chip.hidden = false;
		const all = this.row.clientWidth, size = this.chip.offsetWidth, x = fraction * all;
		// beside what it tells of, where there is room; never beyond the plot
		const beside = x + 12 + size <= all ? x + 12 : x - 12 - size;
		this.chip.style.left = `${clamp(wide ? x - size / 2 : beside, min(0, all - size), max(0, all - size))}px`;
	}
	hide() {
		this.at = -1;
		this.cursor.hidden = this.chip.hidden = true;
		for (const mark of this.marks) mark.parentElement?.classList.remove("ak-on");
	}
	/** @param {KeyboardEvent} event */
	keyOnReadings(event) {
		const last = this.history.time.length - 1, from = this.at < 0 ? last : this.at;
		const to = { ArrowLeft: from - 1, ArrowRight: from + 1, ArrowDown: from - 1, ArrowUp: from + 1, PageDown: from - 20, PageUp: from + 20, Home: 0, End: last }[event.key];
		if (event.key === "Escape") this.hide();
		else if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
		else this.read(clamp(to, min(0, last), last));
		event.preventDefault();
		event.stopPropagation();
	}
	/** @param {KeyboardEvent} event */
	keyOnMarks(event) {
		const last = this.groups.length - 1;
		const to = { ArrowLeft: this.current - 1, ArrowRight: this.current + 1, Home: 0, End: last }[event.key];
		if (event.key === "Escape") this.hide();
		else if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
		else this.marks[clamp(to, 0, last)]?.focus();
		event.preventDefault();
		event.stopPropagation();
	}
}
