/** `Annotator`: labelled spans that are drawn, moved, resized, named and undone, and are in Python at once. */

import { Edits, snapped } from "./annotator/edits.js";
import { MarkTable } from "./annotator/table.js";
import { soundView } from "./kit/sound_view.js";
import { make } from "./kit/dom.js";
import { button } from "./kit/icons.js";
import { abs, max, min, round } from "./kit/units.js";

/** @typedef {import("./annotator/edits.js").Mark} Mark */

const EDGE = 6, REACH = 7; // pixels: how near counts as an edge; how far an edge jumps to a neighbour's

export default soundView(({ model, sound, kit, signal }) => {
	const { transport, facts } = sound;
	const edits = new Edits(model.get("marks") ?? [], facts.duration);
	let chosen = -1, label = "";
	/** @type {string[]} */ const labels = model.get("labels") ?? [];
	/** @type {any[]} */ let lanes = [];
	label = labels[0] ?? "";

	const deck = new kit.Deck({
		model, sound, kit, signal, name: "annotator", noun: "Annotator",
		mouse: ["On a tier: drag on free ground to draw, drag a span to move it, its edges to resize it; double-click to name it. Alt: edges do not snap."],
		keys: () => [
			{ keys: ["n"], shown: "N", says: "new span: the selection, or a second from here", then: draw },
			{ keys: [","], shown: ",", says: "span before", then: () => step(-1) },
			{ keys: ["."], shown: ".", says: "span after", then: () => step(1) },
			{ keys: ["Enter"], shown: "Enter", says: "hear the chosen span", then: () => hear(chosen) },
			{ keys: ["e"], shown: "E", says: "name the chosen span", then: () => name() },
			{ keys: ["Delete", "Backspace"], shown: "Delete", says: "remove the chosen span", then: () => remove(chosen) },
			{ keys: ["["], shown: "[", says: "the chosen span, or selection, starts here", then: () => mark("start") },
			{ keys: ["]"], shown: "]", says: "the chosen span, or selection, ends here", then: () => mark("end") },
			{ keys: ["u"], shown: "U, ctrl+Z", says: "undo", then: () => travel("undo") },
			{ keys: ["U"], shown: "shift+U, ctrl+Y", says: "do again", then: () => travel("redo") },
			...labels.slice(0, 9).map((text, i) => ({ keys: [String(i + 1)], shown: String(i + 1), says: `label: ${text}`, then: () => use(text) })),
		],
	});

	// lanes: one for each tier
	const tiers = () => [...new Set([...(model.get("tiers") ?? []), ...edits.marks.map((m) => m.tier)])];
	/** @param {string} tier */
	function makeLane(tier) {
		/** @type {{ kind: "draw" | "move" | "start" | "end" | "", from: number, grip: number, index: number, moved: boolean } | null} */ let drag = null;
		class MarkLane extends kit.SpansLane {
			/** @type {number[]} */ indices = [];
			get height() {
				return max(super.height, 20) + 2;
			}
			/** @param {CanvasRenderingContext2D} g @param {import("./kit/types.js").Box} box @param {import("./kit/types.js").Look} look */
			draw(g, box, look) {
				g.fillStyle = look.ink("lane");
				g.fillRect(box.left, box.top, box.width, box.height);
				super.draw(g, box, look);
			}
			/** @param {number} seconds @param {number} y @param {import("./kit/types.js").Box} box @returns {[number, "start" | "end" | "move"]} */
			grip(seconds, y, box) {
				const here = this.at(seconds, y, box), per = deck.viewport.span / box.width, span = this.spans[here];
				if (!span) return [-1, "move"];
				const edge = min(EDGE * per, (span.end - span.start) / 3);
				if (abs(seconds - span.start) <= edge) return [here, "start"];
				return [here, abs(seconds - span.end) <= edge ? "end" : "move"];
			}
			/** @param {number} seconds @param {number} y @param {import("./kit/types.js").Box} box */
			shape(seconds, y, box) {
				const [here, part] = this.grip(seconds, y, box);
				return here < 0 ? "crosshair" : part === "move" ? "grab" : "ew-resize";
			}
			/** @param {number} seconds @param {number} y @param {import("./kit/types.js").Box} box @param {PointerEvent} event */
			press(seconds, y, box, event) {
				if (event.shiftKey) return false;
				const [here, part] = this.grip(seconds, y, box), index = this.indices[here] ?? -1;
				drag = { kind: here < 0 ? "draw" : part, from: seconds, grip: here < 0 ? 0 : seconds - this.spans[here].start, index, moved: false };
				choose(index);
				return true;
			}
			/** @param {number} seconds @param {number} _y @param {import("./kit/types.js").Box} box @param {PointerEvent} event */
			drag(seconds, _y, box, event) {
				if (!drag) return;
				const reach = event.altKey ? 0 : (REACH * deck.viewport.span) / box.width;
				if (!drag.moved && abs(seconds - drag.from) * box.width < 3 * deck.viewport.span) return;
				if (drag.kind === "draw" && !drag.moved) {
					drag.index = edits.add({ start: snap(drag.from, reach, -1), end: seconds, label, score: null, tier }, drag);
					drag.from = edits.marks[drag.index].start;
				}
				drag.moved = true;
				const { index } = drag, { start, end } = edits.marks[index];
				if (drag.kind === "move") {
					const to = seconds - drag.grip, a = snap(to, reach, index), b = snap(to + end - start, reach, index) - (end - start);
					edits.move(index, abs(a - to) > 0 && (b === to || abs(a - to) < abs(b - to)) ? a : b, drag);
				} else {
					const fixed = drag.kind === "draw" ? drag.from : drag.kind === "start" ? end : start;
					if (drag.kind !== "draw") drag.from = fixed;
					drag.kind = "draw"; // an edge drawn past the other one becomes the other one
					const to = snap(seconds, reach, index);
					edits.change(index, { start: min(drag.from, to), end: max(drag.from, to) }, drag);
				}
				choose(index);
				show(false);
			}
			/** @param {number} seconds @param {number} _y @param {import("./kit/types.js").Box} _box @param {PointerEvent} _event */
			release(seconds, _y, _box, _event) {
				const done = drag;
				drag = null;
				edits.running = null;
				if (!done?.moved) deck.stage.seek(done && done.index >= 0 ? edits.marks[done.index].start : seconds, true);
				else publish();
			}
		}
		return new MarkLane(deck.viewport, tier);
	}

	/** Edges of other spans, the cursor and the ends of the sound draw an edge to themselves; no edge is finer than a pixel. @param {number} seconds @param {number} reach @param {number} but */
	function snap(seconds, reach, but) {
		const grain = 10 ** Math.floor(Math.log10(deck.viewport.span / deck.viewport.width));
		seconds = round(seconds / grain) * grain;
		if (!reach) return seconds;
		const near = [0, facts.duration, transport.position];
		edits.marks.forEach((m, i) => i !== but && abs(m.start - seconds) + abs(m.end - seconds) < reach + m.end - m.start + reach && near.push(m.start, m.end));
		return snapped(seconds, near, reach);
	}

	/** @param {boolean} all whether the table is written anew */
	function show(all) {
		const names = tiers();
		if (names.join("\n") !== lanes.map((lane) => lane.name).join("\n")) {
			deck.stage.lanes = [...deck.stage.lanes.filter((lane) => !lanes.includes(lane)), ...(lanes = names.map(makeLane))];
		}
		const hues = lanes[0]?.hues;
		labels.forEach((text) => !hues?.has(text) && lanes[0]?.set([{ start: 0, end: 0, label: text, score: null }]));
		for (const lane of lanes) {
			lane.hues = hues;
			lane.indices = [...edits.marks.keys()].filter((i) => edits.marks[i].tier === lane.name);
			lane.set(lane.indices.map((/** @type {number} */ i) => edits.marks[i]));
			lane.chosen = lane.indices.indexOf(chosen);
		}
		if (all) table.set(edits.marks, hues ?? new Map(), names.length > 1);
		table.choose(chosen, all);
		undo.disabled = !edits.past.length;
		redo.disabled = !edits.future.length;
		deck.stage.invalidate();
	}

	function publish() {
		show(true);
		deck.tell("marks", edits.marks);
	}

	/** @param {number} index */
	function choose(index) {
		chosen = edits.marks[index] ? index : -1;
		for (const lane of lanes) lane.chosen = lane.indices.indexOf(chosen);
		table.choose(chosen, true);
		if (model.get("chosen") !== chosen) deck.tell("chosen", chosen);
		deck.stage.invalidate();
	}

	/** @param {number} by */
	function step(by) {
		const order = [...edits.marks.keys()].sort((a, b) => edits.marks[a].start - edits.marks[b].start), at = transport.position;
		let k = order.indexOf(chosen);
		if (k < 0) k = by > 0 ? order.findIndex((i) => edits.marks[i].start >= at - 1e-6) - 1 : order.filter((i) => edits.marks[i].start < at).length;
		const to = order[k + by];
		if (to === undefined) return;
		choose(to);
		deck.stage.seek(edits.marks[to].start, true);
		if (deck.viewport.follow(edits.marks[to].start)) deck.stage.moved();
	}

	function draw() {
		const { selection } = deck.stage, at = transport.position;
		const [start, end] = selection.length === 2 && selection[1] > selection[0] ? selection : [at, min(at + min(1, deck.viewport.span / 5), facts.duration)];
		choose(edits.add({ start, end, label, score: null, tier: edits.marks[chosen]?.tier ?? tiers()[0] ?? "" }));
		publish();
		choose(edits.marks.length - 1);
	}

	/** @param {"start" | "end"} side */
	function mark(side) {
		const at = transport.position;
		if (chosen >= 0) {
			const m = edits.marks[chosen];
			if (side === "start" ? at >= m.end : at <= m.start) return;
			edits.change(chosen, { [side]: at });
			publish();
			return;
		}
		const range = deck.stage.selection.length ? [...deck.stage.selection] : [deck.viewport.start, deck.viewport.end];
		range[side === "start" ? 0 : 1] = round(at * 1e4) / 1e4;
		if (range[0] < range[1]) deck.select(range, true);
	}

	/** @param {number} index */
	function hear(index) {
		const m = edits.marks[index];
		if (m) deck.hear(m.start, m.end);
	}

	/** @param {number} index */
	function remove(index) {
		edits.remove(index);
		choose(-1);
		publish();
	}

	/** @param {string} text */
	function use(text) {
		label = text;
		for (const [i, node] of palette.entries()) node.setAttribute("aria-pressed", String(labels[i] === label));
		if (chosen < 0) return;
		edits.change(chosen, { label: text });
		publish();
	}

	/** @param {"undo" | "redo"} way */
	function travel(way) {
		if (!edits[way]()) return;
		if (!edits.marks[chosen]) choose(-1);
		publish();
	}

	/** A field over the chosen span, for its name. */
	function name() {
		const m = edits.marks[chosen], i = deck.stage.lanes.findIndex((lane) => lanes.includes(lane) && /** @type {any} */ (lane).chosen >= 0);
		if (!m || i < 0 || deck.stage.root.querySelector(".ak-naming")) return;
		const box = deck.stage.boxOf(i), lane = /** @type {any} */ (deck.stage.lanes[i]), index = chosen;
		const field = make("input", "field naming", { "aria-label": "Label of the span", value: m.label, list: known.id });
		const x = min(max(deck.viewport.xOf(m.start), box.left), box.left + box.width - 140);
		Object.assign(field.style, { left: `${x}px`, top: `${box.top + lane.rows[lane.chosen] * 20 - 4}px` });
		let open = true;
		/** @param {boolean} keep */
		const close = (keep) => {
			if (!open) return;
			open = false;
			const text = field.value;
			field.remove();
			deck.stage.surface.focus();
			if (!keep || text === m.label) return;
			edits.change(index, { label: text });
			publish();
		};
		field.addEventListener("keydown", (event) => {
			event.stopPropagation();
			if (event.key === "Enter" || event.key === "Escape") close(event.key === "Enter");
		});
		field.addEventListener("blur", () => close(true));
		deck.stage.root.append(field);
		field.focus();
		field.select();
	}

	// what stands on the page besides
	const known = make("datalist", "");
	known.id = `ak-labels-${round(Math.random() * 1e9)}`;
	known.append(...labels.map((text) => make("option", "", { value: text })));
	const palette = labels.map((text, i) => button("tool label", `Label: ${text}${i < 9 ? ` (${i + 1})` : ""}`, [text], { "aria-pressed": String(text === label) }));
	palette.forEach((node, i) => node.addEventListener("click", () => use(labels[i])));
	const fresh = button("tool new", "New span (N)", ["New"]), undo = button("tool undo", "Undo (U, ctrl+Z)", ["Undo"]), redo = button("tool redo", "Do again (shift+U, ctrl+Y)", ["Redo"]);
	fresh.addEventListener("click", draw);
	undo.addEventListener("click", () => travel("undo"));
	redo.addEventListener("click", () => travel("redo"));
	const table = new MarkTable({
		signal, lists: known.id,
		onpick: (i) => choose(i), onhear: (i) => (choose(i), hear(i)), onremove: remove,
		onedit: (i, change) => {
			edits.change(i, change);
			setTimeout(publish); // when the focus is where it was going: the row is written anew
		},
	});
	deck.bar.root.after(make("div", "edit", { role: "toolbar", "aria-label": "Edit" }, [fresh, undo, redo, ...palette]));
	deck.root.append(known, table.root);
	deck.painters.push((seconds) => table.paint(seconds));
	deck.stage.surface.addEventListener("dblclick", () => chosen >= 0 && name());
	deck.root.addEventListener("keydown", (event) => {
		if (!(event.ctrlKey || event.metaKey) || event.altKey || /** @type {HTMLElement} */ (event.target).closest("input[type=text], input:not([type])")) return;
		const key = event.key.toLowerCase();
		if (key !== "z" && key !== "y") return;
		travel(key === "y" || event.shiftKey ? "redo" : "undo");
		event.preventDefault();
		event.stopPropagation();
	});
	deck.follow("marks", () => {
		const marks = model.get("marks") ?? [];
		if (marks === edits.marks || JSON.stringify(marks) === JSON.stringify(edits.marks)) return;
		edits.put(marks);
		choose(-1);
		show(true);
	});
	deck.follow("tiers", () => show(true));
	deck.follow("chosen", () => model.get("chosen") !== chosen && choose(model.get("chosen")));
	show(true);
	return deck.root;
});
