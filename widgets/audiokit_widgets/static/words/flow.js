/**
 * A running text whose pieces are chosen, heard and followed: a list box. Only the lines in sight are elements, so that 10,000 words are
 * no more than 200.
 */

import { make } from "../kit/dom.js";
import { ceil, clamp, floor, max, min } from "../kit/units.js";
import { beside, lineOf, linesOf } from "./lines.js";

/**
 * What a text is made of. `widths` gives pixels with all that stands about a piece, and is asked while the text stands in a page; `fill` gives an element what it holds, and
 * returns what it is called; `dress` names the classes of a piece now; `mark` is what stands before a line whose first piece it is, `lead` before a piece.
 * @typedef {{ count: number, widths: () => ArrayLike<number>, begins: ReadonlySet<number>, fill: (node: HTMLElement, i: number) => string, dress: (i: number) => string,
 *   mark: (i: number, begins: boolean) => string, lead?: (i: number) => HTMLElement | undefined }} Pieces
 */

export class Flow {
	/**
	 * @param {{ signal: AbortSignal, label: string, line: number, rows: number, margin: number,
	 *   onchoose: (i: number) => void, onhear: (i: number, onwards: boolean) => void, onedit?: (i: number) => void }} options pixels: height of a line, room for marks
	 */
	constructor({ signal, label, line, rows, margin, onchoose, onhear, onedit }) {
		this.line = line;
		this.margin = margin;
		this.onchoose = onchoose;
		this.onhear = onhear;
		/** @type {Pieces} */ this.pieces = { count: 0, widths: () => [], begins: new Set(), fill: () => "", dress: () => "", mark: () => "" };
		/** @type {ArrayLike<number>} */ this.widths = [];
		/** @type {number[]} */ this.firsts = [];
		this.width = 0;
		/** For the pieces of a line; one that is wider is cut. */
		this.room = 0;
		this.current = -1;
		/** Pieces that are heard now, from and to. */
		this.from = this.to = -1;
		/** Who scrolls the text himself is left where he is. */
		this.loose = false;
		/** @type {Map<number, HTMLElement>} */ this.drawn = new Map();
		/** @type {Map<number, HTMLElement>} */ this.nodes = new Map();
		this.id = `ak-${Math.random().toString(36).slice(2)}`;
		/** What all pieces are copies of: hundreds are made while somebody scrolls. */
		this.blank = document.createElement("span");
		this.blank.setAttribute("role", "option");
		this.blank.setAttribute("aria-selected", "false");
		this.page = make("div", "page", { role: "presentation" });
		this.root = make("div", "flow", { role: "listbox", tabindex: "0", "aria-label": label }, [this.page]);
		this.root.style.maxHeight = `${rows * line + 8}px`;
		/** @param {string} name @param {(event: any) => void} then */
		const listen = (name, then) => this.root.addEventListener(name, then, { signal, passive: true });
		const pieceOf = (/** @type {Event} */ event) => Number(/** @type {HTMLElement} */ (event.target).closest?.("[data-piece]")?.getAttribute("data-piece") ?? -1);
		listen("scroll", () => this.paintLines());
		for (const name of ["wheel", "touchmove"]) listen(name, () => (this.loose = true));
		listen("pointerdown", (event) => event.target === this.root && (this.loose = true)); // its scroll bar
		listen("click", (event) => {
			const i = pieceOf(event);
			if (i < 0) return;
			this.go(i);
			this.onhear(i, event.shiftKey);
		});
		listen("pointerover", ({ target }) => target.closest?.("[data-piece]:not([title])")?.setAttribute("title", target.closest("[data-piece]").getAttribute("aria-label")));
		listen("dblclick", (event) => pieceOf(event) >= 0 && onedit?.(pieceOf(event)));
		this.root.addEventListener("keydown", (event) => this.press(event), { signal });
		const sized = new ResizeObserver(() => this.root.clientWidth !== this.width && this.fit());
		sized.observe(this.root);
		signal.addEventListener("abort", () => sized.disconnect());
	}
	/** @param {Pieces} pieces */
	set(pieces) {
		this.pieces = pieces;
		this.blank.setAttribute("aria-setsize", String(pieces.count));
		this.from = this.to = -1;
		if (this.current >= pieces.count) this.current = -1;
		this.fit();
	}
	/** Break lines for the width that there is. */
	fit() {
		this.width = this.root.clientWidth;
		const top = this.firsts[floor(this.root.scrollTop / this.line)] ?? 0;
		this.widths = this.width ? this.pieces.widths() : [];
		this.room = this.width - this.margin - 6;
		this.firsts = linesOf(this.widths, this.pieces.begins, this.room);
		this.page.style.height = `${max(1, this.firsts.length) * this.line}px`;
		this.root.scrollTop = lineOf(this.firsts, top) * this.line;
		this.drawn.clear();
		this.nodes.clear();
		this.page.replaceChildren();
		this.paintLines();
	}
	/** Make elements of the lines in sight, and let go of others. */
	paintLines() {
		const first = max(0, floor(this.root.scrollTop / this.line) - 1);
		const last = min(this.firsts.length, ceil((this.root.scrollTop + this.root.clientHeight) / this.line) + 1);
		for (const [line, node] of this.drawn) {
			if (line >= first && line < last) continue;
			node.remove();
			this.drawn.delete(line);
			for (let i = this.firsts[line]; i < (this.firsts[line + 1] ?? this.pieces.count); i++) this.nodes.delete(i);
		}
		for (let line = first; line < last; line++) if (!this.drawn.has(line)) this.paintLine(line);
		this.root.setAttribute("aria-activedescendant", this.nodes.has(this.current) ? this.id : "");
	}
	/** @param {number} line */
	paintLine(line) {
		const start = this.firsts[line], past = this.firsts[line + 1] ?? this.pieces.count, { pieces } = this;
		const node = make("div", "line", { role: "presentation" }, [make("span", "mark", { "aria-hidden": "true" }, [pieces.mark(start, pieces.begins.has(start) || !start)])]);
		node.style.top = `${line * this.line}px`;
		node.style.height = `${this.line}px`;
		for (let i = start; i < past; i++) {
			const one = /** @type {HTMLElement} */ (this.blank.cloneNode()), lead = pieces.lead?.(i);
			one.setAttribute("aria-label", pieces.fill(one, i));
			one.setAttribute("data-piece", String(i));
			one.setAttribute("aria-posinset", String(i + 1));
			this.nodes.set(i, one);
			this.dress(i);
			if (lead) node.append(lead);
			node.append(one);
		}
		this.drawn.set(line, node);
		this.page.append(node);
	}
	/** @param {number} i */
	dress(i) {
		const node = this.nodes.get(i);
		if (!node) return;
		const chosen = i === this.current, own = this.pieces.dress(i);
		let names = this.widths[i] > this.room ? "ak-piece ak-wide" : "ak-piece";
		if (own) names += ` ak-${own.replaceAll(" ", " ak-")}`;
		if (chosen) names += " ak-chosen";
		if (i >= this.from && i < this.to) names += " ak-sounds";
		node.className = names;
		if (chosen === (node.id === this.id)) return;
		node.setAttribute("aria-selected", String(chosen));
		node.id = chosen ? this.id : "";
	}
	/** All that is in sight looks as it is now. */
	redress() {
		for (const i of this.nodes.keys()) this.dress(i);
	}
	/** Mark what is heard. @param {number} from @param {number} to pieces; the same for none @param {boolean} follow whether it is brought into sight */
	hear(from, to, follow) {
		if (from === this.from && to === this.to) return;
		const before = [this.from, this.to];
		[this.from, this.to] = [from, to];
		for (let i = before[0]; i < before[1]; i++) this.dress(i);
		for (let i = from; i < to; i++) this.dress(i);
		if (from < 0 || from === to) return;
		const top = lineOf(this.firsts, from) * this.line, seen = top >= this.root.scrollTop - 1 && top + this.line <= this.root.scrollTop + this.root.clientHeight + 1;
		if (seen) this.loose = false;
		else if (follow && !this.loose) this.root.scrollTop = top - this.line; // the line before stays in sight
	}
	/** Choose, and see. @param {number} i @param {boolean} tell */
	go(i, tell = true) {
		if (!this.pieces.count) return;
		const before = this.current;
		this.current = clamp(i, -1, this.pieces.count - 1);
		this.dress(before);
		this.dress(this.current);
		const top = lineOf(this.firsts, this.current) * this.line;
		if (this.current >= 0) this.root.scrollTop = clamp(this.root.scrollTop, top + this.line - this.root.clientHeight + 4, max(0, top - 4));
		this.paintLines();
		if (tell) this.onchoose(this.current);
	}
	/** @param {KeyboardEvent} event */
	press(event) {
		if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.root || !this.pieces.count) return;
		const { widths, pieces: { count } } = this, page = max(1, floor(this.root.clientHeight / this.line) - 1);
		const here = this.current >= 0 ? this.current : max(0, this.from);
		const down = (/** @type {number} */ lines) => (this.firsts.length ? beside(widths, this.firsts, here, lines) : here);
		const to = {
			ArrowRight: this.current < 0 ? here : here + 1, ArrowLeft: max(0, here - 1), ArrowDown: down(1), ArrowUp: down(-1), PageDown: down(page), PageUp: down(-page), Home: 0, End: count - 1,
		}[event.key];
		if (to !== undefined) this.go(to);
		else if (event.key === "Enter" && this.current >= 0) this.onhear(this.current, event.shiftKey);
		else return;
		event.preventDefault();
		event.stopPropagation();
	}
}
