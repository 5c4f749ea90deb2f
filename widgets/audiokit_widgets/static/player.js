/** `AudioPlayer`: a sound with its waveform, spectrogram and labelled spans. */

import { soundView } from "./kit/sound_view.js";
import { SpanTable } from "./kit/table.js";

export default soundView(({ model, sound, kit, signal }) => {
	const deck = new kit.Deck({ model, sound, kit, signal, name: "player", noun: "Audio player" });
	const lane = new kit.SpansLane(deck.viewport);
	const table = new SpanTable({ signal, onpick: (i) => deck.hear(lane.spans[i].start, lane.spans[i].end) });
	const refresh = () => {
		lane.set(model.get("segments") ?? []);
		table.set(model.get("show_table") ? lane.spans : [], lane.hues);
		deck.stage.invalidate();
	};
	deck.stage.lanes.push(lane);
	deck.root.append(table.root);
	deck.painters.push((seconds) => table.paint(seconds));
	deck.follow("segments", refresh);
	deck.follow("show_table", refresh);
	refresh();
	return deck.root;
});
