/** `Inspector`: spans, curves and matrices as lanes on a sound's clock, and all spans in a table. */

import { CurveLane } from "./inspector/curve.js";
import { Levels, aligned, spansOf } from "./inspector/data.js";
import { MatrixLane } from "./inspector/matrix.js";
import { SpanGrid } from "./inspector/table.js";
import { TitledLane } from "./inspector/titled.js";

import { make } from "./kit/dom.js";
import { soundView } from "./kit/sound_view.js";
import { round } from "./kit/units.js";

/** @typedef {import("./inspector/data.js").LaneFacts} LaneFacts */

const AXIS = 20; // CSS pixels of the stage's time axis, which stays in sight while lanes scroll

export default soundView(({ model, sound, kit, signal, host }) => {
	/** @type {TitledLane[]} */ let lanes = [];
	/** @type {{ name: string, lane: InstanceType<typeof kit.SpansLane> }[]} */ let sources = [];
	/** @type {(Levels | null)[]} */ let pyramids = [];
	/** @type {Promise<(told: typeof sources) => void> | undefined} */ let text;
	const step = (/** @type {number} */ by) => table.go(table.current + by, true);
	const deck = new kit.Deck({
		model, sound, kit, signal, name: "inspector", noun: "Inspector",
		keys: () => [
			{ keys: ["n"], shown: "N", says: "next row of the table, heard", then: () => step(1) },
			{ keys: ["p"], shown: "P", says: "the row before", then: () => step(-1) },
			{ keys: ["Enter"], shown: "Enter", says: "hear the chosen row again", then: () => step(0) },
		],
		mouse: ["A click on a span chooses its row; a click on a row is heard. In the table, arrow keys move and Enter hears."],
	});
	const { stage } = deck, fixed = stage.lanes.length;
	const table = new SpanGrid({
		signal,
		onchoose: (source, index) => deck.tell("chosen", [sources[source].name, index]),
		onhear: (source, index) => {
			const { start, end } = sources[source].lane.spans[index];
			deck.hear(start, end);
		},
	});

	// lanes scroll above the time axis, which is drawn on a canvas of its own: to copy it would wait for all that was drawn
	const axis = make("canvas", "axis", { "aria-hidden": "true" });
	const scroll = make("div", "lanes");
	stage.root.replaceWith(scroll);
	scroll.append(stage.root);
	scroll.after(axis, stage.map);
	const draw = stage.draw.bind(stage);
	stage.draw = () => {
		draw();
		const { canvas, height, g, drawnWidth } = stage, ratio = canvas.width / drawnWidth;
		if (!drawnWidth) return;
		stage.root.style.height = `${height - AXIS}px`;
		Object.assign(axis, { width: canvas.width, height: round(AXIS * ratio) });
		axis.style.width = `${drawnWidth}px`;
		stage.g = /** @type {CanvasRenderingContext2D} */ (axis.getContext("2d"));
		stage.g.setTransform(ratio, 0, 0, ratio, 0, (AXIS - height) * ratio);
		stage.g.font = g.font;
		stage.drawTime();
		stage.g = g;
	};

	const choices = make("div", "choices");
	const menu = make("details", "menu", {}, [make("summary", "tool", {}, ["Lanes"]), choices]);
	deck.bar.root.querySelector(".ak-tools")?.prepend(menu);
	menu.addEventListener("keydown", (event) => {
		if (event.key !== "Escape" || !menu.open) return;
		menu.open = false;
		menu.querySelector("summary")?.focus();
		event.stopPropagation();
	});
	document.addEventListener("pointerdown", (event) => void (menu.contains(/** @type {Node} */ (event.target)) || (menu.open = false)), { signal });

	const hide = () => {
		const hidden = model.get("hidden_lanes");
		choices.querySelectorAll("input").forEach((box, i) => (box.checked = !(lanes[i].hidden = hidden.includes(lanes[i].name))));
		stage.invalidate();
	};
	const choose = () => {
		const [name, index] = model.get("chosen"), at = sources.findIndex((source) => source.name === name);
		sources.forEach(({ lane }, i) => (lane.chosen = i === at ? index : -1));
		if (table.rows[table.current]?.lane !== at || table.rows[table.current]?.index !== index) table.choose(at, index);
		const span = sources[at]?.lane.spans[index];
		if (span && (span.end < deck.viewport.start || span.start > deck.viewport.end)) {
			deck.viewport.follow(span.start);
			stage.onview();
		}
		stage.invalidate();
	};
	/** The text stands in a module of its own, which is fetched when there is one. */
	const read = async () => {
		const ref = model.get("words_kit");
		if (ref) (await (text ??= host.getWidget(ref).then(({ exports }) => exports.readAlong(deck, () => table.paintRows()))))(sources);
	};
	const build = () => {
		const data = aligned(model.get("lane_bytes")), version = model.get("lane_version");
		sources = [];
		pyramids = [];
		lanes = model.get("lane_facts").map((/** @type {LaneFacts} */ facts, /** @type {number} */ i) => {
			if (facts.kind === "spans") {
				const lane = new kit.SpansLane(deck.viewport);
				lane.set(spansOf(facts, data));
				sources.push({ name: facts.name, lane });
				pyramids.push(null);
				return new TitledLane(lane, facts.name, facts.name, (seconds, y, box) => {
					const hit = lane.at(seconds, y, box);
					if (hit >= 0) deck.tell("chosen", [facts.name, hit]);
				});
			}
			const levels = new Levels(facts, data, (level, block) => model.send({ ask: "block", version, lane: i, level, block }));
			pyramids.push(levels);
			return new TitledLane(new (facts.kind === "curve" ? CurveLane : MatrixLane)(levels, deck.viewport), facts.name, facts.title);
		});
		stage.lanes.splice(fixed, Infinity, ...lanes);
		choices.replaceChildren(...lanes.map((lane) => {
			const box = make("input", "", { type: "checkbox" });
			box.addEventListener("change", () => {
				lane.hidden = !box.checked;
				deck.tell("hidden_lanes", lanes.flatMap(({ hidden, name }) => (hidden ? [name] : [])));
			}, { signal });
			return make("label", "", {}, [box, lane.name]);
		}));
		menu.hidden = !lanes.length;
		table.set(model.get("show_table") ? sources.map(({ name, lane }) => ({ name, spans: lane.spans, hues: lane.hues })) : []);
		hide();
		choose();
		read();
	};
	/** @param {any} message @param {DataView[]} buffers */
	const answer = (message, buffers) => {
		if (message?.answer !== "block" || message.version !== model.get("lane_version")) return;
		pyramids[message.lane]?.arrived(message.level, message.block, buffers);
		stage.invalidate();
	};
	model.on("msg:custom", answer);
	signal.addEventListener("abort", () => model.off("msg:custom", answer));
	deck.root.append(table.root);
	deck.painters.push((seconds) => table.paint(seconds));
	deck.follow("lane_facts", build);
	deck.follow("show_table", build);
	deck.follow("hidden_lanes", hide);
	deck.follow("chosen", choose);
	build();
	return deck.root;
});
