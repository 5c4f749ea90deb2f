/** The one playing voice of a sound: all its views hear and move the same element. */

import { Bell } from "../kit/bell.js";
import { abs, clamp, max, min, round } from "./numbers.js";

const PUBLISH_MS = 250; // to the kernel at most four times a second
const LEAST_LOOP = 0.02; // seconds: below, a seek takes longer than the loop

/**
 * @param {import("../kit/types.js").Model} model @param {AbortSignal} signal
 * @param {(audio: HTMLAudioElement) => Promise<void>} open gives the element its source; called once
 * @returns {import("../kit/types.js").Transport & { say(message: string): void }}
 */
export function speaking(model, signal, open) {
	const bell = new Bell(), audio = new Audio();
	let message = "", channel = -1, prepared = false;
	let wanted = false; // play() before there is something to play
	let sent = model.get("position_seconds") || 0, sentAt = 0;
	/** @type {any} */ let later = 0;
	/** @type {any} */ let timer = 0;
	/** Where it is wanted before the element knows its sound; null after. @type {number | null} */
	let pending = sent;
	/** @type {[number, number] | null} */ let loop = null;
	/** Where playSpan ends. @type {number | null} */
	let stop = null;
	/** @type {{ context: AudioContext, source: AudioNode, splitter: AudioNode } | null} */ let graph = null;

	const duration = () => model.get("duration_seconds");
	/** @param {string} name @param {any} value */
	const tell = (name, value) => {
		if (model.get(name) === value) return;
		model.set(name, value);
		model.save_changes();
	};
	/** The position, to the model; the last one always arrives. */
	const publish = () => {
		later ||= setTimeout(() => {
			later = 0;
			sentAt = performance.now();
			tell("position_seconds", (sent = round(voice.position * 1e4) / 1e4));
		}, max(0, sentAt + PUBLISH_MS - performance.now()));
	};
	/**
	 * Ends a span and turns a loop by a timer set to that moment, which runs in a hidden page that is heard as well. What
	 * is heard of a loop begins at its start to the sample; Chromium takes a few hundredths of a second to turn.
	 */
	const watch = () => {
		clearTimeout(timer);
		const limit = stop ?? loop?.[1], left = (limit ?? 0) - audio.currentTime;
		if (limit === undefined || audio.paused || audio.seeking) return;
		if (left > 5e-4) timer = setTimeout(watch, clamp((left / audio.playbackRate) * 1000, 1, 500));
		else if (stop === null) place(/** @type {[number, number]} */ (loop)[0]);
		else {
			voice.pause();
			place(limit);
		}
	};
	const changed = () => {
		tell("playing", voice.playing);
		publish();
		watch();
		bell.ring("change");
	};
	const prepare = () => {
		if (!prepared) open(audio).catch((error) => voice.say(error.message));
		prepared = true;
	};
	const start = () => {
		graph?.context.resume();
		audio.play().then(() => "", ({ name, message: why }) => {
			if (name === "AbortError") return ""; // paused before it began
			return name === "NotAllowedError" ? "The browser wants a click first." : message || `Cannot play: ${why}`;
		}).then(voice.say);
	};
	/** @param {number} seconds */
	const place = (seconds) => {
		if (!Number.isFinite(seconds)) return;
		const at = clamp(seconds, 0, duration());
		if (pending === null) audio.currentTime = at;
		else pending = at;
		bell.ring("seek");
		publish();
		watch();
	};
	/** Made when a channel is first chosen: an element that goes through WebAudio once does so for good. */
	const connect = () => {
		if (!graph) {
			const context = new AudioContext();
			graph = { context, source: context.createMediaElementSource(audio), splitter: context.createChannelSplitter(model.get("heard_channels")) };
		}
		const { context, source, splitter } = graph;
		source.disconnect();
		splitter.disconnect();
		if (channel < 0) source.connect(context.destination);
		else source.connect(splitter).connect(context.destination, channel);
		context.resume();
	};

	const voice = {
		/** The browser's own clock runs between its events as well. */
		get position() { return clamp(pending ?? audio.currentTime, 0, duration()); },
		get playing() { return wanted || !audio.paused; },
		get rate() { return audio.playbackRate; },
		get volume() { return audio.volume; },
		get channel() { return channel; },
		get loop() { return loop; },
		get message() { return message; },
		/** @param {"change" | "seek"} name @param {() => void} listener */
		on(name, listener) {
			prepare(); // a view is there
			return bell.on(name, listener);
		},
		/** @param {string} text why nothing plays, or nothing */
		say(text) {
			if (text || pending === null) wanted = false;
			message = text;
			changed();
		},
		play() {
			document.dispatchEvent(new CustomEvent("audiokit:play", { detail: audio }));
			const at = voice.position;
			if (loop && stop === null && (at < loop[0] || at >= loop[1])) place(loop[0]);
			else if (at >= duration() - 1e-3) place(0);
			wanted = true;
			prepare();
			if (pending === null) start();
			changed();
		},
		pause() {
			wanted = false;
			stop = null;
			audio.pause();
			changed();
		},
		toggle() {
			stop = null;
			if (voice.playing) voice.pause();
			else voice.play();
		},
		/** @param {number} seconds */
		seek(seconds) {
			stop = null;
			place(seconds);
		},
		/** @param {number} from @param {number} to */
		playSpan(from, to) {
			place(from);
			stop = to > from ? min(to, duration()) : null;
			if (voice.playing) watch();
			else voice.play();
		},
		/** @param {number} rate */
		setRate(rate) {
			audio.defaultPlaybackRate = audio.playbackRate = clamp(rate, 0.5, 2);
		},
		/** @param {number} volume */
		setVolume(volume) {
			audio.volume = clamp(volume, 0, 1);
		},
		/** @param {number} wish */
		setChannel(wish) {
			if (wish >= model.get("heard_channels")) return voice.say("The preview mixes the channels: none can be heard alone.");
			channel = max(wish, -1);
			if (graph || channel >= 0) connect();
			changed();
		},
		/** @param {[number, number] | null} region */
		setLoop(region) {
			const [from, to] = (region ?? [0, 0]).map((t) => clamp(t, 0, duration()));
			loop = to - from >= LEAST_LOOP ? [from, to] : null;
			stop = null;
			changed();
		},
	};

	/** @param {EventTarget} node @param {string} names @param {(event: any) => void} then */
	const listen = (node, names, then) => {
		for (const name of names.split(" ")) node.addEventListener(name, then, { signal });
	};
	listen(audio, "loadedmetadata", () => {
		if (pending) audio.currentTime = pending;
		pending = null;
		if (wanted) start();
	});
	listen(audio, "play pause ratechange volumechange", changed);
	listen(audio, "seeked playing", watch);
	listen(audio, "timeupdate", publish);
	listen(audio, "ended", () => loop && voice.play());
	listen(document, "audiokit:play", ({ detail }) => detail !== audio && voice.playing && voice.pause());
	signal.addEventListener("abort", () => {
		clearTimeout(later);
		audio.pause();
		audio.removeAttribute("src");
		audio.load();
		graph?.context.close();
	});
	model.on("change:position_seconds", () => {
		const at = model.get("position_seconds");
		if (abs(at - sent) < 1e-6) return; // our own
		voice.seek((sent = at));
	});
	model.on("change:playing", () => model.get("playing") !== voice.playing && voice.toggle());
	tell("playing", false); // nothing starts by itself when a page is opened
	return voice;
}
