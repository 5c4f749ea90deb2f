/** `TranscriptDiff`: a reference above a transcript, word by word; errors are walked through and heard. */

import { ERRORS, shownOf, wordsOf } from "./diff/words.js";
import { TitledLane } from "./inspector/titled.js";
import { make } from "./kit/dom.js";
import { button } from "./kit/icons.js";
import { soundView } from "./kit/sound_view.js";
import { clamp, clock, counted, max, min } from "./kit/units.js";
import { Flow } from "./words/flow.js";
import { Ruler, upTo } from "./words/lines.js";

/** @typedef {import("./diff/words.js").AlignedWord} AlignedWord @typedef {import("./diff/words.js").DiffFacts} DiffFacts */

const LINE = 54, ROWS = 6, MARGIN = 62, PAD = 14; // pixels

/** @param {number} share */
const percent = (share) => `${(share * 100).toFixed(1)} %`;

export default soundView(({ model, sound, kit, signal }) => {
	/** @type {DiffFacts} */ let facts;
	/** @type {AlignedWord[]} */ let words = [];
	/** Of each piece its word. @type {number[]} */ let shown = [];
	/** Words that have a time, in order of it, and when each begins. @type {number[]} */ let timed = [];
	/** @type {number[]} */ let starts = [];
	const deck = new kit.Deck({
		model, sound, kit, signal, name: "diff", noun: "Transcript diff",
		keys: () => [
			{ keys: ["n"], shown: "N", says: "next error, heard", then: () => step(1) },
			{ keys: ["p"], shown: "P", says: "the error before, heard", then: () => step(-1) },
			{ keys: ["Enter"], shown: "Enter", says: "hear the chosen word again", then: () => hear(model.get("chosen"), false) },
			{ keys: ["e"], shown: "E", says: "only errors, or all words", then: () => deck.tell("only_errors", !model.get("only_errors")) },
		],
		mouse: ["A click on a word is heard, with some sound about it; with shift on from there. In the text, arrow keys move and Enter hears."],
	});
	const lane = new kit.SpansLane(deck.viewport);
	/** Of each span of the lane its word. @type {number[]} */ let spanned = [];
	deck.stage.lanes.push(new TitledLane(lane, "errors", "errors", (seconds, y, box) => {
		const hit = lane.at(seconds, y, box);
		if (hit >= 0) deck.tell("chosen", spanned[hit]);
	}));
	const flow = new Flow({
		signal, label: "Reference and transcript, word by word", line: LINE, rows: ROWS, margin: MARGIN,
		onchoose: (i) => deck.tell("chosen", shown[i]),
		onhear: (i, onwards) => hear(shown[i], onwards),
	});
	const ruler = new Ruler();

	const rates = make("div", "rates");
	const count = make("span", "count", { role: "status" });
	/** @type {Record<string, HTMLButtonElement>} */ const chips = {};
	for (const [kind, { noun }] of Object.entries(ERRORS)) {
		chips[kind] = button(`tool kind-of ${kind}`, `Show ${noun}s`, [], { "aria-pressed": "true" });
		chips[kind].addEventListener("click", () => {
			const hidden = model.get("hidden_kinds");
			deck.tell("hidden_kinds", hidden.includes(kind) ? hidden.filter((/** @type {string} */ other) => other !== kind) : [...hidden, kind]);
		});
	}
	const before = button("tool before", "The error before, heard (P)", ["‹ Previous"]), after = button("tool after", "Next error, heard (N)", ["Next ›"]);
	const only = button("tool only", "Only errors, with three words about each (E)", ["Only errors"]);
	before.addEventListener("click", () => step(-1));
	after.addEventListener("click", () => step(1));
	only.addEventListener("click", () => deck.tell("only_errors", !model.get("only_errors")));
	const rows = make("div", "rows", {}, [make("span", "said", {}, ["reference"]), make("span", "heard-text", {}, ["transcript"])]);
	const notes = make("ul", "notes");
	deck.bar.root.after(make("div", "head", {}, [rates, make("div", "kinds", { role: "group", "aria-label": "Kinds of errors shown" }, Object.values(chips))]));
	deck.status.before(make("section", "reading", { "aria-label": "Reference and transcript" }, [
		make("div", "finder", {}, [rows, before, after, only, count]), flow.root,
	]), notes);

	const wrong = (/** @type {AlignedWord | undefined} */ word) => !!word && word.kind !== "equal" && !model.get("hidden_kinds").includes(word.kind);
	const errors = () => [...words.keys()].filter((i) => wrong(words[i]));
	/** Errors that were heard. @type {Set<number>} */ let done = new Set();

	/** @param {number} place @param {boolean} onwards */
	function hear(place, onwards) {
		const word = words[place];
		if (!word) return;
		if (wrong(word) && !done.has(place)) deck.tell("heard", [...model.get("heard"), place]);
		if (!(word.start >= 0)) return; // the transcript has no times, which a note says
		const margin = model.get("margin_seconds"), start = max(0, word.start - margin);
		flow.loose = false;
		deck.hear(start, onwards ? start : min(word.end + margin, sound.facts.duration));
	}
	/** @param {number} by */
	function step(by) {
		const all = errors(), chosen = model.get("chosen");
		// from the chosen word; else from where playback stands
		const here = chosen >= 0 ? chosen : words.findIndex((word) => word.start >= sound.transport.position) - 0.5;
		const next = by > 0 ? all.find((i) => i > here) : all.findLast((i) => i < here);
		const to = next ?? (chosen < 0 ? all.at(by > 0 ? 0 : -1) : undefined); // after the end it begins anew
		if (to === undefined) return;
		deck.tell("chosen", to);
		hear(to, false);
	}
	/** @param {HTMLElement} node @param {number} i @returns {string} what it is called */
	function fill(node, i) {
		const { said, heard: written, kind, start } = words[shown[i]], error = ERRORS[kind], bad = wrong(words[shown[i]]);
		const what = !bad || !error ? said || written : kind === "substituted" ? `substitution: ${said} became ${written}` : `${error.noun}: ${said || written}`;
		node.append(make("span", "said", {}, [said]), make("span", "heard-text", {}, bad && error ? [make("i", "sign", {}, [error.sign]), written] : [written]));
		return `${what}${start >= 0 ? `, ${clock(start, 2)}` : ""}`;
	}
	/** @param {number} i */
	function dress(i) {
		const place = shown[i], word = words[place];
		return wrong(word) ? `error ${word.kind}${done.has(place) ? " was-heard" : ""}` : "right";
	}
	function tally() {
		const all = errors();
		done = new Set(model.get("heard"));
		count.textContent = `${counted(all.length, "error")}${all.length ? `, ${all.filter((i) => done.has(i)).length} heard` : ""}`;
		before.disabled = after.disabled = !all.length;
		flow.redress();
	}
	/** What is shown of the words. */
	function lay() {
		const part = shownOf(words, wrong, model.get("only_errors"));
		shown = part.shown;
		const widths = () => {
			ruler.use(`14px ${getComputedStyle(flow.root).fontFamily}`);
			return shown.map((i) => max(ruler.width(words[i].said), ruler.width(words[i].heard) * (wrong(words[i]) ? 1.1 : 1) + (wrong(words[i]) ? 18 : 0), 12) + PAD);
		};
		flow.set({ count: shown.length, widths, begins: part.begins, fill, dress, mark: (i) => (words[shown[i]].start >= 0 ? clock(words[shown[i]].start, 1) : "") });
		spanned = errors().filter((i) => words[i].start >= 0);
		lane.hues.clear();
		lane.set(spanned.map((i) => {
			const { said, heard: written, kind, start, end } = words[i], label = `${ERRORS[kind].sign} ${[said, written].filter(Boolean).join(" → ")}`;
			lane.hues.set(label, ERRORS[kind].hue);
			return { start, end, label, score: null };
		}));
		only.setAttribute("aria-pressed", String(model.get("only_errors")));
		for (const [kind, chip] of Object.entries(chips)) {
			const { sign, noun } = ERRORS[kind];
			chip.replaceChildren(make("i", "sign", {}, [sign]), ` ${counted(facts.counts[kind], noun)}`);
			chip.setAttribute("aria-label", `Show ${counted(facts.counts[kind], noun)}`);
			chip.setAttribute("aria-pressed", String(!model.get("hidden_kinds").includes(kind)));
		}
		tally();
		choose();
		paint(sound.transport.position);
		deck.stage.invalidate();
	}
	function choose() {
		const place = model.get("chosen"), at = place < 0 ? -1 : shown.indexOf(place);
		flow.go(at, false);
		lane.chosen = spanned.indexOf(place);
		const word = words[place];
		if (word?.start >= 0 && (word.end < deck.viewport.start || word.start > deck.viewport.end) && deck.viewport.follow(word.start)) deck.stage.moved();
		deck.stage.invalidate();
	}
	/** @param {number} seconds */
	function paint(seconds) {
		const k = upTo(starts, seconds + 1e-6) - 1, place = timed[k];
		// what comes last of the words that are spoken: a missing one is heard in its gap
		const at = k >= 0 && seconds < max(words[place].end, min(words[place].end + 0.25, starts[k + 1] ?? Infinity)) ? upTo(shown, place) - 1 : -1;
		if (at < 0 || shown[at] !== place) flow.hear(-1, -1, false);
		else flow.hear(at, at + 1, sound.transport.playing);
	}
	function build() {
		facts = model.get("facts");
		words = wordsOf(facts, model.get("word_bytes"));
		timed = [...words.keys()].filter((i) => words[i].start >= 0).sort((a, b) => words[a].start - words[b].start || a - b);
		starts = timed.map((i) => words[i].start);
		const all = facts.counts.substituted + facts.counts.missing + facts.counts.inserted;
		rates.replaceChildren(
			make("strong", "wer", {}, [`WER ${percent(facts.wer)}`]), make("span", "count", {}, [`${counted(all, "error")} in ${counted(facts.reference_words, "word")}`]),
			make("span", "cer", {}, [`CER ${percent(facts.cer)}`]),
		);
		notes.replaceChildren(...facts.notes.map((note) => make("li", "", {}, [note])));
		lay();
	}
	deck.painters.push(paint);
	deck.follow("facts", build);
	deck.follow("hidden_kinds", lay);
	deck.follow("only_errors", lay);
	deck.follow("heard", tally);
	deck.follow("chosen", choose);
	build();
	return deck.root;
});
