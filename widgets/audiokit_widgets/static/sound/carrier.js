/** The sound's bytes: from the kernel, from the page, or from the notebook's file; known by their hash. */

import { notebookText, soundIn } from "./notebook_file.js";

const SEARCH_MS = 1500;
const MOST_DECODED = 20 * 60 * 48_000; // samples: twenty minutes of one channel

/** @param {import("../kit/types.js").Model} model @param {ReturnType<typeof import("./asks.js").asking>} asks @param {(message: string) => void} say */
export function carrying(model, asks, say) {
	/** @type {(bytes: Uint8Array) => void} */ let give = () => {};
	/** @type {Promise<Uint8Array>} */ const coming = new Promise((resolve) => (give = resolve));
	let asked = false, there = false;
	/** @type {Promise<Float32Array[] | undefined> | undefined} */ let decoding;
	/** What comes first stays. @param {Uint8Array} bytes */
	const take = (bytes) => {
		there = true;
		give(bytes);
	};
	const search = async () => {
		let refusal = "";
		if (!there) await asks.ask({ kind: "bytes" }, SEARCH_MS).catch(({ message }) => (refusal = asks.alive ? message : ""));
		if (there) return;
		const digest = model.get("digest_bytes"), size = model.get("size_bytes");
		const stands = [...document.querySelectorAll("audio")].map(({ src }) => src).join(" ");
		const found = digest && ((await soundIn(stands, digest, size)) ?? (await soundIn(await notebookText().catch(() => ""), digest, size)));
		if (found) take(found);
		else if (!there) say(refusal || "The sound is not in this page, and the kernel does not answer: run the cell again.");
	};
	/** The bytes, for as long as it takes. */
	const get = () => {
		if (!asked) search();
		asked = true;
		return coming;
	};
	const decode = async () => {
		const channels = model.get("heard_channels"), frames = model.get("frames");
		if (model.get("delivery") !== "embedded" || frames * channels > MOST_DECODED) return;
		const bytes = await get(), context = new OfflineAudioContext(1, 1, model.get("sample_rate"));
		const decoded = await context.decodeAudioData(/** @type {ArrayBuffer} */ (bytes.slice().buffer));
		return Array.from({ length: channels }, (_, c) => decoded.getChannelData(c).subarray(0, frames));
	};
	return {
		take, get,
		/** Samples of what is heard, at the sound's own rate; nothing where it is long. */
		samples: () => (decoding ??= decode().catch(() => undefined)),
	};
}
