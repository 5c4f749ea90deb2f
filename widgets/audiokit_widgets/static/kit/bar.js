/** The bar above the stage: play, time, names, and the tools. */

import { make } from "./dom.js";
import { SHAPES, button, icon } from "./icons.js";
import { clock } from "./units.js";

/** @typedef {import("./types.js").Sound} Sound @typedef {import("./stage.js").Stage} Stage */

export class Bar {
	/**
	 * @param {{ sound: Sound, stage: Stage, title: string, signal: AbortSignal, wave?: import("./lanes/wave.js").WaveLane,
	 *   spectrogram?: import("./lanes/spectrogram.js").SpectrogramLane, onhelp?: () => void }} options
	 */
	constructor({ sound, stage, title, signal, wave, spectrogram, onhelp }) {
		const { transport, facts } = sound;
		this.sound = sound;
		this.stage = stage;
		/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then */
		const listen = (node, name, then) => node.addEventListener(name, then, { signal });
		/** @param {string} name @param {string} label @param {[string, string][]} choices @param {string} value @param {(value: string) => void} then */
		const choice = (name, label, choices, value, then) => {
			const node = make("select", `choice ${name}`, { "aria-label": label, title: label });
			for (const [key, text] of choices) node.append(make("option", "", { value: key }, [text]));
			node.value = value;
			listen(node, "change", () => then(node.value));
			return node;
		};
		this.playButton = button("play", "Play", [icon(SHAPES.play)], { title: "Play or pause (space)" });
		this.now = make("span", "now");
		this.heading = make("span", "title", {}, [title]);
		this.summary = make("span", "summary", {}, [facts.summary]);
		const closer = button("tool closer", "Zoom in (+)", [icon("M7 7V4h2v3h3v2H9v3H7V9H4V7z")]);
		const wider = button("tool wider", "Zoom out (−)", [icon("M4 7h8v2H4z")]);
		const whole = button("tool whole", "Show all (0)", [icon("M1 8l4-4v3h6V4l4 4-4 4V9H5v3z")]);
		this.loop = button("tool loop", "Repeat the selection, or all (shift+L)", [icon(SHAPES.loop)], { "aria-pressed": "false" });
		this.speed = choice("speed", "Speed; the pitch is kept", [0.5, 0.75, 1, 1.25, 1.5, 2].map((rate) => [String(rate), `${rate}×`]), "1", (value) => transport.setRate(Number(value)));
		this.volume = make("input", "volume", { type: "range", min: "0", max: "1", step: "0.01", "aria-label": "Volume" });
		/** @type {Node[]} */
		const looks = [];
		if (wave && facts.channels > 1) {
			const names = facts.channels === 2 ? ["left", "right"] : Array.from({ length: facts.channels }, (_, i) => `channel ${i + 1}`);
			const channels = choice("channel", "Channels seen and heard", [["-1", "all"], ["-2", "all, apart"], ...names.map((name, i) => /** @type {[string, string]} */ ([String(i), name]))], "-1", (value) => {
				wave.channel = Number(value);
				transport.setChannel(Math.max(-1, wave.channel));
				stage.invalidate();
			});
			looks.push(channels);
		}
		if (wave) {
			const scale = button("tool scale", "Waveform in decibels", ["dB"], { "aria-pressed": "false" });
			listen(scale, "click", () => {
				wave.inDecibels = !wave.inDecibels;
				scale.setAttribute("aria-pressed", String(wave.inDecibels));
				stage.invalidate();
			});
			looks.push(scale);
		}
		if (spectrogram) {
			looks.push(choice("picture", "Spectrogram", [["mel", "mel"], ["linear", "linear"], ["none", "none"]], "mel", (value) => {
				spectrogram.picture = /** @type {"mel" | "linear" | "none"} */ (value);
				stage.invalidate();
			}));
		}
		const help = button("tool help", "Keys (?)", ["?"]);
		this.root = make("div", "bar", {}, [
			this.playButton, make("span", "time", {}, [this.now, ` / ${clock(facts.duration, stage.digits)}`]),
			make("span", "names", {}, [this.heading, this.summary]),
			make("span", "tools", {}, [closer, wider, whole, this.loop, ...looks, this.speed, make("span", "loud", {}, [icon(SHAPES.speaker), this.volume]), help]),
		]);
		listen(this.playButton, "click", () => transport.toggle());
		listen(closer, "click", () => stage.zoom(2));
		listen(wider, "click", () => stage.zoom(0.5));
		listen(whole, "click", () => stage.zoom(0));
		listen(this.loop, "click", () => this.toggleLoop());
		listen(this.volume, "input", () => transport.setVolume(Number(this.volume.value)));
		listen(help, "click", () => onhelp?.());
		signal.addEventListener("abort", transport.on("change", () => this.refresh()));
		this.refresh();
	}

	toggleLoop() {
		const { transport, facts } = this.sound, { selection } = this.stage;
		transport.setLoop(transport.loop ? null : selection.length === 2 && selection[1] > selection[0] ? [selection[0], selection[1]] : [0, facts.duration]);
	}

	refresh() {
		const { transport } = this.sound, label = transport.playing ? "Pause" : "Play";
		if (this.playButton.getAttribute("aria-label") !== label) {
			this.playButton.setAttribute("aria-label", label);
			this.playButton.replaceChildren(icon(transport.playing ? SHAPES.pause : SHAPES.play));
		}
		this.loop.setAttribute("aria-pressed", String(!!transport.loop));
		this.speed.value = String(transport.rate);
		this.volume.value = String(transport.volume);
	}

	/** @param {number} seconds */
	paint(seconds) {
		const text = clock(seconds, this.stage.digits);
		if (this.now.textContent !== text) this.now.textContent = text;
	}
}
