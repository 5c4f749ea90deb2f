/** The spans as a table that can be edited by keyboard alone. */

import { make } from "../kit/dom.js";
import { SHAPES, button, icon } from "../kit/icons.js";
import { clock, counted } from "../kit/units.js";

/** @typedef {import("./edits.js").Mark} Mark */

const MOST_ROWS = 500;

export class MarkTable {
	/**
	 * @param {{ signal: AbortSignal, lists: string, onpick: (index: number) => void, onhear: (index: number) => void,
	 *   onremove: (index: number) => void, onedit: (index: number, change: Partial<Mark>) => void }} options
	 */
	constructor(options) {
		this.options = options;
		this.body = make("tbody", "");
		this.summary = make("summary", "");
		const head = make("tr", "", {}, ["", "start (s)", "end (s)", "label", "tier", ""].map((name) => (name ? make("th", "", { scope: "col" }, [name]) : make("td", ""))));
		this.table = make("table", "", {}, [make("thead", "", {}, [head]), this.body]);
		const scroll = make("div", "scroll", { tabindex: "0", role: "region", "aria-label": "spans" }, [this.table]);
		this.root = make("div", "spans", {}, [make("details", "", { open: "" }, [this.summary, scroll])]);
		/** @type {Map<number, HTMLElement>} */ this.rows = new Map();
		/** @type {Mark[]} */ this.marks = [];
	}
	/** @param {Mark[]} marks @param {Map<string, string>} hues @param {boolean} tiered */
	set(marks, hues, tiered) {
		const focus = /** @type {HTMLElement | null} */ (document.activeElement)?.closest?.("tr"), name = document.activeElement?.getAttribute("name");
		const kept = focus && this.body.contains(focus) ? [...this.rows].find(([, row]) => row === focus)?.[0] : undefined;
		this.marks = marks;
		this.rows.clear();
		this.table.classList.toggle("ak-tiered", tiered);
		const order = [...marks.keys()].sort((a, b) => marks[a].start - marks[b].start).slice(0, MOST_ROWS);
		this.body.replaceChildren(...order.map((i) => this.row(i, hues)));
		this.summary.textContent = counted(marks.length, "span") + (marks.length > MOST_ROWS ? `, the first ${MOST_ROWS} listed` : "");
		if (kept !== undefined && name) /** @type {HTMLElement | null} */ (this.rows.get(kept)?.querySelector(`[name="${name}"]`))?.focus();
	}
	/** @param {number} i @param {Map<string, string>} hues */
	row(i, hues) {
		const mark = this.marks[i], what = `${mark.label || "span"} at ${clock(mark.start, 2)}`;
		const hear = button("hear", `Play ${what}`, [icon(SHAPES.play)]), gone = button("gone", `Remove ${what}`, ["×"]);
		const swatch = make("i", "swatch");
		swatch.style.background = hues.get(mark.label) ?? "";
		const time = (/** @type {"start" | "end"} */ side) => {
			const field = make("input", "field", { type: "number", step: "0.01", min: "0", name: side, "aria-label": `${side} of ${what}, seconds`, value: String(+mark[side].toFixed(6)) });
			field.addEventListener("change", () => {
				const value = Number(field.value);
				if (field.value !== "" && Number.isFinite(value) && value !== mark[side]) this.options.onedit(i, { [side]: value });
				else field.value = String(mark[side]);
			});
			return make("td", "number", {}, [field]);
		};
		const label = make("input", "field", { name: "label", "aria-label": `Label of ${what}`, value: mark.label, list: this.options.lists });
		label.addEventListener("change", () => label.value !== mark.label && this.options.onedit(i, { label: label.value }));
		const row = make("tr", "", {}, [make("td", "", {}, [hear]), time("start"), time("end"), make("td", "", {}, [swatch, label]), make("td", "", {}, [mark.tier]), make("td", "", {}, [gone])]);
		hear.addEventListener("click", () => this.options.onhear(i));
		gone.addEventListener("click", (event) => (event.stopPropagation(), this.options.onremove(i)));
		row.addEventListener("focusin", () => this.options.onpick(i));
		row.addEventListener("pointerdown", () => this.options.onpick(i));
		this.rows.set(i, row);
		return row;
	}
	/** @param {number} index @param {boolean} scroll */
	choose(index, scroll) {
		for (const [i, row] of this.rows) row.classList.toggle("ak-chosen", i === index);
		const row = this.rows.get(index), pane = row?.closest(".ak-scroll");
		if (!scroll || !row || !pane || row.contains(document.activeElement)) return;
		const top = row.offsetTop, low = top + row.offsetHeight; // scrolls its own pane, never the page
		if (top < pane.scrollTop) pane.scrollTop = top;
		else if (low > pane.scrollTop + pane.clientHeight) pane.scrollTop = low - pane.clientHeight;
	}
	/** @param {number} seconds */
	paint(seconds) {
		for (const [i, row] of this.rows) row.classList.toggle("ak-heard", this.marks[i]?.start <= seconds && seconds < this.marks[i]?.end);
	}
}
