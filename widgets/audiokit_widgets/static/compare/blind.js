/** The trials of a blind test: what is drawn and what was answered is Python's; here are letters. */

import { make } from "../kit/dom.js";
import { button } from "../kit/icons.js";
import { ask, decoded } from "./files.js";

/**
 * @typedef {import("../kit/types.js").Model} Model
 * What the view does for a trial: take voices, and tell how it went.
 * @typedef {{ take(buffers: AudioBuffer[]): void, heard(): boolean, switches(): number, say(text: string): void }} Booth
 */

/** @param {Model} model @param {Booth} booth */
export function trialsOf(model, booth) {
	const abx = model.get("mode") === "abx", planned = model.get("trials"), heading = make("strong", "");
	/** @type {Promise<AudioBuffer[]> | null} */ let voices = null;
	let trial = 0, since = 0;
	const buttons = [...model.get("choices")].map((letter) => {
		const text = abx ? `X is ${letter}` : `${letter} is best`;
		const one = button("tool", text, [text], { disabled: "" });
		one.addEventListener("click", () => answer(letter));
		return one;
	});
	const question = abx ? "Which of the two is X?" : "Which do you like best?";
	const panel = make("div", "trial", { role: "group", "aria-label": "Blind test" }, [heading, question, make("span", "tools", {}, buttons)]);

	function describe() {
		heading.textContent = `Trial ${Math.min(model.get("answered") + 1, planned)} of ${planned}`;
	}
	/** Answers can be given once something was heard. */
	function refresh() {
		for (const one of buttons) one.disabled = !trial || !booth.heard();
	}
	async function fetchVoices() {
		const { buffers } = await ask(model, { kind: "voices" });
		return Promise.all(buffers.map((data) => decoded(model, data)));
	}
	/** Fetch what the present trial needs; once. */
	async function prepare() {
		if (trial) return;
		voices ??= fetchVoices();
		voices.catch(() => (voices = null));
		const all = await voices, { message, buffers } = await ask(model, { kind: "trial" });
		if (message.finished) return;
		booth.take(abx ? [...all, await decoded(model, buffers[0])] : message.shown.map((/** @type {number} */ place) => all[place]));
		trial = message.trial;
		since = performance.now();
		refresh();
	}
	/** @param {string} letter */
	async function answer(letter) {
		if (!trial) return;
		const sent = { kind: "answer", trial, answer: letter, seconds: (performance.now() - since) / 1000, switches: booth.switches() };
		trial = 0; // a second press is no second answer
		refresh();
		try {
			const { message } = await ask(model, sent);
			booth.say(`Answer ${sent.trial} of ${planned} is kept.`);
			if (!message.finished) await prepare();
		} catch (error) {
			booth.say(/** @type {Error} */ (error).message);
		}
	}
	describe();
	return { panel, abx, describe, refresh, prepare };
}
