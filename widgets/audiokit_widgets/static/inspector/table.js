/** All spans as a grid: sorted, filtered, walked by arrow keys; only the rows in sight are elements, so that 50,000 are no more than 20. */

import { make } from "../kit/dom.js";
import { clamp, clock, counted, floor, max, min } from "../kit/units.js";

/** @typedef {import("../kit/types.js").Span} Span @typedef {{ name: string, spans: Span[], hues: Map<string, string> }} SpanSource */
/** @typedef {{ lane: number, index: number, span: Span }} Entry */
/** @typedef {"order" | "lane" | "start" | "end" | "duration" | "label" | "score"} SortKey */

const ROW_HEIGHT = 24;

/** What an entry is sorted by. @param {Entry} entry @param {SortKey} key @returns {number | string} */
export const sortValue = ({ lane, span: { start, end, label, score } }, key) => ({ order: 0, lane, start, end, duration: end - start, label: label.toLowerCase(), score: score ?? -Infinity })[key];

/**
 * Entries that a filter lets through, sorted; equals keep their order.
 * @param {Entry[]} entries @param {{ text: string, lane: number, key: SortKey, down: boolean }} wish
 */
export function arranged(entries, { text, lane, key, down }) {
	const wanted = text.trim().toLowerCase();
	const kept = entries.filter((entry) => (lane < 0 || entry.lane === lane) && entry.span.label.toLowerCase().includes(wanted));
	const values = new Map(kept.map((entry) => [entry, sortValue(entry, key)])), sign = down ? -1 : 1;
	return kept.sort((a, b) => {
		const x = /** @type {number | string} */ (values.get(a)), y = /** @type {number | string} */ (values.get(b));
		return x < y ? -sign : x > y ? sign : 0;
	});
}

export class SpanGrid {
	/** @param {{ signal: AbortSignal, onchoose: (lane: number, index: number) => void, onhear: (lane: number, index: number) => void }} options */
	constructor({ signal, onchoose, onhear }) {
		this.onchoose = onchoose;
		this.onhear = onhear;
		/** @type {SpanSource[]} */ this.sources = [];
		/** @type {SortKey[]} */ this.keys = [];
		/** @type {Entry[]} */ this.all = [];
		/** @type {Entry[]} */ this.rows = [];
		this.current = -1;
		this.at = NaN;
		/** @type {{ text: string, lane: number, key: SortKey, down: boolean }} */
		this.wish = { text: "", lane: -1, key: "order", down: false };
		this.id = `ak-${Math.random().toString(36).slice(2)}-`;
		/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then */
		const listen = (node, name, then) => node.addEventListener(name, then, { signal });
		this.filter = make("input", "field", { type: "search", placeholder: "Find a label", "aria-label": "Find a label" });
		this.pick = make("select", "choice", { "aria-label": "Lane listed" });
		this.count = make("span", "count", { role: "status" });
		this.head = make("div", "row head", { role: "row" });
		this.body = make("div", "body", { role: "rowgroup" });
		this.grid = make("div", "grid", { role: "grid", tabindex: "0", "aria-label": "Spans" }, [this.head, this.body]);
		this.root = make("div", "table", {}, [make("div", "finder", {}, [this.pick, this.filter, this.count]), this.grid]);
		listen(this.filter, "input", () => this.arrange({ text: this.filter.value }));
		listen(this.pick, "change", () => this.arrange({ lane: Number(this.pick.value) }));
		listen(this.grid, "scroll", () => this.paintRows());
		listen(this.grid, "keydown", (event) => this.press(event));
		listen(this.grid, "click", (event) => {
			const row = event.target.closest("[data-row]"), sorted = event.target.closest("[data-key]")?.dataset.key;
			if (row) this.go(Number(row.dataset.row), true);
			// up, down, and as given again
			else if (sorted) this.arrange(this.wish.key !== sorted ? { key: sorted, down: false } : this.wish.down ? { key: "order", down: false } : { down: true });
		});
	}
	/** @param {SpanSource[]} sources */
	set(sources) {
		this.sources = sources;
		this.all = sources.flatMap(({ spans }, lane) => spans.map((span, index) => ({ lane, index, span })));
		this.root.hidden = !sources.length;
		this.pick.hidden = sources.length < 2;
		this.pick.replaceChildren(...[["-1", "all lanes"], ...sources.map(({ name }, i) => [String(i), name])].map(([value, text]) => make("option", "", { value }, [text])));
		this.keys = ["start", "end", "duration", "label"];
		if (sources.length > 1) this.keys.splice(3, 0, "lane");
		if (this.all.some(({ span }) => span.score !== null)) this.keys.push("score");
		this.grid.style.setProperty("--ak-columns", this.keys.map((key) => (key === "label" ? "minmax(60px, 1fr)" : `minmax(44px, ${key === "lane" ? 140 : 84}px)`)).join(" "));
		this.head.replaceChildren(...this.keys.map((key) => make("button", "cell", { role: "columnheader", type: "button", "data-key": key, title: `Sort by ${key}` }, [key])));
		this.arrange({ lane: -1 });
	}
	/** @param {Partial<SpanGrid["wish"]>} change */
	arrange(change) {
		const chosen = this.rows[this.current];
		Object.assign(this.wish, change);
		this.pick.value = String(this.wish.lane);
		this.rows = arranged(this.all, this.wish);
		this.current = chosen ? this.rows.indexOf(chosen) : -1;
		for (const cell of /** @type {Iterable<HTMLElement>} */ (this.head.children)) cell.setAttribute("aria-sort", cell.dataset.key !== this.wish.key ? "none" : this.wish.down ? "descending" : "ascending");
		this.count.textContent = counted(this.rows.length, "span") + (this.rows.length < this.all.length ? ` of ${this.all.length.toLocaleString("en")}` : "");
		this.grid.setAttribute("aria-rowcount", String(this.rows.length + 1));
		this.body.style.height = `${max(1, this.rows.length) * ROW_HEIGHT}px`;
		this.paintRows();
	}
	/** Rows in sight, and a few about them. */
	seen() {
		const first = max(0, floor(this.grid.scrollTop / ROW_HEIGHT) - 2);
		return [first, min(this.rows.length, first + 16)];
	}
	paintRows() {
		const [first, last] = this.seen(), made = [];
		for (let i = first; i < last; i++) {
			const { lane, span } = this.rows[i], swatch = make("i", "swatch");
			swatch.style.background = this.sources[lane].hues.get(span.label) ?? "";
			const heard = span.start <= this.at && this.at < span.end;
			const row = make("div", `row${heard ? " heard" : ""}${i === this.current ? " chosen" : ""}`, { role: "row", "data-row": String(i), id: this.id + i, "aria-rowindex": String(i + 2), "aria-selected": String(i === this.current) });
			row.style.top = `${i * ROW_HEIGHT}px`;
			const texts = {
				start: clock(span.start, 2), end: clock(span.end, 2), duration: `${(span.end - span.start).toFixed(2)} s`, lane: this.sources[lane].name,
				label: span.label, score: span.score?.toFixed(2) ?? "", order: "",
			};
			for (const key of this.keys) row.append(make("span", "cell", { role: "gridcell", title: texts[key] }, [...(key === "label" ? [swatch] : []), texts[key]]));
			made.push(row);
		}
		if (!made.length) made.push(make("div", "row", { role: "row" }, [make("span", "cell none", { role: "gridcell" }, ["No such label."])]));
		this.body.replaceChildren(...made);
		this.grid.setAttribute("aria-activedescendant", this.current >= 0 ? this.id + this.current : "");
	}
	/** Mark what is heard now. @param {number} seconds */
	paint(seconds) {
		const before = this.at;
		this.at = seconds;
		if (this.rows.slice(...this.seen()).some(({ span }) => (span.start <= before && before < span.end) !== (span.start <= seconds && seconds < span.end))) this.paintRows();
	}
	/** @param {number} row @param {boolean} hear */
	go(row, hear) {
		if (!this.rows.length) return;
		this.show(clamp(row, 0, this.rows.length - 1));
		const { lane, index } = this.rows[this.current];
		this.onchoose(lane, index);
		if (hear) this.onhear(lane, index);
	}
	/** Bring a row into sight and mark it. @param {number} row */
	show(row) {
		this.current = row;
		const top = row * ROW_HEIGHT, room = this.grid.clientHeight - this.head.offsetHeight;
		if (row >= 0) this.grid.scrollTop = clamp(this.grid.scrollTop, top + ROW_HEIGHT - room, top);
		this.paintRows();
	}
	/** Find the row of a span; a filter that hides it is taken away. @param {number} lane @param {number} index */
	choose(lane, index) {
		const is = (/** @type {Entry} */ entry) => entry.lane === lane && entry.index === index;
		if (lane >= 0 && !this.rows.some(is)) this.arrange({ text: (this.filter.value = ""), lane: -1 });
		this.show(this.rows.findIndex(is));
	}
	/** @param {KeyboardEvent} event */
	press(event) {
		if (event.ctrlKey || event.metaKey || event.altKey || /** @type {HTMLElement} */ (event.target) !== this.grid) return;
		const page = max(1, floor(this.grid.clientHeight / ROW_HEIGHT) - 2), end = this.rows.length - 1;
		const to = { ArrowDown: this.current + 1, ArrowUp: max(0, this.current - 1), PageDown: this.current + page, PageUp: this.current - page, Home: 0, End: end }[event.key];
		if (to !== undefined) this.go(to, false);
		else if (event.key === "Enter" && this.current >= 0) this.go(this.current, true);
		else return;
		event.preventDefault();
		event.stopPropagation();
	}
}
