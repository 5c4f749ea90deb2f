/** Spans as a table: a click on a row is heard, and what is heard is marked. */

import { make } from "./dom.js";
import { SHAPES, button, icon } from "./icons.js";
import { clock, counted } from "./units.js";

/** @typedef {import("./types.js").Span} Span */

const MOST_ROWS = 1000;

export class SpanTable {
	/** @param {{ signal: AbortSignal, onpick: (index: number) => void }} options */
	constructor({ signal, onpick }) {
		this.root = make("div", "spans");
		this.signal = signal;
		this.onpick = onpick;
		/** @type {Span[]} */ this.spans = [];
		/** @type {HTMLElement[]} */ this.rows = [];
		/** @type {Set<number>} */ this.heard = new Set();
	}
	/** @param {Span[]} spans @param {Map<string, string>} hues @param {string} noun */
	set(spans, hues, noun = "segment") {
		this.spans = spans.slice(0, MOST_ROWS);
		this.rows = [];
		this.heard.clear();
		this.root.replaceChildren();
		if (!spans.length) return;
		const scored = spans.some((span) => span.score !== null);
		const head = make("tr", "");
		for (const name of ["", "start", "end", "duration", "label", ...(scored ? ["score"] : [])]) head.append(name ? make("th", "", { scope: "col" }, [name]) : make("td", ""));
		const body = make("tbody", "");
		this.spans.forEach((span, index) => {
			const row = make("tr", "", {}, [make("td", "", {}, [button("hear", `Play ${span.label || noun} from ${clock(span.start, 2)}`, [icon(SHAPES.play)])])]);
			for (const value of [span.start, span.end, span.end - span.start]) row.append(make("td", "number", {}, [`${value.toFixed(2)} s`]));
			const swatch = make("i", "swatch");
			swatch.style.background = hues.get(span.label) ?? "";
			row.append(make("td", "", {}, [swatch, span.label]));
			if (scored) row.append(make("td", "number", {}, [span.score === null ? "" : span.score.toFixed(2)]));
			row.addEventListener("click", () => this.onpick(index), { signal: this.signal });
			this.rows.push(row);
			body.append(row);
		});
		const more = spans.length > MOST_ROWS ? `, the first ${MOST_ROWS} listed` : "";
		const scroll = make("div", "scroll", { tabindex: "0", role: "region", "aria-label": `${noun}s` }, [make("table", "", {}, [make("thead", "", {}, [head]), body])]);
		this.root.append(make("details", "", spans.length <= 8 ? { open: "" } : {}, [make("summary", "", {}, [counted(spans.length, noun) + more]), scroll]));
	}
	/** Mark what is heard now. @param {number} seconds */
	paint(seconds) {
		this.rows.forEach((row, i) => {
			const heard = this.spans[i].start <= seconds && seconds < this.spans[i].end;
			if (heard === this.heard.has(i)) return;
			row.classList.toggle("ak-heard", heard);
			if (heard) this.heard.add(i);
			else this.heard.delete(i);
		});
	}
	/** Bring a row into sight and mark it as chosen. @param {number} index */
	choose(index) {
		this.rows.forEach((row, i) => row.classList.toggle("ak-chosen", i === index));
		this.rows[index]?.scrollIntoView({ block: "nearest" });
	}
}
