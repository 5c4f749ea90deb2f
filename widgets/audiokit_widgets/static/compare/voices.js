/** Voices on one clock: every sound plays all the time, and only their gains say which is heard. */

import { Bell } from "../kit/bell.js";
import { clamp, max, min, round } from "../kit/units.js";

/** Long enough for no click, short enough to be heard as a switch. */
export const FADE_SECONDS = 0.005;
const AHEAD_SECONDS = 0.01; // what is asked for earlier than it is rendered happens at one time for all voices
const START_SECONDS = 0.03;

/** @typedef {{ sources: AudioBufferSourceNode[], faders: GainNode[], master: GainNode, at: number, from: number, loop: [number, number] | null, busy: number }} Run */

export class Voices extends Bell {
	/** @param {BaseAudioContext} context @param {AudioNode} output */
	constructor(context, output) {
		super();
		this.context = context;
		this.output = output;
		/** @type {AudioBuffer[]} */ this.buffers = [];
		/** @type {number[]} */ this.levels = [];
		/** @type {number[]} */ this.weights = [];
		/** @type {[number, number] | null} */ this.loop = null;
		/** @type {Run | null} */ this.run = null;
		this.stands = 0;
	}
	/** Take other sounds; what plays stops. @param {AudioBuffer[]} buffers of one length @param {number[]} levels factors */
	load(buffers, levels) {
		this.stop();
		this.buffers = buffers;
		this.levels = levels;
		this.weights = buffers.map((_, i) => +!i);
	}
	get duration() {
		return this.buffers.length ? this.buffers[0].length / this.context.sampleRate : 0;
	}
	get position() {
		const { run } = this;
		if (!run) return this.stands;
		const seconds = run.from + max(0, this.context.currentTime - run.at);
		if (!run.loop || seconds < run.loop[1]) return min(seconds, this.duration);
		return run.loop[0] + ((seconds - run.loop[0]) % (run.loop[1] - run.loop[0]));
	}
	/** The sample nearest to a time, in seconds. @param {number} seconds */
	frame(seconds) {
		return round(seconds * this.context.sampleRate) / this.context.sampleRate;
	}
	start(seconds = this.position) {
		this.silence();
		const { context } = this, master = context.createGain(), loop = this.loop && /** @type {[number, number]} */ (this.loop.map((edge) => this.frame(edge)));
		let from = this.frame(clamp(seconds, 0, this.duration));
		if (loop ? from < loop[0] || from >= loop[1] : from >= this.duration) from = loop ? loop[0] : 0;
		master.connect(this.output);
		const faders = this.levels.map((level, i) => {
			const fader = context.createGain();
			fader.gain.value = level * this.weights[i];
			fader.connect(master);
			return fader;
		});
		/** @type {AudioBufferSourceNode[]} */ let sources = [];
		let at = 0;
		for (let ahead = START_SECONDS; ; ahead *= 2) {
			const asked = performance.now();
			at = this.frame(context.currentTime + ahead);
			sources = this.buffers.map((buffer, i) => {
				const source = context.createBufferSource();
				source.buffer = buffer;
				if (loop) Object.assign(source, { loop: true, loopStart: loop[0], loopEnd: loop[1] });
				source.connect(faders[i]);
				source.start(at, from);
				return source;
			});
			// All were asked for before the first one's time came; if not, none may have begun alone.
			if (performance.now() - asked < ahead * 500 || ahead > 2) break;
			for (const source of sources) source.disconnect();
		}
		const { gain } = master;
		gain.value = 0;
		gain.setValueAtTime(0, at);
		gain.linearRampToValueAtTime(1, at + (from > 0 ? FADE_SECONDS : 0));
		const run = { sources, faders, master, at, from, loop, busy: 0 };
		this.run = run;
		sources[0].onended = () => {
			if (this.run !== run) return;
			this.run = null;
			this.stands = this.duration;
			master.disconnect();
			this.ring("change");
		};
		this.ring("change");
	}
	/** Stop where it is. */
	stop() {
		if (!this.run) return;
		this.silence();
		this.ring("change");
	}
	/** Fade out what plays, and forget it. */
	silence() {
		const { run } = this;
		if (!run) return;
		this.stands = this.position;
		this.run = null;
		const at = max(this.context.currentTime + AHEAD_SECONDS, run.at + FADE_SECONDS), { gain } = run.master;
		gain.setValueAtTime(1, at);
		gain.linearRampToValueAtTime(0, at + FADE_SECONDS);
		for (const source of run.sources) source.stop(at + FADE_SECONDS);
		run.sources[0].onended = () => run.master.disconnect();
	}
	/** @param {number} seconds */
	seek(seconds) {
		if (this.run) this.start(seconds);
		else this.stands = seconds;
	}
	/** Repeat a region, or play on. @param {[number, number] | null} loop */
	repeat(loop) {
		if (String(loop) === String(this.loop)) return;
		this.loop = loop;
		if (this.run) this.start(); // new sources: no two of them may turn at different times
	}
	/** Bring voices to other weights, all at one time; a change waits for the end of the one before. @param {number[]} weights @param {number} seconds */
	mix(weights, seconds) {
		const { run, levels, weights: before } = this;
		this.weights = weights;
		if (!run) return;
		const at = max(this.context.currentTime + AHEAD_SECONDS, run.busy, run.at);
		run.faders.forEach(({ gain }, i) => {
			gain.setValueAtTime(levels[i] * before[i], at);
			if (seconds) gain.linearRampToValueAtTime(levels[i] * weights[i], at + seconds);
			else gain.setValueAtTime(levels[i] * weights[i], at);
		});
		run.busy = at + seconds;
	}
}
