/** A long sound in pieces from the kernel, of which the page keeps those around the position. */

import { clamp, floor, min } from "./numbers.js";

const TYPE = 'audio/mp4; codecs="flac"';
const AHEAD = 30, BEHIND = 30; // seconds that are fetched, and that are kept
const PIECE_PATIENCE_MS = 20_000;

/** @typedef {import("./sources.js").Setting} Setting */

export class Stream {
	/** @param {Setting} setting @param {() => void} failed */
	constructor({ model, asks, audio, signal, say }, failed) {
		this.model = model;
		this.asks = asks;
		this.audio = audio;
		this.signal = signal;
		this.say = say;
		this.busy = false;
		this.seconds = model.get("chunk_seconds");
		this.count = model.get("chunk_count");
		if (!globalThis.MediaSource?.isTypeSupported(TYPE)) {
			say("This browser does not play FLAC in pieces (MediaSource), in which a long sound comes.");
			return;
		}
		this.media = new MediaSource();
		const url = URL.createObjectURL(this.media);
		signal.addEventListener("abort", () => URL.revokeObjectURL(url));
		this.media.addEventListener("sourceopen", () => this.opened(), { once: true });
		audio.addEventListener("error", failed, { signal });
		for (const name of ["seeking", "timeupdate", "waiting", "play"]) audio.addEventListener(name, () => this.fill(), { signal });
		audio.src = url;
	}
	opened() {
		if (!this.media) return;
		/** @type {SourceBuffer} */ this.buffer = this.media.addSourceBuffer(TYPE);
		this.media.duration = this.model.get("duration_seconds");
		this.fill();
	}
	/** The next piece that is wanted and not there; -1 for none. */
	missing() {
		const { audio, seconds, count } = this;
		const at = audio.currentTime, held = /** @type {SourceBuffer} */ (this.buffer).buffered;
		/** @param {number} t */
		const has = (t) => {
			for (let i = 0; i < held.length; i++) if (held.start(i) <= t + 1e-3 && t < held.end(i) - 1e-3) return true;
			return false;
		};
		const first = clamp(floor(at / seconds + 1e-6), 0, count - 1);
		for (let i = first; i < count && i * seconds < at + AHEAD; i++) {
			if (!has(min(i * seconds + seconds / 2, (i * seconds + audio.duration) / 2))) return i;
		}
		return -1;
	}
	async fill() {
		const { buffer, media } = this;
		if (this.busy || !buffer || !media || this.signal.aborted) return;
		const index = this.missing();
		if (index < 0) {
			if (media.readyState === "open" && this.audio.currentTime + this.seconds > this.audio.duration) media.endOfStream();
			return;
		}
		this.busy = true;
		try {
			const { data } = await this.asks.ask({ kind: "chunk", index }, PIECE_PATIENCE_MS);
			await this.after(() => buffer.appendBuffer(/** @type {Uint8Array<ArrayBuffer>} */ (data[0])));
			const at = this.audio.currentTime;
			if (at - BEHIND > 0) await this.after(() => buffer.remove(0, at - BEHIND));
			const far = at + AHEAD + 2 * this.seconds;
			if (far < media.duration) await this.after(() => buffer.remove(far, Infinity));
			this.say("");
			this.busy = false;
			this.fill();
		} catch (error) {
			this.busy = false;
			const { message } = /** @type {Error} */ (error);
			this.say(this.asks.alive ? message : "This sound is long and not in the page: it comes from the kernel, which does not answer.");
		}
	}
	/** Wait for the end of what the buffer is told to do. @param {() => void} act */
	after(act) {
		const buffer = /** @type {SourceBuffer} */ (this.buffer);
		return new Promise((resolve) => {
			buffer.addEventListener("updateend", resolve, { once: true });
			act();
		});
	}
}
