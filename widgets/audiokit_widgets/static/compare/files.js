/** Where a view's sounds come from: the static view beside it, the kernel, or the notebook's file where no kernel answers. */

import { bytesOf } from "../kit/bell.js";
import { notebookText, soundIn } from "../sound/notebook_file.js";

/** @typedef {import("../kit/types.js").Model} Model */

const PATIENCE_MS = 10_000, SILENCE_MS = 1500; // until the asking ends; until the file is looked at

/** What stood in static views, which may be gone: the sources of their audio elements. @type {WeakMap<object, string[]>} */
const FOUND = new WeakMap();

/** Ask Python; its answer is for the one who asked. @param {Model} model @param {Record<string, any>} content @returns {Promise<{ message: any, buffers: DataView[] }>} */
export function ask(model, content, patience = PATIENCE_MS) {
	const id = `${performance.now()} ${Math.random()}`;
	return new Promise((resolve, reject) => {
		/** @param {string} why */
		const refuse = (why) => {
			end();
			reject(new Error(why));
		};
		/** @param {any} message @param {DataView[]} buffers */
		const heard = (message, buffers) => {
			if (message?.ask !== id) return;
			if (message.refused) return refuse(message.refused);
			end();
			resolve({ message, buffers });
		};
		const end = () => {
			clearTimeout(timer);
			model.off("msg:custom", heard);
		};
		const silent = () => refuse("No kernel answers: it is busy, or it is not running.");
		const timer = setTimeout(silent, patience);
		model.on("msg:custom", heard);
		try {
			model.send({ ...content, ask: id });
		} catch {
			silent();
		}
	});
}

/** Remember what the static view in the same place holds. @param {Model} model @param {HTMLElement} el */
export function gather(model, el) {
	const audios = el.closest("[data-model]")?.querySelectorAll('audio[src^="data:"]') ?? [];
	if (!FOUND.has(model)) FOUND.set(model, [...audios].map((audio) => audio.getAttribute("src") ?? ""));
}

/** One sound's file. @param {Model} model @param {number} index @returns {Promise<Uint8Array>} */
export async function fileOf(model, index) {
	const digests = model.get("digests"), wanted = digests[index], found = FOUND.get(model) ?? [];
	// A page from plain http has no digests to compare: there the place tells, where each file stands once and none elsewhere.
	const unique = [...new Set(digests)], sure = !!crypto.subtle, placed = found.length === unique.length ? found[unique.indexOf(wanted)] : "";
	const stands = await soundIn(sure ? found.join(" ") : placed, sure ? wanted : "");
	if (stands) return stands;
	const question = { kind: "bytes", index };
	const { buffers } = await ask(model, question, SILENCE_MS).catch(async () => {
		const bytes = await soundIn(await notebookText().catch(() => ""), wanted);
		return bytes ? { buffers: [bytes] } : ask(model, question);
	});
	return bytesOf(buffers[0]);
}

/** Decode without resampling. @param {Model} model @param {DataView | Uint8Array} data @returns {Promise<AudioBuffer>} */
export async function decoded(model, data) {
	const rate = model.get("sample_rate"), frames = model.get("frames");
	const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytesOf(data).slice().buffer);
	if (buffer.length === frames && buffer.sampleRate === rate) return buffer;
	throw new Error(`This browser makes ${buffer.length} samples at ${buffer.sampleRate} Hz of ${frames} at ${rate} Hz: no common clock.`);
}
