/** `TagCard`: voice, mood and genre of a sound with their states, above the sound and all that has a place in it. */

import { aligned, spansOf } from "./inspector/data.js";
import { TitledLane } from "./inspector/titled.js";
import { make } from "./kit/dom.js";
import { soundView } from "./kit/sound_view.js";
import { branchTile } from "./tag/tile.js";
import { waterfall } from "./tag/waterfall.js";

/** @typedef {import("./inspector/data.js").LaneFacts} LaneFacts @typedef {import("./tag/tile.js").Branch} Branch */

// one colour for a kind of sound in every card, whatever comes first
const HUES = { speech: "#2f6fde", music: "#d9730d", noise: "#8a8f98", silence: "#8a8f98" };

export default soundView(({ model, sound, kit, signal }) => {
	/** @type {Record<string, number>} which window of a branch is heard next */
	const turn = {};
	/** @param {Branch} branch */
	const hear = ({ name, windows }) => {
		if (!windows.length) return;
		const [start, end] = windows[(turn[name] ?? 0) % windows.length];
		turn[name] = (turn[name] ?? 0) + 1;
		deck.hear(start, end);
	};
	const named = (/** @type {string} */ name) => model.get("facts").branches.find((/** @type {Branch} */ branch) => branch.name === name);
	const deck = new kit.Deck({
		model, sound, kit, signal, name: "tagcard", noun: "Tag card", spectrogram: false,
		keys: () => [
			{ keys: ["m"], shown: "M", says: "hear what the mood expert heard", then: () => hear(named("mood")) },
			{ keys: ["g"], shown: "G", says: "hear what the genre expert heard", then: () => hear(named("genre")) },
		],
		mouse: ["A click on a span goes to its start."],
	});
	const tiles = make("div", "tiles"), time = make("div", "time-went");
	deck.bar.root.after(tiles);
	deck.status.before(time);

	const build = () => {
		const data = aligned(model.get("lane_bytes")), facts = model.get("facts");
		const lanes = model.get("lane_facts").map((/** @type {LaneFacts} */ one) => {
			const lane = new kit.SpansLane(deck.viewport);
			for (const [label, hue] of Object.entries(HUES)) lane.hues.set(label, hue);
			lane.set(spansOf(one, data));
			return new TitledLane(lane, one.name, one.name);
		});
		deck.stage.lanes.splice(1, Infinity, ...lanes);
		tiles.replaceChildren(...facts.branches.map((/** @type {Branch} */ branch) => branchTile(branch, hear)));
		time.replaceChildren(...waterfall(facts));
		deck.stage.invalidate();
	};
	deck.follow("facts", build);
	deck.follow("lane_facts", build);
	build();
	return deck.root;
});
