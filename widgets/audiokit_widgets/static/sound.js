/** One sound for all its views: facts, the playing voice, and pictures as fine as they are asked for. */

import { Bell } from "./kit/bell.js";
import { asking } from "./sound/asks.js";
import { carrying } from "./sound/carrier.js";
import { showing } from "./sound/gallery.js";
import { open } from "./sound/sources.js";
import { speaking } from "./sound/voice.js";

/** @param {{ model: import("./kit/types.js").Model, signal?: AbortSignal }} host @returns {import("./kit/types.js").Sound} */
function initialize({ model, signal = new AbortController().signal }) {
	const bell = new Bell();
	/** @param {string} message */
	const say = (message) => transport.say(message);
	const asks = asking(model, ({ kind }, data) => kind === "bytes" && carrier.take(data[0]));
	const carrier = carrying(model, asks, say);
	const transport = speaking(model, signal, (audio) => open({ model, asks, carrier, audio, signal, say }));
	const { refused, ...pictures } = showing(model, asks, carrier, (name) => bell.ring(name));
	for (const name of ["title", "summary", "notes", "peak", "fraction", "frames", "overviews"]) model.on(`change:${name}`, () => bell.ring("facts"));
	return {
		get facts() {
			/** @param {string} name */
			const get = (name) => model.get(name);
			return {
				title: get("title"), duration: get("duration_seconds"), rate: get("sample_rate"), channels: get("channels"), summary: get("summary"),
				notes: [...get("notes"), ...refused], peak: get("peak"), fraction: get("fraction"), axes: get("overviews"),
			};
		},
		transport,
		...pictures,
		on: (name, listener) => bell.on(name, listener),
	};
}

export default { initialize };
