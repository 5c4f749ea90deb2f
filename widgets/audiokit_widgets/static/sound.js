/** One sound for all its views: facts, the playing voice, and pictures as fine as they are asked for. */

import { Bell } from "./kit/bell.js";
import { Asks } from "./sound/asks.js";
import { Carrier } from "./sound/carrier.js";
import { Gallery } from "./sound/gallery.js";
import { open } from "./sound/sources.js";
import { Voice } from "./sound/voice.js";

/** @typedef {import("./kit/types.js").Model} Model */

/** @param {{ model: Model, signal?: AbortSignal }} host @returns {import("./kit/types.js").Sound} */
function initialize({ model, signal = new AbortController().signal }) {
	const bell = new Bell();
	const asks = new Asks(model, (content, data) => content.kind === "bytes" && data[0] && carrier.take(data[0]));
	const carrier = new Carrier(model, asks, (message) => transport.say(message));
	const transport = new Voice(model, signal, (audio) => open({ model, asks, carrier, audio, signal, say: (message) => transport.say(message) }));
	const gallery = new Gallery(model, asks, carrier, (name) => bell.ring(name));
	for (const name of ["title", "summary", "notes", "peak", "fraction", "duration_seconds", "channels", "overviews"]) {
		model.on(`change:${name}`, () => bell.ring("facts"));
	}
	return {
		get facts() {
			const get = (name = "") => model.get(name);
			return {
				title: get("title"), duration: get("duration_seconds"), rate: get("sample_rate"), channels: get("channels"),
				summary: get("summary"), notes: [...get("notes"), ...gallery.refusals], peak: get("peak"), fraction: get("fraction"),
				axes: get("overviews"),
			};
		},
		transport,
		peaks: (start, end, columns, channel) => gallery.peaks(start, end, columns, channel),
		clips: (start, end) => gallery.clips(start, end),
		tiles: (picture, start, end, columns) => gallery.tiles(picture, start, end, columns),
		on: (name, listener) => bell.on(name, listener),
	};
}

export default { initialize };
