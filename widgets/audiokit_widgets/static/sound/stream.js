/** A long sound in pieces from the kernel, of which the page keeps those around the position. */

import { clamp, floor, min } from "./numbers.js";

const TYPE = 'audio/mp4; codecs="flac"';
const AHEAD = 30, BEHIND = 30; // seconds that are fetched, and that are kept
const PIECE_MS = 20_000;

/** @param {import("./sources.js").Setting} setting */
export function streaming({ model, asks, audio, signal, say }) {
	if (!window.MediaSource?.isTypeSupported(TYPE)) return say("This browser cannot play FLAC in pieces (MediaSource).");
	const media = new MediaSource(), url = URL.createObjectURL(media), seconds = model.get("chunk_seconds");
	/** @type {SourceBuffer} */ let buffer;
	let busy = false;
	/** The next piece that is wanted and not there. */
	const missing = () => {
		const at = audio.currentTime, count = model.get("chunk_count");
		/** @param {number} t */
		const has = (t) => {
			const { buffered } = buffer;
			for (let i = 0; i < buffered.length; i++) if (buffered.start(i) <= t && t < buffered.end(i)) return true;
		};
		for (let i = clamp(floor(at / seconds + 1e-6), 0, count - 1); i < count && i * seconds < at + AHEAD; i++) {
			if (!has((i * seconds + min(i * seconds + seconds, media.duration)) / 2)) return i;
		}
	};
	/** Let the buffer do something to its end. @param {() => void} act */
	const done = (act) => new Promise((resolve) => {
		buffer.addEventListener("updateend", resolve, { once: true });
		act();
	});
	const fill = async () => {
		if (busy || !buffer || signal.aborted) return;
		const index = missing();
		if (index === undefined) {
			if (media.readyState === "open" && audio.currentTime + seconds > media.duration) media.endOfStream();
			return;
		}
		busy = true;
		try {
			const { data } = await asks.ask({ kind: "chunk", index }, PIECE_MS);
			await done(() => buffer.appendBuffer(/** @type {Uint8Array<ArrayBuffer>} */ (data[0])));
			const near = audio.currentTime - BEHIND, far = audio.currentTime + AHEAD + 2 * seconds;
			if (near > 0) await done(() => buffer.remove(0, near));
			if (far < media.duration) await done(() => buffer.remove(far, Infinity));
			setTimeout(fill);
		} catch (error) {
			say(asks.alive ? /** @type {Error} */ (error).message : "This long sound is not in the page, and the kernel does not answer.");
		}
		busy = false;
	};
	media.addEventListener("sourceopen", () => {
		URL.revokeObjectURL(url);
		buffer = media.addSourceBuffer(TYPE);
		media.duration = model.get("duration_seconds");
		fill();
	}, { once: true });
	for (const name of ["seeking", "timeupdate", "waiting", "play"]) audio.addEventListener(name, fill, { signal });
	audio.src = url;
}
