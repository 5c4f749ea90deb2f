/** The one playing voice of a sound: all its views hear and move the same element. */

import { Bell } from "../kit/bell.js";
import { clamp, max, min, round } from "./numbers.js";

const PUBLISH_MS = 250; // to the kernel at most four times a second
const SHORTEST_LOOP = 0.02; // seconds: below, a seek takes longer than the loop

/** @typedef {import("../kit/types.js").Model} Model */
/** @typedef {import("../kit/types.js").Transport} Transport */

/** @implements {Transport} */
export class Voice {
	/** @param {Model} model @param {AbortSignal} signal @param {(audio: HTMLAudioElement) => Promise<void>} open gives the element its source; once */
	constructor(model, signal, open) {
		this.model = model;
		this.open = open;
		this.bell = new Bell();
		this.audio = new Audio();
		this.audio.preload = "auto";
		this.audio.preservesPitch = true;
		this.message = "";
		this.channel = -1;
		/** @type {[number, number] | null} */ this.loop = null;
		/** Where playSpan ends. @type {number | null} */ this.stop = null;
		this.sent = model.get("position_seconds") || 0;
		/** Where it is wanted before the element knows its sound; null after. @type {number | null} */
		this.pending = this.sent;
		this.wanted = false; // play() before there is something to play
		this.prepared = false;
		this.sentAt = 0;
		/** @type {any} */ this.later = 0;
		/** @type {any} */ this.timer = 0;
		/** @type {{ context: AudioContext, source: MediaElementAudioSourceNode, splitter: ChannelSplitterNode } | null} */ this.graph = null;

		const { audio } = this;
		/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then */
		const listen = (node, name, then) => node.addEventListener(name, then, { signal });
		listen(audio, "loadedmetadata", () => {
			if (this.pending) audio.currentTime = this.pending;
			this.pending = null;
			if (this.wanted) this.start();
		});
		for (const name of ["play", "pause", "ratechange", "volumechange"]) listen(audio, name, () => this.changed());
		for (const name of ["seeked", "playing"]) listen(audio, name, () => this.watch());
		listen(audio, "timeupdate", () => this.publish());
		listen(audio, "ended", () => this.loop && this.play());
		listen(document, "audiokit:play", (event) => event.detail !== audio && this.pause());
		listen(signal, "abort", () => {
			clearTimeout(this.timer);
			clearTimeout(this.later);
			audio.pause();
			audio.removeAttribute("src");
			audio.load();
			this.graph?.context.close();
		});
		model.on("change:position_seconds", () => {
			const wanted = model.get("position_seconds");
			if (Math.abs(wanted - this.sent) < 1e-6) return; // our own
			this.sent = wanted;
			this.seek(wanted);
		});
		model.on("change:playing", () => model.get("playing") !== this.playing && this.toggle());
		if (model.get("playing")) this.tell("playing", false); // nothing starts by itself when a page is opened
	}

	get duration() {
		return this.model.get("duration_seconds");
	}
	/** The browser's own clock runs between its events as well. */
	get position() {
		return clamp(this.pending ?? this.audio.currentTime, 0, this.duration);
	}
	get playing() {
		return this.wanted || !this.audio.paused;
	}
	get rate() {
		return this.audio.playbackRate;
	}
	get volume() {
		return this.audio.volume;
	}

	/** @param {"change" | "seek"} name @param {() => void} listener */
	on(name, listener) {
		this.prepare(); // a view is there
		return this.bell.on(name, listener);
	}
	async prepare() {
		if (this.prepared) return;
		this.prepared = true;
		await this.open(this.audio).catch((error) => this.say(error.message));
	}
	/** @param {string} message */
	say(message) {
		if (message) this.wanted = false;
		this.message = message;
		this.changed();
	}

	play() {
		document.dispatchEvent(new CustomEvent("audiokit:play", { detail: this.audio }));
		const at = this.position;
		if (this.loop && this.stop === null && (at < this.loop[0] || at >= this.loop[1])) this.place(this.loop[0]);
		else if (at >= this.duration - 1e-3) this.place(0);
		this.wanted = true;
		this.graph?.context.resume();
		this.prepare();
		if (this.pending === null) this.start();
		this.changed();
	}
	async start() {
		let message = "";
		await this.audio.play().catch((error) => {
			if (error.name === "NotAllowedError") message = "The browser wants a click first.";
			else if (error.name !== "AbortError") message = this.message || `Cannot play: ${error.message}`; // AbortError: paused before it began
		});
		this.wanted = false;
		this.say(message);
	}
	pause() {
		this.wanted = false;
		this.stop = null;
		this.audio.pause();
		this.changed();
	}
	toggle() {
		if (this.playing) return this.pause();
		this.stop = null;
		this.play();
	}
	/** @param {number} seconds */
	seek(seconds) {
		this.stop = null;
		this.place(seconds);
	}
	/** @param {number} seconds */
	place(seconds) {
		if (!Number.isFinite(seconds)) return;
		const at = clamp(seconds, 0, this.duration);
		if (this.pending === null) this.audio.currentTime = at;
		else this.pending = at;
		this.bell.ring("seek");
		this.publish();
		this.watch();
	}
	/** @param {number} start @param {number} end */
	playSpan(start, end) {
		this.place(start);
		this.stop = end > start ? min(end, this.duration) : null;
		if (this.playing) this.watch();
		else this.play();
	}
	/** @param {number} rate */
	setRate(rate) {
		this.audio.defaultPlaybackRate = this.audio.playbackRate = clamp(rate, 0.5, 2);
	}
	/** @param {number} volume */
	setVolume(volume) {
		this.audio.volume = clamp(volume, 0, 1);
	}
	/** @param {[number, number] | null} region */
	setLoop(region) {
		const [start, end] = region ? [max(region[0], 0), min(region[1], this.duration)] : [0, 0];
		this.loop = end - start >= SHORTEST_LOOP ? [start, end] : null;
		this.stop = null;
		this.changed();
	}
	/** @param {number} channel */
	setChannel(channel) {
		const heard = this.model.get("heard_channels");
		if (channel >= heard) return this.say("The preview mixes the channels: none can be heard alone.");
		this.channel = max(channel, -1);
		if (this.graph || channel >= 0) this.connect(heard);
		this.changed();
	}
	/** Made when a channel is first chosen: an element that goes through WebAudio once does so for good. @param {number} heard */
	connect(heard) {
		if (!this.graph) {
			const context = new AudioContext();
			this.graph = { context, source: context.createMediaElementSource(this.audio), splitter: context.createChannelSplitter(max(heard, 1)) };
		}
		const { context, source, splitter } = this.graph;
		source.disconnect();
		splitter.disconnect();
		if (this.channel < 0) source.connect(context.destination);
		else source.connect(splitter).connect(context.destination, this.channel);
		context.resume();
	}

	/**
	 * Ends a span and turns a loop by a timer set to that moment, which runs in a hidden page that is heard as well.
	 * Chromium turns a loop within about 0.02 s, in which nothing is heard; what is heard begins at the loop's start.
	 */
	watch() {
		clearTimeout(this.timer);
		const limit = this.stop ?? this.loop?.[1];
		if (limit === undefined || this.audio.paused || this.audio.seeking) return;
		const left = limit - this.audio.currentTime;
		if (left > 5e-4) {
			this.timer = setTimeout(() => this.watch(), clamp((left / this.rate) * 1000, 1, 500));
		} else if (this.stop !== null) {
			this.pause();
			this.place(limit);
		} else if (this.loop) this.place(this.loop[0]);
	}
	changed() {
		this.tell("playing", this.playing);
		this.publish();
		this.watch();
		this.bell.ring("change");
	}
	/** The position, to the model. */
	publish() {
		if (this.later) return;
		const rest = this.sentAt + PUBLISH_MS - performance.now();
		const send = () => {
			this.later = 0;
			this.sentAt = performance.now();
			this.sent = round(this.position * 1e4) / 1e4;
			this.tell("position_seconds", this.sent);
		};
		if (rest > 0) this.later = setTimeout(send, rest);
		else send();
	}
	/** @param {string} name @param {any} value */
	tell(name, value) {
		if (this.model.get(name) === value) return;
		this.model.set(name, value);
		this.model.save_changes();
	}
}
