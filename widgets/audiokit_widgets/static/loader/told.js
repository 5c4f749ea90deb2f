/** Figures on top; stages as bars and the decisions below. */

import { make } from "../kit/dom.js";
import { counted, max } from "../kit/units.js";
import { amount, moment, planChange } from "./curves.js";

/** @typedef {import("./curves.js").Decision} Decision */
/** @typedef {{ verdict: string, tone: string, summary: string, figures: { name: string, value: string, note: string, tone: string }[], stages: [string, number | null][], slowest: string }} Now */

/** Text that is written only when it is another: what is marked stays marked. @param {HTMLElement} node @param {string} text */
export function say(node, text) {
	if (node.textContent !== text) node.textContent = text;
}

export class Figures {
	constructor() {
		this.root = make("div", "figures", { role: "list" }); // no <dl>: Jupyter gives it a look of its own
		/** @type {HTMLElement[][]} */ this.cells = [];
	}
	/** @param {Now["figures"]} figures */
	set(figures) {
		while (this.cells.length < figures.length) {
			const parts = ["name", "value", "note"].map((name) => make("div", name));
			this.cells.push([make("div", "figure", { role: "listitem" }, parts), ...parts]);
			this.root.append(this.cells[this.cells.length - 1][0]);
		}
		figures.forEach(({ name, value, note, tone }, i) => {
			const [box, ...parts] = this.cells[i];
			[name, value, note].forEach((text, k) => say(parts[k], text));
			box.className = `ak-figure${tone ? ` ak-${tone}` : ""}`;
		});
	}
}

export class Stages {
	constructor() {
		this.body = make("tbody", "");
		const table = make("table", "", {}, [make("caption", "", {}, ["Stages, in ms an item"]), this.body]);
		this.nothing = make("div", "soft", {}, ["No stage measured yet."]);
		this.table = table;
		this.root = make("div", "stages", {}, [table, this.nothing]);
	}
	/** @param {Now["stages"]} stages @param {string} slowest */
	set(stages, slowest) {
		const most = max(...stages.map(([, ms]) => ms ?? 0), 1e-9);
		this.table.hidden = !stages.length;
		this.nothing.hidden = stages.length > 0;
		this.body.replaceChildren(...stages.map(([name, ms]) => {
			const bar = make("i", "");
			bar.style.width = `${(100 * (ms ?? 0)) / most}%`;
			const row = make("tr", name === slowest ? "slowest" : "", {}, [make("th", "", { scope: "row" }, [name]), make("td", "level", {}, [bar]), make("td", "number", {}, [amount(ms)])]);
			if (name === slowest) row.title = "An item spends most time here";
			return row;
		}));
	}
}

export class Decisions {
	/** @param {(row: Decision | null) => void} onpoint */
	constructor(onpoint) {
		this.body = make("tbody", "");
		this.title = make("div", "heading");
		this.onpoint = onpoint;
		const heads = ["time", "plan", "reason"].map((name) => make("th", "", { scope: "col" }, [name]));
		this.scroll = make("div", "listed", { tabindex: "0", role: "region", "aria-label": "Decisions, newest first" }, [make("table", "", {}, [make("thead", "", {}, [make("tr", "", {}, heads)]), this.body])]);
		this.root = make("div", "decisions", {}, [this.title, this.scroll]);
		this.key = "";
	}
	/** @param {Decision[]} rows oldest first @param {number} total */
	set(rows, total) {
		const key = `${total}/${rows.length}/${rows[rows.length - 1]?.time}`;
		if (key === this.key) return;
		this.key = key;
		const more = total > rows.length ? `, the newest ${rows.length} listed` : "";
		say(this.title, total ? `${counted(total, "decision")}, newest first${more}` : "No decision yet.");
		this.scroll.hidden = !total;
		this.body.replaceChildren(...[...rows].reverse().map((row) => {
			const node = make("tr", "", {}, [make("td", "number", {}, [moment(row.time)]), make("td", "plan", {}, [planChange(row.before, row.after)]), make("td", "", {}, [row.reason])]);
			node.addEventListener("pointerenter", () => this.onpoint(row));
			node.addEventListener("pointerleave", () => this.onpoint(null));
			return node;
		}));
	}
}
