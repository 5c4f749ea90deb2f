/** The text of a recording under its lanes: what is heard is marked, a click is heard, and words are put right. */

import { make } from "../kit/dom.js";
import { button } from "../kit/icons.js";
import { abs, clock, counted, max, min } from "../kit/units.js";
import { Flow } from "./flow.js";
import { Ruler, upTo } from "./lines.js";
import { Revisions, same } from "./revisions.js";

/** @typedef {import("../kit/deck.js").Deck} Deck @typedef {import("../kit/lanes/spans.js").SpansLane} SpansLane */
/** @typedef {{ name: string, lane: SpansLane }} Source */

/**
 * What Python says of the text. A unit is a span of the lane `lane`: a word, or a passage where words have no times.
 * @typedef {object} TextFacts
 * @property {string} lane @property {string} noun "word" or "passage"
 * @property {string} passages the lane of the passages, or empty
 * @property {[number, number, string][]} begins units that begin a paragraph, the passage they are of (or -1), and who speaks from there on (empty: as before)
 */

const LINE = 27, ROWS = 8, MARGIN = 62, PAD = 9; // pixels
const LINGER = 0.25; // seconds that a word is marked on, in a pause after it

export class Reading {
	/** @param {Deck} deck @param {() => void} onlabels run when labels of spans were changed */
	constructor(deck, onlabels) {
		const { signal, model } = deck;
		this.deck = deck;
		this.onlabels = onlabels;
		/** @type {TextFacts} */ this.facts = { lane: "", noun: "word", passages: "", begins: [] };
		/** @type {SpansLane | undefined} */ this.lane = undefined;
		/** @type {SpansLane | undefined} */ this.passages = undefined;
		/** @type {string[]} as Python gave them */ this.given = [];
		/** @type {string[]} */ this.givenPassages = [];
		this.revisions = new Revisions(model.get("text_edits") ?? {});
		/** Whether somebody takes edits. */ this.live = false;
		/** @type {string[]} */ this.texts = [];
		/** Of each piece its unit. @type {number[]} */ this.unitOf = [];
		/** Of each unit its first piece, and one more. @type {number[]} */ this.firstOf = [0];
		this.flow = new Flow({
			signal, label: "Text", line: LINE, rows: ROWS, margin: MARGIN,
			onchoose: (i) => deck.tell("chosen", [this.facts.lane, this.unitOf[i]]),
			onhear: (i, onwards) => this.play(this.unitOf[i], onwards),
			onedit: (i) => this.edit(this.unitOf[i]),
		});
		this.ruler = new Ruler();
		this.count = make("span", "count", { role: "status" });
		this.below = make("input", "low", { type: "range", min: "0", max: "1", step: "0.05", "aria-label": "Doubtful below this confidence" });
		this.limit = make("span", "limit");
		const next = button("tool next", "Next doubtful one, heard (D)", ["Next doubtful"]), change = button("tool change", "Edit the chosen one (F2)", ["Edit"]);
		this.undo = button("tool undo", "Undo (U, ctrl+Z)", ["Undo"]);
		this.redo = button("tool redo", "Do again (shift+U, ctrl+Y)", ["Redo"]);
		this.doubts = make("span", "doubts", {}, [make("label", "", {}, [make("span", "doubtful", {}, ["doubtful"]), " below ", this.limit, this.below]), next]);
		this.edits = make("span", "edits", {}, [change, this.undo, this.redo]);
		this.sheet = make("div", "sheet", {}, [this.flow.root]);
		this.root = make("section", "reading", { "aria-label": "Text" }, [make("div", "finder", {}, [this.count, this.doubts, this.edits]), this.sheet]);
		this.edits.hidden = true;

		/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then */
		const listen = (node, name, then) => node.addEventListener(name, then, { signal });
		listen(this.below, "input", () => deck.tell("doubtful_below", Number(this.below.value)));
		listen(next, "click", () => this.doubt(1));
		listen(change, "click", () => this.edit(this.unit));
		listen(this.undo, "click", () => this.travel("past"));
		listen(this.redo, "click", () => this.travel("future"));
		listen(this.flow.root, "scroll", () => abs(this.flow.root.scrollTop - this.top) > 1 && this.close?.(true));
		deck.bindings.unshift(
			{ keys: ["d"], shown: "D", says: "next doubtful word of the text, heard", then: () => this.doubt(1) },
			{ keys: ["D"], shown: "shift+D", says: "the doubtful word before", then: () => this.doubt(-1) },
			{ keys: ["F2"], shown: "F2", says: "edit the chosen word; Tab goes on to the next", then: () => this.edit(this.unit) },
			{ keys: ["u"], shown: "U, ctrl+Z", says: "undo an edit of the text", then: () => this.travel("past") },
			{ keys: ["U"], shown: "shift+U, ctrl+Y", says: "do it again", then: () => this.travel("future") },
		);
		deck.mouse.push("In the text, a click hears the word, with shift on from there; a double click edits it, while a kernel runs.");
		listen(this.root, "keydown", (event) => {
			const key = event.key.toLowerCase();
			if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches("input:not([type=range])") || !["z", "y"].includes(key)) return;
			this.travel(key === "y" || event.shiftKey ? "future" : "past");
			event.preventDefault();
			event.stopPropagation();
		});
		deck.painters.push((seconds) => this.paint(seconds));
		deck.follow("chosen", () => this.choose());
		deck.follow("doubtful_below", () => this.tally());
		deck.follow("text_edits", () => {
			const texts = model.get("text_edits") ?? {};
			if (!same(texts, this.revisions.texts) && this.revisions.put(texts)) this.lay();
		});
		const told = (/** @type {any} */ message) => {
			if (message?.answer !== "edits") return;
			this.live = true;
			this.edits.hidden = false;
		};
		model.on("msg:custom", told);
		signal.addEventListener("abort", () => model.off("msg:custom", told));
		model.send({ ask: "edits" }); // a page from disk does not answer that
		deck.status.before(this.root);
	}
	/** The unit that is chosen, or -1. */
	get unit() {
		return this.unitOf[this.flow.current] ?? -1;
	}
	/** @param {Source[]} sources */
	set(sources) {
		const { model } = this.deck;
		const find = (/** @type {string} */ name) => sources.find((source) => source.name === name)?.lane;
		this.facts = model.get("text_facts");
		this.lane = find(this.facts.lane ?? "");
		this.passages = this.facts.passages ? find(this.facts.passages) : undefined;
		this.given = this.lane?.spans.map(({ label }) => label) ?? [];
		this.givenPassages = this.passages?.spans.map(({ label }) => label) ?? [];
		this.root.hidden = !this.given.length;
		this.revisions = new Revisions(model.get("text_edits") ?? {});
		this.lay();
		this.choose();
	}
	/** What stands at a unit now. @param {number} unit */
	text(unit) {
		return this.revisions.texts[unit] ?? this.given[unit];
	}
	/** Make pieces of what there is now, and name the spans after it. */
	lay() {
		const { lane, facts, given } = this;
		if (!lane) return;
		this.texts = [];
		this.unitOf = [];
		this.firstOf = [];
		given.forEach((label, unit) => {
			this.firstOf.push(this.texts.length);
			const text = this.text(unit);
			for (const piece of facts.noun === "word" ? [text || label] : (text || label).split(" ")) {
				this.texts.push(piece);
				this.unitOf.push(unit);
			}
			this.rename(lane, unit, text);
		});
		this.firstOf.push(this.texts.length);
		this.relabel();
		/** @type {Map<number, string>} */ const speakers = new Map();
		const begins = new Set(facts.begins.map(([unit, , who]) => {
			if (who) speakers.set(this.firstOf[unit], who);
			return this.firstOf[unit];
		}));
		const widths = () => {
			this.ruler.use(`14px ${getComputedStyle(this.flow.root).fontFamily}`);
			return this.texts.map((text, i) => this.ruler.width(text) + PAD + (speakers.has(i) ? this.ruler.width(`${speakers.get(i)}: `) * 1.12 + 6 : 0));
		};
		this.flow.set({
			count: this.texts.length, widths, begins,
			fill: (node, i) => this.fill(node, i, speakers.get(i) ?? ""),
			lead: (i) => (speakers.has(i) ? make("b", "speaker", { "aria-hidden": "true" }, [`${speakers.get(i)}:`]) : undefined),
			dress: (i) => this.dress(this.unitOf[i]),
			mark: (i, first) => (first ? clock(lane.spans[this.unitOf[i]].start, 1) : ""),
		});
		this.tally();
		this.paint(this.deck.sound.transport.position);
		this.onlabels();
		this.deck.stage.invalidate();
	}
	/** @param {SpansLane} lane @param {number} at @param {string} label */
	rename(lane, at, label) {
		const span = lane.spans[at];
		if (!span || span.label === label) return;
		if (!lane.hues.has(label)) lane.hues.set(label, lane.hues.get(span.label) ?? "");
		span.label = label;
	}
	/** Passages say what their words say. */
	relabel() {
		const { passages, facts } = this;
		if (!passages) return;
		facts.begins.forEach(([first, passage], k) => {
			if (passage < 0 || facts.begins[k - 1]?.[1] === passage) return;
			let last = k;
			while (facts.begins[last + 1]?.[1] === passage) last++;
			const units = Array.from({ length: (facts.begins[last + 1]?.[0] ?? this.given.length) - first }, (_, i) => first + i);
			const edited = units.some((unit) => this.revisions.texts[unit] !== undefined);
			this.rename(passages, passage, edited ? units.map((unit) => this.text(unit)).filter(Boolean).join(" ") : this.givenPassages[passage]);
		});
	}
	/** @param {HTMLElement} node @param {number} i @param {string} speaker @returns {string} what it is called */
	fill(node, i, speaker) {
		const unit = this.unitOf[i], { start, score } = /** @type {SpansLane} */ (this.lane).spans[unit], now = this.revisions.texts[unit];
		const says = [this.texts[i], clock(start, 2)];
		if (now !== undefined) says.push(now ? `edited, was ${this.given[unit]}` : "taken away");
		else if (score !== null) says.push(`${this.doubtful(unit) ? "doubtful, " : ""}confidence ${score.toFixed(2)}`);
		node.textContent = this.texts[i];
		return `${speaker ? `${speaker}: ` : ""}${says.join(", ")}`;
	}
	/** @param {number} unit */
	dress(unit) {
		const now = this.revisions.texts[unit];
		return now === "" ? "gone" : now !== undefined ? "edited" : this.doubtful(unit) ? "doubtful" : "";
	}
	/** @param {number} unit */
	doubtful(unit) {
		const score = this.lane?.spans[unit]?.score ?? null;
		return score !== null && score < this.deck.model.get("doubtful_below") && this.revisions.texts[unit] === undefined;
	}
	/** How many there are, and how many doubtful. */
	tally() {
		const below = this.deck.model.get("doubtful_below"), units = this.given.map((_, unit) => unit), edited = Object.keys(this.revisions.texts).length;
		const scored = this.lane?.spans.some(({ score }) => score !== null), doubtful = units.filter((unit) => this.doubtful(unit)).length;
		this.count.textContent = counted(units.length, this.facts.noun) + (scored ? `, ${doubtful.toLocaleString("en")} doubtful` : "") + (edited ? `, ${edited.toLocaleString("en")} edited` : "");
		this.doubts.hidden = !scored;
		this.limit.textContent = below.toFixed(2);
		this.below.value = String(below);
		this.undo.disabled = !this.revisions.past.length;
		this.redo.disabled = !this.revisions.future.length;
		this.flow.redress();
	}
	/** @param {number} seconds */
	paint(seconds) {
		const { lane } = this;
		if (!lane) return;
		const k = upTo(lane.starts, seconds + 1e-6) - 1, unit = lane.order[k];
		const heard = k >= 0 && seconds < max(lane.ends[k], min(lane.ends[k] + LINGER, lane.starts[k + 1] ?? Infinity));
		const { transport } = this.deck.sound;
		if (!heard) this.flow.hear(-1, -1, false);
		else this.flow.hear(this.firstOf[unit], this.firstOf[unit + 1], (transport.playing || abs(seconds - lane.starts[k]) < 1e-3) && !this.close);
	}
	/** The chosen span of the lane is chosen in the text. */
	choose() {
		const [name, index] = this.deck.model.get("chosen") ?? [];
		const at = name === this.facts.lane ? index : -1;
		if (this.unit !== at) this.flow.go(at < 0 ? -1 : this.firstOf[at], false);
	}
	/** @param {number} unit @param {boolean} onwards */
	play(unit, onwards) {
		const { start, end } = /** @type {SpansLane} */ (this.lane).spans[unit];
		this.flow.loose = false;
		this.deck.hear(start, onwards ? start : end);
	}
	/** Go to the next doubtful unit, and hear it. @param {number} by */
	doubt(by) {
		const from = this.unit >= 0 ? this.unit : this.unitOf[this.flow.from] ?? (by > 0 ? -1 : this.given.length);
		for (let unit = from + by; unit >= 0 && unit < this.given.length; unit += by) {
			if (!this.doubtful(unit)) continue;
			this.flow.go(this.firstOf[unit]);
			this.play(unit, false);
			return;
		}
	}
	/** @param {"past" | "future"} way */
	travel(way) {
		if (this.live && this.revisions.travel(way)) this.publish();
	}
	publish() {
		this.lay();
		this.deck.tell("text_edits", this.revisions.texts);
	}
	/** Ends what is edited. @type {((keep: boolean) => void) | null} */
	close = null;
	/** How far the text was scrolled when that began. */
	top = 0;
	/** A field over a unit, for its text. @param {number} unit */
	edit(unit) {
		this.close?.(true);
		if (!this.live || unit < 0) return;
		this.flow.go(this.firstOf[unit]);
		const node = this.flow.nodes.get(this.firstOf[unit]);
		if (!node) return;
		const { root, page } = this.flow, line = /** @type {HTMLElement} */ (node.parentElement), given = this.text(unit);
		const field = make("input", "field rewrite", { "aria-label": `Text of ${given || this.given[unit]}`, value: given });
		const wide = min(page.clientWidth - MARGIN, max(64, this.ruler.width(given) + 34));
		Object.assign(field.style, { width: `${wide}px`, left: `${max(0, min(node.offsetLeft - 5, page.clientWidth - wide))}px`, top: `${line.offsetTop + page.offsetTop - root.scrollTop}px` });
		this.top = root.scrollTop;
		this.close = (keep) => {
			this.close = null;
			const text = field.value;
			field.remove();
			if (keep && this.revisions.change(unit, text, this.given[unit])) this.publish();
		};
		field.addEventListener("keydown", (event) => {
			event.stopPropagation();
			if (event.key !== "Enter" && event.key !== "Escape" && event.key !== "Tab") return;
			event.preventDefault();
			this.close?.(event.key !== "Escape");
			root.focus();
			const to = unit + (event.shiftKey ? -1 : 1);
			if (event.key !== "Tab" || to < 0 || to >= this.given.length) return;
			this.edit(to);
		});
		field.addEventListener("blur", () => this.close?.(true));
		this.sheet.append(field);
		field.focus();
		field.select();
	}
}

/** A text under a deck's lanes, that follows them. @param {Deck} deck @param {() => void} onlabels @returns {(sources: Source[]) => void} */
export function readAlong(deck, onlabels) {
	const reading = new Reading(deck, onlabels);
	return (sources) => reading.set(sources);
}
