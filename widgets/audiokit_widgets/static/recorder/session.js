/** One recording engine for all views of a recorder: the microphone, the pieces on their way, the state. */

import { Bell, bytesOf } from "../kit/dom.js";
import { max, min, round } from "../kit/units.js";
import { capture, explained, hindrance } from "./capture.js";
import { Meter, Outline } from "./meter.js";
import { Outbox } from "./outbox.js";
import { Gaps, Slicer, fitted } from "./slices.js";
import { interleaved, wavHead } from "./wav.js";

const PIECES_PER_SECOND = 4, COLUMNS = 1024;
const PATIENCE = 15_000; // milliseconds of a kernel's silence, before it is said

/** @typedef {import("../kit/types.js").Model} Model @typedef {import("./capture.js").Capture} Capture */
/** @typedef {"idle" | "asking" | "recording" | "paused" | "handing" | "stopped" | "failed"} State */

/**
 * A take in this page.
 * @typedef {{ key: string, capture: Capture | null, rate: number, channels: number, frames: number, most: number, meter: Meter, outline: Outline,
 *   slicer: Slicer, outbox: Outbox, gaps: Gaps, notes: string[], kept: Blob[], refused: boolean }} Take
 */

const random = () => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

/** Rings "state" for what people are told, "level" for what moves, and "sound" when there is something to hear. */
export class Session extends Bell {
	/** @param {Model} model */
	constructor(model) {
		super();
		this.model = model;
		this.page = random();
		/** @type {State} */ this.state = model.get("take").key ? "stopped" : "idle";
		this.message = model.get("message");
		this.live = false;
		this.elsewhere = false;
		this.views = 0;
		/** @type {Take | null} */ this.take = null;
		/** @type {{ key: string, url: string } | null} */ this.sound = null;
		/** @type {Capture | null} */ this.opened = null;
		this.attempt = 0;
		this.hear = (/** @type {any} */ content, /** @type {any[]} */ buffers) => this.answered(content, buffers ?? []);
		this.refresh = () => this.ring("state");
		model.on("msg:custom", this.hear);
		for (const name of ["take", "title", "maximum_seconds"]) model.on(`change:${name}`, this.refresh);
		this.timer = setInterval(() => this.tick(), 250);
		this.hello();
	}
	/** Length of the take in seconds. */
	get seconds() {
		if (this.take) return this.take.frames / this.take.rate;
		return this.model.get("take").seconds ?? 0;
	}
	get busy() {
		return this.state === "recording" || this.state === "paused" || this.state === "handing";
	}
	/** Seconds that the kernel has not confirmed, once it has been silent for long. */
	get late() {
		if (!this.take || this.take.outbox.silent < PATIENCE) return 0;
		return this.take.outbox.waiting / this.take.rate;
	}
	hello() {
		this.send({ kind: "hello" });
	}
	/** @param {Record<string, any>} content @param {Float32Array} [data] */
	send(content, data) {
		const full = { take: this.take?.key ?? this.model.get("take").key ?? "", ...content, page: this.page };
		this.model.send(full, undefined, data ? [/** @type {ArrayBuffer} */ (data.buffer)] : []);
	}
	/** For what may be lost. @param {Record<string, any>} content */
	mention(content) {
		try {
			this.send(content);
		} catch {} // no line: the state is in this page
	}
	/** @param {State} state @param {string} message */
	become(state, message = "") {
		this.state = state;
		this.message = message;
		this.ring("state");
	}
	tick() {
		const { take } = this;
		if (!take || take.refused) return;
		const before = this.late > 0;
		take.outbox.tick(performance.now());
		if (this.late > 0 !== before) this.ring("state");
	}

	async record() {
		if (this.busy || this.state === "asking" || !this.live) return;
		if (this.elsewhere) return this.hello(); // perhaps that page is gone by now
		document.dispatchEvent(new CustomEvent("audiokit:play", { detail: null })); // whatever plays would be recorded
		const get = (name = "") => this.model.get(name);
		const attempt = ++this.attempt;
		this.become("asking");
		this.mention({ kind: "state", state: "asking" });
		/** @type {Take | null} */ let made = null;
		try {
			const wanted = { deviceId: get("device_id"), channels: get("channels"), echo: get("echo_cancellation"), noise: get("noise_suppression"), gain: get("auto_gain") };
			const opened = await capture(wanted, (planes, stamp, rate) => {
				if (attempt !== this.attempt || this.state === "handing") return;
				if (!made) {
					if (!this.opened) return;
					made = this.begin(planes.length, rate, this.opened);
				}
				this.block(made, planes, stamp, rate);
			});
			if (attempt !== this.attempt) return opened.close();
			this.opened = opened;
			opened.track.addEventListener("ended", () => attempt === this.attempt && this.stop("lost"));
			opened.track.addEventListener("mute", this.refresh);
			opened.track.addEventListener("unmute", this.refresh);
			this.ring("devices");
		} catch (error) {
			if (attempt === this.attempt) this.fail(explained(error));
		}
	}
	/** @param {number} channels @param {number} rate @param {Capture} opened @returns {Take} */
	begin(channels, rate, opened) {
		this.release();
		const wanted = this.model.get("channels");
		const notes = [...opened.notes];
		if (channels !== wanted) notes.push(`the device gave ${channels} channels where ${wanted} were asked for`);
		/** @type {Take} */ const take = {
			key: random(), capture: opened, rate, channels, frames: 0, notes, kept: [], refused: false,
			most: round(this.model.get("maximum_seconds") * rate),
			meter: new Meter(channels, rate),
			outline: new Outline(COLUMNS, max(1, round(rate / 100))),
			gaps: new Gaps(rate),
			outbox: new Outbox((content, data) => this.send(content, data)),
			slicer: new Slicer(channels, max(1, round(rate / PIECES_PER_SECOND)), (data, frames) => {
				take.kept.push(new Blob([/** @type {ArrayBuffer} */ (interleaved(data, channels).buffer)]));
				if (!take.refused) take.outbox.push(data, frames, performance.now());
			}),
		};
		this.take = take;
		this.mention({ kind: "begin", rate, channels });
		this.become("recording");
		return take;
	}
	/** @param {Take} take @param {Float32Array[]} planes @param {number} stamp @param {number} rate */
	block(take, planes, stamp, rate) {
		if (this.state !== "recording") return;
		if (rate !== take.rate) return this.stop("rate");
		const known = "the device changed its number of channels; what it lacked is silence";
		if (planes.length !== take.channels && !take.notes.includes(known)) take.notes.push(known);
		const whole = fitted(planes, take.channels);
		take.gaps.push(stamp, whole[0].length, take.frames);
		const room = take.most - take.frames;
		const part = whole[0].length > room ? whole.map((plane) => plane.subarray(0, room)) : whole;
		take.meter.push(part);
		take.outline.push(part);
		take.frames += part[0].length;
		take.slicer.push(part);
		this.ring("level");
		if (take.frames >= take.most) this.stop("maximum");
	}
	pause() {
		if (this.state !== "recording" && this.state !== "paused") return;
		const paused = this.state === "recording";
		if (paused) this.take?.slicer.flush();
		else this.take?.gaps.resume();
		this.mention({ kind: "state", state: paused ? "paused" : "recording" });
		this.become(paused ? "paused" : "recording");
	}
	/** @param {string} reason */
	stop(reason = "") {
		const { take } = this;
		if (this.state === "asking" || !take) {
			if (this.state !== "asking") return;
			this.attempt++;
			this.close();
			this.mention({ kind: "state", state: this.model.get("take").key ? "stopped" : "idle" });
			return this.become(this.model.get("take").key ? "stopped" : "idle", reason === "lost" ? explained({ name: "NotFoundError" }) : "");
		}
		if (this.state !== "recording" && this.state !== "paused") return;
		this.close();
		take.slicer.flush();
		this.become("handing");
		take.outbox.end({ reason, notes: [...take.notes, ...take.gaps.notes] }, performance.now());
	}
	/** Let go of the microphone. */
	close() {
		this.opened?.close();
		this.opened = null;
	}
	/** @param {string} message */
	fail(message) {
		this.close();
		this.mention({ kind: "state", state: "failed", message });
		this.become("failed", message);
	}
	discard() {
		if (this.busy) return;
		this.mention({ kind: "discard" });
		this.release();
		this.become("idle");
	}
	/** Forget the take of before, and its sound. */
	release() {
		if (this.sound) URL.revokeObjectURL(this.sound.url);
		this.sound = null;
		this.take = null;
	}
	/** The take as a file of this page, exactly as recorded. */
	file() {
		const take = /** @type {Take} */ (this.take);
		return new Blob([wavHead(take.channels, take.rate, take.frames), ...take.kept], { type: "audio/wav" });
	}
	/** @param {any} content @param {DataView[]} buffers */
	answered(content, buffers) {
		const { take } = this;
		const mine = take !== null && content.take === take.key;
		if (content.kind === "hello") {
			this.live = true;
			this.elsewhere = content.elsewhere;
			this.ring("state");
		} else if (content.kind === "have" && mine) {
			take.outbox.confirm(content, performance.now());
			this.ring("level");
			if (this.late === 0) this.ring("state");
		} else if (content.kind === "done" && mine) {
			this.settled(take);
		} else if (content.kind === "unknown" && mine && !take.refused) {
			this.close();
			take.slicer.flush();
			take.refused = true;
			this.become("failed", "The kernel does not know this take: it was restarted. The take is still in this page: save it from here.");
		} else if (content.kind === "sound" && content.take === this.model.get("take").key) {
			this.heard(content.take, new Blob([bytesOf(buffers[0])], { type: content.mime_type }));
		}
	}
	/** The kernel has it all. @param {Take} take */
	settled(take) {
		this.close();
		if (take.frames) this.heard(take.key, this.file());
		this.take = null;
		this.become(take.frames ? "stopped" : "idle", this.model.get("message"));
	}
	/** @param {string} key @param {Blob} blob */
	heard(key, blob) {
		if (this.sound) URL.revokeObjectURL(this.sound.url);
		this.sound = { key, url: URL.createObjectURL(blob) };
		this.ring("sound");
	}
	dispose() {
		this.attempt++;
		this.stop("closed");
		this.close();
		clearInterval(this.timer);
		this.model.off("msg:custom", this.hear);
		for (const name of ["take", "title", "maximum_seconds"]) this.model.off(`change:${name}`, this.refresh);
		this.release();
	}
	/** What stands in the way, or what is going on, in a sentence. */
	get said() {
		const hindered = hindrance();
		if (this.message && (this.state === "failed" || !hindered)) return this.message;
		if (hindered) return explained(hindered);
		if (this.elsewhere) return "Another page records with this recorder. Stop it there, or close that page; then press Record again.";
		if (this.opened?.track.muted) return "The system has muted the device: what is recorded is silence. Unmute it there.";
		if (this.late) return `The kernel is busy or gone: ${this.late.toFixed(0)} s wait in this page, and nothing is lost while it stays open.`;
		return "";
	}
}
