/** One recording engine for all views of a recorder: the microphone, the pieces on their way, the state. */

import { Bell } from "../kit/bell.js";
import { max, round } from "../sound/numbers.js";
import { capture, explained, hindrance } from "./capture.js";
import { Meter, Outline } from "./meter.js";
import { Outbox } from "./outbox.js";
import { Slicer } from "./slices.js";
import { interleaved, wavHead } from "./wav.js";

const PIECES_PER_SECOND = 4, COLUMNS = 1024;
const FOLLOWED = ["state", "message", "take"];
const PATIENCE = 15_000; // milliseconds of a kernel's silence, before it is said

/**
 * @typedef {import("../kit/types.js").Model} Model
 * @typedef {import("./capture.js").Capture} Capture
 * "handing": the microphone is closed, and the kernel does not have it all yet.
 * @typedef {"idle" | "asking" | "recording" | "paused" | "handing" | "stopped" | "failed"} State
 * A take in this page.
 * @typedef {{ key: string, rate: number, channels: number, frames: number, most: number, meter: Meter, outline: Outline,
 *   slicer: Slicer, outbox: Outbox, kept: Blob[] }} Take
 */

const random = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

/** Rings "state" for what people are told, "level" for what moves, "devices" when their names may be known. */
export class Session extends Bell {
	/** @param {Model} model */
	constructor(model) {
		super();
		this.model = model;
		this.page = random();
		this.message = model.get("message");
		/** @type {State} */ this.state = this.calm;
		this.live = false;
		this.views = this.attempt = this.run = 0; // a run: between two pauses
		/** @type {Take | null} */ this.take = null;
		/** @type {Capture | null} */ this.opened = null;
		this.hear = (/** @type {any} */ content) => this.answered(content);
		this.follow = () => {
			if (!this.busy && this.state !== "failed") Object.assign(this, { state: this.calm, message: model.get("message") });
			this.ring("state");
		};
		model.on("msg:custom", this.hear);
		for (const name of FOLLOWED) model.on(`change:${name}`, this.follow);
		this.timer = setInterval(() => this.tick(), 250);
		this.mention({ kind: "hello" });
	}
	/** The state where nothing goes on. @returns {State} */
	get calm() {
		return this.model.get("take").key ? "stopped" : "idle";
	}
	/** Whether another page records with this recorder. */
	get elsewhere() {
		return this.live && !this.busy && ["recording", "paused"].includes(this.model.get("state"));
	}
	get seconds() {
		return this.take ? this.take.frames / this.take.rate : (this.model.get("take").seconds ?? 0);
	}
	get running() {
		return this.state === "recording" || this.state === "paused";
	}
	get busy() {
		return this.running || this.state === "asking" || this.state === "handing";
	}
	/** Seconds that the kernel has not confirmed, once it has been silent for long. */
	get late() {
		return this.take && this.take.outbox.silent > PATIENCE ? this.take.outbox.waiting / this.take.rate : 0;
	}
	/** What stands in the way, or went wrong: a sentence. */
	get trouble() {
		if (this.state === "failed") return this.message;
		if (this.elsewhere) return "Another page records with this recorder. Stop it there or close that page, then press Record again.";
		if (this.opened?.track.muted) return "The system has muted the device: what is recorded is silence. Unmute it there.";
		if (this.late) return `The kernel is busy or gone: ${round(this.late)} s wait in this page. Nothing is lost while it stays open.`;
		return hindrance();
	}
	/** @param {Record<string, any>} content @param {Float32Array} [data] */
	send(content, data) {
		const take = this.take?.key ?? this.model.get("take").key ?? "";
		this.model.send({ take, page: this.page, ...content }, undefined, data && [/** @type {ArrayBuffer} */ (data.buffer)]);
	}
	/** Send what may be lost. @param {Record<string, any>} content */
	mention(content) {
		try {
			this.send(content);
		} catch {} // no line: the state is in this page
	}
	/** @param {State} state @param {string} message */
	become(state, message = "") {
		Object.assign(this, { state, message });
		if (state !== "handing") this.mention({ kind: "state", state, message });
		this.ring("state");
	}
	tick() {
		const { late } = this;
		this.take?.outbox.tick(performance.now());
		if (late || this.late) this.ring("state");
	}

	async record() {
		if (this.busy || !this.live || hindrance()) return;
		if (this.elsewhere) return this.mention({ kind: "hello" }); // perhaps that page is gone by now
		document.dispatchEvent(new CustomEvent("audiokit:play", { detail: null })); // what plays would be recorded
		const attempt = ++this.attempt, { model } = this, id = model.get("device_id");
		/** @type {Take | null} */ let take = null;
		this.become("asking");
		try {
			const wanted = {
				channelCount: { ideal: model.get("channels") }, echoCancellation: model.get("echo_cancellation"),
				noiseSuppression: model.get("noise_suppression"), autoGainControl: model.get("auto_gain"),
			};
			const opened = await capture(id ? { ...wanted, deviceId: { exact: id } } : wanted, (planes, stamp, rate) => {
				if (attempt !== this.attempt || !this.opened) return;
				take ??= this.begin(planes.length, rate);
				this.block(take, planes, stamp, rate);
			});
			if (attempt !== this.attempt) return opened.close();
			this.opened = opened;
			opened.track.onended = () => attempt === this.attempt && this.stop("lost");
			opened.track.onmute = opened.track.onunmute = () => this.ring("state");
			this.ring("devices");
		} catch (error) {
			if (attempt === this.attempt) this.become("failed", explained(error));
		}
	}
	/** @param {number} channels @param {number} rate @returns {Take} */
	begin(channels, rate) {
		const given = this.opened?.given;
		const outbox = new Outbox((content, data) => this.send({ rate, channels, given, ...content }, data));
		/** @type {Blob[]} */ const kept = [];
		this.take = {
			key: random(), rate, channels, frames: 0, most: round(this.model.get("maximum_seconds") * rate),
			meter: new Meter(channels, rate), outline: new Outline(COLUMNS, max(1, round(rate / 100))), outbox, kept,
			slicer: new Slicer(channels, max(1, round(rate / PIECES_PER_SECOND)), (data, frames, stamp) => {
				kept.push(new Blob([/** @type {ArrayBuffer} */ (interleaved(data, channels).buffer)]));
				outbox.push({ data, frames, stamp, run: this.run }, performance.now());
			}),
		};
		this.become("recording");
		return this.take;
	}
	/** @param {Take} take @param {Float32Array[]} planes @param {number} stamp @param {number} rate */
	block(take, planes, stamp, rate) {
		if (this.state !== "recording") return;
		if (rate !== take.rate || planes.length !== take.channels) return this.stop("changed");
		const part = planes.map((plane) => plane.subarray(0, take.most - take.frames));
		take.meter.push(part);
		take.outline.push(part);
		take.frames += part[0].length;
		take.slicer.push(part, stamp, rate);
		this.ring("level");
		if (take.frames >= take.most) this.stop("maximum");
	}
	pause() {
		if (!this.running) return;
		this.take?.slicer.flush();
		this.run++;
		this.become(this.state === "paused" ? "recording" : "paused");
	}
	/** @param {string} reason */
	stop(reason = "") {
		const { take, state } = this;
		if (state !== "asking" && !this.running) return;
		this.attempt++;
		this.opened?.close();
		this.opened = null;
		if (state === "asking") return reason === "lost" ? this.become("failed", explained({ name: "NotFoundError" })) : this.become(this.calm);
		take?.slicer.flush();
		this.become("handing");
		take?.outbox.end({ reason }, performance.now());
	}
	discard() {
		this.take = null;
		this.mention({ kind: "discard" });
		this.become("idle");
	}
	/** The take as a file of this page, exactly as recorded. */
	file() {
		const { channels, rate, frames, kept } = /** @type {Take} */ (this.take);
		return new Blob([wavHead(channels, rate, frames), ...kept], { type: "audio/wav" });
	}
	/** @param {any} content */
	answered(content) {
		const { take } = this, { kind } = content;
		if (kind === "hello") {
			this.live = true;
			this.ring("state");
		} else if (!take || content.take !== take.key) {
			return;
		} else if (kind === "have") {
			const { late } = this;
			take.outbox.confirm(content, performance.now());
			if (late) this.ring("state");
		} else if (kind === "done") {
			this.stop(); // if Python ended it
			this.take = null;
			this.message = content.message;
			this.state = this.calm;
			this.ring("state");
		}
	}
	dispose() {
		this.stop("closed");
		clearInterval(this.timer);
		this.model.off("msg:custom", this.hear);
		for (const name of FOLLOWED) this.model.off(`change:${name}`, this.follow);
	}
}
