/**
 * What every view of a sound has: bar, stage with waveform and spectrogram, keys, notes; position, selection and zoom shared with
 * the model. A widget adds lanes and whatever stands below.
 */

import { Bar } from "./bar.js";
import { make } from "./dom.js";
import { bindKeys, helpPanel, playerKeys } from "./keys.js";
import { abs, round } from "./units.js";

/** @typedef {import("./types.js").Model} Model @typedef {import("./types.js").Host} Host @typedef {import("./types.js").Sound} Sound @typedef {import("./types.js").Kit} Kit */

export class Deck {
	/**
	 * @param {{ model: Model, sound: Sound, kit: Kit, signal: AbortSignal, name: string, noun: string,
	 *   keys?: (deck: Deck) => import("./keys.js").Binding[], mouse?: string[], wave?: boolean, spectrogram?: boolean }} options
	 */
	constructor({ model, sound, kit, signal, name, noun, keys, mouse = [], wave = true, spectrogram = true }) {
		this.model = model;
		this.sound = sound;
		this.signal = signal;
		const { facts } = sound, label = model.get("title") || facts.title || "audio";
		this.viewport = new kit.Viewport(facts.duration, facts.rate);
		this.viewport.show(.../** @type {[number, number]} */ (model.get("view_seconds")?.length === 2 ? model.get("view_seconds") : [0, facts.duration]));
		this.wave = wave ? new kit.WaveLane(sound, this.viewport) : undefined;
		this.spectrogram = spectrogram ? new kit.SpectrogramLane(sound, this.viewport) : undefined;
		/** @type {((seconds: number) => void)[]} run with each move of the cursor */
		this.painters = [];
		let told = 0;
		this.stage = new kit.Stage({
			sound, viewport: this.viewport, label, signal,
			lanes: [this.wave, this.spectrogram].filter((lane) => lane !== undefined),
			onview: () => {
				clearTimeout(told);
				told = setTimeout(() => this.tellView(), 150);
			},
			onselect: (range, done) => this.select(range, done),
			onseek: () => this.paint(),
		});
		/** @type {HTMLElement | null} */ this.help = null;
		this.bar = new Bar({ sound, stage: this.stage, title: label, signal, wave: this.wave, spectrogram: this.spectrogram, onhelp: () => this.toggleHelp() });
		this.bindings = [...(keys?.(this) ?? []), ...playerKeys({ stage: this.stage, bar: this.bar, help: () => this.toggleHelp(), onselect: (range) => this.select(range, true) })];
		this.mouse = ["Drag to move the cursor, shift and drag to select, ctrl and the wheel to zoom, shift and the wheel to look along.", ...mouse];
		this.status = make("div", "status", { role: "status" });
		this.notes = make("ul", "notes");
		this.root = make("div", `widget ${name}`, { role: "group", "aria-label": `${noun}: ${label}` }, [this.bar.root, this.stage.root, this.status, this.notes]);
		this.root.style.position = "relative";
		bindKeys(this.root, this.bindings, signal);
		this.follow("selection", () => this.stage.select(model.get("selection") ?? []));
		this.follow("view_seconds", () => {
			const [start, end] = model.get("view_seconds")?.length === 2 ? model.get("view_seconds") : [0, facts.duration];
			if (abs(start - this.viewport.start) + abs(end - this.viewport.end) < 2e-6) return;
			this.viewport.show(start, end);
			this.stage.invalidate();
		});
		this.follow("title", () => (this.bar.heading.textContent = model.get("title") || facts.title || "Audio"));
		const calm = matchMedia("(prefers-reduced-motion: reduce)");
		let frame = 0, timer = 0;
		const run = () => {
			this.paint();
			cancelAnimationFrame(frame);
			clearTimeout(timer);
			if (!sound.transport.playing || signal.aborted) return;
			if (calm.matches) timer = setTimeout(run, 250);
			else frame = requestAnimationFrame(run);
		};
		const offs = [
			sound.transport.on("change", () => {
				if (this.status.textContent !== sound.transport.message) this.status.textContent = sound.transport.message;
				run();
			}),
			sound.transport.on("seek", run),
			sound.on("facts", () => this.refresh()),
		];
		signal.addEventListener("abort", () => {
			cancelAnimationFrame(frame);
			clearTimeout(timer);
			clearTimeout(told);
			for (const off of offs) off();
			this.root.remove();
		});
		this.status.textContent = sound.transport.message;
		this.stage.select(model.get("selection") ?? []);
		this.refresh();
		run();
	}

	/** @param {string} name @param {() => void} then */
	follow(name, then) {
		this.model.on(`change:${name}`, then);
		this.signal.addEventListener("abort", () => this.model.off(`change:${name}`, then));
	}

	/** @param {string} name @param {any} value */
	tell(name, value) {
		this.model.set(name, value);
		this.model.save_changes();
	}

	tellView() {
		const { viewport: view } = this;
		this.tell("view_seconds", view.whole ? [] : [round(view.start * 1e6) / 1e6, round(view.end * 1e6) / 1e6]);
	}

	/** @param {number[]} range @param {boolean} done */
	select(range, done) {
		this.stage.select(range);
		this.model.set("selection", range);
		const { transport } = this.sound;
		if (done && transport.loop && range.length === 2) transport.setLoop([range[0], range[1]]);
		if (done) this.model.save_changes();
	}

	/** Hear a span, and see it. @param {number} start @param {number} end */
	hear(start, end) {
		if (this.viewport.follow(start)) this.stage.moved();
		if (end > start) this.sound.transport.playSpan(start, end);
		else {
			this.sound.transport.seek(start);
			this.sound.transport.play();
		}
	}

	refresh() {
		const { facts } = this.sound;
		this.bar.summary.textContent = facts.summary;
		const lines = [...facts.notes];
		if (facts.fraction < 1) lines.push(`${Math.floor(facts.fraction * 100)} % of the sound looked at so far`);
		if (lines.join("\n") !== this.notes.dataset.lines) this.notes.replaceChildren(...lines.map((line) => make("li", "", {}, [line])));
		this.notes.dataset.lines = lines.join("\n");
		this.stage.invalidate();
	}

	paint() {
		const at = this.stage.paint();
		if (this.sound.transport.playing && this.viewport.follow(at)) this.stage.moved();
		this.bar.paint(at);
		for (const painter of this.painters) painter(at);
	}

	toggleHelp() {
		if (this.help) {
			this.help.remove();
			this.help = null;
			this.stage.surface.focus();
			return;
		}
		const { panel, close } = helpPanel(this.bindings, () => this.toggleHelp(), this.mouse);
		this.help = panel;
		this.root.append(panel);
		close.focus();
	}
}
